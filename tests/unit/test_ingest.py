"""Whole files through the door: evidence, row accounting, areas, findings, refusals."""

from __future__ import annotations

import datetime as dt
import json
import re
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS
from shapely import affinity

from domain import parcels as schema
from domain.boundaries import geometry_of
from domain.issues import catalogue
from geo.errors import GanyuanError
from ingest import Choices, Inspection, bundle, deliver, inspect, inspect_bytes, passport
from ingest.model import Job
from ingest.pipeline import inspect_file
from ingest.workdir import WorkFolder
from scripts.build_samples import (
    BOUNDARY_POINTS,
    archive,
    parcels,
    shapefile_parts,
    shapefile_zip,
    with_defects,
)

NORTH = {"code": "360121", "east": 39_391_000.0, "north": 3_158_500.0}
SOUTH = {"code": "360702", "east": 38_592_000.0, "north": 2_859_000.0}
PLANAR = (53_120.856, 20_448.513)
GEODESIC = (53_105.388, 20_442.584)


def look(data: bytes, *, name: str = "upload.zip", **choices: object) -> Inspection:
    """Inspect in this process, which saves the start of a child."""
    asked = Choices.model_validate(choices)
    folder = WorkFolder()
    path = folder.path / "upload"
    path.write_bytes(data)
    day = dt.date(2024, 7, 1)
    job = Job(source=str(path), name=name, workdir=str(folder.path), choices=asked, as_of=day)
    report = inspect_file(job, lambda _stage, _share: None)
    return accounted(Inspection(report, asked, original=(name, path), folder=folder))


def through_the_door(data: bytes, *, name: str = "upload.zip") -> Inspection:
    """Inspect as the product does, in the sandbox."""
    return accounted(inspect_bytes(data, name=name))


def accounted(found: Inspection) -> Inspection:
    report = found.report
    if found.status == "accepted":
        assert report.rows_in_file == report.rows_ok + report.rows_quarantined
        assert len(found.rows()) == report.rows_ok
        assert len(found.quarantined()) == report.rows_quarantined
    else:
        assert found.accepted_file is None
    return found


def in_order(found: Inspection) -> gpd.GeoDataFrame:
    """Rows that can be committed, in the order of the sender's file."""
    return found.rows().sort_values("source_row", ignore_index=True)


def rows(found: Inspection) -> dict[str, list[int]]:
    """Rows by code."""
    return {issue.code: list(issue.rows) for issue in found.issues}


def codes(found: Inspection) -> set[str]:
    return set(rows(found))


@pytest.mark.parametrize(
    "data",
    [BOUNDARY_POINTS.encode(), BOUNDARY_POINTS.replace("\n", "\r\n").encode("gbk")],
    ids=["utf-8", "gbk-crlf"],
)
def test_boundary_points_give_two_parcels_with_the_stated_areas(data: bytes):
    found = through_the_door(data, name="界址点.txt")
    assert found.status == "accepted"
    frame = in_order(found)
    assert frame.crs == 4490
    assert frame["area_planar_m2"].round(3).tolist() == list(PLANAR)
    assert frame["area_ellipsoidal_m2"].tolist() == pytest.approx(GEODESIC, abs=2e-3)
    assert [len(g.interiors) for g in frame.geometry] == [1, 0]
    assert frame["county_adcode"].tolist() == ["360121"] * 2
    assert frame["area_stated_m2"].tolist() == pytest.approx([53_121.0, 20_449.0])
    assert found.report.crs.source == "declared"
    assert not [i for i in found.issues if i.severity != "info"]


@pytest.mark.parametrize(("place", "epsg"), [(NORTH, 4527), (SOUTH, 4526)])
def test_gbk_shapefile_without_prj_and_cpg(place: dict, epsg: int):
    found = through_the_door(shapefile_zip(parcels(**place), stem="供地/供应地块"))
    assert found.status == "accepted"
    assert found.report.encoding.chosen == "gb18030"
    assert found.report.encoding.samples[0] == "电子信息产业园"
    assert len(found.report.encoding.samples) == 5
    assert found.report.crs.chosen == epsg
    frame = in_order(found)
    schema_columns = [c.column for c in schema.columns()]
    assert list(frame.columns[: len(schema_columns)]) == schema_columns
    assert frame["area_planar_m2"].sum() == pytest.approx(12 * 41_400 - 3_600)
    assert set(frame["county_adcode"]) == {place["code"]}
    assert set(frame["prefecture_adcode"]) == {place["code"][:4] + "00"}
    assert frame["signed_on"].notna().sum() == 11
    assert frame.loc[8, "start_due"] == pd.Timestamp("2020-03-18")
    assert frame["analysis_class"].isin(["industrial", "warehousing"]).sum() == 8
    assert frame["source_row"].tolist() == list(range(1, 13))
    assert codes(found) == {"ENC-004", "CRS-010", "VAL-003", "ARE-003"}


