"""Administrative boundaries of the province, with the names that files and policies use."""

from __future__ import annotations

import threading
import tomllib
from functools import cache, lru_cache
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.paths import DATA
from geo.errors import GanyuanError

FILE: Final = DATA / "boundaries" / "jiangxi.gpkg"
PROVINCE_ADCODE: Final = "360000"

_MOST_THREADS: Final = 8
_Objects = npt.NDArray[np.object_]
_Floats = npt.NDArray[np.float64]

Layer = Literal["province", "prefecture", "county", "neighbour"]


class UnknownPlaceError(GanyuanError):
    """A name or code belongs to no unit of the province."""

    code = "PLC-001"


@cache
def _layer(name: Layer) -> gpd.GeoDataFrame:
    english = pd.read_csv(DATA / "boundaries" / "names_en.csv", dtype=str)
    frame: gpd.GeoDataFrame = gpd.read_file(FILE, layer=name)
    frame["name_en"] = frame["adcode"].map(english.set_index("adcode")["name_en"])
    return frame


def layer(name: Layer) -> gpd.GeoDataFrame:
    """One boundary layer.

    Args:
        name: ``province`` (1 row), ``prefecture`` (11), ``county`` (100) or ``neighbour`` (6).

    Returns:
        Fresh copy, RangeIndex, CRS EPSG:4490, MultiPolygons, sorted by ``adcode``. Columns
        ``adcode`` (text), ``name``, ``name_en`` (Hanyu Pinyin), ``area_km2``; prefectures and
        counties also ``short_name``, ``label_lon``, ``label_lat``; counties also
        ``city_adcode``, ``city_name``.
    """
    return _layer(name).copy()


@cache
def source() -> dict[str, str]:
    """The provenance note of the boundary file: title, origin, attribution, date, licence ..."""
    with FILE.with_suffix(".source.toml").open("rb") as f:
        return tomllib.load(f)


@cache
def _names() -> dict[str, str]:
    """Every known name, short name and former name of prefectures and counties to its code."""
    prefectures, counties = _layer("prefecture"), _layer("county")
    names = dict(zip(counties["short_name"], counties["adcode"], strict=True))
    names |= dict(zip(counties["name"], counties["adcode"], strict=True))
    names |= dict(zip(prefectures["short_name"], prefectures["adcode"], strict=True))
    names |= dict(zip(prefectures["name"], prefectures["adcode"], strict=True))
    aliases = pd.read_csv(DATA / "boundaries" / "aliases.csv", dtype=str)
    former = dict(zip(aliases["alias"], aliases["adcode"], strict=True))
    return former | names | {"江西省": PROVINCE_ADCODE, "江西": PROVINCE_ADCODE}


def adcode_of(place: str) -> str:
    """Six-digit code of a prefecture or county, given its code, name, short or former name.

    A prefecture's name may stand before the county's (``九江市柴桑区``).

    Raises:
        UnknownPlaceError: No unit of the province has this name or code.
    """
    text = place.strip()
    if text in known_adcodes():
        return text
    names = _names()
    if text in names:
        return names[text]
    for prefecture in _layer("prefecture")["name"]:
        rest = text.removeprefix("江西省").removeprefix(prefecture)
        if rest != text and rest in names:
            return names[rest]
    raise UnknownPlaceError(
        f"{place!r} is no prefecture or county of Jiangxi", values={"place": place}
    )


@cache
def known_adcodes() -> frozenset[str]:
    """Codes of the province, its prefectures and its counties."""
    return frozenset(
        [PROVINCE_ADCODE, *_layer("prefecture")["adcode"], *_layer("county")["adcode"]]
    )


@cache
def name_of(adcode: str, language: str = "zh_CN") -> str:
    """Name of a code: the Chinese one, or Hanyu Pinyin for ``en``.

    Raises:
        UnknownPlaceError: The code belongs to no unit of the province.
    """
    if adcode == PROVINCE_ADCODE:
        return "江西省" if language == "zh_CN" else "Jiangxi"
    column = "name" if language == "zh_CN" else "name_en"
    for name in ("prefecture", "county"):
        rows = _layer(name)
        hit = rows.loc[rows["adcode"] == adcode, column]
        if len(hit):
            return str(hit.iloc[0])
    raise UnknownPlaceError(f"{adcode!r} is no code of Jiangxi", values={"place": adcode})


def prefecture_of(adcode: str) -> str:
    """Code of the prefecture that a county or prefecture code belongs to (360702 -> 360700)."""
    return adcode[:4] + "00"


def geometry_of(adcode: str) -> shapely.MultiPolygon:
    """Outline of the province, a prefecture or a county, in EPSG:4490.

    Raises:
        UnknownPlaceError: The code belongs to no unit of the province.
    """
    for name in ("province", "prefecture", "county"):
        rows = _layer(name)
        hit = rows.loc[rows["adcode"] == adcode]
        if len(hit):
            geometry: shapely.MultiPolygon = hit.geometry.iloc[0]
            return geometry
    raise UnknownPlaceError(f"{adcode!r} is no code of Jiangxi", values={"place": adcode})


def locate(points: gpd.GeoSeries) -> pd.Series:
    """County of each point.

    Args:
        points: n points in EPSG:4490; empty and missing ones are allowed.

    Returns:
        string Series on the index of ``points``, named ``county_adcode``; see
        :func:`counties_of`.
    """
    xy = np.column_stack([points.x.to_numpy(), points.y.to_numpy()])
    return pd.Series(counties_of(xy), index=points.index, name="county_adcode", dtype="string")


def counties_of(xy: _Floats) -> _Objects:
    """County of each place.

    Args:
        xy: n by 2 longitudes and latitudes in EPSG:4490; NaN is nowhere.

    Returns:
        n codes, None outside the province. The lines are generalised: within about 300 m of one,
        check the county.
    """
    outlines, boxes, codes = _prepared_counties(threading.get_ident())
    found = np.full(len(xy), -1, dtype=np.intp)
    for i, (west, south, east, north) in enumerate(boxes):
        near = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
        at = np.flatnonzero(near & (found < 0))
        if len(at):
            found[at[shapely.intersects_xy(outlines[i], xy[at, 0], xy[at, 1])]] = i
    out = np.full(len(found), None, dtype=object)
    out[found >= 0] = codes[found[found >= 0]]
    return out


def prefectures_met(shapes: gpd.GeoDataFrame) -> list[str]:
    """Codes of the prefectures that shapes meet, ascending.

    Args:
        shapes: Any geometries, EPSG:4490.
    """
    places = layer("prefecture")
    _, met = places.sindex.query(shapes.geometry, predicate="intersects")
    return sorted(set(map(str, places["adcode"].to_numpy()[met])))


@lru_cache(maxsize=_MOST_THREADS)
def _prepared_counties(thread: int) -> tuple[_Objects, _Floats, _Objects]:
    """Outlines of the counties, prepared, their bounds and codes.

    GEOS builds the index of a prepared geometry on first use, so threads must not share one.
    """
    del thread
    counties = _layer("county")
    outlines = shapely.from_wkb(shapely.to_wkb(counties.geometry.to_numpy()))
    shapely.prepare(outlines)
    return outlines, shapely.bounds(outlines), counties["adcode"].to_numpy(dtype=object)
