"""Which field of the sender's file is which column of the product."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pandas as pd

from domain import schema
from domain.schema import Column, Kind
from ingest import values
from ingest.evidence import FieldMatch
from ingest.model import Finding

_NAME_BYTES: Final = 10
_BRACKETED: Final = re.compile(r"[(\[（【].*?[)\]）】]")
_NOISE: Final = re.compile(r"[\s_\-./:]+")
_SHOWN: Final = 60
_FINDINGS_PER_FIELD: Final = 1000
_RESERVED: Final = frozenset({"geometry", "bbox", "hilbert"})


@dataclass(frozen=True, slots=True)
class Plan:
    """Which source field becomes which column.

    Attributes:
        kind: What a row is.
        sources: Source field and how it was found, by column.
        rest: The other fields and the names under which they are kept.
    """

    kind: Kind
    sources: Mapping[str, tuple[str, str]]
    rest: Mapping[str, str]

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Source fields that are no column of the kind."""
        return tuple(self.rest)

    def source_of(self, column: str) -> str:
        """Source field of a column; empty where it has none."""
        return self.sources.get(column, ("", "none"))[0]


@dataclass(frozen=True, slots=True)
class Mapped:
    """Rows under the names of the product.

    Attributes:
        frame: n rows on the index of the source; typed known columns that the source has, then
            its other fields as text.
        findings: Cells that could not be read.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]


def canonical(name: str) -> str:
    """A field name without case, width, spaces and what stands in brackets."""
    plain = _BRACKETED.sub("", unicodedata.normalize("NFKC", name))
    return _NOISE.sub("", plain).casefold()


@cache
def synonyms(kind: Kind) -> dict[str, str]:
    """Column by canonical synonym; each belongs to one column of a kind."""
    known: dict[str, str] = {}
    for column in schema.columns(kind):
        for name in (*column.synonyms, column.column, column.zh, column.code):
            known[canonical(name)] = column.column
    return known


def fingerprint(kind: Kind, names: Sequence[str]) -> str:
    """Mark of a kind and its field names, the same for every file of one layout."""
    text = "\n".join([kind, *sorted(canonical(name) for name in names)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plan(names: Sequence[str], kind: Kind, chosen: Mapping[str, str], *, codec: str) -> Plan:
    """Find the source field of every column.

    Args:
        names: Names of the source fields.
        kind: What a row is.
        chosen: Source field by column, from a person; they go first, and empty text leaves a
            column without a source.
        codec: Encoding of the source; a name that fills its ten bytes may have been cut.
    """
    found = {column: (field, "choice") for column, field in chosen.items() if field in names}
    closed = set(chosen) | set(found)
    used = {field for field, _ in found.values()}
    for how in ("synonym", "cut"):
        for field in names:
            if field in used:
                continue
            column = _column_of(field, how, codec, kind)
            if column is not None and column not in found and column not in closed:
                found[column] = (field, how)
                used.add(field)
    taken = {c.column for c in schema.columns(kind)} | _RESERVED
    if schema.is_spatial(kind):
        taken |= set(schema.computed(kind))
    rest = {name: _free_name(name, taken) for name in names if name not in used}
    return Plan(kind, found, rest)


def _column_of(field: str, how: str, codec: str, kind: Kind) -> str | None:
    name = canonical(field)
    if how == "synonym":
        return synonyms(kind).get(name)
    if len(field.encode(codec, "replace")) < _NAME_BYTES - 1 or not name:
        return None
    columns = {column for known, column in synonyms(kind).items() if known.startswith(name)}
    return columns.pop() if len(columns) == 1 else None


def _free_name(name: str, taken: set[str]) -> str:
    """A name for a field that is kept as it is, never one of the product's own."""
    plain = name or "field"
    while plain in taken:
        plain += "_"
    taken.add(plain)
    return plain


def apply(fields: pd.DataFrame, how: Plan) -> Mapped:
    """Give the sender's fields the names and types of the product.

    Args:
        fields: n rows as read, indexed by row from 0; row 0 is row 1 of the sender.
        how: The mapping.
    """
    findings: list[Finding] = []
    typed: dict[str, pd.Series] = {}
    for column in schema.columns(how.kind):
        field = how.source_of(column.column)
        if field:
            typed[column.column] = _typed(fields[field], column, findings)
    for field, name in how.rest.items():
        typed[name] = values.text(fields[field])
    return Mapped(pd.DataFrame(typed, index=fields.index), tuple(findings))


def matches(how: Plan, fields: pd.DataFrame) -> tuple[FieldMatch, ...]:
    """The mapping with a sample value of each source field.

    Args:
        how: The mapping.
        fields: Some rows as read.
    """
    out = []
    for column in schema.columns(how.kind):
        field, found = how.sources.get(column.column, ("", "none"))
        sample = _sample(fields[field]) if field else ""
        out.append(
            FieldMatch.model_validate(
                {"column": column.column, "source": field, "sample": sample, "how": found}
            )
        )
    return tuple(out)


def _typed(series: pd.Series, column: Column, findings: list[Finding]) -> pd.Series:
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
    first = there.iloc[0] if len(there) else ""
    # A column of whole numbers with gaps is one of floats; the sender wrote 2024, not 2024.0.
    whole = isinstance(first, float) and first.is_integer()
    return (f"{first:.0f}" if whole else str(first))[:_SHOWN]