def test_unprefixed_eastings_are_placed_by_the_numbers():
    frame = parcels(code="360702", east=592_000.0, north=2_859_000.0)
    found = look(shapefile_zip(frame, stem="a"))
    assert found.report.crs.chosen == 4547


@pytest.mark.parametrize("ldid", [0, 0x57])
@pytest.mark.parametrize("cpg", [None, b"GBK", b"UTF-8", b"ISO-8859-1"])
def test_text_is_right_whatever_is_declared(ldid: int, cpg: bytes | None):
    extra = {".cpg": cpg} if cpg else {}
    found = look(shapefile_zip(parcels(**NORTH), stem="a", ldid=ldid, extra=extra))
    assert in_order(found)["name"].iloc[0] == "电子信息产业园"
    assert ("ENC-001" in codes(found)) == (cpg in {b"UTF-8", b"ISO-8859-1"})


def test_prj_of_esri_is_believed():
    prj = CRS.from_epsg(4527).to_wkt("WKT1_ESRI").encode()
    found = look(shapefile_zip(parcels(**NORTH), stem="a", extra={".prj": prj, ".cpg": b"GBK"}))
    assert found.report.crs.certain
    assert codes(found) == {"VAL-003", "ARE-003"}


def test_utf8_field_name_cut_inside_a_character():
    frame = gpd.GeoDataFrame(
        {"地块编号": ["甲1"], "约定动工": ["2020-01-01"]}, geometry=[parcels(**NORTH).geometry[0]]
    )
    found = look(shapefile_zip(frame, stem="a", encoding="UTF-8", extra={".cpg": b"UTF-8"}))
    assert found.status == "accepted"
    assert found.report.encoding.chosen == "utf-8"
    assert in_order(found)["source_row"].tolist() == [1]


def test_each_defect_is_found_in_its_row_and_errors_are_kept_apart():
    found = look(shapefile_zip(with_defects(), stem="a"))
    assert found.status == "accepted"
    assert (found.report.rows_in_file, found.report.rows_ok) == (12, 9)
    told = rows(found)
    assert told["GEO-002"] == [1]
    assert told["GEO-001"] == [2]
    assert told["PLC-003"] == [12]
    assert told["GEO-005"] == [4]
    assert told["VAL-001"] == [5]
    assert told["VAL-006"] == [8]
    assert told["PLC-005"] == [9]
    assert told["ARE-001"] == [10]
    assert 7 in told["GEO-006"]
    assert found.quarantined().set_index("source_row")["code"].to_dict() == {
        1: "GEO-002",
        2: "GEO-001",
        12: "PLC-003",
    }
    kept = found.quarantined().set_index("source_row")
    assert kept.loc[1, "field_项目名称"] == "电子信息产业园"
    assert not shapely.is_valid(shapely.from_wkb(kept.loc[1, "geometry_wkb"]))
    assert in_order(found)["area_ellipsoidal_m2"].sum() == pytest.approx(
        8 * 41_388 + 37_789, rel=1e-4
    )


def test_bow_tie_is_never_repaired_in_silence():
    found = look(shapefile_zip(with_defects(), stem="a"))
    assert 1 not in in_order(found)["source_row"].tolist()


def test_nan_vertex_loses_one_row_not_the_file():
    parts = shapefile_parts(parcels(**NORTH))
    shp = bytearray(parts[".shp"])
    first_x = 100 + 8 + 44 + 4 * 1
    shp[first_x : first_x + 8] = struct.pack("<d", float("nan"))
    found = look(archive({"a.shp": bytes(shp), "a.dbf": parts[".dbf"], "a.shx": parts[".shx"]}))
    assert found.status == "accepted"
    assert found.quarantined()["source_row"].tolist() == [1]


def test_missing_parcel_numbers_get_the_row_and_say_so():
    frame = parcels(**NORTH).drop(columns="地块编号")
    found = look(shapefile_zip(frame, stem="a"))
    assert "MAP-001" in codes(found)
    assert in_order(found)["parcel_id"].iloc[4] == "#5"
    chosen = look(shapefile_zip(frame, stem="a"), fields={"parcel_id": "项目名称"})
    assert in_order(chosen)["parcel_id"].iloc[0] == "电子信息产业园"


