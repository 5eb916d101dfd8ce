"""Rings of polygons as flat arrays, which many kernels read faster than geometry objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Rings:
    """The r rings of n geometries, without any order among them.

    Attributes:
        xy: v by 2 coordinates; every ring repeats its first vertex at its end.
        start: r + 1 positions in ``xy``: ring ``i`` is ``xy[start[i]:start[i + 1]]``.
        owner: r positions of the geometry that each ring belongs to.
        part: r numbers of the polygon that each ring belongs to, unique over all geometries.
        hole: r booleans: the ring is an inner one.
    """

    xy: Floats
    start: Ints
    owner: Ints
    part: Ints
    hole: Bools

    @property
    def of_vertex(self) -> Ints:
        """Ring of each vertex."""
        return np.repeat(np.arange(len(self.owner)), np.diff(self.start))

    def inner_edges(self) -> Bools:
        """For each vertex but the last: the next vertex belongs to the same ring."""
        same = np.ones(max(len(self.xy) - 1, 0), dtype=bool)
        same[self.start[1:-1] - 1] = False
        return same

    def signed_areas(self) -> Floats:
        """Planar area of each ring, in the square of the coordinates' unit; negative clockwise."""
        if not len(self.owner):
            return np.zeros(0)
        # From the first vertex of each ring: squares of full coordinates leave few digits.
        local = self.xy - np.repeat(self.xy[self.start[:-1]], np.diff(self.start), axis=0)
        cross = np.zeros(len(local))
        cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
        cross[self.start[1:-1] - 1] = 0.0
        return np.asarray(np.add.reduceat(cross, self.start[:-1]) / 2.0, dtype=np.float64)


def rings_of(geometries: Shapes) -> Rings:
    """Rings of polygons and multipolygons.

    Args:
        geometries: n geometries; missing and empty ones and those without an area have no rings.

    Returns:
        Their rings, heights dropped.
    """
    kind = shapely.get_type_id(geometries)
    filled = ~shapely.is_empty(geometries)
    polygon = (kind == shapely.GeometryType.POLYGON) & filled
    simple = polygon & (shapely.get_num_interior_rings(geometries) == 0)
    many = filled & (polygon | (kind == shapely.GeometryType.MULTIPOLYGON)) & ~simple
    first, second = _simple(geometries, np.flatnonzero(simple)), None
    if many.any():
        second = _general(geometries, np.flatnonzero(many), len(first.owner))
    if second is None:
        return first
    return Rings(
        xy=np.concatenate([first.xy, second.xy]),
        start=np.concatenate([first.start, second.start[1:] + len(first.xy)]),
        owner=np.concatenate([first.owner, second.owner]),
        part=np.concatenate([first.part, second.part]),
        hole=np.concatenate([first.hole, second.hole]),
    )


def _simple(geometries: Shapes, which: Ints) -> Rings:
    """One ring a geometry: no ring object needs to be made."""
    chosen = geometries if len(which) == len(geometries) else geometries[which]
    counts = shapely.get_num_coordinates(chosen)
    return Rings(
        xy=shapely.get_coordinates(chosen),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.intp),
        owner=which,
        part=np.arange(len(which)),
        hole=np.zeros(len(which), dtype=bool),
    )


def _general(geometries: Shapes, which: Ints, parts_before: int) -> Rings:
    parts, owner = shapely.get_parts(geometries[which], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    counts = shapely.get_num_coordinates(rings)
    # A part may be empty and have no ring at all, so the change of part marks the outer ring.
    return Rings(
        xy=shapely.get_coordinates(rings),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.intp),
        owner=which[owner[part]],
        part=part + parts_before,
        hole=np.r_[False, part[1:] == part[:-1]],
    )
