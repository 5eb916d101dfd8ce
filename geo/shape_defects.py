"""What can be odd about one polygon that is valid: spikes, repeated vertices, tiny rings.

All functions read the flat rings of many features at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import Rings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]

_RIGHT: Final = 90.0


@dataclass(frozen=True)
class Spikes:
    """Sharp vertices of n features.

    Attributes:
        count: n numbers of sharp vertices.
        x: n first coordinates of the sharpest one, NaN where there is none.
        y: n second coordinates.
        degrees: n angles of the sharpest one, NaN where there is none.
    """

    count: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    degrees: Floats


def spikes(rings: Rings, n: int, *, max_degrees: float, min_leg: float) -> Spikes:
    """Vertices where a ring turns back on itself.

    Args:
        rings: Rings of n features in metres.
        n: Number of features.
        max_degrees: Angles below this are sharp.
        min_leg: Both legs are longer than this, so that a rounded corner is none.
    """
    xy, start, owner = _distinct(rings)
    ahead = np.zeros_like(xy)
    ahead[:-1] = np.diff(xy, axis=0)
    back = np.zeros_like(xy)
    back[1:] = -ahead[:-1]
    back[start[:-1]] = -ahead[start[1:] - 2]
    cross = np.abs(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0])
    dot = back[:, 0] * ahead[:, 0] + back[:, 1] * ahead[:, 1]
    may = np.ones(len(xy), dtype=bool)
    may[start[1:] - 1] = False  # the closing vertex is the first one again
    if max_degrees < _RIGHT:
        may &= cross < np.tan(np.radians(max_degrees)) * dot
    at = np.flatnonzero(may)
    # The angle from both products keeps its digits where the cosine alone is flat.
    angle = np.degrees(np.arctan2(cross[at], dot[at]))
    shorter = np.minimum(np.hypot(*back[at].T), np.hypot(*ahead[at].T))
    sharp = (angle < max_degrees) & (shorter > min_leg)
    at, angle = at[sharp], angle[sharp]
    of = owner[np.searchsorted(start, at, side="right") - 1]
    out = Spikes(
        np.bincount(of, minlength=n).astype(np.int64), *(np.full(n, np.nan) for _ in range(3))
    )
    order = np.argsort(-angle, kind="stable")  # the sharpest of a feature is written last
    of, at = of[order], at[order]
    out.x[of], out.y[of], out.degrees[of] = xy[at, 0], xy[at, 1], angle[order]
    return out


def _distinct(rings: Rings) -> tuple[Floats, Ints, Ints]:
    """Rings without repeated vertices: coordinates, starts and features of the rings."""
    keep = np.ones(len(rings.xy), dtype=bool)
    keep[1:] = (rings.xy[1:, 0] != rings.xy[:-1, 0]) | (rings.xy[1:, 1] != rings.xy[:-1, 1])
    keep[rings.start[:-1]] = True
    if keep.all():
        return rings.xy, rings.start, rings.owner
    counts = np.add.reduceat(keep, rings.start[:-1], dtype=np.intp)
    real = counts > 1  # a ring that is a single point has no angle
    keep &= np.repeat(real, np.diff(rings.start))
    start = np.concatenate([[0], np.cumsum(counts[real])]).astype(np.intp)
    return rings.xy[keep], start, rings.owner[real]


def repeated_vertices(rings: Rings, n: int, *, tolerance: float) -> npt.NDArray[np.int64]:
    """Number of vertices of each feature that lie on the one before.

    Args:
        rings: Rings of n features.
        n: Number of features.
        tolerance: Greatest distance in either coordinate, in the unit of the coordinates.
    """
    x, y = rings.xy[:, 0], rings.xy[:, 1]
    near = np.abs(x[1:] - x[:-1]) <= tolerance
    near &= np.abs(y[1:] - y[:-1]) <= tolerance
    close = np.flatnonzero(near)
    if len(close):
        close = close[rings.inner_edges()[close]]
    which = np.searchsorted(rings.start, close, side="right") - 1
    return np.bincount(rings.owner[which], minlength=n).astype(np.int64)


def tiny_rings(
    rings: Rings, n: int, *, area_m2: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Holes and, in features of several parts, parts that are smaller than an area.

    Returns:
        Numbers of tiny holes and of tiny parts of each of the n features.
    """
    small = np.abs(rings.signed_areas()) < area_m2
    holes = np.bincount(rings.owner[small & rings.hole], minlength=n)
    parts = np.bincount(rings.owner[~rings.hole], minlength=n)
    several = parts[rings.owner] > 1
    tiny = np.bincount(rings.owner[small & ~rings.hole & several], minlength=n)
    return holes.astype(np.int64), tiny.astype(np.int64)


def part_counts(rings: Rings, n: int) -> npt.NDArray[np.int64]:
    """Number of polygons of each of the n features."""
    return np.bincount(rings.owner[~rings.hole], minlength=n).astype(np.int64)


def own_overlap_m2(shapes: Shapes) -> Floats:
    """Area that parts of the same feature cover twice.

    Args:
        shapes: n multipolygons in metres, invalid as features whose parts overlap are; parts
            that are invalid themselves make the answer NaN.

    Returns:
        n areas, zero for anything of a single part.
    """
    out = np.zeros(len(shapes))
    for i in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        parts = shapely.get_parts(shapes[i])
        if not shapely.is_valid(parts).all():
            out[i] = np.nan
            continue
        out[i] = shapely.area(parts).sum() - shapely.area(shapely.union_all(parts))
    return out
