"""Yearly figures of zones and of enterprises: what each means, and what cannot be true of them.

Columns are ``data/schemas/indicators.csv`` and ``enterprises.csv``, definitions and limits
``data/reference/indicator_definitions.csv`` and ``enterprise_definitions.csv``. Areas are stored in
m2, money in 10k CNY, reported rates in per cent as they are printed.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from typing import Final

import pandas as pd
from pydantic import BaseModel, ConfigDict

from domain import schema
from domain.paths import DATA
from domain.schema import Column, Kind, YearlyKind
from geo.units import M2_PER_HA, M2_PER_KM2, M2_PER_MU

KEY: Final = "record_id"
"""Zone or enterprise and year, joined by a stroke; made by the product."""

SUBJECT: Final[dict[YearlyKind, str]] = {"indicators": "zone_id", "enterprises": "credit_code"}
"""The column that says whose figures a row holds."""

MADE_UP: Final = "演示数据"
"""What the source of invented figures says; such figures are never taken for real ones."""

ZONE_TYPES: Final[dict[str, tuple[str, str]]] = {
    "industry_led": ("工业主导型", "industry-led"),
    "mixed": ("产城融合型", "mixed"),
}
"""Types that are ranked apart, with their Chinese and English names."""

ENTERPRISE_KINDS: Final[dict[str, tuple[str, str]]] = {
    "industrial": ("工业企业", "industrial"),
    "utility": ("公用事业企业", "utility"),
    "other": ("其他企业", "other"),
}
"""Kinds of enterprises, with their Chinese and English names; schemes say which are not ranked."""

WORDS: Final[dict[tuple[YearlyKind, str], dict[str, tuple[str, str]]]] = {
    ("indicators", "zone_type"): ZONE_TYPES,
    ("enterprises", "kind"): ENTERPRISE_KINDS,
}
"""Columns that hold a code, with the names of their codes."""

UNITS: Final[dict[str, dict[str, float]]] = {
    "m2": {
        **dict.fromkeys(("公顷", "ha", "万平方米", "万m2"), M2_PER_HA),
        **dict.fromkeys(("亩", "mu"), M2_PER_MU),
        **dict.fromkeys(("平方米", "m2"), 1.0),
        **dict.fromkeys(("平方公里", "平方千米", "km2"), M2_PER_KM2),
    },
    "10k CNY": {
        **dict.fromkeys(("万元", "10kcny"), 1.0),
        "亿元": 10_000.0,
        "元": 0.0001,
    },
    "tce": {
        **dict.fromkeys(("吨标准煤", "吨标煤", "tce"), 1.0),
        **dict.fromkeys(("万吨标准煤", "万吨标煤"), 10_000.0),
    },
    "eq": dict.fromkeys(("当量", "吨当量", "eq"), 1.0),
    "years": dict.fromkeys(("年", "years"), 1.0),
    "%": {"%": 1.0},
    "": {**dict.fromkeys(("个", "家", "户", "人"), 1.0), "万人": 10_000.0},
}
"""What a figure in a written unit is multiplied with, by stored unit; words in lower case and
without spaces."""

PRINTED: Final[dict[str, tuple[str, str]]] = {
    "m2": ("公顷", "ha"),
    "10k CNY": ("万元", "10k CNY"),
    "tce": ("吨标准煤", "tce"),
    "eq": ("当量", "eq"),
    "years": ("年", "years"),
    "%": ("%", "%"),
}
"""Unit in which a stored one is printed in Chinese and English; both have one factor."""


_OTHERWISE: Final[dict[tuple[Kind, str], tuple[str, str]]] = {
    ("enterprises", "m2"): ("亩", "mu"),
    ("enterprises", "floor_area_m2"): ("平方米", "m2"),
}
"""Units of a column, or of a stored unit, that a table prints otherwise than :data:`PRINTED`."""


def printed_unit(column: Column, kind: Kind = "indicators") -> tuple[str, str]:
    """Unit in which a column is printed in Chinese and English; empty texts where it has none."""
    by_column = _OTHERWISE.get((kind, column.column))
    by_unit = _OTHERWISE.get((kind, column.unit)) if column.unit else None
    return by_column or by_unit or PRINTED.get(column.unit, ("", ""))


def as_printed(column: Column, value: float, kind: Kind = "indicators") -> float:
    """A figure in its stored unit, in the unit in which it is printed (:func:`printed_unit`)."""
    unit = printed_unit(column, kind)[0]
    return value / UNITS[column.unit][unit] if unit else value


_SLACK_M2: Final = 1.0
"""Areas are written to 0.0001 ha."""


class Definition(BaseModel):
    """What one figure means and may be.

    Attributes:
        column: The column.
        definition_zh: What is counted, in Chinese.
        definition_en: The same in English.
        minimum: Least value; None where it may be below zero.
        maximum: Greatest value.
        part_of: Column that it is a part of and cannot exceed; empty where there is none.
        whole: Only whole numbers.
        source: Where the definition comes from.
        confidence: Its certainty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    definition_zh: str
    definition_en: str
    minimum: float | None
    maximum: float | None
    part_of: str
    whole: bool
    source: str
    confidence: str


