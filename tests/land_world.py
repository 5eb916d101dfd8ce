"""Small land worlds: parcels in the schema, on 100 m squares, everything not named is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
from shapely import box

from domain.parcels import COMPUTED, columns

Record = Mapping[str, object]

DEGREE = 0.001
"""Side of a square in degrees; about 100 m."""


def parcels(records: Sequence[Record], *, area_m2: float = 10_000.0) -> gpd.GeoDataFrame:
    """Parcels in EPSG:4490, one per record, side by side from 115 E 28 N in rows of 200."""
    n = len(records)
    out: dict[str, pd.Series] = {}
    defaults: dict[str, Sequence[object]] = {
        "parcel_id": [f"P{i}" for i in range(n)],
        "county_adcode": ["360112"] * n,
        "prefecture_adcode": ["360100"] * n,
        "area_ellipsoidal_m2": [area_m2] * n,
        "area_planar_m2": [area_m2] * n,
        "source_row": list(range(1, n + 1)),
    }
    for name, dtype in {c.column: c.pandas_dtype for c in columns()}.items():
        out[name] = _column(records, name, dtype, defaults.get(name, [None] * n))
    for name, dtype in COMPUTED.items():
        out[name] = _column(records, name, dtype, defaults.get(name, [None] * n))
    squares = [square(i % 200, i // 200) for i in range(n)]
    return gpd.GeoDataFrame(pd.DataFrame(out), geometry=squares, crs=4490)


def square(column: int, row: int):
    """The square at a place of the grid."""
    west, south = 115.0 + column * DEGREE, 28.0 + row * DEGREE
    return box(west, south, west + DEGREE, south + DEGREE)


def _column(
    records: Sequence[Record], name: str, dtype: str, default: Sequence[object]
) -> pd.Series:
    values = [record.get(name, default[i]) for i, record in enumerate(records)]
    if dtype.startswith("datetime64"):
        return pd.to_datetime(pd.Series(values, dtype="object")).astype(dtype)
    return pd.Series(values, dtype="object").astype(dtype)


def date(text: str) -> dt.date:
    """A date from ISO text."""
    return dt.date.fromisoformat(text)
