"""Before and after: sums by hand, and what is missing stays missing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.adjustments import AdjustmentError
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.published import published_inputs
from analytics.consolidation.whatif import ADDED, OverlapError, card, figures, outline
from domain.rules import load_rules

DAY = dt.date(2026, 6, 1)
RULES = load_rules("consolidation", as_of=DAY)
HOST = {
    "area_m2": 1_000_000.0, "revenue_yi": 800.0, "tax_wan": 3_000.0, "tax_mu": 1_000.0,
    "idle_parcels": 1.0, "idle_m2": 10_000.0, "supplied_m2": 1_000_000.0,
    "backlog_m2": 200_000.0, "yearly_m2": 100_000.0,
    "revenue_year": 2025, "sectors": "electronics;food", "has_body": True,
}  # fmt: skip
OTHER = {
    "area_m2": 500_000.0, "revenue_yi": 200.0, "tax_wan": 500.0, "tax_mu": 750.0,
    "idle_parcels": 4.0, "idle_m2": 50_000.0, "supplied_m2": 500_000.0,
    "backlog_m2": 300_000.0, "yearly_m2": 50_000.0,
    "revenue_year": 2025, "sectors": "food;tcm", "has_body": True,
}  # fmt: skip


def zones(**changes):
    frame = pd.DataFrame([HOST, OTHER | changes], index=["A", "B"])
    return frame.astype({"revenue_year": "Int64"})


def test_before_and_after_by_hand():
    found = card("A", ["B"], zones(), rules=RULES)
    after = found.figures["after"]
    assert after["area_m2"] == 1_500_000.0
    assert after["revenue_yi"] == 1_000.0
    assert after["tax_per_mu"] == pytest.approx(3_500 / 1_750)
    assert found.figures.loc["tax_per_mu", ["host", "absorbed"]].tolist() == pytest.approx(
        [3, 2 / 3]
    )
    assert after["idle_share"] == pytest.approx(0.04)
    assert after["digestion_years"] == pytest.approx(500 / 150)
    assert (after["idle_parcels"], after["sectors"]) == (5.0, 3.0)
    assert found.figures.loc["bodies", ["before", "after"]].tolist() == [2.0, 1.0]
    assert found.sectors == {
        "host": "electronics;food", "after": "electronics;food;tcm", "gained": "tcm",
    }  # fmt: skip
    assert (found.figures["missing"] == "").all()


def test_targets_on_both_sides_of_their_limits():
    found = card("A", ["B"], zones(), rules=RULES).targets.set_index("figure")
    assert found.loc["revenue_yi", ["host", "after"]].tolist() == [False, True]
    assert found.loc["digestion_years", ["host", "after"]].tolist() == [True, False]
    assert found.loc["idle_share", ["host", "after"]].tolist() == [True, False]
    below = card("A", ["B"], zones(revenue_yi=199.9), rules=RULES).targets.set_index("figure")
    assert not below.loc["revenue_yi", "after"]


@pytest.mark.parametrize("name", ADDED)
def test_a_missing_part_leaves_the_sum_missing_and_named(name):
    found = card("A", ["B"], zones(**{name: np.nan}), rules=RULES)
    assert pd.isna(found.figures.loc[name, "after"])
    assert found.figures.loc[name, "missing"] == "B"
    for ratio, parts in consolidation_whatif.RATIOS.items():
        assert pd.isna(found.figures.loc[ratio, "after"]) is (name in parts)
        assert (found.figures.loc[ratio, "missing"] == "B") is (name in parts)


def test_missing_figures_leave_targets_open():
    found = card("A", ["B"], zones(revenue_yi=np.nan), rules=RULES).targets.set_index("figure")
    assert found.loc["revenue_yi", "host"] is np.False_ or not found.loc["revenue_yi", "host"]
    assert pd.isna(found.loc["revenue_yi", "after"])


def test_revenues_of_two_years_are_not_added():
    found = card("A", ["B"], zones(revenue_year=2024), rules=RULES).figures.loc["revenue_yi"]
    assert pd.isna(found["after"])
    assert (found["host"], found["missing"]) == (800.0, "year")


def test_no_known_sectors_are_not_zero_sectors():
    found = card("A", ["B"], zones(sectors=""), rules=RULES).figures.loc["sectors"]
    assert pd.isna(found["after"])
    assert found["missing"] == "B"


def test_a_zone_in_trust_adds_nothing_but_its_body():
    found = card("A", ["B"], zones(), rules=RULES, form="trusteeship")
    for name in ADDED:
        assert found.figures.loc[name, "after"] == HOST[name]
    assert found.figures.loc["bodies", "after"] == 1.0
    assert found.sectors["gained"] == ""


def test_boundary_arithmetic_of_a_merger():
    found = card("A", ["B"], zones(), rules=RULES, expanded_m2=200_000.0, removed_m2=50_000.0)
    assert found.figures.loc["area_m2", ["before", "after"]].tolist() == [1_500_000.0, 1_650_000.0]
    with pytest.raises(AdjustmentError, match="ADJ-001"):
        card("A", ["B"], zones(), rules=RULES, removed_m2=1_500_001.0)


def test_several_zones_at_once():
    three = pd.concat([zones(), zones().iloc[[1]].set_axis(["C"])])
    found = card("A", ["B", "C"], three, rules=RULES)
    assert found.figures.loc["revenue_yi", ["absorbed", "after"]].tolist() == [400.0, 1_200.0]
    assert found.figures.loc["bodies", ["before", "after"]].tolist() == [3.0, 1.0]


def test_the_merged_outline_conserves_area():
    left, right = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 150, 100)
    new = outline(
        [left, right], expanded=shapely.box(0, 100, 50, 120), removed=shapely.box(0, 0, 10, 10)
    )
    assert new.area == pytest.approx(10_000 + 5_000 + 1_000 - 100)
    assert outline([left, right]).area == pytest.approx(15_000)


def test_outlines_that_overlap_are_refused():
    left = shapely.box(0, 0, 100, 100)
    assert outline([left, shapely.box(99.995, 0, 150, 100)]).area > 0
    with pytest.raises(OverlapError, match=r"CPL-006.*100\.0 m2"):
        outline([left, shapely.box(99, 0, 150, 100)])


@pytest.fixture(scope="module")
def real():
    return published_inputs()


def test_what_is_known_of_the_real_zones(real):
    found = figures(real, as_of=DAY)
    assert len(found) == 118
    assert found["taken"].sum() == 10
    assert found.loc["jx-shangrao-etdz", ["revenue_yi", "revenue_year"]].tolist() == [1000.0, 2020]
    assert found.loc["jx-xiaolan-etdz", "area_m2"] == 18_000_000.0
    assert found[["tax_wan", "idle_parcels", "yearly_m2"]].isna().all(axis=None)
    gone = set(consolidation.links(real.zones, real.merges)["absorbed_id"])
    assert not found.loc[sorted(gone), "has_body"].any()
    earlier = figures(real, as_of=dt.date(2018, 6, 1))
    assert earlier.loc["jx-shangrao-etdz", "revenue_year"] == 2017


def test_figures_of_the_dataset_come_before_published_ones(real):
    rows = pd.DataFrame(
        {
            "zone_id": ["jx-shangrao-etdz"],
            "revenue_yi": [1234.0],
            "figures_year": [2025],
            "built_m2": [2_000_000 / 3],
            "tax_wan": [9_000.0],
            "unsupplied_m2": [100.0],
            "not_started_m2": [50.0],
            "digestion_years": [3.0],
        }
    )
    idle = pd.Series({"jx-shangrao-etdz": 2})
    found = figures(real, as_of=DAY, footprints=rows, idle_parcels=idle).loc["jx-shangrao-etdz"]
    assert (found["revenue_yi"], found["revenue_from"]) == (1234.0, "dataset")
    assert (found["tax_mu"], found["yearly_m2"]) == (pytest.approx(1_000.0), pytest.approx(50.0))
    assert found["idle_parcels"] == 2.0


def test_bars_compare_within_a_row_only():
    found = pd.DataFrame(
        {"host": [2.0, 0.0, np.nan], "after": [4.0, 0.0, 5.0]}, index=["a", "none", "half"]
    )
    lengths = consolidation_whatif.bar_lengths(found)
    assert lengths.loc["a"].tolist() == [0.5, 1.0]
    assert lengths.loc["none"].isna().all()
    assert pd.isna(lengths.loc["half", "host"])
    assert lengths.loc["half", "after"] == 1.0
