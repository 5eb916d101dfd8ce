"""What a parcel dataset holds: one list of columns for ingest, store, analytics and exports.

The list itself is ``data/schemas/parcels.csv``. Besides it every stored parcel carries the columns
of :data:`COMPUTED`, which the product works out itself at ingest.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Any, Final, Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict

from domain.paths import DATA
from geo.errors import SchemaError

Dtype = Literal["string", "float64", "date", "bool"]

COMPUTED: Final[dict[str, str]] = {
    "source_row": "int64",  # row in the sender's file, from 1
    "prefecture_adcode": "string",  # from the county code
    "analysis_class": "string",  # from land_class and its standard
    "area_planar_m2": "float64",  # in the 3-degree zone of the sender's file
    "area_ellipsoidal_m2": "float64",  # on the CGCS2000 ellipsoid
}
"""Columns that ingest adds, with their dtypes."""

AREA: Final = "area_ellipsoidal_m2"
"""The area column that totals rest on."""


class Column(BaseModel):
    """One attribute of a parcel.

    Attributes:
        column: Name in the product.
        dtype: ``string``, ``float64``, ``date`` (datetime64, no time of day) or ``bool``.
        unit: Unit of a number; empty where there is none.
        zh: Chinese name, as on the ledger form.
        en: English name.
        code: Short code of at most ten bytes, for shapefile export.
        required: A dataset without it is refused.
        group: Section of a parcel card.
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


@cache
def columns() -> tuple[Column, ...]:
    """Every attribute of a parcel, in display order."""
    with (DATA / "schemas" / "parcels.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return tuple(
        Column.model_validate({**row, "synonyms": tuple(row["synonyms"].split(";"))})
        for row in rows
    )


def pandas_dtype(column: Column) -> str:
    """Storage dtype of a column in a stored dataset."""
    return {"string": "string", "float64": "float64", "date": "datetime64[ms]", "bool": "boolean"}[
        column.dtype
    ]


def conform(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same parcels with every schema column present, in order and typed.

    Args:
        frame: n parcels with at least the required columns and those of :data:`COMPUTED`; CRS
            EPSG:4490; extra columns are kept behind the known ones.

    Returns:
        n rows on the index of ``frame``; absent columns are added as missing values.

    Raises:
        SchemaError: A required or computed column is absent, or values do not fit a dtype.
    """
    known = {c.column: pandas_dtype(c) for c in columns()} | COMPUTED
    needed = [c.column for c in columns() if c.required] + list(COMPUTED)
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise SchemaError(
            f"missing columns: {', '.join(missing)}", values={"columns": ", ".join(missing)}
        )
    out: dict[str, pd.Series] = {}
    for name, dtype in known.items():
        values = frame[name] if name in frame.columns else pd.Series(pd.NA, index=frame.index)
        try:
            out[name] = _cast(values, dtype)
        except (ValueError, TypeError) as err:
            raise SchemaError(
                f"column {name} is not {dtype}: {err}", values={"columns": name}
            ) from err
    geometry = frame.geometry.name
    extra = {name: frame[name] for name in frame.columns if name not in known and name != geometry}
    return gpd.GeoDataFrame(
        pd.DataFrame({**out, **extra}, index=frame.index), geometry=frame.geometry, crs=frame.crs
    )


def _cast(values: pd.Series, dtype: Any) -> pd.Series:  # noqa: ANN401 - stubs know literals only
    if dtype.startswith("datetime64"):
        values = pd.to_datetime(values)
    if dtype == "float64":
        values = pd.to_numeric(values)
    out: pd.Series = values.astype(dtype)
    return out
