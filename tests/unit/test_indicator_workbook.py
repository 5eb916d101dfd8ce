"""The indicator workbook: what is written comes back, what is wrong is told, bytes are foreign."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import indicators
from domain.rules import load_rules
from domain.schemes import intensity_scheme
from export.indicator_template import template
from ingest import readers
from ingest.indicator_headings import recognise
from ingest.indicators import read_indicators
from ingest.model import Choices, RefusedError
from ingest.source import Source
from ingest.workdir import WorkFolder

RULES = load_rules("intensity", as_of=dt.date(2026, 1, 1))
ZONES = pd.DataFrame(
    {
        "zone_id": ["jx-a", "jx-b", "jx-c"],
        "name_zh": ["甲经济技术开发区", "乙工业园区", "丙高新区"],
        "name_former": ["甲工业园;老甲区;丙高新区", None, "老甲区"],
    }
)
HEAD = ["开发区代码", "年度", "已供应国有建设用地面积(公顷)", "已建成城镇建设用地面积(公顷)"]
ROW = ["jx-a", 2024, 76.0, 70.0]


TITLE_AND_SHEETS = {"TAB-005", "ZIP-014"}


def read(data):
    """What the reader finds, with what is said about file and headings; no title, no sheets."""
    folder = WorkFolder()
    path = folder.path / "upload"
    path.write_bytes(data)
    source = readers.load(path, "a.xlsx", folder.path, Choices())
    if not isinstance(source, Source):
        raise RefusedError("ZIP-011")
    headings, told = recognise(source.names)
    upload = read_indicators(source, headings, zones=ZONES, latest_year=2025, rules=RULES)
    before = [f for f in source.findings if f.code not in TITLE_AND_SHEETS]
    return replace(upload, findings=(*before, *told, *upload.findings))


def accepted(upload):
    return len(upload.rows) > 0 and all(f.severity != "error" for f in upload.findings)


def book(*rows, head=HEAD):
    made = openpyxl.Workbook()
    for row in (head, *rows):
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def one(heading, cell, **more):
    """A workbook of one row with one figure more."""
    return read(book([*ROW, cell], head=[*HEAD, heading]), **more)


def codes(upload):
    return sorted({f.code for f in upload.findings})


FIGURES = {
    c.column: float(i + 1)
    for i, c in enumerate(indicators.columns())
    if c.dtype == "float64" and c.column != "year"
}
CONSISTENT = {
    "evaluation_m2": 1100e4, "unbuildable_m2": 100e4, "developable_m2": 1000e4,
    "ready_m2": 900e4, "supplied_m2": 810e4, "built_m2": 729e4, "built_industrial_m2": 400e4,
    "high_tech_m2": 100e4, "residential_m2": 50e4, "not_started_m2": 1e4, "idle_m2": 1e4,
    "floor_area_m2": 800e4, "industrial_floor_area_m2": 300e4, "building_area_m2": 200e4,
    "industrial_footprint_m2": 100e4, "due_m2": 9e4, "due_disposed_m2": 8e4, "idle_due_m2": 7e4,
    "idle_disposed_m2": 6e4, "paid_due_m2": 5e4, "paid_m2": 4e4, "listed_due_m2": 3e4,
    "listed_m2": 2e4, "tax_wan": -12.5, "development_rate": 90.0, "supply_rate": 90.0,
    "built_rate": 90.0, "use_rate": 72.9,
}  # fmt: skip


def known():
    row = FIGURES | CONSISTENT | {
        "zone_type": "mixed", "leading_industries": "电子信息;=1+1", "environment_open": True,
        "safety_open": False, "figures_source": "年报", "note": "备注",
    }  # fmt: skip
    return pd.DataFrame([row], index=["jx-b"])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_figure_comes_back_as_it_was_written(language):
    data = template(ZONES, year=2024, language=language, known=known())
    upload = read(data)
    assert accepted(upload)
    assert codes(upload) == ["IND-014"]
    assert (upload.records, upload.blank, upload.kept_out) == (3, 2, 0)
    row = upload.rows.loc[0]
    assert row["record_id"] == "jx-b/2024"
    assert row["source_row"] == 2
    for name, value in known().loc["jx-b"].items():
        if isinstance(value, float):
            assert row[name] == pytest.approx(value), name
        else:
            assert row[name] == value, name
    expected = [c.column for c in indicators.columns()]
    assert upload.rows.columns.tolist() == [*expected, "source_row"]
    for column in indicators.columns():
        assert str(upload.rows[column.column].dtype) == column.pandas_dtype, column.column


def test_an_empty_template_holds_nothing_and_that_is_no_fault():
    upload = read(template(ZONES, year=2024))
    assert not accepted(upload)
    assert (upload.blank, len(upload.rows)) == (3, 0)
    assert codes(upload) == ["IND-014"]


def test_the_template_has_no_formulas_and_the_same_bytes_each_time():
    data = template(ZONES, year=2024, known=known())
    assert data == template(ZONES, year=2024, known=known())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name)
            assert "externalLink" not in name


def test_the_template_offers_lists_limits_and_definitions():
    made = openpyxl.load_workbook(io.BytesIO(template(ZONES, year=2024)))
    sheet, about, formulas = made.worksheets
    rules = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}
    heads = {cell.value: cell.column_letter for cell in sheet[3]}
    types = rules[heads["评价类型"] + "4"]
    assert (types.type, types.formula1) == ("list", '"工业主导型,产城融合型"')
    area = rules[heads["可开发建设土地面积(公顷)"] + "4"]
    assert (area.type, area.operator, float(area.formula1)) == ("decimal", "greaterThanOrEqual", 0)
    assert float(rules[heads["税收总额(万元)"] + "4"].formula1) < 0
    assert rules[heads["企业数"] + "4"].type == "whole"
    assert about.max_row == len(indicators.columns())  # the key is not filled in, the head is
    assert sheet.freeze_panes == "D4"
    rows = {row[0]: row for row in formulas.iter_rows(min_row=2, values_only=True)}
    assert list(rows) == [one.id for one in intensity_scheme().indicator]
    assert rows["A21"][4:] == (0.6, 0.4, "本系统默认")
    assert rows["A22"][4:] == (None, None, "无理想值，只列示不计分")


def test_a_demonstration_says_so():
    plain, marked = (
        openpyxl.load_workbook(io.BytesIO(template(ZONES, year=2024, demonstration=mark)))
        .worksheets[0]["A1"].value for mark in (False, True)
    )  # fmt: skip
    assert "演示数据" in marked
    assert "演示" not in plain


def test_what_is_missing_is_missing():
    upload = read(book(["jx-a", 2024, None, 70.0], ["jx-b", 2024, "-", "无"], ["jx-c", 2024, 0, 0]))
    assert upload.rows["zone_id"].tolist() == ["jx-a", "jx-c"]
    assert np.isnan(upload.rows.loc[0, "supplied_m2"])
    assert upload.rows.loc[1, ["supplied_m2", "built_m2"]].tolist() == [0.0, 0.0]
    assert upload.rows["tax_wan"].isna().all()


@pytest.mark.parametrize(
    ("unit", "square_metres"),
    [
        ("公顷", 12e4),
        ("亩", 8e3),
        ("平方米", 12.0),
        ("m²", 12.0),
        ("平方公里", 12e6),
        (" HA ", 12e4),
    ],
)
def test_the_heading_says_the_unit(unit, square_metres):
    upload = one(f"闲置土地面积（{unit}）", 12)
    assert upload.rows.loc[0, "idle_m2"] == pytest.approx(square_metres)


def test_an_unknown_unit_is_not_read_and_none_is_taken_as_that_of_the_template():
    wrong = one("闲置土地面积(顷)", 12)
    assert codes(wrong) == ["IND-005"]
    assert not accepted(wrong)
    assert np.isnan(wrong.rows.loc[0, "idle_m2"])
    without = one("闲置土地面积", 12)
    assert codes(without) == ["IND-006"]
    assert accepted(without)
    assert without.rows.loc[0, "idle_m2"] == 12e4


@pytest.mark.parametrize(
    ("heading", "cell", "name", "value"),
    [
        ("税收总额(亿元)", 1.5, "tax_wan", 15_000.0),
        ("税收总额(万元)", "1,234.5", "tax_wan", 1234.5),
        ("税收总额(万元)", "-3", "tax_wan", -3.0),
        ("闲置土地面积(公顷)", "１２．５公顷", "idle_m2", 125_000.0),
        ("土地开发率(%)", "89.46%", "development_rate", 89.46),
        ("有未办结环境问题", "是", "environment_open", True),
        ("有未办结环境问题", "否", "environment_open", False),
        ("评价类型", "产城融合型", "zone_type", "mixed"),
        ("评价类型", "Industry-led", "zone_type", "industry_led"),
        ("综合能耗(万吨标准煤)", 2, "energy_tce", 20_000.0),
    ],
)
def test_cells_as_offices_write_them(heading, cell, name, value):
    upload = one(heading, cell)
    assert accepted(upload), codes(upload)
    assert upload.rows.loc[0, name] == value


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("闲置土地面积(公顷)", "约十公顷", "IND-010"),
        ("闲置土地面积(公顷)", "12亩", "IND-010"),
        ("闲置土地面积(公顷)", "12万元", "IND-010"),
        ("闲置土地面积(公顷)", dt.date(2024, 1, 1), "IND-010"),
        ("闲置土地面积(公顷)", True, "IND-010"),
        ("闲置土地面积(公顷)", -0.1, "IND-011"),
        ("土地开发率(%)", 100.1, "IND-011"),
        ("企业数", 1.5, "IND-011"),
        ("评价类型", "其他", "IND-013"),
        ("有未办结环境问题", "大概", "IND-013"),
    ],
)
def test_a_cell_that_cannot_be_keeps_its_row_out(heading, cell, code):
    upload = one(heading, cell)
    assert codes(upload) == [code]
    assert [f.row for f in upload.findings] == [1]
    assert (len(upload.rows), upload.kept_out) == (0, 1)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([None, 2024, 1.0, 1.0], "IND-007"),
        (["jx-z", 2024, 1.0, 1.0], "IND-007"),
        (["老甲区", 2024, 1.0, 1.0], "IND-007"),  # the former name of two zones
        (["jx-a", None, 1.0, 1.0], "IND-008"),
        (["jx-a", "去年", 1.0, 1.0], "IND-008"),
        (["jx-a", 2026, 1.0, 1.0], "IND-008"),
        (["jx-a", 1989, 1.0, 1.0], "IND-008"),
        (["jx-a", 2024.5, 1.0, 1.0], "IND-008"),
    ],
)
def test_a_row_without_zone_or_year_is_kept_out(row, code):
    upload = read(book(row, ["jx-b", 2024, 1.0, 1.0]))
    assert code in codes(upload)
    assert upload.rows["zone_id"].tolist() == ["jx-b"]


@pytest.mark.parametrize(
    "year", [2025, 1990, "2024年", "2024 年度", "2024.0", dt.date(2024, 12, 31)]
)
def test_years_as_offices_write_them(year):
    assert accepted(read(book(["jx-a", year, 1.0, 1.0])))


def test_a_name_of_today_is_not_the_former_name_of_another():
    assert read(book(["丙高新区", 2024, 1.0, 1.0])).rows["zone_id"].tolist() == ["jx-c"]


@pytest.mark.parametrize("word", ["jx-a", "甲经济技术开发区", "甲工业园", " JX-A "])
def test_a_zone_is_known_by_code_and_names(word):
    assert read(book([word, 2024, 1.0, 1.0])).rows["zone_id"].tolist() == ["jx-a"]


def test_zone_and_year_stand_once():
    upload = read(book(ROW, ["jx-a", 2023, 1.0, 1.0], ["甲经济技术开发区", 2024, 5.0, 1.0]))
    assert codes(upload) == ["IND-009"]
    assert sorted(f.row for f in upload.findings) == [1, 3]
    assert upload.rows["record_id"].tolist() == ["jx-a/2023"]


def test_a_name_of_another_zone_is_told():
    upload = one("开发区名称", "乙工业园区")
    assert codes(upload) == ["IND-015"]
    assert upload.rows["zone_id"].tolist() == ["jx-a"]


@pytest.mark.parametrize(("built", "code"), [(76.0001, None), (76.0002, "IND-012")])
def test_a_part_above_its_whole_is_told_and_kept(built, code):
    upload = read(book(["jx-a", 2024, 76.0, built]))
    assert codes(upload) == ([code] if code else [])
    assert accepted(upload)
    assert len(upload.rows) == 1


@pytest.mark.parametrize(("evaluation", "code"), [(100.0001, None), (100.0002, "IND-017")])
def test_evaluation_area_is_the_sum_of_its_two_parts(evaluation, code):
    head = ["开发区代码", "年度", "评价范围面积(公顷)", "不可建设土地面积(公顷)"]
    data = book(["jx-a", 2024, evaluation, 10, 90], head=[*head, "可开发建设土地面积(公顷)"])
    assert codes(read(data)) == ([code] if code else [])


RATES = ["土地开发率(%)", "土地供应率(%)", "土地建成率(%)", "综合利用率(%)"]


@pytest.mark.parametrize(
    ("use", "code"), [(76.92, None), (76.91, None), (76.94, "IND-016"), (76.90, "IND-016")]
)
def test_the_national_rates_multiply_and_others_do_not(use, code):
    head = ["开发区代码", "年度", *RATES]
    upload = read(book(["jx-a", 2024, 89.46, 92.68, 92.77, use], head=head))
    assert codes(upload) == ([code] if code else [])
    assert accepted(upload)


def test_a_rate_that_its_areas_deny_is_told_and_so_is_a_ratio_for_per_cent():
    head = [*HEAD, "土地建成率(%)"]
    assert codes(read(book([*ROW, 92.11], head=head))) == []  # 70 / 76
    assert codes(read(book([*ROW, 92.13], head=head))) == ["IND-016"]
    assert codes(read(book([*ROW, 0.9211], head=head))) == ["IND-016", "IND-019"]


def test_a_row_with_nothing_but_an_unreadable_figure_is_no_blank_one():
    upload = read(
        book(["jx-a", 2024, "约十", None], ["jx-b", 2024, None, None], ["jx-c", 2024, 1, 1])
    )
    assert codes(upload) == ["IND-010", "IND-014"]
    assert (upload.kept_out, upload.blank, len(upload.rows)) == (1, 1, 1)
    assert upload.faults.tolist() == ["IND-010", "IND-014", ""]


def test_columns_given_twice_or_unknown_are_told():
    twice = read(book([*ROW, 1.0, "x"], head=[*HEAD, "已建成面积(亩)", "经办人"]))
    assert codes(twice) == ["IND-003", "IND-004"]
    assert not accepted(twice)
    assert twice.rows["built_m2"].isna().all()


def test_totals_are_no_zones():
    upload = read(book(ROW, ["合计", None, 76.0, 70.0]))
    assert codes(upload) == ["TAB-003"]
    assert len(upload.rows) == 1


def test_figures_from_other_files_are_told():
    buffer = io.BytesIO(book(ROW))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    assert codes(read(buffer.getvalue())) == ["TAB-015"]


def test_a_zone_may_be_told_by_its_name_alone():
    head = ["开发区名称", "年度", "税收总额(万元)"]
    upload = read(book(["乙工业园区", 2024, 5.0], head=head))
    assert accepted(upload)
    assert upload.rows[["record_id", "zone_name"]].iloc[0].tolist() == ["jx-b/2024", "乙工业园区"]


def test_invented_figures_never_come_back_as_real_ones():
    upload = one("数据来源", "演示数据：年报")
    assert codes(upload) == ["IND-021"]
    assert not len(upload.rows)
    assert accepted(one("数据来源", "统计年报"))


@pytest.mark.parametrize(("length", "found"), [(400, []), (401, ["IND-022"])])
def test_a_text_is_no_longer_than_the_store_keeps(length, found):
    assert codes(one("备注", "长" * length)) == found


def test_the_sheet_with_figures_is_read():
    made = openpyxl.load_workbook(io.BytesIO(book(ROW)))
    small = made.create_sheet("小", 0)
    for row in (["开发区代码", "年度"], ["jx-c", 2020]):
        small.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    assert read(buffer.getvalue()).rows["zone_id"].tolist() == ["jx-a"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (book(["x", 1], head=["a", "b"]), "IND-002"),
        (book(["jx-a", 1.0], head=["开发区代码", "税收总额(万元)"]), "IND-002"),
    ],
)
def test_a_table_without_zone_or_year_is_refused(data, code):
    with pytest.raises(RefusedError) as caught:
        read(data)
    assert caught.value.issue == code


GOOD = template(ZONES, year=2024, known=known())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    with pytest.raises(RefusedError):
        read(data)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_workbook_is_read_or_refused(at, noise, cut):
    data = GOOD[:at] if cut else GOOD[:at] + noise + GOOD[at + len(noise) :]
    try:
        upload = read(data)
    except RefusedError:
        return
    assert len(upload.rows) + (upload.faults != "").sum() == upload.records


SHEET = "xl/worksheets/sheet1.xml"


def with_sheet(text):
    """The workbook with another text of its first sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name == SHEET else old.read(name))
    return buffer.getvalue()