def columns(kind: YearlyKind = "indicators") -> tuple[Column, ...]:
    """Every column, in display order."""
    return schema.columns(kind)


@cache
def definitions(kind: YearlyKind = "indicators") -> dict[str, Definition]:
    """Definition of every column by its name."""
    name = {"indicators": "indicator", "enterprises": "enterprise"}[kind]
    path = DATA / "reference" / f"{name}_definitions.csv"
    with path.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    limits = ("minimum", "maximum")
    return {
        row["column"]: Definition.model_validate(row | {name: row[name] or None for name in limits})
        for row in rows
    }


def figures(kind: YearlyKind = "indicators") -> tuple[str, ...]:
    """Columns that hold a figure of the year, without names and notes."""
    groups = {"land", "building", "economy", "management"}
    return tuple(c.column for c in columns(kind) if c.group in groups and c.dtype != "string")


def last_year(day: dt.date) -> int:
    """The last year that has ended on a day; figures of a later one cannot be there yet."""
    return day.year - 1


def record_ids(subject: pd.Series, year: pd.Series) -> pd.Series:
    """``subject/year`` of each row as text; missing where one of the two is.

    Args:
        subject: Column :data:`SUBJECT` of the rows.
        year: Years as numbers, on the same index.
    """
    years = pd.to_numeric(year).astype("Int64").astype("string")
    return (subject.astype("string") + "/" + years).rename(KEY)


def contradictions(rows: pd.DataFrame, kind: YearlyKind = "indicators") -> pd.DataFrame:
    """Figures that cannot be true.

    Args:
        rows: n rows with any of :func:`columns`, areas in m2; missing values are no contradiction.
        kind: Table that they belong to.

    Returns:
        One line each, RangeIndex: ``row`` (label in ``rows``), ``check`` (``negative``: below the
        least value, ``above``: beyond the greatest, ``part``: more than its whole, ``broken``: no
        whole number), ``column``, ``value``, ``limit`` (float64), ``whole`` (column of the whole,
        or empty). A part may exceed its whole by 1 m2, since areas are written to 0.0001 ha.
    """
    lines: list[pd.DataFrame] = []
    for name, meaning in definitions(kind).items():
        if name not in rows or not pd.api.types.is_numeric_dtype(rows[name].dtype):
            continue
        values = rows[name].astype("float64")
        if meaning.minimum is not None:
            lines.append(_lines("negative", values, values < meaning.minimum, meaning.minimum))
        if meaning.maximum is not None:
            lines.append(_lines("above", values, values > meaning.maximum, meaning.maximum))
        if meaning.whole:
            lines.append(_lines("broken", values, values.notna() & (values % 1 != 0), 0.0))
        if meaning.part_of in rows:
            whole = rows[meaning.part_of].astype("float64")
            beyond = values > whole + _SLACK_M2
            lines.append(_lines("part", values, beyond, whole, meaning.part_of))
    if not lines:
        lines = [_lines("part", *(pd.Series(dtype="float64"), pd.Series(dtype=bool)), 0.0)]
    return pd.concat(lines, ignore_index=True)


def _lines(
    check: str,
    values: pd.Series,
    wrong: pd.Series,
    limit: pd.Series | float,
    whole: str = "",
) -> pd.DataFrame:
    limits = limit if isinstance(limit, pd.Series) else pd.Series(limit, index=values.index)
    return pd.DataFrame(
        {
            "row": values.index[wrong],
            "check": check,
            "column": values.name if values.name is not None else "",
            "value": values[wrong].to_numpy(dtype="float64"),
            "limit": limits[wrong].to_numpy(dtype="float64"),
            "whole": whole,
        }
    )
