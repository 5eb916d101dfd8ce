"""Intensity identity and boundary adjustments: hand vectors, both sides of each tolerance."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import shapely

from analytics import adjustments
from analytics.evaluation import intensity
from domain import reference
from domain.rules import load_rules
from geo.errors import SchemaError

DAY = dt.date(2026, 6, 1)
RULES = load_rules("intensity", as_of=DAY)
LIMITS = load_rules("consolidation", as_of=DAY)


def zone(developable, ready, supplied, built):
    columns = dict(zip(intensity.AREAS, (developable, ready, supplied, built), strict=True))
    return pd.DataFrame({name: [float(v)] for name, v in columns.items()}, index=["z"])


def test_rates_and_their_product_are_built_over_developable():
    found = intensity.rates(zone(1000, 800, 600, 300)).loc["z"]
    assert found.tolist() == pytest.approx([0.8, 0.75, 0.5, 0.3])


def test_nothing_ready_leaves_the_rates_below_unknown():
    found = intensity.rates(zone(1000, 0, 0, 0)).loc["z"]
    assert found["development_rate"] == 0.0
    assert found[["supply_rate", "built_rate", "use_rate"]].isna().all()


@pytest.mark.parametrize(
    "areas", [(100, 101, 50, 10), (100, 90, 91, 10), (100, 90, 50, 51), (100, 90, 50, -1)]
)
def test_areas_that_do_not_nest_are_refused_with_their_row(areas):
    with pytest.raises(SchemaError) as caught:
        intensity.rates(zone(*areas))
    assert caught.value.rows == ("z",)


def test_an_absent_column_is_refused():
    with pytest.raises(SchemaError, match=r"SCH-001.*built_m2"):
        intensity.rates(zone(4, 3, 2, 1).drop(columns="built_m2"))


def one(value):
    return pd.Series([value])


def test_the_national_vector_holds():
    values = [RULES.value(f"INT-NAT-{name}") for name in ("DEVELOPMENT", "SUPPLY", "BUILT", "USE")]
    assert values == [0.8946, 0.9268, 0.9277, 0.7692]
    gap = intensity.identity_gap(*map(one, values))
    assert intensity.identity_holds(gap, rules=RULES).all()


@pytest.mark.parametrize(("stated", "holds"), [(0.50009, True), (0.50011, False), (0.49989, False)])
def test_the_identity_on_each_side_of_its_tolerance(stated, holds):
    gap = intensity.identity_gap(one(1.0), one(1.0), one(0.5), one(stated))
    assert intensity.identity_holds(gap, rules=RULES).tolist() == [holds]


def test_a_missing_rate_does_not_hold():
    gap = intensity.identity_gap(one(float("nan")), one(1.0), one(1.0), one(1.0))
    assert intensity.identity_holds(gap, rules=RULES).tolist() == [False]


def test_nine_real_adjustments_hold():
    table = reference.table("boundary_adjustments")
    checked = adjustments.check(table, rules=LIMITS)
    assert len(table) == 9
    assert checked["holds"].all()
    assert checked["difference_ha"].abs().max() == 0.01
    assert table["zone_id"].isin(reference.table("zones")["zone_id"]).all()


def test_adjustments_agree_with_the_indicators():
    table = reference.table("boundary_adjustments").set_index("zone_id")
    rows = reference.table("zone_indicators").query("indicator == 'approved_area_ha'")
    latest = pd.to_numeric(rows.set_index("zone_id")["value"])
    pd.testing.assert_series_equal(
        table["new_ha"], latest.loc[table.index], check_names=False, check_dtype=False
    )


@pytest.mark.parametrize(("new", "holds"), [(129.98, True), (129.97, False), (130.02, True)])
def test_the_area_tolerance_on_each_side(new, holds):
    row = pd.DataFrame(
        {"old_ha": [100.0], "expanded_ha": [40.0], "removed_ha": [10.0], "new_ha": [new]}
    )
    assert adjustments.check(row, rules=LIMITS)["holds"].tolist() == [holds]


def test_more_removed_than_there_was_is_refused():
    with pytest.raises(adjustments.AdjustmentError):
        adjustments.new_area(one(10.0), one(5.0), one(10.1))
    assert adjustments.new_area(one(10.0), one(5.0), one(10.0)).tolist() == [5.0]


OLD = shapely.box(0, 0, 100, 100)


def test_the_new_boundary_keeps_the_area_identity():
    removed, expanded = shapely.box(0, 0, 50, 20), shapely.box(100, 0, 150, 100)
    found = adjustments.new_boundary(OLD, expanded, removed)
    assert found.area == 10_000 - 1_000 + 5_000


def test_removed_land_may_be_added_back():
    removed = shapely.box(0, 0, 50, 20)
    assert adjustments.new_boundary(OLD, removed, removed).equals(OLD)


@pytest.mark.parametrize(
    ("expanded", "removed"),
    [
        (shapely.box(90, 0, 150, 100), shapely.box(0, 0, 10, 10)),
        (shapely.box(100, 0, 150, 100), shapely.box(-10, 0, 10, 10)),
    ],
)
def test_double_or_outside_land_is_refused(expanded, removed):
    with pytest.raises(adjustments.AdjustmentError):
        adjustments.new_boundary(OLD, expanded, removed)
