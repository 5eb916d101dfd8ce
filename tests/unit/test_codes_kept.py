"""What a change of one line would break in silence: names that are told, inputs left alone."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.affinity import translate

from ingest import work
from ingest.model import Choices
from ingest.rows import prepare
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
    monkeypatch.setattr(work, "_ALONE", workers)
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
