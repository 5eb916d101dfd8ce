"""Bounds of a score, and what is missing of each zone."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.consolidation import candidates as consolidation
from analytics.consolidation.bounds import GAPS, bounds, gaps
from analytics.consolidation.published import published_inputs
from analytics.consolidation.terms import TERMS
from tests.pair_world import DAY, NATIONAL, RULES, evidence, moved, world, zone


def found(inputs, rules=RULES, **options):
    pairs = consolidation.candidates(inputs, as_of=DAY, rules=rules, **options)
    return pairs, bounds(pairs, rules=rules, demonstration=options.get("demonstration", False))


def test_bounds_by_hand():
    pairs, told = found(world(zone("A", **NATIONAL), zone("B")))
    assert pairs["score"].tolist() == [pytest.approx((10 + 2.5 + 20 + 25) / 60 * 100)]
    assert told["score_low"].tolist() == [57.5]
    assert told["score_high"].tolist() == [97.5]
    assert told["missing"].tolist() == ["barrier;pressure;benefit;disposal;ranking;environment"]


def test_a_term_without_weight_is_not_missing():
    rules = moved(w_barrier=0, w_pressure=0, w_benefit=0, w_disposal=0, w_ranking=0)
    pairs, told = found(world(zone("A", **NATIONAL), zone("B")), rules)
    assert told["missing"].tolist() == ["environment"]
    low, high = told["score_low"].iloc[0], told["score_high"].iloc[0]
    assert high - low == pytest.approx(5 / 65 * 100, abs=1e-5)
    assert low < pairs["score"].iloc[0] < high


def test_with_nothing_missing_the_bounds_meet_at_the_score():
    rules = moved(**{f"w_{t}": 0 for t in TERMS if t not in {"level", "size"}})
    pairs, told = found(world(zone("A", **NATIONAL), zone("B")), rules)
    assert told["score_low"].tolist() == told["score_high"].tolist() == pairs["score"].tolist()
    assert told["missing"].tolist() == [""]


def test_without_any_weight_there_are_no_bounds():
    rules = moved(**{f"w_{t}": 0 for t in TERMS})
    _, told = found(world(zone("A", **NATIONAL), zone("B")), rules)
    assert told[["score_low", "score_high"]].isna().all(axis=None)


def test_demonstration_figures_narrow_the_bounds_only_where_they_count():
    figures = evidence(A={"use_rate": 0.9}, B={"use_rate": 0.5}).assign(demonstration=True)
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=figures)
    _, shown = found(inputs)
    _, counted = found(inputs, demonstration=True)
    assert "pressure" in shown["missing"].iloc[0]
    assert "pressure" not in counted["missing"].iloc[0]
    assert counted["score_low"].iloc[0] == pytest.approx(shown["score_low"].iloc[0] + 10.0)
    assert counted["score_high"].iloc[0] == shown["score_high"].iloc[0]


def test_every_real_score_lies_within_its_bounds():
    pairs, told = found(published_inputs())
    assert (told["score_low"] <= pairs["score"] + 1e-6).all()
    assert (pairs["score"] <= told["score_high"] + 1e-6).all()
    assert told["score_low"].between(0, 100).all()
    assert told["score_high"].between(0, 100).all()


def test_zones_in_no_pair_are_listed_with_what_they_lack():
    inputs = world(
        zone("A", **NATIONAL),
        zone("B", leading_industries=pd.NA),
        zone("C", lat=None, county="c9", approved_area_ha=None),
        zone("D", status="merged 2015"),
    )
    pairs, told = found(inputs)
    rows = gaps(inputs, pairs, told)
    assert rows.index.tolist() == ["A", "B", "C"]
    assert rows["pairs"].tolist() == [1, 1, 0]
    assert rows.loc["C", "missing"].split(";")[:3] == ["position", "outline", "area"]
    assert "industries" in rows.loc["B", "missing"].split(";")
    assert "industries" not in rows.loc["A", "missing"].split(";")
    assert rows.loc["C", ["score", "score_low", "score_high"]].isna().all()
    assert set(";".join(rows["missing"]).split(";")) <= set(GAPS)


def test_what_is_entered_is_not_missing():
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=evidence(A={"tax_per_mu": 3.0}))
    rows = gaps(inputs, *found(inputs))
    assert "tax_per_mu" not in rows.loc["A", "missing"].split(";")
    assert "tax_per_mu" in rows.loc["B", "missing"].split(";")