with zipfile.ZipFile(io.BytesIO(GOOD)) as _archive:
    SHEET_TEXT = _archive.read(SHEET)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(SHEET_TEXT) - 1), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_sheet_is_read_or_refused(at, noise, cut):
    text = SHEET_TEXT[:at] if cut else SHEET_TEXT[:at] + noise + SHEET_TEXT[at + len(noise) :]
    try:
        upload = read(with_sheet(text))
    except RefusedError:
        return
    assert len(upload.rows) + (upload.faults != "").sum() == upload.records


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
    st.sampled_from(["jx-a", "2024", "12亩", "合计", "=1+1", "1e400", "-", "是"]),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=6))
def test_any_cells_are_accounted_for(cells):
    try:
        upload = read(book(*cells))
    except RefusedError as err:
        refused = err.issue
    else:
        refused = ""
    if refused:
        assert refused in {"FIL-010", "IND-002"}
        return
    rows = upload.rows
    assert len(rows) + upload.kept_out + upload.blank <= upload.records
    assert rows["zone_id"].isin(ZONES["zone_id"]).all()
    assert rows["record_id"].is_unique
    assert (rows[["supplied_m2", "built_m2"]].fillna(0.0) >= 0).all().all()
    for finding in upload.findings:
        assert finding.message("zh_CN")
        assert finding.message("en")
