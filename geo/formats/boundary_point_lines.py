"""Lines of a boundary-point text, sorted into header pairs, parcels and points.

Exporters disagree on brackets, commas, blanks, the place of the mark ``@`` and the number of
attributes, so a parcel line is anchored on the word for what it draws (点, 线, 面).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

KINDS: Final = frozenset({"点", "线", "面"})
"""Words for what a parcel line draws."""

_PUNCTUATION: Final = str.maketrans("，＠【】［］＝、", ",@[][]=,")
_HEADER_FIELDS: Final = 7
_KIND_AT: Final = 4
_WITH_RING: Final = 4
_HEAD: Final = 65536
_BLANKS: Final = "\ufeff \t\x00\x1a"


@dataclass(slots=True)
class RawParcel:
    """A parcel while its lines are read.

    Attributes:
        row: Number of the parcel in the file, from 1.
        line: Line of the text on which it starts, from 1.
        fields: Attributes: points, area, number, name, kind, sheet, use, class, then any others.
        rings: Ring number of every point.
        points: The two numbers of every point, in the order of the file.
        bad_lines: Lines that are no point.
    """

    row: int
    line: int
    fields: list[str]
    rings: list[str] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    bad_lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Scan:
    """The lines of a text.

    Attributes:
        header: Pairs of the attribute section; of repeated ones the first.
        parcels: Parcels in file order.
        stray: Lines of numbers before the first parcel.
        changed: Header keys that a later attribute section states differently.
    """

    header: dict[str, str] = field(default_factory=dict)
    parcels: list[RawParcel] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def looks_like(text: str) -> bool:
    """Whether a text is a boundary-point file, by its sections or its first parcel line."""
    head = text[:_HEAD].translate(_PUNCTUATION)
    if "[地块坐标]" in head or "[属性描述]" in head:
        return True
    return any(_is_parcel_line(_split(line), line) for line in head.splitlines()[:200])


def scan(text: str) -> Scan:
    """Sort the lines of a text."""
    found = Scan()
    in_attributes = True
    for number, original in enumerate(text.splitlines(), start=1):
        text_line = original.strip(_BLANKS)
        line = text_line.translate(_PUNCTUATION)
        if not line:
            continue
        if line.startswith("[") and "]" in line:
            in_attributes = "属性描述" in line
            continue
        fields = _split(line)
        if "=" in fields[0]:
            if in_attributes:
                _add_pair(found, text_line)
        elif _is_parcel_line(fields, line):
            row = len(found.parcels) + 1
            found.parcels.append(RawParcel(row, number, _attributes(text_line, line)))
        elif found.parcels:
            _add_point(found.parcels[-1], fields, number)
        elif _point(fields) is not None:
            found.stray.append(number)
    return found


def _add_pair(found: Scan, line: str) -> None:
    key, value = (part.strip() for part in re.split("[=＝]", line, maxsplit=1))
    if found.header.setdefault(key, value) != value and value:
        found.changed.append(key)


def _split(line: str) -> list[str]:
    """Fields between commas; where there is none, between blanks."""
    return [part.strip() for part in line.split(",")] if "," in line else line.split() or [""]


def _attributes(original: str, line: str) -> list[str]:
    """Attributes of a parcel line in the usual order.

    Where ASCII commas part them, full-width marks belong to the values. Some tools move the mark
    to the start of the line or put further attributes before the word for the kind.
    """
    exact = original.count(",") >= _HEADER_FIELDS
    fields = _split((original if exact else line).replace("@", "").removeprefix("＠"))
    if len(fields) > 1 and not fields[0] and line.startswith("@"):
        fields = fields[1:]
    at = next((i for i, value in enumerate(fields) if value in KINDS), _KIND_AT)
    if at > _KIND_AT and fields[_KIND_AT] not in KINDS:
        moved = fields[:2] + fields[at - 2 : at]
        return moved + fields[at : at + 4] + fields[2 : at - 2] + fields[at + 4 :]
    return fields


def _is_parcel_line(fields: Sequence[str], line: str) -> bool:
    if "@" in line:
        return True
    return len(fields) >= _HEADER_FIELDS and "=" not in line and not KINDS.isdisjoint(fields)


def _point(fields: Sequence[str]) -> tuple[str, float, float] | None:
    """Ring number and coordinates of a line; None where it is no point."""
    with_ring = len(fields) >= _WITH_RING
    first = 2 if with_ring else 1
    try:
        a, b = number_of(fields[first]), number_of(fields[first + 1])
    except (ValueError, IndexError):
        return None
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    return fields[1] if with_ring else "1", a, b


def _add_point(raw: RawParcel, fields: Sequence[str], number: int) -> None:
    """Append one boundary point, or remember the line that is none."""
    point = _point(fields)
    if point is None:
        raw.bad_lines.append(number)
        return
    ring, a, b = point
    raw.rings.append(ring)
    raw.points.append((a, b))


def number_of(text: str) -> float:
    """A number that may be written in full-width digits.

    Raises:
        ValueError: It is none.
    """
    try:
        return float(text)
    except ValueError:
        return float(unicodedata.normalize("NFKC", text))


def number_or_nan(text: str) -> float:
    """A number, or NaN where there is none."""
    try:
        return number_of(text)
    except ValueError:
        return math.nan


def zone_of_header(header: Mapping[str, str]) -> int | None:
    """Zone number that the header states; None where it states none."""
    try:
        return int(number_of(header.get("带号", "")))
    except (ValueError, OverflowError):
        return None
