"""Square cells for overviews: sums by cell instead of a sample of rows.

At every level each row belongs to exactly one cell, by one place that stands for it; so the cells
of a level add up to the whole. Cells of a level are the map tiles of a zoom. They are kept in the
order of their interleaved numbers, in which the cells of any tile stand next to each other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
World = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int32]

COARSEST: Final = 8
FINEST: Final = 16
"""Zooms of the tiles that are cells of the levels; the finest are about 500 m wide in Jiangxi."""
LEVELS: Final = range(COARSEST, FINEST + 1)
FINER: Final = 5
"""A tile shows the cells of so many zooms further in, 32 by 32."""
NOWHERE: Final = -1
"""Cell number of a row without a place."""
_SPREAD: Final = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


def level_of(zoom: int) -> int:
    """Level of the cells that tiles of a zoom show: the nearest one at the ends of the pyramid."""
    return min(max(zoom + FINER, COARSEST), FINEST)


@dataclass(frozen=True)
class Cells:
    """The cells of n rows that have a row in them, at every level.

    Attributes:
        of_row: n cell numbers at the finest level, int32, ``NOWHERE`` for rows without a place.
        codes: For each level the interleaved numbers of its m cells, uint32, rising.
        parents: For each level but the coarsest, m positions in the next coarser one, int32.
    """

    of_row: Numbers
    codes: dict[int, World]
    parents: dict[int, Numbers]

    @classmethod
    def of(cls, centres: World, present: Bools) -> Self:
        """Cells of rows.

        Args:
            centres: n by 2 places in steps of the world.
            present: n booleans: the row has a place.
        """
        of_row = np.full(len(centres), NOWHERE, dtype=np.int32)
        code = interleaved(centres[present] >> np.uint32(32 - FINEST))
        finest, number = np.unique(code, return_inverse=True)
        of_row[present] = number
        codes, parents = {FINEST: finest}, {}
        for level in range(FINEST, COARSEST, -1):
            # Two bits less are the next coarser tile; the order stays.
            coarser, parent = np.unique(codes[level] >> np.uint32(2), return_inverse=True)
            codes[level - 1], parents[level] = coarser, parent.astype(np.int32)
        return cls(of_row, codes, parents)

    def sums(
        self,
        weights: Floats,
        codes: npt.NDArray[np.integer],
        classes: int,
        chosen: Bools | None = None,
    ) -> CellSums:
        """Rows and sums of their weights by cell and class.

        Args:
            weights: n finite numbers, such as areas in m2.
            codes: n classes, 0 to ``classes - 1``.
            classes: Number of classes.
            chosen: n booleans: the rows that count; None for all.

        Raises:
            ValueError: The rows are not those of the cells, or a class is out of range.
        """
        if not len(weights) == len(codes) == len(self.of_row):
            raise ValueError("weights and codes have to be given for every row")
        if len(codes) and not 0 <= codes.min() <= codes.max() < classes:
            raise ValueError(f"codes have to lie between 0 and {classes - 1}")
        of_row = self.of_row
        if chosen is not None:
            at = np.flatnonzero(chosen)
            weights, codes, of_row = weights[at], codes[at], of_row[at]
        # Rows nowhere have number -1, so they fall into the first row of the sums.
        key = (of_row.astype(np.intp) + 1) * classes + codes.astype(np.intp, copy=False)
        length = (len(self.codes[FINEST]) + 1) * classes
        counts = np.bincount(key, minlength=length).reshape(-1, classes)
        added = np.asarray(np.bincount(key, weights=weights, minlength=length), dtype=np.float64)
        areas = added.reshape(-1, classes)
        return CellSums(self, LevelSums(counts[1:], areas[1:]), LevelSums(counts[:1], areas[:1]))

    def in_tile(self, level: int, z: int, x: int, y: int) -> Ints:
        """Positions of the cells of a level that lie in a tile of the same or a smaller zoom."""
        bits = 2 * (level - z)
        tile = int(interleaved(np.array([[x, y]], dtype=np.uint32))[0])
        codes, last = self.codes[level], ((tile + 1) << bits) - 1
        # Numbers of the same type as the codes: any other would copy all of these.
        begin = np.searchsorted(codes, np.uint32(tile << bits))
        end = np.searchsorted(codes, np.uint32(last), side="right")
        return np.arange(begin, end, dtype=np.intp)

    def places(self, level: int, which: Ints) -> World:
        """Columns and rows of some cells of a level, m by 2: those of the tile that each is."""
        return apart(self.codes[level][which])


@dataclass(frozen=True)
class LevelSums:
    """Sums by cell of one level.

    Attributes:
        counts: m cells by k classes, int64.
        areas: m cells by k classes, the sums of the weights.
    """

    counts: Longs
    areas: Floats


@dataclass(frozen=True)
class TileCells:
    """The cells of a tile and what lies in them.

    Attributes:
        level: Their level.
        position: m positions among the cells of the level.
        place: m by 2 columns and rows among the tiles of the level's zoom, uint32.
        sums: m by k sums.
    """

    level: int
    position: Ints
    place: World
    sums: LevelSums


class CellSums:
    """Sums by cell and class at every level; a level is added up when it is first asked for.

    Args:
        cells: The cells.
        finest: Sums of the finest level.
        missing: Sums of the rows without a place, 1 by k.

    Attributes:
        missing: The same.
    """

    def __init__(self, cells: Cells, finest: LevelSums, missing: LevelSums) -> None:
        self.missing = missing
        self._cells = cells
        self._levels = {FINEST: finest}
        self._lock = threading.Lock()

    def at(self, level: int) -> LevelSums:
        """Sums of all cells of a level, ``COARSEST`` to ``FINEST``."""
        with self._lock:
            for finer in range(min(self._levels), level, -1):
                self._levels[finer - 1] = self._coarser(finer)
            return self._levels[level]

    def in_tile(self, z: int, x: int, y: int) -> TileCells:
        """The 32 by 32 cells of a tile, those without a row in them left out.

        Args:
            z: Zoom, up to ``FINEST``; below ``COARSEST - FINER`` and above ``FINEST - FINER`` the
                cells are those of the nearest level.
            x: Column of the tile.
            y: Row of the tile.
        """
        level = level_of(z)
        position = self._cells.in_tile(level, z, x, y)
        sums = self.at(level)
        within = LevelSums(sums.counts[position], sums.areas[position])
        return TileCells(level, position, self._cells.places(level, position), within)

    def in_cell(self, level: int, x: int, y: int) -> LevelSums:
        """Sums of one cell, k counts and k areas; zero where no row lies in it."""
        (position,) = self._cells.in_tile(level, level, x, y)[:1].tolist() or (-1,)
        sums = self.at(level)
        if position < 0:
            return LevelSums(np.zeros_like(self.missing.counts[0]), self.missing.areas[0] * 0.0)
        return LevelSums(sums.counts[position], sums.areas[position])

    def _coarser(self, level: int) -> LevelSums:
        sums, parent = self._levels[level], self._cells.parents[level]
        if not len(parent):
            return sums
        first = np.flatnonzero(np.r_[True, parent[1:] != parent[:-1]])
        return LevelSums(np.add.reduceat(sums.counts, first), np.add.reduceat(sums.areas, first))


def interleaved(places: npt.NDArray[np.integer]) -> World:
    """One number from each m by 2 column and row below 2^16, their bits in turn."""
    spread = places.astype(np.uint32)
    for bits, mask in _SPREAD:
        spread = (spread | spread << np.uint32(bits)) & np.uint32(mask)
    return spread[:, 0] | spread[:, 1] << np.uint32(1)


def apart(codes: World) -> World:
    """Columns and rows, m by 2, from the numbers of :func:`interleaved`."""
    out = np.column_stack([codes, codes >> np.uint32(1)]) & np.uint32(0x55555555)
    for bits, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        out = (out | out >> np.uint32(bits)) & np.uint32(mask)
    return out
