"""The three rates with their check, the summary of many zones, and what a score is made of."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.evaluation import intensity_score, zone_figures, zone_rates
from analytics.evaluation.zone_summary import summary
from domain.rules import load_rules
from domain.schemes import intensity_scheme

RULES = load_rules("intensity", as_of=dt.date(2026, 6, 30))
CHAIN = {"developable_m2": 1000.0, "ready_m2": 800.0, "supplied_m2": 600.0, "built_m2": 300.0}
STATED = {"development_rate": 80.0, "supply_rate": 75.0, "built_rate": 50.0, "use_rate": 30.0}


def known(*computed, **zones):
    index = pd.Index(list(zones), name="zone_id")
    base = {"year": 2025.0, "demonstration": False}
    rows = pd.DataFrame([base | {"zone_id": zone} | row for zone, row in zones.items()])
    return zone_figures.zone_figures(index, year=2025, entered=rows, computed=computed)


def check(**zones):
    return zone_rates.checked(known(**zones), rules=RULES)


def test_the_product_of_the_three_rates_is_built_over_developable():
    row = check(a=CHAIN).loc["a"]
    assert row[["development_rate", "supply_rate", "built_rate"]].tolist() == [0.8, 0.75, 0.5]
    assert row["product"] == pytest.approx(0.3)
    assert row["use_rate"] == pytest.approx(0.3)
    assert (row["state"], row["differs"], bool(row["one_source"])) == ("holds", "", True)


@pytest.mark.parametrize(("stated", "state"), [(30.009, "holds"), (30.011, "stated_differs")])
def test_an_entered_rate_agrees_within_a_hundredth_of_a_per_cent(stated, state):
    row = check(a=CHAIN | STATED | {"use_rate": stated}).loc["a"]
    assert row["state"] == state
    assert row["differs"] == ("" if state == "holds" else "use_rate")


@pytest.mark.parametrize(("built", "state"), [(601.0, "holds"), (601.1, "not_nested")])
def test_a_part_may_exceed_its_whole_by_a_square_metre(built, state):
    row = check(a=CHAIN | {"built_m2": built}).loc["a"]
    assert row["state"] == state
    assert np.isnan(row["built_rate"]) == (state == "not_nested")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"built_m2": 0.0}, "holds"),
        ({"built_m2": -1.0}, "not_nested"),
        ({"supplied_m2": 0.0, "built_m2": 0.0}, "not_nested"),
        ({"ready_m2": None}, "missing"),
    ],
)
def test_zero_negative_and_missing_areas(change, state):
    assert check(a=CHAIN | change).loc["a", "state"] == state


def test_areas_of_two_sources_are_told():
    half = {name: CHAIN[name] for name in ("supplied_m2", "built_m2")}
    rest = pd.DataFrame({"developable_m2": [1000.0], "ready_m2": [800.0]}, index=["a"])
    found = zone_rates.checked(known(zone_figures.Source("parcels", rest), a=half), rules=RULES)
    assert not found.loc["a", "one_source"]
    assert found.loc["a", "state"] == "holds"


def test_what_indicators_add_to_a_score_is_the_score():
    scheme = intensity_scheme()
    figures = known(
        a=CHAIN | {"built_industrial_m2": 200.0, "idle_m2": 6.0, "zone_type": "industry_led"},
        b=CHAIN | {"built_industrial_m2": 100.0, "zone_type": "mixed"},
    )
    table = intensity_score.indicators(zone_figures.inputs(figures), scheme, rules=RULES)
    scores = intensity_score.scores(table, scheme, rules=RULES)
    parts = intensity_score.contributions(table).groupby(table["zone"]).sum()
    assert parts.to_dict() == pytest.approx(scores["score"].to_dict())
    assert intensity_score.contributions(table)[table["state"] != "known"].isna().all()


def test_a_choice_of_zones_is_counted():
    computed = pd.DataFrame({"built_m2": [310.0, 300.0]}, index=["a", "b"])
    figures = known(
        zone_figures.Source("parcels", computed),
        a=CHAIN,
        b=CHAIN | STATED | {"use_rate": 31.0},
        c={},
    )
    scheme = intensity_scheme()
    table = intensity_score.indicators(zone_figures.inputs(figures), scheme, rules=RULES)
    found = summary(
        pd.Index(["a", "b", "c"]),
        figures,
        scores=intensity_score.scores(table, scheme, rules=RULES),
        rates=zone_rates.checked(figures, rules=RULES),
        comparison=zone_figures.comparison(figures, rules=RULES),
    )
    assert (found.zones, found.entered, found.older) == (3, 3, 0)
    assert (found.rates_hold, found.rates_wrong, found.rates_missing) == (1, 1, 1)
    assert (found.differ, found.differ_zones) == (1, 1)
    assert found.ranked == 0
    assert found.median_score == pytest.approx(100 * np.mean([80 / 95, 75 / 95, 50 / 95]))
