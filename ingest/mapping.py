"""Which field of the sender's file is which column of the product."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pandas as pd

from domain import parcels
from ingest import values
from ingest.evidence import FieldMatch
from ingest.model import Finding

_NAME_BYTES: Final = 10
_BRACKETED: Final = re.compile(r"[(\[（【].*?[)\]）】]")
_NOISE: Final = re.compile(r"[\s_\-./:]+")
_SHOWN: Final = 60
_FINDINGS_PER_FIELD: Final = 1000


@dataclass(frozen=True, slots=True)
class Mapped:
    """The known columns of a layer.

    Attributes:
        frame: n rows on the index of the source; typed known columns that the source has, then
            its other fields as text.
        matches: Source of every known column.
        unmapped: Names of the other fields.
        findings: Cells that could not be read.
    """

    frame: pd.DataFrame
    matches: tuple[FieldMatch, ...]
    unmapped: tuple[str, ...]
    findings: tuple[Finding, ...]


def canonical(name: str) -> str:
    """A field name without case, width, spaces and what stands in brackets."""
    plain = _BRACKETED.sub("", unicodedata.normalize("NFKC", name))
    return _NOISE.sub("", plain).casefold()


@cache
def _synonyms() -> dict[str, str]:
    """Column by canonical synonym; a synonym listed twice belongs to the first column."""
    known: dict[str, str] = {}
    for column in parcels.columns():
        for name in (*column.synonyms, column.column, column.zh, column.code):
            known.setdefault(canonical(name), column.column)
    return known


def match_fields(
    fields: Sequence[str], chosen: Mapping[str, str], *, codec: str
) -> dict[str, tuple[str, str]]:
    """Source field and the reason for it, by column.

    Args:
        fields: Names of the source fields.
        chosen: Source field by column, from a person; they go first.
        codec: Encoding of the source; a name that fills its ten bytes may have been cut.
    """
    found = {column: (field, "choice") for column, field in chosen.items() if field in fields}
    closed = set(chosen) | set(found)
    taken = {field for field, _ in found.values()}
    for how in ("synonym", "cut"):
        for field in fields:
            if field in taken:
                continue
            column = _column_of(field, how, codec)
            if column is not None and column not in found and column not in closed:
                found[column] = (field, how)
                taken.add(field)
    return found


def _column_of(field: str, how: str, codec: str) -> str | None:
    name = canonical(field)
    if how == "synonym":
        return _synonyms().get(name)
    if len(field.encode(codec, "replace")) < _NAME_BYTES - 1 or not name:
        return None
    columns = {column for synonym, column in _synonyms().items() if synonym.startswith(name)}
    return columns.pop() if len(columns) == 1 else None


def apply(fields: pd.DataFrame, chosen: Mapping[str, str], *, codec: str) -> Mapped:
    """Give the sender's fields the names and types of the product.

    Args:
        fields: n rows as read, RangeIndex from 0; row 0 is row 1 of the sender.
        chosen: Source field by column, from a person.
        codec: Encoding of the source.
    """
    found = match_fields(list(fields.columns), chosen, codec=codec)
    findings: list[Finding] = []
    typed: dict[str, pd.Series] = {}
    matches: list[FieldMatch] = []
    for column in parcels.columns():
        field, how = found.get(column.column, ("", "none"))
        sample = ""
        if field:
            series = _typed(fields[field], column, findings)
            typed[column.column] = series
            sample = _sample(fields[field])
        matches.append(
            FieldMatch.model_validate(
                {"column": column.column, "source": field, "sample": sample, "how": how}
            )
        )
    used = {field for field, _ in found.values()}
    rest = [name for name in fields.columns if name not in used]
    known = set(typed) | {c.column for c in parcels.columns()} | set(parcels.COMPUTED)
    for name in rest:
        typed[_free_name(name, known)] = values.text(fields[name])
    frame = pd.DataFrame(typed, index=fields.index)
    return Mapped(frame, tuple(matches), tuple(rest), tuple(findings))


def _free_name(name: str, taken: set[str]) -> str:
    """A name for a field that is kept as it is, never one of the product's own."""
    plain = name or "field"
    while plain in taken or plain == "geometry":
        plain += "_"
    taken.add(plain)
    return plain


def _typed(series: pd.Series, column: parcels.Column, findings: list[Finding]) -> pd.Series:
    """A field read as the type of a column; unreadable cells become findings."""
    if column.dtype == "string":
        return values.text(series)
    readers = {
        "float64": (values.numbers, "VAL-002"),
        "date": (values.dates, "VAL-001"),
        "bool": (values.flags, "VAL-008"),
    }
    reader, code = readers[column.dtype]
    out, bad = reader(series)
    for row in series.index[bad.to_numpy()][:_FINDINGS_PER_FIELD]:
        shown = str(series.loc[row])[:_SHOWN]
        findings.append(
            Finding(code=code, row=int(row) + 1, values={"field": str(series.name), "value": shown})
        )
    return out


def _sample(series: pd.Series) -> str:
    """First value that is there, as text."""
    there = series.dropna()
    return str(there.iloc[0])[:_SHOWN] if len(there) else ""
