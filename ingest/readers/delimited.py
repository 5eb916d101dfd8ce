"""Separated text: the separator is the one that gives the widest even table."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from ingest.model import Choices, RefusedError
from ingest.readers import tables
from ingest.readers.grid import Row, arrange
from ingest.readers.point_text import text_of
from ingest.source import Source

_SEPARATORS: Final = (",", "\t", ";", "|", "，")
_STATED: Final = re.compile(r"^\ufeff?\s*\"?sep=(.)\"?\s*\r?\n", re.IGNORECASE)
_AS_TEXT: Final = re.compile(r'^="?([^"]*)"?$')
_APOSTROPHE: Final = re.compile(r"^'(?=\d)")
_PROBED: Final = 200
_LONGEST_CELL: Final = 16 * 1024**2


def load(path: Path, choices: Choices) -> Source:
    """Open a separated text.

    Raises:
        RefusedError: It is too large or no table.
    """
    text, encoding, findings = text_of(path, choices)
    text = text.lstrip("\ufeff")
    stated = _STATED.match(text)
    if stated:
        text = text[stated.end() :]
    separator = stated[1] if stated else _separator(text)
    grid = arrange(_rows(text, separator))
    return tables.source(grid, format="csv", encoding=encoding, findings=findings)


def _separator(text: str) -> str:
    """The separator under which the first lines fall into the most cells of one number."""
    head = "\n".join(text.splitlines()[:_PROBED])
    best, most = _SEPARATORS[0], 0
    for separator in _SEPARATORS:
        widths = [sum(cell is not None for cell in row) for row in _rows(head, separator)]
        wide = [width for width in widths if width > 1]
        score = sum(wide)
        if score > most:
            best, most = separator, score
    return best


def _rows(text: str, separator: str) -> list[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator)
    try:
        return [[_cell(value) for value in row] for row in reader]
    except csv.Error as err:
        raise RefusedError("TAB-012", line=reader.line_num) from err


def _cell(value: str) -> str | None:
    """Text of a cell without the tricks that keep a spreadsheet from changing it."""
    plain = value.strip()
    if plain.startswith("="):
        wrapped = _AS_TEXT.match(plain)
        plain = wrapped[1] if wrapped else plain
    return _APOSTROPHE.sub("", plain) or None
