"""The idle-land page with good, bad and no data."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics import idle
from domain.parcels import AREA
from tests.app.land_pages import html, open_page, words
from tests.land_world import parcels

SUPPLIED = {"supply_no": "S", "start_due": "2023-06-01"}
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


@pytest.mark.parametrize(
    ("language", "title"), [("zh_CN", "批而未用土地"), ("en", "Approved but unused land")]
)
def test_the_page_draws_the_demonstration_province(demo_root, language, title):
    app = open_page("idle", demo_root, language=language)
    assert not app.exception
    assert not app.error
    assert title in html(app)
    assert "演示数据" in html(app)
    assert "2026-06-30" in html(app)
    assert len(app.dataframe[0].value) == 11


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
    row = app.dataframe[0].value.iloc[0]
    assert row["疑似（公顷）"] == 12.0
    assert row["占已供"] == pytest.approx(100 * 12 / 15)
    listed = app.dataframe[1].value
    assert listed["项目名称"].tolist() == ["甲厂", "丙厂"]
    assert listed["状态"].tolist() == ["疑似闲置（满一年）", "将到动工日期"]
    assert listed["规则"].tolist() == ["IDLE-A1", "IDLE-DUE-SOON"]
    assert listed["距下一节点（天）"].tolist() == [365, 30]
    assert listed["标记"].tolist()[1] == "默认"


def test_the_day_before_it_was_only_overdue(root):
    app = open_page("idle", root, state={"as_of": DAY - dt.timedelta(days=1)})
    assert app.dataframe[1].value["状态"].tolist()[0] == "逾期未动工"
    app.date_input(key="as_of").set_value(DAY).run()
    assert app.dataframe[1].value["状态"].tolist()[0] == "疑似闲置（满一年）"


def test_mu_everywhere(root):
    app = open_page("idle", root, unit="mu", state={"as_of": DAY})
    assert "180.0" in html(app)
    assert app.dataframe[0].value["疑似（亩）"].iloc[0] == 180.0


def test_filters_narrow_the_list(root):
    app = open_page("idle", root, state={"as_of": DAY})
    app.text_input(key="idle-search").set_value("甲").run()
    assert len(app.dataframe[1].value) == 1
    app.multiselect(key="idle-status").set_value(["unsupplied"]).run()
    assert app.info[0].value.startswith("所选条件下没有地块")
    app.text_input(key="idle-search").set_value("").run()
    assert app.dataframe[1].value["项目名称"].tolist() == ["乙地"]
    app.multiselect(key="idle-status").set_value([]).run()
    assert len(app.dataframe[1].value) == 3


def test_the_place_narrows_everything(demo_root):
    app = open_page("idle", demo_root, state={"prefecture": "360700"})
    assert not app.exception
    assert "赣州市" in html(app)
    assert app.session_state["level"] == "county"
    counties = app.dataframe[0].value["单位"]
    assert "瑞金市" in counties.tolist()
    assert "南昌县" not in counties.tolist()
    app.selectbox(key="county").set_value("360781").run()
    assert not app.exception
    assert set(app.dataframe[1].value["县（市、区）"]) == {"瑞金市"}


def test_a_place_that_is_not_there_falls_back(demo_root):
    app = open_page("idle", demo_root, state={"prefecture": "999999", "level": "moon"})
    assert not app.exception
    assert app.session_state["prefecture"] == ""
    assert app.session_state["level"] == "prefecture"


def test_the_calendar_and_the_batches(demo_root):
    app = open_page("idle", demo_root, state={"idle-view": "calendar"})
    assert not app.exception
    assert "逾期未动工" in app.dataframe[1].value["将成为"].tolist()
    app = open_page("idle", demo_root, state={"idle-view": "batches"})
    assert not app.exception
    assert "消化周期 =" in words(app)
    rate = app.dataframe[2].value["供地率"].copy()
    app.toggle(key="idle-deduct").set_value(False).run()
    assert (app.dataframe[2].value["供地率"] <= rate + 1e-12).all()
    assert app.dataframe[2].value["供地率"].sum() < rate.sum()


def test_idle_cases_of_a_zone_are_found_by_their_supply(demo_root):
    state = {"idle-view": "batches", "prefecture": "360700", "county": "360781"}
    county = open_page("idle", demo_root, state=state).dataframe[1].value
    app = open_page("idle", demo_root, state={**state, "zone": "jx-ruijin-etdz"})
    assert not app.exception
    zone = app.dataframe[1].value
    assert zone["批准年度"].tolist()[-1] == "闲置土地"
    stock = "基准日存量（公顷）"
    assert 0 < float(zone[stock].iloc[-1]) <= float(county[stock].iloc[-1])


def test_no_ledger_says_so(root):
    app = open_page("idle", root, state={"as_of": DAY, "idle-view": "batches"})
    assert not app.exception
    assert "没有批次台账" in words(app)


def test_a_ledger_that_supplies_more_than_approved_is_named(root, empty_store, viewer):
    batch = pd.DataFrame(
        {
            "batch_id": ["B"],
            "approved_on": [pd.Timestamp("2020-01-01")],
            "county_adcode": ["360112"],
            "approved_m2": [100.0],
            "supplied_m2": [100.0],
            "written_off_m2": [0.0],
            "unsupplied_m2": [0.0],
        }
    )
    supply = pd.DataFrame(
        {
            "supply_no": ["3601122020B00001"],
            "batch_id": ["B"],
            "county_adcode": ["360112"],
            "supplied_m2": [500.0],
            "signed_on": [pd.Timestamp("2020-06-01")],
        }
    )
    empty_store.put_ledger("batch", batch, viewer=viewer, reason="t")
    empty_store.put_ledger("supply", supply, viewer=viewer, reason="t")
    app = open_page("idle", root, state={"as_of": DAY, "idle-view": "batches"})
    assert not app.exception
    assert "APR-001" in app.error[0].value
    assert "B" in app.error[0].value


def test_a_file_without_dates_is_told_what_is_missing(empty_store, viewer):
    dates = ["start_due", "start_due_amended", "handover_on", "letter_no"]
    root = stored(empty_store, viewer, [SUPPLIED], drop=dates)
    app = open_page("idle", root, state={"as_of": DAY, "idle-status": ["unknown_start"]})
    assert not app.exception
    row = app.dataframe[1].value.iloc[0]
    assert row["状态"] == "动工日期不明"
    assert row["缺少的材料"] == "约定动工、实际交地"


def test_a_status_column_of_the_schema_that_vanished_is_words(root, monkeypatch):
    kept = idle.REQUIRED
    monkeypatch.setattr(idle, "REQUIRED", (*kept, "moon_phase"))
    app = open_page("idle", root, state={"as_of": DAY - dt.timedelta(days=7)})
    assert not app.exception
    assert "SCH-001" in app.error[0].value
    assert r"moon\_phase" in app.error[0].value


def test_two_datasets_give_a_choice(root, empty_store, viewer):
    stored(empty_store, viewer, [SUPPLIED], name="other")
    app = open_page("idle", root, state={"as_of": DAY})
    assert app.selectbox(key="ds").value == "other"  # the newest
    assert len(app.dataframe[1].value) == 1
    app.selectbox(key="ds").set_value("parcels").run()
    assert not app.exception
    assert len(app.dataframe[1].value) == 2
    assert "parcels@1" in html(app)


def test_foreign_text_stays_text(empty_store, viewer):
    bad = "<img src=x onerror=alert(1)>"
    records = [{**SUPPLIED, "name": bad, "holder": bad, "letter_no": bad, "zone_id": bad}]
    root = stored(empty_store, viewer, records)
    app = open_page("idle", root, state={"as_of": DAY, "zone": bad})
    assert not app.exception
    assert bad not in html(app)
    assert "&lt;img" in html(app)


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
