"""Workbooks and separated text as offices send them."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import RefusedError
from ingest.readers import xlsx
from ingest.readers.grid import arrange
from ingest.source import LayerChoice
from scripts.build_samples import BOUNDARY_POINTS
from tests.readers_world import codes, loaded, opened, refusal, rows_of, zipped


def book(rows: list[list[object]], *, merges: tuple[str, ...] = (), **more: list) -> bytes:
    """A workbook of one sheet, and further ones by name."""
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for merge in merges:
        sheet.merge_cells(merge)
    for name, others in more.items():
        extra = made.create_sheet(name)
        for row in others:
            extra.append(row)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


LEDGER = [
    ["2024 年批次用地台账", None, None, None, None],
    [None, None, None, "单位：公顷", None],
    ["序号", "批次名称", "批准面积", "批准日期", "备注"],
    [1, "第一批", 12.5, dt.date(2024, 3, 1), None],
    [2, "第二批", 7, dt.date(2024, 5, 1), "补"],
    ["合计", None, 19.5, None, None],
    [None],
    ["填表人：张三", None, "审核：李四", None, None],
]


def test_a_ledger_with_title_units_total_and_signature():
    source, chunk = opened(book(LEDGER, merges=("A1:E1",)))
    assert (source.format, source.has_shapes, source.rows) == ("xlsx", False, 4)
    assert source.names == ("序号", "批次名称", "批准面积(公顷)", "批准日期", "备注")
    assert chunk.faults.tolist() == ["", "", "TAB-003", "TAB-004"]
    assert chunk.fields["批准面积(公顷)"].tolist()[:2] == ["12.5", "7"]
    assert chunk.fields["批准日期"].dtype.kind == "M"
    (told,) = [f for f in chunk.findings if f.code == "TAB-003"]
    assert told.model_dump()["values"] == {"line": 6, "text": "合计"}
    (header,) = [f for f in source.findings if f.code == "TAB-005"]
    assert header.model_dump()["values"] == {"line": 3}


def test_numbers_stay_numbers_beside_a_total():
    rows = [["批次", "面积"], ["a", 1.5], ["b", 2], ["总 计", 3.5]]
    _, chunk = opened(book(rows))
    assert chunk.fields["面积"].tolist() == [1.5, 2.0, 3.5]
    assert chunk.faults.tolist() == ["", "", "TAB-003"]


def test_a_total_in_the_middle_of_a_name_is_data():
    rows = [["项目", "面积"], ["合计路改造", 1], ["总计划一期", 2]]
    _, chunk = opened(book(rows))
    assert chunk.faults.tolist() == ["", ""]


def test_header_of_two_lines_units_and_numbers_of_columns():
    rows = [
        ["序号", "批次", "面积", None, "日期"],
        [None, None, "批准", "已供", None],
        [None, None, "(公顷)", "(公顷)", None],
        ["栏次", "甲", "1", "2", "3"],
        [1, "第一批", 2.5, 1.5, "2024-01-01"],
    ]
    merges = ("A1:A2", "B1:B2", "E1:E2", "C1:D1")
    source, chunk = opened(book(rows, merges=merges))
    assert source.names == ("序号", "批次", "批准(公顷)", "已供(公顷)", "日期")
    assert source.rows == 1
    assert chunk.fields["已供(公顷)"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("单位：公顷、万元", ("名称", "面积(公顷)", "总投资(万元)", "面积(亩)")),
        ("计量单位:亩", ("名称", "面积(亩)", "总投资", "面积(亩)_2")),
        ("单位：公顷、亩", ("名称", "面积", "总投资", "面积(亩)")),
        ("填报单位：示例县自然资源局", ("名称", "面积", "总投资", "面积(亩)")),
    ],
)
def test_the_unit_above_a_table_goes_to_the_columns_that_name_none(line: str, names: tuple):
    rows = [[None, None, line], ["名称", "面积", "总投资", "面积(亩)"], ["甲", 1, 2, 15]]
    assert opened(book(rows))[0].names == names


def test_repeated_lower_names_take_the_upper_one():
    rows = [
        ["批次", "批准", None, "已供", None],
        [None, "面积", "日期", "面积", "日期"],
        ["一", 1, "2024-1-1", 2, "2024-1-2"],
    ]
    source, _ = opened(book(rows, merges=("A1:A2", "B1:C1", "D1:E1")))
    assert source.names == ("批次", "批准面积", "批准日期", "已供面积", "已供日期")


def test_merged_text_is_repeated_and_merged_numbers_are_not():
    rows = [["批次", "总面积", "地块"], ["甲", 10, "1"], [None, None, "2"], ["乙", 5, "3"]]
    source, chunk = opened(book(rows, merges=("A2:A3", "B2:B3")))
    assert chunk.fields["批次"].tolist() == ["甲", "甲", "乙"]
    assert chunk.fields["总面积"].tolist()[0] == 10
    assert np.isnan(chunk.fields["总面积"].tolist()[1])
    assert "TAB-006" in codes(source, chunk)


def test_sheets_wait_for_a_choice_and_hidden_ones_are_told():
    made = openpyxl.load_workbook(io.BytesIO(book(LEDGER, 供应=[["a", "b"], [1, 2]], 空=[])))
    made.create_sheet("旧").append(["x"])
    made["旧"].sheet_state = "hidden"
    data = saved(made)
    found = loaded(data)
    assert isinstance(found, LayerChoice)
    assert found.layers == ("Sheet", "供应")
    source, chunk = opened(data, layer="供应")
    assert source.names == ("a", "b")
    assert "TAB-008" in codes(source, chunk)


def test_formulas_give_their_saved_values_and_unsaved_ones_are_told():
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer)
    sheet = made.add_worksheet("a")
    sheet.write_row(0, 0, ["批次", "面积"])
    sheet.write_row(1, 0, ["甲"])
    sheet.write_formula(1, 1, "=1+1", None, 2)
    made.close()
    source, chunk = opened(buffer.getvalue())
    assert chunk.fields["面积"].tolist() == [2.0]
    assert "TAB-007" not in codes(source, chunk)
    unsaved = openpyxl.Workbook()
    for row in (["批次", "面积"], ["甲", "=1+1"], ["乙", 3]):
        unsaved.active.append(row)
    source, chunk = opened(saved(unsaved))
    assert "TAB-007" in codes(source, chunk)
    assert np.isnan(chunk.fields["面积"].iloc[0])


def test_numbers_that_excel_has_cut_are_told():
    source, chunk = opened(book([["电子监管号", "名"], [3601212024001001234, "a"], [12, "b"]]))
    (told,) = [f for f in source.findings if f.code == "TAB-009"]
    assert told.model_dump()["values"] == {"field": "电子监管号", "n": 1}
    assert chunk.fields["名"].tolist() == ["a", "b"]


def test_tables_without_header_or_rows():
    assert refusal(book([[1, 2], [3, 4]])) == "TAB-001"
    assert refusal(book([["名称", "面积"]])) == "FIL-010"
    assert refusal(book([["名称", "面积"], [None, None]])) == "FIL-010"


def part_of(data: bytes, name: str, change) -> bytes:
    """The workbook with one part changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return zipped({n: change(source.read(n)) if n == name else source.read(n)
                       for n in source.namelist()})  # fmt: skip


