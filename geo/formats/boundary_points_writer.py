"""Writes boundary-point text files (界址点坐标 TXT) that read back as what was written.

Outer rings run clockwise from their north-west vertex, holes follow their outer ring the other way
round, ring numbers run through a parcel and point names through the file, closing points are
repeated, coordinates have three decimals. The same parcels give the same bytes, and so do the
parcels that :func:`geo.formats.boundary_points.parse` reads from them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import shapely

from geo.formats.boundary_points import Note, PointParcel

Encoding = Literal["gb18030", "utf-8"]
LineEnd = Literal["crlf", "lf"]

_PER_METRE: Final = 1000
_LEAST_POINTS: Final = 3
_TOUCHING: Final = 1  # millimetres at which a reader takes a point for the closing one
_SEPARATORS: Final = str.maketrans(",@", "，＠")
# What ends a line for some reader, and what no text should hold.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


class PointWriter:
    """Writes one file piece by piece, so that a large one need not be held at once.

    Attributes:
        notes: What could not be written as it was, by the number of the parcel.
    """

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._row = 0
        self._points = 0

    def head(self, header: Mapping[str, str]) -> str:
        """The attribute section and the opening of the parcels, with LF line ends."""
        pairs = [f"{_harmless(key)}={_one_line(value)}" for key, value in header.items()]
        return "\n".join(["[属性描述]", *pairs, "[地块坐标]"]) + "\n"

    def parcels(self, parcels: Sequence[PointParcel]) -> str:
        """The parcels that follow next, with LF line ends.

        Args:
            parcels: Coordinates x easting, y northing, in metres; stated areas in hectares. A
                parcel whose outline shrinks to nothing at a millimetre is written without points.
        """
        shapes = np.array([p.geometry for p in parcels], dtype=object)
        lines: list[str] = []
        for parcel, (rings, lost) in zip(parcels, _rings_of(shapes), strict=True):
            self._row += 1
            lines.append(self._head_of(parcel, sum(len(ring) for ring in rings)))
            self._note_losses(rings, lost)
            for number, ring in enumerate(rings, start=1):
                lines.extend(_ring_lines(ring, number, self._points + 1))
                self._points += len(ring)
        return "".join(f"{line}\n" for line in lines)

    def _head_of(self, parcel: PointParcel, points: int) -> str:
        given = (parcel.parcel_id, parcel.name, parcel.sheet, parcel.use, parcel.land_class)
        number, name, sheet, use, land_class = (_harmless(value) for value in given)
        if any(_is_changed(value) for value in given):
            self.notes.append(Note("EXP-024", self._row))
        area = f"{parcel.area_stated:.4f}" if math.isfinite(parcel.area_stated) else ""
        return f"{points},{area},{number or self._row},{name},面,{sheet},{use},{land_class},@"

    def _note_losses(self, rings: Sequence[Ints], lost: int) -> None:
        if not rings:
            self.notes.append(Note("EXP-025", self._row))
        elif lost:
            self.notes.append(Note("EXP-026", self._row, {"n": lost}))


def write(parcels: Sequence[PointParcel], header: Mapping[str, str]) -> str:
    """A whole file as text with LF line ends; see :class:`PointWriter`."""
    writer = PointWriter()
    return writer.head(header) + writer.parcels(parcels)


def encode(text: str, *, encoding: Encoding = "gb18030", line_end: LineEnd = "lf") -> bytes:
    """The bytes of a text that was written with LF line ends."""
    ended = text.replace("\n", "\r\n") if line_end == "crlf" else text
    return ended.encode(encoding)


def _one_line(text: str) -> str:
    """Text without line breaks, control characters, halves of characters, blanks at its ends."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", whole).translate({ord("@"): "＠"}).strip()


def _harmless(text: str) -> str:
    """Text of one field: what would part fields is written in full width."""
    return _one_line(text).translate(_SEPARATORS)


def _is_changed(text: str) -> bool:
    return _harmless(text) != text.strip()


def _rings_of(shapes: Shapes) -> Iterable[tuple[list[Ints], int]]:
    """Rings in writing order of each of n shapes, and how many shrank to nothing."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    grid = np.rint(xy * _PER_METRE).astype(np.int64)
    ends = np.flatnonzero(np.diff(ring_of)) + 1
    pieces = np.split(grid, ends) if len(rings) else []
    first_of_part = np.r_[True, part_of[1:] != part_of[:-1]] if len(rings) else []
    found: list[tuple[list[Ints], int]] = [([], 0) for _ in range(len(shapes))]
    shell_lost = False
    for piece, outer, part in zip(pieces, first_of_part, part_of, strict=True):
        standing, lost = found[owner[part]]
        ring = None if shell_lost and not outer else _ring(piece, clockwise=bool(outer))
        shell_lost = ring is None if outer else shell_lost
        if ring is None:
            found[owner[part]] = standing, lost + 1
        else:
            standing.append(ring)
    return found


def _ring(closed: Ints, *, clockwise: bool) -> Ints | None:
    """An open ring in millimetres, oriented and turned to its first vertex; None if too small."""
    repeated = (closed[1:] == closed[:-1]).all(axis=1)
    ring = closed[:-1][~repeated]
    if len(ring) < _LEAST_POINTS:
        return None
    x, y = (ring - ring[0]).T
    twice_area = int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    if twice_area == 0:
        return None
    if (twice_area < 0) != clockwise:
        ring = ring[::-1]
    start = _first_vertex(ring)
    return None if start is None else np.roll(ring, -start, axis=0)


def _first_vertex(ring: Ints) -> int | None:
    """Position of the north-west vertex.

    A vertex that another one all but touches is passed over: a reader would take the other one for
    the closing point.
    """
    x, y = ring.T
    for i in np.lexsort((x, x - y)):
        near = (np.abs(x - x[i]) <= _TOUCHING) & (np.abs(y - y[i]) <= _TOUCHING)
        if near.sum() == 1:
            return int(i)
    return None


def _ring_lines(ring: Ints, number: int, first: int) -> list[str]:
    """Lines of one ring, its first point repeated at the end."""
    points = [f"{number},{y / _PER_METRE:.3f},{x / _PER_METRE:.3f}" for x, y in ring.tolist()]
    lines = [f"J{name},{point}" for name, point in enumerate(points, start=first)]
    return [*lines, lines[0]]
