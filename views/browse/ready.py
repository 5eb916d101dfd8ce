"""Making what the map reads before somebody waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from store import Store, StoreError, Version, Viewer
from views.browse.parcels import day_parcels
from views.browse.recorded import Recorded, marks_of
from views.day import default_day

_log = logging.getLogger(__name__)

_INDEX_SHARE: Final = 0.8
"""Share of the work that the index takes; the rest is the status on the day of the version."""


def ready_after_publishing(
    store: Store,
    version: Version | None,
    viewer: Viewer,
    *,
    progress: Callable[[float], None] | None = None,
) -> None:
    """:func:`make_ready` for what was just published; whatever fails, the version stands.

    Args:
        store: The store.
        version: What was published; None for records of a ledger, which no map is made of.
        viewer: Who published.
        progress: Told the share that is done.
    """
    if version is None or version.kind != "parcels":
        return
    try:
        make_ready(store, version, viewer, progress=progress)
    except StoreError as error:
        _log.warning("the map index of %s is not made: %s", version.id, error)


def make_ready(
    store: Store,
    version: Version,
    viewer: Viewer,
    *,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Make the index of a version and the status of its parcels on the day that a map opens with.

    Args:
        store: The store.
        version: What was published.
        viewer: Who asks.
        progress: Told the share that is done.

    Raises:
        StoreError: The index cannot be written.
    """
    told = progress or (lambda _: None)
    index = store.map_index(version, viewer, progress=lambda share: told(share * _INDEX_SHARE))
    if version.kind == "parcels":
        recorded = Recorded(store.root, marks_of(store))
        day_parcels(index, default_day(version), recorded).coded("status")
    told(1.0)
