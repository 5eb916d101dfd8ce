"""A shape that a person drew on the map, and the parcels that it meets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from analytics.parcel_filter import Bools
from geo.area import ellipsoidal_areas
from geo.errors import GanyuanError
from geo.mercator import world_of
from geo.tile_index import TileIndex

Ints = npt.NDArray[np.intp]

_FEWEST: Final = 3
MOST_VERTICES: Final = 300
LARGEST_RADIUS_M: Final = 500_000.0
_ROUND: Final = 128
"""Vertices that stand for a circle: its area comes out 0.04 % too small."""

_ELLIPSOID: Final = Geod(ellps="GRS80")
_AT_ONCE: Final = 50_000


class SelectionError(GanyuanError):
    """A drawn shape cannot be read."""

    code = "SEL-001"


@dataclass(frozen=True)
class Selected:
    """Parcels that a shape meets.

    Attributes:
        rows: m rows, ascending.
        whole: m booleans: the parcel lies entirely inside.
        inside_m2: Area of the parcels within the shape, measured on the ellipsoid.
        shape_m2: Area of the shape itself.
    """

    rows: Ints
    whole: Bools
    inside_m2: float
    shape_m2: float


def shape_of(text: str) -> shapely.Polygon:
    """The shape that an address describes.

    Args:
        text: ``ring:lon,lat;lon,lat;...`` or ``circle:lon,lat,radius in m``.

    Raises:
        SelectionError: It is none, has too many vertices, or crosses itself.
    """
    kind, _, rest = text.partition(":")
    try:
        numbers = [[float(n) for n in pair.split(",")] for pair in rest.split(";")]
    except ValueError:
        raise _unreadable(text) from None
    if not all(map(math.isfinite, (n for pair in numbers for n in pair))):
        raise _unreadable(text)
    if kind == "circle" and len(numbers) == 1 and len(numbers[0]) == 3:  # noqa: PLR2004
        return _circle(*numbers[0])
    if (
        kind != "ring"
        or not _FEWEST <= len(numbers) <= MOST_VERTICES
        or (
            any(len(pair) != 2 for pair in numbers)  # noqa: PLR2004
        )
    ):
        raise _unreadable(text)
    shape = shapely.Polygon(numbers)
    if not shape.is_valid or not _on_earth(shape):
        raise SelectionError(
            "the outline crosses itself; draw it again without crossings",
            values={"shape": text[:80]},
        )
    return shape


def _circle(lon: float, lat: float, radius: float) -> shapely.Polygon:
    if not (abs(lon) <= 180 and abs(lat) <= 85 and 0 < radius <= LARGEST_RADIUS_M):  # noqa: PLR2004
        raise _unreadable(f"circle:{lon},{lat},{radius}")
    angles = np.linspace(0.0, 360.0, _ROUND, endpoint=False)
    east, north, _ = _ELLIPSOID.fwd(
        np.full(_ROUND, lon), np.full(_ROUND, lat), angles, np.full(_ROUND, radius)
    )
    # Where the meridian of 180 degrees is crossed, the vertices go round the other way.
    if np.ptp(east) > 180.0:  # noqa: PLR2004
        raise _unreadable(f"circle:{lon},{lat},{radius}")
    return shapely.Polygon(np.column_stack([east, north]))


def _on_earth(shape: shapely.Polygon) -> bool:
    west, south, east, north = shape.bounds
    return west >= -180 and east <= 180 and south >= -85 and north <= 85  # noqa: PLR2004


def _unreadable(text: str) -> SelectionError:
    return SelectionError(
        f"{text[:40]!r} is no shape; draw a box, an outline of 3 to {MOST_VERTICES} points or a "
        f"circle of up to {LARGEST_RADIUS_M / 1000:.0f} km",
        values={"shape": text[:80]},
    )


def selected(tiles: TileIndex, shape: shapely.Polygon, keep: Bools, area_m2: npt.NDArray[np.float64]
             ) -> Selected:  # fmt: skip
    """Parcels that share ground with a shape.

    Args:
        tiles: Shapes of n parcels.
        shape: Valid polygon in degrees.
        keep: n booleans: parcels that are asked about.
        area_m2: n stored areas.

    Returns:
        What it meets; of a parcel on the rim only the part inside counts for ``inside_m2``.
    """
    west, south, east, north = shape.bounds
    (low, high) = world_of(np.array([[west, north], [east, south]])).astype(np.int64)
    near = tiles.rows_meeting(np.concatenate([low, high]))
    near = near[keep[near]]
    shapely.prepare(shape)
    rows, whole, inside = [], [], 0.0
    for start in range(0, len(near), _AT_ONCE):
        some = near[start : start + _AT_ONCE]
        geometries = tiles.polygons(some)
        within = shapely.contains_properly(shape, geometries)
        rim = np.flatnonzero(~within & shapely.intersects(shape, geometries))
        cut = _areas(shapely.intersection(_sound(geometries[rim]), shape))
        rim, cut = rim[cut > 0], cut[cut > 0]
        meets = np.sort(np.concatenate([np.flatnonzero(within), rim]))
        rows.append(some[meets])
        # A parcel that shares an edge with the shape lies in it too.
        entirely = within.copy()
        entirely[rim] = shapely.covers(shape, geometries[rim])
        whole.append(entirely[meets])
        inside += float(area_m2[some[within]].sum() + cut.sum())
    return Selected(
        rows=np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp),
        whole=np.concatenate(whole) if whole else np.zeros(0, dtype=bool),
        inside_m2=inside,
        shape_m2=float(ellipsoidal_areas(np.array([shape], dtype=object))[0]),
    )


def _sound(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The same, those that cross themselves taken apart: they cannot be cut."""
    broken = np.flatnonzero(~shapely.is_valid(geometries))
    out = geometries.copy()
    out[broken] = shapely.make_valid(geometries[broken], method="structure", keep_collapsed=False)
    return out


def _areas(pieces: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Areas of what a cut left, which may be several polygons beside lines and points."""
    parts, owner = shapely.get_parts(pieces, return_index=True)
    areas = ellipsoidal_areas(parts)
    return np.bincount(owner, weights=areas, minlength=len(pieces)).astype(np.float64)
