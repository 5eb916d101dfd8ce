"""The card before and after: missing stays missing, trusteeship adds nothing, both languages."""

from __future__ import annotations

import pytest

from domain.i18n import translator
from tests.app.test_consolidation_plan_page import opened
from tests.app.test_planning_pages import evaluated, frame, run, sound, text  # noqa: F401

T = translator("zh_CN")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_is_missing_stays_missing_and_is_named(tmp_path, language):
    t = translator(language)
    app = run("consolidation", tmp_path, language)
    app.session_state["consolidation-chosen"] = "jx-shangrao-etdz>jx-chating-park"
    app = sound(app.run(timeout=60))
    card = frame(app, "after").set_index("figure")
    revenue = card.loc[t("conplan.what.revenue_yi")]
    assert revenue["host"] != "—"
    assert (revenue["absorbed"], revenue["after"]) == ("—", "—")
    assert revenue["missing"]
    assert (card.loc[t("conplan.what.bodies"), ["host", "absorbed", "after"]] == "1").all()
    assert t("conplan.what_if_note") in text(app)


def test_demonstration_figures_are_added_only_when_counted(evaluated):  # noqa: F811
    app = run("consolidation", evaluated)
    name = T("conplan.what.tax_per_mu")
    assert frame(app, "after").set_index("figure").loc[name, "after"] == "—"
    app.toggle(key="consolidation-demonstration").set_value(True).run(timeout=60)
    card = frame(sound(app), "after").set_index("figure")
    # 9,000 over 1 km2, both zones alike: 9,000 / 1,500 mu.
    assert card.loc[name, ["host", "absorbed", "after"]].to_list() == ["6", "6", "6"]
    assert T("conplan.what_if_demonstration") in text(app)


def test_held_in_trust_nothing_is_added(evaluated):  # noqa: F811
    app = run("consolidation", evaluated)
    app.toggle(key="consolidation-demonstration").set_value(True).run(timeout=60)
    app.segmented_control(key="consolidation-form").set_value("trusteeship").run(timeout=60)
    card = frame(sound(app), "after").set_index("figure")
    assert card.loc[T("conplan.what.bodies"), "after"] == "1"
    assert card.loc[T("conplan.what.revenue_yi"), "after"] != ""


def test_the_plan_opens_the_card_of_its_first_pair(tmp_path):
    app = sound(opened(tmp_path))
    assert len(frame(app, "after")) == 8
    assert "整合前后对照：宜春经济技术开发区 ← " in text(app)
