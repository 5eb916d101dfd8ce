"""Tables as offices write them: titles above, two-line headers, units, totals and signatures.

Works on rows of cells from any format. What is no record is told apart, and every row that looks
like one but is none (a total, a signature) stays a row, kept out with its code.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.indicators import UNITS
from ingest.indicator_headings import plain as folded
from ingest.model import RefusedError
from ingest.readers.names import unique

Cell = str | float | int | bool | dt.date | dt.time | dt.timedelta | None
Row = list[Cell]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 0, all included."""

_HEAD_ROWS: Final = 60
_WIDE: Final = 0.6
_TEXTUAL: Final = 0.9
_DISTINCT: Final = 0.7
_MOST_COLUMNS: Final = 1000
_LEAST_WIDTH: Final = 4
_NUMBER: Final = re.compile(r"^[+-]?[\d,]*\.?\d+%?$")
_TOTAL: Final = re.compile(
    r"^(本页|本表|全县|全市|全省|以上)?(合计|总计|小计|共计|累计|总和)[:：]?$"
)
_NOTE: Final = re.compile(
    r"^(注|备注|说明|附注|填表|填报|制表|审核|复核|单位负责人|负责人|联系|统计|打印|日期)"
    r"[^\d]{0,12}[:：]"
)
_UNITS: Final = frozenset(
    {
        *("公顷", "亩", "平方米", "㎡", "m2", "m²", "平方公里", "万元", "元", "亿元", "元/平方米"),
        *("万元/亩", "万元/公顷", "年", "月", "日", "个", "宗", "%", "％"),
        *(word for words in UNITS.values() for word in words),
    }
)
_UNIT_LINE: Final = re.compile(r"(?:计量)?单位\s*[:：]\s*([^:：]{1,30})")
_AREAS: Final = re.compile(r"面积$")
_AMOUNTS: Final = re.compile(r"(金额|价款|价格|成交价|投资)$")
_BRACKET: Final = re.compile(r"[(（\[【]")
_ORDINALS: Final = "甲乙丙丁戊己庚辛壬癸"
_BRACKETS: Final = "()（）[]【】 \u3000"


@dataclass(frozen=True)
class Grid:
    """A table with its records told apart.

    Attributes:
        names: Field names, unique.
        records: Cells of every record, as many as there are names.
        lines: Line of every record in the sender's table, from 1.
        codes: Code of every record that is a total or a note; empty text elsewhere.
        header_line: Line of the header, from 1.
        filled: Records whose text was filled from a merged cell.
    """

    names: tuple[str, ...]
    records: list[Row]
    lines: list[int]
    codes: list[str]
    header_line: int
    filled: int


def arrange(rows: Sequence[Row], merges: Iterable[Merge] = ()) -> Grid:
    """Find header and records of a table.

    Args:
        rows: Rows of cells from the first line of the table on; blank text counts as no cell.
        merges: Merged ranges.

    Raises:
        RefusedError: There is no row that names fields, or none under it.
    """
    cells = [[_tidy(cell) for cell in row[:_MOST_COLUMNS]] for row in rows]
    ranges = [m for m in merges if m[3] < _MOST_COLUMNS and m[2] < len(cells)]
    top = [list(row) for row in cells[:_HEAD_ROWS]]
    for merge in ranges:
        _fill(top, merge)
    at, span = _header(top, ranges)
    width = max(len(row) for row in cells)
    columns = [c for c in range(width) if _used(cells, at, c)]
    names = _with_units(_names(top[at : at + span], columns), top[:at])
    first = at + span
    names, first = _under_header(cells, columns, names, first)
    filled = _fill_down(cells, ranges, first)
    grid = Grid(unique(names), [], [], [], at + 1, filled)
    for number in range(first, len(cells)):
        record = [cells[number][c] if c < len(cells[number]) else None for c in columns]
        if all(cell is None for cell in record):
            continue
        grid.records.append(record)
        grid.lines.append(number + 1)
        grid.codes.append("TAB-003" if _is_total(record) else "")
    _mark_notes(grid)
    if not grid.records:
        raise RefusedError("FIL-010")
    return grid


def _tidy(cell: Cell) -> Cell:
    """Trimmed text; empty text and numbers that are none are no cell."""
    if isinstance(cell, str):
        return cell.strip("\0 \u3000\t\r\n\ufeff") or None
    if isinstance(cell, float) and cell != cell:  # noqa: PLR0124 - NaN
        return None
    return cell


def _fill(rows: list[Row], merge: Merge) -> None:
    """Give every cell of a merged range its value."""
    top, left, bottom, right = merge
    if top >= len(rows) or left >= len(rows[top]):
        return
    value = rows[top][left]
    for row in rows[top : bottom + 1]:
        row.extend([None] * (right + 1 - len(row)))
        row[left : right + 1] = [value] * (right + 1 - left)


