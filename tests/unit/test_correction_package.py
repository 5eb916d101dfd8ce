"""What is in a correction package: every row as it was sent, with words, in forms that hold it."""

from __future__ import annotations

import csv
import io
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from domain.correction_marks import LAYER, OWN
from domain.issues import catalogue
from export.correction import Fault, Rows, correction_package
from export.correction_layer import held
from export.correction_rows import NothingToCorrectError, distinct, table
from export.correction_tables import as_text, csv_codec, short_names
from tests.passport_world import NUMBER, read_record

CODECS = ("gb18030", "utf-8-sig")
EAST, NORTH = 39_391_000.0, 3_158_500.0


def square(n=0):
    return shapely.box(EAST + 100 * n, NORTH, EAST + 100 * n + 80, NORTH + 60)


BOW = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])
LINE = shapely.LineString([(EAST, NORTH), (EAST + 5, NORTH)])
BROKEN = shapely.transform(square(), lambda xy: np.where([[0], [0], [1], [0], [0]], np.nan, xy))
SHAPES = [square(), BOW, None, LINE, BROKEN, shapely.MultiPolygon([square(1), square(3)])]


def rows(**fields):
    n = len(SHAPES)
    shapes = np.empty(n, dtype=object)
    shapes[:] = SHAPES
    given = {"地块编号": [f"0{i}" for i in range(n)], "面积": [4.14, 1, None, 2, 3, 1.25]} | fields
    faults = [[Fault("GEO-001"), Fault("VAL-002", {"field": "面积", "value": "x"})]] * n
    return Rows(pd.DataFrame(given), list(range(11, 11 + n)), shapes, faults)


def members(**changes):
    package = correction_package(read_record(**changes), rows())
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def layer(content, tmp_path, **options):
    path = tmp_path / "a.gpkg"
    path.write_bytes(content)
    return gpd.read_file(path, **options)


def test_the_archive_holds_every_form_and_is_the_same_every_time():
    assert sorted(members()) == [
        f"{NUMBER}.csv",
        f"{NUMBER}.gpkg",
        f"{NUMBER}.xlsx",
        f"{NUMBER}_positions.gpkg",
        "README_en.txt",
        "README_zh.txt",
    ]
    made = correction_package(read_record(), rows())
    assert made.content == correction_package(read_record(), rows()).content
    assert (made.name, made.rows) == (f"{NUMBER}_corrections.zip", len(SHAPES))


def test_the_layer_keeps_fields_system_and_shapes_as_they_are(tmp_path):
    content = members()[f"{NUMBER}.gpkg"]
    found = layer(content, tmp_path)
    assert pyogrio.list_layers(tmp_path / "a.gpkg")[:, 0].tolist() == [LAYER]
    assert found.crs.to_epsg() == 4527
    assert found["GYHH"].tolist() == [11, 12, 13, 14, 15, 16]
    assert set(found["GYTZH"]) == {NUMBER}
    assert found["地块编号"].tolist() == ["00", "01", "02", "03", "04", "05"]
    assert found.geometry.iloc[0].equals(square())
    assert not found.geometry.iloc[1].is_valid
    assert shapely.get_coordinates(found.geometry.iloc[1]).tolist() == (
        shapely.get_coordinates(BOW).tolist()
    )
    assert found.geometry.iloc[2] is None
    assert found["GYDM"].iloc[0] == "GEO-001 VAL-002"
    assert "该行没有图形" in found["GYWT"].iloc[0]
    assert found["GYCL"].iloc[0].endswith("请只填数字。")
    assert "The row has no shape" in found["GYEN"].iloc[0]


def test_shapes_that_a_layer_of_polygons_cannot_hold_are_not_lost(tmp_path):
    made = members()
    found = layer(made[f"{NUMBER}.gpkg"], tmp_path)
    assert found["GYWKB"].notna().tolist() == [False, False, False, True, True, False]
    assert shapely.from_wkb(found["GYWKB"].iloc[3]).equals(LINE)
    with np.errstate(invalid="ignore"):
        back = shapely.from_wkb(found["GYWKB"].iloc[4])
    assert np.isnan(shapely.get_coordinates(back)).sum() == 2
    assert found.geometry.iloc[[3, 4]].isna().all()
    places = layer(made[f"{NUMBER}_positions.gpkg"], tmp_path)
    assert places["GYHH"].tolist() == [14, 15]
    assert places.geometry.iloc[0].equals(shapely.Point(EAST, NORTH))
    shapes = np.empty(len(SHAPES), dtype=object)
    shapes[:] = SHAPES
    assert held(shapes).tolist() == [True, True, True, False, False, True]


def test_the_workbook_has_rows_findings_and_notes():
    book = openpyxl.load_workbook(io.BytesIO(members()[f"{NUMBER}.xlsx"]))
    assert book.sheetnames == [LAYER, "检查结果", "说明"]
    sheet = book[LAYER]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:4] == ["GYHH", "GYWT", "GYCL", "地块编号"]
    assert heads[-1] == "WKT"
    line = dict(zip(heads, (cell.value for cell in sheet[2]), strict=True))
    assert (line["GYHH"], line["地块编号"], line["面积"]) == (11, "00", 4.14)
    assert shapely.from_wkt(line["WKT"]).equals(square())
    listed = [row[0].value for row in book["检查结果"].iter_rows(min_row=2)]
    assert listed[:2] == ["GEO-002", "GEO-001"]
    assert "CRS-010" in listed


