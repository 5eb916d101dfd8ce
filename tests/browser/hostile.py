"""A store whose every text would be script if anything ran it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from domain.parcels import conform
from store import Store, Viewer
from tests.unit.test_web import HOSTILE


def hostile_store(root: Path) -> None:
    """Fill a store with parcels and zones of such texts, published by somebody of such a name."""
    store = Store(root)
    clerk = Viewer("<img src=x onerror=window.__x=1>")
    store.commit("land", hostile_parcels(), kind="parcels", viewer=clerk, reason=HOSTILE[0])
    store.commit("zones", hostile_zones(), kind="zones", viewer=clerk, reason="r")


def hostile_parcels():
    """One parcel a payload, its text in every column that a page may show."""
    side = 0.002
    rows = gpd.GeoDataFrame(
        {
            "parcel_id": list(HOSTILE),
            "name": list(HOSTILE),
            "holder": list(HOSTILE),
            "zone_id": list(HOSTILE),
            "location": list(HOSTILE),
            "supply_no": list(HOSTILE),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            "analysis_class": "industrial",
            "source_row": range(1, len(HOSTILE) + 1),
            "area_planar_m2": 1.0,
            "area_ellipsoidal_m2": 1.0,
            "<img src=x onerror=window.__x=1>": "x",
        },
        geometry=[
            shapely.box(115.8 + side * k, 28.6, 115.8 + side * (k + 1), 28.6 + side)
            for k in range(len(HOSTILE))
        ],
        crs=4490,
    )
    return conform(rows)


def hostile_zones():
    return gpd.GeoDataFrame(
        {
            "zone_id": list(HOSTILE),
            "name": list(HOSTILE),
            "county_adcode": "360112",
            "prefecture_adcode": "360100",
            "level": "provincial",
            "kind": "other",
            "approved_area_ha": 1.0,
        },
        geometry=[
            shapely.box(115.8 + 0.02 * k, 28.2, 115.81 + 0.02 * k, 28.21)
            for k in range(len(HOSTILE))
        ],
        crs=4490,
    )
