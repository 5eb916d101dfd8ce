"""Yearly figures on the upload page: template out, workbook in, changes seen, on record."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from domain.indicators import record_ids
from export.indicator_template import standing_template
from store import Store
from tests.app.upload_pages import CLERK, given, opened, part, publish, publishing, words

ZONE, OTHER = "jx-nanchang-htdz", "jx-nanchang-etdz"


def put(store, zone, *, demonstration=False, **figures):
    rows = pd.DataFrame([{"zone_id": zone, "year": 2024.0, **figures}])
    rows["record_id"] = record_ids(rows["zone_id"], rows["year"])
    store.put_ledger("indicators", rows, viewer=CLERK, reason="年报", demonstration=demonstration)


def filled(store, cells):
    """The template of a year with some cells filled in, by zone and heading."""
    data = standing_template(store, CLERK, year=2024, prefecture="360100")
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book.worksheets[0]
    heads = {cell.value: cell.column for cell in page[3]}
    lines = {row[0].value: row[0].row for row in page.iter_rows(min_row=4)}
    for zone, figures in cells.items():
        for head, value in figures.items():
            page.cell(lines[zone], heads[head], value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_filled_template_is_compared_and_goes_on_record(tmp_path: Path):
    store = Store(tmp_path)
    put(store, ZONE, zone_name="南昌高新技术产业开发区", tax_wan=5.0, idle_m2=5e4, employees=40.0)
    data = filled(
        store,
        {
            ZONE: {"税收总额(万元)": 8.0, "闲置土地面积(公顷)": 4.5},
            OTHER: {"税收总额(万元)": 3.0, "已建成城镇建设用地面积(公顷)": 2.0},
            "jx-xiaolan-etdz": {"税收总额(万元)": "约三万"},
        },
    )
    app = given(opened(tmp_path), "指标.xlsx", data)
    assert not app.exception
    said = words(app)
    assert "2 行可以入库；1 行有错误" in said
    assert "没有填写指标，未读取" in said
    assert "新增 1 行、变更 1 行、相同 0 行" in said
    table = next(f.value for f in app.dataframe if "本次上传" in f.value.columns)
    assert table.to_numpy().tolist() == [
        ["南昌高新技术产业开发区 2024", "闲置土地面积 (公顷)", "5", "4.5"],
        ["南昌高新技术产业开发区 2024", "税收总额 (万元)", "5", "8"],
    ]
    part(app, "findings")
    assert not app.exception
    listed = "\n".join(f.value.to_string() for f in app.dataframe)
    assert "IND-010" in listed
    assert "约三万" in listed
    part(app, "mapping")
    shown = next(f.value for f in app.dataframe if "unit" in f.value.columns)
    units = dict(zip(shown["source"], shown["unit"], strict=True))
    assert units["税收总额(万元)"] == "万元"
    assert "record_id" not in set(shown["column"])
    part(app, "publish")
    app.text_input(key="upload_reason").input("2024年度年报")
    publish(app)
    assert not app.exception
    assert "已写入开发区年度指标，新增或更新 2 条" in words(app)
    rows = store.ledger("indicators", CLERK).set_index("zone_id")
    assert rows["tax_wan"].to_dict() == {ZONE: 8.0, OTHER: 3.0}
    assert rows.loc[ZONE, "employees"] == 40.0
    assert rows.loc[OTHER, "built_m2"] == 2e4
    assert not rows["demonstration"].any()
    last = store.changes("indicators", CLERK, key=f"{ZONE}/2024").iloc[0]
    assert (last["before"]["tax_wan"], last["after"]["tax_wan"]) == (5.0, 8.0)


@pytest.mark.parametrize(
    ("demonstration", "there", "not_there"),
    [
        (False, "有 1 格现有内容在本次上传中为空", "演示数据"),
        (True, "1 行将替换演示数据", "现有内容在本次上传中为空"),
    ],
)
def test_what_is_emptied_and_what_was_invented_is_told_before_publishing(
    tmp_path: Path, *, demonstration: bool, there: str, not_there: str
):
    store = Store(tmp_path)
    put(store, ZONE, demonstration=demonstration, tax_wan=5.0, employees=40.0)
    book = openpyxl.Workbook()
    for row in (["开发区代码", "年度", "税收总额(万元)"], [ZONE, 2024, 5.0]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    app = given(opened(tmp_path), "a.xlsx", buffer.getvalue())
    said = words(app)
    assert there in said
    assert not_there not in said
    assert publishing(app)


@pytest.mark.parametrize(("language", "label"), [("zh_CN", "下载填报模板"), ("en", "Download")])
def test_the_template_is_offered_where_files_are_chosen(tmp_path: Path, language: str, label: str):
    app = opened(tmp_path, language)
    assert not app.exception
    assert any(label in b.label for b in app.get("download_button"))


def test_an_empty_template_is_one_sentence(tmp_path: Path):
    data = standing_template(Store(tmp_path), CLERK, year=2024, prefecture="360100")
    app = given(opened(tmp_path), "a.xlsx", data)
    assert not app.exception
    assert "没有填写任何指标" in words(app)
    assert not publishing(app)


def test_a_table_of_enterprises_is_compared_and_goes_on_record(tmp_path: Path):
    store, code = Store(tmp_path), "91350100M000100Y43"
    firm = {"credit_code": code, "name": "示范*甲*", "zone_id": ZONE, "year": 2024.0}
    rows = pd.DataFrame([firm | {"certified_m2": 2e4, "tax_wan": 5.0, "above_scale": True}])
    rows["record_id"] = record_ids(rows["credit_code"], rows["year"])
    store.put_ledger("enterprises", rows, viewer=CLERK, reason="年报")
    data = standing_template(store, CLERK, year=2024, kind="enterprises")
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book.worksheets[0]
    heads = {cell.value: cell.column for cell in page[3]}
    page.cell(4, heads["已办证用地面积(亩)"], 45.0)
    page.cell(4, heads["规模以上工业企业"], "否")
    for column, value in ((1, code[:-1] + "4"), (3, 2024), (4, ZONE), (17, 1.0)):
        page.cell(5, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    app = given(opened(tmp_path), "企业.xlsx", buffer.getvalue())
    assert not app.exception
    assert "新增 1 行、变更 1 行、相同 0 行" in words(app)
    table = next(f.value for f in app.dataframe if "本次上传" in f.value.columns)
    assert table.to_numpy().tolist() == [
        [f"示范*甲* {code}/2024", "规模以上工业企业", "是", "否"],
        [f"示范*甲* {code}/2024", "已办证用地面积 (亩)", "30", "45"],
    ]
    part(app, "findings")
    assert "ENT-003" in "\n".join(f.value.to_string() for f in app.dataframe)
    part(app, "publish")
    app.text_input(key="upload_reason").input("2024年度企业数据")
    publish(app)
    assert not app.exception
    assert "已写入企业年度数据，新增或更新 2 条" in words(app)
    kept = store.ledger("enterprises", CLERK).set_index("credit_code")
    assert kept.loc[code, "certified_m2"] == pytest.approx(3e4)
    assert not kept.loc[code, "above_scale"]


def test_the_template_of_enterprises_is_a_choice_beside_that_of_zones(tmp_path: Path):
    app = opened(tmp_path)
    app.segmented_control(key="upload_template_kind").set_value("enterprises").run()
    assert not app.exception
    (button,) = [b for b in app.get("download_button") if "下载填报模板" in b.label]
    assert button.key == "upload_template_take"