SHEET = "xl/worksheets/sheet1.xml"


def test_damaged_hostile_and_endless_workbooks(monkeypatch: pytest.MonkeyPatch):
    sound = book(LEDGER)
    assert refusal(part_of(sound, "xl/workbook.xml", lambda _: b"<broken")) == "TAB-013"
    doctype = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert refusal(part_of(sound, SHEET, lambda b: doctype + b)) == "TAB-014"
    far = lambda b: b.replace(b'<c r="A8"', b'<c r="XFD1048576"')  # noqa: E731 - one line of a test
    assert refusal(part_of(sound, SHEET, far)) == "TAB-002"
    bomb = part_of(sound, "docProps/app.xml", lambda _: bytes(40_000_000))
    assert refusal(bomb) == "ZIP-004"
    monkeypatch.setattr(xlsx, "CAPS", xlsx.unpack.Caps(unpacked_bytes=1000))
    assert refusal(sound) == "ZIP-003"


CSV = "编号,名称,面积\n0012,甲,1.5\n0013,乙,\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "，"])
def test_separated_text_in_any_encoding_and_with_any_separator(codec: str, separator: str):
    source, chunk = opened(CSV.replace(",", separator).encode(codec))
    assert source.format == "csv"
    assert source.names == ("编号", "名称", "面积")
    assert chunk.fields["编号"].tolist() == ["0012", "0013"]
    assert chunk.fields["面积"].fillna("").tolist() == ["1.5", ""]
    assert source.encoding.chosen in {"utf-8", "gb18030", "utf-16"}


def test_tricks_that_keep_excel_from_changing_cells():
    text = 'sep=;\n编号;名称\n="0012";\'0013\n"a;b";"多\n行"\n'
    source, chunk = opened(text.encode("utf-8-sig"))
    assert chunk.fields["编号"].tolist() == ["0012", "a;b"]
    assert chunk.fields["名称"].tolist() == ["0013", "多\n行"]
    assert source.rows == 2


def test_a_cell_without_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.readers.delimited._LONGEST_CELL", 50)
    assert refusal(b'a,b\n1,2\n3,"' + b"x" * 200) == "TAB-012"


def test_well_known_text_makes_shapes():
    rows = [
        "编号,WKT",
        '1,"SRID=4527;POLYGON((0 0,0 9,9 9,9 0,0 0))"',
        '2,"SRID=4527;MULTIPOLYGON(((0 0,0 9,9 9,0 0)))"',
        '3,"SRID=4527;POLYGON((0 0,0 9,9"',
        "4,",
        '5,"SRID=4527;POLYGON((0 0,nan 9,9 9,0 0))"',
        "合计,",
    ]
    source, chunk = opened("\n".join(rows).encode())
    assert source.has_shapes
    assert source.names == ("编号",)
    assert source.declared.epsg == 4527
    assert chunk.faults.tolist() == ["", "", "GEO-003", "", "VEC-001", "TAB-003"]
    assert [g.area if g else None for g in chunk.geometries[:4]] == [81, 40.5, None, None]


