"""Which of many points lie near a fixed set of lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

_CELLS_PER_REACH = 2.0
_VERTICES = 32


class NearLines:
    """Answers for points whether a line is nearer than a distance.

    A grid of cells twice the distance wide knows where no line can be near. Only points in the
    other cells are measured.

    Args:
        lines: Lines or rings in metres.
        distance: The distance in metres.
    """

    def __init__(self, lines: Shapes, distance: float) -> None:
        self._distance = distance
        self._cell = _CELLS_PER_REACH * distance
        self._tree = shapely.STRtree(_short_lines(lines))
        sample = _densified(lines, self._cell / 2.0)
        self._origin = sample.min(axis=0) - 3.0 * self._cell if len(sample) else np.zeros(2)
        at = np.floor((sample - self._origin) / self._cell).astype(np.intp)
        grid = np.zeros(tuple(at.max(axis=0) + 4) if len(at) else (1, 1), dtype=bool)
        # A point within the distance of a line is within 1.5 distances of a sample of it, which is
        # less than a cell, so it lies in the cell of that sample or one beside it.
        for east in (-1, 0, 1):
            for north in (-1, 0, 1):
                grid[at[:, 0] + east, at[:, 1] + north] = True
        self._grid = grid

    @property
    def cell(self) -> float:
        """Side of a grid cell in metres."""
        return self._cell

    def may_be_near(self, xy: Floats) -> Bools:
        """Points that the grid cannot rule out.

        Args:
            xy: n by 2 coordinates.
        """
        at = np.floor((xy - self._origin) / self._cell)
        inside = ((at >= 0) & (at < self._grid.shape)).all(axis=1)
        out = np.zeros(len(xy), dtype=bool)
        cells = at[inside].astype(np.intp)
        out[inside] = self._grid[cells[:, 0], cells[:, 1]]
        return out

    def near(self, xy: Floats) -> Bools:
        """Points that are nearer to a line than the distance, or exactly as near.

        Args:
            xy: n by 2 coordinates; points that are not finite are near nothing.
        """
        out = self.may_be_near(xy)
        some = np.flatnonzero(out)
        points = shapely.points(xy[some])
        hit, _ = self._tree.query(points, predicate="dwithin", distance=self._distance)
        out[some] = False
        out[some[hit]] = True
        return out


def _short_lines(lines: Shapes) -> Shapes:
    """The same lines in pieces of a few vertices, which a tree tells apart."""
    pieces = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        pieces += [
            shapely.linestrings(xy[i : i + _VERTICES]) for i in range(0, len(xy) - 1, _VERTICES - 1)
        ]
    return np.array(pieces, dtype=object)


def _densified(lines: Shapes, step: float) -> Floats:
    """Points on the lines with no more than ``step`` between them."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(lines, step)), dtype=np.float64)
