"""The place that a sheet shows: the province, a prefecture, a county or a development zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from domain import boundaries, reference
from domain.i18n import Translator
from export.projection import Projection, for_province, for_region
from geo.area import ellipsoidal_areas
from geo.errors import GanyuanError
from layers.spec import BoundLayer

Level = Literal["province", "prefecture", "county", "zone"]

UNIT_COLUMN: Final[dict[Level, str]] = {
    "province": "prefecture_adcode",
    "prefecture": "county_adcode",
    "county": "zone_id",
    "zone": "zone_id",
}
"""Column that divides a region into the units of its statistics."""

_OWN_COLUMN: Final[dict[Level, str]] = {
    "prefecture": "prefecture_adcode",
    "county": "county_adcode",
    "zone": "zone_id",
}


class EmptyRegionError(GanyuanError):
    """Nothing of the chosen layers lies in the chosen region."""

    code = "EXP-003"


@dataclass(frozen=True)
class Region:
    """A place with its outline.

    Attributes:
        code: Adcode, or the id of a zone.
        name: Name as printed.
        level: What kind of place it is.
        geometry: Outline in degrees (EPSG:4490).
    """

    code: str
    name: str
    level: Level
    geometry: BaseGeometry

    @classmethod
    def of(cls, place: str) -> Region:
        """The province, a prefecture or a county by code or name.

        Raises:
            UnknownPlaceError: No unit of the province has this code or name.
        """
        code = boundaries.adcode_of(place)
        level: Level = "county"
        if code == boundaries.PROVINCE_ADCODE:
            level = "province"
        elif code.endswith("00"):
            level = "prefecture"
        return cls(code, boundaries.name_of(code), level, boundaries.geometry_of(code))

    @classmethod
    def zone(cls, zone_id: str, name: str, footprint: BaseGeometry) -> Region:
        """A development zone by its footprint in degrees."""
        return cls(zone_id, name, "zone", footprint)

    def name_in(self, t: Translator) -> str:
        """The name in the language of a sheet."""
        if t.language == "zh_CN":
            return self.name
        if self.level == "zone":
            known = reference.table("zones").set_index("zone_id")["name_en"]
            return str(known.get(self.code, self.name))
        return boundaries.name_of(self.code, t.language)

    @property
    def projection(self) -> Projection:
        """The projection in which this region is drawn."""
        return for_province() if self.level == "province" else for_region(self.geometry)

    @property
    def area_m2(self) -> float:
        """Ellipsoidal area of the outline in m2; as exact as the outline."""
        return float(ellipsoidal_areas(np.array([self.geometry], dtype=object))[0])

    def within(self, layer: BoundLayer) -> BoundLayer:
        """The part of a layer that lies in this region, with its legend counted anew.

        Features carry their region as a code where they can; lines and layers without codes are
        taken by position.
        """
        if self.level == "province":
            return layer
        frame = layer.frame[self._mask(layer.frame, is_line=layer.spec.geometry == "line")]
        return layer.spec.bind(frame, demonstration=layer.demonstration)

    def _mask(self, frame: gpd.GeoDataFrame, *, is_line: bool) -> npt.NDArray[np.bool_]:
        column = _OWN_COLUMN[self.level]
        if column in frame.columns and not is_line:
            return np.asarray(frame[column].eq(self.code).fillna(value=False), dtype=bool)
        geometries = frame.geometry.to_numpy()
        points = geometries if is_line else shapely.point_on_surface(geometries)
        shapely.prepare(self.geometry)
        return np.asarray(shapely.intersects(self.geometry, points), dtype=bool)
