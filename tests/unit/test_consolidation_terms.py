"""The terms of a pair on each side of their limits, with year, origin, precision, contribution."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics import road_distance
from analytics.consolidation import candidates as consolidation
from analytics.consolidation import card as consolidation_card
from analytics.consolidation import places as consolidation_places
from analytics.consolidation.barriers import overlay
from analytics.consolidation.candidates import WeightsError
from tests.pair_world import DAY, NATIONAL, RULES, evidence, moved, pairs, world, zone


def outlines(**boxes):
    return gpd.GeoDataFrame(
        {"zone_id": list(boxes)}, geometry=[shapely.box(*b) for b in boxes.values()], crs=4490
    )


def drawn(*overlays, demonstration=False, **boxes):
    shapes = outlines(**boxes)
    return {
        "outlines": consolidation_places.between(
            shapes, overlays, reach_km=80, demonstration=demonstration
        ),
        "areas": consolidation_places.areas(shapes, demonstration=demonstration),
    }


HERE, EAST = (115.0, 26.0, 115.02, 26.02), (115.12, 26.0, 115.14, 26.02)
GAP_KM = 10.0101
"""Between the two, along the parallel of 26.02 degrees."""


@pytest.mark.parametrize(
    ("area", "points"),
    [(49.0, 1.0), (50.0, 1.0), (51.0, 0.99), (149.0, 0.01), (150.0, 0.0), (151.0, 0.0)],
)
def test_size_falls_between_its_two_limits(area, points):
    row = pairs(world(zone("A", **NATIONAL), zone("B", approved_area_ha=area))).loc["A>B"]
    assert row["size_points"] == pytest.approx(points)
    assert row["size_source"] == "approved"


@pytest.mark.parametrize("area", [np.nan, 0.0, -5.0])
def test_an_area_that_is_none_leaves_size_unknown(area):
    row = pairs(world(zone("A", **NATIONAL), zone("B", approved_area_ha=area))).loc["A>B"]
    assert row["size_state"] == "unknown"


def test_the_area_of_an_outline_stands_in_and_says_so():
    inputs = world(zone("A", **NATIONAL), zone("B", approved_area_ha=None), **drawn(A=HERE, B=EAST))
    row = pairs(inputs).loc["A>B"]
    assert row["size_source"] == "approved>outlines"
    assert row["absorbed_area_m2"] == pytest.approx(4_434_000, rel=1e-3)


def test_made_up_outlines_are_shown_as_such_and_measure_no_distance_unless_counted():
    inputs = world(
        zone("A", **NATIONAL),
        zone("B", lat=26.3, county="c2", approved_area_ha=None),
        **drawn(A=HERE, B=EAST, demonstration=True),
    )
    shown, counted = pairs(inputs).loc["A>B"], pairs(inputs, demonstration=True).loc["A>B"]
    assert shown["size_state"] == "demonstration"
    assert shown["distance_km"] == pytest.approx(33.24, abs=0.01)
    assert (shown["adjacency_source"], shown["adjacency_state"]) == ("seats", "known")
    assert counted["distance_km"] == pytest.approx(GAP_KM, abs=0.001)
    assert (counted["adjacency_source"], counted["adjacency_state"]) == (
        "outlines",
        "demonstration",
    )


def test_outlines_come_before_seats_and_tell_their_precision():
    inputs = world(zone("A"), zone("B", lat=26.3, county="c2"), **drawn(A=HERE, B=EAST))
    row = pairs(inputs).loc["A>B"]
    assert row["distance_basis"] == "outlines"
    assert row["adjacency_precision"] == "outlines"
    assert row["adjacency_points"] == pytest.approx(1.0, abs=1e-3)
    seats = pairs(world(zone("A"), zone("B", lat=26.3, county="c2"))).loc["A>B"]
    assert seats["adjacency_precision"] == "seats|20.0"


def test_zones_at_one_seat_are_told_apart_by_their_outlines():
    row = pairs(world(zone("A"), zone("B", county="c2"), **drawn(A=HERE, B=EAST))).loc["A>B"]
    assert not row["same_point"]
    assert row["distance_km"] == pytest.approx(GAP_KM, abs=0.001)


@pytest.mark.parametrize(("metres", "basis"), [(0.0, "outlines"), (200.0, "seats")])
def test_outlines_that_lie_on_each_other_measure_nothing(metres, basis):
    over = (115.02 - metres / 100_000, 26.0, 115.05, 26.02)
    inputs = world(zone("A"), zone("B", lat=26.1, county="c2"), **drawn(A=HERE, B=over))
    row = pairs(inputs).loc["A>B"]
    assert row["distance_basis"] == basis
    assert bool(row["overlap_m2"] > RULES.value("CON-OVERLAP")) is (basis == "seats")


def barrier(west, east, *, until=117.0):
    """Red line between two meridians, in a dataset that is complete up to a third."""
    rows = gpd.GeoDataFrame(
        {"category": ["生态保护红线", "数据范围"]},
        geometry=[shapely.box(west, 25.9, east, 26.1), shapely.box(114.0, 25.5, until, 26.5)],
        crs=4490,
    )
    return overlay(rows, rows.iloc[:0], name="red-line@3", date="2026-01-31")


@pytest.mark.parametrize(
    ("east", "share", "points"),
    [(115.0205, 0.005, 0.99), (115.045, 0.25, 0.5), (115.0695, 0.495, 0.01), (115.08, 0.6, 0.0)],
)
def test_a_barrier_takes_points_by_its_share_of_the_link(east, share, points):
    inputs = world(zone("A"), zone("B"), **drawn(barrier(115.02, east), A=HERE, B=EAST))
    row = pairs(inputs).loc["A>B"]
    assert row["barrier_share"] == pytest.approx(share, abs=2e-3)
    assert row["barrier_points"] == pytest.approx(points, abs=5e-3)
    assert row["barrier_kinds"] == "生态保护红线"
    assert row["barrier_km"] == pytest.approx(share * GAP_KM, abs=0.03)


def test_barriers_are_unknown_without_overlays_or_outside_their_cover():
    without = drawn(A=HERE, B=EAST)
    outside = drawn(barrier(116.0, 116.1, until=115.05), A=HERE, B=EAST)
    inside = drawn(barrier(116.0, 116.1), A=HERE, B=EAST)
    rows = [
        pairs(world(zone("A"), zone("B"), **made)).loc["A>B"] for made in (without, outside, inside)
    ]
    assert [row["barrier_state"] for row in rows] == ["unknown", "unknown", "known"]
    assert rows[1]["barrier_uncovered"] == "red-line@3"
    assert rows[2]["barrier_points"] == 1.0
    assert rows[2]["barrier_source"] == "overlays|red-line@3"
    assert rows[2]["barrier_date"] == "2026-01-31"
    assert rows[2]["barrier_precision"] == "cover_stated"


@pytest.mark.parametrize(("east", "state"), [(115.0685, "unknown"), (115.0715, "known")])
def test_what_no_further_barrier_can_lower_is_known_outside_the_cover_as_well(east, state):
    partly = drawn(barrier(115.02, east, until=115.1), A=HERE, B=EAST)
    row = pairs(world(zone("A"), zone("B"), **partly)).loc["A>B"]
    assert row["barrier_state"] == state
    assert row["barrier_uncovered"] == "red-line@3"


def road(km, *, gap="", demonstration=False):
    index = pd.MultiIndex.from_tuples([("A", "B")], names=["host_id", "absorbed_id"])
    told = {"road_km": km, "access_km": 0.4, "road_gap": gap, "road_network": "net@2"}
    told |= {"road_day": "2026-01-31", "road_demonstration": demonstration}
    return pd.DataFrame(told, index=index).astype(road_distance.COLUMNS)


@pytest.mark.parametrize(("km", "points"), [(13.0, 1.0), (13.39, 0.99), (51.61, 0.01), (52, 0.0)])
def test_a_road_distance_counts_before_the_straight_one(km, points):
    inputs = world(zone("A"), zone("B", lat=26.05, county="c2"), roads=road(km))
    row = pairs(inputs).loc["A>B"]
    assert row["adjacency_points"] == pytest.approx(points, abs=1e-3)
    assert row["adjacency_source"] == "roads|net@2"
    assert row["adjacency_date"] == "2026-01-31"
    assert row["adjacency_precision"] == "roads|20.0|0.4"
    assert row["adjacency_state"] == "known"
    back = pairs(inputs).loc["B>A"]
    assert pd.isna(back["road_km"])
    assert back["adjacency_source"] == "seats"


def test_a_pair_that_no_road_joins_keeps_the_straight_distance_and_says_why():
    inputs = world(zone("A"), zone("B", lat=26.05, county="c2"), roads=road(np.nan, gap="apart"))
    row = pairs(inputs).loc["A>B"]
    assert row["adjacency_source"] == "seats"
    assert row["road_gap"] == "apart"


def test_of_two_zones_at_one_seat_roads_tell_nothing():
    row = pairs(world(zone("A"), zone("B"), roads=road(0.0))).loc["A>B"]
    assert pd.isna(row["road_km"])
    assert row["adjacency_value"] == "same_point"
    assert row["adjacency_source"] == "seats"


@pytest.mark.parametrize(
    ("counted", "source", "state"),
    [(True, "roads|net@2", "demonstration"), (False, "seats", "known")],
)
def test_made_up_roads_count_on_request_only(counted, source, state):
    made_up = road(20.0, demonstration=True)
    inputs = world(zone("A"), zone("B", lat=26.05, county="c2"), roads=made_up)
    row = pairs(inputs, demonstration=counted).loc["A>B"]
    assert (row["adjacency_source"], row["adjacency_state"]) == (source, state)
    assert pd.notna(row["road_km"]) is counted


def test_pairs_across_prefectures_come_on_request_and_are_marked():
    inputs = world(zone("A", **NATIONAL), zone("B", prefecture_adcode="p2", county="c2", lat=26.1))
    assert pairs(inputs).empty
    found = pairs(inputs, rules=moved(across=1))
    assert found.index.tolist() == ["A>B"]
    assert not found.loc["A>B", "same_prefecture"]
    same = pairs(world(zone("A", **NATIONAL), zone("B")), rules=moved(across=1))
    assert same.loc["A>B", "same_prefecture"]


@pytest.mark.parametrize("case", ["environment_open", "safety_open"])
def test_an_open_case_of_the_host_is_named_and_bars_it_on_request(case):
    figures = evidence(A={case: 1.0}, B={case: 0.0})
    inputs = world(zone("A"), zone("B"), evidence=figures)
    row = pairs(inputs).loc["A>B"]
    assert row["vetoes"] == case.removesuffix("_open")
    assert row["environment_points"] == 0.0
    assert pairs(inputs, rules=moved(veto=1)).index.tolist() == ["B>A"]


def test_a_made_up_case_bars_nobody_unless_counted():
    figures = evidence(A={"safety_open": 1.0}, B={"safety_open": 0.0}).assign(demonstration=True)
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=figures)
    assert "A>B" in pairs(inputs, rules=moved(veto=1)).index
    assert pairs(inputs, rules=moved(veto=1), demonstration=True).empty


@pytest.mark.parametrize(
    ("host", "absorbed", "points"),
    [
        ((0, 0), (0, 0), 0.5),
        ((0, 0), (0, 1), 1.0),
        ((0, 1), (1, 1), 0.0),
        ((None, 0), (1, None), 1),
    ],
)
def test_either_open_case_counts_for_a_side(host, absorbed, points):
    columns = ("environment_open", "safety_open")
    figures = evidence(
        A=dict(zip(columns, host, strict=True)), B=dict(zip(columns, absorbed, strict=True))
    )
    row = pairs(world(zone("A", **NATIONAL), zone("B"), evidence=figures)).loc["A>B"]
    assert row["environment_points"] == points


def test_industries_are_compared_by_the_cosine_of_their_profiles():
    one = zone("B", leading_industries="电子")
    row = pairs(world(zone("A", **NATIONAL), one)).loc["A>B"]
    assert row["industry_points"] == pytest.approx(2**-0.5)
    assert row["industry_value"] == "0.7071|electronics"


def test_a_world_in_which_no_word_is_known_still_has_pairs():
    rows = [zone("A", **NATIONAL, leading_industries="月球"), zone("B", leading_industries=pd.NA)]
    row = pairs(world(*rows)).loc["A>B"]
    assert row["industry_state"] == "unknown"


def test_each_term_tells_origin_and_year_of_both_sides():
    figures = evidence(
        A={"use_rate": 0.9, "use_rate_origin": "entered", "use_rate_year": "2025"},
        B={"use_rate": 0.5, "use_rate_origin": "parcels", "use_rate_year": None},
    )
    row = pairs(world(zone("A", **NATIONAL), zone("B"), evidence=figures)).loc["A>B"]
    assert row["pressure_source"] == "entered>parcels"
    assert row["pressure_date"] == "2025>"
    assert row["level_date"] == ""


def test_what_the_terms_add_makes_the_score():
    figures = evidence(A={"use_rate": 0.7}, B={"use_rate": 0.65}).assign(demonstration=True)
    inputs = world(zone("A", **NATIONAL), zone("B", leading_industries="电子"), evidence=figures)
    for counted in (False, True):
        row = pairs(inputs, demonstration=counted).loc["A>B"]
        terms = consolidation_card.terms(row, rules=RULES, demonstration=counted).set_index("term")
        assert terms["contribution"].sum() == pytest.approx(row["score"], abs=1e-5)
        assert bool(pd.isna(terms.loc["pressure", "contribution"])) is not counted


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_weights_that_are_none_are_refused(value):
    with pytest.raises(WeightsError, match="CND-001"):
        consolidation.candidates(world(zone("A"), zone("B")), as_of=DAY, rules=moved(w_level=value))


@pytest.mark.parametrize(
    ("made_up", "counted", "state"),
    [(False, False, "known"), (True, False, "demonstration"), (True, True, "demonstration")],
)
def test_entered_industries_stand_in_where_the_list_names_none(made_up, counted, state):
    figures = evidence(
        A={"leading_industries": "食品", "leading_industries_year": "2025"},
        B={"leading_industries": "电子", "leading_industries_year": "2024"},
    ).assign(demonstration=made_up)
    rows = [zone("A", **NATIONAL, leading_industries="电子"), zone("B", leading_industries=" ")]
    row = pairs(world(*rows, evidence=figures), demonstration=counted).loc["A>B"]
    assert row["industry_value"] == "1.0|electronics"
    assert row["industry_source"] == "industries>industries_entered"
    assert row["industry_date"] == ">2024"
    assert row["industry_state"] == state


def test_industries_are_unknown_where_neither_the_list_nor_the_office_names_any():
    figures = evidence(B={"leading_industries": None, "leading_industries_year": None})
    rows = [zone("A", **NATIONAL), zone("B", leading_industries=pd.NA)]
    row = pairs(world(*rows, evidence=figures)).loc["A>B"]
    assert row["industry_state"] == "unknown"
    assert pd.isna(row["industry_source"])


@pytest.mark.parametrize(("lifted", "listed"), [(frozenset(), False), (frozenset("A"), True)])
def test_the_bar_of_an_open_case_may_be_lifted_and_the_case_is_told_all_the_same(lifted, listed):
    open_case = evidence(A={"environment_open": 1.0}, B={"environment_open": 0.0})
    inputs = world(zone("A", **NATIONAL), zone("B"), evidence=open_case, lifted=lifted)
    found = pairs(inputs, rules=moved(veto=1))
    assert ("A>B" in found.index) is listed
    if listed:
        assert found.loc["A>B", "vetoes"] == "environment"
