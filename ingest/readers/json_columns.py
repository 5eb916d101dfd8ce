"""Columns from loosely typed values: what JSON and spreadsheets hold."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from ingest.readers.columns import texts

_EXACT: Final = 2**53


def column(values: Sequence[object]) -> Any:  # noqa: ANN401 - one of several pandas arrays
    """A column of one dtype: yes and no, numbers, dates, or text where they are mixed."""
    there = [value for value in values if value is not None and value != ""]
    if not there:
        return texts(values)
    if all(isinstance(value, bool) for value in there):
        return pd.array([v if isinstance(v, bool) else None for v in values], dtype="boolean")
    if all(_is_number(value) for value in there):
        return np.array([_float(value) for value in values], dtype=np.float64)
    if all(isinstance(value, dt.date) for value in there):
        return np.array([_day(value) for value in values], dtype="datetime64[s]")
    return texts(None if value is None else plain(value) for value in values)


def _is_number(value: object) -> bool:
    """Whether a float holds the value exactly; a longer number is a name and stays text."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT)


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _day(value: object) -> np.datetime64:
    return np.datetime64(value, "s") if isinstance(value, dt.date) else np.datetime64("NaT")


def plain(value: object) -> str:
    """One value as text, whole numbers without a point."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
