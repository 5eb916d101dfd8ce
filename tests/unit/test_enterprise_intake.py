"""Yearly figures of enterprises come in by the one door: recognised, counted, kept apart."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ledgers import conform, contradictions
from export.indicator_template import enterprise_template, standing_template
from ingest.indicator_headings import recognise
from ingest.indicators import read_indicators
from ingest.kinds import detect
from ingest.model import RefusedError
from store import Store, Viewer
from tests.unit.test_indicator_intake import book, table
from tests.unit.test_indicator_workbook import RULES, ZONES
from tests.upload_world import look, told

ZONE = "jx-nanchang-htdz"
GOOD, OTHER = "91350100M000100Y43", "914403001922038216"
WRONG = "91350100M000100Y44"
HEAD = ["统一社会信用代码", "企业名称", "年度", "开发区代码", "证载用地面积(亩)", "实缴税收(万元)"]
ROW = [GOOD, "示范甲", 2022, ZONE, 15.0, 12.5]
MU = 10_000 / 15


def one(row=(), head=HEAD, **cells):
    values = dict(zip(head, row or ROW, strict=True)) | cells
    return look(book(list(values.values()), head=list(values)), name="a.xlsx")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (HEAD, "enterprises"),
        (["XYDM", "ND", "KFQMC", "YYSR"], "enterprises"),
        (["Unified social credit code", "Year", "Zone ID", "Revenue(10k CNY)"], "enterprises"),
        (["统一社会信用代码", "年度", "开发区代码", "备注"], None),  # no figure
        (["统一社会信用代码", "开发区代码", "营业收入"], None),  # no year
        (["统一社会信用代码", "年度", "营业收入"], None),  # no zone
        (["年度", "开发区代码", "税收总额"], "indicators"),  # nobody's code
    ],
)
def test_a_credit_code_tells_enterprises_from_zones(names, kind):
    assert detect(names, has_shapes=False) == kind


@pytest.mark.parametrize(
    "found",
    [
        one,
        lambda: look(table(ROW, head=HEAD, encoding="gb18030"), name="a.csv"),
        lambda: one([GOOD.lower(), "示范甲", 2022, "南昌高新技术产业开发区", 15.0, 12.5]),
        lambda: one(
            [f" {GOOD[:8]} {GOOD[8:]}", "示范甲", "2022年", ZONE, 1.0, 12.5],
            [*HEAD[:4], "证载面积(公顷)", "税收(万元)"],
        ),
    ],
)
def test_a_row_is_the_same_however_it_is_written(found):
    upload = found()
    assert (upload.status, upload.report.kind) == ("accepted", "enterprises")
    row = upload.records().iloc[0]
    assert (row["record_id"], row["credit_code"]) == (f"{GOOD}/2022", GOOD)
    assert (row["zone_id"], row["prefecture_adcode"]) == (ZONE, "360100")
    assert row[["certified_m2", "tax_wan"]].tolist() == pytest.approx([1e4, 12.5])
    assert pd.isna(row["rented_m2"])


def test_rows_are_what_the_ledger_takes(empty_store: Store, viewer: Viewer):
    records = one(投产日期="2019.2.26", 规上="是", 企业类别="公用事业").records()
    pd.testing.assert_frame_equal(conform("enterprises", records), records)
    assert contradictions("enterprises", records).empty
    assert contradictions("enterprises", records.assign(record_id="x"))["check"].tolist() == [
        "record_id"
    ]
    assert empty_store.put_ledger("enterprises", records, viewer=viewer, reason="r") == 1
    kept = empty_store.ledger("enterprises", viewer).iloc[0]
    assert (kept["kind"], kept["above_scale"]) == ("utility", True)
    assert kept["started_on"] == pd.Timestamp("2019-02-26")


def test_areas_without_a_unit_are_taken_in_mu_and_told():
    found = one(head=[*HEAD[:4], "证载用地面积", HEAD[5]])
    assert found.records()["certified_m2"].tolist() == pytest.approx([1e4])
    assert told(found)["IND-006"] == ("warning", [])
    assert found.report.area_unit == "mu"
    assert one(使用建筑面积=120.0).records()["floor_area_m2"].tolist() == [120.0]


@pytest.mark.parametrize(
    ("cells", "code", "severity"),
    [
        ({"统一社会信用代码": None}, "ENT-002", "error"),
        ({"统一社会信用代码": 9.1350100e17}, "ENT-002", "error"),
        ({"统一社会信用代码": GOOD[:-1]}, "ENT-002", "error"),
        ({"统一社会信用代码": WRONG}, "ENT-003", "warning"),
        ({"共用厂区编号": "甲", "厂区用地面积(亩)": 9.0}, "ENT-006", "warning"),
        ({"使用建筑面积(平方米)": 9.0}, "ENT-006", "warning"),
        (
            {
                "共用厂区编号": "甲", "厂区用地面积(亩)": 9.0, "使用建筑面积(平方米)": 9.0,
                "租用面积(亩)": 1.0,
            },
            "ENT-007",
            "warning",
        ),
        ({"行业代码": "99"}, "ENT-008", "warning"),
        ({"行业代码": "电子"}, "ENT-008", "warning"),
        ({"投产日期": "2023-01-01"}, "ENT-009", "warning"),
        ({"投产日期": "去年"}, "ENT-010", "error"),
        ({"开发区代码": "巴黎"}, "IND-007", "error"),
        ({"年度": 2100}, "IND-008", "error"),
        ({"营业收入(万元)": "约十"}, "IND-010", "error"),
        ({"营业收入(万元)": -1.0}, "IND-011", "error"),
        ({"企业类别": "好的"}, "IND-013", "error"),
        ({"数据来源": "演示数据：虚构"}, "IND-021", "error"),
        ({"备注": "长" * 401}, "IND-022", "error"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_told(cells, code, severity):
    found = one(**cells)
    assert told(found)[code] == (severity, [1])
    assert found.report.rows_ok == (severity != "error")


@pytest.mark.parametrize(
    "cells",
    [
        {"投产日期": "2022-12-31"},
        {"行业代码": "39"},
        {"实缴税收(万元)": -3.0},
        {"租用面积(亩)": 1.0},
        {"共用厂区编号": "甲", "厂区用地面积(亩)": 9.0, "使用建筑面积(平方米)": 9.0,
         "租用面积(亩)": 0.0},
    ],
)  # fmt: skip
def test_what_is_right_is_not_told(cells):
    found = one(**cells)
    assert not [i for i in found.issues if i.severity != "info"]


@pytest.mark.parametrize(
    ("cell", "division"), [(6, None), ("06", "06"), (3912, "39"), ("C39", "39"), ("C3912", "39")]
)
def test_an_industry_is_its_division(cell, division):
    kept = one(行业代码=cell).records()["industry_code"].iloc[0]
    assert kept == division if division else pd.isna(kept)


def test_one_enterprise_stands_once_a_year_and_tenants_agree():
    plant = [*HEAD, "共用厂区编号", "厂区用地面积(亩)", "使用建筑面积(平方米)"]
    rows = [
        [GOOD, "甲", 2022, ZONE, 15.0, 1.0, None, None, None],
        [GOOD, "甲", 2022, ZONE, 15.0, 1.0, None, None, None],
        [GOOD, "甲", 2021, ZONE, None, 1.0, "P", 9.0, 100.0],
        [OTHER, "乙", 2021, ZONE, None, 1.0, "P", 8.0, 100.0],
        [OTHER, "乙", 2020, ZONE, None, None, None, None, None],
    ]
    found = look(book(*rows, head=plant), name="a.xlsx")
    assert told(found)["ENT-004"] == ("error", [1, 2])
    assert told(found)["ENT-005"] == ("warning", [3, 4])
    assert told(found)["IND-014"] == ("info", [])
    assert found.records()["record_id"].tolist() == [f"{GOOD}/2021", f"{OTHER}/2021"]


@pytest.mark.parametrize("gone", [0, 2, 3])
def test_a_table_that_does_not_say_whose_year_it_is_is_refused(gone):
    head = [name for k, name in enumerate(HEAD) if k != gone]
    row = [cell for k, cell in enumerate(ROW) if k != gone]
    found = look(book(row, head=head), name="a.xlsx", kind="enterprises")
    assert (found.status, told(found)["ENT-001"]) == ("refused", ("error", []))


def known(**more):
    facts = {
        "credit_code": [GOOD, OTHER], "name": ["=1+1", "示范乙"], "year": [2022.0, 2021.0],
        "zone_id": ZONE, "industry_code": "06", "kind": "utility", "tax_wan": -1.5,
        "started_on": pd.to_datetime(["2019-02-26", None]), "certified_m2": 90 * MU,
        "floor_area_m2": 120.0, "safety_open": [True, None], "tax_open": [None, False],
    }  # fmt: skip
    return pd.DataFrame(facts | more)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_template_comes_back_as_it_was_written(language):
    data = enterprise_template(known(plant_id="P", plant_land_m2=MU), year=2022, language=language)
    found = look(data, name="t.xlsx")
    assert (found.status, found.report.kind) == ("accepted", "enterprises")
    # Of another year only who and where is carried on, so that row is blank.
    assert (found.report.rows_ok, found.report.rows_quarantined) == (1, 1)
    row = found.records().iloc[0]
    expected = known(plant_id="P", plant_land_m2=MU).iloc[0].dropna()
    for name, value in expected.items():
        assert row[name] == (pytest.approx(value) if isinstance(value, float) else value), name
    assert pd.isna(row["tax_open"])
    assert not [i for i in found.issues if i.severity != "info"]


def test_the_template_says_what_it_is_for_and_leaves_room():
    data = enterprise_template(known().head(0), year=2022)
    made = openpyxl.load_workbook(io.BytesIO(data))
    fill, meanings, schemes = made.worksheets
    assert fill["A1"].value == "企业亩产评价填报表（2022 年度）"
    assert {str(v.sqref) for v in fill.data_validations.dataValidation if v.type == "date"} == {
        "I4:I303"
    }
    assert meanings.max_row == 32
    assert [schemes["A2"].value, schemes["C2"].value] == ["淮安 2024（外地方案，供对照）", "45.0 %"]


def test_the_standing_template_takes_the_newest_row_and_real_ones_first(empty_store: Store):
    who = Viewer("t")
    rows = known().assign(record_id=[f"{GOOD}/2022", f"{OTHER}/2021"], name="示范甲")
    older = rows.head(1).assign(record_id=f"{GOOD}/2020", year=2020.0, name="示范旧名")
    empty_store.put_ledger("enterprises", rows, viewer=who, reason="r", demonstration=True)

    def lines(**more):
        data = standing_template(empty_store, who, year=2022, kind="enterprises", **more)
        page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        return page["A1"].value, [
            [row[k].value for k in (0, 1, 10)] for row in page.iter_rows(min_row=4)
            if row[0].value
        ]  # fmt: skip

    title, made_up = lines()
    assert "演示数据" in title
    assert made_up == [[GOOD, "示范甲", pytest.approx(90.0)], [OTHER, "示范甲", None]]
    assert lines(prefecture="360200")[1] == []
    empty_store.put_ledger("enterprises", older, viewer=who, reason="r")
    title, real = lines()
    assert "演示数据" not in title
    assert real == [[GOOD, "示范旧名", None]]


@given(st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=20)), min_size=6, max_size=6))
@settings(max_examples=40)
def test_foreign_cells_are_read_or_told_and_never_raise(cells):
    class Sheet:
        names, rows = HEAD, 1

        @staticmethod
        def read(_start, _stop):
            frame = pd.DataFrame([cells], columns=HEAD, dtype="object")
            return type("Chunk", (), {"fields": frame, "faults": [""], "findings": ()})()

    headings, _ = recognise(HEAD, kind="enterprises")
    try:
        found = read_indicators(
            Sheet(), headings, zones=ZONES, latest_year=2025, rules=RULES, kind="enterprises"
        )
    except RefusedError:
        return
    assert found.records == 1
    assert len(found.rows) + found.blank + found.kept_out == 1
