"""Exported rows, read back by other programs than wrote them."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import Geod

from domain import schema
from export import dataset_tables, datasets
from export.dataset_crs import SYSTEMS
from export.dataset_types import (
    CancelledError,
    ChoiceError,
    NothingToExportError,
    TooManyRowsError,
    UnknownColumnError,
)
from geo.formats import boundary_points as bp
from store import Viewer, files
from tests.export_world import (
    ANN,
    COUNTIES,
    GANZHOU,
    HOSTILE,
    LONG,
    NANCHANG,
    NUMBER,
    SOUTH,
    filled,
    options,
)
from tests.store_world import batches, supplies, two_prefectures

GEOD = Geod(a=6378137, rf=298.257222101)
SPATIAL_FORMATS = ("gpkg", "geoparquet", "shapefile", "boundary_points")


@pytest.fixture
def land(empty_store, monkeypatch):
    """The awkward rows in row groups of four, so that every writer sees several pieces."""
    monkeypatch.setattr(files, "ROW_GROUP", 4)
    filled(empty_store)
    return empty_store


def export(store, form, folder, viewer=ANN, dataset="land", **chosen):
    how = options(**chosen)
    rows = datasets.of_version(store, store.version(dataset, viewer), viewer, how)
    return datasets.write(rows, form, folder, how)


def stored(store, viewer=ANN):
    return store.read(store.version("land", viewer), viewer).sort_values(
        "parcel_id", ignore_index=True
    )


def same_shapes(found, wanted, tolerance):
    """Equal outlines, whatever vertex they begin with and whether parts are wrapped."""
    pairs = zip(found.geometry, wanted.geometry, strict=True)
    assert all(shapely.hausdorff_distance(a, b) <= tolerance for a, b in pairs)
    pairs = zip(found.geometry, wanted.geometry, strict=True)
    assert all(len(shapely.get_parts(a)) == len(shapely.get_parts(b)) for a, b in pairs)


def geodesic(shapes):
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes])


def test_geopackage_holds_the_stored_rows_exactly(land, tmp_path):
    done = export(land, "gpkg", tmp_path)
    wanted = stored(land)
    found = gpd.read_file(done.path, layer="parcels").sort_values("parcel_id", ignore_index=True)
    assert found.crs.to_epsg() == 4490
    assert len(found) == done.rows == 9
    same_shapes(found, wanted, 0)
    np.testing.assert_allclose(geodesic(found.geometry), geodesic(wanted.geometry), rtol=1e-12)
    for name in ("parcel_id", "name", "location", "holder", "监管号长"):
        assert found[name].astype("object").where(found[name].notna(), None).tolist() == (
            wanted[name].astype("object").where(wanted[name].notna(), None).tolist()
        )
    pd.testing.assert_series_equal(found["price_wan"], wanted["price_wan"])
    assert found["signed_on"].dt.strftime("%Y-%m-%d").tolist()[0] == "2021-03-01"
    assert found["signed_on"].isna().tolist() == wanted["signed_on"].isna().tolist()
    assert found["mortgaged"].tolist()[:2] == [True, False]
    assert found["登记时刻"].iloc[0] == pd.Timestamp("2024-05-06 07:08:09")
    assert found["次数"].tolist() == wanted["次数"].tolist()


def test_geopackage_names_its_fields_in_chinese_and_says_where_it_is_from(land, tmp_path):
    path = export(land, "gpkg", tmp_path).path
    titles = pyogrio.read_dataframe(path, sql="SELECT * FROM gpkg_data_columns")
    by_name = titles.set_index("column_name")
    for column in schema.columns("parcels"):
        assert by_name.loc[column.column, "title"] == column.zh
        assert column.en in by_name.loc[column.column, "description"]
    info = pyogrio.read_info(path)
    told = "\n".join(info["layer_metadata"].values())
    assert NUMBER in told
    assert "land@1" in told
    assert "甲方 报送.zip" in told
    with closing(sqlite3.connect(path)) as book:
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        extensions = book.execute("SELECT extension_name FROM gpkg_extensions").fetchall()
        ((layer, title),) = book.execute("SELECT table_name, identifier FROM gpkg_contents")
    assert ("gpkg_rtree_index",) in extensions
    assert ("gpkg_schema",) in extensions
    assert (layer, title) == ("parcels", "地块台账 land@1")


def test_geopackage_is_found_through_its_spatial_index(land, tmp_path):
    path = export(land, "gpkg", tmp_path).path
    south = pyogrio.read_dataframe(path, bbox=(114.8, 25.7, 115.0, 25.9))
    assert set(south["prefecture_adcode"]) == {GANZHOU}


def test_geoparquet_holds_rows_types_and_facts(land, tmp_path):
    done = export(land, "geoparquet", tmp_path)
    found = gpd.read_parquet(done.path).sort_values("parcel_id", ignore_index=True)
    wanted = stored(land)
    assert (found.geometry.geom_equals_exact(wanted.geometry, 0)).all()
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(wanted.drop(columns="geometry"))
    )
    meta = pq.read_metadata(done.path).metadata
    facts = json.loads(meta[b"ganyuan"])
    assert NUMBER in facts["facts"].values()
    assert {
        "column": "name",
        "zh": "项目名称",
        "en": "Project name",
        "code": "XMMC",
        "unit": "",
    } in (facts["fields"])
    geo = json.loads(meta[b"geo"])["columns"]["geometry"]
    assert geo["geometry_types"] == ["MultiPolygon", "Polygon"]
    assert geo["bbox"] == pytest.approx(wanted.total_bounds.tolist(), abs=0)
    assert pq.ParquetFile(done.path).num_row_groups == 3


def test_geoparquet_can_be_read_by_window(land, tmp_path):
    path = export(land, "geoparquet", tmp_path, crs=4527).path
    west, south, *_ = stored(land).to_crs(4527).total_bounds
    found = gpd.read_parquet(path, bbox=(west, south, west + 5, south + 5))
    assert 0 < len(found) < 9
    assert found.crs.to_epsg() == 4527


@pytest.mark.parametrize("epsg", [code for code in SYSTEMS if code != 4490])
@pytest.mark.parametrize("form", ["gpkg", "geoparquet"])
def test_zones_are_where_another_library_puts_them(land, tmp_path, form, epsg):
    path = export(land, form, tmp_path, crs=epsg).path
    found = gpd.read_parquet(path) if form == "geoparquet" else gpd.read_file(path)
    found = found.sort_values("parcel_id", ignore_index=True)
    assert found.crs.to_epsg() == epsg
    same_shapes(found, stored(land).to_crs(epsg), 1e-6)


def test_boundary_points_are_the_parcels_in_their_zone(land, tmp_path):
    done = export(land, "boundary_points", tmp_path, counties=frozenset({COUNTIES[NANCHANG]}))
    data = done.path.read_bytes()
    found = bp.parse(data.decode("gb18030"))
    assert b"\r\n" in data
    assert found.header["带号"] == "39"
    assert found.header["坐标系"] == "2000国家大地坐标系"
    wanted = stored(land).to_crs(4527).set_index("parcel_id")
    assert len(found.parcels) == done.rows == 7
    for parcel in found.parcels:
        outline = wanted.geometry[parcel.parcel_id]
        assert shapely.hausdorff_distance(parcel.geometry, outline) < 0.001
        assert parcel.area_stated == pytest.approx(outline.area / 1e4, abs=6e-5)
        assert parcel.land_class == "0601"
    assert [note.code for note in found.notes] == []


def test_boundary_points_in_utf_8_with_unix_line_ends(land, tmp_path):
    done = export(land, "boundary_points", tmp_path, encoding="utf-8", line_end="lf", crs=4548)
    text = done.path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert bp.zone_of_data(bp.parse(text).parcels) is None
    assert any(f.code == "EXP-022" and f.count == 2 for f in done.findings)


def test_texts_that_would_part_fields_of_boundary_points_are_reported(empty_store, tmp_path):
    frame = two_prefectures().assign(name=["a,b", "甲，乙", "c@d", "丙", "e\nf"])
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    done = export(empty_store, "boundary_points", tmp_path)
    (told,) = [f for f in done.findings if f.code == "EXP-024"]
    assert told.count == len(told.rows) == 3
    assert "3 行" in told.message("zh_CN")


def test_a_speck_is_reported_and_keeps_its_line(empty_store, tmp_path):
    frame = two_prefectures()
    speck = shapely.box(115.9, 28.6, 115.9 + 1e-10, 28.6 + 1e-10)
    frame = frame.set_geometry([speck, *frame.geometry[1:]], crs=4490)
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    done = export(empty_store, "boundary_points", tmp_path)
    assert [(f.code, f.count) for f in done.findings if f.code == "EXP-025"] == [("EXP-025", 1)]
    assert len(bp.parse(done.path.read_bytes().decode("gb18030")).parcels) == 5


def test_workbook_shows_texts_as_texts_and_numbers_as_numbers(land, tmp_path):
    done = export(land, "xlsx", tmp_path)
    book = openpyxl.load_workbook(done.path)
    page = book.worksheets[0]
    assert book.sheetnames == ["地块台账", "字段说明", "来源与说明"]
    heads = [cell.value for cell in page[1]]
    units = dict(zip(heads, (cell.value for cell in page[2]), strict=True))
    assert heads[:2] == ["地块编号", "项目名称"]
    assert units["登记面积"] == "平方米"
    wanted = stored(land)
    at = {head: i for i, head in enumerate(heads)}
    rows = sorted(page.iter_rows(min_row=3), key=lambda row: row[0].value)
    assert len(rows) == 9
    names = [row[at["项目名称"]] for row in rows]
    assert [cell.value for cell in names[:7]] == HOSTILE
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)
    long = rows[0][at["监管号长"]]
    assert (long.value, long.data_type) == ("360112202100000123456789", "s")
    assert rows[0][at["登记面积"]].value == wanted["area_stated_m2"].iloc[0]
    assert rows[0][at["合同签订日期"]].value.isoformat() == "2021-03-01T00:00:00"
    assert rows[0][at["合同签订日期"]].number_format == "yyyy-mm-dd"
    assert rows[1][at["合同签订日期"]].value is None
    assert [row[at["抵押"]].value for row in rows[:3]] == [True, False, None]
    assert rows[0][at["土地坐落"]].value == LONG


def test_workbook_explains_its_fields_and_names_its_source(land, tmp_path):
    book = openpyxl.load_workbook(export(land, "xlsx", tmp_path).path)
    dictionary = {
        row[3].value: [cell.value for cell in row] for row in book["字段说明"].iter_rows()
    }
    assert dictionary["parcel_id"][:5] == ["地块编号", "地块编号", "Parcel ID", "parcel_id", "DKBH"]
    facts = {row[0].value: row[1].value for row in book["来源与说明"].iter_rows()}
    assert facts["护照编号"] == NUMBER
    assert facts["数据版本"] == "land@1"
    assert facts["上传文件"] == "甲方 报送.zip"


def test_workbook_in_english(land, tmp_path):
    book = openpyxl.load_workbook(export(land, "xlsx", tmp_path, language="en").path)
    assert book.sheetnames == ["Parcels", "Fields", "Sources"]
    assert book.worksheets[0]["A1"].value == "Parcel ID"


def test_csv_opens_in_excel_and_runs_nothing(land, tmp_path):
    done = export(land, "csv", tmp_path)
    assert done.path.read_bytes().startswith(b"\xef\xbb\xbf")
    with done.path.open(encoding="utf-8-sig", newline="") as f:
        rows = sorted(csv.DictReader(f), key=lambda row: row["地块编号"])
    wanted = stored(land)
    assert len(rows) == 9
    names = [row["项目名称"] for row in rows[:7]]
    assert names == [("'" + t if t[0] in "=+-@\t" else t) for t in HOSTILE]
    areas = [float(row["登记面积(m2)"]) for row in rows]
    assert areas == wanted["area_stated_m2"].tolist()
    assert [row["合同签订日期"] for row in rows[:3]] == ["2021-03-01", "", "2019-02-26"]
    assert rows[0]["使用权人"] == "㐂𠮷公司"


@pytest.mark.parametrize("form", datasets.FORMATS)
def test_a_viewer_takes_away_the_own_rows_only(land, tmp_path, form):
    done = export(land, form, tmp_path, viewer=SOUTH)
    assert done.rows == 2
    content = done.path.read_bytes()
    if form != "shapefile":
        assert NANCHANG.encode() not in content or form == "xlsx"
    with pytest.raises(NothingToExportError) as caught:
        export(land, form, tmp_path, viewer=SOUTH, prefectures=frozenset({NANCHANG}))
    assert caught.value.code == "EXP-009"


@pytest.mark.parametrize("form", datasets.FORMATS)
def test_chosen_columns_leave_and_the_key_always_does(land, tmp_path, form):
    done = export(land, form, tmp_path, columns=("name",))
    assert [alias.column for alias in done.aliases] == ["parcel_id", "name"]
    with pytest.raises(UnknownColumnError) as caught:
        export(land, form, tmp_path, columns=("secret",))
    assert caught.value.code == "EXP-015"


@pytest.mark.parametrize("form", SPATIAL_FORMATS)
def test_rows_outside_the_zone_are_told(land, tmp_path, form):
    (told,) = [f for f in export(land, form, tmp_path, crs=4527).findings if f.code == "EXP-022"]
    assert told.count == 2
    assert len(told.rows) == 2
    assert "39" in told.message("zh_CN")


@pytest.mark.parametrize(
    ("form", "chosen"),
    [
        ("boundary_points", {"crs": 4490}),
        ("gpkg", {"crs": 3857}),
        ("shapefile", {"crs": 4326}),
        ("shapefile", {"encoding": "gb18030"}),
        ("boundary_points", {"encoding": "gbk"}),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_what_would(land, tmp_path, form, chosen):
    with pytest.raises(ChoiceError) as caught:
        export(land, form, tmp_path, **chosen)
    assert caught.value.code == "EXP-008"
    assert "EPSG:" in str(caught.value.values) or "utf-8" in str(caught.value.values)
    assert list(tmp_path.glob("ganyuan*")) == []


def test_the_usual_system_is_the_zone_of_the_data(empty_store):
    def usual(version, form, **chosen):
        return datasets.crs_of(version, form, options(**chosen))

    sent = filled(empty_store, crs={"chosen": 4547})
    assert usual(sent, "shapefile") == 4526  # the sender's zone, whatever its prefix
    assert usual(sent, "gpkg") == 4490
    assert usual(sent, "csv") is None
    assert usual(sent, "shapefile", crs=4548) == 4548
    both = empty_store.commit("b", two_prefectures(), kind="parcels", viewer=ANN, reason="r")
    assert usual(both, "shapefile") == 4490
    assert usual(both, "boundary_points") == 4526
    north = frozenset({COUNTIES[NANCHANG]})
    assert usual(both, "boundary_points", counties=north) == 4527
    assert usual(empty_store.version("b", SOUTH), "shapefile") == 4526


@pytest.mark.parametrize("form", datasets.FORMATS)
def test_made_up_rows_say_so_in_name_finding_and_content(empty_store, tmp_path, form):
    filled(empty_store, demonstration=True)
    done = export(empty_store, form, tmp_path)
    assert "演示数据" in done.path.name
    assert "EXP-029" in [f.code for f in done.findings]
    if form == "csv":
        assert "演示数据" in done.path.read_text(encoding="utf-8-sig").splitlines()[0]
    if form == "boundary_points":
        assert "数据产生单位=演示数据" in done.path.read_text(encoding="gb18030")
    if form == "gpkg":
        assert "演示数据" in pyogrio.read_info(done.path)["layer_metadata"]


@pytest.mark.parametrize("kind", ["zones", "land_use", "overlay"])
@pytest.mark.parametrize("form", datasets.FORMATS)
def test_every_kind_leaves_in_every_format(empty_store, tmp_path, kind, form):
    frame = two_prefectures().rename(columns={"parcel_id": schema.KEY[kind]})
    if kind in {"zones", "overlay"}:
        frame = frame.drop(columns=["analysis_class", "land_class"])
    version = empty_store.commit("rows", frame, kind=kind, viewer=ANN, reason="r")
    done = export(empty_store, form, tmp_path, dataset="rows")
    assert done.rows == version.rows == 5
    if form == "gpkg":
        assert pyogrio.list_layers(done.path).tolist() == [[kind, "MultiPolygon"]]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_ledgers_leave_as_tables(empty_store, tmp_path, form):
    empty_store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=ANN, reason="r")
    how = options()
    rows = datasets.of_ledger(empty_store, "batch", SOUTH, how)
    done = datasets.write(rows, form, tmp_path, how)
    assert done.rows == 1
    assert done.path.name == f"ganyuan_batch_20261123.{form}"
    if form == "csv":
        with done.path.open(encoding="utf-8-sig", newline="") as f:
            (row,) = csv.DictReader(f)
        assert row["批次名称"] == f"{GANZHOU}演示批次"
        assert row["批准日期"] == "2020-05-06"
    else:
        book = openpyxl.load_workbook(done.path)
        assert book.sheetnames[0] == "批次台账"
        assert book.worksheets[0]["A3"].value == f"{GANZHOU}演示批次"


def test_ledgers_have_no_shapes(empty_store, tmp_path):
    empty_store.put_ledger("supply", supplies(), viewer=ANN, reason="r")
    how = options()
    rows = datasets.of_ledger(empty_store, "supply", ANN, how)
    with pytest.raises(ChoiceError) as caught:
        datasets.write(rows, "gpkg", tmp_path, how)
    assert caught.value.code == "EXP-008"


def test_ledger_rows_can_be_chosen_by_place(empty_store, tmp_path):
    empty_store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=ANN, reason="r")
    for chosen in ({"prefectures": frozenset({GANZHOU})},
                   {"counties": frozenset({COUNTIES[GANZHOU]})}):  # fmt: skip
        how = options(**chosen)
        rows = datasets.of_ledger(empty_store, "batch", ANN, how)
        assert datasets.write(rows, "csv", tmp_path, how).rows == 1
    how = options(prefectures=frozenset({"360300"}))
    with pytest.raises(NothingToExportError):
        datasets.write(datasets.of_ledger(empty_store, "batch", ANN, how), "csv", tmp_path, how)


def test_more_rows_than_a_worksheet_holds_are_refused(land, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_tables, "SHEET_ROWS", 11)
    assert export(land, "xlsx", tmp_path).rows == 9
    monkeypatch.setattr(dataset_tables, "SHEET_ROWS", 10)
    with pytest.raises(TooManyRowsError) as caught:
        export(land, "xlsx", tmp_path / "second.xlsx")
    assert caught.value.code == "EXP-013"
    assert not (tmp_path / "second.xlsx").exists()


def test_texts_longer_than_a_cell_are_cut_and_reported(empty_store, tmp_path):
    frame = two_prefectures().assign(name=["长" * 32_767, "长" * 32_768, None, None, None])
    empty_store.commit("land", frame, kind="parcels", viewer=ANN, reason="r")
    done = export(empty_store, "xlsx", tmp_path)
    assert [(f.code, f.count) for f in done.findings] == [("EXP-030", 1)]


def test_an_export_tells_how_far_it_is_and_can_be_stopped(land, tmp_path):
    for form in datasets.FORMATS:
        how, told = options(), []
        rows = datasets.of_version(land, land.version("land", ANN), ANN, how)
        datasets.write(rows, form, tmp_path / f"{form}.x", how, tell=told.append)
        assert told == sorted(told)
        assert (told[0], told[-1]) == (0.0, 1.0)
        assert len(told) > 3

        def stop(share):
            if share > 0.2:
                raise CancelledError("stopped")

        target = tmp_path / f"{form}.y"
        with pytest.raises(CancelledError) as caught:
            datasets.write(rows, form, target, how, tell=stop)
        assert caught.value.code == "EXP-014"
        assert not target.exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_names_of_files_are_ours(land, tmp_path):
    names = {form: export(land, form, tmp_path).path.name for form in datasets.FORMATS}
    assert names == {
        "gpkg": "ganyuan_land_v1_EPSG4490.gpkg",
        "geoparquet": "ganyuan_land_v1_EPSG4490.parquet",
        "shapefile": "ganyuan_land_v1_EPSG4490.zip",
        "boundary_points": "ganyuan_land_v1_界址点_EPSG4526.txt",
        "xlsx": "ganyuan_land_v1.xlsx",
        "csv": "ganyuan_land_v1.csv",
    }


def test_the_same_version_gives_the_same_text_twice(land, tmp_path):
    for form in ("boundary_points", "csv", "geoparquet"):
        first = export(land, form, tmp_path).path.read_bytes()
        assert export(land, form, tmp_path / "again.x").path.read_bytes() == first


def test_nobody_exports_what_is_not_theirs(land):
    stranger = Viewer("eve", frozenset({"360300"}))
    version = land.version("land", ANN)
    how = options()
    with pytest.raises(Exception, match="there is no land@1"):
        datasets.of_version(land, version, stranger, how)
