"""Columns as every reader hands them on: one dtype a field, whatever stretch of rows is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

STRING: Final = pd.StringDtype("pyarrow")
"""Dtype of text; empty text is missing."""

_HALF: Final = re.compile("[\ud800-\udfff]")

BLANKS: Final = "\0 \u3000\t\r\n"
"""What is cut off around text."""


def extension(dtype: Any, values: pa.Array | pa.ChunkedArray) -> Any:  # noqa: ANN401 - not in the stubs
    """A pandas column on the memory of an Arrow array."""
    return dtype.__from_arrow__(values)


def text_or_missing(texts: pa.Array | pa.ChunkedArray) -> Any:  # noqa: ANN401 - pandas keeps the type private
    """A string column in which empty text is missing."""
    empty = pc.equal(pc.binary_length(texts), 0)
    return extension(STRING, pc.if_else(empty, pa.scalar(None, texts.type), texts))


def texts(values: Iterable[object]) -> Any:  # noqa: ANN401 - pandas keeps the type private
    """A string column of any values, trimmed; half characters are replaced by a mark."""
    plain = [None if v is None else str(v).strip(BLANKS) or None for v in values]
    try:
        found = pa.array(plain, pa.large_string())
    except UnicodeEncodeError:
        found = pa.array([None if v is None else whole_text(v) for v in plain], pa.large_string())
    return extension(STRING, found)


def whole_text(text: str) -> str:
    """Text with a mark in place of halves of a character, which escapes of JSON can spell."""
    return _HALF.sub("\ufffd", text)


def from_arrow(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 - one of several pandas arrays
    """A column of GDAL as pandas holds it."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    for fits, convert in _CONVERSIONS:
        if fits(kind):
            return convert(column)
    return texts(column.to_pylist())


def _text(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 - pandas keeps the type private
    """Text of GDAL, which is not always the UTF-8 that it says."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.large_binary()).to_pylist()
        return texts(None if v is None else v.decode("utf-8", "replace") for v in raw)
    return text_or_missing(pc.utf8_trim(column, characters=BLANKS))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


_CONVERSIONS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], Any]], ...]] = (
    (pa.types.is_boolean, lambda c: extension(pd.BooleanDtype(), c)),
    (pa.types.is_integer, lambda c: extension(pd.Int64Dtype(), c.cast(pa.int64()))),
    (pa.types.is_floating, lambda c: np.asarray(c.cast(pa.float64()).to_numpy())),
    (_is_time, lambda c: c.cast(pa.timestamp("ms"), safe=False).to_numpy()),
    (_is_text, _text),
    (_is_bytes, lambda c: pd.array([None] * len(c), dtype=STRING)),
)
