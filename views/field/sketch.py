"""The sketch of a parcel for the field page: its boundary, the telephone, a bar of scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.position import in_metres

WIDTH: Final = 360
HEIGHT: Final = 240
_MARGIN: Final = 26
_STEPS: Final = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_FARTHEST: Final = 4.0
"""Times the size of the parcel up to which the telephone is drawn in its place."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Metres to pixels, north up."""

    scale: float
    east: float
    north: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is drawn."""
        return (
            round(WIDTH / 2 + (x - self.east) * self.scale, 1),
            round(HEIGHT / 2 - (y - self.north) * self.scale, 1),
        )


def sketch_svg(
    shape: shapely.Geometry | None,
    *,
    here: tuple[float, float] | None = None,
    accuracy: float = 0.0,
) -> str:
    """The boundary of a parcel north up, with the telephone where it is near enough.

    Args:
        shape: Polygon or multipolygon in degrees.
        here: Longitude and latitude of the telephone; None leaves it out.
        accuracy: Radius in metres that the telephone gives for its position.

    Returns:
        SVG without any text from outside; empty where there is no shape.
    """
    if shape is None or shapely.is_empty(shape):
        return ""
    middle = shapely.centroid(shape)
    flat = in_metres(shape, middle.x, middle.y)
    west, south, east, north = shapely.bounds(flat)
    box = [west, south, east, north]
    spot = None
    if here is not None:
        x, y = shapely.get_coordinates(in_metres(shapely.Point(*here), middle.x, middle.y))[0]
        if max(abs(x), abs(y)) <= _FARTHEST * max(east - west, north - south):
            spot = (float(x), float(y))
            box = [min(west, x), min(south, y), max(east, x), max(north, y)]
    frame = _frame(box)
    path = "".join(_ring(frame, ring) for ring in _rings(flat))
    body = (
        f'<path d="{path}" fill="#E8EEF4" stroke="#0B4F8A" stroke-width="2" fill-rule="evenodd"/>'
    )
    if spot is not None:
        body += _phone(frame, spot, accuracy)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{body}{_bar(frame)}{_north()}</svg>"
    )


def _frame(box: list[float]) -> _Frame:
    wide, high = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN) / high)
    return _Frame(scale, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _rings(flat: shapely.Geometry) -> list[np.ndarray]:
    parts = shapely.get_parts(flat)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return [shapely.get_coordinates(ring) for ring in rings]


def _ring(frame: _Frame, xy: np.ndarray) -> str:
    points = [frame.at(x, y) for x, y in xy.tolist()]
    return "M" + "L".join(f"{x},{y}" for x, y in points) + "Z"


def _phone(frame: _Frame, spot: tuple[float, float], accuracy: float) -> str:
    x, y = frame.at(*spot)
    radius = round(max(accuracy, 0.0) * frame.scale, 1)
    ring = f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#BB232C22" stroke="#BB232C66"/>'
    return ring + f'<circle cx="{x}" cy="{y}" r="5" fill="#BB232C" stroke="#fff" stroke-width="2"/>'


def _bar(frame: _Frame) -> str:
    """A bar of a round length, at most a third of the width."""
    fitting = [step for step in _STEPS if step * frame.scale <= WIDTH / 3]
    metres = fitting[-1] if fitting else _STEPS[0]
    long = round(metres * frame.scale, 1)
    y = HEIGHT - 10
    return (
        f'<path d="M12,{y - 4}V{y}H{12 + long}V{y - 4}" fill="none" stroke="#22272b"/>'
        f'<text x="{18 + long}" y="{y}" font-size="11" font-family="sans-serif">{metres} m</text>'
    )


def _north() -> str:
    x = WIDTH - 16
    look = 'font-size="10" text-anchor="middle" font-family="sans-serif"'
    return (
        f'<path d="M{x},10L{x + 5},24L{x},20L{x - 5},24Z" fill="#22272b"/>'
        f'<text x="{x}" y="35" {look}>N</text>'
    )
