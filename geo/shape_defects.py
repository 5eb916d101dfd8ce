"""What can be odd about one polygon that is valid: spikes, repeated vertices, tiny rings.

All functions read the flat rings of many features at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.rings import Rings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]


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
    xy, ring = _distinct(rings)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if len(ring) else np.zeros(0, int)
    last = np.r_[first[1:] - 1, len(ring) - 1] if len(ring) else first
    before, after = np.arange(len(xy)) - 1, np.arange(len(xy)) + 1
    before[first], after[last] = last, first
    back, ahead = xy[before] - xy, xy[after] - xy
    # The angle from both products keeps its digits where the cosine alone is flat.
    cross = np.abs(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0])
    dot = np.einsum("ij,ij->i", back, ahead)
    angle = np.degrees(np.arctan2(cross, dot))
    shorter = np.minimum(np.hypot(*back.T), np.hypot(*ahead.T))
    sharp = np.flatnonzero((angle < max_degrees) & (shorter > min_leg))
    owner = rings.owner[ring[sharp]]
    out = Spikes(
        np.bincount(owner, minlength=n).astype(np.int64),
        *(np.full(n, np.nan) for _ in range(3)),
    )
    worst = sharp[np.argsort(-angle[sharp], kind="stable")]
    owner = rings.owner[ring[worst]]  # the sharpest of a feature is written last
    out.x[owner], out.y[owner], out.degrees[owner] = xy[worst, 0], xy[worst, 1], angle[worst]
    return out


def _distinct(rings: Rings) -> tuple[Floats, Ints]:
    """Vertices without repetitions and without the closing one, and their rings."""
    keep = np.ones(len(rings.xy), dtype=bool)
    keep[1:] = (np.diff(rings.xy, axis=0) != 0.0).any(axis=1)
    keep[rings.start[:-1]] = True
    keep[rings.start[1:] - 1] = False
    return rings.xy[keep], rings.of_vertex[keep]


def repeated_vertices(rings: Rings, n: int, *, tolerance: float) -> npt.NDArray[np.int64]:
    """Number of vertices of each feature that lie on the one before.

    Args:
        rings: Rings of n features.
        n: Number of features.
        tolerance: Greatest distance in either coordinate, in the unit of the coordinates.
    """
    step = np.abs(np.diff(rings.xy, axis=0))
    close = np.flatnonzero((step[:, 0] <= tolerance) & (step[:, 1] <= tolerance))
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
