"""Pairwise entry of weights on the page: ratio, contradiction in words, sliders moved."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from domain.i18n import translator
from tests.app.test_planning_pages import SCRIPT, frame, sound, text

KEYS = ("level-adjacency", "level-industry", "adjacency-industry")


def opened(store, language="zh_CN"):
    script = SCRIPT.format(page="consolidation", store=str(store), language=language)
    app = AppTest.from_string(script, default_timeout=60)
    app.query_params["as_of"] = "2026-06-01"
    app.query_params["consolidation-view"] = "weights"
    return app.run()


def judge(app, *values):
    for key, value in zip(KEYS, values, strict=True):
        app.select_slider(key=f"consolidation-ahp-{key}").set_value(value)
    return app.run()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_equal_judgements_share_evenly_and_are_consistent(tmp_path, language):
    app = sound(opened(tmp_path, language))
    table = frame(app, "ahp_points")
    # 10 + 20 + 25 = 55, in three parts of 18.33; the other terms keep theirs.
    assert table["ahp_points"].to_list() == [18, 5, 18, 5, 18, 10, 10, 5, 5, 5]
    assert "**0.000**" in text(app) or "**0**" in text(app)
    assert translator(language)("conplan.ahp") in text(app)


def test_contradicting_judgements_give_no_weights_and_name_the_worst(tmp_path):
    app = judge(opened(tmp_path), 9, -9, 9)
    said = [w.value for w in sound(app).warning if "CND-" not in w.value]
    assert len(said) == 1
    assert "CPL-002" in said[0]
    assert not any("ahp_points" in d.value for d in app.dataframe)


def test_taken_weights_move_the_sliders(tmp_path):
    app = judge(opened(tmp_path), -3, -3, 1)
    # 55 in parts of 1, 3, 3, for level, adjacency and industry.
    assert frame(app, "ahp_points")["ahp_points"].to_list()[:5:2] == [8, 24, 24]
    app.button(key="consolidation-ahp-take").click().run()
    assert sound(app).slider(key="consolidation-w-adjacency").value == 24
    assert app.slider(key="consolidation-w-benefit").value == 10
    assert not [w.value for w in app.warning if "CND-" not in w.value]


def test_one_term_alone_is_not_compared(tmp_path):
    app = opened(tmp_path)
    app.multiselect(key="consolidation-ahp-terms").set_value(["level"]).run()
    assert translator("zh_CN")("conplan.ahp_two") in [i.value for i in sound(app).info]
