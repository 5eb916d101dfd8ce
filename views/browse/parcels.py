"""The parcels of a version on one day, as arrays: what filters, sums and tiles read."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.idle.facts import facts_in_effect
from analytics.idle.status import REQUIRED, STATUSES, parcel_status
from analytics.parcel_filter import TEXTS, Bools, Codes, Floats
from domain.land_classes import GROUPS, groups
from domain.parcels import AREA
from domain.rules import load_rules
from geo.tile_index import TileIndex
from store import Viewer
from store.map_index import MapIndex
from views.browse.recorded import Recorded

_CHUNK: Final = 100_000


class DayParcels:
    """n parcels of a version, judged on a day (:class:`analytics.parcel_filter.ParcelColumns`).

    Args:
        index: What the map reads of the version.
        day: The day that is judged.
        recorded: The ledgers whose facts count; None judges by the version alone.

    Attributes:
        index: The same.
        day: The same.
    """

    def __init__(self, index: MapIndex, day: dt.date, recorded: Recorded | None = None) -> None:
        self.index = index
        self.day = day
        self._recorded = recorded if recorded and any(recorded.marks) else None
        self.rows = index.rows
        self._area = np.nan_to_num(index.columns.numbers(AREA))
        self._coded: dict[str, tuple[Codes, tuple[str, ...]]] = {}
        self._days: dict[str, Codes] = {}
        self._lock = threading.Lock()

    @property
    def shapes(self) -> TileIndex:
        """Shapes of the parcels by tile."""
        return self.index.tiles

    @property
    def area_m2(self) -> Floats:
        """N areas on the ellipsoid; 0 where one is missing."""
        return self._area

    def coded(self, name: str) -> tuple[Codes, tuple[str, ...]]:
        """N numbers into the texts of ``status``, ``group`` or a column."""
        with self._lock:
            known = self._coded.get(name)
            if known is None:
                known = self._coded[name] = self._code(name)
            return known

    def days(self, name: str) -> Codes:
        """N days since 1970; far below any date where missing."""
        with self._lock:
            if name not in self._days:
                self._days[name] = self.index.columns.days(name)
            return self._days[name]

    def matching(self, text: str) -> Bools:
        """Which parcels hold a text in an id, project, holder, location or number."""
        found = np.zeros(self.rows, dtype=bool)
        for name in TEXTS:
            if name in self.index.columns:
                found |= self.index.columns.matching(name, text)
        return found

    def texts(self, name: str, rows: npt.NDArray[np.intp]) -> list[str]:
        """Texts of a column for some rows, empty where missing or where there is no such column."""
        if name not in self.index.columns:
            return [""] * len(rows)
        found = self.index.columns.array(name).take(pa.array(rows))
        if pa.types.is_dictionary(found.type):
            found = found.dictionary_decode()
        return [text or "" for text in found.to_pylist()]

    def named(self, parcel_id: str) -> Bools:
        """Which parcels have exactly this number."""
        numbers = self.index.columns.array("parcel_id")
        if pa.types.is_dictionary(numbers.type):
            numbers = numbers.dictionary_decode()
        same = pc.equal(numbers, pa.scalar(parcel_id, numbers.type)).fill_null(fill_value=False)
        return np.asarray(same.to_numpy(zero_copy_only=False), dtype=bool)

    def seen_by(self, viewer: Viewer) -> Bools | None:
        """Which parcels are the viewer's; None for all of them."""
        if viewer.prefectures is None:
            return None
        codes, texts = self.coded("prefecture_adcode")
        mine = np.array([viewer.sees(text) for text in texts] + [False], dtype=bool)
        return mine[codes]

    def _code(self, name: str) -> tuple[Codes, tuple[str, ...]]:
        if name == "status":
            return self._status(), STATUSES
        if name == "group":
            return self._groups(), GROUPS
        return self.index.columns.codes(name)

    def _status(self) -> Codes:
        rules = load_rules("idle", as_of=self.day)
        print_of = hashlib.sha256(repr(sorted(rules.items())).encode()).hexdigest()
        marks = self._recorded.marks if self._recorded else ()
        name = f"status {self.day.isoformat()} {print_of} {marks}"
        return self.index.remembered(name, self._judged).astype(np.int32)

    def _judged(self) -> npt.NDArray[np.int8]:
        """Status of every parcel, a stretch at a time so that memory does not grow with them."""
        rules = load_rules("idle", as_of=self.day)
        supply, cases = self._recorded.rows() if self._recorded else (None, None)
        place = pd.Index(STATUSES)
        out = np.empty(self.rows, dtype=np.int8)
        for start in range(0, self.rows, _CHUNK):
            stop = min(start + _CHUNK, self.rows)
            frame = self.index.columns.frame(list(REQUIRED), kind="parcels", start=start, stop=stop)
            if self._recorded:
                frame = facts_in_effect(frame, supply=supply, cases=cases, as_of=self.day)
            status = parcel_status(frame, as_of=self.day, rules=rules)["status"]
            out[start:stop] = place.get_indexer(pd.Index(status))
        return out

    def _groups(self) -> Codes:
        codes, texts = self.index.columns.codes("analysis_class")
        known = groups(pd.Series([*texts, None], dtype="string"))
        place = pd.Index(GROUPS).get_indexer(pd.Index(known.astype("str")))
        return np.asarray(place, dtype=np.int32)[codes]


@lru_cache(maxsize=5)
def day_parcels(index: MapIndex, day: dt.date, recorded: Recorded | None = None) -> DayParcels:
    """The parcels of an index on a day, shared by all who look at them."""
    return DayParcels(index, day, recorded)
