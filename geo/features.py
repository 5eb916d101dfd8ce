"""Features as flat rings, of which geometry objects are made only when somebody asks for them.

Most features of a sound layer need no question that only a geometry object can answer, and making
the objects of a whole layer costs more than all that is asked of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import Rings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]


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
        self._tree = shapely.STRtree(_diagonals(boxes))

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
        """Pairs of k boxes and the features whose frames they meet."""
        box, feature = self._tree.query(_diagonals(boxes))
        return box, feature


def _diagonals(boxes: Floats) -> Shapes:
    """Lines with the given frames, which are made faster than boxes; None without a frame."""
    out = np.full(len(boxes), None, dtype=object)
    there = np.isfinite(boxes).all(axis=1)
    out[there] = shapely.linestrings(boxes[there].reshape(-1, 2, 2))
    return out
