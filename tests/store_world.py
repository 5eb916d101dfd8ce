"""A handful of parcels in two prefectures, whose figures are known by hand."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

NANCHANG, GANZHOU = "360100", "360700"
COUNTIES = {NANCHANG: "360112", GANZHOU: "360702"}
CORNER = {NANCHANG: (115.8, 28.6), GANZHOU: (114.9, 25.8)}
STEP = 0.001
_NOBODY = 65534
MOMENT = dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC)


def parcels(count: int = 3, prefecture: str = NANCHANG, *, tag: str = "P") -> gpd.GeoDataFrame:
    """A row of square parcels, each 0.001 degrees wide, from west to east."""
    west, south = CORNER[prefecture]
    shapes = [
        shapely.box(west + k * STEP, south, west + (k + 1) * STEP, south + STEP)
        for k in range(count)
    ]
    rows = {
        "parcel_id": [f"{tag}{prefecture}{k:04d}" for k in range(count)],
        "county_adcode": COUNTIES[prefecture],
        "land_class": "0601",
        "area_stated_m2": [1000.0 + k for k in range(count)],
        "source_row": range(1, count + 1),
        "prefecture_adcode": prefecture,
        "analysis_class": "industrial",
        "area_planar_m2": 1.0,
        "area_ellipsoidal_m2": 1.0,
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4490)


def two_prefectures() -> gpd.GeoDataFrame:
    """Three parcels in Nanchang, two in Ganzhou."""
    return pd.concat([parcels(3, NANCHANG), parcels(2, GANZHOU)], ignore_index=True)


def batches(*prefectures: str) -> pd.DataFrame:
    """One batch a prefecture: 10 ha approved, 6 supplied, 1 written off, 3 left."""
    return pd.DataFrame(
        {
            "batch_id": [f"{p}演示批次" for p in prefectures],
            "county_adcode": [COUNTIES[p] for p in prefectures],
            "approved_on": pd.Timestamp("2020-05-06"),
            "approved_m2": 100_000.0,
            "supplied_m2": 60_000.0,
            "written_off_m2": 10_000.0,
            "unsupplied_m2": 30_000.0,
        }
    )


def supplies(prefecture: str = NANCHANG) -> pd.DataFrame:
    """One supply whose dates stand in order."""
    county = COUNTIES[prefecture]
    return pd.DataFrame(
        {
            "supply_no": [f"{county}2021B00001"],
            "county_adcode": [county],
            "supplied_m2": [60_000.0],
            "signed_on": [pd.Timestamp("2021-03-01")],
            "start_due": [pd.Timestamp("2021-09-01")],
            "finish_due": [pd.Timestamp("2023-09-01")],
        }
    )


@contextmanager
def locked_folder(*names: str) -> Iterator[Path]:
    """A folder that may be read and not written, as long as the block runs.

    Root may write everywhere, so it steps down to the user without rights meanwhile.

    Args:
        names: Folders that are to be found in it, as locked as itself.
    """
    base = Path(tempfile.mkdtemp(prefix="ganyuan-locked-"))
    for name in names:
        (base / name).mkdir()
    root = os.geteuid() == 0
    for path in (*base.iterdir(), base):
        path.chmod(0o555)
    try:
        if root:
            os.seteuid(_NOBODY)
        yield base
    finally:
        if root:
            os.seteuid(0)
        for path in (base, *base.iterdir()):
            path.chmod(0o755)
        shutil.rmtree(base)
