"""Robustness on the consolidation page: columns, card, words; small and evaluated stores."""

from __future__ import annotations

import pytest

from domain.i18n import translator
from tests.app.test_planning_pages import evaluated, frame, run, sound, text  # noqa: F401


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_robust_and_fragile_pairs_are_told_apart_with_the_rule(tmp_path, language):
    t = translator(language)
    app = sound(run("consolidation", tmp_path, language))
    table = frame(app, "rank")
    standings = {t(f"conplan.standing.{name}") for name in ("robust", "fragile", "outside")}
    assert set(table["standing"].dropna()) == standings
    assert table.loc[table["rank"].isna(), "standing"].isna().all()
    assert t("consolidation.status.default") in text(app)
    assert "10,000" in text(app)


def test_the_first_pair_stays_first_and_its_card_says_so(tmp_path):
    app = sound(run("consolidation", tmp_path))
    first = frame(app, "rank").iloc[0]
    assert (first["standing"], first["in_first"]) == ("稳健", 100.0)
    assert "单独变动任何一项权重都不会" in text(app)
    turns = frame(app, "weight_now").set_index("term")
    assert len(turns) == 10
    assert turns.loc["级别", "weight_now"] == 10


def test_a_prefecture_keeps_the_ranks_of_the_province(tmp_path):
    app = run("consolidation", tmp_path)
    everywhere = frame(app, "rank").set_index(["host", "absorbed"])["in_first"]
    app.selectbox(key="consolidation-prefecture").select("360800").run(timeout=60)
    here = frame(sound(app), "rank").set_index(["host", "absorbed"])["in_first"]
    assert here.dropna().equals(everywhere.reindex(here.index).dropna())


def test_counted_demonstration_figures_move_the_standing(evaluated):  # noqa: F811
    app = run("consolidation", evaluated)
    before = frame(app, "rank").set_index(["host", "absorbed"])["in_first"]
    app.toggle(key="consolidation-demonstration").set_value(True).run(timeout=60)
    after = frame(sound(app), "rank").set_index(["host", "absorbed"])["in_first"]
    assert not before.equals(after.reindex(before.index))


def test_without_any_rank_there_is_nothing_to_move(tmp_path):
    app = run("consolidation", tmp_path)
    app.slider(key="consolidation-known").set_value(1.0).run(timeout=60)
    assert translator("zh_CN")("conplan.robust.unranked") in text(sound(app))
    assert frame(app, "rank")["standing"].isna().all()
