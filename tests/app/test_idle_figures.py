"""Figures, rankings, ages, trend, alerts and batches on the demonstration and on bad ledgers."""

from __future__ import annotations

import datetime as dt
import json
import re

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from analytics.idle.definitions import DEFINITIONS
from cli import idle
from tests.app.idle_parts import open_part
from tests.app.land_pages import html, words
from tests.land_world import parcels

SUPPLIED = {"supply_no": "S", "start_due": "2023-06-01"}
DAY = dt.date(2024, 6, 1)
VIEW = "idle-figures-view"


def stored(store, viewer, records, *, areas=None):
    world = parcels(records)
    if areas:
        world["area_ellipsoidal_m2"] = areas
    store.commit("parcels", world, kind="parcels", viewer=viewer, reason="t")
    return store.root


@pytest.fixture
def root(empty_store, viewer):
    records = [
        {**SUPPLIED, "name": "甲厂", "idle_cause": "H", "zone_id": "jx-xiaolan-etdz"},
        {"batch_id": "B", "name": "乙地"},
        {"supply_no": "T", "start_due": "2024-07-01", "name": "丙厂"},
    ]
    return stored(empty_store, viewer, records, areas=[120_000.0, 50_000.0, 30_000.0])


def ledger(store, viewer, *, supplied_m2=400_000.0):
    batch = pd.DataFrame(
        {
            "batch_id": ["B", "C"],
            "approved_on": pd.to_datetime(["2016-01-01", "2021-01-01"]),
            "county_adcode": ["360112", "360112"],
            "approved_m2": [500_000.0, 100_000.0],
            "supplied_m2": [0.0, 0.0],
            "written_off_m2": [0.0, 0.0],
            "unsupplied_m2": [500_000.0, 100_000.0],
        }
    )
    supply = pd.DataFrame(
        {
            "supply_no": ["3601122020B00001"],
            "batch_id": ["B"],
            "county_adcode": ["360112"],
            "supplied_m2": [supplied_m2],
            "signed_on": pd.to_datetime(["2024-02-01"]),
        }
    )
    store.put_ledger("batch", batch, viewer=viewer, reason="t")
    store.put_ledger("supply", supply, viewer=viewer, reason="t")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("view", ["summary", "ranking", "causes", "age", "trend", "alerts"])
def test_every_view_draws_the_demonstration_province(demo_root, language, view):
    app = open_part("figures.show_figures", demo_root, language=language, state={VIEW: view})
    assert not app.exception
    assert not app.error
    assert app.dataframe


def test_rows_in_error_are_left_out_on_the_page_and_by_the_command(empty_store, viewer):
    records = [
        {"parcel_id": "P1", **SUPPLIED},
        {"parcel_id": "P1", **SUPPLIED},  # given twice: the second row does not count
        {"parcel_id": "P2", "supply_no": "U", "start_due": "2025-01-01", "dev_area_m2": -1.0},
        {"parcel_id": "P3", "approved_on": "2023-12-31"},
        {"parcel_id": "P4", "approved_on": "2024-01-01"},  # one day after the baseline
        {"parcel_id": "P5", "approved_on": "2024-06-02"},  # one day after the day that is judged
    ]
    areas = [10_000.0, 20_000.0, 40_000.0, 80_000.0, 160_000.0, 320_000.0]
    root = stored(empty_store, viewer, records, areas=areas)
    app = open_part("figures.show_figures", root, state={"as_of": DAY})
    assert not app.exception
    page = app.dataframe[0].value.set_index("指标")
    commands = typer.Typer()
    idle.register(commands)
    args = ["idle", "figures", "--whole", "--store", str(root), "--as-of", DAY.isoformat()]
    out = json.loads(CliRunner().invoke(commands, [*args, "--json"]).output)
    told = {row["figure"]: row for row in out["figures"]}
    hectares = {
        "疑似闲置": ("suspected", 1.0, 1.0),
        "批而未供（图上）": ("unsupplied_drawn", 24.0, 16.0),
    }
    for name, (figure, area, change) in hectares.items():
        row = page.loc[name]
        assert (row["面积（公顷）"], row["面积增减（公顷）"]) == (area, change)
        assert told[figure]["area_m2"] / 10_000 == area
        assert told[figure]["change_m2"] / 10_000 == change
    assert out["parcels_left_out"] == [
        {"fault": "parcel_twice", "code": "IDL-112", "count": 1, "area_m2": 20_000.0},
        {"fault": "future_approval", "code": "IDL-114", "count": 1, "area_m2": 320_000.0},
        {"fault": "negative_area", "code": "IDL-116", "count": 1, "area_m2": 40_000.0},
        {"fault": "", "code": "", "count": 3, "area_m2": 380_000.0},
    ]
    text = CliRunner().invoke(commands, args).output
    assert "left out: 1 parcels in error (IDL-112 parcel_twice), 2.00 ha" in text
    assert "left out: 3 parcels in error (in all), 38.00 ha" in text


