"""The optimum on the consolidation page: goals, conditions, alternatives, conflicts in words."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from domain.i18n import translator
from tests.app.test_planning_pages import (
    SCRIPT,
    evaluated,  # noqa: F401
    frame,
    layers,
    sound,
    text,
)

T = translator("zh_CN")
PAIR = "jx-ganzhou-etdz>jx-ganxian-xijin"


def opened(store, language="zh_CN"):
    script = SCRIPT.format(page="consolidation", store=str(store), language=language)
    app = AppTest.from_string(script, default_timeout=60)
    app.query_params["as_of"] = "2026-06-01"
    app.query_params["consolidation-view"] = "plan"
    return app.run(timeout=60)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_plan_prints_value_bound_and_gap_and_draws_its_pairs(tmp_path, language):
    t = translator(language)
    app = sound(opened(tmp_path, language))
    said = text(app)
    assert t("conplan.outcome.optimal") in said
    assert "579.26" in said
    assert "0.0 %" in said
    table = frame(app, "form")
    assert len(table) == 41
    assert not table["absorbed"].duplicated().any()
    assert not set(table["host"]) & set(table["absorbed"])
    assert {"consolidation_links", "consolidation_zones"} <= set(layers(app))
    assert "should be" not in said
    assert "应当整合" not in said


def test_at_most_one_per_host_makes_a_smaller_plan(tmp_path):
    app = opened(tmp_path)
    app.number_input(key="consolidation-per-host").set_value(1).run()
    table = frame(sound(app), "form")
    assert table["host"].value_counts().max() == 1
    assert len(table) < 41


def test_a_lock_a_ban_and_a_trusteeship_are_kept(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-lock-").select(PAIR).run()
    app.multiselect(key="consolidation-trustee-").select(PAIR).run()
    table = frame(sound(app), "form")
    assert "代管" in set(table["form"])
    app.multiselect(key="consolidation-lock-").set_value([]).run()
    app.multiselect(key="consolidation-forbid-").select(PAIR).run()
    assert "代管" not in set(frame(sound(app), "form")["form"])


def test_conditions_at_odds_are_told_in_words_with_a_way_out(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-lock-").select(PAIR).run()
    app.multiselect(key="consolidation-forbid-").select(PAIR).run()
    sound(app)
    assert T("conplan.infeasible") in [w.value for w in app.warning]
    assert "锁定了 赣州经济技术开发区" in text(app)
    assert "解法" in text(app)


def test_a_full_host_says_what_it_has_already(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-lock-").select("jx-nanchang-etdz>jx-xinjian-edz").run()
    assert "已有 3 个计入" in text(sound(app))
    app.number_input(key="consolidation-per-host").set_value(4).run()
    assert T("conplan.outcome.optimal") in text(sound(app))


def test_alternatives_come_with_what_they_share(tmp_path):
    app = opened(tmp_path)
    app.toggle(key="consolidation-alternatives").set_value(True).run()
    table = frame(sound(app), "form")
    assert table["in_plans"].max() == 100.0
    assert table["in_plans"].min() < 100.0
    assert "只列最好的 20 个" in text(app)


def test_a_goal_names_the_zones_that_it_cannot_count(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-goals").set_value(["large", "score"]).run()
    assert "个缺少数据的开发区" in text(sound(app))
    app.multiselect(key="consolidation-goals").set_value([]).run()
    assert T("conplan.no_goal") in [i.value for i in sound(app).info]


def test_a_prefecture_is_planned_on_its_own(tmp_path):
    app = opened(tmp_path)
    app.selectbox(key="consolidation-prefecture").select("360800").run()
    assert 0 < len(frame(sound(app), "form")) < 12


def test_a_locked_pair_of_a_barred_host_is_refused_with_its_code(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-lock-").select("jx-xiajiang-ip>jx-yongfeng-ip").run()
    app.toggle(key="consolidation-national").set_value(True).run()
    assert [e.value for e in app.exception] == []
    assert "CPL-001" in app.error[0].value


def test_conditions_that_admit_no_pair_are_told_as_such(tmp_path):
    app = opened(tmp_path)
    hosts = app.multiselect(key="consolidation-barred")
    hosts.set_value(list(hosts.options)).run()
    told = [i.value for i in sound(app).info]
    assert T("conplan.none_admitted") in told
    assert T("conplan.nothing") not in told


def test_demonstration_revenues_count_only_when_asked(evaluated):  # noqa: F811
    app = opened(evaluated)
    app.multiselect(key="consolidation-goals").set_value(["balance"]).run()
    assert T("conplan.nothing") in [i.value for i in sound(app).info]
    app.toggle(key="consolidation-demonstration").set_value(True).run()
    assert T("conplan.outcome.optimal") in text(sound(app))