def test_parcel_near_a_county_line_is_told():
    line = shapely.boundary(boundary_of("360121"))
    lon, lat = line.interpolate(0.5, normalized=True).coords[0]
    box = gpd.GeoSeries([shapely.Point(lon, lat)], crs=4490).to_crs(4527).buffer(50)
    frame = gpd.GeoDataFrame({"DKBH": ["1"]}, geometry=box.to_numpy())
    assert "PLC-004" in codes(look(shapefile_zip(frame, stem="a")))
    assert "PLC-004" not in codes(look(shapefile_zip(parcels(**NORTH), stem="a")))


def boundary_of(adcode: str) -> shapely.Geometry:
    return geometry_of(adcode)


def test_several_layers_wait_for_a_choice():
    north, south = shapefile_parts(parcels(**NORTH)), shapefile_parts(parcels(**SOUTH))
    members = {f"北/地块{s}": north[s] for s in (".shp", ".shx", ".dbf")}
    members |= {f"南/地块{s}": south[s] for s in (".shp", ".shx", ".dbf")}
    found = look(archive(members))
    assert found.status == "needs_decision"
    assert found.report.layers == ("北/地块", "南/地块")
    assert codes(found) == {"ZIP-011"}
    assert look(archive(members), layer="南/地块").report.crs.chosen == 4526


def test_old_table_without_prj_asks_for_the_system():
    parts = shapefile_parts(parcels(**NORTH))
    table = bytearray(parts[".dbf"])
    table[1:4] = bytes([116, 1, 1])
    data = archive({"a.shp": parts[".shp"], "a.shx": parts[".shx"], "a.dbf": bytes(table)})
    found = look(data)
    assert found.status == "needs_decision"
    assert codes(found) >= {"CRS-012"}
    assert look(data, crs_epsg=4527).status == "accepted"


def test_missing_shx_is_rebuilt_on_a_copy():
    found = look(shapefile_zip(parcels(**NORTH), stem="a", keep=(".shp", ".dbf")))
    assert found.report.rows_ok == 12
    assert "FIL-007" in codes(found)


@pytest.mark.parametrize(
    ("name", "datum"),
    [("80国家大地坐标系", "1980西安坐标系"), ("1954北京坐标系", "1954北京坐标系")],
)
def test_old_datums_are_shown_only_and_the_law_says_why(name: str, datum: str):
    text = BOUNDARY_POINTS.replace("2000国家大地坐标系", name)
    found = look(text.encode(), name="a.txt")
    assert found.status == "display_only"
    assert found.report.datum == datum
    assert "国土资发〔2017〕30号" in found.issues[0].message("zh_CN")
    assert found.accepted_file is None
    with pytest.raises(GanyuanError):
        deliver([found])
    shown = found.preview()
    assert shown is not None
    assert len(shown) == 2
    right = in_order(look(BOUNDARY_POINTS.encode(), name="a.txt"))
    assert shapely.hausdorff_distance(shown.geometry[0], right.geometry[0]) == 0


def test_old_datum_of_a_prj_is_shown_only():
    found = look(xian80())
    assert (found.status, found.report.datum) == ("display_only", "1980西安坐标系")
    assert found.preview() is not None


def cut_shp() -> bytes:
    parts = shapefile_parts(parcels(**NORTH))
    return archive({"a.shp": parts[".shp"][:700], "a.shx": parts[".shx"], "a.dbf": parts[".dbf"]})


def short_table() -> bytes:
    whole, part = shapefile_parts(parcels(**NORTH)), shapefile_parts(parcels(**NORTH).head(7))
    return archive({"a.shp": whole[".shp"], "a.shx": whole[".shx"], "a.dbf": part[".dbf"]})


def shifted_index() -> bytes:
    parts = shapefile_parts(parcels(**NORTH))
    return archive({"a.shp": parts[".shp"], "a.shx": parts[".shx"][:-3], "a.dbf": parts[".dbf"]})


def points_layer() -> bytes:
    frame = parcels(**NORTH)
    return shapefile_zip(frame.set_geometry(frame.centroid), stem="a")


def abroad() -> bytes:
    frame = parcels(**NORTH)
    return shapefile_zip(frame.set_geometry(frame.translate(0, -900_000)), stem="a")


def xian80() -> bytes:
    prj = CRS.from_epsg(2363).to_wkt("WKT1_ESRI").encode()
    return shapefile_zip(parcels(**NORTH), stem="a", extra={".prj": prj})


