"""Where rows lie: near or across county, province and zone lines, far from their own zone."""

from __future__ import annotations

from functools import cache
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import boundaries
from ingest import county_lines
from ingest.drawn import Drawn
from ingest.found import Found, Rows, Shapes, Text, where

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_EARTH_KM: Final = 6371.0


def place_checks(rows: Rows, zones: gpd.GeoDataFrame | None = None) -> list[Found]:
    """Everything about the place of rows with shapes.

    Args:
        rows: m rows of a kind with shapes.
        zones: Outlines of development zones in EPSG:4490 with ``name``; None where there are none.
    """
    if rows.drawn is None:
        return []
    out = _near_line(rows, rows.drawn)
    out += _across_counties(rows, rows.drawn)
    if zones is not None and rows.kind != "zones":
        out += _across_zones(rows, rows.drawn, zones)
    return out + _stated_zone(rows, rows.drawn)


def _near_line(rows: Rows, drawn: Drawn) -> list[Found]:
    distance, some = rows.rules.value("ING-COUNTY-LINE"), drawn.near_line
    near = np.zeros(len(drawn.points), dtype=bool)
    near[some] = county_lines.near_lines(drawn.epsg, distance).near(drawn.points[some])
    return where(rows, "PLC-004", near, distance=int(distance))


def _across_counties(rows: Rows, drawn: Drawn) -> list[Found]:
    """Shapes that lie in several counties, or partly outside all of them."""
    outlines, codes = county_lines.outlines(drawn.epsg)
    shapes, some = drawn.metres, drawn.near_line
    shape, county, share = county_lines.shares(shapes[some], outlines)
    least = rows.rules.value("ING-CROSS-SHARE")
    real = share > least
    out = _listed(rows, some[shape[real]], [codes[c] for c in county[real]], share[real])
    inside = np.bincount(shape, weights=share, minlength=len(some))
    beyond = np.zeros(len(shapes))
    beyond[some] = 1.0 - inside
    partly = (beyond > least) & (beyond < 1.0)
    return out + where(rows, "PLC-012", partly, percent=Text(beyond * 100.0, "{:.1f}"))


def _listed(rows: Rows, row: Ints, counties: list[str], share: Floats) -> list[Found]:
    """Rows that are in several counties, with their shares, the greatest first."""
    parts = pd.DataFrame({"row": row, "county": counties, "share": share})
    parts = parts[parts.groupby("row")["share"].transform("size") > 1]
    if parts.empty:
        return []
    parts = parts.sort_values(["row", "share"], ascending=[True, False])
    percent = parts["share"].map("{:.1%}".format)
    words = pd.DataFrame(
        {
            "row": parts["row"],
            "zh": parts["county"].map(boundaries.name_of) + " " + percent,
            "en": parts["county"].map(lambda c: boundaries.name_of(c, "en")) + " " + percent,
        }
    ).groupby("row")
    zh, en = words["zh"].agg("、".join), words["en"].agg(", ".join)
    values = {"shares": zh.tolist(), "shares_en": en.tolist()}
    return [Found("PLC-007", rows.numbers[zh.index.to_numpy()], values)]


def _across_zones(rows: Rows, drawn: Drawn, zones: gpd.GeoDataFrame) -> list[Found]:
    """Shapes that lie partly in a development zone."""
    outlines: Shapes = zones.to_crs(drawn.epsg).geometry.to_numpy()
    shapely.prepare(outlines)
    shape, zone, share = county_lines.shares(drawn.metres, outlines)
    least = rows.rules.value("ING-CROSS-SHARE")
    partly = (share > least) & (share < 1.0 - least)
    if not partly.any():
        return []
    names = zones["name"].to_numpy(dtype=object)[zone[partly]]
    percent = [f"{s * 100.0:.1f}" for s in share[partly]]
    values = {"zone": [str(name) for name in names], "percent": percent}
    return [Found("PLC-008", rows.numbers[shape[partly]], values)]


@cache
def _zones() -> tuple[dict[str, int], Floats]:
    """Zones of the reference table by every name, and their places in degrees."""
    # What validates the table takes a tenth of a second to load, and few files name a zone.
    from domain import reference  # noqa: PLC0415

    table = reference.zones()
    names: dict[str, int] = {}
    for column in ("name_former", "name_zh", "zone_id"):
        for i, value in enumerate(table[column]):
            if isinstance(value, str):
                names |= {part.strip(): i for part in value.split(";") if part.strip()}
    return names, np.stack([table.geometry.x, table.geometry.y], axis=1)


def _stated_zone(rows: Rows, drawn: Drawn) -> list[Found]:
    """Zones that rows name: unknown ones, and ones that are far away."""
    stated = rows.column("zone_id") if rows.kind != "zones" else None
    if stated is None:
        return []
    names, places = _zones()
    position = stated.map(names)
    unknown = stated.notna() & position.isna()
    out = where(rows, "PLC-009", unknown, value=stated.astype("string"))
    known = position.notna().to_numpy(dtype=bool)
    points = drawn.lonlat
    apart = np.zeros(len(points))
    apart[known] = _kilometres(points[known], places[position[known].to_numpy(dtype=np.intp)])
    limit = rows.rules.value("ING-ZONE-FAR")
    far = np.nan_to_num(apart) > limit
    return out + where(
        rows,
        "PLC-010",
        far,
        value=stated.astype("string"),
        distance=Text(apart, "{:.0f}"),
        limit=f"{limit:g}",
    )


def _kilometres(a: Floats, b: Floats) -> Floats:
    """Distances on the sphere between places in degrees."""
    (lon1, lat1), (lon2, lat2) = np.radians(a).T, np.radians(b).T
    half = np.sin((lat2 - lat1) / 2) ** 2
    half += np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2.0 * _EARTH_KM * np.arcsin(np.sqrt(half)), dtype=np.float64)
