"""What rows of each kind hold: one list of columns for ingest, store, analytics and exports.

The lists are ``data/schemas/<kind>.csv``. Rows with a shape also carry the columns of
:func:`computed`, which the product works out itself at ingest.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Final, Literal, TypeGuard, get_args

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict

from domain.paths import DATA
from geo.errors import SchemaError

Dtype = Literal["string", "float64", "date", "bool"]
SpatialKind = Literal["parcels", "zones", "land_use", "overlay"]
YearlyKind = Literal["indicators", "enterprises"]
LedgerKind = Literal["batch", "supply", "idle_case", "supply_batch", "indicators", "enterprises"]
Kind = Literal[
    "parcels",
    "zones",
    "land_use",
    "overlay",
    "batch",
    "supply",
    "idle_case",
    "supply_batch",
    "indicators",
    "enterprises",
]

SPATIAL: Final[tuple[SpatialKind, ...]] = get_args(SpatialKind)
LEDGER: Final[tuple[LedgerKind, ...]] = get_args(LedgerKind)
YEARLY: Final[tuple[YearlyKind, ...]] = get_args(YearlyKind)
"""Ledgers of yearly figures: their rows are named by subject and year, filled in by a template."""
KINDS: Final[tuple[Kind, ...]] = (*SPATIAL, *LEDGER)

KEY: Final[dict[Kind, str]] = {
    "parcels": "parcel_id",
    "zones": "zone_id",
    "land_use": "feature_id",
    "overlay": "feature_id",
    "batch": "batch_id",
    "supply": "supply_no",
    "idle_case": "case_id",
    "supply_batch": "link_id",
    "indicators": "record_id",
    "enterprises": "record_id",
}
"""The column that names a row of each kind."""

AREA: Final = "area_ellipsoidal_m2"
"""The area column that totals rest on."""

_PANDAS: Final[dict[Dtype, str]] = {
    "string": "string",
    "float64": "float64",
    "date": "datetime64[ms]",
    "bool": "boolean",
}
_COMPUTED: Final[dict[str, str]] = {
    "source_row": "int64",  # row in the sender's file, from 1
    "prefecture_adcode": "string",  # from the county code
    "area_planar_m2": "float64",  # in the 3-degree zone of the sender's file
    AREA: "float64",  # on the CGCS2000 ellipsoid
}


class Column(BaseModel):
    """One attribute of a row.

    Attributes:
        column: Name in the product.
        dtype: ``string``, ``float64``, ``date`` (no time of day) or ``bool``.
        unit: Unit of a number; empty where there is none.
        zh: Chinese name, as on the form.
        en: English name.
        code: Short code of at most ten bytes, for shapefiles and exchanged tables.
        required: Rows without it are refused.
        group: Section of a card.
        synonyms: Field names that mean this column.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    dtype: Dtype
    unit: str
    zh: str
    en: str
    code: str
    required: bool
    group: str
    synonyms: tuple[str, ...]

    @property
    def pandas_dtype(self) -> str:
        """Storage dtype in a frame."""
        return _PANDAS[self.dtype]


@cache
def columns(kind: Kind) -> tuple[Column, ...]:
    """Every attribute of a kind, in display order."""
    with (DATA / "schemas" / f"{kind}.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return tuple(
        Column.model_validate(
            {**row, "synonyms": tuple(s for s in row["synonyms"].split(";") if s)}
        )
        for row in rows
    )


@cache
def column(kind: Kind, name: str) -> Column | None:
    """An attribute by its name; None where the kind has no such attribute."""
    return next((c for c in columns(kind) if c.column == name), None)


def is_ledger(kind: Kind) -> TypeGuard[LedgerKind]:
    """Whether rows of a kind are records of a ledger."""
    return kind in LEDGER


def is_yearly(kind: Kind) -> TypeGuard[YearlyKind]:
    """Whether rows of a kind are figures of a year."""
    return kind in YEARLY


def is_spatial(kind: Kind) -> TypeGuard[SpatialKind]:
    """Whether rows of a kind have shapes."""
    return kind in SPATIAL


def computed(kind: SpatialKind) -> dict[str, str]:
    """Columns that ingest adds to rows of a kind, with their storage dtypes."""
    with_class = {"analysis_class": "string"} if kind in {"parcels", "land_use"} else {}
    return _COMPUTED | with_class


def conform(kind: SpatialKind, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows with every column of their kind present, in order and typed.

    Args:
        kind: What a row is.
        frame: n rows with at least the required columns and those of :func:`computed`; CRS
            EPSG:4490; extra columns are kept behind the known ones.

    Returns:
        n rows on the index of ``frame``; absent columns are added as missing values.

    Raises:
        SchemaError: A required or computed column is absent, or values do not fit a dtype.
    """
    known = {c.column: c.pandas_dtype for c in columns(kind)} | computed(kind)
    needed = [c.column for c in columns(kind) if c.required] + list(computed(kind))
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise SchemaError(
            f"missing columns: {', '.join(missing)}", values={"columns": ", ".join(missing)}
        )
    out: dict[str, pd.Series] = {}
    for name, dtype in known.items():
        values = frame[name] if name in frame.columns else pd.Series(pd.NA, index=frame.index)
        out[name] = cast_values(values, dtype, name)
    geometry = frame.geometry.name
    extra = {name: frame[name] for name in frame.columns if name not in known and name != geometry}
    return gpd.GeoDataFrame(
        pd.DataFrame({**out, **extra}, index=frame.index), geometry=frame.geometry, crs=frame.crs
    )


def cast_values(values: pd.Series, dtype: str, name: str) -> pd.Series:
    """Values in a storage dtype.

    Raises:
        SchemaError: They do not fit it.
    """
    try:
        if dtype.startswith("datetime64"):
            values = pd.Series(pd.to_datetime(values), index=values.index)
        if dtype == "float64":
            values = pd.Series(pd.to_numeric(values), index=values.index)
        return values.astype(pd.api.types.pandas_dtype(dtype))
    except (ValueError, TypeError) as err:
        raise SchemaError(f"column {name} is not {dtype}: {err}", values={"columns": name}) from err
