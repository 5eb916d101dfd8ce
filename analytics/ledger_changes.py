"""What rows would change in a ledger: which are new, which cells differ, what would be emptied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

_RELATIVE: Final = 1e-9  # numbers closer than this are the same number, read twice


@dataclass(frozen=True)
class LedgerChanges:
    """Rows beside the real ones that stand; new + changed + same rows are all of them.

    Attributes:
        new: Rows whose key does not stand, or only with demonstration data.
        changed: Rows of which at least one cell differs.
        same: Rows that stand as they are.
        invented: Of the new rows, those that take the place of demonstration data.
        emptied: Cells that hold something now and would hold nothing.
        cells: One line per cell that differs, RangeIndex, by key and column: ``key``, ``column``,
            ``before``, ``after`` (object, None where there is nothing).
    """

    new: int
    changed: int
    same: int
    invented: int
    emptied: int
    cells: pd.DataFrame


def changes(
    stands: pd.DataFrame, rows: pd.DataFrame, *, key: str, columns: Sequence[str]
) -> LedgerChanges:
    """Compare rows with those of their ledger.

    Args:
        stands: Rows in force, with ``key``, ``columns`` and ``demonstration``.
        rows: n rows with the same key and columns, each key once.
        key: Column that names a row.
        columns: Columns that are compared.
    """
    wanted = rows.set_index(key)
    named = stands[stands[key].isin(wanted.index)].set_index(key)
    # Invented cells are no figures that could change or be lost.
    invented = named["demonstration"].astype(bool)
    before = named[~invented]
    after = wanted.reindex(before.index)
    lines = [_differing(before[name], after[name]) for name in columns if name != key]
    cells = pd.concat(lines) if lines else _differing(*(pd.Series(dtype="object"),) * 2)
    cells = cells.sort_values("key", kind="stable", ignore_index=True)
    changed = int(cells["key"].nunique())
    return LedgerChanges(
        new=len(wanted) - len(before),
        changed=changed,
        same=len(before) - changed,
        invented=int(invented.sum()),
        emptied=int((cells["before"].notna() & cells["after"].isna()).sum()),
        cells=cells,
    )


def _differing(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Cells of one column that differ; an empty text is nothing."""
    if pd.api.types.is_string_dtype(before.dtype):
        before, after = before.replace("", pd.NA), after.replace("", pd.NA)
    gone, empty = before.isna(), after.isna()
    if pd.api.types.is_float_dtype(before.dtype) and pd.api.types.is_float_dtype(after.dtype):
        left, right = before.to_numpy(dtype="float64"), after.to_numpy(dtype="float64")
        same = np.isclose(left, right, rtol=_RELATIVE, atol=0.0, equal_nan=True)
    else:
        equal = (before.astype("object") == after.astype("object")).to_numpy(dtype=bool)
        same = equal & ~(gone | empty).to_numpy(dtype=bool) | (gone & empty).to_numpy(dtype=bool)
    at = ~same
    plain = [
        values.astype("object").where(values.notna(), None).to_numpy()[at]
        for values in (before, after)
    ]
    return pd.DataFrame(
        {
            "key": before.index[at].astype("object"),
            "column": before.name if before.name is not None else "",
            "before": plain[0],
            "after": plain[1],
        }
    ).astype("object")
