"""Where a point stands against one boundary: inside or not, how far, in which direction.

Coordinates are degrees. Distances are taken in a plane that touches the ellipsoid at the point
(azimuthal equidistant): there the distance from the point is that on the ellipsoid. Edges are
straight in that plane; an edge of 1 km that is straight in degrees lies a centimetre beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from geo.crs import CGCS2000
from geo.errors import GanyuanError

Floats = npt.NDArray[np.float64]

_EAST, _NORTH = 180.0, 90.0


class PositionError(GanyuanError):
    """Coordinates are none of this earth, or the boundary is empty."""

    code = "CSE-003"


@dataclass(frozen=True, slots=True)
class Standing:
    """A point against a boundary.

    Attributes:
        inside: The point lies within the boundary or on it.
        metres: Distance to the nearest point of the boundary; never negative.
        bearing: Direction to that point in degrees from north, clockwise; NaN on the boundary.
        lon: Longitude of that point.
        lat: Latitude of that point.
    """

    inside: bool
    metres: float
    bearing: float
    lon: float
    lat: float

    @property
    def sector(self) -> int | None:
        """Eighth of the compass in which it lies, 0 for north, clockwise; None on the boundary."""
        return None if math.isnan(self.bearing) else round(self.bearing / 45.0) % 8


def standing(shape: shapely.Geometry, lon: float, lat: float) -> Standing:
    """Where a point stands against the boundary of a parcel.

    Args:
        shape: Polygon or multipolygon in degrees (EPSG:4490); holes are outside.
        lon: Longitude of the point in degrees.
        lat: Latitude of the point in degrees.

    Raises:
        PositionError: The coordinates are not finite or out of range, or the shape is empty.
    """
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= _EAST and abs(lat) <= _NORTH):
        raise PositionError(
            f"there is no place at {lon}, {lat}", values={"lon": f"{lon:g}", "lat": f"{lat:g}"}
        )
    if shapely.is_missing(shape) or shapely.is_empty(shape):
        raise PositionError("the parcel has no shape", values={"lon": "", "lat": ""})
    plane = _plane(lon, lat)
    lines = shapely.boundary(_moved(shape, plane))
    here = shapely.Point(0.0, 0.0)
    nearest = shapely.get_coordinates(shapely.shortest_line(here, lines))[1]
    metres = float(np.hypot(*nearest))
    back = Transformer.from_crs(plane, CGCS2000, always_xy=True)
    at_lon, at_lat = back.transform(*nearest)
    bearing = math.degrees(math.atan2(*nearest)) % 360.0 if metres > 0 else math.nan
    inside = bool(shapely.intersects_xy(shape, lon, lat))
    return Standing(inside, metres, bearing, float(at_lon), float(at_lat))


def in_metres(shape: shapely.Geometry, lon: float, lat: float) -> shapely.Geometry:
    """A shape in metres east and north of a point.

    Args:
        shape: Geometry in degrees (EPSG:4490).
        lon: Longitude of the point in degrees.
        lat: Latitude of the point in degrees.

    Returns:
        The geometry in the azimuthal equidistant plane that touches at the point.
    """
    return _moved(shape, _plane(lon, lat))


def _plane(lon: float, lat: float) -> CRS:
    # The ellipsoid of CGCS2000; PROJ knows GRS80, which differs from it by a tenth of a millimetre.
    return CRS.from_proj4(f"+proj=aeqd +lat_0={lat!r} +lon_0={lon!r} +ellps=GRS80 +units=m")


def _moved(shape: shapely.Geometry, plane: CRS) -> shapely.Geometry:
    move = Transformer.from_crs(CGCS2000, plane, always_xy=True)

    def moved(xy: Floats) -> Floats:
        return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(shape, moved)
