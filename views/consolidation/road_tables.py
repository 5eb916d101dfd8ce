"""Distances that the road networks of a store give, for pages and commands."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from cachetools import LRUCache

from analytics import road_distance
from domain import digests, reference
from domain.rules import RuleSet
from store import Network, Store, Viewer

NONE: Final = ""
_KEPT: Final = 4
_RULES: Final = ("CON-ROAD-JOIN", "CON-ROAD-SNAP")

_tables: LRUCache[tuple[object, ...], pd.DataFrame] = LRUCache(_KEPT)
_making = threading.RLock()


@dataclass(frozen=True)
class Roads:
    """Distances by road, and what they rest on.

    Attributes:
        table: :func:`analytics.road_distance.distances`.
        cited: How the network is cited.
        demonstration: It is made up.
    """

    table: pd.DataFrame = field(repr=False)
    cited: str
    demonstration: bool


def networks(store: Store, viewer: Viewer) -> dict[str, Network]:
    """Networks in use by name: the latest first, made-up ones behind all others."""
    found = sorted(store.networks(viewer), key=lambda one: one.saved_at, reverse=True)
    return {one.name: one for one in sorted(found, key=lambda one: one.demonstration)}


def default_name(store: Store, viewer: Viewer) -> str:
    """The network that is used where nobody chose: the latest one; empty without any."""
    return next(iter(networks(store, viewer)), NONE)


def roads_of(store: Store, viewer: Viewer, network: Network, *, rules: RuleSet) -> Roads:
    """The distances that a network gives; kept for the same lines, zones and rules.

    Args:
        store: Where the network is.
        viewer: Who asks.
        network: The network.
        rules: The rules ``consolidation``.

    Raises:
        DamagedVersionError: Its file is gone or changed.
        RoadNetworkError: It holds no line with a length.
    """
    values = tuple(rules.value(name) for name in _RULES)
    key = (network.digest, network.id, network.demonstration, values, digests.of_reference("zones"))
    with _making:
        table = _tables.get(key)
        if table is None:
            lines = store.network_lines(network, viewer)
            table = _tables[key] = road_distance.distances(
                reference.zones(),
                road_distance.network(lines, rules=rules),
                rules=rules,
                name=network.id,
                day=network.saved_at.astimezone().date().isoformat(),
                demonstration=network.demonstration,
            )
    return Roads(table, network.id, network.demonstration)
