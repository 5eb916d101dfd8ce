"""Numbers of things in two tables brought together: by place, not by a text for every row.

A million numbers are looked up and compared in Arrow; as Python objects they take ten times
as long.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def places(keys: pd.Series, among: pd.Series) -> Places:
    """Where each key stands.

    Args:
        keys: n texts; one that is missing stands nowhere.
        among: m texts.

    Returns:
        n positions in ``among``, the first of several; -1 where there is none.
    """
    found = pc.index_in(_array(keys), value_set=_array(among), skip_nulls=True)
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.intp)


def within(keys: pd.Series, among: pd.Series) -> Flags:
    """Which of n keys stand among others; one that is missing does not."""
    found = pc.is_in(_array(keys), value_set=_array(among), skip_nulls=True)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def numbered(keys: pd.Series) -> tuple[Places, pd.Index]:
    """Keys as numbers.

    Args:
        keys: n texts.

    Returns:
        n positions in the index of different keys, which is in the order of their first
        appearance; -1 where a key is missing.
    """
    codes = _array(keys).dictionary_encode()
    at = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(at, dtype=np.intp), pd.Index(codes.dictionary.to_pandas(), dtype="str")


def differing(groups: Places, values: Places) -> Flags:
    """Which rows belong to a group that has several values.

    Args:
        groups: n numbers of groups, below 0 for none.
        values: n numbers of values, below 0 for none; such a row adds nothing to its group.
    """
    told = (groups >= 0) & (values >= 0)
    if not told.any():
        return np.zeros(len(groups), dtype=bool)
    first = np.full(int(groups.max()) + 1, -1, dtype=np.intp)
    first[groups[told][::-1]] = values[told][::-1]
    several = np.zeros(len(first), dtype=bool)
    several[groups[told & (values != first[groups])]] = True
    return np.asarray((groups >= 0) & several[groups])


def _array(keys: pd.Series) -> pa.Array:
    array = pa.array(keys.astype("string"), type=pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
