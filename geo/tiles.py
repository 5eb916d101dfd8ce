"""Layers that are worked through piece by piece, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.features import Features
from geo.rings import Rings, rings_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

TILE_ROWS: Final = 25_000
_GIANT: Final = 20.0
"""A feature this many times longer than the median one would swell the halo of its tile."""


@dataclass(frozen=True)
class Layer:
    """n features whose boxes are in memory and whose rings are not.

    Attributes:
        bounds: n by 4 boxes (west, south, east, north); NaN where there is no shape.
        load: Rings of the features at m sorted positions, by owner, with owners 0 to m - 1.
    """

    bounds: Floats
    load: Callable[[Ints], Rings]

    def features(self, which: Ints) -> Features:
        """Features at sorted positions."""
        return Features(self.load(which), self.bounds[which])


def layer_of(shapes: Shapes) -> Layer:
    """Layer of n polygons that are in memory as they are; None where there is no shape."""
    return Layer(shapely.bounds(shapes).reshape(-1, 4), rings_of(shapes).by_owner().of)


@dataclass(frozen=True)
class Tile:
    """A piece of a layer with everything that can touch it.

    Attributes:
        own: Sorted positions that belong to this tile alone.
        halo: Sorted positions of the features of other tiles that may matter to it.
        cell: Part of the plane (west, south, east, north) that belongs to this tile alone, open
            at the east and north and infinite at the rim; None for a tile of giants.
    """

    own: Ints
    halo: Ints
    cell: tuple[float, float, float, float] | None


def giants_of(bounds: Floats) -> Bools:
    """Features far longer than the others, which belong to the halo of every tile they touch."""
    side = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    present = np.isfinite(side)
    if not present.any():
        return np.zeros(len(bounds), dtype=bool)
    return np.asarray(present & (side > _GIANT * np.median(side[present])), dtype=bool)


def tiles_of(bounds: Floats, among: Bools, *, rows: int, reach: float) -> Iterator[Tile]:
    """Split a layer by the middles of its boxes, always across the longer side.

    Two features whose boxes meet are together in the tile of either, giants aside: a pair of an
    ordinary feature and a giant is together in the tile of the ordinary one, and pairs of giants
    are in tiles of their own.

    Args:
        bounds: n by 4 boxes.
        among: n booleans, the features that take part.
        rows: Most features a tile owns.
        reach: The halo also holds what lies this near to the cell of the tile.
    """
    present = among & np.isfinite(bounds).all(axis=1)
    giant = giants_of(np.where(present[:, None], bounds, np.nan))
    ordinary = np.flatnonzero(present & ~giant)
    everywhere = (-np.inf, -np.inf, np.inf, np.inf)
    if len(ordinary):
        frame = _frame(bounds[ordinary])
        sides = np.ascontiguousarray(bounds.T)
        for own, cell in _split(_middles(bounds[ordinary]), ordinary, everywhere, rows):
            region = _union(_frame(bounds[own]), _grown(_clipped(cell, frame), reach))
            yield Tile(own, _others(sides, present, own, region), cell)
    giants = np.flatnonzero(giant)
    for own, _ in _split(_middles(bounds[giants]), giants, everywhere, rows):
        yield Tile(own, _others(bounds.T, giant, own, _frame(bounds[own])), None)


_Box = tuple[float, float, float, float]


def _middles(bounds: Floats) -> Floats:
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2.0, dtype=np.float64)


def _split(middle: Floats, which: Ints, cell: _Box, rows: int) -> Iterator[tuple[Ints, _Box]]:
    """Features by the middles of their boxes, a piece of the plane at a time."""
    if not len(which):
        return
    if len(which) <= rows:
        yield np.sort(which), cell
        return
    axis = int(np.argmax(middle.max(axis=0) - middle.min(axis=0)))
    half = len(which) // 2
    order = np.argpartition(middle[:, axis], half)
    line = float(middle[order[half], axis])
    low, high = list(cell), list(cell)
    low[axis + 2] = high[axis] = line
    for part, piece in ((order[:half], low), (order[half:], high)):
        yield from _split(middle[part], which[part], (piece[0], piece[1], piece[2], piece[3]), rows)


def _others(sides: Floats, among: Bools, own: Ints, region: _Box) -> Ints:
    """Features beside a tile whose boxes, 4 by n, meet a region."""
    west, south, east, north = region
    meets = (sides[0] <= east) & (sides[2] >= west)
    meets &= (sides[1] <= north) & (sides[3] >= south)
    meets &= among
    meets[own] = False
    return np.flatnonzero(meets)


def _frame(bounds: Floats) -> _Box:
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _union(a: _Box, b: _Box) -> _Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _clipped(cell: _Box, frame: _Box) -> _Box:
    return (
        max(cell[0], frame[0]), max(cell[1], frame[1]),
        min(cell[2], frame[2]), min(cell[3], frame[3]),
    )  # fmt: skip


def _grown(box: _Box, by: float) -> _Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
