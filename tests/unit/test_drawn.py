"""Shapes of a chunk in both systems: one point for each, wherever it tells the county."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from domain import boundaries
from ingest import county_lines
from ingest.crs_candidates import to_zone
from ingest.drawn import drawn
from tests.rows_of import EAST, EPSG, NORTH, RULES, box, degrees, polygon

REACH = RULES.value("ING-COUNTY-LINE")


def of(*shapes):
    return drawn(np.array(shapes, dtype=object), EPSG, reach_m=REACH)


def test_a_shape_far_from_every_line_is_placed_by_the_middle_of_its_frame():
    found = of(polygon((0, 0), (100, 0), (0, 100)))
    assert found.near_line.tolist() == []
    assert found.points.tolist() == [[*box(0, 0, 100, 100).centroid.coords[0]]]


def test_a_long_shape_is_placed_by_a_point_inside_it():
    hook = polygon((0, 0), (2000, 0), (2000, 50), (50, 50), (50, 2000), (0, 2000))
    found = of(box(0, 0, 50, 50), hook)
    assert found.near_line.tolist() == [1]
    assert hook.contains(shapely.Point(found.points[1]))
    assert not hook.contains(box(0, 0, 2000, 2000).centroid)


def test_both_systems_hold_the_same_shapes():
    shapes = [
        box(0, 0, 30, 40),
        polygon((0, 0), (9, 0), (9, 9), (0, 9), holes=[[(1, 1), (2, 1), (2, 2)]]),
    ]
    found = of(*shapes)
    expected = degrees(np.array(shapes, dtype=object))
    assert shapely.equals_exact(found.geographic, expected, tolerance=1e-12).all()
    assert found.lonlat[0] == pytest.approx(shapely.get_coordinates(expected[0].centroid)[0])
    assert found.boxes.tolist() == shapely.bounds(shapes).tolist()


def test_a_part_of_the_shapes_keeps_what_is_known_of_each():
    hook = polygon((0, 0), (2000, 0), (2000, 50), (50, 50), (50, 2000), (0, 2000))
    small = box(5, 5, 9, 9)
    found = of(small, box(0, 0, 50, 50), hook).only(np.array([True, False, True]))
    assert found.near_line.tolist() == [1]
    assert found.metres.tolist() == [small, hook]
    assert found.rings.owner.tolist() == [0, 1]
    assert found.degrees.owner.tolist() == [0, 1]
    assert hook.contains(shapely.Point(found.points[1]))
    assert len(found.lonlat) == len(found.boxes) == len(found.geographic) == 2


def test_wherever_a_point_is_the_county_is_that_of_a_point_inside():
    """Squares over a whole county and its lines: the middle of the frame must not lie."""
    rng = np.random.default_rng(11)
    county = boundaries.geometry_of("360121")
    west, south, east, north = county.bounds
    lonlat = rng.uniform((west, south), (east, north), (4_000, 2))
    side = rng.uniform(0.0002, 0.02, 4_000)
    squares = shapely.box(*lonlat.T, *(lonlat + side[:, None]).T)
    metres = shapely.transform(squares, lambda xy: to_zone(xy, EPSG))
    found = of(*metres)
    inside = shapely.get_coordinates(shapely.point_on_surface(found.geographic))
    assert (boundaries.counties_of(found.lonlat) == boundaries.counties_of(inside)).all()
    assert 0 < len(found.near_line) < len(metres)


def test_no_frame_with_a_corner_near_a_line_is_taken_for_far():
    lines = county_lines.near_lines(EPSG, REACH)
    rng = np.random.default_rng(5)
    corner = rng.uniform((EAST - 2e4, NORTH - 2e4), (EAST + 2e4, NORTH + 2e4), (20_000, 2))
    near = corner[lines.near(corner)]
    side = lines.cell - 1.0
    for east, north in ((0, 0), (0, 1), (1, 0), (1, 1)):
        low = near - side * np.array([east, north])
        boxes = np.hstack([low, low + side])
        assert county_lines.may_meet(boxes, EPSG, REACH).all(), (east, north)
    assert len(near) > 100
