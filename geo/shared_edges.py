"""Which edges of a layer two features share exactly, and which features have any other edge.

Where every feature is bounded by shared edges alone, nothing overlaps and nothing is missing. So
the expensive questions need to be asked only about features with an edge of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.rings import Rings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_MIX_X: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_Y: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX: Final = np.uint64(0xFF51AFD7ED558CCD)
_HALF: Final = np.uint64(32)


@dataclass(frozen=True)
class SharedEdges:
    """What the edges of n features tell.

    Attributes:
        loose: n booleans: the feature has an edge that is not shared with exactly one other
            feature on the opposite side.
        left: k positions of features that share an edge ...
        right: ... with these; a pair occurs once for every edge.
    """

    loose: Bools
    left: Ints
    right: Ints


def shared_edges(rings: Rings, n: int) -> SharedEdges:
    """Match the edges of valid polygons by their exact coordinates.

    Args:
        rings: Rings of n valid polygons or multipolygons; features without any are not loose.
        n: Number of features.

    Returns:
        The loose features and the neighbours along shared edges.
    """
    loose = np.zeros(n, dtype=bool)
    if not len(rings.owner):
        return SharedEdges(loose, np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp))
    keys, forward, owner = _edges(rings)
    order = _order(keys)
    keys, forward, owner = keys[order], forward[order], owner[order]
    same = keys[1:] == keys[:-1]
    # Exactly two of a kind: equal to the next, but neither the one before nor the one after.
    alone = same & ~np.r_[False, same[:-1]] & ~np.r_[same[1:], False]
    shared = alone & (forward[1:] != forward[:-1]) & (owner[1:] != owner[:-1])
    first = np.flatnonzero(shared)
    matched = np.zeros(len(keys), dtype=bool)
    matched[first] = matched[first + 1] = True
    loose[owner[~matched]] = True
    return SharedEdges(loose, owner[first], owner[first + 1])


def _edges(rings: Rings) -> tuple[Words, Bools, Ints]:
    """Key of each edge whatever its direction, its direction with the inside left, its feature."""
    point = point_keys(rings.xy)
    ring = rings.of_vertex[:-1]
    clockwise = rings.signed_areas() < 0.0
    # An outer ring has the inside on its left when it runs against the clock, a hole when with it.
    turned = clockwise != rings.hole
    real = rings.inner_edges() & (point[1:] != point[:-1])
    start, end, ring = point[:-1][real], point[1:][real], ring[real]
    with np.errstate(over="ignore"):
        keys = (start + end) ^ ((start ^ end) * _MIX)
    return keys, (start < end) != turned[ring], rings.owner[ring]


def _order(keys: Words) -> Ints:
    """An order that brings equal keys together.

    The position of each key is put in its low bits and the numbers themselves are sorted, which is
    several times faster than sorting positions. Different keys may end up between equal ones when
    their high bits agree; then an edge counts as loose that is not, which costs a test and no more.
    """
    bits = np.uint64(max(len(keys) - 1, 1).bit_length())
    mask = (np.uint64(1) << bits) - np.uint64(1)
    packed = (keys & ~mask) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    return (packed & mask).astype(np.intp)


def point_keys(xy: Floats) -> Words:
    """A 64-bit key of each vertex; equal coordinates give equal keys.

    Args:
        xy: n by 2 coordinates.
    """
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)  # + 0.0 turns -0.0 into 0.0
    with np.errstate(over="ignore"):
        mixed = bits[:, 0] * _MIX_X
        mixed ^= mixed >> _HALF
        mixed += bits[:, 1]
        mixed *= _MIX_Y
        mixed ^= mixed >> _HALF
        mixed *= _MIX
    return np.asarray(mixed, dtype=np.uint64)
