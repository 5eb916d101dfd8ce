"""Shapes of a file by place: which rows meet a tile, and their vertices, from mapped files.

The index is derived from one file of polygons and holds its vertices as steps of the world, the
boxes of rows and of blocks of rows, and the cells of overviews. It is mapped read-only: opening it
costs nothing that grows with it, and all processes of a machine share its pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from geo.cells import COARSEST, LEVELS, NOWHERE, Cells
from geo.mercator import SIDE, Longs, WholeRings, World, lonlat_of, tile_box
from geo.rings import Rings, ranges
from geo.tile_index_build import BLOCK, build
from geo.tile_index_files import FORMAT, DamagedIndexError, read

__all__ = ["BLOCK", "FORMAT", "DamagedIndexError", "TileIndex", "build"]

Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]
Box = tuple[int, int, int, int] | Longs

_LAST: Final = SIDE - 1


class TileIndex:
    """A tile index, mapped; safe for any number of threads.

    Args:
        facts: What the index says of itself.
        arrays: Its arrays.

    Attributes:
        rows: Number n of rows, in the order of the file.
        boxes: n by 4 steps of the world, west, north, east, south, uint32; the west of a row
            without a shape lies east of its east.
        centres: n by 2 steps of the world: the middle of the box, the place that stands for the
            row; zero for rows without a shape.
        cells: Cells of overviews, in which ``centres`` lie.
    """

    def __init__(self, facts: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.rows = int(facts["rows"])
        self.boxes: World = arrays["boxes"]
        self.centres: World = arrays["centres"]
        self.cells = Cells(
            arrays["cell"],
            {level: arrays[f"cells_{level:02}"] for level in LEVELS},
            {level: arrays[f"parents_{level:02}"] for level in LEVELS if level > COARSEST},
        )
        self._blocks: World = arrays["blocks"]
        # A vertex as one number is fetched at half the price of two.
        self._vertices: npt.NDArray[np.uint64] = arrays["xy"].view("<u8").reshape(-1)
        self._ring_start: Longs = arrays["ring_start"]
        self._first_ring: Longs = arrays["first_ring"]
        self._hole: Bools = arrays["hole"]

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """The index in a folder that :func:`build` made.

        Raises:
            DamagedIndexError: It is missing, of another form, or not whole; build it anew.
        """
        facts, arrays = read(folder)
        try:
            return cls(facts, arrays)
        except (KeyError, ValueError) as error:
            raise DamagedIndexError(
                f"the tile index {folder.name} lacks {error}; delete the folder and build it anew",
                values={"folder": folder.name},
            ) from error

    @property
    def present(self) -> Bools:
        """Whether each row has a shape."""
        return np.asarray(self.cells.of_row != NOWHERE)

    def rows_in(self, z: int, x: int, y: int, *, buffer: int = 0) -> Ints:
        """Rows whose boxes meet a tile, edges included.

        Args:
            z: Zoom.
            x: Column of the tile.
            y: Row of the tile.
            buffer: Units around the tile, 4,096 a side, that count as the tile.

        Returns:
            Rows, rising.
        """
        return self.rows_meeting(tile_box(z, x, y, buffer))

    def rows_meeting(self, box: Box) -> Ints:
        """Rows whose boxes meet a box, edges included.

        Args:
            box: West, north, east, south in steps of the world; may reach beyond it.

        Returns:
            Rows, rising.
        """
        west, north, east, south = (int(side) for side in box)
        if west > east or north > south or min(east, south) < 0 or max(west, north) > _LAST:
            return np.zeros(0, dtype=np.intp)
        low = np.array([max(west, 0), max(north, 0)], dtype=np.uint32)
        high = np.array([min(east, _LAST), min(south, _LAST)], dtype=np.uint32)
        block = np.flatnonzero(_meet(self._blocks, low, high))
        rows = ranges(block * BLOCK, np.minimum(self.rows - block * BLOCK, BLOCK))
        boxes = self.boxes[rows]
        # The empty box of a row without a shape meets the whole world.
        return rows[_meet(boxes, low, high) & (boxes[:, 0] <= boxes[:, 2])]

    def rings(self, rows: Ints) -> WholeRings:
        """Rings of some rows in steps of the world.

        Args:
            rows: m rows in any order.

        Returns:
            Their rings, with owners 0 to m - 1; rows without a shape have none.
        """
        first = self._first_ring[rows]
        count = self._first_ring[rows + 1] - first
        ring = ranges(first, count)
        begin = self._ring_start[ring]
        size = self._ring_start[ring + 1] - begin
        xy = self._vertices[ranges(begin, size)].view(np.uint32).reshape(-1, 2)
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.intp)
        return WholeRings(xy, start, np.repeat(np.arange(len(rows)), count), self._hole[ring])

    def polygons(self, rows: Ints) -> Shapes:
        """Shapes of some rows in degrees, longitude first, as exact as a step of the world.

        Args:
            rows: m rows in any order.

        Returns:
            m polygons and multipolygons; None for rows without a shape.
        """
        whole = self.rings(rows)
        flat = Rings.in_order(lonlat_of(whole.xy), np.diff(whole.start), whole.owner, whole.hole)
        out = np.full(len(rows), None, dtype=object)
        out[np.unique(whole.owner)] = flat.polygons()
        return out


def _meet(boxes: World, low: npt.NDArray[np.uint32], high: npt.NDArray[np.uint32]) -> Bools:
    found: Bools = boxes[:, 0] <= high[0]
    found &= boxes[:, 1] <= high[1]
    found &= boxes[:, 2] >= low[0]
    found &= boxes[:, 3] >= low[1]
    return found
