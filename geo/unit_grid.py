"""A grid over units that says for most boxes, without touching a geometry, which unit they lie in.

A cell that no outline runs through is of one membership. A box over such cells alone has that
membership too, because there is no outline between them. Whatever else a box may be is left open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import rings_of
from geo.scanlines import edges_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]
Frame = tuple[float, float, float, float]

OUTSIDE: Final = -1
"""The box meets no unit."""
OPEN: Final = -2
"""The box may cross an outline, or lies in several units."""
_STEP: Final = 0.9
_CLEARANCE: Final = 1e-6  # cells; rounding is a thousand times smaller


@dataclass(frozen=True)
class UnitGrid:
    """Memberships of the cells of a grid.

    Attributes:
        frame: West, south, east, north of the grid.
        label: rows by columns from the south-west: unit, ``OUTSIDE``; any where blocked.
        blocked: One more row and column: cells south and west of it that prove nothing.
        units: West, south, east, north of all units.
    """

    frame: Frame
    label: npt.NDArray[np.int32]
    blocked: npt.NDArray[np.int32]
    units: Frame

    def units_of(self, bounds: Floats) -> Ints:
        """Unit that n boxes lie in, ``OUTSIDE`` or ``OPEN``.

        Args:
            bounds: n by 4 boxes; one that holds NaN is outside.
        """
        west, south, east, north = bounds.T
        rows, columns = self.label.shape
        x = columns / (self.frame[2] - self.frame[0])
        y = rows / (self.frame[3] - self.frame[1])
        within = (west >= self.frame[0]) & (south >= self.frame[1])
        within &= (east < self.frame[2]) & (north < self.frame[3])
        near = (east >= self.units[0]) & (west <= self.units[2])
        near &= (north >= self.units[1]) & (south <= self.units[3])
        out = np.where(near, OPEN, OUTSIDE)
        at = np.flatnonzero(within)
        left = ((west[at] - self.frame[0]) * x).astype(np.intp)
        low = ((south[at] - self.frame[1]) * y).astype(np.intp)
        right = ((east[at] - self.frame[0]) * x).astype(np.intp) + 1
        high = ((north[at] - self.frame[1]) * y).astype(np.intp) + 1
        right, high = np.minimum(right, columns), np.minimum(high, rows)
        flat, width = self.blocked.ravel(), columns + 1
        count = flat[high * width + right] - flat[low * width + right]
        count -= flat[high * width + left] - flat[low * width + left]
        pure = count == 0
        out[at[pure]] = self.label.ravel()[low[pure] * columns + left[pure]]
        return out


def grid_over(outlines: Shapes, units: Frame, frame: Frame, cells: int) -> UnitGrid:
    """A grid of about ``cells`` cells over the part of units that boxes are asked for.

    Args:
        outlines: k valid polygons; they may overlap.
        units: West, south, east, north of them all.
        frame: What the grid is to cover; boxes beyond it are left open.
        cells: How fine it is.
    """
    wide, high = max(frame[2] - frame[0], 1e-9), max(frame[3] - frame[1], 1e-9)
    columns = int(np.clip(np.sqrt(cells * wide / high), 8, cells // 8))
    rows = max(8, cells // columns)
    frame = (
        frame[0] - wide / columns, frame[1] - high / rows,
        frame[2] + wide / columns, frame[3] + high / rows,
    )  # fmt: skip
    x, y = columns / (frame[2] - frame[0]), rows / (frame[3] - frame[1])
    to_cells = (x, 0.0, -frame[0] * x, 0.0, y, -frame[1] * y)
    outlines = _meeting(outlines, frame)
    spans = edges_of(outlines, to_cells).spans(0, rows, columns)
    size = rows * (columns + 1)
    begin, end = (spans.row * (columns + 1) + edge for edge in (spans.first, spans.end))
    count = np.bincount(begin, minlength=size) - np.bincount(end, minlength=size)
    name = np.bincount(begin, spans.owner + 1.0, size) - np.bincount(end, spans.owner + 1.0, size)
    count = np.cumsum(count.astype(np.int32).reshape(rows, -1), axis=1, dtype=np.int32)[:, :-1]
    name = np.cumsum(name.astype(np.int32).reshape(rows, -1), axis=1, dtype=np.int32)[:, :-1]
    closed = _crossed(outlines, to_cells, rows, columns) | (count > 1)
    blocked = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    np.cumsum(np.cumsum(closed, axis=0, dtype=np.int32), axis=1, out=blocked[1:, 1:])
    return UnitGrid(frame, np.ascontiguousarray(name) - 1, blocked, units)


def _meeting(outlines: Shapes, frame: Frame) -> Shapes:
    """The outlines whose boxes meet the frame; None in place of the others."""
    west, south, east, north = shapely.bounds(outlines).T
    meets = (east >= frame[0]) & (west <= frame[2]) & (north >= frame[1]) & (south <= frame[3])
    return np.where(meets, outlines, np.array(None, dtype=object))


def _crossed(
    outlines: Shapes, to_cells: tuple[float, ...], rows: int, columns: int
) -> npt.NDArray[np.bool_]:
    """Cells that an outline runs through or comes near to, up to rounding."""
    rings = rings_of(outlines)
    x = to_cells[0] * rings.xy[:, 0] + to_cells[2]
    y = to_cells[4] * rings.xy[:, 1] + to_cells[5]
    start = np.flatnonzero(rings.inner_edges())
    meets = np.minimum(x[start], x[start + 1]) < columns + 1
    meets &= np.maximum(x[start], x[start + 1]) > -1
    meets &= np.minimum(y[start], y[start + 1]) < rows + 1
    meets &= np.maximum(y[start], y[start + 1]) > -1
    start = start[meets]
    dx, dy = x[start + 1] - x[start], y[start + 1] - y[start]
    # Parts shorter than a cell touch two cells at most in either direction.
    parts = np.ceil(np.maximum(np.abs(dx), np.abs(dy)) / _STEP).astype(np.intp)
    parts = np.maximum(parts, 1)
    edge = np.repeat(np.arange(len(start)), parts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = step / parts[edge]
    x0, y0 = x[start][edge] + dx[edge] * share, y[start][edge] + dy[edge] * share
    x1, y1 = x0 + dx[edge] / parts[edge], y0 + dy[edge] / parts[edge]
    low = np.floor(np.minimum(x0, x1) - _CLEARANCE), np.floor(np.minimum(y0, y1) - _CLEARANCE)
    high = np.floor(np.maximum(x0, x1) + _CLEARANCE), np.floor(np.maximum(y0, y1) + _CLEARANCE)
    out = np.zeros((rows + 2, columns + 2), dtype=bool)
    for column in (low[0], high[0]):
        for row in (low[1], high[1]):
            across = np.clip(column, -1, columns).astype(np.intp) + 1
            out[np.clip(row, -1, rows).astype(np.intp) + 1, across] = True
    return out[1:-1, 1:-1]
