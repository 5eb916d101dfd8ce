"""The small outline map of a passport: the prefectures, and the frame in which the data lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import geopandas as gpd
import shapely

from domain import boundaries
from domain.i18n import Language

Ring = tuple[tuple[float, float], ...]
Box = tuple[float, float, float, float]

_TOLERANCE_DEG: Final = 0.015
_SMALLEST: Final = 0.035
"""Frames smaller than this share of the height are ringed, or they could not be found."""
_MOST_NAMED: Final = 3
_MARGIN: Final = 0.02
"""How far beyond the province a frame is drawn."""


@dataclass(frozen=True)
class Sketch:
    """A vector drawing whose height is 1; x to the right, y downwards.

    Attributes:
        width: Width.
        outlines: Rings of the prefectures.
        lit: Rings of those in which the data lies, where they are few.
        frame: Left, top, right, bottom of the data; None where its place is unknown.
        small: The frame is too small to be seen and wants a ring around it.
        place: Names of the prefectures in which the data lies; empty where they are many.
        extent: Longitudes and latitudes of the frame in words.
    """

    width: float
    outlines: tuple[Ring, ...]
    lit: tuple[Ring, ...] = ()
    frame: Box | None = None
    small: bool = False
    place: str = ""
    extent: str = ""


@dataclass(frozen=True)
class _Plane:
    """From degrees to the drawing: plate carrée at the province's middle latitude."""

    west: float
    north: float
    degrees: float
    squeeze: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """The point on the drawing, to a thousandth of its height."""
        x = (lon - self.west) * self.squeeze / self.degrees
        return round(x, 4), round((self.north - lat) / self.degrees, 4)


@cache
def _ground() -> tuple[_Plane, float, gpd.GeoDataFrame]:
    """Plane, width and simplified prefectures; shared edges stay shared."""
    rows = boundaries.layer("prefecture")
    rows["geometry"] = shapely.coverage_simplify(rows.geometry.to_numpy(), _TOLERANCE_DEG)
    west, south, east, north = rows.total_bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    plane = _Plane(float(west), float(north), float(north - south), squeeze)
    return plane, plane.at(float(east), float(south))[0], rows


def sketch(bounds: Box | None, language: Language) -> Sketch:
    """Draw where data lies.

    Args:
        bounds: West, south, east, north in degrees; None where the place is unknown.
        language: Of the names.
    """
    plane, width, rows = _ground()
    outlines = tuple(ring for shape in rows.geometry for ring in _rings(shape, plane))
    if bounds is None or not all(map(math.isfinite, bounds)):
        return Sketch(width, outlines)
    west, south, east, north = bounds
    met = rows[rows.geometry.intersects(shapely.box(west, south, east, north))]
    few = met if len(met) <= _MOST_NAMED else met.iloc[:0]
    (left, top), (right, bottom) = plane.at(west, north), plane.at(east, south)
    left, right = (min(max(x, -_MARGIN), width + _MARGIN) for x in (left, right))
    top, bottom = (min(max(y, -_MARGIN), 1 + _MARGIN) for y in (top, bottom))
    column = "name" if language == "zh_CN" else "name_en"
    return Sketch(
        width=width,
        outlines=outlines,
        lit=tuple(ring for shape in few.geometry for ring in _rings(shape, plane)),
        frame=(left, top, right, bottom),
        small=max(right - left, bottom - top) < _SMALLEST,
        place=("、" if language == "zh_CN" else ", ").join(few[column]),
        extent=_extent(bounds, language),
    )


def _rings(shape: shapely.Geometry, plane: _Plane) -> Iterator[Ring]:
    for part in shapely.get_parts(shape):
        points = shapely.get_coordinates(shapely.get_exterior_ring(part))
        yield tuple(plane.at(float(x), float(y)) for x, y in points)


def _extent(bounds: Box, language: Language) -> str:
    west, south, east, north = bounds
    if language == "zh_CN":
        return f"东经 {west:.3f}°–{east:.3f}°，北纬 {south:.3f}°–{north:.3f}°"
    return f"{west:.3f}°–{east:.3f}° E, {south:.3f}°–{north:.3f}° N"
