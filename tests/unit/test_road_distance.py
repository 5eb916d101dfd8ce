"""Distance by road over small networks measured by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from analytics.road_distance import RoadNetworkError, _flat, between, distances, network, unreached
from geo.errors import MissingCRSError
from tests.pair_world import moved

RULES = moved()
NORTH_KM = 11.079
"""A tenth of a degree along a meridian at 26 degrees north."""


def lines(*rows, crs=4490):
    return gpd.GeoDataFrame(geometry=[shapely.LineString(row) for row in rows], crs=crs)


def zones(**places):
    points = [None if at is None else shapely.Point(*at) for at in places.values()]
    return gpd.GeoDataFrame({"zone_id": list(places)}, geometry=points, crs=4490)


A, B = (115.0, 26.0), (115.0, 26.1)


def found(places, *rows, rules=RULES):
    return between(places, network(lines(*rows), rules=rules), rules=rules)


def test_the_way_is_measured_along_the_road_and_the_same_both_ways():
    corner = (115.1, 26.0)
    table = found(zones(A=A, B=B), [A, corner, (115.1, 26.1), B])
    assert table.loc[("A", "B"), "road_km"] == pytest.approx(10.01 + NORTH_KM + 10.00, abs=0.02)
    back = table.loc[("B", "A"), "road_km"]
    assert back == pytest.approx(table.loc[("A", "B"), "road_km"], abs=1e-9)


def test_of_two_roads_between_the_same_points_the_shorter_counts():
    detour = [A, (115.3, 26.05), B]
    table = found(zones(A=A, B=B), detour, [A, B], [A, B])
    assert table.loc[("A", "B"), "road_km"] == pytest.approx(NORTH_KM, abs=0.01)


def test_a_zone_beside_the_road_adds_its_straight_way():
    table = found(zones(A=(115.01, 26.0), B=B), [A, B])
    assert table.loc[("A", "B"), "access_km"] == pytest.approx(1.001, abs=0.002)
    assert table.loc[("A", "B"), "road_km"] == pytest.approx(NORTH_KM + 1.001, abs=0.01)


@pytest.mark.parametrize(("km", "snapped"), [(4.9, True), (5.1, False)])
def test_a_zone_farther_than_the_limit_has_no_distance(km, snapped):
    places = zones(A=(115.0 - km / 100.1, 26.0), B=B)
    table = found(places, [A, B])
    assert (("A", "B") in table.index) is snapped
    assert unreached(places, table) == ([] if snapped else ["A", "B"])


@pytest.mark.parametrize(("metres", "joined"), [(0.9, True), (1.1, False)])
def test_ends_within_the_limit_are_joined(metres, joined):
    middle = (115.0, 26.05)
    near = (115.0, 26.05 + metres / 110_790)
    table = found(zones(A=A, B=B), [A, middle], [near, B])
    assert (("A", "B") in table.index) is joined


def test_zones_on_two_islands_have_no_distance_and_are_not_infinite():
    places = zones(A=A, B=B, C=(116.0, 26.0), D=None)
    table = found(places, [A, B], [(116.0, 26.0), (116.0, 26.1)])
    assert sorted(table.index) == [("A", "B"), ("B", "A")]
    assert np.isfinite(table.to_numpy()).all()
    assert unreached(places, table) == ["C", "D"]


def test_roads_that_cross_without_a_common_vertex_do_not_meet():
    over = [(114.95, 26.05), (115.05, 26.05)]
    places = zones(A=A, C=(115.05, 26.05))
    assert found(places, [A, B], over).empty


def test_two_zones_at_one_place_are_no_way_apart():
    table = found(zones(A=A, B=A), [A, B])
    assert table["road_km"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "rows",
    [
        gpd.GeoDataFrame(geometry=[], crs=4490),
        gpd.GeoDataFrame(geometry=[shapely.Point(A)], crs=4490),
        gpd.GeoDataFrame(geometry=[shapely.LineString([A, A])], crs=4490),
    ],
)
def test_a_layer_without_roads_is_refused(rows):
    with pytest.raises(RoadNetworkError, match="CND-005"):
        network(rows, rules=RULES)


def test_coordinates_that_are_no_numbers_are_refused():
    with np.errstate(invalid="ignore"):
        rows = lines([A, (np.nan, 26.0), B])
    with pytest.raises(RoadNetworkError, match="no numbers"):
        network(rows, rules=RULES)


def test_a_layer_without_a_system_is_refused():
    with pytest.raises(MissingCRSError):
        network(lines([A, B], crs=None), rules=RULES)


def test_lines_of_several_parts_and_heights_are_read():
    both = shapely.MultiLineString(
        [[(*A, 50.0), (115.0, 26.05, 60.0)], [(115.0, 26.05, 1.0), (*B, 2.0)]]
    )
    rows = gpd.GeoDataFrame(geometry=[both, None], crs=4490)
    table = between(zones(A=A, B=B), network(rows, rules=RULES), rules=RULES)
    assert table.loc[("A", "B"), "road_km"] == pytest.approx(NORTH_KM, abs=0.01)


def test_a_zone_enters_between_the_ends_of_a_long_stretch():
    table = found(zones(A=(115.0, 26.05), B=B), [A, B])
    assert table.loc[("A", "B"), "road_km"] == pytest.approx(NORTH_KM / 2, abs=0.26)
    assert table.loc[("A", "B"), "access_km"] <= 0.13


steps = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=12, unique=True
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_a_way_is_never_shorter_than_the_straight_line(path):
    points = [(115.0 + 0.02 * x, 26.0 + 0.02 * y) for x, y in path]
    places = zones(A=points[0], B=points[-1])
    table = found(places, points)
    straight = network(lines([points[0], points[-1]]), rules=RULES)
    direct = between(places, straight, rules=RULES).loc[("A", "B"), "road_km"]
    assert table.loc[("A", "B"), "road_km"] >= direct * (1 - 1e-6)


def test_of_every_pair_a_distance_or_the_reason_why_there_is_none_is_told():
    places = zones(A=A, B=B, C=(116.0, 26.0), D=(116.0, 26.1), E=(117.0, 26.0), F=None)
    roads = network(lines([A, B], [(116.0, 26.0), (116.0, 26.1)]), rules=RULES)
    table = distances(places, roads, rules=RULES, name="net@1", day="2026-01-31")
    assert len(table) == 5 * 4
    assert table.loc[("A", "B"), "road_gap"] == ""
    assert table.loc[("C", "A"), "road_gap"] == "apart"
    assert table.loc[("A", "E"), "road_gap"] == table.loc[("E", "A"), "road_gap"] == "far"
    assert table["road_km"].notna().tolist() == (table["road_gap"] == "").tolist()
    assert set(table["road_network"]) == {"net@1"}
    assert unreached(places, table) == ["E", "F"]


def test_many_zones_are_worked_through_in_parts():
    along = {f"Z{i}": (115.0, 26.0 + 0.01 * i) for i in range(20)}
    table = found(zones(**along), [A, (115.0, 26.2)])
    assert len(table) == 20 * 19
    assert table.loc[("Z0", "Z19"), "road_km"] == pytest.approx(1.9 * NORTH_KM, abs=0.3)


cells = st.tuples(st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=14), st.lists(cells, min_size=2))
def test_contraction_changes_no_way(stretches, places):
    """Against the shortest ways over every node."""

    def at(cell):
        return 115.0 + 0.004 * cell[0], 26.0 + 0.003 * cell[1]

    rows = [(at(a), at(b)) for a, b in stretches if a != b]
    if not rows:
        return
    roads = network(lines(*rows), rules=RULES)
    spots = zones(**{f"Z{i}": at(place) for i, place in enumerate(dict.fromkeys(places))})
    table = between(spots, roads, rules=RULES)
    flat = _flat(np.column_stack([spots.geometry.x, spots.geometry.y]), roads.zone)
    away, node = KDTree(roads.nodes).query(flat)
    full = csgraph.dijkstra(roads.lengths, directed=False, indices=node)[:, node]
    for i, host in enumerate(spots["zone_id"]):
        for j, absorbed in enumerate(spots["zone_id"]):
            if i != j and np.isfinite(full[i, j]):
                expected = (full[i, j] + away[i] + away[j]) / 1000
                assert table.loc[(host, absorbed), "road_km"] == pytest.approx(expected, abs=1e-9)
            elif i != j:
                assert (host, absorbed) not in table.index