def test_four_numbers_of_every_figure_and_its_definition(root, empty_store, viewer):
    ledger(empty_store, viewer)
    app = open_part("figures.show_figures", root, state={"as_of": DAY})
    assert not app.exception
    table = app.dataframe[0].value.set_index("指标")
    assert table.loc["疑似闲置", "面积（公顷）"] == 12.0
    assert table.loc["疑似闲置", "占比"] == "80.0 %"
    assert table.loc["疑似闲置", "面积增减（公顷）"] == 12.0
    assert table.loc["批而未供（台账）"].tolist() == [2, 20.0, "33.3 %", 0, -40.0]
    assert table.loc["批而未供处置率（旧批次）", "占比"] == "80.0 %"
    assert table.loc["消化周期", "占比"] == "2.62 年"  # (20 + 15) / (40 / 3)
    card = html(app)
    assert "批准面积 − 已供面积 − 核销面积" in card
    assert "IDLE-SUPPLY" in card
    assert "2 个，20.00 公顷" in card  # numerator
    assert "2 个，60.00 公顷" in card  # denominator
    rows = app.dataframe[1].value
    assert rows["编号"].tolist() == ["B", "C"]
    assert rows["面积（公顷）"].sum() == 20.0


def test_every_figure_has_a_name_and_a_definition_in_words(demo_root):
    app = open_part("figures.show_figures", demo_root)
    assert len(app.dataframe[0].value) == len(DEFINITIONS)


def test_without_ledgers_only_the_parcels_speak(root):
    app = open_part("figures.show_figures", root, state={"as_of": DAY})
    assert not app.exception
    listed = app.dataframe[0].value["指标"].tolist()
    assert "消化周期" not in listed
    assert "疑似闲置" in listed
    for view in ("ranking", "causes", "age", "trend", "alerts"):
        app = open_part("figures.show_figures", root, state={"as_of": DAY, VIEW: view})
        assert not app.exception, view
        assert not app.error, view


def test_batches_in_error_are_left_out_and_told(root, empty_store, viewer):
    ledger(empty_store, viewer, supplied_m2=600_000.0)
    for show in ("figures.show_figures", "batches.show_batches"):
        app = open_part(show, root, state={"as_of": DAY})
        assert not app.exception
        warning = app.warning[0].value
        assert "1 个批次" in warning
        assert "50.00 公顷" in warning
        assert "B" in warning
    table = open_part("figures.show_figures", root, state={"as_of": DAY}).dataframe[0].value
    assert table.set_index("指标").loc["批而未供（台账）", "面积（公顷）"] == 10.0


def test_a_ranking_tells_both_ranks_and_follows_its_order(demo_root):
    state = {VIEW: "ranking", "idle-figure": "idle"}
    app = open_part("figures.show_figures", demo_root, level="county", state=state)
    table = app.dataframe[0].value
    assert table["面积位次"].is_monotonic_increasing
    assert not table["占比位次"].dropna().is_monotonic_increasing
    app.session_state["idle-figure-sort"] = "share"
    app.run()
    assert app.dataframe[0].value["占比位次"].dropna().is_monotonic_increasing


def key_of(table):
    """Key of a table, which ends the id of its widget."""
    return re.sub(r"^\$\$ID-[0-9a-f]+-", "", table.proto.id)


