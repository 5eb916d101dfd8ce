"""Headings of an indicator workbook: which figure a column is, and in which unit.

The unit stands in the last bracket of a heading, ``可开发建设土地面积(公顷)``. A unit that is not
known is never guessed; a heading without one is taken in the unit of the template, and told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain import indicators
from domain.indicators import KEY, PRINTED, UNITS
from domain.schema import Column
from ingest.model import Finding

_UNIT: Final = re.compile(r"^(?P<name>.*?)[(\[](?P<unit>[^()\[\]]*)[)\]]$")
_SPACE: Final = re.compile(r"[\s_]+")
_SHOWN: Final = 12
_LONG: Final = 60


@dataclass(frozen=True)
class Heading:
    """A column of the workbook that was recognised.

    Attributes:
        field: The heading as the sender wrote it.
        column: The column of the product.
        factor: What its numbers are multiplied with.
    """

    field: str
    column: Column
    factor: float


def plain(text: str) -> str:
    """A word for comparison: one width, no spaces, lower case."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _by_word() -> dict[str, Column]:
    words: dict[str, Column] = {}
    for column in indicators.columns():
        for word in (column.column, column.zh, column.en, column.code, *column.synonyms):
            words.setdefault(plain(word), column)
    return words


def recognise(names: Sequence[str]) -> tuple[list[Heading], list[Finding]]:
    """The figures among the headings of a sheet.

    Args:
        names: The sender's headings.

    Returns:
        Recognised headings, at most one per column of the product, and what was odd: a unit that
        is not known (``IND-005``, the column is not read), a column given twice (``IND-004``,
        neither is read), no unit (``IND-006``), headings that mean nothing here (``IND-003``).
    """
    found: list[Heading] = []
    told: list[Finding] = []
    strange: list[str] = []
    for name in names:
        column, unit = _read(name)
        if column is None:
            strange.append(name[:_LONG])
        elif column.column != KEY:
            heading, finding = _in_unit(name, column, unit)
            found += [heading] if heading else []
            told += [finding] if finding else []
    twice = _twice(found)
    for code, fields in twice.items():
        values = {"column": code, "fields": "、".join(f[:_LONG] for f in fields)}
        told.append(Finding(code="IND-004", values=values))
    if strange:
        shown = "、".join(strange[:_SHOWN])
        told.append(Finding(code="IND-003", values={"n": len(strange), "fields": shown}))
    return [h for h in found if h.column.zh not in twice], told


def _read(name: str) -> tuple[Column | None, str]:
    """The column that a heading means, and the word in its last bracket."""
    words, text = _by_word(), plain(name)
    if text in words:
        return words[text], ""
    match = _UNIT.match(text)
    if match is None:
        return None, ""
    return words.get(match["name"]), match["unit"]


def _in_unit(name: str, column: Column, unit: str) -> tuple[Heading | None, Finding | None]:
    if column.dtype != "float64":
        return Heading(name, column, 1.0), None
    units = UNITS[column.unit]
    if unit in units:
        return Heading(name, column, units[unit]), None
    if unit:
        values = {"field": name[:_LONG], "unit": unit[:_LONG], "units": "、".join(units)}
        return None, Finding(code="IND-005", values=values)
    if column.unit in {"", "%", "years"}:
        return Heading(name, column, 1.0), None
    usual = PRINTED[column.unit][0]
    told = Finding(code="IND-006", values={"field": name[:_LONG], "unit": usual})
    return Heading(name, column, units[usual]), told


def _twice(found: Sequence[Heading]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for heading in found:
        fields.setdefault(heading.column.zh, []).append(heading.field)
    return {name: those for name, those in fields.items() if len(those) > 1}
