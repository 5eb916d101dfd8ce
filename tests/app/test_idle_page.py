"""The idle-land page with good, bad and no data."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import typer
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import intake
from domain.parcels import AREA
from tests.app.land_pages import html, open_page, words
from tests.land_world import parcels
from views import downloads
from views.idle import worklist

ROOT = Path(__file__).parents[2]
SUPPLY = "3601122020B00001"
SUPPLIED = {"supply_no": SUPPLY, "start_due": "2023-06-01"}
DAY = dt.date(2024, 6, 1)
_PLACE = ("prefecture", "county", "zone")


def stored(store, viewer, records, *, name="parcels", areas=None, drop=()):
    world = parcels(records)
    if areas:
        world[AREA] = areas
    store.commit(name, world.drop(columns=list(drop)), kind="parcels", viewer=viewer, reason="t")
    return store.root


@pytest.fixture
def root(empty_store, viewer):
    records = [
        {**SUPPLIED, "name": "甲厂", "zone_id": "jx-xiaolan-etdz"},
        {"batch_id": "B", "name": "乙地"},
        {"supply_no": "S", "start_due": "2024-07-01", "name": "丙厂"},
    ]
    return stored(empty_store, viewer, records, areas=[120_000.0, 50_000.0, 30_000.0])


def case(store, viewer, **facts):
    """An idle case of the supply of the first parcel."""
    row = {"case_id": "C1", "supply_no": SUPPLY, "county_adcode": "360112", "idle_m2": 120_000.0}
    store.put_ledger("idle_case", pd.DataFrame([{**row, **facts}]), viewer=viewer, reason="t")


def listed(app):
    """The worklist as it is shown."""
    return next(frame.value for frame in app.dataframe if "紧急程度" in frame.value)


def field(app, key):
    return next(item for item in app.number_input if item.key == key)


@pytest.mark.parametrize(
    ("language", "title"), [("zh_CN", "批而未用土地"), ("en", "Idle-approved land")]
)
def test_the_page_draws_the_demonstration_province(demo_root, language, title):
    app = open_page("idle", demo_root, language=language)
    assert not app.exception
    assert not app.error
    assert title in html(app)
    assert "演示数据" in html(app)
    assert "2026-06-30" in html(app)
    assert len(app.dataframe[0].value) > 100


def test_an_empty_store_says_what_to_do_next(tmp_path):
    app = open_page("idle", tmp_path)
    assert not app.exception
    assert "ganyuan demo" in app.info[0].value


def test_figures_of_a_world_known_by_hand(root):
    app = open_page("idle", root, state={"as_of": DAY})
    assert not app.exception
    text = html(app)
    assert "演示数据" not in text
    assert "12.00" in text  # suspected, ha
    assert "5.00" in text  # not supplied
    rows = listed(app)
    assert rows["项目名称"].tolist() == ["甲厂", "丙厂"]
    assert rows["状态"].tolist() == ["疑似闲置（满一年）", "将到动工日期"]
    assert rows["紧急程度"].tolist() == ["30 日内", "以后"]
    assert rows["下一步"].tolist() == ["发《闲置土地调查通知书》", "将成为：逾期未动工"]
    assert rows["期限"].tolist() == [dt.date(2024, 7, 1), dt.date(2024, 7, 1)]
    assert rows["剩余天数"].tolist() == [30, 30]
    assert rows["规则"].tolist() == ["IDLE-INVESTIGATE", "IDLE-DUE-SOON"]
    assert rows["标记"].tolist()[1] == "默认"


def test_the_day_before_it_was_only_overdue(root):
    app = open_page("idle", root, state={"as_of": DAY - dt.timedelta(days=1)})
    assert listed(app)["状态"].tolist()[0] == "逾期未动工"
    assert listed(app)["紧急程度"].tolist()[0] == "将转状态"
    app.date_input(key="as_of").set_value(DAY).run()
    assert listed(app)["状态"].tolist()[0] == "疑似闲置（满一年）"


@pytest.mark.parametrize(("day", "urgency"), [("2024-07-01", "7 日内"), ("2024-07-02", "逾期")])
def test_a_step_is_late_from_the_day_after_its_term(root, day, urgency):
    app = open_page("idle", root, state={"as_of": dt.date.fromisoformat(day)})
    assert listed(app)["紧急程度"].tolist()[0] == urgency
    assert listed(app)["项目名称"].tolist()[0] == "甲厂"


def test_mu_everywhere(root):
    app = open_page("idle", root, unit="mu", state={"as_of": DAY})
    assert "180.0" in html(app)
    assert listed(app)["面积（亩）"].iloc[0] == 180.0


def test_a_letter_of_the_ledger_changes_the_status(root, empty_store, viewer):
    app = open_page("idle", root, state={"as_of": DAY})
    assert listed(app)["状态"].tolist()[0] == "疑似闲置（满一年）"
    day = pd.Timestamp(DAY)
    case(empty_store, viewer, notice_no="告1", notice_on=day, letter_no="认1", letter_on=day)
    app.run()
    assert not app.exception
    assert listed(app)["状态"].tolist()[0] == "已认定闲置"
    assert "12.00" in html(app)
    app.date_input(key="as_of").set_value(DAY - dt.timedelta(days=1)).run()
    assert listed(app)["状态"].tolist()[0] == "逾期未动工"


def test_filters_narrow_the_list(root):
    app = open_page("idle", root, state={"as_of": DAY})
    app.text_input(key="idle-search").set_value("甲").run()
    assert len(listed(app)) == 1
    app.multiselect(key="idle-status").set_value(["unsupplied"]).run()
    assert app.info[0].value.startswith("所选条件下没有地块")
    app.text_input(key="idle-search").set_value("").run()
    assert listed(app)["项目名称"].tolist() == ["乙地"]
    app.multiselect(key="idle-status").set_value([]).run()
    assert len(listed(app)) == 3


def test_filters_narrow_the_figures_and_say_so(root):
    app = open_page("idle", root, state={"as_of": DAY})
    assert "均按筛选" not in words(app)
    field(app, "idle-area-from").set_value(4.0).run()
    field(app, "idle-area-to").set_value(6.0).run()
    text = words(app)
    assert "均按筛选" in text
    assert "面积不小于 4\\.00 公顷" in text
    assert "5.00" in html(app)
    assert "12.00" not in html(app)
    app.selectbox(key="idle-due").set_value("30").run()
    assert "30 天内到期" in words(app)
    assert "5.00" not in html(app)


def test_the_due_filter_takes_the_last_day_in(root):
    state = {"as_of": DAY - dt.timedelta(days=1), "idle-due": "30"}
    app = open_page("idle", root, state=state)
    assert listed(app)["项目名称"].tolist() == ["甲厂"]  # suspected tomorrow; 丙厂 in 31 days
    app.date_input(key="as_of").set_value(DAY).run()
    assert listed(app)["项目名称"].tolist() == ["甲厂", "丙厂"]


def test_filters_narrow_the_export(root, monkeypatch):
    made = {}

    def caught(_, *, data, key, **__):
        made[key] = data

    monkeypatch.setattr(downloads.st, "download_button", caught)
    app = open_page("idle", root, state={"as_of": DAY, "idle-search": "甲"})
    assert not app.exception
    book = openpyxl.load_workbook(io.BytesIO(made["idle-download-xlsx"]()))
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert [row[head.index("项目名称")] for row in rows] == ["甲厂"]
    noted = [str(cell) for row in book.worksheets[-1].iter_rows(values_only=True) for cell in row]
    assert any("关键字“甲”" in text for text in noted)
    assert "甲厂" in made["idle-download-csv"]().decode("utf-8-sig")
    assert "丙厂" not in made["idle-download-csv"]().decode("utf-8-sig")
    ledgers = openpyxl.load_workbook(io.BytesIO(made["idle-official"]()))
    cells = [
        str(cell) for sheet in ledgers for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    assert "甲厂" in cells
    assert "丙厂" not in cells


def test_rows_in_error_count_in_no_figure_and_are_named(empty_store, viewer):
    records = [
        {**SUPPLIED, "parcel_id": "P1", "name": "甲厂"},
        {**SUPPLIED, "parcel_id": "P1", "name": "甲厂又一"},
        {"batch_id": "B", "approved_on": "2024-06-02", "name": "明日批准"},
    ]
    root = stored(empty_store, viewer, records, areas=[120_000.0, 50_000.0, 30_000.0])
    app = open_page("idle", root, state={"as_of": DAY})
    assert not app.exception
    assert "12.00" in html(app)
    assert len(listed(app)) == 1
    line = app.button(key="idle-open-faults").label
    assert "2 条" in line
    assert "2 宗、8\\.00 公顷" in line
    app.button(key="idle-open-faults").click().run()
    assert not app.exception
    faults = next(frame.value for frame in app.dataframe if "代码" in frame.value)
    assert faults["代码"].tolist() == ["IDL-112", "IDL-114"]
    assert faults["数字"].tolist() == ["未计入", "未计入"]
    assert "批准日期 2024-06-02" in faults["问题"].tolist()[1]
    app.date_input(key="as_of").set_value(DAY + dt.timedelta(days=1)).run()
    faults = next(frame.value for frame in app.dataframe if "代码" in frame.value)
    assert faults["代码"].tolist() == ["IDL-112"]


def test_nothing_but_rows_in_error_is_zero_and_says_so(empty_store, viewer):
    records = [{"batch_id": "B", "approved_on": "2030-01-01", "name": "以后"}]
    app = open_page("idle", stored(empty_store, viewer, records), state={"as_of": DAY})
    assert not app.exception
    assert "0.00" in html(app)
    assert "1 宗、1\\.00 公顷" in words(app)
    faults = next(frame.value for frame in app.dataframe if "代码" in frame.value)
    assert faults["代码"].tolist() == ["IDL-114"]


@pytest.mark.parametrize("view", ["planner", "clock", "figures", "batches", "faults"])
def test_every_part_of_the_page_draws(demo_root, view):
    app = open_page("idle", demo_root, state={"idle-view": view})
    assert not app.exception
    assert not app.error
    assert "idle-status" not in [item.key for item in app.multiselect]


def test_causes_and_routes_are_filters(root, empty_store, viewer):
    day = pd.Timestamp(DAY)
    case(empty_store, viewer, letter_no="认1", letter_on=day, notice_on=day, cause="G1")
    app = open_page("idle", root, state={"as_of": DAY, "idle-cause": ["G1"]})
    assert listed(app)["项目名称"].tolist() == ["甲厂"]
    app.multiselect(key="idle-cause").set_value(["none"]).run()
    assert listed(app)["项目名称"].tolist() == ["丙厂"]
    app.multiselect(key="idle-cause").set_value([]).run()
    app.multiselect(key="idle-route").set_value(["D1"]).run()
    assert listed(app)["项目名称"].tolist() == ["甲厂"]
    app.multiselect(key="idle-route").set_value(["D8"]).run()
    assert app.info[0].value.startswith("所选条件下没有地块")


def test_a_case_is_open_by_its_address_and_closes_again(root):
    app = open_page("idle", root, state={"as_of": DAY, "idle-case": "P0"})
    assert not app.exception
    assert "清单第 1 宗，共 2 宗" in words(app)
    assert "P0" in words(app)
    app.button(key="idle-case-after").click().run()
    assert "清单第 2 宗" in words(app)
    assert app.button(key="idle-case-after").disabled
    app.button(key="idle-case-back").click().run()
    assert len(listed(app)) == 2


def test_a_case_that_is_not_there_shows_the_list(root):
    app = open_page("idle", root, state={"as_of": DAY, "idle-case": "<moon>"})
    assert not app.exception
    assert len(listed(app)) == 2


def test_the_list_says_that_it_is_cut(root, monkeypatch):
    monkeypatch.setattr(worklist, "SHOWN", 1)
    app = open_page("idle", root, state={"as_of": DAY})
    assert listed(app)["项目名称"].tolist() == ["甲厂"]
    assert "只显示最紧急的 1 宗" in words(app)
    assert "共 2 宗" in words(app)


def test_an_upload_in_gbk_is_listed_in_chinese(tmp_path):
    root = tmp_path / "store"
    app = typer.Typer()
    intake.register(app)
    file = ROOT / "data" / "samples" / "zone38_gbk.zip"
    told = ("--dataset", "upload", "--by", "t", "--reason", "t", "--store", str(root))
    assert CliRunner().invoke(app, ["import", str(file), *told]).exit_code in (0, 1)  # findings
    page = open_page("idle", root, state={"as_of": dt.date(2026, 6, 30), "idle-status": []})
    assert not page.exception
    assert not page.error
    rows = listed(page)
    assert len(rows) == 12
    assert "电子信息产业园" in rows["项目名称"].tolist()
    assert "示例企业甲有限公司" in rows["使用权人"].tolist()
    assert "赣州市" in words(page) + " ".join(page.selectbox(key="prefecture").options)


def test_the_place_narrows_everything(demo_root):
    app = open_page("idle", demo_root, state={"prefecture": "360700"})
    assert not app.exception
    assert "赣州市" in html(app)
    assert app.session_state["level"] == "county"
    counties = set(listed(app)["县（市、区）"])
    assert "瑞金市" in counties
    assert "南昌县" not in counties
    app.selectbox(key="county").set_value("360781").run()
    assert not app.exception
    assert set(listed(app)["县（市、区）"]) == {"瑞金市"}


def test_a_place_that_is_not_there_falls_back(demo_root):
    app = open_page("idle", demo_root, state={"prefecture": "999999", "level": "moon"})
    assert not app.exception
    assert app.session_state["prefecture"] == ""
    assert app.session_state["level"] == "prefecture"


def test_a_file_without_dates_is_told_what_is_missing(empty_store, viewer):
    dates = ["start_due", "start_due_amended", "handover_on", "letter_no"]
    root = stored(empty_store, viewer, [{"supply_no": "S"}], drop=dates)
    app = open_page("idle", root, state={"as_of": DAY, "idle-status": ["unknown_start"]})
    assert not app.exception
    row = listed(app).iloc[0]
    assert row["状态"] == "动工日期不明"
    assert row["缺少的材料"] == "约定动工、实际交地"


def test_two_datasets_give_a_choice(root, empty_store, viewer):
    stored(empty_store, viewer, [SUPPLIED], name="other")
    app = open_page("idle", root, state={"as_of": DAY})
    assert app.selectbox(key="ds").value == "other"  # the newest
    assert len(listed(app)) == 1
    app.selectbox(key="ds").set_value("parcels").run()
    assert not app.exception
    assert len(listed(app)) == 2
    assert "parcels@1" in html(app)


def test_foreign_text_stays_text(empty_store, viewer):
    bad = "<img src=x onerror=alert(1)>"
    records = [
        {**SUPPLIED, "parcel_id": bad, "name": bad, "holder": bad, "letter_no": bad, "zone_id": bad}
    ]
    root = stored(empty_store, viewer, records)
    app = open_page("idle", root, state={"as_of": DAY, "zone": bad, "idle-search": "img"})
    assert not app.exception
    assert bad not in html(app)
    assert "&lt;img" in html(app)
    app = open_page("idle", root, state={"as_of": DAY, "idle-case": bad})
    assert not app.exception
    assert bad not in html(app)


def follow(selected, followed=None):
    script = f"""
import streamlit as st
from types import SimpleNamespace
from views.places import follow_click
if "m" not in st.session_state:
    st.session_state["m"] = SimpleNamespace(selected={selected!r})
    st.session_state["m-followed"] = {followed!r}
follow_click("m", "units")
"""
    state = AppTest.from_string(script).run().session_state
    return [state[key] if key in state else None for key in _PLACE]  # noqa: SIM401 - no get here


def test_a_click_on_a_unit_leads_there():
    assert follow(["units", "360700"]) == ["360700", "", ""]
    assert follow(["units", "360781"]) == ["360700", "360781", ""]
    assert follow(["units", "jx-xiaolan-etdz"]) == ["360100", "", "jx-xiaolan-etdz"]


def test_other_clicks_lead_nowhere():
    assert follow(["parcels", "360700"]) == [None, None, None]
    assert follow(["units", "moon"]) == [None, None, None]
    assert follow(None) == [None, None, None]
    assert follow(["units", "360700"], followed=["units", "360700"]) == [None, None, None]
