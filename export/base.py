"""The ground of a sheet: the region, its surroundings in one quiet tint, boundary lines, names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from shapely.geometry.base import BaseGeometry

from domain import boundaries
from export.region import Region
from geo.crs import CGCS2000
from layers.palette import NEIGHBOUR, PROVINCE
from layers.sheet import View, compound_path, draw_lines
from layers.spec import Symbol

Rank = Literal["province", "prefecture", "county"]

AROUND: Final = "#F5F5F1"
"""Parts of the province outside the region."""
BAND: Final = ("#D9DEE3", "#E5E8EA")
"""Two tones of the band along the outer side of the region's line."""
BAND_MM: Final = 0.9

SYMBOLS: Final[dict[Rank, Symbol]] = {
    "province": Symbol(
        fill=None, stroke="#3C3C3C", weight=1.15, dash=(9.0, 2.2, 1.6, 2.2, 1.6, 2.2)
    ),
    "prefecture": Symbol(fill=None, stroke="#5C5C5C", weight=0.85, dash=(7.0, 2.0, 1.5, 2.0)),
    "county": Symbol(fill=None, stroke="#8E8E8E", weight=0.55, dash=(4.5, 2.2)),
}
"""Boundary symbols on paper: dash-dot-dot, dash-dot, dash."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name of the ground.

    Attributes:
        name: As printed.
        x: Where, in paper millimetres.
        y: Where, in paper millimetres.
        room: Half the width that is free round it, in millimetres.
        role: ``inside`` the region, ``around`` it in the province, or ``neighbour`` province.
    """

    name: str
    x: float
    y: float
    room: float
    role: Literal["inside", "around", "neighbour"]


@cache
def _lines() -> dict[Rank, BaseGeometry]:
    """Every boundary line once, under its highest rank, in degrees.

    A line between two units is in both outlines; drawn twice, its dashes would close.
    """
    county = boundaries.layer("county")
    by_city = county.dissolve("city_adcode").geometry.to_numpy()
    neighbour = boundaries.layer("neighbour").geometry.to_numpy()
    shared = [
        shapely.intersection(shapely.boundary(a), shapely.boundary(b))
        for a, b in combinations(neighbour, 2)
    ]
    outline = shapely.boundary(shapely.union_all(by_city))
    province = shapely.union_all([outline, *(_only_lines(s) for s in shared)])
    prefecture = shapely.difference(shapely.union_all(shapely.boundary(by_city)), outline)
    counties = shapely.union_all(shapely.boundary(county.geometry.to_numpy()))
    rest = shapely.difference(shapely.difference(counties, outline), prefecture)
    return {
        "province": shapely.line_merge(_only_lines(province)),
        "prefecture": shapely.line_merge(_only_lines(prefecture)),
        "county": shapely.line_merge(_only_lines(rest)),
    }


def _only_lines(geometry: BaseGeometry) -> shapely.MultiLineString:
    parts = shapely.get_parts(geometry)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    return shapely.MultiLineString(list(parts[is_line & ~shapely.is_empty(parts)]))


def _clipped(geometry: BaseGeometry, view: View) -> BaseGeometry:
    moved = gpd.GeoSeries([geometry], crs=CGCS2000).to_crs(view.crs)
    clipped: BaseGeometry = moved.clip_by_rect(*view.extent).iloc[0]
    return clipped


def ranks_present(view: View) -> list[Rank]:
    """Which kinds of boundary lines a view shows, highest first."""
    return [rank for rank, line in _lines().items() if not _clipped(line, view).is_empty]


def draw_ground(ax: Axes, region: Region, view: View) -> None:
    """Tints: surroundings, the province, the band along the region, the region itself."""
    ax.add_artist(_rectangle(view))
    _fill(ax, _clipped(boundaries.geometry_of(boundaries.PROVINCE_ADCODE), view), AROUND, 0.2)
    inside = gpd.GeoSeries([region.geometry], crs=CGCS2000).to_crs(view.crs).iloc[0]
    tolerance = 0.1 * view.metres_per_mm
    for step, tone in zip((2, 1), reversed(BAND), strict=True):
        band = shapely.buffer(
            shapely.simplify(inside, tolerance), step * BAND_MM * view.metres_per_mm
        )
        _fill(ax, band, tone, 0.3 + 0.01 * (2 - step))
    _fill(ax, inside, PROVINCE, 0.4)


def draw_boundaries(ax: Axes, view: View, *, zorder: float) -> None:
    """Boundary lines with the symbol of their rank, lowest rank first."""
    for rank in reversed(ranks_present(view)):
        clipped = gpd.GeoSeries([_clipped(_lines()[rank], view)], crs=view.crs)
        draw_lines(ax, clipped, SYMBOLS[rank], zorder=zorder)


def places(region: Region, view: View, language: str = "zh_CN") -> list[Place]:
    """Names of the units inside the region, of those around it and of the neighbours.

    A province is divided into prefectures, everything else into counties; a unit that shows too
    little of itself has no name.
    """
    out = _names_of(_spoken("neighbour", language), "neighbour", view)
    if region.level == "province":
        return out + _names_of(_spoken("prefecture", language), "inside", view)
    counties = _spoken("county", language)
    if region.level == "prefecture":
        own = counties["city_adcode"] == region.code
        cities = _spoken("prefecture", language)
        around = cities[cities["adcode"] != region.code]
        return out + _names_of(counties[own], "inside", view) + _names_of(around, "around", view)
    around = _names_of(counties[counties["adcode"] != region.code], "around", view)
    inside = gpd.GeoSeries([region.geometry], crs=CGCS2000).to_crs(view.crs).iloc[0]
    spots = view.to_ground(np.array([[p.x, p.y] for p in around]).reshape(-1, 2))
    covered = shapely.intersects(inside, shapely.points(spots))
    return out + [p for p, hidden in zip(around, covered, strict=True) if not hidden]


def _spoken(layer: boundaries.Layer, language: str) -> gpd.GeoDataFrame:
    """A boundary layer whose ``name`` is in the language of the sheet."""
    rows = boundaries.layer(layer)
    return rows if language == "zh_CN" else rows.assign(name=rows["name_en"])


def _names_of(
    rows: gpd.GeoDataFrame, role: Literal["inside", "around", "neighbour"], view: View
) -> list[Place]:
    moved = rows.to_crs(view.crs)
    shown = shapely.clip_by_rect(moved.geometry.to_numpy(), *view.extent)
    out = []
    for name, shape in zip(moved["name"], shown, strict=True):
        if shape.is_empty or shapely.area(shape) < (6 * view.metres_per_mm) ** 2:
            continue
        circle = shapely.maximum_inscribed_circle(shape, tolerance=view.metres_per_mm)
        (x, y), (x2, y2) = shapely.get_coordinates(circle)
        mm = view.to_paper(np.array([[x, y]]))[0]
        room = float(np.hypot(x2 - x, y2 - y)) / view.metres_per_mm
        out.append(Place(str(name), float(mm[0]), float(mm[1]), room, role))
    return out


def _fill(ax: Axes, geometry: BaseGeometry, colour: str, zorder: float) -> None:
    path = compound_path([geometry])
    if path is not None:
        ax.add_artist(PathPatch(path, facecolor=colour, edgecolor="none", zorder=zorder))


def _rectangle(view: View) -> Rectangle:
    left, low, right, high = view.extent
    return Rectangle(
        (left, low), right - left, high - low, facecolor=NEIGHBOUR, edgecolor="none", zorder=0.1
    )
