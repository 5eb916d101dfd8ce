"""Rings of polygons as flat arrays, which many kernels read faster than geometry objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

_POLYGON: Final = shapely.GeometryType.POLYGON


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

    def of(self, which: Ints) -> Rings:
        """Rings of some geometries.

        Args:
            which: m geometries; the rings have to stand in the order of their owners.

        Returns:
            Their rings, with owners from 0 to m - 1.
        """
        first = np.searchsorted(self.owner, which)
        count = np.searchsorted(self.owner, which, side="right") - first
        return self._picked(ranges(first, count), np.repeat(np.arange(len(which)), count))

    def by_owner(self) -> Rings:
        """The same rings in the order of their owners."""
        if (np.diff(self.owner) >= 0).all():
            return self
        order = np.argsort(self.owner, kind="stable")
        return self._picked(order, self.owner[order])

    def _picked(self, which: Ints, owner: Ints) -> Rings:
        count = np.diff(self.start)[which]
        return Rings.in_order(
            self.xy[ranges(self.start[which], count)], count, owner, self.hole[which]
        )

    @classmethod
    def in_order(cls, xy: Floats, count: Ints, owner: Ints, hole: Bools) -> Rings:
        """Rings that lie behind one another, each outer one before its inner ones.

        Args:
            xy: v by 2 coordinates.
            count: r numbers of vertices.
            owner: r geometries, rising.
            hole: r booleans.
        """
        start = np.concatenate([[0], np.cumsum(count)]).astype(np.intp)
        return cls(xy, start, owner, np.cumsum(~hole) - 1, hole)

    def polygons(self) -> Shapes:
        """Geometry objects of the m geometries 0 to m - 1 that have rings, which stand by owner.

        Returns:
            m polygons and, where a geometry has several parts, multipolygons.
        """
        if not len(self.owner):
            return np.zeros(0, dtype=object)
        shells = np.flatnonzero(~self.hole)
        ends = np.append(shells, len(self.hole))
        parts = shapely.from_ragged_array(_POLYGON, self.xy, (self.start, ends))
        of_part = self.owner[shells]
        if (np.diff(of_part) > 0).all():
            return np.asarray(parts, dtype=object)
        first = np.flatnonzero(np.r_[True, np.diff(of_part) > 0])
        out = np.asarray(parts[first], dtype=object)
        several = np.flatnonzero(np.diff(np.append(first, len(parts))) > 1)
        for i in several:
            last = first[i + 1] if i + 1 < len(first) else len(parts)
            out[i] = shapely.multipolygons(parts[first[i] : last])
        return out


def ranges(starts: Ints, counts: Ints) -> Ints:
    """The integers from each start, as many as its count, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    shift: Ints = np.repeat(starts - (ends - counts), counts)
    return np.arange(total, dtype=np.intp) + shift


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
