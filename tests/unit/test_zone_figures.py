"""What is known of zones: a world of four zones whose figures are counted by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.consolidation.terms import EVIDENCE
from analytics.evaluation import zone_figures as zf
from domain.rules import load_rules

ZONES = pd.Index(["a", "b", "c", "d"], name="zone_id")
RULES = load_rules("intensity", as_of=dt.date(2026, 6, 30))
CHAIN = {"developable_m2": 100.0, "ready_m2": 80.0, "supplied_m2": 60.0, "built_m2": 30.0}
MU_M2 = 10_000 / 15


def rows(*each):
    base = {"demonstration": False, "zone_type": None, "leading_industries": None}
    return pd.DataFrame([base | row for row in each]).astype({"year": "float64"})


def table(**zones):
    return pd.DataFrame.from_dict(zones, orient="index").rename_axis("zone_id")


def known(entered, *computed, year=2025, **options):
    return zf.zone_figures(ZONES, year=year, entered=entered, computed=computed, **options)


def test_every_zone_is_listed_and_what_nobody_gave_is_missing():
    found = known(rows({"zone_id": "a", "year": 2025, "tax_wan": 7.0}))
    assert list(found.figures.index) == list(ZONES)
    assert list(found.figures.columns) == list(zf.FIGURES)
    assert found.figures.loc["a", "tax_wan"] == 7.0
    assert found.origin.loc["a", "tax_wan"] == "entered"
    assert int(found.figures.notna().to_numpy().sum()) == 1
    assert (found.origin.to_numpy() != "").sum() == 1


def test_an_entered_figure_comes_before_a_computed_one_and_both_are_kept():
    parcels = zf.Source("parcels", table(a={"idle_m2": 5.0}, b={"idle_m2": 6.0}))
    found = known(rows({"zone_id": "a", "year": 2025, "idle_m2": 4.0}), parcels)
    assert found.figures["idle_m2"].tolist()[:2] == [4.0, 6.0]
    assert found.origin["idle_m2"].tolist() == ["entered", "parcels", "", ""]
    assert found.sources["parcels"].loc["a", "idle_m2"] == 5.0


def test_the_four_nested_areas_come_from_one_source():
    entered = rows({"zone_id": "a", "year": 2025, "supplied_m2": 55.0, "built_m2": 20.0})
    found = known(entered, zf.Source("outlines", table(a=CHAIN)))
    assert found.figures.loc["a", list(CHAIN)].to_dict() == CHAIN
    assert set(found.origin.loc["a", list(CHAIN)]) == {"outlines"}


def test_sources_stand_in_their_order_whatever_the_order_in_which_they_are_given():
    outlines = zf.Source("outlines", table(a={"idle_m2": 1.0}))
    parcels = zf.Source("parcels", table(a={"idle_m2": 2.0}))
    found = known(rows({"zone_id": "b", "year": 2025}), outlines, parcels)
    assert found.figures.loc["a", "idle_m2"] == 2.0
    assert list(found.sources) == ["entered", "parcels", "outlines"]


def test_an_older_row_is_taken_as_a_whole_and_told():
    entered = rows(
        {"zone_id": "a", "year": 2023, "tax_wan": 1.0, "energy_tce": 9.0},
        {"zone_id": "a", "year": 2024, "tax_wan": 2.0},
        {"zone_id": "b", "year": 2025, "tax_wan": 3.0},
        {"zone_id": "c", "year": 2026, "tax_wan": 4.0},
    )
    found = known(entered)
    assert found.figures["tax_wan"].fillna(-1).tolist() == [2.0, 3.0, -1.0, -1.0]
    assert np.isnan(found.figures.loc["a", "energy_tce"])
    assert found.facts["year"].fillna(0).tolist() == [2024, 2025, 0, 0]
    assert found.facts["older"].tolist() == [True, False, False, False]
    assert zf.years_of(found, "tax_wan").fillna(0).tolist() == [2024, 2025, 0, 0]


def test_without_older_rows_the_year_alone_counts():
    entered = rows(
        {"zone_id": "a", "year": 2024, "tax_wan": 2.0},
        {"zone_id": "b", "year": 2025, "tax_wan": 3.0},
    )
    found = known(entered, older=False)
    assert found.figures["tax_wan"].notna().tolist() == [False, True, False, False]
    assert not found.facts["older"].any()


def test_made_up_figures_are_marked_and_never_mixed_with_real_ones_in_one_zone():
    entered = rows(
        {"zone_id": "a", "year": 2025, "tax_wan": 1.0},
        {"zone_id": "b", "year": 2025, "tax_wan": 2.0, "demonstration": True},
    )
    made_up = zf.Source(
        "parcels", table(a={"idle_m2": 5.0}, b={"idle_m2": 6.0}, c={"idle_m2": 7.0}),
        demonstration=True,
    )  # fmt: skip
    found = known(entered, made_up)
    assert found.facts["demonstration"].tolist() == [False, True, True, False]
    assert found.figures["idle_m2"].fillna(-1).tolist() == [-1.0, 6.0, 7.0, -1.0]
    assert found.demonstration


def test_a_real_older_row_keeps_a_made_up_newer_one_out():
    entered = rows(
        {"zone_id": "a", "year": 2024, "tax_wan": 1.0},
        {"zone_id": "a", "year": 2025, "tax_wan": 2.0, "demonstration": True},
    )
    found = known(entered)
    assert found.figures.loc["a", "tax_wan"] == 1.0
    assert bool(found.facts.loc["a", "older"])


def test_made_up_figures_can_be_left_out_altogether():
    entered = rows({"zone_id": "b", "year": 2025, "tax_wan": 2.0, "demonstration": True})
    made_up = zf.Source("outlines", table(a=CHAIN), demonstration=True)
    found = known(entered, made_up, demonstration=False)
    assert found.figures.isna().to_numpy().all()
    assert not found.demonstration


def test_nothing_at_all_gives_zones_without_figures():
    found = known(rows({"zone_id": "a", "year": 2025}).head(0))
    assert found.figures.shape == (4, len(zf.FIGURES))
    assert found.figures.isna().to_numpy().all()
    assert zf.facts(found).empty
    assert zf.comparison(found, rules=RULES).empty


def test_outlines_give_yearly_figures_of_their_year_only():
    outlines = pd.DataFrame(
        {
            "zone_id": ["a", "b", "c", "c"],
            "built_m2": [30.0, 40.0, 50.0, 60.0],
            "revenue_yi": [2.0, 3.0, 4.0, 5.0],
            "figures_year": [2024, 2025, None, None],
            "demonstration": True,
        }
    )
    older = zf.from_outlines(outlines, year=2025)
    assert older.figures["revenue_wan"].tolist() == [20_000.0, 30_000.0, 40_000.0]
    assert older.demonstration
    exact = zf.from_outlines(outlines, year=2025, older=False)
    assert exact.figures["revenue_wan"].fillna(-1).tolist() == [-1.0, 30_000.0, 40_000.0]
    assert exact.figures["built_m2"].tolist() == [30.0, 40.0, 50.0]
    assert exact.years.fillna(0).tolist() == [0, 2025, 0]
    assert zf.from_outlines(outlines[["zone_id"]], year=2025) is None


@pytest.mark.parametrize(("share", "kept"), [(0.99, True), (0.9899, False)])
def test_polygons_count_only_where_they_cover_the_zone(share, kept):
    found = zf.covered(table(a={"built_m2": 3.0, "covered_share": share}), rules=RULES)
    assert found["built_m2"].notna().tolist() == [kept]
    assert "covered_share" not in found


def test_evidence_takes_both_areas_of_a_share_from_one_source():
    entered = rows(
        {"zone_id": "a", "year": 2025, **CHAIN, "tax_wan": 3.0, "environment_open": True},
        {"zone_id": "b", "year": 2025, "idle_m2": 5.0},
        {"zone_id": "c", "year": 2025, "built_m2": 102.0, "developable_m2": 100.0},
        {"zone_id": "d", "year": 2025, "built_m2": 101.0, "developable_m2": 100.0},
    )
    parcels = zf.Source("parcels", table(b={"idle_m2": 8.0, "supplied_m2": 80.0}))
    found = zf.evidence(known(entered, parcels))
    assert list(found.columns) == [*EVIDENCE, "demonstration"]
    assert found.loc["a", "use_rate"] == 0.3
    assert found.loc["a", "tax_per_mu"] == pytest.approx(3.0 / (30.0 / MU_M2))
    assert found.loc["a", "environment_open"] == 1.0
    assert found.loc["b", "idle_share"] == 0.1
    assert np.isnan(found.loc["c", "use_rate"])
    assert found.loc["d", "use_rate"] == 1.01


def test_facts_are_in_the_form_that_before_and_after_takes():
    entered = rows({"zone_id": "b", "year": 2024, "revenue_wan": 25_000.0, "tax_wan": 4.0})
    (row,) = zf.facts(known(entered)).to_dict("records")
    assert (row["zone_id"], row["revenue_yi"], row["figures_year"]) == ("b", 2.5, 2024)
    assert row["tax_wan"] == 4.0
    assert np.isnan(row["built_m2"])
    assert not row["demonstration"]


def test_entered_and_computed_stand_side_by_side_with_their_source():
    entered = rows(
        {"zone_id": "a", "year": 2025, "idle_m2": 102.0},
        {"zone_id": "b", "year": 2025, "idle_m2": 103.0},
        {"zone_id": "c", "year": 2024, "idle_m2": 1.0},
    )
    parcels = zf.Source(
        "parcels", table(a={"idle_m2": 100.0}, b={"idle_m2": 100.0}, d={"idle_m2": 9.0})
    )
    found = zf.comparison(known(entered, parcels), rules=RULES).set_index("zone")
    assert found["state"].to_dict() == {
        "a": "agree", "b": "differ", "c": "entered_only", "d": "computed_only",
    }  # fmt: skip
    assert found["source"].to_dict() == {"a": "parcels", "b": "parcels", "c": "", "d": "parcels"}
    assert found["year"].fillna(0).to_dict() == {"a": 2025, "b": 2025, "c": 2024, "d": 0}


def test_units_of_the_per_mu_evaluation_carry_vetoes_and_prefecture():
    entered = rows(
        {"zone_id": "a", "year": 2025, "safety_open": True},
        {"zone_id": "b", "year": 2025, "safety_open": False},
    ).astype({"safety_open": "boolean"})
    found = zf.units(known(entered), {"a": "360100"})
    assert found["safety_open"].astype("object").where(found["safety_open"].notna(), None).tolist()[
        :2
    ] == [True, False]
    assert found["safety_open"].isna().tolist() == [False, False, True, True]
    assert found["prefecture_adcode"].fillna("").tolist() == ["360100", "", "", ""]


def test_inputs_of_the_intensity_carry_the_stated_type():
    found = zf.inputs(known(rows({"zone_id": "a", "year": 2025, "zone_type": "mixed"})))
    assert found["zone_type"].fillna("").tolist() == ["mixed", "", "", ""]
