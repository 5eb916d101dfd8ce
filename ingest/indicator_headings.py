"""Headings of a table of yearly figures: which figure a column is, and in which unit.

The unit stands in the last bracket of a heading, ``可开发建设土地面积(公顷)``. A unit that is not
known is never guessed; a heading without one is taken in the unit of the template, and told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

from domain import indicators
from domain.indicators import KEY, UNITS, printed_unit
from domain.schema import Column, YearlyKind
from ingest import mapping
from ingest.evidence import FieldMatch
from ingest.model import Finding

_UNIT: Final = re.compile(r"^(?P<name>.*?)[(\[](?P<unit>[^()\[\]]*)[)\]]$")
_SPACE: Final = re.compile(r"[\s_]+")
_SHOWN: Final = 12
_LONG: Final = 60
_AREA: Final = "m2"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Heading:
    """A column of the workbook that was recognised.

    Attributes:
        field: The heading as the sender wrote it.
        column: The column of the product.
        factor: What its numbers are multiplied with.
        unit: The unit in which its numbers are read; empty where they have none.
        how: Whether its words or a person said so.
    """

    field: str
    column: Column
    factor: float
    unit: str = ""
    how: Literal["synonym", "choice"] = "synonym"


def plain(text: str) -> str:
    """A word for comparison: one width, no spaces, lower case."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _by_word(kind: YearlyKind) -> dict[str, Column]:
    words: dict[str, Column] = {}
    for column in indicators.columns(kind):
        for word in (column.column, column.zh, column.en, column.code, *column.synonyms):
            words.setdefault(plain(word), column)
    return words


def columns_of(names: Iterable[str], kind: YearlyKind = "indicators") -> frozenset[str]:
    """Columns that some headings mean, whatever their units."""
    found = (_read(name, kind)[0] for name in names)
    return frozenset(column.column for column in found if column is not None)


def recognise(
    names: Sequence[str],
    chosen: Mapping[str, str] = _NOTHING,
    *,
    area_unit: str = "",
    kind: YearlyKind = "indicators",
) -> tuple[list[Heading], list[Finding]]:
    """The figures among the headings of a sheet.

    Args:
        names: The sender's headings.
        chosen: Heading by column, from a person; they go first, and empty text leaves a column
            without a heading.
        area_unit: Unit of areas whose heading names none, from a person.
        kind: Table that they belong to.

    Returns:
        Recognised headings, at most one per column of the product, and what was odd: a unit that
        is not known (``IND-005``, the column is not read), a column given twice (``IND-004``,
        neither is read), no unit (``IND-006``), headings that mean nothing here (``IND-003``).
    """
    by_name = {c.column: c for c in indicators.columns(kind)}
    by_hand = {field: by_name[name] for name, field in chosen.items() if field in names}
    found: list[Heading] = []
    told: list[Finding] = []
    strange: list[str] = []
    for name in names:
        column, unit = _read(name, kind)
        if name in by_hand:
            column = by_hand[name]
        elif column is not None and column.column in chosen:
            continue
        if column is None:
            strange.append(name[:_LONG])
        elif column.column != KEY:
            heading, finding = _in_unit(name, column, unit, area_unit, kind)
            if heading is not None:
                how: Literal["synonym", "choice"] = "choice" if name in by_hand else "synonym"
                found.append(replace(heading, how=how))
            told += [finding] if finding else []
    twice = _twice(found)
    for code, fields in twice.items():
        values = {"column": code, "fields": "、".join(f[:_LONG] for f in fields)}
        told.append(Finding(code="IND-004", values=values))
    if strange:
        shown = "、".join(strange[:_SHOWN])
        told.append(Finding(code="IND-003", values={"n": len(strange), "fields": shown}))
    return [h for h in found if h.column.zh not in twice], told


def plan(
    names: Sequence[str], headings: Sequence[Heading], kind: YearlyKind = "indicators"
) -> mapping.Plan:
    """Recognised headings as the mapping of a sheet; the others are its rest."""
    sources = {h.column.column: (h.field, h.how) for h in headings}
    used = {heading.field for heading in headings}
    return mapping.Plan(kind, sources, {name: name for name in names if name not in used})


def with_units(
    matches: Iterable[FieldMatch], headings: Sequence[Heading]
) -> tuple[FieldMatch, ...]:
    """A mapping that says in which unit each heading was read; the key is made, not read."""
    units = {heading.column.column: heading.unit for heading in headings}
    return tuple(
        m.model_copy(update={"unit": units.get(m.column, "")}) for m in matches if m.column != KEY
    )


def _read(name: str, kind: YearlyKind) -> tuple[Column | None, str]:
    """The column that a heading means, and the word in its last bracket."""
    words, text = _by_word(kind), plain(name)
    if text in words:
        return words[text], ""
    match = _UNIT.match(text)
    if match is None:
        return None, ""
    return words.get(match["name"]), match["unit"]


def _in_unit(
    name: str, column: Column, unit: str, area_unit: str, kind: YearlyKind
) -> tuple[Heading | None, Finding | None]:
    if column.dtype != "float64":
        return Heading(name, column, 1.0), None
    units = UNITS[column.unit]
    chosen = area_unit if column.unit == _AREA and not unit else ""
    if unit in units or chosen:
        return Heading(name, column, units[unit or chosen], unit or chosen), None
    if unit:
        values = {"field": name[:_LONG], "unit": unit[:_LONG], "units": "、".join(units)}
        return None, Finding(code="IND-005", values=values)
    if column.unit in {"", "%", "years"}:
        return Heading(name, column, 1.0, printed_unit(column, kind)[0]), None
    usual = printed_unit(column, kind)[0]
    told = Finding(code="IND-006", values={"field": name[:_LONG], "unit": usual})
    return Heading(name, column, units[usual], usual), told


def _twice(found: Sequence[Heading]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for heading in found:
        fields.setdefault(heading.column.zh, []).append(heading.field)
    return {name: those for name, those in fields.items() if len(those) > 1}
