"""How figures are written: one way for pages, legends, sheets and workbooks."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final, Literal

import pandas as pd

from geo.units import M2_PER_HA, M2_PER_MU

AreaUnit = Literal["ha", "mu"]

MISSING: Final = "—"
"""Shown for a missing value; never 0."""


def is_missing(value: object) -> bool:
    """Whether a cell holds no value (None, NaN, NaT, NA or blank text)."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    scalar: Any = value  # the stubs of isna leave out the type that stands for "anything"
    return bool(pd.api.types.is_scalar(scalar) and pd.isna(scalar))


def in_unit(area_m2: float, unit: AreaUnit) -> float:
    """An area in m2 as a number of the unit."""
    return area_m2 / (M2_PER_HA if unit == "ha" else M2_PER_MU)


def to_m2(value: float | None, unit: AreaUnit) -> float | None:
    """A number of the unit as an area in m2; None stays None."""
    return None if value is None else value * (M2_PER_HA if unit == "ha" else M2_PER_MU)


def area(area_m2: float | None, unit: AreaUnit) -> str:
    """An area as text without unit: hectares with two decimals, mu with one."""
    if area_m2 is None or math.isnan(area_m2):
        return MISSING
    return f"{in_unit(area_m2, unit):,.{2 if unit == 'ha' else 1}f}"


def count(value: float | None) -> str:
    """A whole number with thousands separated."""
    return MISSING if is_missing(value) else f"{value:,.0f}"


def number(value: float | None, decimals: int = 2) -> str:
    """A number with thousands separated and at most ``decimals`` decimals, for running text."""
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if decimals else text


def fixed(value: float | None, decimals: int) -> str:
    """A number with thousands separated and ``decimals`` decimals, for columns of figures."""
    return MISSING if value is None or is_missing(value) else f"{value:,.{decimals}f}"


def share(value: float | None) -> str:
    """A ratio as per cent with one decimal (0.769 -> 76.9 %)."""
    return MISSING if value is None or is_missing(value) else f"{value * 100:.1f} %"


def per_cent(value: float) -> float:
    """A ratio as a number of per cent, for tables that sort by it."""
    return value * 100


def ratio(part: float, whole: float) -> float | None:
    """Share of a part in a whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def date(value: dt.date | pd.Timestamp | None) -> str:
    """A date in ISO form."""
    if value is None or is_missing(value):
        return MISSING
    return pd.Timestamp(value).date().isoformat()
