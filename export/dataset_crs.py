"""The coordinate systems that rows are exported in, and which rows do not fit a zone.

Positions leave in CGCS2000 only, as degrees or in a 3-degree zone; never in another datum and
never in a shifted web-map system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from domain import boundaries
from export.dataset_types import ChoiceError, Format
from geo.crs import CGCS2000, ZONE_WIDTH_DEG, central_meridian, gauss_kruger, zone_of
from store import Version

ZONES: Final = (38, 39)
"""The 3-degree zones of the province."""

_EDGE: Final = 1e-9
_ZONE_FORMATS: Final[tuple[Format, ...]] = ("shapefile", "boundary_points")

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class System:
    """A coordinate system to export in.

    Attributes:
        epsg: Its code.
        zone: 3-degree zone; None for degrees.
        prefixed: Eastings carry the zone number.
    """

    epsg: int
    zone: int | None = None
    prefixed: bool = False

    @property
    def crs(self) -> CRS:
        """The system itself."""
        return CRS.from_epsg(self.epsg)


def _code(zone: int, *, prefixed: bool) -> int:
    code: int | None = gauss_kruger(zone, prefixed=prefixed).to_epsg()
    if code is None:
        raise ValueError(f"zone {zone} has no code")
    return code


SYSTEMS: Final[dict[int, System]] = {
    CGCS2000: System(CGCS2000),
    **{
        _code(zone, prefixed=prefixed): System(_code(zone, prefixed=prefixed), zone, prefixed)
        for prefixed in (True, False)
        for zone in ZONES
    },
}
"""Every system to choose from, by EPSG code: degrees, zones with prefix, zones without."""


def choices(form: Format) -> tuple[int, ...]:
    """EPSG codes that a format can be written in; none for tables without shapes."""
    if form in {"xlsx", "csv"}:
        return ()
    return tuple(c for c, s in SYSTEMS.items() if s.zone is not None or form != "boundary_points")


def usual(version: Version, form: Format, places: frozenset[str] = frozenset()) -> int:
    """The system that a format is written in unless another one is chosen.

    Shapefiles and boundary points take the zone of the data, with prefix; GeoPackage and
    GeoParquet keep the stored degrees.

    Args:
        version: What is exported.
        form: Format.
        places: Codes of the prefectures and counties that are chosen; empty for all.
    """
    if form not in _ZONE_FORMATS:
        return CGCS2000
    west, east = _reach(version, places)
    zone = _sent_zone(version) or _only_zone(west, east)
    if zone is None:
        if form == "shapefile":
            return CGCS2000
        zone = min(ZONES, key=lambda z: abs(central_meridian(z) - (west + east) / 2))
    return _code(zone, prefixed=True)


def _sent_zone(version: Version) -> int | None:
    """The zone that the sender used, as far as the viewer may know."""
    evidence = version.passport.get("crs")
    if not isinstance(evidence, Mapping):
        return None
    sent = SYSTEMS.get(evidence.get("chosen", 0))
    return sent.zone if sent else None


def _only_zone(west: float, east: float) -> int | None:
    zone = zone_of(west)
    return zone if zone == zone_of(east) and zone in ZONES else None


def _reach(version: Version, places: frozenset[str]) -> tuple[float, float]:
    """Longitudes between which the rows of the chosen places lie."""
    west, _, east, _ = version.bounds or (0.0, 0.0, 0.0, 0.0)
    if places:
        frames = [boundaries.geometry_of(code).bounds for code in places]
        west = max(west, min(frame[0] for frame in frames))
        east = min(east, max(frame[2] for frame in frames))
    return west, max(west, east)


def system(epsg: int, form: Format) -> System:
    """A system by its code.

    Raises:
        ChoiceError: The format is not written in it.
    """
    known = choices(form)
    if epsg not in known:
        raise ChoiceError(
            f"{form} is not written in EPSG:{epsg}",
            values={
                "detail": f"{form}, EPSG:{epsg}",
                "known": ", ".join(f"EPSG:{code}" for code in known),
            },
        )
    return SYSTEMS[epsg]


def project(shapes: Shapes, to: System) -> Shapes:
    """Shapes given in degrees of CGCS2000, in another system of the same datum."""
    if to.zone is None:
        return shapely.force_2d(shapes)
    transformer = Transformer.from_crs(CGCS2000, to.epsg, always_xy=True)

    def forward(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    out: Shapes = shapely.transform(shapely.force_2d(shapes), forward)
    return out


def outside(shapes: Shapes, of: System) -> npt.NDArray[np.bool_]:
    """Which of n shapes in degrees lie beyond the edges of a zone, wholly or in part."""
    if of.zone is None:
        return np.zeros(len(shapes), dtype=bool)
    bounds = shapely.bounds(shapes)
    half, middle = ZONE_WIDTH_DEG / 2, central_meridian(of.zone)
    too_far: npt.NDArray[np.bool_] = (bounds[:, 0] < middle - half - _EDGE) | (
        bounds[:, 2] > middle + half + _EDGE
    )
    return too_far
