"""Sums over runs of cells, compiled: what :mod:`geo.raster` counts with.

Spans are cut where cells end at a lattice line, every piece into runs of one code (of one pair of
codes), and a run is added at once. Only :mod:`geo.raster_sums` imports this module, when it first
counts: the compiler takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import numba
import numpy as np

from geo.raster_source import GONE, LATTICE

_WORD: Final = 8
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A function as machine code that does not hold the interpreter's lock.

    The code is kept beside the module, or in the user's cache if that folder cannot be written. If
    there is neither, every process compiles anew, which takes a second or two.
    """
    try:
        made: Any = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to keep it in
        made = numba.njit(nogil=True)(function)
    return made  # type: ignore[no-any-return]


@compiled
def _cut(old: Any, new: Any, starts: Any, differs: Any) -> int:  # noqa: ANN401 - compiled for arrays
    """Write where runs begin in a piece of cells, and its end; return how many there are.

    Args:
        old: At most ``LATTICE`` codes.
        new: As many.
        starts: int64 room for one more than ``LATTICE`` numbers and a word.
        differs: uint8 room for ``LATTICE`` flags; a flag says that a run begins.
    """
    n = len(old)
    differs[0] = 1
    for j in range(1, n):
        differs[j] = (old[j] != old[j - 1]) | (new[j] != new[j - 1])
    for j in range(n, -(-n // _WORD) * _WORD):
        differs[j] = 0
    words = differs.view(np.uint64)
    found = 0
    for word in range(-(-n // _WORD)):
        # Most words of land cover hold no flag; within the others no branch is guessed.
        if words[word]:
            for j in range(word * _WORD, word * _WORD + _WORD):
                starts[found] = j
                found += differs[j]
    starts[found] = n
    return found


@compiled
def tally(  # noqa: PLR0913, PLR0917 - one loop over arrays, as the compiler wants it
    old: Any, new: Any, owner: Any, row: Any, first: Any, end: Any, at: Any, rise: Any,  # noqa: ANN401
    by_owner: bool, old_slots: Any, new_slots: Any, old_seen: Any, new_seen: Any,  # noqa: ANN401, FBT001
    cells: Any, areas: Any, gone: Any,  # noqa: ANN401
) -> tuple[int, int]:  # fmt: skip
    """Add the cells of every span to ``cells`` and ``areas``.

    Args:
        old: Codes of the cells, h by w, unsigned.
        new: Codes of a second raster, or the same array.
        owner: Column of each of m spans, int64; its place in ``gone``.
        row: Row of each span.
        first: First column of each span.
        end: Column after the last one.
        at: Area of a cell at lattice lines (:class:`geo.raster_source.CellAreas`).
        rise: What it gains up to the next one.
        by_owner: Columns of the sums are owners; else they are slots of the codes in ``old``.
        old_slots: Slot of each code; written to where a code had none.
        new_slots: The same for ``new``.
        old_seen: Codes by slots; written to.
        new_seen: The same for ``new``.
        cells: Sums by slots of ``new`` and columns, int64; added to.
        areas: The same form in m2.
        gone: Area of cells without data by owners; added to.

    Returns:
        Codes with slots in ``old`` and in ``new``; -1 and -1 if there are more than ``old_seen`` or
        ``new_seen`` hold, and then the sums are void.
    """
    starts = np.empty(LATTICE + _WORD + 1, dtype=np.int64)
    differs = np.zeros(LATTICE, dtype=np.uint8)
    columns = cells.shape[1]
    flat_cells, flat_areas = cells.reshape(-1), areas.reshape(-1)
    old_count, new_count = 0, 0
    for span in range(len(row)):
        i, unit = row[span], owner[span]
        for stretch in range(first[span] // LATTICE, (end[span] - 1) // LATTICE + 1):
            line = stretch * LATTICE
            left, right = max(first[span], line), min(end[span], line + LATTICE)
            before, after = old[i, left:right], new[i, left:right]
            runs = _cut(before, after, starts, differs)
            column = min(stretch, at.shape[1] - 1)
            slope = rise[i, column] / (2 * LATTICE)
            low = at[i, column] + slope * 2 * (left - line)
            for k in range(runs):
                # Unsigned: the compiler need not ask whether an index counts from the end.
                p, q = np.uint64(starts[k]), np.uint64(starts[k + 1])
                n = np.int64(q - p)
                area = n * (low + slope * np.int64(p + q))
                there: Any = np.int64(new_slots[after[p]])
                here: Any = unit if by_owner else np.int64(old_slots[before[p]])
                if (there | here) < 0:  # one branch for both
                    if there == GONE or here == GONE:  # noqa: PLR1714 - quicker compiled
                        gone[unit] += area
                        continue
                    if there < 0:
                        there, new_count = new_count, new_count + 1
                        if there == len(new_seen):
                            return -1, -1
                        new_seen[there], new_slots[after[p]] = after[p], there
                    if here < 0:
                        here, old_count = old_count, old_count + 1
                        if here == len(old_seen):
                            return -1, -1
                        old_seen[here], old_slots[before[p]] = before[p], here
                key = np.uint64(there * columns + here)
                flat_cells[key] += n
                flat_areas[key] += area
    return old_count, new_count
