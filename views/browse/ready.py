"""Making what the map reads before somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from store import Store, Version, Viewer
from views.browse.parcels import day_parcels
from views.day import default_day

_INDEX_SHARE: Final = 0.8
"""Share of the work that the index takes; the rest is the status on the day of the version."""


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
        day_parcels(index, default_day(version)).coded("status")
    told(1.0)
