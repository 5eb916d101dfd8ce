"""Row numbers as runs: ``1-5,9`` says in six characters what a list says in six numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_RUNS: Final = re.compile(r"(\d+(-\d+)?(,\d+(-\d+)?)*)?")


def pack(rows: Iterable[int]) -> str:
    """Row numbers, sorted and each once, as runs joined by commas."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


def unpack(text: str) -> tuple[int, ...]:
    """The row numbers of :func:`pack`, ascending.

    Raises:
        ValueError: The text is no list of runs.
    """
    if not _RUNS.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no list of rows")
    rows: list[int] = []
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return tuple(rows)


def shown(rows: Sequence[int], most: int) -> str:
    """Row numbers for a narrow column: as runs, cut at ``most`` characters between two runs."""
    text = pack(rows)
    if len(text) <= most:
        return text.replace(",", ", ")
    kept = text[:most].rpartition(",")[0] or text[:most]
    return kept.replace(",", ", ") + " …"
