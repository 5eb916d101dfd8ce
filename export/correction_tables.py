"""The rows to correct as a workbook and as CSV; no cell ever becomes a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import correction_marks as marks
from domain import row_runs
from domain.i18n import translator
from domain.issues import catalogue
from domain.passport import Issue, Passport
from export.correction_layer import held
from export.correction_rows import Rows
from export.delimited import harmless
from export.workbook import Column, Kind, Sheet, write_workbook

_CELL: Final = 32_000
_DBF_BYTES: Final = 10
_DECIMALS: Final = (4, 10)
"""Of coordinates in metres, and in degrees."""
_FROM_METRES: Final = 1000.0
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ROWS_SHOWN: Final = 2000


def workbook(table: pd.DataFrame, rows: Rows, record: Passport) -> bytes:
    """Rows to correct, with their shapes as text; then what was found about the file.

    Args:
        table: m rows as ``correction_rows.table`` gives them.
        rows: The rows behind them.
        record: Passport of the upload.
    """
    full = table
    if not shapely.is_missing(rows.shapes).all():
        full = table.assign(**{marks.WKT: as_text(rows.shapes)})
    columns = tuple(Column(str(n), str(n), _kind(full[n])) for n in full.columns)
    sheets = [Sheet(marks.LAYER, full, columns), _findings(record)]
    zh, en = translator("zh_CN"), translator("en")
    notes = {
        f"{zh('correction.note_number')} / {en('correction.note_number')}": record.number,
        f"{zh('correction.note_file')} / {en('correction.note_file')}": record.file,
        "SHA-256": record.sha256,
        f"{zh('correction.note_how')} / {en('correction.note_how')}": (
            f"{zh('correction.note_do')}\n{en('correction.note_do')}"
        ),
    }
    return write_workbook(sheets, notes=notes, notes_name=zh("correction.notes_name"), mark="")


def as_text(shapes: npt.NDArray[np.object_]) -> pd.Series:
    """Shapes as WKT; empty where there is none, or none that fits into a cell."""
    xy = shapely.get_coordinates(shapes[held(shapes) & ~shapely.is_missing(shapes)])
    metres = bool(len(xy)) and bool(np.nanmax(np.abs(xy)) > _FROM_METRES)
    decimals = _DECIMALS[0 if metres else 1]
    text = pd.Series(
        shapely.to_wkt(shapes, rounding_precision=decimals, trim=True), dtype="string"
    ).fillna("")
    return text.mask(text.str.len() > _CELL, "")


def _kind(values: pd.Series) -> Kind:
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return "plain" if number else "text"


def _findings(record: Passport) -> Sheet:
    """Every code that was found, those about the whole file included."""
    zh = translator("zh_CN")
    names = ("code", "severity", "count", "rows", "words", "english")
    lines = [_finding(issue) for issue in record.issues]
    frame = pd.DataFrame(lines, columns=list(names))
    kinds: dict[str, Kind] = {"count": "count"}
    columns = tuple(
        Column(name, zh(f"correction.column_{name}"), kinds.get(name, "text")) for name in names
    )
    return Sheet(zh("correction.findings_name"), frame, columns)


def _finding(issue: Issue) -> tuple[str, str, int, str, str, str]:
    known = catalogue().get(issue.code)
    first = issue.values[0][1] if issue.values else {}  # noqa: PD011 - no frame
    zh = translator("zh_CN")
    rows = issue.row_numbers()
    return (
        issue.code,
        zh(f"passport.severity_{issue.severity}"),
        issue.count,
        row_runs.shown(rows, _ROWS_SHOWN) if rows else zh("passport.whole_file"),
        known.text("zh_CN", **first) if known else "",
        known.text("en", **first) if known else "",
    )


def csv_codec(record: Passport) -> str:
    """Encoding of the CSV: the sender's where it holds every Chinese character, else UTF-8."""
    chosen = (record.encoding.chosen or "") if record.encoding else ""
    return "gb18030" if chosen.lower() in {"gbk", "gb2312", "gb18030", "cp936"} else "utf-8-sig"


def csv(table: pd.DataFrame, record: Passport) -> bytes:
    """The rows as CSV in the sender's encoding, without the English column.

    Headings are at most ten bytes, so that the table can be made a .dbf as it is.

    Texts that a spreadsheet would take for a formula begin with an apostrophe; plain numbers do
    not, whatever their sign.
    """
    safe = table.drop(columns=[marks.ENGLISH])
    for i, name in enumerate(safe.columns):
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe.isetitem(i, safe.iloc[:, i].map(_harmless, na_action="ignore").to_numpy())
    safe.columns = short_names([str(harmless(str(n))) for n in safe.columns], csv_codec(record))
    return safe.to_csv(index=False, lineterminator="\r\n").encode(csv_codec(record))


def short_names(names: Sequence[str], codec: str) -> list[str]:
    """Headings of at most ten bytes: cut between two characters, numbered where two become one."""
    codec = codec.removesuffix("-sig")
    taken: set[str] = set()
    out: list[str] = []
    for name in names:
        short, n = _cut(name, codec, _DBF_BYTES), 2
        while short.casefold() in taken:
            short, n = f"{_cut(name, codec, _DBF_BYTES - len(str(n)))}{n}", n + 1
        taken.add(short.casefold())
        out.append(short)
    return out


def _cut(name: str, codec: str, most: int) -> str:
    return name.encode(codec, "replace")[:most].decode(codec, "ignore")


def _harmless(value: object) -> object:
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        return value
    return harmless(value)
