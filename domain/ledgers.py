"""The three ledgers of approved land: what a batch, a supply and an idle case record.

The columns are ``data/schemas/ledgers.csv``; areas are square metres, as everywhere inside.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Final, Literal, get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict

from domain.boundaries import prefecture_of
from domain.paths import DATA
from geo.errors import SchemaError

Table = Literal["batch", "supply", "idle_case"]
TABLES: Final[tuple[Table, ...]] = get_args(Table)

KEY: Final[dict[Table, str]] = {"batch": "batch_id", "supply": "supply_no", "idle_case": "case_id"}
"""The column that names a row of each ledger."""

AREA_TOLERANCE_M2: Final = 1.0
"""Areas are recorded to 0.0001 ha."""

SUPPLY_NO: Final = r"^\d{6}\d{4}[A-Z]\d{5,8}$"
"""Electronic supervision number: county, year, a letter, serial."""

_DTYPES: Final = {
    "string": "string",
    "float64": "float64",
    "date": "datetime64[ms]",
    "bool": "boolean",
}


class LedgerColumn(BaseModel):
    """One field of a ledger.

    Attributes:
        table: Ledger it belongs to.
        column: Name in the product.
        dtype: ``string``, ``float64``, ``date`` (no time of day) or ``bool``.
        unit: Unit of a number; empty where there is none.
        zh: Chinese name, as on the ledger form.
        en: English name.
        code: Short code of at most ten bytes, as in exchanged tables.
        required: A row without it is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: Table
    column: str
    dtype: Literal["string", "float64", "date", "bool"]
    unit: str
    zh: str
    en: str
    code: str
    required: bool


@cache
def _all() -> tuple[LedgerColumn, ...]:
    with (DATA / "schemas" / "ledgers.csv").open(encoding="utf-8", newline="") as f:
        return tuple(LedgerColumn.model_validate(row) for row in csv.DictReader(f))


@cache
def columns(table: Table) -> tuple[LedgerColumn, ...]:
    """Fields of one ledger, in display order."""
    return tuple(column for column in _all() if column.table == table)


def pandas_dtype(column: LedgerColumn) -> str:
    """Storage dtype of a field in a frame."""
    return _DTYPES[column.dtype]


def conform(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every field of the ledger, in order and typed.

    Args:
        table: Ledger.
        rows: n rows with at least the required fields; other columns are dropped. The date
            ``1900-01-01`` means empty, as in extracts of the land market system.

    Returns:
        n rows on the index of ``rows``, with ``prefecture_adcode`` (from the county) at the end.

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
        try:
            out[name] = _cast(values, pandas_dtype(column))
        except (ValueError, TypeError) as err:
            raise SchemaError(
                f"ledger {table}: {name} is not {column.dtype}: {err}", values={"columns": name}
            ) from err
    out["prefecture_adcode"] = out["county_adcode"].map(prefecture_of).astype("string")
    return pd.DataFrame(out, index=rows.index)


def _cast(values: pd.Series, dtype: str) -> pd.Series:
    if dtype.startswith("datetime64"):
        dates = pd.Series(pd.to_datetime(values), index=values.index)
        dates = dates.astype(pd.api.types.pandas_dtype(dtype))
        return dates.mask(dates == pd.Timestamp("1900-01-01"))
    if dtype == "float64":
        return pd.Series(pd.to_numeric(values), index=values.index).astype("float64")
    return values.astype(pd.api.types.pandas_dtype(dtype))


def contradictions(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose figures or dates cannot all be true.

    Args:
        table: Ledger.
        rows: n rows as :func:`conform` returns them.

    Returns:
        One line per contradiction: ``row`` (label in ``rows``) and ``check``, one of
        ``areas`` (supplied + written off + not supplied = approved, none negative),
        ``start_before_contract``, ``finish_before_start``, ``supply_no``.
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
    if table != "batch":
        failed["supply_no"] = ~rows["supply_no"].str.fullmatch(SUPPLY_NO).astype(bool)
    lines = [
        pd.DataFrame({"row": rows.index[mask.to_numpy(bool)], "check": check})
        for check, mask in failed.items()
    ]
    return pd.concat(lines, ignore_index=True)
