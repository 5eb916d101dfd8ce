"""Workbooks: typed columns with units, filters on top, and a sheet of sources."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "count", "number", "plain", "area", "hectares", "share", "date", "flag"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""What a workbook is handed out as."""

_NUMBER: Final[dict[Kind, str]] = {
    "text": "@",
    "count": "#,##0",
    "number": "#,##0.00",
    "plain": "General",
    "area": "#,##0.00",
    "hectares": "0.0000",
    "share": "0.0%",
    "date": "yyyy-mm-dd",
    "flag": "@",
}
CELL_CHARACTERS: Final = 32_767
"""Characters that a cell holds."""

_LONGEST_NAME: Final = 31
_WIDEST: Final = 46
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
# Control characters that XML 1.0 cannot hold.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a workbook sheet.

    Attributes:
        name: Column of the frame.
        head: Heading without unit.
        kind: How its values are written; numbers stay numbers and dates dates.
        unit: Unit, printed in the heading.
        factor: What numbers are multiplied with (from stored to printed unit).
        total: The row of totals adds its values up; only where they are numbers by their dtype.
    """

    name: str
    head: str
    kind: Kind = "text"
    unit: str = ""
    factor: float = 1.0
    total: bool = False

    @property
    def title(self) -> str:
        """Heading with unit."""
        return f"{self.head} ({self.unit})" if self.unit else self.head


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook.

    Attributes:
        name: Name of the sheet.
        frame: n rows; columns that :attr:`columns` does not name are left out.
        columns: What is written, from left to right.
        demonstration: The rows are made up; the sheet says so in its first line.
        total_label: First cell of the row of totals under the rows; empty for no such row.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    columns: tuple[Column, ...]
    demonstration: bool = False
    total_label: str = ""


def write_workbook(
    sheets: Sequence[Sheet],
    *,
    notes: Mapping[str, str],
    notes_name: str = "来源 Source",
    mark: str = "演示数据 · demonstration data",
    created: dt.datetime | None = None,
) -> bytes:
    """Write tables with their provenance as XLSX.

    Texts are written as texts whatever they begin with; nothing from data becomes a formula or a
    link. The only formulas are those of a row of totals, over cells of numbers. Missing values stay
    empty cells. The same arguments give the same bytes.

    Args:
        sheets: Tables, in order; demonstration tables carry ``mark`` above their heading.
        notes: Dataset versions, rules, filters, day, drawing unit ... by heading, written to the
            last sheet.
        notes_name: Name of that sheet.
        mark: Words of the demonstration mark.
        created: Time noted in the file; None notes a fixed one.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": created or dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        taken: set[str] = set()
        for sheet in sheets:
            _write_sheet(book, sheet, _free_name(sheet.name, taken), mark)
        demonstration = any(sheet.demonstration for sheet in sheets)
        lines = {**({mark: ""} if demonstration else {}), **notes}
        _write_notes(book, _free_name(notes_name, taken), lines)
    return buffer.getvalue()


def _free_name(name: str, taken: set[str]) -> str:
    """A sheet name that Excel accepts and no other sheet has."""
    clean = _FORBIDDEN.sub(" ", _CONTROL.sub("", name)).strip().strip("'")[:_LONGEST_NAME]
    base, out, n = clean or "Sheet", clean or "Sheet", 2
    while out.lower() in taken:
        tail = f" ({n})"
        out, n = base[: _LONGEST_NAME - len(tail)] + tail, n + 1
    taken.add(out.lower())
    return out


def _write_sheet(book: Workbook, sheet: Sheet, name: str, mark: str) -> None:
    page = book.add_worksheet(name)
    top = 0
    if sheet.demonstration:
        warning = book.add_format({"bold": True, "font_color": "#8C1D18"})
        page.write_string(0, 0, mark, warning)
        top = 1
    head = book.add_format(
        {"bold": True, "bg_color": "#EDF3F9", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    )
    for i, column in enumerate(sheet.columns):
        page.write_string(top, i, cell_text(column.title), head)
        cells = book.add_format({"num_format": _NUMBER[column.kind]})
        values = sheet.frame[column.name]
        _write_column(page, top + 1, i, column, values, cells)
        page.set_column(i, i, _width(column, values))
    if sheet.total_label and len(sheet.frame):
        _write_totals(book, page, sheet, top + 1)
    page.freeze_panes(top + 1, 1)
    if sheet.columns:
        page.autofilter(top, 0, top + len(sheet.frame), len(sheet.columns) - 1)


def _write_column(
    page: Worksheet, top: int, i: int, column: Column, values: pd.Series, cells: Format
) -> None:
    for row, value in enumerate(values.tolist(), start=top):
        if value is None or value is pd.NA or value is pd.NaT:
            continue
        if isinstance(value, float) and not math.isfinite(value):
            continue
        _write_cell(page, row, i, column, value, cells)


def _write_totals(book: Workbook, page: Worksheet, sheet: Sheet, first: int) -> None:
    """One row under the rows, a formula where a column adds up; it carries its value as well."""
    last = first + len(sheet.frame) - 1
    bold = book.add_format({"bold": True, "top": 1})
    page.write_string(last + 1, 0, cell_text(sheet.total_label), bold)
    for i, column in enumerate(sheet.columns):
        values = sheet.frame[column.name]
        numbers = pd.api.types.is_numeric_dtype(values.dtype)
        if i == 0 or not column.total or not numbers or column.kind in {"text", "date", "flag"}:
            continue
        cells = book.add_format({"bold": True, "top": 1, "num_format": _NUMBER[column.kind]})
        name = xl_col_to_name(i)
        total = float(values.sum()) * column.factor
        formula = f"=SUM({name}{first + 1}:{name}{last + 1})"
        page.write_formula(last + 1, i, formula, cells, total)


def _write_cell(
    page: Worksheet, row: int, i: int, column: Column, value: object, cells: Format
) -> None:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if column.kind == "date" and isinstance(value, dt.date | pd.Timestamp):
        page.write_datetime(row, i, pd.Timestamp(value).to_pydatetime(), cells)
    elif column.kind not in {"text", "flag", "date"} and is_number:
        page.write_number(row, i, float(value) * column.factor, cells)  # type: ignore[arg-type]
    elif isinstance(value, bool):
        page.write_boolean(row, i, value)
    else:
        page.write_string(row, i, cell_text(str(value)), cells)


def cell_text(text: str) -> str:
    """Text without characters that a worksheet cannot hold, at the length of a cell."""
    return _CONTROL.sub("", text)[:CELL_CHARACTERS]


def _width(column: Column, values: pd.Series) -> float:
    """Width in characters; Chinese characters count twice."""
    sample = [column.title, *(str(v) for v in values.head(200).tolist() if not pd.isna(v))]
    if column.kind != "text":
        sample = [column.title, "0,000,000.00"]
    longest = max(sum(2 if ord(c) > 0x2E7F else 1 for c in text) for text in sample)  # noqa: PLR2004
    return min(longest + 2.0, _WIDEST)


def _write_notes(book: Workbook, name: str, notes: Mapping[str, str]) -> None:
    page = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    for row, (head, text) in enumerate(notes.items()):
        page.write_string(row, 0, cell_text(head), bold)
        page.write_string(row, 1, cell_text(text), wrapped)
