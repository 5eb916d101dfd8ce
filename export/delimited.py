"""Tables as CSV that spreadsheets open without running anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import pandas as pd

from export.workbook import Kind

_WRITTEN: Final[Mapping[Kind, str]] = {
    "count": "{:.0f}",
    "number": "{:.2f}",
    "area": "{:.2f}",
    "hectares": "{:.4f}",
    "share": "{:.1%}",
}
"""How numbers of a kind are written, with the decimals of the workbook; those of other kinds stand
as exact as they are."""
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet takes a text for a formula."""


def write_csv(
    frame: pd.DataFrame, *, kinds: Mapping[str, Kind] | None = None, mark: str = ""
) -> bytes:
    """Write a table as CSV in UTF-8 with a byte-order mark, so that Excel reads the Chinese.

    Texts that a spreadsheet would take for a formula begin with an apostrophe; numbers stay
    numbers, dates are ISO, missing values are empty.

    Args:
        frame: n rows; the index is left out.
        kinds: Kind of the columns whose numbers have fixed decimals; a share (0.769) is written as
            per cent (76.9%), which a spreadsheet takes for the same number.
        mark: Words of a first line, for demonstration data; empty leaves it out.
    """
    safe = frame.copy()
    safe.columns = [harmless(str(name)) for name in frame.columns]
    for i, name in enumerate(frame.columns):
        form = _WRITTEN.get(kinds.get(str(name), "text")) if kinds else None
        if form:
            safe.isetitem(i, [_written(value, form) for value in frame.iloc[:, i].tolist()])
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            safe.isetitem(i, frame.iloc[:, i].map(harmless, na_action="ignore").to_numpy())
    text = safe.to_csv(index=False, lineterminator="\r\n")
    first = f"{harmless(mark)}\r\n" if mark else ""
    return (first + text).encode("utf-8-sig")


def _written(value: object, form: str) -> object:
    """A number in its form; a text among numbers is written as one, without a number nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return form.format(value) if math.isfinite(value) else None
    return None if value is pd.NA else harmless(value)


def harmless(value: object) -> object:
    """The value; a text that would be a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_RISKY):
        return "'" + value
    return value
