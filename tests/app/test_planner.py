"""The planner with a plan, with targets that cannot be met, and with nothing to plan."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from analytics.disposal import causes as disposal_causes
from analytics.disposal.options import OPTIONS, UNSUPPLIED_OPTIONS
from analytics.idle.routes import BARS, NEEDS
from domain.i18n import LANGUAGES, translator
from tests.app.land_pages import html, words
from tests.app.planner_pages import script
from tests.land_world import parcels

LETTER = {"letter_no": "L", "letter_on": "2023-10-01", "idle_cause": "H"}
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def root(empty_store, viewer):
    records = [
        {"supply_no": "S1", "start_due": "2022-09-01", "price_wan": 100.0, "name": "甲", **LETTER},
        {
            "supply_no": "S2",
            "start_due": "2021-01-01",
            "price_wan": 900.0,
            "name": HOSTILE,
            **LETTER,
        },
        {"supply_no": "S3", "start_due": "2022-09-01", "name": "丙"},
        {"supply_no": "S4", "start_due": "2024-01-01", "name": "丁"},
    ]
    empty_store.commit("land", parcels(records), kind="parcels", viewer=viewer, reason="t")
    return empty_store.root


def drawn(root, **how):
    return AppTest.from_string(script(root, **how), default_timeout=60).run()


def solve(app):
    press = next(b for b in app.button if b.label in ("求解", "Solve"))
    return press.click().run()


def choices(app):
    return next(d.value for d in app.dataframe if "处置路径" in d.value.columns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_with_its_figures_reasons_forecast_and_benefits(root, language):
    app = solve(drawn(root, language=language))
    assert not app.exception
    assert not app.error
    text = html(app)
    assert ("默认参数测算" if language == "zh_CN" else "by default figures") in text
    assert ("逐月推算" if language == "zh_CN" else "month by month") in text
    assert len(app.dataframe) >= 2


def test_half_of_the_idle_land_is_disposed_of_the_cheapest_way(root):
    app = drawn(root)
    app.number_input(key="idle-plan-share").set_value(0.0)
    app = solve(app)
    assert not app.exception
    table = choices(app)
    # 3 ha idle, 1.5 asked. D7 takes 12 days (the suspected one 10 more), D8 40.
    assert len(table) == 2
    assert sorted(table["处置路径"].str.split().str[0]) == ["D7", "D7"]
    assert "1 / 1" in html(app)


def test_a_row_opens_its_reasons_and_can_be_banned(root):
    app = drawn(root)
    app.number_input(key="idle-plan-share").set_value(0.0)
    app = solve(app)
    app.session_state["idle-plan-bans"] = {("p:0", "D7")}
    app.session_state["idle-plan-again"] = True
    app = app.run()
    assert not app.exception
    table = choices(app)
    assert len(table) == 2
    assert "D8" in table["处置路径"].str.split().str[0].tolist()
    assert "已排除 1 项" in words(app)
    undo = next(b for b in app.button if b.label == "全部撤销")
    app = undo.click().run()
    assert sorted(choices(app)["处置路径"].str.split().str[0]) == ["D7", "D7"]


def test_targets_that_cannot_be_met_say_what_would_do(root):
    app = drawn(root)
    app.number_input(key="idle-plan-staff").set_value(5.0)
    app = solve(app)
    assert not app.exception
    said = words(app) + " ".join(w.value for w in app.warning)
    assert "目标不能全部满足" in said
    assert "人工增至" in said


def test_too_short_a_horizon_says_how_long(root):
    app = drawn(root)
    app.number_input(key="idle-plan-horizon").set_value(1)
    app = solve(app.run())
    assert "规划期延至" in words(app)


def test_the_plan_is_there_again_and_out_of_date_with_another_cause(root):
    app = solve(drawn(root))
    assert len(app.dataframe) >= 2
    app = app.run()
    assert len(app.dataframe) >= 2
    app = app.selectbox(key="idle-plan-cause").set_value("G1").run()
    assert "填好目标后" in words(app)


def test_nothing_to_plan_says_so(empty_store, viewer):
    world = parcels([{"supply_no": "S", "start_due": "2030-01-01"}])
    empty_store.commit("land", world, kind="parcels", viewer=viewer, reason="t")
    app = drawn(empty_store.root)
    assert not app.exception
    assert "无需规划" in app.info[0].value


def test_foreign_text_stays_text(root):
    app = solve(drawn(root))
    assert HOSTILE not in html(app)


def test_the_workbook_names_version_day_and_defaults(root):
    app = solve(drawn(root))
    assert not app.exception
    labels = [b.proto.label for b in app.get("download_button")]
    assert len(labels) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_planner_is_written(language):
    t = translator(language)
    own = ["cause", "acquired", "conflict"]
    assert all(f"planner.bar.{word}" in t for word in (*BARS, *own))
    needs = {w for words_ in disposal_causes._NEEDS.values() for w in words_.split(";")}
    needs |= {*disposal_causes._CAUSE_NEED.values(), *NEEDS, "investigate", "acquisition"}
    needs |= {"find_cause", "holder_starts"}
    assert all(f"planner.need.{word}" in t for word in needs)
    assert all(f"planner.next.{option.lower()}" in t for option in OPTIONS)
    assert all(f"planner.option.{option}" in t for option in ("N1", *UNSUPPLIED_OPTIONS))
