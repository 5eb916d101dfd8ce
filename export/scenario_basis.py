"""What a scenario of consolidation rests on, as it stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version as release_of
from typing import Final

import pandas as pd

from analytics.consolidation.scenario import Basis, Scenario, outdated
from domain import boundaries, digests
from domain.ledgers import TABLES as LEDGERS
from export.references import cited
from store import Kind, Store, Version, Viewer

TABLES: Final = ("zones", "clusters", "zone_indicators", "zone_merges", "industry_words")
"""Reference tables that pairs and plans are made from."""
SUBJECTS: Final = ("consolidation", "approvals", "idle", "ingest", "intensity")
"""Rule files; values that were moved stand in the scenario itself."""
ROLES: Final[Mapping[str, Kind]] = {
    "outlines": "zones",
    "land_use": "land_use",
    "parcels": "parcels",
}
"""Datasets that figures of zones are made from, and their kind."""
OVERLAY: Final = "overlay"
"""Role of a dataset of barriers, before its name."""
ROADS: Final = "roads"
"""Role of a road network, before its name."""
_DIGITS: Final = 12


def prefectures_of(place: str, *, across: bool = False) -> list[str]:
    """Codes of the prefectures that a scenario concerns: its place, or all of the province."""
    if place and not across:
        return [place]
    return [str(code) for code in boundaries.layer("prefecture")["adcode"]]


def basis_now(
    store: Store, viewer: Viewer, *, place: str, across: bool, demonstration: bool, roads: str = ""
) -> tuple[Basis, ...]:
    """What a scenario that is made now rests on.

    Args:
        store: Where datasets and ledgers are.
        viewer: Who asks.
        place: Code of the prefecture; empty for the province.
        across: Pairs across prefectures are among the candidates.
        demonstration: Demonstration figures count; without, invented datasets are left out.
        roads: Name of the road network that distances follow; empty for none.

    Returns:
        Datasets, ledgers, tables, rule files and release. The state of a ledger is that of the
        rows of the prefectures concerned, whoever asks.
    """
    concerned = Viewer("", frozenset(prefectures_of(place, across=across)))
    used = _datasets(store, viewer, demonstration=demonstration)
    found = [
        Basis(origin="dataset", name=role, version=cited(version), digest=version.sha256)
        for role, version in used.items()
    ]
    found += _network(store, viewer, roads, demonstration=demonstration)
    found += [
        Basis(origin="ledger", name=table, version=str(store.ledger_mark(table, concerned)))
        for table in LEDGERS
    ]
    files = [("reference", name, digests.of_reference(name)) for name in TABLES]
    files.append(("reference", "boundaries", digests.of_boundaries()))
    files += [("rules", name, digests.of_rules(name)) for name in SUBJECTS]
    found += [
        Basis.model_validate(
            {"origin": origin, "name": name, "version": digest[:_DIGITS], "digest": digest}
        )
        for origin, name, digest in files
    ]
    release = f"ganyuan {release_of('ganyuan')}"
    return (*found, Basis(origin="release", name="program", version=release))


def changes_of(store: Store, viewer: Viewer, scenario: Scenario) -> pd.DataFrame:
    """What a scenario rests on that is not what it was; see :func:`outdated`."""
    return watcher(store, viewer)(scenario)


def watcher(store: Store, viewer: Viewer) -> Callable[[Scenario], pd.DataFrame]:
    """The same for many scenarios; what stands now is looked up once for all of one kind."""
    known: dict[tuple[str, bool, bool, str], tuple[Basis, ...]] = {}

    def changes(scenario: Scenario) -> pd.DataFrame:
        chosen = scenario.choices
        key = chosen.place, chosen.across, chosen.demonstration, chosen.roads
        if key not in known:
            place, across, demonstration, roads = key
            known[key] = basis_now(
                store, viewer, place=place, across=across, demonstration=demonstration, roads=roads
            )
        return outdated(scenario, known[key])

    return changes


def _network(store: Store, viewer: Viewer, name: str, *, demonstration: bool) -> list[Basis]:
    """The road network of a name; none where it is not in use, or invented and not counted."""
    return [
        Basis(origin="dataset", name=f"{ROADS}:{one.name}", version=one.id, digest=one.digest)
        for one in store.networks(viewer)
        if one.name == name and (demonstration or not one.demonstration)
    ]


def _datasets(store: Store, viewer: Viewer, *, demonstration: bool) -> dict[str, Version]:
    """The versions that count, by role; every overlay has one of its own."""
    firsts = {role: _first(store, viewer, kind) for role, kind in ROLES.items()}
    every = store.datasets(viewer, "overlay")
    overlays = [v for v in every if not v.demonstration] or every
    named = {f"{OVERLAY}:{v.dataset}": v for v in sorted(overlays, key=lambda v: v.dataset)}
    return {
        role: version
        for role, version in (firsts | named).items()
        if version is not None and (demonstration or not version.demonstration)
    }


def _first(store: Store, viewer: Viewer, kind: Kind) -> Version | None:
    """The version in force that is used of a kind: the latest, invented ones behind all others."""
    found = store.datasets(viewer, kind)
    latest = sorted(found, key=lambda v: (v.committed_at, v.dataset), reverse=True)
    return next(iter(sorted(latest, key=lambda v: v.demonstration)), None)
