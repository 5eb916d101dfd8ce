"""The ledgers: batches, supplies, idle cases and links of approved land; yearly figures.

The columns are ``data/schemas/<ledger>.csv``; areas are square metres, as everywhere inside. What
yearly figures mean is told in :mod:`domain.indicators`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from domain import schema
from domain.boundaries import prefecture_of
from domain.indicators import SUBJECT, record_ids
from domain.reference import zone_prefectures
from domain.schema import Column
from domain.schema import LedgerKind as Table
from geo.errors import SchemaError

__all__ = [
    "AREA_TOLERANCE_M2",
    "KEY",
    "LAND",
    "LONGEST_TEXT",
    "SUPPLY_NO",
    "TABLES",
    "Table",
    "columns",
    "conform",
    "contradictions",
    "with_link_ids",
]

TABLES: Final[tuple[Table, ...]] = schema.LEDGER

LAND: Final[tuple[Table, ...]] = ("batch", "supply", "idle_case", "supply_batch")
"""The ledgers of approved land: what the status of a parcel rests on."""

KEY: Final[dict[Table, str]] = {table: schema.KEY[table] for table in TABLES}
"""The column that names a row of each ledger."""

AREA_TOLERANCE_M2: Final = 1.0
"""Areas are recorded to 0.0001 ha."""

LONGEST_TEXT: Final = 400
"""Characters that a text of a row may have."""

SUPPLY_NO: Final = r"^\d{6}\d{4}[A-Z]\d{5,8}$"
"""Electronic supervision number: county, year, a letter, serial."""


def columns(table: Table) -> tuple[Column, ...]:
    """Fields of one ledger, in display order."""
    return schema.columns(table)


def conform(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every field of the ledger, in order and typed.

    Args:
        table: Ledger.
        rows: n rows with at least the required fields; other columns are dropped. The date
            ``1900-01-01`` means empty, as in extracts of the land market system.

    Returns:
        n rows on the index of ``rows``, with ``prefecture_adcode`` (from the county; of yearly
        figures from the zone) at the end.

    Raises:
        SchemaError: A required field is absent or empty, or values do not fit a dtype.
    """
    out: dict[str, pd.Series] = {}
    for column in columns(table):
        name = column.column
        if column.required and (name not in rows or rows[name].isna().any()):
            raise SchemaError(
                f"ledger {table}: {name} is missing; fill it in and send the rows again",
                values={"columns": name},
            )
        values = rows[name] if name in rows else pd.Series(pd.NA, index=rows.index)
        out[name] = _empty_dates(schema.cast_values(values, column.pandas_dtype, name))
    out["prefecture_adcode"] = _prefectures(table, out)
    return pd.DataFrame(out, index=rows.index)


def _prefectures(table: Table, columns: Mapping[str, pd.Series]) -> pd.Series:
    """Code of the prefecture of each row, by which it is in somebody's scope.

    Raises:
        SchemaError: A zone is not listed.
    """
    if not schema.is_yearly(table):
        return columns["county_adcode"].map(prefecture_of).astype("string")
    ids = columns["zone_id"]
    found = ids.map(zone_prefectures()).astype("string")
    if found.isna().any():
        strange = ids[found.isna()]
        raise SchemaError(
            f"ledger {table}: no zone has the code {strange.iloc[0]!r}; see the template",
            rows=strange.index.tolist(),
            values={"columns": "zone_id"},
        )
    return found


def with_link_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``supply_batch`` with a ``link_id`` each: a table of links seldom numbers them.

    Args:
        rows: n rows with ``supply_no`` and ``batch_id``; ``link_id`` may be absent or have gaps.

    Returns:
        The same rows; a gap is filled with ``supply_no/batch_id`` where both are given, and stays
        a gap where one is not.
    """
    made = rows["supply_no"].astype("string") + "/" + rows["batch_id"].astype("string")
    given = rows["link_id"].astype("string") if "link_id" in rows else made
    return rows.assign(link_id=given.fillna(made))


def _empty_dates(values: pd.Series) -> pd.Series:
    """Dates without the one that stands for an empty cell."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.mask(values == pd.Timestamp("1900-01-01"))
    return values


def contradictions(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose figures or dates cannot all be true.

    Args:
        table: Ledger.
        rows: n rows as :func:`conform` returns them.

    Returns:
        One line per contradiction: ``row`` (label in ``rows``) and ``check``, one of
        ``areas`` (supplied + written off + not supplied = approved, none negative; the area of
        a link is more than nothing), ``start_before_contract``, ``finish_before_start``,
        ``supply_no``, ``record_id`` (not made of subject and year).
    """
    failed: dict[str, pd.Series] = {}
    if table == "batch":
        parts = rows[["supplied_m2", "written_off_m2", "unsupplied_m2"]]
        gap = (parts.sum(axis=1) - rows["approved_m2"]).abs()
        # A hair of float slack: the records themselves are exact to a square metre.
        failed["areas"] = (gap > AREA_TOLERANCE_M2 + 1e-6) | (parts < 0).any(axis=1)
    if table == "supply":
        failed["start_before_contract"] = rows["start_due"] < rows["signed_on"]
        failed["finish_before_start"] = rows["finish_due"] <= rows["start_due"]
    if table == "supply_batch":
        failed["areas"] = ~(rows["area_m2"] > 0)
    if table in {"supply", "idle_case", "supply_batch"}:
        failed["supply_no"] = ~rows["supply_no"].str.fullmatch(SUPPLY_NO).astype(bool)
    if schema.is_yearly(table):
        stated = record_ids(rows[SUBJECT[table]], rows["year"])
        failed["record_id"] = (rows["record_id"] != stated).fillna(value=True).astype(bool)
    lines = [
        pd.DataFrame({"row": rows.index[mask.to_numpy(bool)], "check": check})
        for check, mask in failed.items()
    ]
    return pd.concat(lines, ignore_index=True)
