"""Cells of a table of yearly figures as typed values; what cannot be read is told, not guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from domain import code_lists
from domain.indicators import UNITS, WORDS
from domain.schema import Column, YearlyKind
from ingest import values
from ingest.indicator_checks import named
from ingest.indicator_headings import Heading, plain
from ingest.model import Finding, Value

_SUFFIX: Final = re.compile(r"^[+-]?[\d.,]+(?:e[+-]?\d+)?(?P<unit>[^\d.,]+)$", re.ASCII)
_YEAR: Final = re.compile(r"^(\d{4})(?:\.0+)?(?:年|年度)?$", re.ASCII)
_SHOWN: Final = 40
_DECIMALS: Final = 6
"""A figure that was written in hectares comes back as it was, without the noise of the unit."""
_EXACT: Final = 2.0**53
"""Up to here a float holds every whole number."""


def typed(
    records: pd.DataFrame, headings: Sequence[Heading], kind: YearlyKind = "indicators"
) -> tuple[pd.DataFrame, list[Finding]]:
    """Values of every recognised column in stored units.

    Args:
        records: n records as the sender wrote them, index from 1.
        headings: What their columns are.
        kind: Table that they belong to.

    Returns:
        n rows on the same index, one column for each heading, and a finding for every cell that
        holds something else than its column asks for (``IND-010``, ``IND-013``, ``ENT-010``).
    """
    out: dict[str, pd.Series] = {}
    told: list[Finding] = []
    for heading in headings:
        column, cells = heading.column, records[heading.field]
        if column.column == "year":
            found, bad = _years(cells)
        elif (kind, column.column) in WORDS:
            found, bad = _coded(cells, code_lists.LIST_OF[kind, column.column])
        elif column.dtype == "bool":
            found, bad = values.flags(cells)
        elif column.dtype == "float64":
            found, bad = _figures(cells, heading)
        elif column.dtype == "date":
            found, bad = values.dates(cells)
        else:
            found, bad = _text(cells), pd.Series(data=False, index=cells.index)
        out[column.column] = found
        told += _told(cells, bad, column, kind)
    return pd.DataFrame(out, index=records.index), told


def _told(cells: pd.Series, bad: pd.Series, column: Column, kind: YearlyKind) -> list[Finding]:
    flags = column.dtype == "bool"
    listed = WORDS.get((kind, column.column), {})
    words = flags or bool(listed)
    zh = ["是", "否"] if flags else [zh for zh, _ in listed.values()]
    en = ["是", "否"] if flags else [en for _, en in listed.values()]
    choice: dict[str, Value] = {"words": "、".join(zh), "words_en": ", ".join(en)}
    plain_code = "ENT-010" if column.dtype == "date" else "IND-010"
    told = []
    for row, cell in cells[bad].items():
        values = named(column) | {"text": str(cell)[:_SHOWN]} | (choice if words else {})
        code = "IND-013" if words else plain_code
        told.append(Finding(code=code, row=int(str(row)), values=values))
    return told


def _figures(cells: pd.Series, heading: Heading) -> tuple[pd.Series, pd.Series]:
    """Numbers in the stored unit; a cell in another unit than its heading cannot be read."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return _finite((cells.astype("float64") * heading.factor).round(_DECIMALS))
    if not (pd.api.types.is_string_dtype(cells.dtype) or cells.dtype == object):
        # Dates and yes or no where a number should stand.
        return pd.Series(np.nan, index=cells.index), cells.notna()
    texts = _text(cells)
    units = texts.map(_unit_of, na_action="ignore").astype("string").fillna("")
    factors = units.map(UNITS[heading.column.unit]).astype("float64")
    other = (units != "") & (factors != heading.factor)
    bare = texts.where(units == "", texts.str.replace(r"[^\d.,+\-eE]+$", "", regex=True))
    found, bad = values.numbers(bare.where(~other))
    finite, broken = _finite((found * heading.factor).round(_DECIMALS))
    return finite, bad | other | broken


def _text(cells: pd.Series) -> pd.Series:
    """Trimmed text; numbers that are no whole ones within reach are written as they are."""
    if pd.api.types.is_float_dtype(cells.dtype) and bool((cells.abs() > _EXACT).any()):
        cells = pd.Series([None if pd.isna(v) else repr(v) for v in cells], index=cells.index)
    return values.text(cells)


def _unit_of(text: str) -> str:
    match = _SUFFIX.match(unicodedata.normalize("NFKC", text).replace(" ", ""))
    return plain(match["unit"]) if match else ""


def _finite(numbers: pd.Series) -> tuple[pd.Series, pd.Series]:
    infinite = np.isinf(numbers)
    return numbers.mask(infinite), infinite


def _years(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Years as numbers: 2024, ``2024年``, or a date of that year."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return cells.dt.year.astype("float64"), pd.Series(data=False, index=cells.index)
    if pd.api.types.is_bool_dtype(cells.dtype):
        return pd.Series(np.nan, index=cells.index), cells.notna()
    texts = _text(cells)
    digits = texts.str.replace(" ", "").str.extract(_YEAR)[0]
    return digits.astype("float64"), digits.isna() & texts.notna()


def _coded(cells: pd.Series, name: str) -> tuple[pd.Series, pd.Series]:
    """Codes of a dictionary from its codes or names."""
    texts = _text(cells)
    codes = code_lists.code_of(name, texts)
    return codes, codes.isna() & texts.notna()
