"""Small pictures of the upload page as SVG: where data would lie, and shapes before and after.

They are drawn from the boundaries of the product, need no map and no network, and are shown as
images, so that nothing in them can run.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Final

import numpy as np
import shapely

from domain import boundaries
from layers.palette import ACCENT, COUNTY_LINE, PREFECTURE_LINE, PROVINCE

Frame = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_COARSE_DEG: Final = 0.02
_FINE_DEG: Final = 0.003
_LEAST_MARK: Final = 7.0
"""A frame is drawn no smaller than this, in pixels, or it could not be seen."""
_BEFORE: Final = "#BB232C"
_AFTER: Final = "#216F75"
_MARGIN: Final = 0.08


@dataclass(frozen=True, slots=True)
class _View:
    """From degrees to pixels: a plate carree on the middle latitude."""

    west: float
    north: float
    scale: float
    squeeze: float
    dx: float
    dy: float

    def xy(self, lonlat: np.ndarray) -> np.ndarray:
        x = (lonlat[:, 0] - self.west) * self.squeeze * self.scale + self.dx
        y = (self.north - lonlat[:, 1]) * self.scale + self.dy
        return np.column_stack([x, y])


def _view(frame: Frame, width: int, height: int, *, margin: float = _MARGIN) -> _View:
    west, south, east, north = frame
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    wide, high = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
    room = 1.0 - 2.0 * margin
    scale = min(width * room / wide, height * room / high)
    return _View(
        west, north, scale, squeeze, (width - wide * scale) / 2, (height - high * scale) / 2
    )


def place_picture(
    frame: Frame, *, width: int = 190, height: int = 210, shapes: Sequence[shapely.Geometry] = ()
) -> str:
    """Where data would lie: the province with its prefectures, and the frame of the data.

    A frame outside of the province makes the picture larger, so that both are always in it.

    Args:
        frame: Bounds of the data.
        width: Width in pixels.
        height: Height in pixels.
        shapes: Some shapes of the data in EPSG:4490.
    """
    province = boundaries.layer("province").total_bounds
    view = _view(_around([tuple(province), frame]), width, height)
    parts = [
        _path(view, _lines("province"), fill=PROVINCE, stroke=PREFECTURE_LINE, width=1.0),
        _path(view, _lines("prefecture"), fill="none", stroke=COUNTY_LINE, width=0.6),
        _path(view, shapes, fill=ACCENT, stroke=ACCENT, width=0.5),
        _mark(view, frame),
    ]
    return _svg(parts, width, height)


def county_picture(
    frame: Frame,
    adcode: str,
    *,
    width: int = 190,
    height: int = 150,
    shapes: Sequence[shapely.Geometry] = (),
) -> str:
    """The same close by: the outline of a county and the frame of the data.

    Args:
        frame: Bounds of the data.
        adcode: Code of the county.
        width: Width in pixels.
        height: Height in pixels.
        shapes: Some shapes of the data in EPSG:4490.

    Raises:
        UnknownPlaceError: The code belongs to no unit of the province.
    """
    outline = shapely.simplify(boundaries.geometry_of(adcode), _FINE_DEG)
    view = _view(_around([shapely.bounds(outline).tolist(), frame]), width, height)
    parts = [
        _path(view, [outline], fill=PROVINCE, stroke=PREFECTURE_LINE, width=1.0),
        _path(view, shapes, fill=ACCENT, stroke=ACCENT, width=0.5),
        _mark(view, frame),
    ]
    return _svg(parts, width, height)


def repair_picture(before: str, after: str, *, width: int = 150, height: int = 70) -> str:
    """A shape as drawn and as it would be after the repair, side by side in one scale.

    Args:
        before: Hexadecimal WKB in degrees.
        after: Likewise.
        width: Width of both together, in pixels.
        height: Height in pixels.

    Returns:
        The picture; empty where a shape is missing.
    """
    if not (before and after):
        return ""
    shapes = shapely.from_wkb([before, after])
    frame = _around([shapely.bounds(g).tolist() for g in shapes])
    half = width // 2
    parts = []
    for i, (shape, colour) in enumerate(zip(shapes, (_BEFORE, _AFTER), strict=True)):
        inner = _path(
            _view(frame, half, height), [shape], fill=colour, stroke=colour, width=1.2, opacity=0.25
        )
        parts.append(f'<g transform="translate({i * half} 0)">{inner}</g>')
    line = f'<path d="M{half} 4V{height - 4}" stroke="{COUNTY_LINE}" stroke-width="1"/>'
    return _svg([*parts, line], width, height)


def as_image(svg: str, alt: str) -> str:
    """The picture as an image element that says in words what it shows."""
    return f'<img class="gy-sketch" src="{data_url(svg)}" alt="{escape(alt, quote=True)}">'


def data_url(svg: str) -> str:
    """The picture as an address; empty for none."""
    if not svg:
        return ""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _svg(parts: Iterable[str], width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{"".join(parts)}</svg>'
    )


@cache
def _lines(layer: boundaries.Layer) -> tuple[shapely.Geometry, ...]:
    """Outlines of a layer, coarse enough for a thumbnail."""
    shapes = boundaries.layer(layer).geometry.to_numpy()
    return tuple(shapely.simplify(shapes, _COARSE_DEG))


def _around(frames: Iterable[Sequence[float]]) -> Frame:
    west, south, east, north = zip(*frames, strict=True)
    return min(west), min(south), max(east), max(north)


def _mark(view: _View, frame: Frame) -> str:
    """The frame of the data as a rectangle, and a ring where the rectangle alone is too small."""
    west, south, east, north = frame
    (x0, y0), (x1, y1) = view.xy(np.array([[west, north], [east, south]]))
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    wide, high = max(x1 - x0, _LEAST_MARK), max(y1 - y0, _LEAST_MARK)
    box = (
        f'<rect x="{cx - wide / 2:.1f}" y="{cy - high / 2:.1f}" width="{wide:.1f}" '
        f'height="{high:.1f}" fill="{ACCENT}" fill-opacity="0.25" stroke="{ACCENT}" '
        f'stroke-width="1.6"/>'
    )
    if max(x1 - x0, y1 - y0) >= 2 * _LEAST_MARK:
        return box
    ring = f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="11" fill="none" stroke="{ACCENT}"/>'
    return box + ring


def _path(
    view: _View,
    shapes: Iterable[shapely.Geometry],
    *,
    fill: str,
    stroke: str,
    width: float,
    opacity: float = 1.0,
) -> str:
    drawn = "".join(_rings(view, shape) for shape in shapes)
    if not drawn:
        return ""
    return (
        f'<path d="{drawn}" fill="{fill}" fill-opacity="{opacity}" fill-rule="evenodd" '
        f'stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round"/>'
    )


def _rings(view: _View, shape: shapely.Geometry) -> str:
    polygons = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    out = []
    for ring in shapely.get_rings(polygons):
        at = view.xy(shapely.get_coordinates(ring))
        out.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at) + "Z")
    return "".join(out)
