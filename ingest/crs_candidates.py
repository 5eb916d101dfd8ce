"""Which coordinate systems numbers may be in, and where each would put them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from domain.boundaries import PROVINCE_ADCODE, geometry_of
from geo.crs import CGCS2000, central_meridian, gauss_kruger
from ingest.evidence import CrsCandidate

Datum = Literal["cgcs2000", "wgs84", "xian80", "beijing54", "other", ""]
Floats = npt.NDArray[np.float64]

WEB_MERCATOR: Final = 3857
ZONES_3: Final = range(25, 46)
_WGS84: Final = 4326
_LON: Final = (73.0, 136.0)
_LAT: Final = (3.0, 54.0)
_MERCATOR_X: Final = (1.26e7, 1.32e7)
_MERCATOR_Y: Final = (2.79e6, 3.54e6)
_NORTHING: Final = (1.5e6, 6.2e6)
_UNPREFIXED: Final = (1e5, 9.6e5)
"""The east of Jiangxi lies 4.5 degrees, 440 km, from the central meridian of zone 38."""
_ZONES_6: Final = range(13, 24)
_ZONES_NEAR: Final = (38, 39, 37, 40)
_FIRST_6: Final = 4491
_OUTLINE_MARGIN_DEG: Final = 0.01
_SAMPLE: Final = 4000


def datum_of(crs: CRS) -> Datum:
    """Datum of a system, told from its names."""
    words = f"{crs.name} {crs.geodetic_crs.name if crs.geodetic_crs else ''}".casefold()
    words += f" {crs.datum.name if crs.datum else ''}".casefold()
    known: tuple[tuple[Datum, tuple[str, ...]], ...] = (
        ("xian80", ("xian", "xi'an")),
        ("beijing54", ("beijing",)),
        ("cgcs2000", ("cgcs2000", "china_2000", "china geodetic", "china 2000")),
        ("wgs84", ("wgs 84", "wgs_1984", "wgs84", "world geodetic system 1984")),
    )
    for datum, names in known:
        if any(name in words for name in names):
            return datum
    return "other"


@cache
def _outline(adcode: str) -> shapely.Geometry:
    """Outline of a place with a margin for generalised lines, prepared."""
    area = geometry_of(adcode).buffer(_OUTLINE_MARGIN_DEG)
    shapely.prepare(area)
    return area


@cache
def _to_degrees(epsg: int) -> Transformer:
    """Transformer to the degrees of the system's own datum; WGS 84 counts as CGCS2000."""
    crs = CRS.from_epsg(epsg)
    target = CGCS2000 if datum_of(crs) == "cgcs2000" else _WGS84
    return Transformer.from_crs(crs, target, always_xy=True)


def degrees(xy: Floats, epsg: int, *, swapped: bool) -> Floats:
    """Coordinates as longitude and latitude.

    Args:
        xy: n by 2 coordinates as in the file.
        epsg: Their system.
        swapped: The first coordinate is the northing or latitude.

    Returns:
        n by 2 degrees; infinite where the numbers lie outside the system's reach.
    """
    ordered = xy[:, ::-1] if swapped else xy
    lon, lat = _to_degrees(epsg).transform(ordered[:, 0], ordered[:, 1])
    return np.column_stack([lon, lat])


@cache
def _from_degrees(epsg: int) -> Transformer:
    return Transformer.from_crs(CGCS2000, epsg, always_xy=True)


def to_zone(lonlat: Floats, epsg: int) -> Floats:
    """Longitudes and latitudes, n by 2 in EPSG:4490, as coordinates of a projected system."""
    east, north = _from_degrees(epsg).transform(lonlat[:, 0], lonlat[:, 1])
    return np.column_stack([east, north])


def to_geographic(
    geometries: npt.NDArray[np.object_], epsg: int, *, swapped: bool
) -> npt.NDArray[np.object_]:
    """The same geometries in EPSG:4490."""
    out: npt.NDArray[np.object_] = shapely.transform(
        geometries, lambda xy: degrees(xy, epsg, swapped=swapped)
    )
    return out


def inside_share(lonlat: Floats, adcode: str = PROVINCE_ADCODE) -> float:
    """Share of points inside a place, with a margin of about one kilometre."""
    return float(np.mean(inside(lonlat, adcode))) if len(lonlat) else 0.0


