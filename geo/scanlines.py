"""Polygons as runs of cells: which cells of a grid have their centre in which polygon.

A polygon crosses the middle line of a row of cells an even number of times; between the first and
second crossing (third and fourth ...) lie its cells. No mask is drawn, so the work grows with the
outlines and not with the cells. Edges are taken from their lower end whichever way a ring runs, and
a centre on an edge belongs to the polygon east or south of it: of polygons that share their
vertices exactly, every cell has one owner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.rings import rings_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Spans:
    """m runs of cells, by row and first column.

    Attributes:
        owner: Position of the polygon.
        row: Row of the grid.
        first: First column.
        end: Column after the last one; larger than ``first``.
    """

    owner: Ints
    row: Ints
    first: Ints
    end: Ints


@dataclass(frozen=True)
class Edges:
    """Edges of polygons in cells of a grid, each from its upper to its lower end.

    Attributes:
        owner: Position of the polygon of each edge.
        x: Column of the upper end; whole numbers are edges of cells.
        top: Row of the upper end.
        bottom: Row of the lower end, larger than ``top``.
        slope: Columns a row.
    """

    owner: Ints
    x: Floats
    top: Floats
    bottom: Floats
    slope: Floats

    def spans(self, first_row: int, end_row: int, width: int) -> Spans:
        """Runs of cells of the rows ``first_row`` to ``end_row - 1`` and columns below ``width``.

        A polygon that is valid covers every cell of its spans once; spans of different polygons
        may overlap as the polygons do.
        """
        begin = np.clip(np.ceil(self.top - 0.5), first_row, end_row).astype(np.intp)
        end = np.clip(np.ceil(self.bottom - 0.5), first_row, end_row).astype(np.intp)
        meets = np.flatnonzero(end > begin)
        counts = (end - begin)[meets]
        edge = np.repeat(meets, counts)
        offset = np.repeat(np.cumsum(counts) - counts, counts)
        row = np.arange(len(edge)) - offset + begin[edge]
        x = self.x[edge] + (row + 0.5 - self.top[edge]) * self.slope[edge]
        column = np.clip(np.ceil(x - 0.5), 0, width).astype(np.intp)
        owner = self.owner[edge]
        order = np.lexsort((column, owner, row))
        first, after = column[order[0::2]], column[order[1::2]]
        filled = np.flatnonzero(after > first)
        chosen = order[0::2][filled]
        by_row = np.lexsort((first[filled], row[chosen]))
        chosen, filled = chosen[by_row], filled[by_row]
        return Spans(owner[chosen], row[chosen], first[filled], after[filled])


def edges_of(polygons: Shapes, to_cells: tuple[float, float, float, float, float, float]) -> Edges:
    """Edges of polygons in the cells of a grid.

    Args:
        polygons: n valid polygons or multipolygons; others have no edges.
        to_cells: ``a, b, c, d, e, f`` with column = a x + b y + c and row = d x + e y + f; column 0
            and row 0 begin at zero.

    Returns:
        Edges that cross at least part of a row; level ones are left out.
    """
    rings = rings_of(polygons)
    a, b, c, d, e, f = to_cells
    x = a * rings.xy[:, 0] + b * rings.xy[:, 1] + c
    y = d * rings.xy[:, 0] + e * rings.xy[:, 1] + f
    start = np.flatnonzero(rings.inner_edges() & (y[:-1] != y[1:]))
    down = y[start] < y[start + 1]
    upper, lower = np.where(down, start, start + 1), np.where(down, start + 1, start)
    return Edges(
        owner=rings.owner[rings.of_vertex[start]],
        x=x[upper],
        top=y[upper],
        bottom=y[lower],
        slope=(x[lower] - x[upper]) / (y[lower] - y[upper]),
    )
