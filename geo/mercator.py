"""The world of web maps in whole numbers: every tile of every zoom is then a shift.

The square of spherical Web Mercator (EPSG:3857) has 2^32 steps a side, from its north-western
corner; a step is 9 mm at the equator. Degrees of EPSG:4490 are taken as those of WGS 84, from which
they differ by less than what a map can show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Longs = npt.NDArray[np.int64]
World = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

SIDE: Final = 1 << 32
"""Steps along a side of the world."""
EXTENT: Final = 4096
"""Units along a side of a tile."""
MAX_ZOOM: Final = 20
"""Here a unit of a tile is a step of the world."""
MAX_LATITUDE: Final = 85.0511287798066
"""Degrees north and south at which the square of the projection ends."""
_UNIT_BITS: Final = 12


@dataclass(frozen=True)
class WholeRings:
    """The r rings of n geometries in whole numbers, by owner, each outer one before its inner ones.

    Attributes:
        xy: v by 2 coordinates, uint32 steps of the world or int64 units of a tile, y southwards;
            every ring repeats its first vertex at its end.
        start: r + 1 positions in ``xy``: ring ``i`` is ``xy[start[i]:start[i + 1]]``.
        owner: r positions of the geometry that each ring belongs to, never falling.
        hole: r booleans: the ring is an inner one.
    """

    xy: World | Longs
    start: Ints
    owner: Ints
    hole: Bools

    def in_tile(self, z: int, x: int, y: int) -> WholeRings:
        """The same rings in units of a tile; ``xy`` has to be in steps of the world.

        Vertices are rounded to the nearest unit of the zoom, so that neighbouring tiles agree.
        """
        return WholeRings(tile_units(self.xy, z, x, y), self.start, self.owner, self.hole)


def world_of(lonlat: Floats) -> World:
    """Steps of the world from degrees.

    Args:
        lonlat: v by 2 degrees, longitude first, all finite.

    Returns:
        v by 2 steps, x from the west and y from the north. Places beyond the square, as those
        nearer to a pole than ``MAX_LATITUDE`` leaves, are moved to its edge.
    """
    out = np.empty(lonlat.shape)
    out[:, 0] = (lonlat[:, 0] + 180.0) * (SIDE / 360.0)
    latitude = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    out[:, 1] = (0.5 - np.arctanh(np.sin(latitude)) / (2.0 * math.pi)) * SIDE
    np.rint(out, out=out)
    # A whole number above 2^32 - 1 would begin again at zero.
    return np.clip(out, 0.0, SIDE - 1.0, out=out).astype(np.uint32)


def lonlat_of(world: World | Longs) -> Floats:
    """Degrees from steps of the world, v by 2, longitude first."""
    out = world.astype(np.float64)
    out /= SIDE
    out[:, 0] = out[:, 0] * 360.0 - 180.0
    out[:, 1] = np.degrees(np.arctan(np.sinh(math.pi * (1.0 - 2.0 * out[:, 1]))))
    return out


def valid(z: int, x: int, y: int) -> bool:
    """Whether there is such a tile, at a zoom that these whole numbers resolve."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


def tile_units(world: World | Longs, z: int, x: int, y: int) -> Longs:
    """Steps of the world as units of a tile, 4,096 a side, rounded to the nearest.

    Args:
        world: v by 2 steps.
        z: Zoom, up to ``MAX_ZOOM``.
        x: Column of the tile, from the west.
        y: Row of the tile, from the north.

    Returns:
        v by 2 units from the tile's north-western corner; outside the tile below 0 or above 4,096.
    """
    shift = MAX_ZOOM - z
    # In uint32 the half that is added would carry the last steps over to the other side.
    out = world.astype(np.int64)
    if shift:
        out += 1 << (shift - 1)
        out >>= shift
    out -= np.array([x << _UNIT_BITS, y << _UNIT_BITS], dtype=np.int64)
    return out


def tile_box(z: int, x: int, y: int, buffer: int = 0) -> Longs:
    """West, north, east, south of a tile in steps of the world.

    Args:
        z: Zoom, up to ``MAX_ZOOM``.
        x: Column of the tile.
        y: Row of the tile.
        buffer: Units of the tile, 4,096 a side, by which the box is widened.

    Returns:
        4 int64; they may lie beyond the world by the buffer.
    """
    side, edge = 32 - z, buffer << (MAX_ZOOM - z)
    return np.array(
        [
            (x << side) - edge,
            (y << side) - edge,
            ((x + 1) << side) + edge,
            ((y + 1) << side) + edge,
        ],
        dtype=np.int64,
    )


def lonlat_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in degrees."""
    (west, north), (east, south) = lonlat_of(tile_box(z, x, y).reshape(2, 2)).tolist()
    return west, south, east, north
