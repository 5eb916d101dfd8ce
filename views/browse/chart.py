"""What a map shows of a version: tiles, amounts and legends for one viewer, day and filter."""

from __future__ import annotations

import datetime as dt
import gzip
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from analytics.parcel_filter import Bools, Floats, ParcelFilter, ParcelSums, sums
from geo.cells import CellSums, level_of
from layers.graduated import class_limits
from layers.parcel_tiles import cell_tile, grades, parcel_tile
from layers.web import PARCEL_ZOOM
from store import Viewer
from store.map_index import MapIndex
from views.browse.parcels import DayParcels, day_parcels
from views.browse.recorded import Recorded

Coloured = Literal["status", "group"]
COLOURED: Final[tuple[Coloured, ...]] = ("status", "group")

LAST_OVERVIEW: Final = PARCEL_ZOOM - 1
"""Below this zoom and at it cells stand for parcels; beyond it every parcel is drawn."""

AMOUNT_CLASSES: Final = 5
_LEVEL: Final = 1
"""Compression of tiles: nearly all that there is to gain, at a third of the time."""


@dataclass(frozen=True)
class CellLegend:
    """How the cells of one zoom are coloured by amount.

    Attributes:
        limits: Limits of the classes in m2, ascending.
        cells: Number of cells that hold parcels.
    """

    limits: npt.NDArray[np.float64]
    cells: int


class Chart:
    """Parcels of a version that pass a filter, as a viewer may see them.

    Args:
        parcels: The parcels on a day.
        viewer: Who looks.
        asked: The filter.
    """

    def __init__(self, parcels: DayParcels, viewer: Viewer, asked: ParcelFilter) -> None:
        self.parcels = parcels
        self._mine = parcels.seen_by(viewer)
        self._asked = asked
        self._keep: Bools | None = None
        self._named: Bools | None = None
        self._sums: ParcelSums | None = None
        self._cells: dict[Coloured, CellSums] = {}
        self._legends: dict[int, CellLegend] = {}
        self._lock = threading.RLock()

    @property
    def keep(self) -> Bools:
        """N booleans: the parcel is the viewer's and passes."""
        with self._lock:
            if self._keep is None:
                keep = self._asked.mask(self.parcels)
                self._keep = keep if self._mine is None else keep & self._mine
            return self._keep

    def numbers(self, column: str) -> dict[str, int]:
        """Texts of a column and their numbers; of a place those alone that the viewer may see."""
        codes, texts = self.parcels.coded(column)
        if self._mine is None or column in COLOURED:
            return {text: i for i, text in enumerate(texts)}
        there = np.unique(codes[self._mine])
        return {texts[i]: i for i in there.tolist() if i >= 0}

    def sums(self) -> ParcelSums:
        """What they add up to."""
        with self._lock:
            if self._sums is None:
                self._sums = sums(self.parcels, self.keep)
            return self._sums

    def cells(self, coloured: Coloured) -> CellSums:
        """Amounts by cell and class, at every level."""
        with self._lock:
            if coloured not in self._cells:
                codes, texts = self.parcels.coded(coloured)
                whole = self._asked.everything and self._mine is None
                self._cells[coloured] = self.parcels.shapes.cells.sums(
                    self.parcels.area_m2, codes, len(texts), None if whole else self.keep
                )
            return self._cells[coloured]

    def cell_legend(self, zoom: int, coloured: Coloured) -> CellLegend:
        """How the cells of an overview zoom are coloured by amount."""
        with self._lock:
            if zoom not in self._legends:
                found = self.cells(coloured).at(level_of(zoom))
                there = found.counts.sum(axis=1) > 0
                amounts = found.areas.sum(axis=1)[there]
                limits = class_limits(amounts, n=AMOUNT_CLASSES, breaks="quantile")
                self._legends[zoom] = CellLegend(limits, int(there.sum()))
            return self._legends[zoom]

    def tile(self, z: int, x: int, y: int, coloured: Coloured) -> bytes:
        """A vector tile, compressed: cells up to :data:`LAST_OVERVIEW`, parcels beyond it.

        Filters of codes, areas and dates are left to the browser where every parcel is drawn; only
        the viewer's scope and a text, which a tile does not carry, decide there what it holds.
        """
        if z <= LAST_OVERVIEW:
            limits = self.cell_legend(z, coloured).limits
            content = cell_tile(self.cells(coloured), z, x, y, limits=limits)
        else:
            content = parcel_tile(self.parcels, z, x, y, coloured=coloured, shown=self._in_tiles())
        return gzip.compress(content, _LEVEL, mtime=0)

    def _in_tiles(self) -> Bools | None:
        if not self._asked.text:
            return self._mine
        with self._lock:
            if self._named is None:
                # Not ``keep``: tiles of one text are shared by all that ask for it.
                named = ParcelFilter(text=self._asked.text).mask(self.parcels)
                self._named = named if self._mine is None else named & self._mine
            return self._named

    def within(
        self, column: str, code: str, coloured: Coloured
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Counts and areas by class of the parcels that name a unit.

        Args:
            column: ``county_adcode`` or ``zone_id``.
            code: Code or id of the unit.
            coloured: Which classes.
        """
        codes, texts = self.parcels.coded(column)
        here = codes == (texts.index(code) if code in texts else len(texts))
        here &= self.keep
        classes, names = self.parcels.coded(coloured)
        some, area = classes[here], self.parcels.area_m2[here]
        counts = np.bincount(some, minlength=len(names))
        areas = np.bincount(some, weights=area, minlength=len(names))
        return counts.astype(np.int64), areas.astype(np.float64)

    def row_of(self, parcel_id: str) -> int | None:
        """The row of a parcel that passes; None where there is none of this number."""
        rows = np.flatnonzero(self.parcels.named(parcel_id) & self.keep)
        return int(rows[0]) if len(rows) else None

    def unit_legend(self, column: str) -> tuple[dict[str, int], npt.NDArray[np.float64]]:
        """Class of each county or zone by the area of its parcels, and the limits of the classes.

        Args:
            column: ``county_adcode`` or ``zone_id``.
        """
        amounts = self.sums().by[column]
        limits = class_limits(amounts.area_m2, n=AMOUNT_CLASSES, breaks="quantile")
        grade = grades(amounts.area_m2, limits)
        pairs = zip(amounts.keys, grade.tolist(), strict=True)
        return {key: place for key, place in pairs if key}, limits


@lru_cache(maxsize=8)
def chart(
    index: MapIndex,
    day: dt.date,
    viewer: Viewer,
    asked: ParcelFilter,
    recorded: Recorded | None = None,
) -> Chart:
    """The chart of a version, shared by all who look at the same."""
    return Chart(day_parcels(index, day, recorded), viewer, asked)
