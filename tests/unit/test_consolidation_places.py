"""Outlines towards each other: gaps, overlaps, what a link crosses."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from analytics.consolidation.barriers import overlay
from analytics.consolidation.places import areas, between

ONE_DEGREE_KM = 100.04
"""Of the parallel of 26 degrees on the ellipsoid."""


def layer(**shapes):
    return gpd.GeoDataFrame({"zone_id": list(shapes)}, geometry=list(shapes.values()), crs=4490)


def barriers(*boxes, kind="红线", ranges=((110, 20, 120, 30),), name="lines@1", **options):
    """A dataset of boxes of one kind that says where it is complete."""
    words = [kind] * len(boxes) + ["数据范围"] * len(ranges)
    rows = gpd.GeoDataFrame(
        {"category": words}, geometry=[shapely.box(*b) for b in (*boxes, *ranges)], crs=4490
    )
    counties = options.pop("counties", NOWHERE)
    return overlay(rows, counties, name=name, **options)


NOWHERE = gpd.GeoDataFrame({"adcode": []}, geometry=[], crs=4490)
A = shapely.box(115.0, 25.99, 115.1, 26.01)
B = shapely.box(115.2, 25.99, 115.3, 26.01)


def test_the_gap_is_the_same_both_ways_and_measured_on_the_ellipsoid():
    found = between(layer(A=A, B=B), reach_km=80)
    assert list(found.index) == [("A", "B"), ("B", "A")]
    assert found["gap_km"].tolist() == pytest.approx([0.1 * ONE_DEGREE_KM] * 2, rel=2e-3)
    assert found["barrier_share"].isna().all()


@pytest.mark.parametrize(("reach", "listed"), [(9.9, 0), (10.2, 2)])
def test_beyond_reach_nothing_is_listed(reach, listed):
    assert len(between(layer(A=A, B=B), reach_km=reach)) == listed


def test_touching_outlines_have_no_gap_no_overlap_and_cross_nothing():
    found = between(
        layer(A=A, B=shapely.box(115.1, 25.99, 115.2, 26.01)), [barriers()], reach_km=80
    )
    row = found.loc[("A", "B")]
    assert row["gap_km"] == 0.0
    assert row["overlap_m2"] == pytest.approx(0.0, abs=1.0)
    assert row["barrier_share"] == 0.0


def test_the_overlap_is_an_area_of_the_ellipsoid():
    half = shapely.box(115.05, 25.99, 115.15, 26.01)
    found = between(layer(A=A, B=half), reach_km=80).loc[("A", "B")]
    whole = areas(layer(A=A)).loc["A", "area_m2"]
    assert found["overlap_m2"] == pytest.approx(whole / 2, rel=1e-3)


def test_land_in_two_overlays_counts_once_and_all_kinds_are_named():
    box = (115.12, 25.9, 115.16, 26.1)
    both = [barriers(box), barriers(box, kind="永久基本农田", name="farm@2", date="2026-06-30")]
    row = between(layer(A=A, B=B), both, reach_km=80).loc[("A", "B")]
    assert row["barrier_share"] == pytest.approx(0.4, abs=1e-3)
    assert row["barrier_km"] == pytest.approx(0.4 * row["gap_km"], rel=1e-3)
    assert row["barrier_kinds"] == "永久基本农田;红线"
    assert row["barrier_datasets"] == "lines@1;farm@2"
    assert row["barrier_day"] == "2026-06-30"


def test_a_barrier_beside_the_link_is_not_crossed():
    row = between(layer(A=A, B=B), [barriers((115.1, 26.2, 115.2, 26.3))], reach_km=80)
    assert row["barrier_share"].tolist() == [0.0, 0.0]
    assert row["barrier_kinds"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("ranges", "covered", "uncovered"),
    [
        ([(115.0, 25.9, 115.3, 26.1)], True, ""),
        ([(115.0, 25.9, 115.15, 26.1), (115.15, 25.9, 115.3, 26.1)], True, ""),
        ([(115.0, 25.9, 115.19, 26.1)], False, "lines@1"),
        ([(116.0, 25.9, 116.3, 26.1)], False, "lines@1"),
    ],
)
def test_a_link_is_covered_where_the_range_holds_all_of_it(ranges, covered, uncovered):
    row = between(layer(A=A, B=B), [barriers(ranges=ranges)], reach_km=80).loc[("A", "B")]
    assert bool(row["barrier_covered"]) is covered
    assert row["barrier_uncovered"] == uncovered
    assert row["barrier_stated"]
    assert row["barrier_share"] == 0.0


def test_every_overlay_has_to_cover_the_link():
    lacking = barriers(ranges=[(116, 25, 117, 26)], name="farm@1")
    row = between(layer(A=A, B=B), [barriers(), lacking], reach_km=80).loc[("A", "B")]
    assert not row["barrier_covered"]
    assert row["barrier_uncovered"] == "farm@1"


def test_without_a_range_the_counties_that_have_rows_count_as_covered():
    counties = gpd.GeoDataFrame(
        {"adcode": ["1", "2"]},
        geometry=[shapely.box(115.0, 25, 115.15, 27), shapely.box(115.15, 25, 115.4, 27)],
        crs=4490,
    )
    one = barriers((115.0, 26.5, 115.01, 26.6), ranges=(), counties=counties)
    both = barriers(
        (115.0, 26.5, 115.01, 26.6), (115.3, 26.5, 115.31, 26.6), ranges=(), counties=counties
    )
    for given, covered in ((one, False), (both, True)):
        row = between(layer(A=A, B=B), [given], reach_km=80).loc[("A", "B")]
        assert bool(row["barrier_covered"]) is covered
        assert not row["barrier_stated"]


def test_a_growth_boundary_is_no_barrier_and_an_unnamed_category_is_one():
    box = (115.12, 25.9, 115.16, 26.1)
    for kind, share in (("城镇开发边界", 0.0), ("自然保护地", 0.4), (None, 0.4)):
        row = between(layer(A=A, B=B), [barriers(box, kind=kind)], reach_km=80).loc[("A", "B")]
        assert row["barrier_share"] == pytest.approx(share, abs=1e-3)


def test_a_link_between_made_up_outlines_or_over_made_up_land_is_made_up():
    marks = [
        between(
            layer(A=A, B=B), [barriers(demonstration=land)], reach_km=80, demonstration=lines
        ).loc[("A", "B"), "barrier_demonstration"]
        for land, lines in ((False, False), (True, False), (False, True))
    ]
    assert marks == [False, True, True]


def test_several_rows_of_a_zone_are_one_and_empty_ones_are_left_out():
    rows = gpd.GeoDataFrame(
        {"zone_id": ["A", "A", "B", None]},
        geometry=[A, B, None, shapely.box(115.4, 26, 115.5, 26.1)],
        crs=4490,
    )
    assert between(rows, reach_km=80).empty
    assert areas(rows).index.tolist() == ["A"]


def test_a_bow_tie_is_made_valid_and_measured():
    tie = shapely.Polygon([(115.2, 26), (115.3, 26.1), (115.3, 26), (115.2, 26.1)])
    found = between(layer(A=A, B=tie), reach_km=80)
    assert found.loc[("A", "B"), "gap_km"] == pytest.approx(0.1 * ONE_DEGREE_KM, rel=2e-2)


def test_no_outlines_make_an_empty_table():
    found = between(layer(A=A, B=B).iloc[:0], [barriers()], reach_km=80)
    assert found.empty
    assert "barrier_share" in found
