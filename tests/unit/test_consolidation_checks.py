"""Faults of the inputs of consolidation: each told with its code, none guessed away."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from analytics.consolidation import places as consolidation_places
from analytics.consolidation.candidates import WeightsError
from analytics.consolidation.checks import faults, usable, weights
from analytics.consolidation.evidence import evidence
from analytics.consolidation.terms import EVIDENCE, TERMS
from analytics.evaluation import zone_figures as zf
from domain.issues import explain
from tests.pair_world import RULES, world, zone
from tests.unit.test_consolidation_places import layer

FULL = {term: RULES.value(f"CON-W-{term.upper()}") for term in TERMS}
CHAIN = {"developable_m2": 100.0, "ready_m2": 80.0, "supplied_m2": 60.0, "built_m2": 30.0}


def known(**zones):
    entered = pd.DataFrame(
        [{"zone_id": z, "year": 2025.0, "demonstration": False} | row for z, row in zones.items()]
    )
    return zf.zone_figures(pd.Index(["A", "B"]), year=2025, entered=entered)


def codes(inputs, figures=None):
    return {fault.code: fault for fault in faults(inputs, figures, rules=RULES)}


SOUND = world(zone("A"), zone("B"))


def test_sound_inputs_have_no_fault():
    assert codes(SOUND, known(A=CHAIN)) == {}


def test_the_default_weights_are_a_full_set():
    assert weights(FULL, rules=RULES) == {f"CON-W-{t.upper()}": v for t, v in FULL.items()}


def test_terms_that_are_not_named_weigh_nothing():
    made = weights({"level": 60, "industry": 40}, rules=RULES)
    assert sum(made.values()) == 100.0
    assert made["CON-W-SIZE"] == 0.0


@pytest.mark.parametrize(
    "given",
    [
        {"weather": 100.0},
        {"level": float("nan"), "size": 100.0},
        {"level": float("inf")},
        {"level": -10.0, "size": 110.0},
        {"level": 99.99},
        {"level": 100.01},
        {"level": 0.0},
        {},
    ],
)
def test_a_set_that_cannot_be_used_is_refused_in_words(given):
    with pytest.raises(WeightsError, match="CND-001") as caught:
        weights(given, rules=RULES)
    assert explain(caught.value, "zh_CN").startswith("整合研究的权重无法使用（")
    assert explain(caught.value, "en").startswith("The weights")


@pytest.mark.parametrize(("east", "told"), [(115.1, False), (115.101, True)])
def test_outlines_on_each_other_are_named_as_a_pair(east, told):
    shapes = layer(A=shapely.box(115.0, 26, east, 26.1), B=shapely.box(115.1, 26, 115.2, 26.1))
    inputs = world(zone("A"), zone("B"), outlines=consolidation_places.between(shapes, reach_km=80))
    found = codes(inputs)
    assert ("CND-002" in found) is told
    if told:
        assert found["CND-002"].rows == ("A × B",)


def test_words_without_a_sector_are_named_but_open_ones_are_not():
    inputs = world(
        zone("A", leading_industries="电子;月球"), zone("B", leading_industries="新材料")
    )
    found = codes(inputs)["CND-003"]
    assert found.rows == ("A",)
    assert "月球" in explain(found, "zh_CN")


def test_figures_below_zero_are_told_and_left_out():
    figures = known(A=CHAIN | {"built_m2": -1.0, "tax_wan": 5.0}, B=CHAIN)
    found = codes(SOUND, figures)["CND-004"]
    assert found.rows == ("A",)
    assert "built_m2" in explain(found, "en")
    assert pd.isna(usable(figures).figures.loc["A", "built_m2"])
    told = evidence(figures)
    assert told.loc["A", ["use_rate", "tax_per_mu"]].isna().all()
    assert told.loc["B", "use_rate"] == pytest.approx(0.3)


@pytest.mark.parametrize(("built", "told"), [(61.0, False), (61.1, True)])
def test_parts_above_their_whole_are_told(built, told):
    assert ("CND-006" in codes(SOUND, known(A=CHAIN | {"built_m2": built}))) is told


def test_evidence_tells_origin_and_year_of_each_figure():
    told = evidence(known(A=CHAIN | {"safety_open": 1.0, "tax_wan": 0.9}))
    assert told.loc["A", "use_rate_origin"] == "entered"
    assert told.loc["A", "use_rate_year"] == "2025"
    assert told.loc["A", "tax_per_mu"] == pytest.approx(0.9 / (30 * 15 / 10_000))
    assert told.loc["A", "safety_open"] == 1.0
    assert pd.isna(told.loc["A", "idle_share_origin"])
    assert {f"{name}_year" for name in EVIDENCE} <= set(told)
    assert told.loc["B", list(EVIDENCE)].isna().all()
