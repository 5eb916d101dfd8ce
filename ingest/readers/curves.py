"""Curved shapes (ISO 13249 well-known binary), drawn as chords that stay within a tolerance."""

from __future__ import annotations

import math
import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

TOLERANCE_M: Final = 0.01
"""Greatest distance of a chord from its arc in a projected system, in metres."""

TOLERANCE_DEG: Final = 1e-7
"""The same in a system of degrees, about a centimetre."""

_LARGEST_DEGREE: Final = 360.0
_MOST_CHORDS: Final = 10_000
_DEPTH: Final = 8
_POINT, _LINE, _POLYGON, _MULTI_LINE, _MULTI_POLYGON = 1, 2, 3, 5, 6
_ARC, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE = 8, 9, 10, 11, 12
CURVED: Final = frozenset({_ARC, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE})
"""Type codes of shapes that may hold arcs, without the flags of heights and measures."""

Floats = npt.NDArray[np.float64]


class CurveError(ValueError):
    """The bytes are no well-known binary of a curved shape."""


def base_type(code: int) -> tuple[int, int]:
    """Type code without flags, and numbers a vertex has."""
    size = 2
    if code & 0x80000000:
        size += 1
    if code & 0x40000000:
        size += 1
    code &= 0x0FFFFFFF
    thousands, plain = divmod(code, 1000)
    if thousands in {1, 2, 3}:
        size += {1: 1, 2: 1, 3: 2}[thousands]
    return plain, size


def arc(start: Floats, middle: Floats, end: Floats) -> Floats:
    """Points of a circular arc behind its start, the end included.

    The arc runs from ``start`` over ``middle`` to ``end``; where start and end are the same point
    it is a whole circle with the middle opposite. Three points on a line are that line.
    """
    a, b, c = start - start, middle - start, end - start
    scale = max(float(np.abs(b).max()), float(np.abs(c).max()))
    limit = TOLERANCE_DEG if float(np.abs(start).max()) <= _LARGEST_DEGREE else TOLERANCE_M
    if float(np.abs(c).max()) == 0.0:
        centre, turn = b / 2, 2 * math.pi
    else:
        double = 2.0 * (b[0] * c[1] - b[1] * c[0])
        if abs(double) <= 1e-12 * scale * scale:
            return np.array([middle, end])
        bb, cc = float(b @ b), float(c @ c)
        centre = np.array([c[1] * bb - b[1] * cc, b[0] * cc - c[0] * bb]) / double
        angles = [math.atan2(p[1] - centre[1], p[0] - centre[0]) for p in (a, b, c)]
        turn = _turn(angles[0], angles[1], angles[2])
    radius = math.hypot(*centre)
    first = math.atan2(-centre[1], -centre[0])
    step = 2.0 * math.acos(max(1.0 - limit / radius, -1.0)) if radius > limit else math.pi / 2
    chords = min(max(math.ceil(abs(turn) / max(step, 1e-9)), 2), _MOST_CHORDS)
    angles_on = first + turn * np.arange(1, chords) / chords
    inner = centre + radius * np.column_stack([np.cos(angles_on), np.sin(angles_on)])
    return np.vstack([inner + start, end])


def _turn(first: float, middle: float, last: float) -> float:
    """Signed angle from the first to the last direction that passes the middle one."""
    full = 2 * math.pi
    to_middle, to_last = (middle - first) % full, (last - first) % full
    return to_last if to_middle <= to_last else to_last - full


def linearised(wkb: bytes) -> shapely.Geometry:
    """A shape with its arcs drawn as chords.

    Raises:
        CurveError: The bytes are cut or of another kind.
    """
    try:
        geometry, _ = _shape(wkb, 0, 0)
    except (struct.error, ValueError, IndexError, shapely.errors.GEOSException) as err:
        raise CurveError(str(err)) from err
    return geometry


def _head(wkb: bytes, at: int) -> tuple[str, int, int, int, int]:
    """Byte order, type, numbers a vertex, count and the place behind them."""
    order = "<" if wkb[at] == 1 else ">"
    code, count = struct.unpack_from(order + "II", wkb, at + 1)
    plain, size = base_type(code)
    if count > len(wkb):
        raise CurveError("a count is larger than the bytes")
    return order, plain, size, count, at + 9


def _shape(wkb: bytes, at: int, depth: int) -> tuple[shapely.Geometry, int]:
    order, kind, size, count, place = _head(wkb, at)
    if depth > _DEPTH:
        raise CurveError("nested too deeply")
    if kind in {_LINE, _ARC, _COMPOUND}:
        xy, behind = _path(wkb, at, depth)
        return shapely.LineString(xy), behind
    if kind == _POLYGON:
        rings = []
        for _ in range(count):
            (n,) = struct.unpack_from(order + "I", wkb, place)
            ring, place = _points(wkb, order, size, n, place + 4)
            rings.append(ring)
        return _polygon(rings), place
    if kind == _CURVE_POLYGON:
        rings = []
        for _ in range(count):
            ring, place = _path(wkb, place, depth + 1)
            rings.append(ring)
        return _polygon(rings), place
    if kind in {_MULTI_CURVE, _MULTI_SURFACE, _MULTI_LINE, _MULTI_POLYGON}:
        parts = []
        for _ in range(count):
            part, place = _shape(wkb, place, depth + 1)
            parts.append(part)
        areal = kind in {_MULTI_SURFACE, _MULTI_POLYGON}
        found: list[Any] = list(parts)
        return (shapely.MultiPolygon(found) if areal else shapely.MultiLineString(found)), place
    raise CurveError(f"type {kind}")


def _polygon(rings: list[Floats]) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _points(wkb: bytes, order: str, size: int, n: int, at: int) -> tuple[Floats, int]:
    behind = at + 8 * size * n
    if behind > len(wkb):
        raise CurveError("the vertices are cut")
    values = np.frombuffer(wkb, order + "f8", size * n, at).reshape(n, size)
    return values[:, :2].astype(np.float64), behind


def _path(wkb: bytes, at: int, depth: int) -> tuple[Floats, int]:
    """Vertices of a line, an arc string or a string of both."""
    order, kind, size, count, place = _head(wkb, at)
    if depth > _DEPTH:
        raise CurveError("nested too deeply")
    if kind == _COMPOUND:
        pieces = []
        for i in range(count):
            piece, place = _path(wkb, place, depth + 1)
            pieces.append(piece[1:] if i else piece)
        return (np.vstack(pieces) if pieces else np.empty((0, 2))), place
    if kind not in {_LINE, _ARC}:
        raise CurveError(f"type {kind} inside a path")
    xy, place = _points(wkb, order, size, count, place)
    if kind == _LINE or len(xy) < 3 or not np.isfinite(xy).all():  # noqa: PLR2004 - one arc
        return xy, place
    arcs = [arc(xy[i], xy[i + 1], xy[i + 2]) for i in range(0, len(xy) - 2, 2)]
    return np.vstack([xy[:1], *arcs]), place
