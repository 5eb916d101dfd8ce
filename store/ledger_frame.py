"""Rows of the catalogue as typed frames, piece by piece, so that a million of them stay small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.types import pandas_dtype

ROWS: Final = 2_000
"""Rows of a piece: as many Python objects as stand beside the frame at once."""

Rows = Sequence[Sequence[Any]]


def frame(dtypes: Mapping[str, str], pieces: Iterable[Rows]) -> pd.DataFrame:
    """A frame of rows.

    Args:
        dtypes: Storage dtype by column, in order: ``string``, ``float64``, ``int64``, ``bool``,
            ``boolean``, ``datetime64[ms]`` or ``datetime64[us, UTC]``.
        pieces: Rows in the order of ``dtypes``, of one database: truth as a number or a bool, days
            and moments as text or as what the driver makes of them, moments in UTC without a zone.

    Returns:
        RangeIndex; missing values are those of the dtype.
    """
    columns: dict[str, list[pa.Array]] = {name: [] for name in dtypes}
    for rows in pieces:
        if rows:
            for (name, dtype), values in zip(dtypes.items(), zip(*rows, strict=True), strict=True):
                columns[name].append(_array(values, dtype))
    return pd.DataFrame({name: _series(parts, dtypes[name]) for name, parts in columns.items()})


def replaced(
    before: pd.DataFrame, key: str, keys: Sequence[str], rows: pd.DataFrame
) -> pd.DataFrame:
    """A frame in the order of its keys with some of its rows as they now are.

    Args:
        before: n rows in the order of ``key``.
        key: Column that names a row.
        keys: Keys that have changed, whether they are in ``before`` or not.
        rows: What now stands under these keys, in order; a key that is absent has ended.

    Returns:
        RangeIndex; the rows of ``before`` under other keys and ``rows``, in the order of ``key``.
    """
    if not len(keys):
        return before
    gone = before[key].isin(list(keys)).to_numpy(dtype=bool)
    stands = np.flatnonzero(gone)
    if len(stands) == len(rows) and (before[key].array[stands] == rows[key].array).all():
        return _written_over(before, stands, rows)
    kept = before[~gone]
    if not len(rows):
        return kept.reset_index(drop=True)
    at = np.searchsorted(kept[key].to_numpy(dtype=object), rows[key].to_numpy(dtype=object))
    order = np.insert(np.arange(len(kept)), at, len(kept) + np.arange(len(rows)))
    return pd.concat([kept, rows], ignore_index=True).take(order).reset_index(drop=True)


def _written_over(
    before: pd.DataFrame, places: npt.NDArray[np.intp], rows: pd.DataFrame
) -> pd.DataFrame:
    """The common case, far quicker: nothing is new and nothing has ended."""
    columns = {}
    for name in before.columns:
        values = before[name].array.copy()
        values[places] = rows[name].array
        columns[name] = values
    return pd.DataFrame(columns)


_ARROW: Final[dict[str, pa.DataType]] = {
    "string": pa.large_string(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "datetime64[ms]": pa.date32(),
    "datetime64[us, UTC]": pa.timestamp("us"),
}

_RAW: Final[dict[str, tuple[type, pa.DataType]]] = {
    "bool": (int, pa.int64()),
    "boolean": (int, pa.int64()),
    "datetime64[ms]": (str, pa.string()),
    "datetime64[us, UTC]": (str, pa.string()),
}
"""What SQLite gives for lack of the type."""


def _array(values: Sequence[Any], dtype: str) -> pa.Array:
    kind = _ARROW[dtype]
    raw = _RAW.get(dtype)
    if raw is not None:
        first = next((value for value in values if value is not None), None)
        if type(first) is raw[0]:
            return pa.array(values, raw[1]).cast(kind)
    return pa.array(values, kind)


def _series(parts: list[pa.Array], dtype: str) -> pd.Series:
    whole = pa.chunked_array(parts, type=_ARROW[dtype])
    parts.clear()  # a column at a time stands twice
    if dtype in _EXTENSIONS:
        out: pd.Series = whole.to_pandas(types_mapper=lambda _: _EXTENSIONS[dtype])
        return out
    if dtype == "datetime64[ms]":
        whole = whole.cast(pa.timestamp("ms"))
    values = pd.Series(whole.to_numpy())
    if dtype.endswith("UTC]"):
        return values.dt.tz_localize("UTC")
    return values.astype(pandas_dtype(dtype))


_EXTENSIONS: Final = {"string": pd.StringDtype(), "boolean": pd.BooleanDtype()}
