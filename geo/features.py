"""Features as flat rings, of which geometry objects are made only when somebody asks for them.

Most features of a sound layer need no question that only a geometry object can answer, and making
the objects of a whole layer costs more than all that is asked of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import Rings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

_CELLS: Final = 128
"""Cells of the grid along each side."""
_LEAST: Final = 1e-9
"""Side of the grid where all boxes are one point, in the unit of the coordinates."""


class Features:
    """n features.

    Args:
        rings: Their rings, by owner.
        boxes: n by 4 frames (west, south, east, north).

    Attributes:
        rings: Their rings.
        boxes: Their frames.
    """

    def __init__(self, rings: Rings, boxes: Floats) -> None:
        self.rings = rings
        self.boxes = boxes
        self._made: Shapes = np.full(len(boxes), None, dtype=object)
        self._known = np.zeros(len(boxes), dtype=bool)

    def __len__(self) -> int:
        return len(self.boxes)

    def at(self, which: Ints) -> Shapes:
        """Geometry objects of some features, the same ones at every call; None without rings."""
        asked = np.zeros(len(self), dtype=bool)
        asked[which] = True
        new = np.flatnonzero(asked & ~self._known)
        if len(new):
            rings = self.rings.of(new)
            there = np.unique(rings.owner)
            self._made[new[there]] = rings.polygons()
            self._known[new] = True
        return self._made[which]

    def meeting(self, boxes: Floats) -> tuple[Ints, Ints]:
        """Pairs of k boxes and the features whose frames they meet.

        Args:
            boxes: k by 4 frames, all finite.
        """
        some = np.flatnonzero(_may_meet(self.boxes, boxes))
        box, feature = shapely.STRtree(_diagonals(self.boxes[some])).query(_diagonals(boxes))
        return box, some[feature]


def _diagonals(boxes: Floats) -> Shapes:
    """Lines with the given frames, which are made faster than boxes."""
    lines = shapely.linestrings(boxes.reshape(-1, 2, 2))
    return np.atleast_1d(np.asarray(lines, dtype=object))


def _may_meet(boxes: Floats, asked: Floats) -> Bools:
    """Boxes that share a cell of a coarse grid with one that is asked about.

    A tree is quick to ask and slow to make; where few boxes are asked about, most of the others
    lie in cells that none of these touches and need not go into it.
    """
    out = np.zeros(len(boxes), dtype=bool)
    if not len(asked):
        return out
    low = asked[:, :2].min(axis=0)
    cell = np.maximum(asked[:, 2:].max(axis=0) - low, _LEAST) / _CELLS

    def cells(some: Floats) -> tuple[Ints, Ints, Ints, Ints]:
        at = np.clip((some.reshape(-1, 2, 2) - low) / cell, 0, _CELLS - 1).astype(np.intp)
        return at[:, 0, 0], at[:, 0, 1], at[:, 1, 0] + 1, at[:, 1, 1] + 1

    # Corners of boxes as steps up and down: their sums over the grid count the boxes of each cell.
    west, south, east, north = cells(asked)
    steps = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
    for x, y, step in ((west, south, 1), (east, south, -1), (west, north, -1), (east, north, 1)):
        np.add.at(steps, (x, y), step)
    touched = steps.cumsum(axis=0).cumsum(axis=1)[:_CELLS, :_CELLS] > 0
    upto = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
    upto[1:, 1:] = touched.cumsum(axis=0).cumsum(axis=1)
    there = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    west, south, east, north = cells(boxes[there])
    count = upto[east, north] - upto[west, north] - upto[east, south] + upto[west, south]
    out[there] = count > 0
    return out
