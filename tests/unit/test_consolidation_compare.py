"""Two zones side by side: what is known of each, with origin, year and mark."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.compare import FACTS, Ground, compare
from analytics.consolidation.evidence import evidence
from analytics.evaluation import zone_figures as zf
from analytics.evaluation.zone_rates import checked
from domain.rules import load_rules
from tests.pair_world import DAY, NATIONAL, NO_INDICATORS, RULES, world, zone

CHAIN = {"developable_m2": 100.0, "ready_m2": 80.0, "supplied_m2": 60.0, "built_m2": 30.0}


def indicator(zone_id, name, year, value, period="year"):
    row = {"zone_id": zone_id, "indicator": name, "year": year, "period": period, "value": value}
    return row | {"source": "s"}


def side_by_side(entered, *indicators, idle=None, idle_made_up=False, **changes):
    rows = pd.DataFrame(list(indicators), columns=NO_INDICATORS.columns, dtype="string")
    inputs = world(zone("A", **NATIONAL), zone("B", **changes), indicators=rows)
    frame = pd.DataFrame([{"year": 2025.0, "demonstration": False} | row for row in entered])
    known = zf.zone_figures(pd.Index(["A", "B"]), year=2025, entered=frame)
    inputs = replace(inputs, evidence=evidence(known))
    facts = consolidation_whatif.figures(inputs, as_of=DAY)
    rates = checked(known, rules=load_rules("intensity", as_of=DAY))
    parcels = pd.Series(idle or {}, dtype="float64")
    return compare("A", "B", Ground(inputs, known, rates, facts, parcels, idle_made_up, DAY, RULES))


def test_each_fact_tells_value_origin_and_year_of_both():
    found = side_by_side([{"zone_id": "A", **CHAIN}, {"zone_id": "B", "safety_open": 1.0}])
    assert list(found.index) == list(FACTS)
    use = found.loc["use_rate"]
    assert use["host"] == pytest.approx(0.3)
    assert (use["host_origin"], use["host_year"]) == ("entered", "2025")
    assert use["absorbed"] is None
    assert use["absorbed_origin"] is None
    assert found.loc["supply_rate", "host"] == pytest.approx(0.75)
    assert (found.loc["safety_open", "host"], found.loc["safety_open", "absorbed"]) == (None, 1.0)
    assert found.loc["level", ["host", "absorbed"]].tolist() == ["national", "provincial"]
    assert found.loc["area_m2", "host"] == 1_000_000.0


def test_a_published_revenue_comes_before_a_made_up_one_but_not_before_a_real_one():
    published = indicator("A", "operating_revenue", "2020", ">500")
    made_up = {"zone_id": "A", "revenue_wan": 70_000.0, "demonstration": True}
    row = side_by_side([made_up], published).loc["revenue_yi"]
    assert (row["host"], row["host_origin"], row["host_year"]) == (500.0, "published", "2020")
    row = side_by_side([made_up | {"demonstration": False}], published).loc["revenue_yi"]
    assert (row["host"], row["host_origin"], row["host_year"]) == (7.0, "entered", "2025")
    row = side_by_side([made_up]).loc["revenue_yi"]
    assert row["host"] == 7.0
    assert row["host_demonstration"]


def test_idle_parcels_and_places_in_the_assessment():
    ranks = [
        indicator("B", "rank_province_assessment", "2019", "9"),
        indicator("B", "rank_province_assessment", "2020", "7"),
        indicator("B", "rank_province_assessment", "2020", "1", "H1"),
        indicator("B", "rank_province_assessment", "2027", "2"),
    ]
    figures = [{"zone_id": "A", "tax_wan": 1.0}]
    found = side_by_side(figures, *ranks, idle={"B": 4.0}, idle_made_up=True)
    assert found.loc["assessment_rank", "absorbed"] == "7"
    assert found.loc["assessment_rank", "absorbed_year"] == "2020"
    assert found.loc["idle_parcels", "absorbed"] == 4.0
    assert found.loc["idle_parcels", "absorbed_demonstration"]
    assert found.loc["idle_parcels", "host"] is None


def test_what_nobody_knows_of_a_zone_is_missing():
    found = side_by_side(
        [{"zone_id": "A", "tax_wan": 1.0}],
        lat=None, leading_industries=pd.NA, approved_area_ha=None,
    )  # fmt: skip
    for fact in ("area_m2", "leading_industries", "position", "revenue_yi", "tax_per_mu"):
        assert found.loc[fact, "absorbed"] is None
    assert found.loc["position", "host"] == RULES.value("CON-POSITION-COUNTY")


@pytest.mark.parametrize("made_up", [False, True])
def test_entered_industries_tell_their_year_and_mark(made_up):
    entered = {"zone_id": "B", "leading_industries": "电子 ", "tax_wan": 1.0}
    row = side_by_side(
        [entered | {"demonstration": made_up}], leading_industries=pd.NA
    ).loc["leading_industries"]  # fmt: skip
    assert (row["absorbed"], row["absorbed_origin"]) == ("电子", "entered")
    assert (row["absorbed_year"], row["absorbed_demonstration"]) == ("2025", made_up)
    assert row["host_origin"] == "zones"
