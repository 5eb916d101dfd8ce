"""Single shapes, one on each side of every threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import shape_defects
from geo.rings import rings_of
from ingest.check_shapes import shape_checks, smallest_areas
from ingest.checks import geometry_faults
from ingest.repairs import proposed_repairs, repair_findings
from tests.rows_of import EAST, NORTH, RULES, box, kept_out, numbers, polygon, rows, told, words


def needle(degrees, leg=20.0):
    """A square with a spike of an angle on its top."""
    half = leg * math.tan(math.radians(degrees / 2))
    return polygon(
        (0, 0), (50, 0), (50, 50), (25 + half, 50), (25, 50 + leg), (25 - half, 50), (0, 50)
    )


@pytest.mark.parametrize(("degrees", "found"), [(4.9, True), (5.1, False)])
def test_spikes_below_five_degrees(degrees, found):
    seen = shape_checks(rows("parcels", [box(0, 0, 9, 9), needle(degrees)]))
    assert told(seen).get("GEO-010", []) == ([12] if found else [])
    if found:
        assert f"{EAST + 25:.3f}, {NORTH + 70:.3f}" in words(seen, "GEO-010")[0]
        assert "4.9" in words(seen, "GEO-010", "zh_CN")[0]


@pytest.mark.parametrize(("leg", "found"), [(1.1, True), (0.9, False)])
def test_spikes_need_legs_longer_than_a_metre(leg, found):
    assert ("GEO-010" in told(shape_checks(rows("parcels", [needle(2.0, leg)])))) == found


def test_a_spike_at_the_first_vertex_and_beside_a_repeated_one_is_seen():
    xy = np.array(needle(2.0).exterior.coords)[:-1] - [EAST, NORTH]
    tip = np.roll(xy, -4, axis=0)
    assert "GEO-010" in told(shape_checks(rows("parcels", [polygon(*tip)])))
    twice = np.insert(xy, 4, xy[4], axis=0)
    seen = told(shape_checks(rows("parcels", [polygon(*twice)])))
    assert {"GEO-010", "GEO-009"} <= seen.keys()


@given(st.floats(10, 170), st.floats(0, 6.28), st.floats(5, 500))
def test_triangles_have_the_angles_they_were_made_with(angle, turn, leg):
    a = np.array([0.0, 0.0])
    b = leg * np.array([math.cos(turn), math.sin(turn)])
    c = leg * np.array([math.cos(turn + math.radians(angle)), math.sin(turn + math.radians(angle))])
    rings = rings_of(np.array([polygon(a, b, c)], dtype=object))
    sharp = shape_defects.spikes(rings, 1, max_degrees=181.0, min_leg=0.0)
    least = min(angle, (180 - angle) / 2)
    assert sharp.count[0] == 3
    assert sharp.degrees[0] == pytest.approx(least, abs=1e-4)


def test_slivers_are_small_and_thin():
    shapes = [box(0, 0, 100, 0.4), box(0, 0, 1000, 0.4), box(0, 0, 6, 6)]
    assert told(shape_checks(rows("parcels", shapes)))["GEO-007"] == [11]


@pytest.mark.parametrize(("gap", "found"), [(0.0009, True), (0.0011, False)])
def test_vertices_within_a_millimetre(gap, found):
    ring = polygon((0, 0), (0, 50), (gap, 50), (50, 50), (50, 0))
    assert ("GEO-009" in told(shape_checks(rows("parcels", [ring])))) == found


def test_repeated_vertices_of_neighbouring_rings_are_not_mixed_up():
    square = np.array([(0, 0), (0, 5), (5, 5), (5, 0)], dtype=float)
    one, two = polygon(*square), polygon(*square)
    counts = shape_defects.repeated_vertices(
        rings_of(np.array([one, two], dtype=object)), 2, tolerance=0.001
    )
    assert counts.tolist() == [0, 0]


@pytest.mark.parametrize(("vertices", "found"), [(9_999, False), (10_000, True)])
def test_many_vertices(vertices, found):
    turn = np.linspace(0, 2 * np.pi, vertices + 1)[:-1]
    circle = polygon(*np.stack([500 * np.cos(turn), 500 * np.sin(turn)], axis=1))
    seen = shape_checks(rows("parcels", [circle]))
    assert ("GEO-013" in told(seen)) == found
    assert not found or "10001" in words(seen, "GEO-013")[0]


@pytest.mark.parametrize(("side", "found"), [(0.99, True), (1.01, False)])
def test_tiny_holes_and_parts(side, found):
    hole = [(5, 5), (5 + side, 5), (5 + side, 5 + side), (5, 5 + side)]
    pierced = polygon((0, 0), (50, 0), (50, 50), (0, 50), holes=[hole])
    crumb = shapely.MultiPolygon([box(0, 0, 50, 50), box(90, 90, 90 + side, 90 + side)])
    seen = told(shape_checks(rows("parcels", [pierced, crumb, box(0, 0, side, side)])))
    assert seen.get("GEO-021", []) == ([11] if found else [])
    assert seen.get("GEO-022", []) == ([12] if found else [])


def test_a_survey_wants_single_parts_and_wide_features():
    several = shapely.MultiPolygon([box(0, 0, 50, 50), box(60, 0, 90, 50)])
    narrow, wide = box(0, 0, 900, 1.99), box(0, 0, 900, 2.01)
    seen = told(shape_checks(rows("land_use", [several, narrow, wide])))
    assert seen["GEO-016"] == [11]
    assert seen["GEO-023"] == [12]
    assert (
        not {"GEO-016", "GEO-023"} & told(shape_checks(rows("parcels", [several, narrow]))).keys()
    )


@pytest.mark.parametrize(
    ("code", "least"),
    [("0601", 200), ("1202", 200), ("0101", 400), ("1101", 600), ("0810A", 200), (None, 0)],
)
def test_smallest_mapped_areas(code, least):
    assert smallest_areas(rows("land_use", land_class=[code]).frame["land_class"], RULES) == [least]
    if least:
        shapes = [box(0, 0, 10, least / 10 - 0.01), box(0, 0, 10, least / 10)]
        seen = shape_checks(rows("land_use", shapes, land_class=[code, code]))
        assert told(seen)["GEO-015"] == [11]
        assert f"{least}" in words(seen, "GEO-015")[0]


def test_parts_that_overlap_are_told_with_their_area():
    wrong = shapely.MultiPolygon([box(0, 0, 10, 10), box(9, 0, 19, 10)])
    bow_tie = polygon((0, 0), (10, 10), (10, 0), (0, 10))
    fine = shapely.MultiPolygon([box(0, 0, 10, 10), box(11, 0, 19, 10)])
    shapes = np.array([fine, wrong, bow_tie, None], dtype=object)
    marks = np.full(4, "", dtype=object)
    seen = geometry_faults(shapes, marks, first=10)
    assert told(seen) == {"GEO-001": [14], "GEO-002": [12, 13], "GEO-011": [12]}
    assert marks.tolist() == ["", "GEO-002", "GEO-002", "GEO-001"]
    assert "10.00 m²" in words(seen, "GEO-011")[0]


def test_repairs_are_proposed_and_nothing_is_changed():
    bow_tie = polygon((0, 0), (10, 10), (10, 0), (0, 10))
    collapsed = polygon((0, 0), (10, 0), (0, 0))
    shapes = np.array([box(0, 0, 1, 1), bow_tie, None, collapsed], dtype=object)
    before = shapely.to_wkb(shapes)
    repairs = proposed_repairs(shapes, np.arange(4))
    assert (shapely.to_wkb(shapes) == before).all()
    assert repairs["position"].tolist() == [1, 3]
    assert repairs.loc[0, "reason"] == "Self-intersection"
    assert repairs["area_after_m2"].tolist() == [50.0, 0.0]
    assert repairs["area_before_m2"].tolist() == [0.0, 0.0]
    assert repairs["parts"].tolist() == [2, 0]
    assert shapely.is_valid(repairs.loc[0, "geometry"])
    assert repairs.loc[1, "geometry"] is None
    seen = repair_findings(repairs, numbers(4))
    assert told(seen) == {"GEO-026": [12]}
    assert "50.00 m² after, 2 parts" in words(seen, "GEO-026")[0]
    assert not kept_out(seen)


@given(st.integers(0, 10_000), st.integers(0, 12))
def test_rings_hold_every_polygon_whatever_its_kind(seed, n):
    """Areas from rings against GEOS, for mixtures of everything."""
    rng = np.random.default_rng(seed)
    kinds = [
        lambda: box(0, 0, *rng.uniform(1, 50, 2)),
        lambda: box(0, 0, 40, 40) - box(5, 5, *rng.uniform(6, 39, 2)),
        lambda: shapely.MultiPolygon([box(0, 0, 9, 9), box(20, 0, 40, 40) - box(21, 1, 22, 2)]),
        lambda: shapely.Point(EAST, NORTH),
        shapely.Polygon,
        lambda: None,
    ]
    shapes = np.array([kinds[rng.integers(len(kinds))]() for _ in range(n)], dtype=object)
    rings = rings_of(shapes)
    area = np.abs(rings.signed_areas()) * np.where(rings.hole, -1, 1)
    totals = np.bincount(rings.owner, weights=area, minlength=n)
    assert totals == pytest.approx(np.nan_to_num(shapely.area(shapes)), abs=1e-6)


def test_parts_in_degrees_have_no_area_to_tell():
    wrong = shapely.MultiPolygon(
        [shapely.box(116, 28, 116.1, 28.1), shapely.box(116.05, 28, 116.2, 28.1)]
    )
    seen = geometry_faults(np.array([wrong], dtype=object), np.full(1, "", dtype=object))
    assert told(seen) == {"GEO-002": [1]}


def test_lines_and_known_faults_are_left_alone():
    shapes = np.array([shapely.LineString([(0, 0), (1, 1)]), None, box(0, 0, 1, 1)], dtype=object)
    marks = np.array(["", "FIL-006", ""], dtype=object)
    assert told(geometry_faults(shapes, marks)) == {"GEO-004": [1]}
    assert marks.tolist() == ["GEO-004", "FIL-006", ""]
