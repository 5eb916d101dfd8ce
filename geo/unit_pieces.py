"""Units cut into pieces of few vertices, each with a rim, so that a parcel needs one piece.

The pieces of a unit overlap by their rims. A parcel is cut with the one piece whose box holds it,
which gives the very vertices that a cut with the whole unit gives; only parcels that no box holds
are cut with the whole unit. Cutting with small pieces is quicker, and cutting once means that
nothing has to be put together again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]

VERTICES: Final = 256
_DEPTH: Final = 16


@dataclass(frozen=True)
class Pieces:
    """Pieces of units, and the units themselves behind them.

    Attributes:
        shapes: p pieces, then the k units; None where a box holds nothing of its unit. Prepared.
        unit: Unit of each piece.
        boxes: p by 4: what of the unit a piece holds.
        tree: Boxes of the pieces.
    """

    shapes: Shapes
    unit: Ints
    boxes: Floats
    tree: shapely.STRtree

    def meetings(self, bounds: Floats) -> tuple[Ints, Ints, Ints]:
        """Units that boxes may meet, and what to cut them with.

        Args:
            bounds: n by 4 boxes.

        Returns:
            Positions of the box, of the unit and in ``shapes``, by box and unit; each pair of box
            and unit once at most.
        """
        box, piece = self.tree.query(shapely.box(*bounds.T))
        unit = self.unit[piece]
        mine, its = bounds[box], self.boxes[piece]
        held = (mine[:, :2] >= its[:, :2]).all(axis=1) & (mine[:, 2:] <= its[:, 2:]).all(axis=1)
        order = np.lexsort((~held, unit, box))
        box, unit, piece, held = box[order], unit[order], piece[order], held[order]
        first = np.ones(len(box), dtype=bool)
        first[1:] = (box[1:] != box[:-1]) | (unit[1:] != unit[:-1])
        box, unit, piece, held = box[first], unit[first], piece[first], held[first]
        cutter = np.where(held, piece, len(self.unit) + unit)
        real = ~shapely.is_missing(self.shapes[cutter])
        return box[real], unit[real], cutter[real]


def cut_into_pieces(
    outlines: Shapes, wanted: Ints, rim: float, *, vertices: int = VERTICES
) -> Pieces:
    """Pieces of units.

    Args:
        outlines: k valid polygons.
        wanted: Positions of those that are needed.
        rim: How far a piece reaches beyond its part of the unit, in the unit of the coordinates:
            somewhat more than the side of a parcel.
        vertices: Pieces of more vertices are cut again, unless they are hardly wider than the rim.
    """
    found: list[tuple[BaseGeometry | None, int, tuple[float, ...]]] = []
    for unit in wanted.tolist():
        shape = outlines[unit]
        west, south, east, north = shapely.bounds(shape)
        cell = (west - rim, south - rim, east + rim, north + rim)
        found += [(piece, unit, box) for piece, box in _cut(shape, cell, rim, vertices, _DEPTH)]
    boxes = np.array([box for _, _, box in found], dtype=np.float64).reshape(-1, 4)
    pieces = np.array([piece for piece, _, _ in found], dtype=object)
    # Cutting with a box is quick; where it comes out broken, the slow way is taken.
    for i in np.flatnonzero(~shapely.is_valid(pieces) & ~shapely.is_missing(pieces)):
        pieces[i] = _polygons(shapely.intersection(outlines[found[i][1]], shapely.box(*boxes[i])))
    shapes = np.empty(len(found) + len(outlines), dtype=object)
    shapes[: len(found)] = pieces
    # Prepared geometries must not be shared between threads: these belong to this object alone.
    shapes[len(found) + wanted] = shapely.from_wkb(shapely.to_wkb(outlines[wanted]))
    shapely.prepare(shapes)
    return Pieces(
        shapes=shapes,
        unit=np.array([unit for _, unit, _ in found], dtype=np.intp),
        boxes=boxes,
        tree=shapely.STRtree(np.asarray(shapely.box(*boxes.T), dtype=object)),
    )


_Box = tuple[float, float, float, float]


def _cut(
    shape: BaseGeometry, cell: _Box, rim: float, vertices: int, depth: int
) -> list[tuple[BaseGeometry | None, _Box]]:
    box = (cell[0] - rim, cell[1] - rim, cell[2] + rim, cell[3] + rim)
    piece = _polygons(shapely.clip_by_rect(shape, *box))
    if piece is None:
        return [(None, box)]
    wide, high = cell[2] - cell[0], cell[3] - cell[1]
    few = shapely.get_num_coordinates(piece) <= vertices
    if few or depth == 0 or max(wide, high) < 2.0 * rim:
        return [(piece, box)]
    if wide > high:
        middle = cell[0] + wide / 2.0
        halves = (cell[0], cell[1], middle, cell[3]), (middle, cell[1], cell[2], cell[3])
    else:
        middle = cell[1] + high / 2.0
        halves = (cell[0], cell[1], cell[2], middle), (cell[0], middle, cell[2], cell[3])
    return [got for half in halves for got in _cut(piece, half, rim, vertices, depth - 1)]


def _polygons(part: BaseGeometry) -> BaseGeometry | None:
    """What has an area of a cut, or None."""
    if part.is_empty:
        return None
    if shapely.get_type_id(part) in {GeometryType.POLYGON, GeometryType.MULTIPOLYGON}:
        return part
    # A collection may hold multipolygons.
    parts = shapely.get_parts(shapely.get_parts(part))
    polygons = parts[shapely.get_type_id(parts) == GeometryType.POLYGON]
    return shapely.MultiPolygon(polygons.tolist()) if len(polygons) else None