def test_no_cell_becomes_a_formula(tmp_path):
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-3.5"]
    given = rows(**{"=HYPERLINK(1)": evil})
    package = correction_package(read_record(), given)
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read(f"{NUMBER}.xlsx")))
        text = archive.read(f"{NUMBER}.csv").decode("gb18030")
        found = layer(archive.read(f"{NUMBER}.gpkg"), tmp_path)
    for row in book[LAYER].iter_rows():
        assert all(cell.data_type != "f" for cell in row)
    column = [cell.value for cell in book[LAYER][1]].index("=HYPERLINK(1)")
    assert [r[column].value for r in book[LAYER].iter_rows(min_row=2)][:4] == evil[:4]
    for line in csv.reader(io.StringIO(text)):
        assert not [c for c in line if c[:1] in "=+@\t" and c]
    assert "-3.5" in text
    assert "'-2+3" in text
    assert found["=HYPERLINK(1)"].tolist() == evil


def test_the_csv_is_in_the_encoding_of_the_sender():
    text = members()[f"{NUMBER}.csv"].decode("gb18030")
    (head, *lines) = csv.reader(io.StringIO(text))
    assert head[:4] == ["GYHH", "GYWT", "GYCL", "地块编号"]
    assert all(len(name.encode("gb18030")) <= 10 for name in head)
    assert len(lines) == len(SHAPES)
    utf8 = {"chosen": "utf-8", "source": "content", "certain": True}
    assert members(encoding=utf8)[f"{NUMBER}.csv"].startswith(b"\xef\xbb\xbf")
    assert csv_codec(read_record(encoding=None)) == "utf-8-sig"


@given(st.lists(st.text("土地面积abcXYZ坐落", max_size=12), max_size=12), st.sampled_from(CODECS))
def test_headings_of_the_csv_fit_a_dbf(names, codec):
    made = short_names(names, codec)
    assert len({name.casefold() for name in made}) == len(names)
    assert all(len(name.encode(codec.removesuffix("-sig"))) <= 10 for name in made)
    fits = [n for n in names if len(n.encode("utf-8")) <= 10]
    if len(names) == len(set(map(str.casefold, names))) and fits == names:
        assert made == names


def test_an_upload_without_shapes_gets_tables_only():
    bare = Rows(
        pd.DataFrame({"批次名称": ["一批次"]}), [4], np.array([None], dtype=object),
        [[Fault("GEO-001")]],
    )  # fmt: skip
    package = correction_package(read_record(crs=None, kind="batch"), bare)
    names = zipfile.ZipFile(io.BytesIO(package.content)).namelist()
    assert sorted(names) == [
        f"{NUMBER}.csv",
        f"{NUMBER}.xlsx",
        "README_en.txt",
        "README_zh.txt",
    ]


def test_nothing_to_correct_is_told():
    none = Rows(pd.DataFrame({"a": []}), [], np.empty(0, dtype=object), [])
    with pytest.raises(NothingToCorrectError) as caught:
        correction_package(read_record(), none)
    assert caught.value.code == "COR-002"


def test_the_texts_say_what_to_keep():
    made = members()
    for name in ("README_zh.txt", "README_en.txt"):
        text = made[name].decode("utf-8-sig")
        for word in (NUMBER, "GYTZH", "GYHH", "供地.zip", f"{NUMBER}_positions.gpkg"):
            assert word in text
        assert "{" not in text
    swapped = {"chosen": 4527, "swapped": True}
    assert "X、Y" in members(crs=swapped)["README_zh.txt"].decode("utf-8-sig")


def test_names_of_fields_never_collide():
    names = distinct(["Name", "NAME", "", " ", "GYHH", "gy_fid", "WKT", "Name_2"])
    assert len({n.casefold() for n in names}) == len(names)
    assert not {n.upper() for n in names} & {*OWN, "GY_FID", "WKT"}
    assert all(names)


def test_a_package_of_a_returned_package_carries_its_own_marks_once():
    again = rows(GYTZH="GY20200101-00000000", GYWT="alt", gyhh=1)
    made = table(again, NUMBER)
    assert made.columns.tolist().count("GYTZH") == 1
    assert "gyhh" not in made
    assert set(made["GYTZH"]) == {NUMBER}


def test_words_are_whole_even_where_values_were_not_kept():
    bare = Rows(pd.DataFrame({"a": [1]}), [1], np.array([None], dtype=object), [[Fault("GEO-006")]])
    assert table(bare, NUMBER)["GYWT"].iloc[0] == "与第 … 行重叠 … 平方米。"
    unknown = Rows(
        pd.DataFrame({"a": [1]}), [1], np.array([None], dtype=object), [[Fault("OLD-1")]]
    )
    assert table(unknown, NUMBER)["GYDM"].iloc[0] == "OLD-1"
    assert "GEO-006" in catalogue()


def test_shapes_as_text_keep_a_tenth_of_a_millimetre_and_fit_a_cell():
    shapes = np.array([shapely.box(EAST, NORTH, EAST + 0.12345, NORTH + 1)], dtype=object)
    back = shapely.from_wkt(as_text(shapes).iloc[0])
    assert abs(back.bounds[2] - (EAST + 0.12345)) <= 0.00006
    degrees = np.array([shapely.box(115.1234567891, 28, 115.2, 28.1)], dtype=object)
    assert "115.1234567891" in as_text(degrees).iloc[0]
    large = np.array([shapely.Point(EAST, NORTH).buffer(500, quad_segs=400)], dtype=object)
    assert as_text(large).iloc[0] == ""
