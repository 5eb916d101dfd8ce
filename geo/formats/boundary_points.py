"""Boundary-point text files (界址点坐标 TXT), the exchange format of land surveys.

One file holds a header of ``key=value`` lines and, per parcel, one line of attributes ending in
``@`` followed by one line per boundary point: name, ring number, X (northing), Y (easting). Which
column is the northing, which rings are holes and whether eastings carry the zone number is
decided from the numbers, never from labels: exporters disagree on all three.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import GanyuanError
from geo.formats.boundary_point_lines import (
    RawParcel,
    Scan,
    looks_like,
    number_or_nan,
    scan,
    zone_of_header,
)

__all__ = [
    "CLOSE_M",
    "FATAL",
    "BoundaryPoints",
    "NoParcelError",
    "Note",
    "PointParcel",
    "area_of",
    "is_swapped",
    "looks_like",
    "parse",
    "zone_of_data",
    "zone_of_header",
]

CLOSE_M: Final = 0.001
"""Two points closer than this, in metres, are one."""

FATAL: Final = frozenset({"BPT-002", "BPT-003", "BPT-008"})
"""Codes of notes about a parcel that has no usable area."""

_NORTHING: Final = (1.5e6, 6.2e6)
_PREFIXED_FROM: Final = 1.0e7
_ZONE_STEP: Final = 1_000_000
_CLOSE_DEG: Final = 2e-8
_LATITUDE: Final = (3.0, 54.0)
_LONGITUDE: Final = (73.0, 136.0)
_MIN_RING: Final = 3
_AREA_KIND: Final = "面"
_SHOWN: Final = 60

Floats = npt.NDArray[np.float64]


class NoParcelError(GanyuanError):
    """The text holds no parcel with boundary points."""

    code = "BPT-001"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the file or one parcel that a person should know.

    Attributes:
        code: Code of the issue catalogue.
        row: Number of the parcel in the file, from 1; 0 means the file.
        values: Values for the placeholders of the catalogue text.
    """

    code: str
    row: int = 0
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PointParcel:
    """One parcel.

    Attributes:
        row: Number of the parcel in the file, from 1.
        line: Line of the text on which it starts, from 1.
        parcel_id: Number or code of the parcel as given.
        name: Name of the parcel.
        use: Land use in words.
        land_class: Land class code as given.
        sheet: Map sheet number.
        area_stated: Area as given; the format asks for hectares.
        geometry: Polygon or multipolygon, x easting and y northing (or longitude and latitude) as
            in the file; None where the points make no area.
        extra: Attributes beyond the eight of the format.
    """

    row: int
    line: int
    parcel_id: str
    name: str
    use: str = ""
    land_class: str = ""
    sheet: str = ""
    area_stated: float = math.nan
    geometry: shapely.Polygon | shapely.MultiPolygon | None = None
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoundaryPoints:
    """A whole file.

    Attributes:
        header: The ``key=value`` lines of the attribute section.
        parcels: Parcels in file order.
        notes: What was odd.
    """

    header: Mapping[str, str]
    parcels: tuple[PointParcel, ...]
    notes: tuple[Note, ...] = ()


def parse(text: str) -> BoundaryPoints:
    """Read a boundary-point text.

    Args:
        text: The decoded file.

    Returns:
        Every parcel of the file, also those without a usable area.

    Raises:
        NoParcelError: There is no parcel line or no boundary point at all.
    """
    found = scan(text)
    header, raws = found.header, found.parcels
    if not any(raw.points for raw in raws):
        raise NoParcelError("no parcel with boundary points was found in the text")
    notes: list[Note] = []
    swapped = is_swapped(np.array([p for raw in raws for p in raw.points], dtype=np.float64))
    if swapped:
        notes.append(Note("BPT-006"))
    parcels = tuple(_parcel(raw, notes, swapped=swapped) for raw in raws)
    notes.extend(_zone_notes(header, parcels))
    notes.extend(_file_notes(found))
    return BoundaryPoints(header, parcels, tuple(notes))


def is_swapped(points: Floats) -> bool:
    """Whether the first number of points (n by 2) is the easting, judged by size."""
    a, b = np.median(points, axis=0)
    for low, high in (_NORTHING, _LATITUDE):
        first, second = low <= a <= high, low <= b <= high
        if first != second:
            return bool(second)
    return bool(_LONGITUDE[0] <= a <= _LONGITUDE[1] < b)


def _parcel(raw: RawParcel, notes: list[Note], *, swapped: bool) -> PointParcel:
    """A parcel from its lines; what is odd goes to ``notes``."""
    fields = raw.fields + [""] * (8 - len(raw.fields))
    parcel_id = fields[2] or str(raw.row)
    if raw.bad_lines:
        values = {"lines": _some(raw.bad_lines), "n": len(raw.bad_lines)}
        notes.append(Note("BPT-002", raw.row, values))
    geometry = None
    if fields[4] and fields[4] != _AREA_KIND:
        notes.append(Note("BPT-008", raw.row, {"kind": fields[4]}))
    elif not raw.bad_lines:
        geometry = _geometry(raw, notes, swapped=swapped)
    return PointParcel(
        row=raw.row,
        line=raw.line,
        parcel_id=parcel_id,
        name=fields[3],
        use=fields[6],
        land_class=fields[7],
        sheet=fields[5],
        area_stated=number_or_nan(fields[1]),
        geometry=geometry,
        extra=_without_blank_end(raw.fields[8:]),
    )


