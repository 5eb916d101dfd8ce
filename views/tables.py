"""How tables on the screen write shares: per cent with one decimal, as everywhere else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats

# Streamlit's own format for per cent drops zeros, so that a column of it does not line up.
_SHARE: Final = "%.{decimals}f %%"
_DECIMALS: Final = re.compile(r"%\.(\d)f %%")
_LATIN: Final = 6.2
_HAN: Final = 13.2
_MARGIN: Final = 18
"""Of the letters of a table in pixels: a narrow one, a wide one, the room beside a text."""


def share_column(label: str | None = None, *, decimals: int = 1, **options: Any) -> Any:  # noqa: ANN401 - as Streamlit's
    """A column of shares for :func:`shown`; ``options`` as for a column of numbers.

    Only what is near 0 by its nature, as the gap of a proof, takes more ``decimals``.
    """
    return st.column_config.NumberColumn(label, format=_SHARE.format(decimals=decimals), **options)


def share_bar(label: str | None = None, **options: Any) -> Any:  # noqa: ANN401 - as Streamlit's
    """A column of shares between 0 and 1 as bars for :func:`shown`."""
    return st.column_config.ProgressColumn(
        label, format=_SHARE.format(decimals=1), min_value=0.0, max_value=100.0, **options
    )


def text_width(texts: Iterable[str]) -> int:
    """Pixels in which the longest of some texts stands in a cell in full.

    A table that is left to itself measures its first rows only, and cuts what comes below them.

    Args:
        texts: Texts of a column, its head among them.
    """
    lengths = (
        sum(_HAN if unicodedata.east_asian_width(c) in "WF" else _LATIN for c in text)
        for text in texts
    )
    return round(max(lengths, default=0.0)) + _MARGIN


def shown(frame: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """A table for the screen: ratios of its columns of shares as numbers of per cent.

    They still sort as numbers, and what the table's own menu copies or saves is what it shows.

    Args:
        frame: n rows; its columns of shares hold ratios (0.769 for 76.9 %).
        config: Columns as ``st.dataframe`` takes them, by name; columns made by
            :func:`share_column` and :func:`share_bar` are those of shares.

    Returns:
        A copy with the same index and columns; missing shares stay missing.
    """
    out = frame.copy()
    for name, column in config.items():
        decimals = _share_decimals(column)
        if decimals is not None and name in out.columns:
            out[name] = out[name].astype("float64").map(formats.per_cent).round(decimals)
    return out


def _share_decimals(column: Any) -> int | None:  # noqa: ANN401 - whatever Streamlit makes of it
    """Decimals of a column of shares; None for one of anything else."""
    kind = column.get("type_config") if isinstance(column, Mapping) else None
    form = kind.get("format") if isinstance(kind, Mapping) else None
    found = _DECIMALS.fullmatch(form) if isinstance(form, str) else None
    return int(found.group(1)) if found else None
