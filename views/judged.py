"""The parcels of a version on a day, without shapes, with what the ledgers record of them.

Read from the column files of the map index, judged once, and kept for every session and for the
routes that draw maps. Frames are shared: never change one in place.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Callable
from typing import Final

import pandas as pd
from cachetools import LRUCache

from analytics.idle.facts import facts_in_effect
from analytics.idle.status import parcel_status
from domain import schema
from domain.ledgers import Table
from domain.parcels import COMPUTED, columns
from domain.rules import RuleSet, load_rules
from store import Store, StoreError, Version, Viewer
from store.map_index import MapIndex
from views.kept_ledgers import kept_ledger

Progress = Callable[[float], None]
Scope = tuple[str, ...] | None
Marks = tuple[int, ...]
"""The last act on each of :data:`FACTS`; 0 where there is none."""
Key = tuple[str, str, Scope]
DayKey = tuple[Key, dt.date, str, Marks]

FACTS: Final[tuple[Table, ...]] = ("supply", "idle_case")
"""Ledgers whose rows change what is true of a parcel."""

_KEPT: Final = 3
"""Frames of each sort that a process keeps; a million parcels take about 0.6 GB."""
_INDEX_SHARE: Final = 0.7
_READ_SHARE: Final = 0.8

_log = logging.getLogger(__name__)
_attributes: LRUCache[Key, pd.DataFrame] = LRUCache(_KEPT)
_judged: LRUCache[DayKey, pd.DataFrame] = LRUCache(_KEPT)
_guard = threading.Lock()
_making = threading.Lock()


def key_of(store: Store, viewer: Viewer, version: Version) -> Key:
    """What a frame of a version depends on: its content, and which rows are the viewer's."""
    scope = viewer.prefectures
    return str(store.root), version.sha256, None if scope is None else tuple(sorted(scope))


def day_key(store: Store, viewer: Viewer, version: Version, day: dt.date) -> DayKey:
    """What a judged frame depends on: the version, the day, the rules and the ledgers."""
    marks = tuple(store.ledger_mark(table, viewer) for table in FACTS)
    return key_of(store, viewer, version), day, digest(load_rules("idle", as_of=day)), marks


def digest(rules: RuleSet) -> str:
    """A short name for the content of a set of rules."""
    return hashlib.sha256(repr(sorted(rules.items())).encode()).hexdigest()[:16]


def judged_parcels(
    store: Store,
    viewer: Viewer,
    version: Version,
    day: dt.date,
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Parcels of a version that are the viewer's, with facts of the ledgers and their status.

    Args:
        store: The store.
        viewer: Who asks.
        version: Version of parcels.
        day: The day that is judged.
        progress: Told the share that is done while the frame is made.

    Returns:
        The columns of :func:`analytics.idle.facts.facts_in_effect`, then those of
        :func:`analytics.idle.status.parcel_status`; no shapes. Indexed by position in the version.

    Raises:
        UnknownDatasetError: There is no such version with rows of the viewer.
        DamagedVersionError: The version's file is gone or cut short.
    """
    key = day_key(store, viewer, version, day)
    with _guard:
        known = _judged.get(key)
    if known is not None:
        return known
    told = progress or (lambda _: None)
    # One at a time: two sessions that open the page together wait for the same frame.
    with _making:
        with _guard:
            known = _judged.get(key)
        if known is None:
            known = _judge(store, viewer, version, day, told)
            with _guard:
                _judged[key] = known
    return known


def is_ready(store: Store, viewer: Viewer, version: Version, day: dt.date) -> bool:
    """Whether :func:`judged_parcels` answers at once."""
    key = day_key(store, viewer, version, day)
    with _guard:
        return key in _judged


def _judge(
    store: Store, viewer: Viewer, version: Version, day: dt.date, told: Progress
) -> pd.DataFrame:
    key = key_of(store, viewer, version)
    with _guard:
        rows = _attributes.get(key)
    if rows is None:
        rows = _read(store, viewer, version, told)
        with _guard:
            _attributes[key] = rows
    told(_READ_SHARE)
    supply, cases = (kept_ledger(store, table, viewer)[1] for table in FACTS)
    facts = facts_in_effect(rows, supply=supply, cases=cases, as_of=day)
    status = parcel_status(facts, as_of=day, rules=load_rules("idle", as_of=day))
    told(1.0)
    return pd.concat([facts, status], axis=1)


def _read(store: Store, viewer: Viewer, version: Version, told: Progress) -> pd.DataFrame:
    try:
        index = store.map_index(version, viewer, progress=lambda share: told(share * _INDEX_SHARE))
    except StoreError as error:
        # An installation that cannot write still answers; what is drawn of it has no shapes.
        _log.warning("the map index of %s is not made: %s", version.id, error)
        return pd.DataFrame(store.read(version, viewer)).drop(columns="geometry")
    return read_attributes(index, viewer)


def read_attributes(index: MapIndex, viewer: Viewer) -> pd.DataFrame:
    """Every attribute of the rows that are the viewer's, typed as in a read of the version.

    Columns that an old version lacks are there and empty.

    Args:
        index: What the map reads of the version.
        viewer: Who asks.

    Returns:
        Indexed by position in the order of the version.
    """
    wanted = {c.column: c.pandas_dtype for c in columns()} | COMPUTED
    rows = index.columns.frame(list(wanted), kind="parcels", start=0, stop=index.rows)
    absent = {
        name: schema.cast_values(pd.Series(pd.NA, index=rows.index), dtype, name)
        for name, dtype in wanted.items()
        if name not in rows
    }
    rows = rows.assign(**absent)[list(wanted)]
    if viewer.prefectures is None:
        return rows
    return rows[rows["prefecture_adcode"].isin(viewer.prefectures).fillna(value=False)]
