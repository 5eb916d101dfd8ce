"""Two goals on the consolidation page: the front, its points, taking a plan and putting it back."""

from __future__ import annotations

import pytest

from analytics.consolidation import pareto
from domain.i18n import translator
from tests.app.test_consolidation_plan_page import opened
from tests.app.test_planning_pages import evaluated, frame, sound, text  # noqa: F401

T = translator("zh_CN")
TABLE = "consolidation-front-table"


def solved(store, place="360800", language="zh_CN", first="score", second="bodies"):
    app = opened(store, language)
    app.selectbox(key="consolidation-prefecture").select(place)
    app.selectbox(key="consolidation-front-first").select(first)
    app.selectbox(key="consolidation-front-second").select(second)
    return app.button(key="consolidation-front-solve").click().run()


def points(app):
    return frame(app, "point")


def pick(app, position):
    app.session_state[TABLE] = {"selection": {"rows": [position], "columns": [], "cells": []}}
    return app.run()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_front_is_listed_with_its_gap_and_said_to_be_complete(tmp_path, language):
    t = translator(language)
    app = sound(solved(tmp_path, language=language))
    table = points(app)
    assert len(table) > 2
    assert table["score"].is_monotonic_decreasing
    assert table["bodies"].is_monotonic_decreasing
    # Without any gap there is no column of gaps, and the sentence above says so.
    assert not {"gap", "proven", "left"} & set(table)
    assert t("conpareto.complete", n=len(table)) in text(app)
    assert "consolidation-front-chart" in [chart.key for chart in app.get("vega_lite_chart")]
    # The first point is open. It has as many points as the plan above, and among such plans the
    # fewest bodies.
    assert t("conpareto.point", n=1, pairs=int(table["count"].iloc[0])) in text(app)
    assert len(frame(app, "in_points")) == table["count"].iloc[0]
    above = frame(app, "form")
    assert (above["score"] - 50).sum() == pytest.approx(table["score"].iloc[0])
    assert "should be" not in text(app)
    assert "应当整合" not in text(app)


def test_a_point_that_is_taken_is_the_plan_above_until_it_is_put_back(tmp_path):
    app = solved(tmp_path)
    before = set(frame(app, "form")["absorbed"])
    last = len(points(app)) - 1
    app = pick(app, last)
    wanted = frame(sound(app), "in_points")
    app.button(key="consolidation-front-take").click().run()
    plan = frame(sound(app), "form")
    assert set(zip(plan["host"], plan["absorbed"], strict=True)) == set(
        zip(wanted["host"], wanted["absorbed"], strict=True)
    )
    assert len(app.multiselect(key="consolidation-lock-360800").value) == len(wanted)
    assert app.multiselect(key="consolidation-goals").value == ["score", "bodies"]
    # The front is still there: the plan that was taken is no new condition of it.
    assert len(points(app)) == last + 1
    app.button(key="consolidation-front-back").click().run()
    assert set(frame(sound(app), "form")["absorbed"]) == before
    assert app.multiselect(key="consolidation-lock-360800").value == []
    assert app.multiselect(key="consolidation-goals").value == ["score"]


def test_other_conditions_ask_for_a_new_front(tmp_path):
    app = solved(tmp_path)
    app.number_input(key="consolidation-per-host").set_value(1).run()
    assert T("conpareto.stale") in text(sound(app))
    assert not [d for d in app.dataframe if "point" in d.value]
    app.button(key="consolidation-front-solve").click().run()
    assert len(points(sound(app))) >= 1


def test_one_goal_twice_is_no_trade_off(tmp_path):
    app = sound(solved(tmp_path, first="bodies", second="bodies"))
    assert T("conpareto.two") in [i.value for i in app.info]


def test_goals_that_do_not_conflict_say_so(tmp_path):
    app = sound(solved(tmp_path, second="balance"))
    assert len(points(app)) == 1
    assert T("conpareto.one") in text(app)


def test_conditions_at_odds_give_a_code_and_no_front(tmp_path):
    app = solved(tmp_path)
    for name in ("lock", "forbid"):
        chosen = app.multiselect(key=f"consolidation-{name}-360800")
        chosen.select(chosen.options[0])
    app.run()
    app.button(key="consolidation-front-solve").click().run()
    assert [e.value for e in app.exception] == []
    assert "CPL-004" in app.error[0].value


def test_demonstration_figures_make_more_points_and_mark_the_file(evaluated):  # noqa: F811
    app = opened(evaluated)
    app.toggle(key="consolidation-demonstration").set_value(True)
    app.selectbox(key="consolidation-prefecture").select("360800")
    app.selectbox(key="consolidation-front-second").select("balance")
    app.button(key="consolidation-front-solve").click().run()
    table = points(sound(app))
    assert set(table) >= {"score", "balance"}
    assert T("conpareto.complete", n=len(table)) in text(app)
    assert "gy-ribbon" in text(app)
    labels = [b.proto.label for b in app.get("download_button")]
    assert T("data.download_xlsx") in labels


def test_a_search_that_ran_out_of_solves_says_so_and_goes_on(tmp_path, monkeypatch):
    few = pareto.Budget(1, 60.0)
    monkeypatch.setattr(pareto.Budget, "of", lambda _rules: few)
    app = sound(solved(tmp_path))
    assert T("conpareto.stopped.solves") in text(app)
    table = points(app)
    assert "left" in table
    monkeypatch.setattr(pareto.Budget, "of", lambda _rules: pareto.Budget(99, 60.0))
    app.button(key="consolidation-front-go-on").click().run()
    whole = points(sound(app))
    assert T("conpareto.complete", n=len(whole)) in text(app)
    assert len(whole) > len(table)
    # The button is gone with the next run: there is nothing left to look for.
    assert "consolidation-front-go-on" not in [b.key for b in app.run().button]
