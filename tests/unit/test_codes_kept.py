"""What a change of one line would break in silence: names that are told, inputs left alone."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import CRS
from shapely.affinity import translate

from ingest import crew, mapping, work
from ingest.kinds import detect
from ingest.model import Choices
from ingest.rows import prepare
from ingest.spill import (
    ROW_GROUP,
    BucketPlan,
    BucketWriter,
    VersionFile,
    buckets,
    curve,
    version_schema,
)
from tests.upload_world import EAST, NORTH, layer, look, squares, told

BOW_TIE = shapely.Polygon(
    [(EAST, NORTH), (EAST + 100, NORTH + 50), (EAST + 100, NORTH), (EAST, NORTH + 50)]
)


def test_fields_without_a_column_are_told_and_kept():
    found = look(layer(squares(2), {"DKBH": ["P1", "P2"], "备注": ["甲", ""], "XX": [1.0, 2.5]}))
    assert set(found.report.unmapped) == {"备注", "XX"}
    rows = found.rows().sort_values("source_row")
    assert rows["备注"].tolist()[0] == "甲"
    assert rows["备注"].isna().tolist() == [False, True]
    assert rows["XX"].tolist() == ["1", "2.5"]


def test_a_chunk_is_left_as_it_was_read(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def spy(chunk, settled):
        before = chunk.faults.copy(), chunk.geometries.copy(), chunk.fields.copy()
        done = prepare(chunk, settled)
        seen.append((before, chunk))
        return done

    monkeypatch.setattr(work, "prepare", spy)
    far = shapely.box(EAST + 900_000, NORTH, EAST + 900_100, NORTH + 100)
    found = look(layer([*squares(2), BOW_TIE, far, None]), repair_rows=(3,))
    assert (found.report.rows_ok, found.report.rows_quarantined) == (3, 2)
    assert len(seen) == 1
    for (faults, geometries, fields), chunk in seen:
        assert chunk.faults.tolist() == faults.tolist() == [""] * 5
        assert shapely.equals_exact(chunk.geometries, geometries)[:4].all()
        assert chunk.geometries[2].equals_exact(BOW_TIE.normalize(), 0) or (
            not chunk.geometries[2].is_valid
        )
        assert chunk.fields.equals(fields)


def test_rows_kept_out_keep_their_number_fields_and_shape():
    far = shapely.box(EAST + 900_000, NORTH, EAST + 900_100, NORTH + 100)
    columns = {"DKBH": ["P1", "P2", None, "P4"], "备注": ["甲", "乙", "丙", "丁"]}
    found = look(layer([squares(1)[0], far, BOW_TIE, squares(3)[2]], columns))
    apart = found.quarantined()
    assert apart["source_row"].tolist() == [2, 3]
    assert apart["row_id"].tolist() == ["P2", "#3"]
    assert apart["code"].tolist() == ["PLC-003", "GEO-002"]
    assert apart["field_备注"].tolist() == ["乙", "丙"]
    shapes = shapely.from_wkb(apart["geometry_wkb"].tolist())
    assert [round(shape.bounds[0]) for shape in shapes] == [EAST + 900_000, EAST]
    assert found.rows()["source_row"].sort_values().tolist() == [1, 4]
    assert told(found)["PLC-003"] == ("error", [2])
    assert told(found)["GEO-002"] == ("error", [3])


def test_the_file_of_good_rows_is_small_packed_and_framed():
    found = look(layer(squares(3)))
    meta = pq.read_metadata(found.accepted_file)
    packed = {meta.row_group(0).column(k).compression for k in range(meta.num_columns)}
    assert packed == {"ZSTD"}
    (place,) = found.report.places
    assert place.frame == pytest.approx(found.rows().total_bounds.tolist())
    assert place.rows == 3
    assert place.area_m2 == pytest.approx(found.rows()["area_ellipsoidal_m2"].sum(), abs=0.01)
    assert set(found.rows()["prefecture_adcode"]) == {"360100"}


HEAD = "[属性描述]\n{}[地块坐标]\n5,1,1,示例地块,面,,,,@\n"
RING = [(0, 0), (0, 100), (100, 100), (100, 0), (0, 0)]
POINTS = "".join(
    f"J{i},1,{NORTH + y:.3f},{EAST + x:.3f}\n" for i, (x, y) in enumerate(RING, start=1)
)


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("坐标系=2000国家大地坐标系\n", "accepted", ""),
        ("坐标系=2000国家大地坐标系\n带号=39\n", "accepted", ""),
        ("坐标系=2000国家大地坐标系\n带号=99\n", "accepted", ""),
        ("", "needs_decision", "CRS-012"),
        ("带号=39\n", "needs_decision", "CRS-012"),
        ("数据产生日期=2018-06-30\n", "needs_decision", "CRS-012"),
        ("数据产生日期=2018-07-01\n", "accepted", "CRS-010"),
        ("坐标系=1980西安坐标系\n", "display_only", "CRS-004"),
        ("坐标系=1954年北京坐标系\n", "display_only", "CRS-004"),
    ],
)
def test_what_the_header_of_a_text_proves(header: str, status: str, code: str):
    found = look((HEAD.format(header) + POINTS).encode(), name="a.txt")
    assert found.status == status
    assert {c for c in told(found) if c.startswith("CRS")} == ({code} if code else set())
    if status == "accepted":
        assert found.report.crs.certain == (code != "CRS-010")


@pytest.mark.parametrize("workers", [0, 10**6])
def test_figures_of_all_chunks_are_put_together(monkeypatch: pytest.MonkeyPatch, workers: int):
    monkeypatch.setattr(work, "CHUNK_ROWS", 2)
    monkeypatch.setattr(crew, "_ALONE", workers)
    bad = [translate(BOW_TIE, 3000.0 + 300.0 * i, 0.0) for i in (0, 1)]
    columns = {"DKBH": [f"P{i}" for i in range(7)], "GYMJ": [10_000.0] * 7}
    found = look(layer([bad[0], *squares(4), None, bad[1]], columns))
    report = found.report
    assert (report.rows_ok, report.rows_quarantined) == (4, 3)
    assert [repair.row for repair in report.repairs] == [1, 7]
    (areas,) = [dict(f.values) for f in report.findings if f.code == "ARE-003"]
    assert areas["n"] == 4
    assert sum(place.rows for place in report.places) == 4
    (place,) = report.places
    assert place.frame == pytest.approx(found.rows().total_bounds.tolist())
    left = [p.name for p in found.original[1].parent.rglob("*") if p.suffix in {".done", ".arrow"}]
    assert left == []
    assert np.diff(found.quarantined()["source_row"]).tolist() == [5, 1]


def test_a_choice_of_axes_and_system_is_taken_or_refused_in_words():
    data = layer(squares(2))
    assert look(data, crs_epsg=4527).status == "accepted"
    assert look(data, crs_epsg=4527, swap_axes=False).status == "accepted"
    for wrong in ({"crs_epsg": 4527, "swap_axes": True}, {"crs_epsg": 4326}, {"crs_epsg": 2}):
        refused = look(data, **wrong)
        assert (refused.status, refused.report.refused_by) == ("refused", "CRS-019")
        assert refused.choices == Choices.model_validate(wrong)
    assert look(data, crs_epsg=2363).status == "display_only"


@pytest.mark.parametrize("around", [b"%s\0\0", b"\xef\xbb\xbf%s", b"  %s\r\n", b"%s"])
def test_a_prj_is_read_without_what_stands_around_it(around: bytes):
    text = CRS.from_epsg(4527).to_wkt("WKT1_ESRI").encode()
    found = look(layer(squares(1), prj=around % text))
    assert found.status == "accepted"
    assert (found.report.crs.source, found.report.crs.certain) == ("declared", True)


def through(tmp_path: Path, frame: gpd.GeoDataFrame, order: list[list[int]]) -> pa.Table:
    """Rows as several writers put them away, in the form of a version."""
    columns = version_schema("parcels", [])
    plan = BucketPlan(columns, curve(frame.geometry), len(frame))
    folders = [tmp_path / str(i) for i in range(len(order))]
    for folder, rows in zip(folders, order, strict=True):
        writer = BucketWriter(plan, folder)
        writer.add(frame.iloc[rows])
        writer.close()
    version = VersionFile(tmp_path / "out.parquet", columns)
    for table in buckets(plan, folders):
        version.add(table)
    version.close()
    return pq.read_table(tmp_path / "out.parquet")


def test_rows_of_one_place_keep_the_order_of_the_sender(tmp_path: Path):
    here = shapely.box(115.9, 28.5, 115.901, 28.501)
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": list("abcd"),
            "source_row": [1, 2, 3, 4],
            "area_stated_m2": [1.0, np.nan, 3.0, np.nan],
        },
        geometry=[here] * 4,
        crs=4490,
    )
    table = through(tmp_path, frame, [[2, 1], [3, 0]])
    assert table["source_row"].to_pylist() == [1, 2, 3, 4]
    # An empty cell is no number that is none.
    assert table["area_stated_m2"].to_pylist() == [1.0, None, 3.0, None]


def test_groups_of_a_version_stay_small(tmp_path: Path):
    n = ROW_GROUP + 1
    frame = gpd.GeoDataFrame(
        {"parcel_id": np.arange(n).astype(str), "source_row": np.arange(1, n + 1)},
        geometry=np.repeat(shapely.box(115.9, 28.5, 115.901, 28.501), n),
        crs=4490,
    )
    table = through(tmp_path, frame, [list(range(n))])
    assert len(table) == n
    meta = pq.read_metadata(tmp_path / "out.parquet")
    sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    assert sizes == [ROW_GROUP, 1]


def test_what_a_reader_finds_in_a_row_is_told_with_the_row():
    shapes = gpd.GeoSeries(squares(3), crs=4527).to_crs(4490)
    features = [
        {
            "type": "Feature",
            "properties": {"DKBH": f"P{i}"},
            "geometry": shapely.geometry.mapping(s),
        }
        for i, s in enumerate(shapes)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    inner = json.dumps(features[1]["geometry"]["coordinates"][0][2][0])
    found = look(text.replace(inner, "NaN").encode(), name="a.json")
    assert told(found)["VEC-001"] == ("error", [2])
    assert found.quarantined()["code"].tolist() == ["VEC-001"]


def test_a_row_that_a_check_keeps_out_shifts_no_other_row():
    # Row 1 lacks its class, rows 3 and 4 share half of their land.
    shapes = [*squares(3), translate(squares(3)[2], 50.0, 0.0)]
    columns = {"BSM": ["1", "2", "3", "4"], "DLBM": [None, "0601", "0601", "0601"]}
    found = look(layer(shapes, columns), kind="land_use")
    assert found.quarantined()["source_row"].tolist() == [1]
    (pair,) = [f for f in found.report.findings if f.code == "GEO-006"]
    assert {pair.row, dict(pair.values)["other"]} == {3, 4}
    assert dict(pair.values)["area"].startswith("5,000")


@pytest.mark.parametrize(("prj", "unreadable"), [(b"\0\0", False), (b"", False), (b"x", True)])
def test_an_empty_prj_states_nothing(prj: bytes, unreadable: bool):  # noqa: FBT001
    found = look(layer(squares(1), prj=prj), county_adcode="360121")
    assert ("CRS-016" in told(found)) == unreadable


def test_an_old_datum_in_a_system_of_its_own_is_shown_and_not_taken():
    wkt = CRS.from_epsg(2363).to_wkt("WKT1_ESRI").replace("39500000", "39500123")
    found = look(layer(squares(1), prj=wkt.encode()))
    assert (found.status, set(told(found)) & {"CRS-004", "CRS-020"}) == (
        "display_only",
        {"CRS-004"},
    )


def test_a_table_without_the_key_of_a_ledger_is_none():
    names = ["批准面积", "已供面积", "核销面积"]
    assert detect(names, has_shapes=False) is None
    assert detect([*names, "批次名称"], has_shapes=False) == "batch"


def test_bad_cells_of_a_field_are_listed_up_to_a_thousand():
    fields = pd.DataFrame({"已投资": ["约"] * 1001})
    how = mapping.plan(["已投资"], "parcels", {}, codec="utf-8")
    rows = [finding.row for finding in mapping.apply(fields, how).findings]
    assert rows == list(range(1, 1001))