def _file_notes(found: Scan) -> list[Note]:
    """What is odd about the text as a whole."""
    notes = []
    if found.stray:
        values = {"n": len(found.stray), "lines": _some(found.stray)}
        notes.append(Note("BPT-009", 0, values))
    if found.changed:
        keys = "、".join(dict.fromkeys(found.changed))[:_SHOWN]
        notes.append(Note("BPT-010", 0, {"keys": keys}))
    # The parameters between national systems are state secrets.
    if re.search(r"\d", found.header.get("转换参数", "")):
        notes.append(Note("BPT-011"))
    return notes


def _without_blank_end(fields: Sequence[str]) -> tuple[str, ...]:
    filled = [i for i, value in enumerate(fields, start=1) if value]
    return tuple(fields[: filled[-1]]) if filled else ()


def _some(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:5]))


def _geometry(
    raw: RawParcel, notes: list[Note], *, swapped: bool
) -> shapely.Polygon | shapely.MultiPolygon | None:
    """Polygon of the rings, holes told from parts by containment."""
    points = np.array(raw.points, dtype=np.float64).reshape(-1, 2)
    xy = points if swapped else points[:, ::-1]
    rings = [_open_ring(xy[piece]) for piece in _pieces(raw.rings, xy)]
    distinct = sum(len(ring) for ring in rings)
    stated = number_or_nan(raw.fields[0])
    if stated not in {distinct, distinct + len(rings), len(points)}:
        notes.append(Note("BPT-004", raw.row, {"stated": raw.fields[0], "found": distinct}))
    shape = area_of(raw.rings, xy)
    if shape is None:
        notes.append(Note("BPT-003", raw.row))
    return shape


def area_of(numbers: Sequence[str], xy: Floats) -> shapely.Polygon | shapely.MultiPolygon | None:
    """Area of boundary points in order, holes told from parts by containment.

    Args:
        numbers: Ring number of every point.
        xy: n by 2 points.

    Returns:
        None where a ring has fewer than three points.
    """
    rings = [_open_ring(xy[piece]) for piece in _pieces(numbers, xy)]
    if not rings or min(len(ring) for ring in rings) < _MIN_RING:
        return None
    return _assemble([shapely.Polygon(ring) for ring in rings])


def _pieces(numbers: Sequence[str], xy: Floats) -> Iterable[slice]:
    """Slices of consecutive points that make one ring.

    A ring ends where its number changes or, once three points stand, where its first point
    returns: some exporters number every outer ring 1.
    """
    start = 0
    for i in range(1, len(numbers) + 1):
        closed = i - start > _MIN_RING and float(np.abs(xy[i - 1] - xy[start]).max()) <= CLOSE_M
        if i == len(numbers) or numbers[i] != numbers[start] or closed:
            yield slice(start, i)
            start = i


def _open_ring(ring: Floats) -> Floats:
    """A ring without its repeated closing point."""
    if len(ring) > 1 and float(np.abs(ring[-1] - ring[0]).max()) <= CLOSE_M:
        return ring[:-1]
    return ring


def _assemble(rings: Sequence[shapely.Polygon]) -> shapely.Polygon | shapely.MultiPolygon:
    """One area of filled rings: a ring inside an odd number of others is a hole."""
    if len(rings) == 1:
        return rings[0]
    filled = np.array(rings, dtype=object)
    inner, outer = _nested(filled)
    depth = np.bincount(inner, minlength=len(rings))
    areas = shapely.area(filled)
    holes: dict[int, list[npt.NDArray[np.float64]]] = {}
    for i in np.flatnonzero(depth % 2 == 1):
        around = outer[(inner == i) & (depth[outer] == depth[i] - 1)]
        if len(around):
            shell = int(around[np.argmin(areas[around])])
            holes.setdefault(shell, []).append(shapely.get_coordinates(filled[i]))
    shells = np.flatnonzero(depth % 2 == 0)
    parts = [
        shapely.Polygon(shapely.get_coordinates(filled[i]), holes.get(int(i), [])) for i in shells
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _nested(filled: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs (inner, outer) of rings of which one lies inside the other.

    Coordinates are rounded, so a vertex that touched an edge may stand a hair outside of it.
    """
    inner, outer = shapely.STRtree(filled).query(filled, predicate="intersects")
    area = shapely.area(filled)
    smaller = area[inner] < area[outer]
    inner, outer = inner[smaller], outer[smaller]
    metres = float(np.abs(shapely.total_bounds(filled)).max()) > _LONGITUDE[1]
    around = shapely.buffer(filled[outer], 2 * CLOSE_M if metres else _CLOSE_DEG, quad_segs=1)
    inside = shapely.covers(around, filled[inner])
    return inner[inside], outer[inside]


def zone_of_data(parcels: Iterable[PointParcel]) -> int | None:
    """Zone number that the eastings carry; None where they carry none."""
    for parcel in parcels:
        if parcel.geometry is not None:
            easting = parcel.geometry.bounds[0]
            return int(easting // _ZONE_STEP) if easting >= _PREFIXED_FROM else None
    return None


def _zone_notes(header: Mapping[str, str], parcels: Sequence[PointParcel]) -> list[Note]:
    stated, found = zone_of_header(header), zone_of_data(parcels)
    if stated is None or found is None or stated == found:
        return []
    return [Note("BPT-005", 0, {"stated": stated, "found": found})]
