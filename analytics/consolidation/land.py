"""Land that a unit of a plan gains or gives up: what counts of it, and how a scenario keeps it.

Land is polygons or an area alone. Polygons are measured with the outline of their unit, so that
what lies in no outline is never counted unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import shapely

from analytics.consolidation.outline import Land, Merged, Units
from analytics.consolidation.scenario import LandKept, LandSide
from geo.crs import CGCS2000

SIDES: Final[tuple[LandSide, ...]] = ("expanded", "removed")
"""Land added and land taken out."""
_DECIMALS: Final = 9
"""Of degrees: a tenth of a millimetre."""


def _none() -> gpd.GeoSeries:
    return gpd.GeoSeries([], crs=CGCS2000)


@dataclass(frozen=True)
class Side:
    """Land of one side.

    Attributes:
        parts: Polygons, EPSG:4490, labelled as faults name them; empty where only an area is given.
        area_m2: Area that was entered; counts only without polygons.
        source: Name of the file and its checksum, empty without one.
    """

    parts: gpd.GeoSeries = field(default_factory=_none, repr=False)
    area_m2: float = 0.0
    source: str = ""


@dataclass(frozen=True)
class UnitLand:
    """Land added to a unit and taken out of it.

    Attributes:
        expanded: Land added.
        removed: Land taken out.
    """

    expanded: Side = field(default_factory=Side)
    removed: Side = field(default_factory=Side)

    @property
    def drawn(self) -> bool:
        """Whether there is a polygon on either side."""
        return bool(len(self.expanded.parts) + len(self.removed.parts))

    @property
    def given(self) -> bool:
        """Whether there is anything on either side."""
        return self.drawn or bool(self.expanded.area_m2 + self.removed.area_m2)

    @property
    def key(self) -> tuple[str, str]:
        """Tells polygons apart from others."""
        return self.expanded.source, self.removed.source

    @property
    def shapes(self) -> Land:
        """The polygons alone, as outlines take them."""
        return Land(self.expanded.parts, self.removed.parts)


def counted_land(land: UnitLand, found: Merged | None) -> tuple[float, float]:
    """Areas added and taken out in m2: of the outline where land is drawn, else as entered.

    Args:
        land: Land of a unit.
        found: Outline of the unit with this land; None where none of its zones has one.
    """
    if not land.drawn:
        return land.expanded.area_m2, land.removed.area_m2
    if found is None:
        return 0.0, 0.0
    areas = found.areas["ellipsoidal_m2"]
    return float(areas["expanded"]), float(areas["removed"])


def kept_land(
    lands: Mapping[str, UnitLand], units: Units | None
) -> dict[str, tuple[LandKept, ...]]:
    """Land of the units of a plan as a scenario keeps it, by host.

    Args:
        lands: Land by host.
        units: Outlines of the units with this land; None where nothing can be drawn.

    Raises:
        GanyuanError: Land does not fit the outline of its unit.
    """
    out = {}
    for host, land in lands.items():
        if units is not None and land.drawn and host in units.faults:
            raise units.faults[host]
        areas = counted_land(land, None if units is None else units.merged.get(host))
        sides = zip(SIDES, (land.expanded, land.removed), areas, strict=True)
        out[host] = tuple(
            LandKept(side=side, area_m2=area, shapes=_told(one), source=one.source)
            for side, one, area in sides
            if area or len(one.parts)
        )
    return out


def _told(side: Side) -> tuple[str, ...]:
    return tuple(shapely.to_wkt(part, rounding_precision=_DECIMALS) for part in side.parts)


def parts_of(kept: LandKept) -> gpd.GeoSeries:
    """Polygons that were kept, RangeIndex, EPSG:4490; none where only an area was."""
    return _read(kept.shapes)


def shapes_of(kept: Iterable[LandKept]) -> Land:
    """Polygons of a unit that were kept, as outlines take them."""
    told: dict[LandSide, list[str]] = {side: [] for side in SIDES}
    for one in kept:
        told[one.side] += one.shapes
    return Land(**{side: _read(shapes) for side, shapes in told.items()})


def _read(told: Iterable[str]) -> gpd.GeoSeries:
    return gpd.GeoSeries.from_wkt(list(told), crs=CGCS2000)