def _header(rows: Sequence[Row], ranges: Sequence[Merge]) -> tuple[int, int]:
    """Place of the first row that names most columns, all by words, and its lines."""
    widest = max((sum(cell is not None for cell in row) for row in rows), default=0)
    for i, row in enumerate(rows):
        filled = [cell for cell in row if cell is not None]
        words = [c for c in filled if isinstance(c, str) and not _NUMBER.match(c)]
        if len(filled) < max(_WIDE * widest, 1) or len(words) < _TEXTUAL * len(filled):
            continue
        # Cells merged downwards show that the header goes on in the next line.
        span = max((m[2] - i + 1 for m in ranges if m[0] == i and m[1] == m[3]), default=1)
        span = min(span, len(rows) - i)
        stacks = _stacks(rows[i : i + span], range(len(row)))
        distinct = {"".join(stack) for stack in stacks if stack}
        if len(distinct) >= _DISTINCT * len(words):
            return i, span
    raise RefusedError("TAB-001")


def _stacks(header: Sequence[Row], columns: Iterable[int]) -> list[list[str]]:
    """The words over every column, from the top line of the header to the lowest."""
    stacks = []
    for column in columns:
        parts = [row[column] for row in header if column < len(row)]
        words = [re.sub(r"\s+", "", str(part)) for part in parts if part is not None]
        stacks.append(list(dict.fromkeys(words)))
    return stacks


def _used(cells: Sequence[Row], at: int, column: int) -> bool:
    """Whether a column holds anything from the header on."""
    return any(column < len(row) and row[column] is not None for row in cells[at:])


def _names(header: Sequence[Row], columns: Sequence[int]) -> list[str]:
    """Names of the columns: of several lines the lowest, with those above it where it repeats."""
    stacks = _stacks(header, columns)
    lowest = Counter(stack[-1] if stack else "" for stack in stacks)
    return [
        "" if not stack else stack[-1] if lowest[stack[-1]] == 1 else "".join(stack)
        for stack in stacks
    ]


def _with_units(names: list[str], above: Sequence[Row]) -> list[str]:
    """Names with the unit that a line above the header states for all areas or amounts."""
    texts = [cell for row in above for cell in row if isinstance(cell, str)]
    stated = " ".join(match[1] for text in texts for match in _UNIT_LINE.finditer(text))
    for words, units in ((_AREAS, ("公顷", "平方米", "㎡", "亩")), (_AMOUNTS, ("万元", "亿元"))):
        found = [unit for unit in units if unit in stated]
        if len(found) == 1:
            names = [
                f"{n}({found[0]})" if words.search(n) and not _BRACKET.search(n) else n
                for n in names
            ]
    return names


def _under_header(
    cells: Sequence[Row], columns: Sequence[int], names: list[str], first: int
) -> tuple[list[str], int]:
    """Take the lines of units and of column numbers that stand between header and records."""
    while first < len(cells):
        row = [cells[first][c] if c < len(cells[first]) else None for c in columns]
        plain = [str(cell).strip(_BRACKETS) if cell is not None else "" for cell in row]
        there = [text for text in plain if text]
        if there and all(text in _UNITS or folded(text) in _UNITS for text in there):
            names = [f"{n}({u})" if u else n for n, u in zip(names, plain, strict=True)]
        elif not _are_ordinals(there):
            break
        first += 1
    return names, first


def _are_ordinals(texts: Sequence[str]) -> bool:
    """Whether cells only number the columns: 甲 乙 1 2 3."""
    plain = [text.removesuffix(".0") for text in texts if text not in {"栏次", "序号", "列次"}]
    numbers = [text for text in plain if text not in _ORDINALS]
    if len(plain) < 3 or not all(text.isascii() and text.isdigit() for text in numbers):  # noqa: PLR2004 - a run
        return False
    values = [int(text) for text in numbers]
    return values == list(range(1, len(values) + 1))


def _fill_down(cells: list[Row], ranges: Sequence[Merge], first: int) -> int:
    """Repeat merged text over its records; a merged number stands once, or totals would grow."""
    filled = 0
    for top, left, bottom, right in ranges:
        if top < first or left != right or left >= len(cells[top]):
            continue
        value = cells[top][left]
        if not isinstance(value, str) or _NUMBER.match(value):
            continue
        for row in cells[top + 1 : bottom + 1]:
            row.extend([None] * (left + 1 - len(row)))
            row[left] = value
            filled += 1
    return filled


def _is_total(record: Row) -> bool:
    """Whether one of the first cells says that the row adds up others."""
    words = [re.sub(r"\s+", "", c) for c in record[:4] if isinstance(c, str)]
    return any(_TOTAL.match(word) for word in words[:2])


def _mark_notes(grid: Grid) -> None:
    """Mark what stands below the last record and is none: notes and signatures."""
    for i in range(len(grid.records) - 1, -1, -1):
        there = [cell for cell in grid.records[i] if cell is not None]
        few = len(there) * _LEAST_WIDTH <= max(len(grid.names), _LEAST_WIDTH)
        if isinstance(there[0], str) and (few or len(there) <= 3) and _NOTE.match(there[0]):  # noqa: PLR2004 - a signature line
            grid.codes[i] = "TAB-004"
        elif not grid.codes[i]:
            return