def test_rows_of_several_systems_state_none():
    square = "POLYGON((0 0,0 9,9 9,0 0))"
    source, _ = opened(f'编号,WKT\n1,"SRID=4527;{square}"\n2,"SRID=4526;{square}"\n'.encode())
    assert source.declared.epsg is None


def test_well_known_binary_and_json_in_cells():
    square = shapely.box(0, 0, 9, 9)
    lines = ["编号,geom", f"1,{square.wkb_hex}", "2,01zz", f"3,{square.wkb_hex}"]
    _, chunk = opened("\n".join(lines).encode())
    assert chunk.geometries[0].equals(square)
    cell = shapely.to_geojson(square).replace('"', '""')
    _, chunk = opened(f'编号,geom\n1,"{cell}"\n2,\n'.encode())
    assert chunk.geometries[0].equals(square)
    tin = (struct.pack("<BII", 1, 16, 0) + bytes(8)).hex()
    _, chunk = opened(f"编号,geom\n1,{tin}\n2,{square.wkb_hex}\n".encode())
    assert chunk.faults.tolist() == ["VEC-002", ""]


def test_one_boundary_point_a_row_makes_parcels_with_holes():
    lines = [line.split(",") for line in BOUNDARY_POINTS.splitlines()]
    rows, parcel = [["地块编号", "点号", "圈号", "X坐标(m)", "Y坐标(m)", "用途"]], ""
    for line in lines:
        if line[-1] == "@":
            parcel = line[2]
        elif line[0].startswith("J"):
            rows.append([parcel, line[0], line[1], float(line[2]), float(line[3]), "工业"])
    source, chunk = opened(book(rows))
    assert (source.rows, source.has_shapes, source.names) == (2, True, ("地块编号", "用途"))
    assert [round(g.area, 3) for g in chunk.geometries] == [53_120.856, 20_448.513]
    assert [len(g.interiors) for g in chunk.geometries] == [1, 0]
    assert "TAB-010" in codes(source, chunk)


def test_bad_points_cost_their_parcel_only():
    text = "地块编号,x,y\n"
    for parcel in "AB":
        text += "".join(f"{parcel},{3_157_000 + i % 2 * 50},{39_391_000 + i // 2 * 50}\n"
                        for i in (0, 1, 3, 2))  # fmt: skip
    text = text.replace("B,3157050,39391000", "B,?,39391000") + "C,3157000,39391000\n"
    text += "D,3157000,39391000\nD,3157050,39391000\nD,3157050,39391050\n"
    _, chunk = opened(text.encode())
    assert chunk.faults.tolist() == ["", "TAB-011", "BPT-003", ""]
    assert rows_of(chunk, "TAB-011") == [2]
    assert chunk.geometries[0].area == pytest.approx(2500)


def test_one_point_a_row_is_a_table_without_shapes():
    source, _ = opened("项目名称,经度,纬度\n甲,115.9,28.5\n乙,115.8,28.4\n".encode())
    assert not source.has_shapes
    assert source.names == ("项目名称", "经度", "纬度")


cells = st.one_of(
    st.none(), st.text(max_size=5), st.integers(-9, 9**20), st.floats(), st.booleans(),
    st.sampled_from(["合计", "注：x", "面积", "1", "公顷", "POLYGON((0 0,1 1,1 0,0 0))", "x", "y"]),
)  # fmt: skip


@given(
    st.lists(st.lists(cells, max_size=5), max_size=8),
    st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_any_rows_are_records_or_a_refusal(rows, corners):
    merges = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]
    try:
        grid = arrange([list(row) for row in rows], merges)
    except RefusedError:
        return
    assert len(grid.records) == len(grid.lines) == len(grid.codes)
    assert all(len(record) == len(grid.names) for record in grid.records)
    below = [row for row in rows[grid.header_line :] if any(c not in {None, ""} for c in row)]
    assert len(grid.records) <= len(below) + grid.filled


@given(st.text(alphabet='合计面积X,;\t"\n=0129.点y号POLYGN() ', max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_separated_text_is_rows_or_a_refusal(text: str):
    with contextlib.suppress(RefusedError):
        opened(("编号,面积\n1,2\n" + text).encode())


@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_damage_of_a_sheet_gives_rows_or_a_refusal(edits: list[tuple[int, int]]):
    def damage(sheet: bytes) -> bytes:
        data = bytearray(sheet)
        for at, value in edits:
            data[at % len(data)] = value
        return bytes(data)

    with contextlib.suppress(RefusedError):
        opened(part_of(SMALL, SHEET, damage))


SMALL = book(LEDGER)


def test_column_types_do_not_depend_on_the_stretch():
    rows = [["a", "b", "c"], *[[i, f"t{i}", i % 2 == 0] for i in range(20)]]
    source, chunk = opened(book(rows))
    assert source.read(3, 4).fields.dtypes.equals(chunk.fields.dtypes)
    assert pd.api.types.is_bool_dtype(chunk.fields["c"].dtype)
