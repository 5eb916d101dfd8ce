"""A small world for sheets: one layer of squares near Ganzhou whose figures are known by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
from shapely import box

from domain.i18n import translator
from export.region import Region
from export.sheet import MapSheet
from layers.spec import BoundLayer, LayerClass, LayerSpec, Symbol

CLASSES = (
    LayerClass("idle", "疑似闲置", Symbol(fill="#E37D30", stroke="#555555")),
    LayerClass("unsupplied", "批而未供", Symbol(fill="#7A7A7A", hatch="diagonal")),
    LayerClass("done", "已竣工", Symbol(fill="#216F75")),
)
SPEC = LayerSpec(
    id="parcels",
    title="批而未用土地",
    geometry="polygon",
    classes=CLASSES,
    source="台账摘录",
    column="status",
    id_column="parcel_id",
    area_column="area_m2",
)
DRAWN = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)


def squares(
    statuses: Sequence[str] = ("idle", "idle", "done"),
    *,
    county: str = "360702",
    west: float = 114.90,
    south: float = 25.85,
    side: float = 0.002,
    area_m2: float = 40_000.0,
) -> gpd.GeoDataFrame:
    """Squares of about 200 m, one for each status, in one row."""
    n = len(statuses)
    table = pd.DataFrame(
        {
            "parcel_id": [f"P{i}" for i in range(n)],
            "status": list(statuses),
            "area_m2": [area_m2] * n,
            "county_adcode": [county] * n,
            "prefecture_adcode": [county[:4] + "00"] * n,
            "zone_id": ["jx-ganzhou-etdz"] * n,
            "holder": [f"测试公司{i}" for i in range(n)],
        }
    )
    places = [box(west + i * side, south, west + (i + 0.9) * side, south + side) for i in range(n)]
    return gpd.GeoDataFrame(table, geometry=places, crs=4490)


def bound(frame: gpd.GeoDataFrame | None = None, *, demonstration: bool = False) -> BoundLayer:
    """The layer of the world."""
    return SPEC.bind(squares() if frame is None else frame, demonstration=demonstration)


def sheet(place: str = "章贡区", *, language: str = "zh_CN", **changes: object) -> MapSheet:
    """A sheet of the world; ``changes`` are arguments of ``MapSheet``."""
    arguments: dict[str, object] = {
        "layers": (bound(),),
        "drawn_at": DRAWN,
        "data_date": "2026-06-30",
        "organisation": "某市规划设计院",
        "figure_number": "3-2",
        "dpi": 60,
    }
    return MapSheet(region=Region.of(place), t=translator(language), **(arguments | changes))
