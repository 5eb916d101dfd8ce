"""The back-test: expectations by hand, intervals by a second engine, and no way back to weights."""

from __future__ import annotations

import ast
import datetime as dt
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from scipy import stats
from typer.testing import CliRunner

from analytics.consolidation import backtest
from analytics.consolidation import candidates as consolidation
from analytics.consolidation.published import published_inputs
from analytics.consolidation.terms import TERMS
from cli import backtest as command
from domain.rules import load_rules

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 11, 26)
RULES = load_rules("consolidation", as_of=DAY)


@pytest.fixture(scope="module")
def real():
    return published_inputs()


@pytest.fixture(scope="module")
def found(real):
    return backtest.run(real, rules=RULES)


def test_the_nine_clean_cases_are_those_of_the_notes(real):
    cases = backtest.clean_cases(real.merges)
    assert cases["case_id"].tolist() == [
        "M01",
        "M02",
        "M03",
        "M04",
        "M05",
        "M06",
        "M07",
        "M08",
        "M13",
    ]


def test_every_ranking_is_measured_on_all_cases(found):
    assert len(found.table) == len(backtest.RANKINGS) * len(backtest.LISTS)
    assert found.cases["outcome"].value_counts().to_dict() == {"ranked": 8, "not_listed": 1}
    table = found.table
    assert (table["hit_1"] <= table["hit_3"]).all()
    assert ((table["mrr_low"] <= table["mrr"]) & (table["mrr"] <= table["mrr_high"])).all()
    assert (table["sure_3"] <= 9 * table["hit_3"] + 1e-9).all()


def test_no_order_is_the_exact_expectation(found):
    """By hand from the lengths of the lists: every place is equally likely."""
    for name in backtest.LISTS:
        row = found.table.set_index(["ranking", "list"]).loc[("random", name)]
        sizes = found.cases[f"{name}_of"].dropna().astype(int)
        assert row["hit_1"] == pytest.approx(sum(1 / n for n in sizes) / 9)
        assert row["hit_3"] == pytest.approx(sum(min(3 / n, 1) for n in sizes) / 9)
        harmonic = sum(sum(1 / r for r in range(1, n + 1)) / n for n in sizes) / 9
        assert row["mrr"] == pytest.approx(harmonic)


def test_the_far_case_is_where_the_page_says(found):
    case = found.cases.set_index("case_id").loc["M04"]
    assert case["distance_km"] == pytest.approx(54, abs=0.5)
    assert (case["hosts_score"], case["hosts_of"]) == (7, 8)
    assert (case["prefecture_score"], case["prefecture_of"]) == (43, 80)


@pytest.mark.parametrize(("before", "tied"), [(0, 1), (2, 1), (0, 3), (1, 2)])
def test_ties_are_the_mean_over_their_orders(before, tied):
    places = [before + 1 + list(order).index(0) for order in itertools.permutations(range(tied))]
    wanted = np.mean([1 / place for place in places])
    figures = backtest._figures([(before, tied)], RULES)
    assert figures["mrr"] == pytest.approx(wanted)
    assert figures["hit_1"] == pytest.approx(np.mean([place <= 1 for place in places]))
    assert figures["hit_3"] == pytest.approx(np.mean([place <= 3 for place in places]))
    assert figures["sure_1"] == (before + tied <= 1)


@pytest.mark.parametrize(("hits", "of"), [(0, 9), (1, 9), (5, 9), (8, 9), (9, 9), (3, 40)])
def test_intervals_agree_with_a_second_engine(hits, of):
    wanted = stats.binomtest(hits, of).proportion_ci(0.95, "exact")
    assert backtest.clopper_pearson(hits, of) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_what_was_not_known_yet_is_not_used(real):
    before = backtest.known_before(real, 2012)
    levels = before.zones.set_index("zone_id")["level"]
    assert levels["jx-xiaolan-etdz"] == "provincial"  # national in 2012
    assert levels["jx-jinggangshan-etdz"] == "national"  # in 2010
    assert pd.to_numeric(before.merges["year"]).max() < 2012
    assert before.evidence is None


def test_one_case_alone_does_not_move_the_fit(real, found):
    """So the row with the case left out can equal the one fitted to all."""
    rest = real.merges[real.merges["case_id"] != "M13"]
    others = replace(real, merges=rest)
    assert backtest.run(others, rules=RULES).fitted == found.fitted


def imported(module):
    """Modules of the project that a module reaches through its imports."""
    seen, todo = set(), [module]
    while todo:
        name = todo.pop()
        path = ROOT / (name.replace(".", "/") + ".py")
        if name in seen or not path.exists():
            continue
        seen.add(name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return seen


@pytest.mark.parametrize(
    "module",
    ["candidates", "terms", "plan", "pareto", "robust", "whatif", "task", "model", "ahp"],
)
def test_no_import_leads_from_scores_to_cases(module):
    reached = imported(f"analytics.consolidation.{module}")
    assert f"analytics.consolidation.{module}" in reached
    assert "analytics.consolidation.backtest" not in reached


def test_default_weights_are_round_defaults_that_name_no_case(real):
    text = (ROOT / "data" / "rules" / "consolidation.toml").read_text(encoding="utf-8")
    cases = backtest.clean_cases(real.merges)
    for name in [*cases["case_id"], *cases["host_id"], *cases["absorbed_id"].dropna()]:
        assert name not in text
    weights = [RULES.rule(f"CON-W-{term.upper()}") for term in TERMS]
    assert {rule.status for rule in weights} == {"default"}
    assert all(rule.value % 5 == 0 for rule in weights)


def test_the_cases_do_not_change_a_score(real):
    def scores(merges):
        pairs = consolidation.candidates(replace(real, merges=merges), as_of=DAY, rules=RULES)
        return pairs.set_index(["host_id", "absorbed_id"])["score"]

    now = scores(real.merges)
    shuffled = scores(real.merges.sample(frac=1, random_state=4).reset_index(drop=True))
    pd.testing.assert_series_equal(shuffled, now)
    # Without cases more zones are free, but a pair that was there has the score it had.
    without = scores(real.merges.iloc[:0])
    assert set(now.index) < set(without.index)
    pd.testing.assert_series_equal(without.loc[now.index], now)


def test_the_page_holds_the_tables_of_today(found):
    page = (ROOT / "docs" / "consolidation.md").read_text(encoding="utf-8")
    message = "run `ganyuan backtest --write docs/consolidation.md`"
    assert command.placed(page, command.text(found)) == page, message


def test_a_page_without_marks_is_refused():
    with pytest.raises(command.BacktestPageError, match="CPL-005"):
        command.placed("# Nothing", "table")


def test_the_command_prints_and_writes(tmp_path):
    app = typer.Typer()
    command.register(app)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{command.BEGIN}\nold\n{command.END}\nafter\n", encoding="utf-8")
    result = CliRunner().invoke(
        app, ["--json", "--write", str(page), "--as-of", "2026-11-26"], catch_exceptions=False
    )
    told = json.loads(result.stdout)
    assert len(told["cases"]) == 9
    assert set(told["fitted"]) == {"level", "adjacency", "industry"}
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "no order at all" in text
