"""Writes dBASE tables (.dbf), the attribute part of a shapefile, with full say over every field.

Libraries choose widths and cut texts by themselves; here the caller states width and decimals and
gives bytes that fit. Texts are cut nowhere but in :func:`fitted`, between characters.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from geo.errors import GanyuanError

Type = Literal["C", "N", "D", "L"]

NAME_BYTES: Final = 10
TEXT_BYTES: Final = 254
MOST_FIELDS: Final = 255
_DATE_WIDTH: Final = 8
_HEADER: Final = 32
_END_OF_HEADER: Final = b"\x0d"
_END_OF_FILE: Final = b"\x1a"
_FIRST_YEAR: Final = 1900

Bytes = npt.NDArray[np.uint8]


class DbfLimitError(GanyuanError):
    """More fields than a table holds."""

    code = "EXP-016"


@dataclass(frozen=True, slots=True)
class DbfField:
    """One field.

    Attributes:
        name: At most ten bytes in the encoding of the table.
        type: Text, number, date or flag.
        width: Bytes of a value.
        decimals: Digits behind the point of a number.
    """

    name: str
    type: Type
    width: int
    decimals: int = 0


def fitted(text: str, encoding: str, width: int = TEXT_BYTES) -> bytes:
    """A text in at most ``width`` bytes, cut between characters; ``?`` for what has no code."""
    data = text.replace("\x00", "").encode(encoding, "replace")
    if len(data) <= width:
        return data
    return data[:width].decode(encoding, "ignore").encode(encoding)


def short_names(names: Sequence[str], encoding: str) -> list[str]:
    """Names of at most ten bytes, cut between characters, no two alike in any case.

    Args:
        names: Wanted names; earlier ones are served first.
        encoding: Encoding of the table.
    """
    taken: set[str] = set()
    out: list[str] = []
    for wanted in names:
        plain = "".join(c if c.isalnum() or c == "_" else "_" for c in wanted)
        plain = plain.encode(encoding, "replace").decode(encoding).replace("?", "_") or "_"
        name, number = _cut(plain, encoding, NAME_BYTES), 1
        while name.upper() in taken:
            tail = f"_{number}"
            name = _cut(plain, encoding, NAME_BYTES - len(tail)) + tail
            number += 1
        taken.add(name.upper())
        out.append(name)
    return out


def _cut(name: str, encoding: str, width: int) -> str:
    return fitted(name, encoding, width).decode(encoding)


class DbfWriter:
    """Writes one table piece by piece.

    Args:
        out: Seekable; written from its current place, which must be its start.
        fields: Fields in order.
        encoding: Encoding of names and texts.
        language: Language driver byte: 0x4D for GBK, 0 for what a .cpg file states.
        day: Day noted in the header.

    Raises:
        DbfLimitError: There are more than 255 fields.
    """

    def __init__(
        self,
        out: BufferedIOBase,
        fields: Sequence[DbfField],
        *,
        encoding: str,
        language: int,
        day: dt.date,
    ) -> None:
        if len(fields) > MOST_FIELDS:
            raise DbfLimitError(
                f"{len(fields)} fields are more than the {MOST_FIELDS} of a shapefile",
                values={"n": len(fields), "limit": MOST_FIELDS},
            )
        self._out, self._fields, self._encoding = out, tuple(fields), encoding
        self._language, self._day = language, day
        self._rows = 0
        out.write(self._header())

    def _header(self) -> bytes:
        head = struct.pack(
            "<BBBBIHH17xB2x",
            3,
            self._day.year - _FIRST_YEAR,
            self._day.month,
            self._day.day,
            self._rows,
            header_bytes(len(self._fields)),
            record_bytes(self._fields),
            self._language,
        )
        described = [
            struct.pack(
                "<11s1s4xBB14x",
                field.name.encode(self._encoding),
                field.type.encode(),
                field.width,
                field.decimals,
            )
            for field in self._fields
        ]
        return head + b"".join(described) + _END_OF_HEADER

    def write(self, columns: Sequence[Bytes]) -> None:
        """Append rows.

        Args:
            columns: One array a field, of shape (n, width), as :func:`texts`, :func:`numbers`,
                :func:`dates` and :func:`flags` make them.
        """
        rows = len(columns[0])
        blank = np.full((rows, 1), ord(" "), dtype=np.uint8)  # not deleted
        self._out.write(np.hstack([blank, *columns]).tobytes())
        self._rows += rows

    def finish(self) -> None:
        """Write the end mark and the number of rows."""
        self._out.write(_END_OF_FILE)
        self._out.seek(0)
        self._out.write(self._header()[:_HEADER])


def header_bytes(fields: int) -> int:
    """Length of the header of a table."""
    return _HEADER * (fields + 1) + len(_END_OF_HEADER)


def record_bytes(fields: Sequence[DbfField]) -> int:
    """Length of one row, the deletion mark included."""
    return 1 + sum(field.width for field in fields)


def texts(values: Sequence[bytes], width: int) -> Bytes:
    """Texts that fit ``width`` as bytes of a field, blanks behind."""
    return _matrix([value.ljust(width) for value in values], width)


def numbers(values: npt.NDArray[np.float64], width: int, decimals: int) -> Bytes:
    """Numbers as digits on the right of a field; what is no number stays blank.

    A number that does not fit loses decimals, then becomes an exponent.
    """
    shown = [f"{value:{width}.{decimals}f}" for value in values.tolist()]
    out = [
        (text if len(text) <= width else _narrow(value, width)).encode()
        for text, value in zip(shown, values.tolist(), strict=True)
    ]
    blank = b" " * width
    finite = np.isfinite(values).tolist()
    return _matrix([text if ok else blank for text, ok in zip(out, finite, strict=True)], width)


def _narrow(value: float, width: int) -> str:
    digits = width - len("-1.e+308")
    return f"{value:.{digits}e}".rjust(width)[:width]


def dates(values: npt.NDArray[np.datetime64]) -> Bytes:
    """Dates as eight digits; missing ones, and years that need more than four digits, blank."""
    days = values.astype("datetime64[D]")
    known = (days >= np.datetime64("0001-01-01")) & (days <= np.datetime64("9999-12-31"))
    text = np.where(known, days, np.datetime64("2000-01-01")).astype(str)
    shown = [
        day.replace("-", "").encode() if ok else b" " * _DATE_WIDTH
        for day, ok in zip(text.tolist(), known.tolist(), strict=True)
    ]
    return _matrix(shown, _DATE_WIDTH)


def flags(values: Sequence[bool | None]) -> Bytes:
    """T, F, or a question mark for what is not known."""
    return _matrix([b"?" if value is None else b"T" if value else b"F" for value in values], 1)


def _matrix(values: Sequence[bytes], width: int) -> Bytes:
    joined = b"".join(values)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(values), width)
