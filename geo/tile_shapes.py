"""Polygons in the whole units of a tile, made ready to be drawn there."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.mercator import Longs, WholeRings
from geo.rings import Rings, ranges, rings_of

Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

BUFFER: Final = 64
"""Units around the tile that are kept of what is cut."""
_FEWEST: Final = 3


def drawn(rings: WholeRings, extent: int) -> WholeRings:
    """Rings as a tile takes them: open, outer ones with positive area, inner ones with negative.

    Vertices that repeat the one before are left out, then rings without area, inner rings of outer
    ones that are left out, and those that would leave nothing of their outer one. A feature without
    any ring left becomes a square of one unit in the middle of its frame. Features that reach
    further than a tile's side beyond the tile are cut to the tile and ``BUFFER`` units around it,
    and are left out if nothing of them lies there.

    Args:
        rings: Closed rings in units of the tile.
        extent: Units along a side of the tile.

    Returns:
        The rings of the features that are left, by owner, without a last vertex that repeats the
        first; a positive area is clockwise on the screen.
    """
    near = _near(rings, extent)
    if not len(near.owner):
        return near
    opened = _opened(near)
    area = _doubled_areas(opened)
    kept = _kept(opened.hole, np.abs(area))
    wrong = (area > 0) == opened.hole
    whole = _picked(opened, np.flatnonzero(kept), reverse=wrong)
    gone = np.setdiff1d(near.owner, whole.owner)
    if not len(gone):
        return whole
    return _joined(whole, _specks(near, gone))


def _near(rings: WholeRings, extent: int) -> WholeRings:
    """The same features, those that reach far out cut."""
    if not len(rings.owner):
        return rings
    low, high = _frames(rings)
    far = (low < -extent).any(axis=1) | (high > 2 * extent).any(axis=1)
    if not far.any():
        return rings
    first = np.flatnonzero(np.r_[True, rings.owner[1:] != rings.owner[:-1]])
    reaching = np.repeat(far, np.diff(np.append(first, len(rings.owner))))
    cut = _cut(_picked(rings, np.flatnonzero(reaching)), extent)
    return _joined(_picked(rings, np.flatnonzero(~reaching)), cut)


def _frames(rings: WholeRings) -> tuple[Longs, Longs]:
    """Least and greatest units of each feature that has rings."""
    first = np.flatnonzero(np.r_[True, rings.owner[1:] != rings.owner[:-1]])
    at = rings.start[first]
    return np.minimum.reduceat(rings.xy, at), np.maximum.reduceat(rings.xy, at)


def _cut(rings: WholeRings, extent: int) -> WholeRings:
    """Features cut to the tile and a buffer; their rings closed, of whole units."""
    xy = rings.xy.astype(np.float64)
    owners = np.unique(rings.owner)
    shapes = Rings.in_order(xy, np.diff(rings.start), rings.owner, rings.hole).polygons()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    window = shapely.box(-BUFFER, -BUFFER, extent + BUFFER, extent + BUFFER)
    pieces = np.asarray(shapely.intersection(shapes, window), dtype=object)
    thin = (shapely.area(pieces) == 0) & ~shapely.is_empty(pieces)
    # What has lost its width to rounding stays as a polygon without area, which becomes a square.
    west, north, east, south = shapely.bounds(pieces[thin]).T
    x, y = (west + east) / 2, (north + south) / 2
    pieces[thin] = shapely.box(x, y, x, y)
    parts, of = _surfaces(pieces)
    flat = rings_of(parts).by_owner()
    whole = np.rint(flat.xy).astype(np.int64)
    return WholeRings(whole, flat.start, owners[of[flat.owner]], flat.hole)


def _surfaces(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Polygons within geometries of any kind, and the geometry that each belongs to."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    deeper, of_part = shapely.get_parts(parts, return_index=True)
    surface = shapely.get_type_id(deeper) == shapely.GeometryType.POLYGON
    return np.asarray(deeper[surface], dtype=object), of[of_part[surface]]


def _opened(rings: WholeRings) -> WholeRings:
    """Rings without their first vertex, which their last repeats, and without repetitions."""
    ring = np.repeat(np.arange(len(rings.owner)), np.diff(rings.start))
    kept = np.zeros(len(rings.xy), dtype=bool)
    x, y = rings.xy[:, 0], rings.xy[:, 1]
    kept[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    kept[rings.start[:-1]] = False
    count = np.bincount(ring[kept], minlength=len(rings.owner))
    start = np.concatenate([[0], np.cumsum(count)])
    return WholeRings(rings.xy[kept], start, rings.owner, rings.hole)


def _doubled_areas(rings: WholeRings) -> Longs:
    """Twice the area of open rings, y southwards; zero of those with fewer than three vertices."""
    count = np.diff(rings.start)
    area = np.zeros(len(count), dtype=np.int64)
    full = count >= _FEWEST
    if not full.any():
        return area
    some = rings.start[:-1][full]
    x, y = rings.xy[:, 0], rings.xy[:, 1]
    cross = np.zeros(len(x), dtype=np.int64)
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    last = rings.start[1:][count > 0] - 1
    begin = rings.start[:-1][count > 0]
    cross[last] = x[last] * y[begin] - x[begin] * y[last]
    # Vertices of the rings between that have one or two vertices add up to nothing.
    area[full] = np.add.reduceat(cross, some)
    return area


def _kept(hole: Bools, area: Longs) -> Bools:
    """Rings that are drawn.

    Args:
        hole: r booleans, each outer ring before its inner ones.
        area: r areas without sign.
    """
    part = np.cumsum(~hole) - 1
    outer = area[~hole]
    inner = np.zeros(len(outer), dtype=np.int64)
    np.add.at(inner, part[hole], area[hole])
    holes_fit = (inner < outer)[part]
    kept: Bools = (area > 0) & (outer > 0)[part] & (~hole | holes_fit)
    return kept


def _picked(rings: WholeRings, which: Ints, reverse: Bools | None = None) -> WholeRings:
    """Some rings, in the order given; those of ``reverse`` the other way round."""
    count = np.diff(rings.start)[which]
    at = ranges(rings.start[which], count)
    if reverse is not None and reverse[which].any():
        turned = np.repeat(reverse[which], count)
        ends = np.repeat(rings.start[which] + rings.start[which + 1] - 1, count)
        at = np.where(turned, ends - at, at)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.intp)
    return WholeRings(rings.xy[at], start, rings.owner[which], rings.hole[which])


def _specks(rings: WholeRings, owners: Ints) -> WholeRings:
    """Squares of one unit in the middle of the features that would vanish."""
    low, high = _frames(rings)
    which = np.searchsorted(np.unique(rings.owner), owners)
    corner = (low[which] + high[which]) // 2
    around = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.int64)
    xy = (corner[:, None, :] + around).reshape(-1, 2)
    n = len(owners)
    return WholeRings(xy, np.arange(n + 1) * 4, owners, np.zeros(n, dtype=bool))


def _joined(first: WholeRings, second: WholeRings) -> WholeRings:
    """Rings of different features, by owner."""
    both = WholeRings(
        np.concatenate([first.xy, second.xy]),
        np.concatenate([first.start, second.start[1:] + len(first.xy)]),
        np.concatenate([first.owner, second.owner]),
        np.concatenate([first.hole, second.hole]),
    )
    return _picked(both, np.argsort(both.owner, kind="stable"))
