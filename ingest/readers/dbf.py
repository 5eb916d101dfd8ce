"""The attribute table of a shapefile (.dbf): its header, its records, its damage.

Records have one length, so any stretch of them is one read; columns are cut out of it as arrays.
What a record cannot tell (a number that did not fit, a character cut in half) is said with its row
and field, and a record that was marked as deleted stays a row.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ingest.model import Finding, RefusedError
from ingest.readers.dbf_columns import Column, read_column

_HEADER: Final = 32
_DESCRIPTOR: Final = 32
_END: Final = 0x0D
_DELETED: Final = ord("*")
_WINDOWS: Final = 8
_SNIFF_ROWS: Final = 250
_MOST: Final = 1000
"""Findings of one field and stretch that are listed one by one."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Field:
    """A field descriptor.

    Attributes:
        name: Raw name.
        kind: Type letter.
        offset: First byte in a record, the mark of deletion counted.
        width: Bytes.
        decimals: Places behind the point.
    """

    name: bytes
    kind: str
    offset: int
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Table:
    """A .dbf, opened.

    Attributes:
        path: The file.
        stated: Records that the header states.
        stored: Whole records that the file holds.
        header_size: Bytes before the first record.
        record_size: Bytes of a record.
        updated: Date of the last change; None where the header states none.
        ldid: Language byte.
        fields: Field descriptors.
    """

    path: Path
    stated: int
    stored: int
    header_size: int
    record_size: int
    updated: dt.date | None
    ldid: int
    fields: tuple[Field, ...]

    @property
    def whole(self) -> bool:
        """The header states as many records as there are bytes for."""
        left = self.path.stat().st_size - self.header_size - self.stated * self.record_size
        # Writers disagree on whether an end mark follows the last record.
        return 0 <= left <= 1 + self.record_size // 2

    def block(self, start: int, stop: int) -> Bytes:
        """Raw records ``start`` to ``stop``, one a row; fewer where the file ends."""
        stop = min(stop, self.stored)
        count = max(stop - start, 0) * self.record_size
        with self.path.open("rb") as f:
            f.seek(self.header_size + start * self.record_size)
            data = f.read(count)
        m = len(data) // self.record_size
        return np.frombuffer(data, np.uint8, m * self.record_size).reshape(m, self.record_size)


def open_table(path: Path) -> Table:
    """Read the header of a .dbf.

    Raises:
        RefusedError: It is cut or its fields do not fit its records.
    """
    with path.open("rb") as f:
        head = f.read(_HEADER)
        if len(head) < _HEADER:
            raise RefusedError("FIL-019")
        stated, header_size, record_size = struct.unpack("<IHH", head[4:12])
        descriptors = f.read(max(header_size - _HEADER, 0))
    fields = _fields(descriptors)
    needed = 1 + sum(field.width for field in fields)
    size = path.stat().st_size
    if not fields or record_size < needed or header_size > size:
        raise RefusedError("FIL-019")
    try:
        updated = dt.date(head[1] + 1900, head[2], head[3])
    except ValueError:
        updated = None
    stored = (size - header_size) // record_size
    return Table(path, stated, stored, header_size, record_size, updated, head[29], fields)


def _fields(descriptors: bytes) -> tuple[Field, ...]:
    found, offset = [], 1
    for start in range(0, len(descriptors) - _DESCRIPTOR + 1, _DESCRIPTOR):
        raw = descriptors[start : start + _DESCRIPTOR]
        if raw[0] == _END:
            break
        field = Field(raw[:11].split(b"\0")[0], chr(raw[11]), offset, raw[16], raw[17])
        found.append(field)
        offset += field.width
    return tuple(found)


def sniff(table: Table) -> list[bytes]:
    """Raw text values from several places over the table, then the raw field names."""
    most = min(table.stated, table.stored)
    texts = [field for field in table.fields if field.kind == "C" and field.width]
    starts = np.linspace(0, max(most - _SNIFF_ROWS, 0), _WINDOWS, dtype=int)
    values: list[bytes] = []
    for start in dict.fromkeys(starts.tolist()):
        block = table.block(start, min(start + _SNIFF_ROWS, most))
        for record in block:
            raw = record.tobytes()
            values.extend(
                raw[f.offset : f.offset + f.width].split(b"\0")[0].rstrip() for f in texts
            )
    return [value for value in values if value] + [field.name for field in table.fields]


@dataclass(frozen=True)
class Records:
    """A stretch of records.

    Attributes:
        fields: m rows, RangeIndex from ``start``.
        deleted: m flags of records that are marked as deleted.
        findings: What was odd; row numbers from 1 over the whole table.
    """

    fields: pd.DataFrame
    deleted: npt.NDArray[np.bool_]
    findings: tuple[Finding, ...]


def read(table: Table, names: Sequence[str], codec: str, start: int, stop: int) -> Records:
    """Read a stretch of records.

    Args:
        table: The table.
        names: Decoded, unique name of every field.
        codec: Python codec of its text.
        start: First record, from 0.
        stop: Record behind the last one.
    """
    block = table.block(start, stop)
    has_nul = len(block) > 0 and int(block.min()) == 0
    findings: list[Finding] = []
    columns = {}
    for name, field in zip(names, table.fields, strict=True):
        cut = block[:, field.offset : field.offset + field.width]
        column = read_column(cut, field.kind, field.decimals, codec, has_nul=has_nul)
        columns[name] = column.cells
        findings.extend(_told(column, name, start))
    deleted = block[:, 0] == _DELETED
    findings.extend(
        Finding(code="FIL-021", row=start + int(i) + 1) for i in np.flatnonzero(deleted)
    )
    frame = pd.DataFrame(columns, index=pd.RangeIndex(start, start + len(block)))
    return Records(frame, deleted, tuple(findings))


def _told(column: Column, name: str, start: int) -> list[Finding]:
    return [
        Finding(
            code=oddity.code,
            row=start + oddity.row + 1,
            values={"field": name} | ({"value": oddity.value} if oddity.value else {}),
        )
        for oddity in column.oddities[:_MOST]
    ]
