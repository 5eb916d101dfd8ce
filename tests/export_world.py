"""Rows with everything that a format may stumble over, in a store."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from export.datasets import Options
from store import Store, Version, Viewer
from tests.store_world import CORNER, COUNTIES, GANZHOU, NANCHANG, STEP, parcels

ANN = Viewer("ann")
SOUTH = Viewer("bo", frozenset({GANZHOU}))
NUMBER = "GY20261123-3F2A9C1D"
MOMENT = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '"; DROP TABLE parcels; --', "甲，乙、丙"]
LONG = "长" * 200  # 400 bytes in GBK


def with_hole(west: float, south: float) -> shapely.Polygon:
    shell = shapely.box(west, south, west + STEP, south + STEP)
    return shell.difference(shapely.box(west + 3e-4, south + 3e-4, west + 6e-4, south + 6e-4))


def awkward() -> gpd.GeoDataFrame:
    """Seven parcels of Nanchang and two of Ganzhou; the first has a hole, the second two parts."""
    frame = pd.concat([parcels(7, NANCHANG), parcels(2, GANZHOU)], ignore_index=True)
    west, south = CORNER[NANCHANG]
    shapes = frame.geometry.to_numpy().copy()
    shapes[0] = with_hole(west, south)
    shapes[1] = shapely.MultiPolygon(
        [shapely.box(west + STEP, south, west + 1.3 * STEP, south + STEP),
         shapely.box(west + 1.6 * STEP, south, west + 1.9 * STEP, south + STEP)]
    )  # fmt: skip
    frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=4490))
    n = len(frame)
    frame["name"] = [*HOSTILE, "赣州一号", None]
    frame["location"] = [LONG, "短", *[None] * (n - 2)]
    frame["holder"] = ["㐂𠮷公司", "普通公司", *[None] * (n - 2)]
    frame["supply_no"] = "3601122021B00001"
    frame["signed_on"] = pd.Series(
        [pd.Timestamp("2021-03-01"), pd.NaT, *[pd.Timestamp("2019-02-26")] * (n - 2)]
    )
    frame["mortgaged"] = pd.array([True, False, *[None] * (n - 2)], dtype="boolean")
    frame["price_wan"] = [1234.5678, np.nan, *np.arange(n - 2.0)]
    frame["批准面积平方米"] = [f"{i}.50" for i in range(n)]
    frame["批准面积平均值"] = "x"
    frame["监管号长"] = "360112202100000123456789"
    frame["登记时刻"] = pd.Timestamp("2024-05-06 07:08:09")
    frame["次数"] = np.arange(n, dtype="int64")
    return frame


def filled(store: Store, *, demonstration: bool = False, **passport: object) -> Version:
    """The awkward rows as a version of ``land``."""
    return store.commit(
        "land",
        awkward(),
        kind="parcels",
        viewer=ANN,
        reason="测试",
        demonstration=demonstration,
        passport={"number": NUMBER, "file": "甲方\n报送.zip", **passport},
    )


def options(**chosen: object) -> Options:
    return Options(**({"made_at": MOMENT, "made_by": "ann"} | chosen))


__all__ = [
    "ANN", "COUNTIES", "GANZHOU", "HOSTILE", "LONG", "MOMENT", "NANCHANG", "NUMBER", "SOUTH",
    "awkward", "filled", "options",
]  # fmt: skip
