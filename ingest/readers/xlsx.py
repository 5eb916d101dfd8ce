"""Workbooks: counted and looked through before a parser without entities or formulas opens them."""

from __future__ import annotations

import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Final

import python_calamine as calamine

from ingest import unpack
from ingest.evidence import EncodingEvidence
from ingest.kinds import yearly
from ingest.model import Choices, Finding, RefusedError
from ingest.readers import tables
from ingest.readers.grid import arrange
from ingest.readers.layer import Layer
from ingest.readers.names import unique
from ingest.source import Source

CAPS: Final = unpack.Caps(
    packed_bytes=200 * unpack.MB, unpacked_bytes=1024 * unpack.MB, ratio=300.0
)
"""How much a workbook may hold; its tables pack better than other files."""

MOST_CELLS: Final = 20_000_000
"""Cells in the rectangle that a sheet spans; the parser keeps all of them in memory."""

_SHEET: Final = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
_CELL: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_UNSAVED: Final = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_DOCTYPE: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CHUNK: Final = 1 << 20
_TOP: Final = 20
"""Rows of a sheet in which its head is looked for before a sheet is chosen."""
_EXTERNAL: Final = "xl/externallinks/"
_OVERLAP: Final = 64
_BROKEN: Final = (calamine.CalamineError, zipfile.BadZipFile, ValueError, OSError, EOFError)
_PARTS: Final = {"xl/": "", "word/": "FIL-013", "ppt/": "FIL-013"}


def layers(path: Path, choices: Choices) -> list[Layer]:
    """Sheets of a workbook that hold a table; hidden ones are told, not read.

    Raises:
        RefusedError: It is no workbook, damaged, too large, or holds a document type.
    """
    del choices
    with unpack.Archive(path, CAPS) as archive:
        names = [member.name for member in archive.members]
        code = next(
            (c for part, c in _PARTS.items() if any(n.startswith(part) for n in names)), "FIL-013"
        )
        if code:
            raise RefusedError(code)
        archive.count()
    unsaved = _look_through(path)
    try:
        with path.open("rb") as f, calamine.CalamineWorkbook.from_filelike(f) as book:
            sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
            shown = [s.name for s in sheets if s.visible == calamine.SheetVisibleEnum.Visible]
            filled = [n for n in shown if book.get_sheet_by_name(n).height > 1]
            best = {n for n in filled if len(filled) > 1 and _holds_figures(book, n)}
    except _BROKEN as err:
        raise RefusedError("TAB-013") from err
    if not filled:
        raise RefusedError("FIL-010")
    hidden = [s.name for s in sheets if s.name not in shown]
    findings = [Finding(code="TAB-007", values={"n": unsaved})] if unsaved else []
    if hidden:
        names_of = unpack.shown(hidden)
        findings.append(Finding(code="TAB-008", values={"n": len(hidden), "names": names_of}))
    if any(name.casefold().startswith(_EXTERNAL) for name in names):
        findings.append(Finding(code="TAB-015"))
    return [
        Layer(label, partial(_source, path, name, tuple(findings)), rank=1 if name in best else 2)
        for label, name in zip(unique(filled), filled, strict=True)
    ]


def _holds_figures(book: calamine.CalamineWorkbook, name: str) -> bool:
    """Whether the head of a sheet is that of yearly figures, not of the sheets that explain it."""
    top = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_TOP)
    try:
        return bool(yearly(arrange([list(row) for row in top]).names))
    except RefusedError:
        return False


def _look_through(path: Path) -> int:
    """Number of formulas without a saved result.

    Raises:
        RefusedError: A sheet spans too many cells, or a part holds a document type.
    """
    unsaved = 0
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            sheet = _SHEET.match(info.filename)
            rows = columns = 0
            with archive.open(info) as part:
                tail = b""
                while chunk := part.read(_CHUNK):
                    text = tail + chunk
                    if info.filename.endswith((".xml", ".rels")) and _DOCTYPE.search(text):
                        raise RefusedError("TAB-014")
                    if sheet:
                        rows, columns = _extent(text, rows, columns)
                        unsaved += len(_UNSAVED.findall(chunk))
                    tail = text[-_OVERLAP:]
            if rows * columns > MOST_CELLS:
                raise RefusedError("TAB-002", rows=rows, columns=columns)
    return unsaved


def _extent(text: bytes, rows: int, columns: int) -> tuple[int, int]:
    """The last row and column that a piece of a sheet names, and those known before."""
    for letters, digits in _CELL.findall(text):
        row = int(digits)
        rows = max(rows, row)
        if len(letters) > 1 or columns < 26:  # noqa: PLR2004 - letters of the alphabet
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            columns = max(columns, column)
    return rows, columns


def _source(path: Path, name: str, findings: tuple[Finding, ...]) -> Source:
    try:
        with path.open("rb") as f, calamine.CalamineWorkbook.from_filelike(f) as book:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
    except _BROKEN as err:
        raise RefusedError("TAB-013") from err
    grid = arrange([list(row) for row in rows], merged)
    encoding = EncodingEvidence(chosen="utf-8", source="declared", certain=True, declared="utf-8")
    return tables.source(grid, format="xlsx", encoding=encoding, findings=findings)