def choose(app, start, position):
    """The page with a row of a table chosen; gives the table that is opened by it."""
    key = next(key for key in map(key_of, app.dataframe) if key.startswith(start))
    app.session_state[key] = {"selection": {"rows": [position], "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert not app.error
    return next(table.value for table in app.dataframe if "rows" in key_of(table))


def test_a_unit_of_a_ranking_opens_the_rows_behind_its_number(demo_root):
    state = {VIEW: "ranking", "idle-figure": "unused"}
    app = open_part("figures.show_figures", demo_root, level="county", state=state)
    assert len(app.dataframe) == 1
    unit = app.dataframe[0].value.iloc[2]
    rows = choose(app, "idle-ranking-table", 2)
    assert rows["面积（公顷）"].sum() == pytest.approx(
        unit["面积（公顷）"], abs=0.01 + 1e-4 * len(rows)
    )
    assert len(rows) == unit["数量"]
    assert set(rows["县（市、区）"]) == {unit["单位"]}
    # Another figure has other rows; nothing stays chosen.
    app.selectbox(key="idle-figure").set_value("idle").run()
    assert len(app.dataframe) == 1


def test_a_cause_opens_its_parcels(root):
    app = open_part("figures.show_figures", root, state={"as_of": DAY, VIEW: "causes"})
    rows = choose(app, "idle-by-idle-cause", 0)
    assert rows["项目名称"].tolist() == ["甲厂"]
    assert "1 宗地" in words(app)
    assert "打开案卷" in words(app)


def test_reasons_of_the_ledger_are_told_in_english(demo_root):
    app = open_part("figures.show_figures", demo_root, language="en", state={VIEW: "causes"})
    for table in app.dataframe:
        assert not table.value["Category"].str.contains("[一-鿿]").any()


def test_an_age_opens_its_batches(root, empty_store, viewer):
    ledger(empty_store, viewer)
    app = open_part("figures.show_figures", root, state={"as_of": DAY, VIEW: "age"})
    bars = app.dataframe[0].value
    for position, area in enumerate(bars["面积（公顷）"]):
        rows = choose(app, "idle-pyramid-table", position)
        assert rows["面积（公顷）"].tolist() == [area]
        assert set(rows["类别"]) == {"批次"}
        assert "打开案卷" not in words(app)  # a batch has no case file


def test_a_point_of_the_trend_opens_the_rows_of_its_day(root):
    state = {"as_of": dt.date(2024, 8, 1), VIEW: "trend", "idle-trend": "months"}
    app = open_part(
        "figures.show_figures", root, state={**state, "idle-trend-figure": "not_started"}
    )
    points = app.dataframe[0].value
    rows = choose(app, "idle-trend-table", len(points) - 2)
    assert rows["面积（公顷）"].sum() == points["面积（公顷）"].iloc[-2]
    assert set(rows["状态"]) == {"疑似闲置（满一年）", "逾期未动工"}
    earlier = points["时点"].tolist().index("2024-05-31")
    assert set(choose(app, "idle-trend-table", earlier)["状态"]) == {"逾期未动工", "将到动工日期"}


def test_an_alert_opens_its_figures_and_rows(demo_root):
    app = open_part("figures.show_figures", demo_root, state={VIEW: "alerts"})
    listed = app.dataframe[0].value
    for kind in ("未开发占比高", "消化周期超限"):
        position = next(i for i, name in enumerate(listed["预警"]) if name.startswith(kind))
        rows = choose(app, "idle-alerts", position)
        area = listed["面积（公顷）"].iloc[position]
        assert rows["面积（公顷）"].sum() == pytest.approx(area, abs=0.01 + 1e-4 * len(rows))
        assert "占比 =" in words(app) or "÷" in words(app)


def test_mu_everywhere(root):
    app = open_part("figures.show_figures", root, unit="mu", state={"as_of": DAY})
    table = app.dataframe[0].value.set_index("指标")
    assert table.loc["疑似闲置", "面积（亩）"] == pytest.approx(180.0)


def test_alerts_name_rule_article_and_whom_they_concern(demo_root):
    app = open_part("figures.show_figures", demo_root, state={VIEW: "alerts"})
    table = app.dataframe[0].value
    assert set(table["涉及"]) <= {"县级人民政府", "开发区管委会"}
    assert table["依据"].str.len().min() > 0
    assert "ALERT-ZONE-STANDARD" in words(app)  # what cannot be checked is said
    county = open_part(
        "figures.show_figures",
        demo_root,
        prefecture="360700",
        county="360781",
        state={VIEW: "alerts"},
    )
    assert not county.exception
    assert len(county.dataframe[0].value if county.dataframe else []) <= len(table)


def test_a_trend_over_versions_judges_each_on_its_own_day(root, empty_store, viewer):
    stored(empty_store, viewer, [SUPPLIED])
    state = {"as_of": DAY, VIEW: "trend", "idle-trend": "versions", "idle-trend-figure": "idle"}
    app = open_part("figures.show_figures", root, state=state)
    assert not app.exception
    assert app.dataframe[0].value["时点"].tolist() == ["parcels@1", "parcels@2"]


def test_a_trend_over_years_ends_with_the_day(root):
    state = {"as_of": DAY, VIEW: "trend", "idle-trend-figure": "idle"}
    app = open_part("figures.show_figures", root, state=state)
    table = app.dataframe[0].value
    assert table["时点"].tolist()[-2:] == ["2023-12-31", "2024-06-01"]
    assert table["面积（公顷）"].tolist()[-2:] == [0.0, 12.0]
    assert len(table) == 12


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_batches_of_the_demonstration(demo_root, language):
    app = open_part("batches.show_batches", demo_root, language=language)
    assert not app.exception
    assert not app.error
    vintages, units = (table.value for table in app.dataframe[:2])
    assert len(vintages) == 3
    assert len(units) > 5


def test_the_write_off_switch_and_the_cycle_in_words(demo_root):
    app = open_part("batches.show_batches", demo_root)
    assert "消化周期 =" in words(app)
    rate = app.dataframe[1].value["供地率"].copy()
    app.toggle(key="idle-deduct").set_value(False).run()
    assert (app.dataframe[1].value["供地率"] <= rate + 1e-12).all()
    assert app.dataframe[1].value["供地率"].sum() < rate.sum()


def test_idle_cases_of_a_zone_are_found_by_their_supply(demo_root):
    place = {"prefecture": "360700", "county": "360781"}
    county = open_part("batches.show_batches", demo_root, **place).dataframe[0].value
    app = open_part("batches.show_batches", demo_root, **place, zone="jx-ruijin-etdz")
    assert not app.exception
    zone = app.dataframe[0].value
    assert zone["批准年度"].tolist()[-1] == "闲置土地"
    stock = "基准日存量"
    assert 0 < float(zone[stock].iloc[-1]) <= float(county[stock].iloc[-1])


def test_no_ledger_says_so(root):
    app = open_part("batches.show_batches", root, state={"as_of": DAY})
    assert not app.exception
    assert "没有批次台账" in words(app)


def test_foreign_text_stays_text(empty_store, viewer):
    bad = "<img src=x onerror=alert(1)>"
    root = stored(
        empty_store, viewer, [{**SUPPLIED, "name": bad, "idle_cause": bad, "zone_id": bad}]
    )
    for view in ("summary", "ranking", "causes", "alerts"):
        app = open_part(
            "figures.show_figures", root, level="zone", state={"as_of": DAY, VIEW: view}
        )
        assert not app.exception
        assert bad not in html(app)


def test_parcels_in_error_are_in_no_figure_and_told(empty_store, viewer):
    twice = {**SUPPLIED, "parcel_id": "P0"}
    root = stored(empty_store, viewer, [twice, twice], areas=[120_000.0, 30_000.0])
    app = open_part("figures.show_figures", root, state={"as_of": DAY})
    assert not app.exception
    assert "1 宗、3.00 公顷" in app.warning[0].value
    table = app.dataframe[0].value.set_index("指标")
    assert table.loc["疑似闲置", "面积（公顷）"] == 12.0
    assert table.loc["疑似闲置", "面积增减（公顷）"] == 12.0  # the same row is out on both days
