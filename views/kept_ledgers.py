"""Ledgers that a process has read, brought up to date from their last state.

A ledger of a million rows takes many seconds to read; what one act changed is read in a moment.
Frames are shared: never change one in place.
"""

from __future__ import annotations

import threading
from typing import Final

import pandas as pd
from cachetools import LRUCache

from domain.ledgers import Table
from store import Store, Viewer

Key = tuple[str, Table, tuple[str, ...] | None]
Kept = tuple[int, pd.DataFrame]

_KEPT: Final = 12
"""Ledgers that a process keeps, each for one scope."""

_frames: LRUCache[Key, Kept] = LRUCache(_KEPT)
_reading: dict[Key, threading.Lock] = {}
_guard = threading.Lock()


def kept_ledger(store: Store, table: Table, viewer: Viewer) -> Kept:
    """Rows of a ledger that are the viewer's, as they now stand.

    Args:
        store: The store.
        table: Ledger.
        viewer: Who reads.

    Returns:
        The number of the act after which they stand so (:meth:`store.Store.ledger_mark`), and the
        rows as :meth:`store.Store.ledger` gives them.
    """
    scope = None if viewer.prefectures is None else tuple(sorted(viewer.prefectures))
    key: Key = (str(store.root), table, scope)
    with _guard:
        lock = _reading.setdefault(key, threading.Lock())
    # One session reads; the others wait for the same rows.
    with lock:
        with _guard:
            known = _frames.get(key)
        mark = store.ledger_mark(table, viewer)
        while known is None or known[0] != mark:
            if known is None:
                known = mark, store.ledger(table, viewer)
            else:
                before, old = known[1], known[0]
                known = mark, store.ledger_after(table, viewer, before=before, mark=old)
            # An act in between may be in the rows already: read on until none was.
            mark = store.ledger_mark(table, viewer)
        with _guard:
            _frames[key] = known
        return known
