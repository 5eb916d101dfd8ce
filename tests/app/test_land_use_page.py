"""The land-use page with good, bad and no data; rasters of six cells."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import box

from domain.parcels import AREA
from tests.app.land_pages import html, open_page, words
from tests.land_world import parcels

LEGEND = {1: "cropland", 2: "forest", 8: "built_mixed"}
RASTERS = {"land-view": "rasters"}


@pytest.fixture
def root(empty_store, viewer):
    world = parcels(
        [
            {"analysis_class": "industrial"},
            {"analysis_class": "utility"},
            {
                "analysis_class": "industrial",
                "county_adcode": "360781",
                "prefecture_adcode": "360700",
            },
        ]
    )
    world[AREA] = [120_000.0, 50_000.0, 30_000.0]
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    return empty_store.root


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "用地分析"), ("en", "Land use")])
@pytest.mark.parametrize("view", ["parcels", "rasters"])
def test_the_page_draws_the_demonstration_province(demo_root, language, title, view):
    app = open_page("land_use", demo_root, language=language, state={"land-view": view})
    assert not app.exception
    assert not app.error
    assert title in html(app)
    assert "演示数据" in html(app)


@pytest.mark.parametrize("view", ["parcels", "rasters"])
def test_an_empty_store_says_what_to_do_next(tmp_path, view):
    app = open_page("land_use", tmp_path, state={"land-view": view})
    assert not app.exception
    assert "ganyuan demo" in app.info[0].value


def test_the_table_adds_up(root):
    app = open_page("land_use", root)
    assert not app.exception
    table = app.dataframe[0].value.set_index("单位")
    assert table.index.tolist() == ["南昌市", "赣州市", "合计"]
    assert table.loc["合计", "合计"] == 20.0
    assert table.loc["南昌市", "公共管理与服务"] == 5.0
    parts = table.drop(columns="合计")
    assert parts.sum(axis=1).to_numpy() == pytest.approx(table["合计"].to_numpy())


def test_fine_classes_and_mu(root):
    app = open_page("land_use", root, unit="mu", state={"detail": "class"})
    table = app.dataframe[0].value.set_index("单位")
    assert table.loc["合计", "公用设施用地"] == 75.0


def test_a_county_shows_its_parcels(demo_root):
    app = open_page("land_use", demo_root, state={"prefecture": "360700", "county": "360781"})
    assert not app.exception
    assert "瑞金市" in html(app)


def test_zones_by_name_and_by_outline_agree_on_the_whole(demo_root):
    state = {"prefecture": "360500", "level": "zone", "cut": False}
    named = open_page("land_use", demo_root, state=state).dataframe[0].value.set_index("单位")
    app = open_page("land_use", demo_root, state={**state, "cut": True})
    assert not app.exception
    cut = app.dataframe[0].value.set_index("单位")
    assert cut.loc["合计", "合计"] == pytest.approx(named.loc["合计", "合计"])
    assert cut.loc["合计", "工业"] == pytest.approx(named.loc["合计", "工业"])


def test_parcels_that_name_no_zone_are_cut_by_themselves(root, empty_store, viewer):
    outline = gpd.GeoDataFrame(
        {
            "zone_id": ["jx-xiaolan-etdz"],
            "name": ["小蓝"],
            "prefecture_adcode": ["360100"],
            "county_adcode": ["360121"],
        },
        geometry=[box(115.0, 28.0, 115.001, 28.001)],
        crs=4490,
    )
    empty_store.commit("zone-footprints", outline, kind="zones", viewer=viewer, reason="t")
    app = open_page("land_use", root, state={"level": "zone"})
    assert not app.exception
    table = app.dataframe[0].value.set_index("单位")
    assert table.loc["南昌小蓝经济技术开发区", "合计"] == pytest.approx(12.0)
    assert table.loc["未注明", "合计"] == pytest.approx(8.0)
    app.toggle(key="cut").set_value(False).run()
    assert app.dataframe[0].value["单位"].tolist() == ["未注明", "合计"]


def test_an_unknown_class_is_words_not_a_traceback(empty_store, viewer):
    world = parcels([{"analysis_class": "moon"}])
    empty_store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    app = open_page("land_use", empty_store.root)
    assert not app.exception
    assert "LND-001" in app.error[0].value
    assert "moon" in app.error[0].value


def put(store, viewer, folder, name, cells, *, west=115.0, legend=None):
    data = np.array(cells, dtype="uint8")
    path = folder / f"{name}.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=data.shape[1],
        height=data.shape[0],
        count=1,
        dtype="uint8",
        crs="EPSG:4490",
        nodata=0,
        transform=from_origin(west, 27.85, 0.001, 0.001),
    ) as raster:
        raster.write(data, 1)
    store.put_raster(
        name,
        path,
        title=name,
        source="hand",
        viewer=viewer,
        reason="t",
        year=int(name[-4:]),
        prefecture_adcode="360500",
        legend=legend or LEGEND,
    )


def test_change_between_two_years(empty_store, viewer, tmp_path):
    put(empty_store, viewer, tmp_path, "cover-2018", [[1, 1, 2], [2, 8, 8]])
    put(empty_store, viewer, tmp_path, "cover-2023", [[1, 8, 2], [8, 8, 8]])
    app = open_page("land_use", empty_store.root, state=RASTERS)
    assert not app.exception
    assert "演示数据" not in html(app)
    net = app.dataframe[0].value.set_index("类型")
    cell = 1.09  # about 0.001 degrees square at 27.8 N, in ha
    assert float(net.loc["建设用地（不透水面）", "净变化（公顷）"]) == pytest.approx(
        2 * cell, abs=0.02
    )
    matrix = app.dataframe[1].value.set_index("类型")
    assert float(matrix.loc["耕地", "建设用地（不透水面）"]) == pytest.approx(cell, abs=0.01)
    assert float(matrix.loc["建设用地（不透水面）", "耕地"]) == 0.0
    assert "cover-2018" in html(app)


def test_one_raster_gives_no_change(empty_store, viewer, tmp_path):
    put(empty_store, viewer, tmp_path, "cover-2018", [[1, 2]])
    app = open_page("land_use", empty_store.root, state=RASTERS)
    assert not app.exception
    assert "只有一个年份" in app.info[0].value


def test_the_same_raster_twice_asks_for_another(demo_root):
    same = {**RASTERS, "raster-before": "landcover-2023", "raster-after": "landcover-2023"}
    app = open_page("land_use", demo_root, state=same)
    assert not app.exception
    assert "两个不同的栅格" in app.info[0].value


def test_other_grids_and_unknown_codes_are_words(empty_store, viewer, tmp_path):
    put(empty_store, viewer, tmp_path, "cover-2018", [[1, 2]])
    put(empty_store, viewer, tmp_path, "cover-2023", [[1, 2]], west=115.0005)
    app = open_page("land_use", empty_store.root, state=RASTERS)
    assert not app.exception
    assert "RAS-002" in words(app)
    put(empty_store, viewer, tmp_path, "cover-2024", [[1, 77]])
    app = open_page("land_use", empty_store.root, state={**RASTERS, "raster-after": "cover-2024"})
    assert not app.exception
    assert "LND-001" in words(app)
    assert "77" in words(app)
