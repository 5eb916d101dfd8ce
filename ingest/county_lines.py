"""County lines and outlines in the metres of a file, made once for all its rows."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import shapely

from domain import boundaries
from geo.near_lines import NearLines

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]


@cache
def outlines(epsg: int) -> tuple[Shapes, tuple[str, ...]]:
    """Counties as polygons in a projected system, prepared, and their codes."""
    counties = boundaries.layer("county")
    shapes: Shapes = counties.to_crs(epsg).geometry.to_numpy()
    shapely.prepare(shapes)
    return shapes, tuple(counties["adcode"])


@cache
def near_lines(epsg: int, distance_m: float) -> NearLines:
    """The county lines, asked for points nearer than a distance in metres."""
    shapes, _ = outlines(epsg)
    return NearLines(shapely.get_rings(shapely.get_parts(shapes)), distance_m)


def may_meet(boxes: Floats, epsg: int, distance_m: float) -> Bools:
    """Frames of which the cells of a grid do not prove that no county line is nearer.

    Args:
        boxes: n by 4 frames in metres.
        epsg: Their system.
        distance_m: The distance.
    """
    lines = near_lines(epsg, distance_m)
    may = (boxes[:, 2] - boxes[:, 0] > lines.cell) | (boxes[:, 3] - boxes[:, 1] > lines.cell)
    for corner in ((0, 1), (0, 3), (2, 1), (2, 3)):
        may |= lines.may_be_near(boxes[:, list(corner)])
    return may


def shares(shapes: Shapes, areas: Shapes) -> tuple[Ints, Ints, Floats]:
    """How much of each shape lies in each area.

    Args:
        shapes: n valid polygons in metres.
        areas: k valid polygons in the same system, prepared.

    Returns:
        Positions of shapes and of areas that meet, and the share of the shape in the area: exactly
        1 where it lies properly inside.
    """
    shape, area = shapely.STRtree(areas).query(shapes)
    inside = shapely.contains_properly(areas[area], shapes[shape])
    cut = ~inside & shapely.intersects(areas[area], shapes[shape])
    share = inside.astype(np.float64)
    whole = shapely.area(shapes[shape[cut]])
    part = shapely.area(shapely.intersection(shapes[shape[cut]], areas[area[cut]]))
    share[cut] = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    meets = share > 0.0
    return shape[meets], area[meets], share[meets]
