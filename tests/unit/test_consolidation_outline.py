"""Merged outlines: areas are conserved, overlaps are refused and named, the real cases add up."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.consolidation.outline import (
    STEPS,
    Land,
    merged,
    plan_units,
    unit_bounds,
    unit_shapes,
    zone_outlines,
)
from analytics.consolidation.whatif import OverlapError
from domain import reference
from domain.rules import load_rules
from geo.area import ellipsoidal_areas
from geo.zone_adjustment import (
    AddedTwiceError,
    BrokenOutlineError,
    RemovedOutsideError,
    ZonesOverlapError,
)

RULES = load_rules("consolidation", as_of=dt.date(2026, 6, 1))
LEFT, RIGHT = shapely.box(115.80, 28.60, 115.82, 28.62), shapely.box(115.82, 28.60, 115.83, 28.62)
FAR = shapely.box(117.90, 28.60, 117.91, 28.61)


def rows(**shapes):
    return gpd.GeoDataFrame({"zone_id": list(shapes)}, geometry=list(shapes.values()), crs=4490)


def outlines(**shapes):
    return zone_outlines(rows(**shapes))


def parts(*shapes):
    return gpd.GeoSeries(list(shapes), crs=4490)


def area(*shapes):
    return float(ellipsoidal_areas(np.array(shapes, dtype=object)).sum())


def test_two_neighbours_become_one_outline_of_the_same_area():
    found = merged(["A", "B"], outlines(A=LEFT, B=RIGHT), rules=RULES)
    assert list(found.areas.index) == list(STEPS)
    assert found.zone == 39
    assert found.without == ()
    assert found.areas.loc["old", "ellipsoidal_m2"] == pytest.approx(area(LEFT, RIGHT), abs=1.0)
    assert found.areas.loc["new", "ellipsoidal_m2"] == pytest.approx(area(LEFT, RIGHT), abs=1.0)
    assert found.areas.loc["difference"].abs().max() < 1.0
    # 0.03 by 0.02 degrees at 28.61 N: about 2.93 km by 2.22 km.
    assert found.areas.loc["new", "planar_m2"] == pytest.approx(6.50e6, rel=0.005)
    assert len(shapely.get_parts(found.shape)) == 1


def test_land_added_and_taken_out_adds_up():
    more, less = (
        shapely.box(115.80, 28.62, 115.81, 28.63),
        shapely.box(115.80, 28.60, 115.805, 28.605),
    )
    found = merged(
        ["A", "B"], outlines(A=LEFT, B=RIGHT), rules=RULES,
        expanded=parts(more), removed=parts(less),
    )  # fmt: skip
    steps = found.areas["ellipsoidal_m2"]
    assert steps["expanded"] == pytest.approx(area(more), abs=1.0)
    assert steps["removed"] == pytest.approx(area(less), abs=1.0)
    assert steps["new"] == pytest.approx(area(LEFT, RIGHT) + area(more) - area(less), abs=1.0)
    assert found.areas.loc["difference"].abs().max() < 1.0
    assert shapely.area(shapely.intersection(found.shape, less)) < 1e-12
    drawn = unit_shapes(
        "A", ["B"], [], outlines(A=LEFT, B=RIGHT), found,
        expanded=parts(more), removed=parts(less),
    )  # fmt: skip
    assert drawn["part"].tolist() == ["host", "absorbed", "expanded", "removed", "unit"]
    assert drawn["id"].is_unique


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_areas_are_conserved(wide, high, grown, cut, apart):
    step = 0.001
    east = 115.80 + wide * step + (0.01 if apart else 0.0)
    a = shapely.box(115.80, 28.60, 115.80 + wide * step, 28.60 + high * step)
    b = shapely.box(east, 28.60, east + 0.01, 28.60 + high * step)
    more = parts(*[shapely.box(115.70, 28.5, 115.70 + grown * step, 28.51)] * bool(grown))
    less = parts(
        *[shapely.box(115.80, 28.60, 115.80 + wide * step, 28.60 + high * step * cut / 10)]
        * bool(cut)
    )
    found = merged(["A", "B"], outlines(A=a, B=b), rules=RULES, expanded=more, removed=less)
    for column in found.areas:
        old, plus, minus, new, off = found.areas[column]
        assert new == pytest.approx(old + plus - minus, abs=1.0)
        assert abs(off) <= 1.0
    assert found.areas.loc["new", "ellipsoidal_m2"] == pytest.approx(
        area(*shapely.get_parts(found.shape)), abs=200.0
    )


def test_outlines_that_lie_on_each_other_are_refused_by_name():
    over = shapely.box(115.819, 28.60, 115.83, 28.62)
    with pytest.raises(OverlapError, match="CPL-006") as caught:
        merged(["A", "C", "B"], outlines(A=LEFT, B=over, C=FAR), rules=RULES)
    assert caught.value.rows == ("A", "B")
    # 0.001 by 0.02 degrees.
    assert float(dict(caught.value.values)["area"]) == pytest.approx(97.8 * 2_217, rel=0.01)


def test_a_sliver_of_rounded_coordinates_is_no_overlap():
    almost = shapely.box(115.82 - 1e-9, 28.60, 115.83, 28.62)
    assert merged(["A", "B"], outlines(A=LEFT, B=almost), rules=RULES) is not None
    wider = shapely.box(115.82 - 1e-8, 28.60, 115.83, 28.62)
    with pytest.raises(OverlapError):
        merged(["A", "B"], outlines(A=LEFT, B=wider), rules=RULES)


def test_land_that_does_not_fit_is_refused():
    known = outlines(A=LEFT, B=RIGHT, C=FAR)
    cases = {
        AddedTwiceError: {"expanded": parts(shapely.box(115.81, 28.61, 115.82, 28.63))},
        RemovedOutsideError: {"removed": parts(shapely.box(115.81, 28.61, 115.82, 28.63))},
        ZonesOverlapError: {"expanded": parts(shapely.box(117.90, 28.60, 117.905, 28.605))},
    }
    for error, land in cases.items():
        with pytest.raises(error):
            merged(["A", "B"], known, rules=RULES, **land)


def test_a_broken_outline_is_refused_by_name():
    bow = shapely.Polygon([(115.8, 28.6), (115.81, 28.61), (115.81, 28.6), (115.8, 28.61)])
    with pytest.raises(BrokenOutlineError) as caught:
        merged(["A", "B"], outlines(A=bow, B=RIGHT), rules=RULES)
    assert caught.value.rows == ("A",)


def test_a_zone_without_an_outline_is_named_and_not_counted():
    known = outlines(A=LEFT, B=None)
    found = merged(["A", "B"], known, rules=RULES)
    assert found.without == ("B",)
    assert found.areas.loc["new", "ellipsoidal_m2"] == pytest.approx(area(LEFT), abs=1.0)
    assert merged(["B"], known, rules=RULES) is None


def test_rows_of_one_zone_belong_together():
    both = rows(A=LEFT, B=RIGHT).assign(zone_id=["A", "A"])
    assert zone_outlines(both).loc["A"].area == pytest.approx(LEFT.area + RIGHT.area)


def test_units_of_a_plan():
    known = outlines(A=LEFT, B=RIGHT, C=FAR, D=shapely.box(117.905, 28.6, 117.92, 28.61))
    pairs = pd.DataFrame(
        [("A", "B", "merge"), ("A", "C", "trusteeship"), ("C", "D", "merge"), ("E", "F", "merge")],
        columns=["host_id", "absorbed_id", "form"],
    )
    found = plan_units(pairs, known, rules=RULES)
    drawn = found.shapes.groupby("host_id")["part"].agg(list)
    # C and D lie on each other: their unit is not drawn, the other one is.
    assert drawn.to_dict() == {"A": ["host", "absorbed", "trust", "unit"]}
    assert list(found.faults) == ["C"]
    assert found.faults["C"].rows == ("C", "D")
    assert found.without == ("E", "F")
    unit = found.shapes[found.shapes["part"] == "unit"].geometry.iloc[0]
    assert unit.area == pytest.approx(LEFT.area + RIGHT.area)
    assert found.shapes.crs == "EPSG:4490"
    assert found.shapes["id"].is_unique


def test_units_drawn_before_are_taken_as_they_were_but_for_land():
    known = outlines(A=LEFT, B=RIGHT, C=FAR)
    pairs = pd.DataFrame([("A", "B", "merge")], columns=["host_id", "absorbed_id", "form"])
    memory = {}
    first = plan_units(pairs, known, rules=RULES, memory=memory)
    assert set(memory) == {("A", "B")}
    again = plan_units(pairs, known, rules=RULES, memory=memory)
    assert again.merged["A"] is first.merged["A"]
    assert again.shapes.equals(first.shapes)
    cut = shapely.box(*LEFT.bounds[:2], LEFT.bounds[0] + 0.001, LEFT.bounds[1] + 0.001)
    land = {"A": Land(removed=parts(cut))}
    less = plan_units(pairs, known, rules=RULES, land=land, memory=memory)
    assert less.merged["A"].shape.area < first.merged["A"].shape.area
    assert memory[("A", "B")] is first.merged["A"]


def test_a_plan_without_any_outline_draws_nothing():
    pairs = pd.DataFrame([("A", "B", "merge")], columns=["host_id", "absorbed_id", "form"])
    found = plan_units(pairs, outlines(), rules=RULES)
    assert found.shapes.empty
    assert found.without == ("A", "B")


@pytest.mark.parametrize("case", range(9))
def test_outlines_of_the_published_adjustments_add_up(case):
    row = reference.table("boundary_adjustments").iloc[case]
    strip = area(shapely.box(115.8, 28.6, 115.801, 28.61)) / 10_000

    def box(west, ha):
        return shapely.box(west, 28.6, west + 0.001 * ha / strip, 28.61)

    old, added, cut = row["old_ha"], row["expanded_ha"], row["removed_ha"]
    unit = box(115.8, old)
    land = {
        "expanded": parts(box(unit.bounds[2], added)),
        "removed": parts(*[box(115.8, cut)] * bool(cut)),
    }
    found = merged(["A"], outlines(A=unit), rules=RULES, **land).areas["ellipsoidal_m2"] / 10_000
    assert found["new"] == pytest.approx(row["new_ha"], abs=RULES.value("CON-AREA-TOLERANCE"))


def test_a_view_of_a_unit_holds_outlines_and_points():
    found = unit_shapes("A", ["B"], [], outlines(A=LEFT, B=RIGHT), None)
    points = gpd.GeoSeries([shapely.Point(115.84, 28.61), None], crs=4490)
    west, south, east, north = unit_bounds(found, points)
    # 0.04 by 0.02 degrees with 15 % west and north, 45 % south and east.
    assert (west, south) == pytest.approx((115.794, 28.591))
    assert (east, north) == pytest.approx((115.858, 28.623))
    assert unit_bounds(found.iloc[:0], points) is None
