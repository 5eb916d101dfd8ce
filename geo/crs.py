"""Coordinate reference systems: state them, check them, never guess silently.

The product's geographic system is CGCS2000 (EPSG:4490). Its longitudes and latitudes are drawn on
web maps as they are: CGCS2000 and WGS 84 agree far below mapping accuracy, while PROJ knows only a
ballpark transformation between the two.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd
from pyproj import CRS

from geo.errors import MissingCRSError, NotGeographicError, NotProjectedError

CGCS2000: Final = 4490
"""EPSG code of geographic CGCS2000 (2000国家大地坐标系)."""


ZONE_WIDTH_DEG: Final = 3.0
"""Width of a 3-degree zone."""


def zone_of(lon: float) -> int:
    """Number of the 3-degree zone of a longitude in degrees (115.9 -> 39)."""
    return round(lon / ZONE_WIDTH_DEG)


def central_meridian(zone: int) -> float:
    """Central meridian of a 3-degree zone in degrees east (39 -> 117.0)."""
    return zone * ZONE_WIDTH_DEG


def gauss_kruger(zone: int, *, prefixed: bool) -> CRS:
    """CGCS2000 3-degree Gauss-Krueger CRS of a zone.

    Args:
        zone: 25 to 45; the EPSG registry numbers them in sequence.
        prefixed: Eastings carry the zone number (38 500 000 at the central meridian).

    Raises:
        ValueError: ``zone`` is outside the registry.
    """
    first, last = 25, 45
    if not first <= zone <= last:
        raise ValueError(f"3-degree zone {zone} is not between {first} and {last}")
    base = 4513 if prefixed else 4534
    return CRS.from_epsg(base + zone - first)


def require_projected(gdf: gpd.GeoDataFrame) -> None:
    """Refuse a layer whose coordinates are not metres.

    Raises:
        MissingCRSError: ``gdf.crs`` is None.
        NotProjectedError: The CRS is geographic, or projected in another unit.
    """
    if gdf.crs is None:
        raise MissingCRSError("the layer has no CRS; import it again and pick one")
    unit = gdf.crs.axis_info[0].unit_name
    if not gdf.crs.is_projected or unit != "metre":
        raise NotProjectedError(
            f"{gdf.crs.name} is in {unit}s; reproject to a CGCS2000 zone first",
            values={"crs": gdf.crs.name, "unit": unit},
        )


def require_geographic(gdf: gpd.GeoDataFrame) -> None:
    """Refuse a layer whose coordinates are not degrees.

    Raises:
        MissingCRSError: ``gdf.crs`` is None.
        NotGeographicError: The CRS is projected.
    """
    if gdf.crs is None:
        raise MissingCRSError("the layer has no CRS; import it again and pick one")
    if not gdf.crs.is_geographic:
        raise NotGeographicError(
            f"{gdf.crs.name} is projected; transform it to EPSG:{CGCS2000} first",
            values={"crs": gdf.crs.name},
        )
