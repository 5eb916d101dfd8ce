"""Tables as CSV that spreadsheets open without running anything."""

from __future__ import annotations

from typing import Final

import pandas as pd

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet takes a text for a formula."""


def write_csv(frame: pd.DataFrame, *, mark: str = "") -> bytes:
    """Write a table as CSV in UTF-8 with a byte-order mark, so that Excel reads the Chinese.

    Texts that a spreadsheet would take for a formula begin with an apostrophe; numbers stay
    numbers, dates are ISO, missing values are empty.

    Args:
        frame: n rows; the index is left out.
        mark: Words of a first line, for demonstration data; empty leaves it out.
    """
    safe = frame.copy()
    safe.columns = [harmless(str(name)) for name in frame.columns]
    for i, name in enumerate(frame.columns):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            safe.isetitem(i, frame.iloc[:, i].map(harmless, na_action="ignore").to_numpy())
    text = safe.to_csv(index=False, lineterminator="\r\n")
    first = f"{harmless(mark)}\r\n" if mark else ""
    return (first + text).encode("utf-8-sig")


def harmless(value: object) -> object:
    """The value; a text that would be a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_RISKY):
        return "'" + value
    return value
