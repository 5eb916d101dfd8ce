"""Which projection a sheet is drawn in, and how the sheet says so.

Counties, prefectures and zones are drawn in the CGCS2000 3-degree Gauss-Krueger zone that holds
the larger share of their area; the province in an Albers equal-area projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import shapely
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import AlbersEqualAreaConversion
from shapely.geometry.base import BaseGeometry

from domain.i18n import Translator
from geo.area import ellipsoidal_areas
from geo.crs import CGCS2000, ZONE_WIDTH_DEG, central_meridian, gauss_kruger, zone_of

ALBERS_PARALLELS: Final = (25.5, 29.5)
ALBERS_MERIDIAN: Final = 116.0
ALBERS_ORIGIN: Final = 24.0
NEGLIGIBLE_SHARE: Final = 0.001
"""A share of the area below this in the other zone is a matter of generalised lines."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection with what the sheet prints about it.

    Attributes:
        crs: Projected CRS in metres on CGCS2000.
        zone: Number of the 3-degree zone; None for the Albers projection.
        share: Share of the region's area inside that zone, 0 to 1.
        others: Further zones that the region reaches into.
    """

    crs: CRS
    zone: int | None = None
    share: float = 1.0
    others: tuple[int, ...] = ()

    def line(self, t: Translator) -> str:
        """The coordinate system line of a sheet."""
        if self.zone is None:
            south, north = ALBERS_PARALLELS
            return t("sheet.crs_albers", south=south, north=north, meridian=f"{ALBERS_MERIDIAN:g}")
        meridian = f"{central_meridian(self.zone):g}"
        text = t("sheet.crs_zone", meridian=meridian, zone=self.zone)
        if not self.others:
            return text
        zones = t("sheet.zone_joint").join(str(z) for z in sorted([self.zone, *self.others]))
        return text + t(
            "sheet.crs_straddles", zones=zones, zone=self.zone, share=f"{self.share * 100:.0f}"
        )


@cache
def albers() -> CRS:
    """Albers equal-area projection of the province on CGCS2000, metres, easting first."""
    south, north = ALBERS_PARALLELS
    conversion = AlbersEqualAreaConversion(
        latitude_first_parallel=south,
        latitude_second_parallel=north,
        latitude_false_origin=ALBERS_ORIGIN,
        longitude_false_origin=ALBERS_MERIDIAN,
    )
    return ProjectedCRS(
        conversion, name="CGCS2000 / Jiangxi Albers", geodetic_crs=CRS.from_epsg(CGCS2000)
    )


def for_province() -> Projection:
    """The projection of province-wide sheets."""
    return Projection(albers())


def for_region(geometry: BaseGeometry) -> Projection:
    """The projection of a sheet of one prefecture, county or zone.

    Args:
        geometry: Outline in degrees (EPSG:4490).

    Returns:
        The 3-degree zone that holds the largest share of its ellipsoidal area.
    """
    west, south, east, north = geometry.bounds
    half = ZONE_WIDTH_DEG / 2
    zones = range(zone_of(west), zone_of(east) + 1)
    strips = [
        shapely.box(central_meridian(z) - half, south - 1, central_meridian(z) + half, north + 1)
        for z in zones
    ]
    areas = ellipsoidal_areas(shapely.intersection(np.array([geometry] * len(strips)), strips))
    shares = areas / areas.sum()
    best = int(np.argmax(shares))
    others = tuple(z for i, z in enumerate(zones) if i != best and shares[i] > NEGLIGIBLE_SHARE)
    return Projection(
        gauss_kruger(zones[best], prefixed=False), zones[best], float(shares[best]), others
    )