def bomb() -> bytes:
    parts = shapefile_parts(parcels(**NORTH))
    return archive({"a.shp": bytes(60_000_000), "a.dbf": parts[".dbf"]})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: archive({"地块/地块.shp": "这不是图形文件".encode("gbk")}), "FIL-003"),
        (cut_shp, "FIL-004"),
        (lambda: shapefile_zip(parcels(**NORTH), stem="a", keep=(".shp", ".shx")), "FIL-005"),
        (short_table, "FIL-006"),
        (shifted_index, "FIL-008"),
        (points_layer, "FIL-009"),
        (lambda: archive({}), "ZIP-010"),
        (bomb, "ZIP-004"),
        (abroad, "PLC-002"),
        (lambda: b"", "FIL-001"),
        (lambda: b"hello", "FIL-002"),
        (lambda: shapefile_parts(parcels(**NORTH))[".shp"], "FIL-016"),
        (lambda: b"Rar!\x1a\x07\x00", "FIL-011"),
        (lambda: b"\x00\x01\x00\x00Standard Jet DB\x00", "FIL-012"),
        (lambda: b"<OGRVRTDataSource/>", "FIL-018"),
        (lambda: b'{"type": "FeatureCollection"}', "VEC-008"),
        (lambda: b"PK\x03\x04 broken", "ZIP-001"),
    ],
)
def test_bad_files_are_refused_in_words(make, code: str):
    found = look(make(), name="!x.shp")
    assert found.status == "refused"
    assert found.report.refused_by == code
    assert (found.report.rows_ok, found.report.rows_quarantined) == (0, 0)
    for language in ("zh_CN", "en"):
        message = found.issues[0].message(language)
        assert "{" not in message
        assert len(message) > 12
    with pytest.raises(GanyuanError):
        deliver([found])


def test_loose_parts_are_taken_together_and_give_the_same_bytes(tmp_path: Path):
    for suffix, data in shapefile_parts(parcels(**NORTH)).items():
        (tmp_path / f"!地块{suffix.upper()}").write_bytes(data)
    found = inspect(tmp_path / "!地块.SHP")
    assert found.status == "accepted"
    assert found.report.rows_ok == 12
    paths = sorted(tmp_path.iterdir())
    assert bundle(paths) == bundle(paths[::-1])


def test_json_contract():
    content = look(shapefile_zip(with_defects(), stem="a")).as_json("zh_CN")
    assert {
        *("status", "rows_in_file", "rows_ok", "rows_quarantined", "encoding", "crs", "issues")
    } <= set(content)
    assert content["status"] == "accepted"
    for issue in content["issues"]:
        assert set(issue) == {"code", "severity", "count", "rows", "message"}
    json.dumps(content)


def test_passport_is_plain_data_that_accounts_for_every_row():
    record = passport(through_the_door(shapefile_zip(with_defects(), stem="a")))
    again = json.loads(json.dumps(record))
    assert again["rows_in_file"] == again["rows_ok"] + again["rows_quarantined"] == 12
    assert again["mapping"]["parcel_id"] == "地块编号"
    assert len(again["sha256"]) == 64


def test_several_files_are_delivered_as_one():
    found = [look(shapefile_zip(parcels(**p), stem="a")) for p in (NORTH, SOUTH)]
    delivery = deliver(found)
    assert len(delivery.rows) == 24
    assert delivery.passport["rows_ok"] == 24
    assert delivery.original[0] == "originals.zip"
    assert delivery.rows.index.tolist() == list(range(24))


def test_ellipsoidal_area_of_a_swapped_file_equals_that_of_a_right_one():
    right = parcels(**NORTH)
    swapped = right.set_geometry(
        gpd.GeoSeries([shapely.transform(g, lambda xy: xy[:, ::-1]) for g in right.geometry])
    )
    one, two = (look(shapefile_zip(frame, stem="a")) for frame in (right, swapped))
    assert "CRS-014" in codes(two)
    np.testing.assert_allclose(
        in_order(one)["area_ellipsoidal_m2"], in_order(two)["area_ellipsoidal_m2"]
    )
    np.testing.assert_allclose(in_order(one)["area_planar_m2"], in_order(two)["area_planar_m2"])


def test_every_code_of_the_ingest_has_words():
    known = catalogue()
    here = Path(__file__).parents[2]
    sources = [*(here / "ingest").rglob("*.py"), here / "geo" / "formats" / "boundary_points.py"]
    used = {code for path in sources for code in _codes_in(path.read_text(encoding="utf-8"))}
    assert used
    assert used <= set(known)


def _codes_in(text: str) -> list[str]:
    return re.findall(r'"([A-Z]{3}-\d{3})"', text)


def test_shape_left_of_the_line_is_not_moved():
    frame = parcels(**NORTH)
    found = look(shapefile_zip(frame, stem="a"))
    back = in_order(found).geometry.to_crs(4527)
    shift = affinity.translate(frame.geometry[0], 0, 0)
    assert shapely.hausdorff_distance(back.iloc[0], shift) < 1e-6
