"""Attributes of rows as XLSX and CSV that open without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from domain.i18n import Translator, translator
from export.dataset_fields import Field, Value
from export.dataset_notes import facts
from export.dataset_source import Rows
from export.dataset_types import Alias, Options, Tally, Tell, TooManyRowsError
from export.dataset_written import Written
from export.delimited import harmless
from export.workbook import CELL_CHARACTERS, cell_text

SHEET_ROWS: Final = 1_048_576
"""Rows of a worksheet, headings included."""

_FORMATS: Final[dict[Value, str]] = {
    "string": "@",
    "float64": "#,##0.00####",
    "int64": "0",
    "bool": "@",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
}
_WIDTH: Final[dict[Value, int]] = {"string": 22, "float64": 16, "int64": 10, "bool": 8, "date": 12,
                                   "time": 20}  # fmt: skip
_EXACT: Final = 2**53
_STEP: Final = 500


def write_csv(rows: Rows, path: Path, options: Options, tell: Tell) -> Written:
    """Write rows as CSV in UTF-8 with a byte-order mark; a made-up table says so on top."""
    t = translator(options.language)
    names = _heads(rows.fields, t)
    counted = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        if rows.demonstration:
            out.write(f"{t('exports.demonstration')}\r\n")
        head = pd.DataFrame([[harmless(name) for name in names]])
        head.to_csv(out, index=False, header=False, lineterminator="\r\n")
        for piece in rows.watched(tell):
            plain = pd.DataFrame(
                {i: _csv_column(piece[f.column], f.value) for i, f in enumerate(rows.fields)}
            )
            plain.to_csv(out, index=False, header=False, lineterminator="\r\n")
            counted += len(piece)
    return Written(counted, "utf-8", _aliases(rows.fields, names))


def _csv_column(values: pd.Series, value: Value) -> pd.Series:
    if value == "string":
        return values.astype("object").map(harmless, na_action="ignore")
    if value == "date":
        days: pd.Series = values.dt.strftime("%Y-%m-%d")
        return days
    if value == "float64":
        return values.replace([np.inf, -np.inf], np.nan)
    return values


def write_xlsx(rows: Rows, path: Path, options: Options, tell: Tell) -> Written:
    """Write rows as a workbook: rows with their units, the dictionary of fields, the sources.

    Raises:
        TooManyRowsError: They do not fit a worksheet.
    """
    t = translator(options.language)
    names = _heads(rows.fields, t, with_unit=False)
    long = {f.column: Tally("EXP-030", {"field": f.zh}) for f in rows.fields if f.value == "string"}
    settings = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(path, settings) as book:
        book.set_properties({"created": options.made_at.replace(tzinfo=None)})
        page = book.add_worksheet(t(f"exports.kind_{rows.kind}"))
        counted = _Page(book, page, rows, t).write(names, long, tell)
        _dictionary(book, rows.fields, names, t)
        _sources(book, facts(rows, options, None), t)
    return Written(counted, "utf-8", _aliases(rows.fields, names), tuple(long.values()))


class _Page:
    """The sheet with the rows; written from top to bottom, nothing is kept."""

    def __init__(
        self, book: xlsxwriter.Workbook, page: Worksheet, rows: Rows, t: Translator
    ) -> None:
        self._page, self._rows, self._t = page, rows, t
        self._head = book.add_format(
            {"bold": True, "bg_color": "#EDF3F9", "text_wrap": True, "valign": "vcenter"}
        )
        self._unit = book.add_format({"italic": True, "font_color": "#5A6672", "bottom": 1})
        self._mark = book.add_format({"bold": True, "font_color": "#8C1D18"})
        self._cells = {v: book.add_format({"num_format": f}) for v, f in _FORMATS.items()}

    def write(self, names: Sequence[str], long: dict[str, Tally], tell: Tell) -> int:
        page, fields = self._page, self._rows.fields
        top = 0
        for i, f in enumerate(fields):
            page.set_column(i, i, _WIDTH[f.value], self._cells[f.value])
        if self._rows.demonstration:
            page.write_string(0, 0, self._t("exports.demonstration"), self._mark)
            top = 1
        page.freeze_panes(top + 2, 1)
        for i, name in enumerate(names):
            page.write_string(top, i, cell_text(name), self._head)
        for i, f in enumerate(fields):
            page.write_string(top + 1, i, _unit(f, self._t), self._unit)
        return self._write_rows(top + 2, long, tell)

    def _write_rows(self, first: int, long: dict[str, Tally], tell: Tell) -> int:
        counted = 0
        for piece in self._rows.watched(tell, step=_STEP):
            if first + counted + len(piece) > SHEET_ROWS:
                rows = max(self._rows.total, counted + len(piece))
                raise TooManyRowsError(
                    f"{rows} rows do not fit a worksheet; choose CSV",
                    values={"rows": rows, "limit": SHEET_ROWS},
                )
            columns = [list(_values(piece[f.column], f.value)) for f in self._rows.fields]
            for f, column in zip(self._rows.fields, columns, strict=True):
                if f.column in long:
                    long[f.column].add(_too_long(column, counted))
            for i, line in enumerate(zip(*columns, strict=True)):
                self._write_line(first + counted + i, line)
            counted += len(piece)
        return counted

    def _write_line(self, row: int, line: Sequence[object]) -> None:
        for i, (value, f) in enumerate(zip(line, self._rows.fields, strict=True)):
            cells = self._cells[f.value]
            if value is None:
                continue
            if isinstance(value, str):
                self._page.write_string(row, i, cell_text(value), cells)
            elif f.value in {"date", "time"}:
                self._page.write_datetime(row, i, value, cells)
            elif isinstance(value, bool):
                self._page.write_boolean(row, i, value)
            else:
                self._page.write_number(row, i, value, cells)


def _too_long(column: Sequence[object], done: int) -> list[int]:
    return [
        done + i + 1
        for i, value in enumerate(column)
        if isinstance(value, str) and len(value) > CELL_CHARACTERS
    ]


def _values(values: pd.Series, value: Value) -> Iterator[Any]:
    """Values as cells take them; None for an empty cell."""
    missing = values.isna().to_numpy()
    if value == "float64":
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        yield from (x if ok else None for x, ok in zip(numbers.tolist(), np.isfinite(numbers),
                                                       strict=True))  # fmt: skip
    elif value == "int64":
        # A cell holds fifteen digits; longer numbers are texts like any other long code.
        whole = values.astype("object").tolist()
        yield from (
            None if no else (int(x) if abs(int(x)) < _EXACT else str(x))
            for x, no in zip(whole, missing, strict=True)
        )
    elif value in {"date", "time"}:
        moments = pd.to_datetime(values)
        if getattr(moments.dt, "tz", None) is not None:
            moments = moments.dt.tz_convert(None)
        pairs = zip(moments.tolist(), missing, strict=True)
        yield from (None if no else _moment(x) for x, no in pairs)
    else:
        kept = values.astype("object").tolist()
        yield from (
            None if no else (x if isinstance(x, bool) else str(x))
            for x, no in zip(kept, missing, strict=True)
        )


def _moment(value: pd.Timestamp) -> object:
    """A moment; a text where the calendar of worksheets, from 1900, has none."""
    first = 1900
    return value.to_pydatetime() if value.year > first else value.isoformat()


def _dictionary(
    book: xlsxwriter.Workbook, fields: Sequence[Field], names: Sequence[str], t: Translator
) -> None:
    page = book.add_worksheet(t("exports.sheet_dictionary"))
    bold = book.add_format({"bold": True, "bottom": 1})
    heads = ("head", "zh", "en", "column", "code", "type", "unit")
    for i, (head, width) in enumerate(zip(heads, (24, 20, 28, 24, 12, 10, 12), strict=True)):
        page.set_column(i, i, width)
        page.write_string(0, i, t(f"exports.field_{head}"), bold)
    for row, (f, name) in enumerate(zip(fields, names, strict=True), start=1):
        line = (name, f.zh, f.en, f.column, f.code, t(f"exports.value_{f.value}"), f.unit)
        for i, text in enumerate(line):
            page.write_string(row, i, cell_text(text))


def _sources(book: xlsxwriter.Workbook, lines: dict[str, str], t: Translator) -> None:
    page = book.add_worksheet(t("exports.sheet_sources"))
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 90)
    for row, (head, text) in enumerate(lines.items()):
        page.write_string(row, 0, cell_text(head), bold)
        page.write_string(row, 1, cell_text(text), wrapped)


def _heads(fields: Sequence[Field], t: Translator, *, with_unit: bool = True) -> list[str]:
    """Headings in the language of the file, no two alike."""
    taken: set[str] = set()
    out: list[str] = []
    for f in fields:
        base = t.pick(f.zh, f.en)
        base += f"({f.unit})" if with_unit and f.unit and "(" not in base else ""
        name, n = base, 2
        while name in taken:
            name, n = f"{base} {n}", n + 1
        taken.add(name)
        out.append(name)
    return out


def _unit(f: Field, t: Translator) -> str:
    return t.get(f"exports.unit_{f.unit}", f.unit) if f.unit else ""


def _aliases(fields: Sequence[Field], names: Sequence[str]) -> tuple[Alias, ...]:
    return tuple(
        Alias(name, f.column, f.zh, f.en, f.unit) for f, name in zip(fields, names, strict=True)
    )