def inside(lonlat: Floats, adcode: str = PROVINCE_ADCODE) -> npt.NDArray[np.bool_]:
    """Which points lie inside a place, with a margin of about one kilometre."""
    hits: npt.NDArray[np.bool_] = shapely.contains_xy(_outline(adcode), lonlat[:, 0], lonlat[:, 1])
    return hits


def sample_of(geometries: npt.NDArray[np.object_]) -> Floats:
    """Finite vertices spread evenly over a layer, at most a few thousand."""
    xy = shapely.get_coordinates(geometries)
    xy = xy[np.isfinite(xy).all(axis=1)]
    step = max(1, len(xy) // _SAMPLE)
    return np.asarray(xy[::step], dtype=np.float64)


def guesses(a: float, b: float) -> list[tuple[int, bool]]:
    """Systems that a typical vertex may be in, by the size of its numbers.

    Args:
        a: First coordinate.
        b: Second coordinate.

    Returns:
        Pairs of EPSG code and whether the axes are exchanged.
    """
    out: list[tuple[int, bool]] = []
    for x, y, swapped in ((a, b, False), (b, a, True)):
        if _within(x, _LON) and _within(y, _LAT):
            out.append((CGCS2000, swapped))
        elif _within(x, _MERCATOR_X) and _within(y, _MERCATOR_Y) and not swapped:
            out.append((WEB_MERCATOR, swapped))
        elif _within(y, _NORTHING):
            out.extend((epsg, swapped) for epsg in _by_easting(x))
    return out


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]


def _by_easting(easting: float) -> Iterable[int]:
    zone = int(easting // 1_000_000)
    if zone in ZONES_3:
        yield epsg_of_zone(zone, prefixed=True)
    elif zone in _ZONES_6:
        yield _FIRST_6 + zone - _ZONES_6.start
    elif _within(easting, _UNPREFIXED):
        yield from (epsg_of_zone(near, prefixed=False) for near in _ZONES_NEAR)


def epsg_of_zone(zone: int, *, prefixed: bool) -> int:
    """EPSG code of a CGCS2000 3-degree zone."""
    return int(gauss_kruger(zone, prefixed=prefixed).to_epsg() or 0)


def zone_of_epsg(epsg: int) -> int | None:
    """Number of a CGCS2000 3-degree zone; None for every other system."""
    first, last = epsg_of_zone(25, prefixed=True), epsg_of_zone(45, prefixed=True)
    if first <= epsg <= last:
        return epsg - first + 25
    first, last = epsg_of_zone(25, prefixed=False), epsg_of_zone(45, prefixed=False)
    return epsg - first + 25 if first <= epsg <= last else None


def is_six_degree(epsg: int) -> bool:
    """Whether a code is a CGCS2000 6-degree zone with prefix."""
    return _FIRST_6 <= epsg < _FIRST_6 + len(_ZONES_6)


def name_zh(epsg: int) -> str:
    """Chinese name of a system that this module proposes."""
    zone = zone_of_epsg(epsg)
    if zone is not None:
        prefixed = epsg == epsg_of_zone(zone, prefixed=True)
        kind = "横坐标带带号" if prefixed else "横坐标不带带号"
        return f"2000国家大地坐标系 3度带第{zone}带（中央经线{central_meridian(zone):g}°，{kind}）"
    if is_six_degree(epsg):
        zone = epsg - _FIRST_6 + _ZONES_6.start
        return f"2000国家大地坐标系 6度带第{zone}带（中央经线{zone * 6 - 3}°）"
    names = {CGCS2000: "2000国家大地坐标系 经纬度", WEB_MERCATOR: "Web 墨卡托（网络地图）"}
    return names.get(epsg, CRS.from_epsg(epsg).name)


def candidate(xy: Floats, epsg: int, *, swapped: bool, county: str | None) -> CrsCandidate:
    """A system with the share of the vertices that it puts inside Jiangxi."""
    lonlat = degrees(xy, epsg, swapped=swapped)
    finite = lonlat[np.isfinite(lonlat).all(axis=1)]
    outline = None
    if len(finite):
        west, south = finite.min(axis=0)
        east, north = finite.max(axis=0)
        outline = (float(west), float(south), float(east), float(north))
    share = inside_share(finite) * len(finite) / max(len(xy), 1)
    return CrsCandidate(
        epsg=epsg,
        name=CRS.from_epsg(epsg).name,
        name_zh=name_zh(epsg),
        swapped=swapped,
        inside=round(share, 4),
        in_county=round(inside_share(finite, county), 4) if county else None,
        outline=outline,
    )
