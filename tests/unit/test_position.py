"""Where a point stands against a boundary, against a geodesic as second engine."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.position import PositionError, in_metres, standing

GEOD = Geod(ellps="GRS80")
SQUARE = shapely.box(115.0, 28.0, 115.001, 28.001)


def between(a, b):
    return GEOD.inv(*a, *b)[2]


def test_north_of_the_square_it_is_the_meridian():
    found = standing(SQUARE, 115.0005, 28.002)
    assert not found.inside
    assert found.metres == pytest.approx(between((115.0005, 28.002), (115.0005, 28.001)), abs=1e-3)
    # An arc minute of the meridian near 28 degrees is 1847 m; 0.06 of it is 110.8 m.
    assert found.metres == pytest.approx(110.8, abs=0.1)
    assert found.bearing == pytest.approx(180.0, abs=0.01)
    assert (found.lon, found.lat) == (pytest.approx(115.0005), pytest.approx(28.001))


def test_in_the_middle_the_nearest_side_is_east_or_west():
    found = standing(SQUARE, 115.0006, 28.0005)
    assert found.inside
    assert found.metres == pytest.approx(between((115.0006, 28.0005), (115.001, 28.0005)), abs=1e-3)
    assert found.bearing == pytest.approx(90.0, abs=0.01)


def test_beyond_a_corner_it_is_the_corner():
    found = standing(SQUARE, 115.002, 28.002)
    assert found.metres == pytest.approx(between((115.002, 28.002), (115.001, 28.001)), abs=1e-4)
    assert 180 < found.bearing < 270


def test_on_the_boundary_is_inside_and_at_no_distance():
    found = standing(SQUARE, 115.0, 28.0)
    assert found.inside
    assert found.metres == 0.0
    assert math.isnan(found.bearing)


def test_a_hole_is_outside():
    ring = SQUARE.difference(shapely.box(115.0004, 28.0004, 115.0006, 28.0006))
    found = standing(ring, 115.0005, 28.0005)
    assert not found.inside
    assert found.metres == pytest.approx(
        between((115.0005, 28.0005), (115.0006, 28.0005)), abs=1e-3
    )


def test_parts_that_lie_apart_count_together():
    both = shapely.union(SQUARE, shapely.box(115.01, 28.0, 115.011, 28.001))
    assert standing(both, 115.0105, 28.0005).inside
    assert standing(both, 115.009, 28.0005).metres == pytest.approx(
        between((115.009, 28.0005), (115.01, 28.0005)), abs=1e-3
    )


def test_metres_run_east_and_north():
    xy = shapely.get_coordinates(in_metres(shapely.Point(115.0, 28.001), 115.0, 28.0))[0]
    assert xy[0] == pytest.approx(0.0, abs=1e-6)
    assert xy[1] == pytest.approx(between((115.0, 28.0), (115.0, 28.001)), abs=1e-4)


@pytest.mark.parametrize(
    ("lon", "lat"), [(181.0, 28.0), (115.0, 90.1), (math.nan, 28.0), (115.0, math.inf)]
)
def test_places_off_the_earth_are_refused(lon, lat):
    with pytest.raises(PositionError):
        standing(SQUARE, lon, lat)


@pytest.mark.parametrize("shape", [None, shapely.Polygon()])
def test_no_shape_is_refused(shape):
    with pytest.raises(PositionError):
        standing(shape, 115.0, 28.0)


@given(st.floats(114.5, 115.5), st.floats(27.5, 28.5))
def test_no_corner_is_nearer_than_the_boundary(lon, lat):
    found = standing(SQUARE, lon, lat)
    corners = shapely.get_coordinates(SQUARE)
    assert found.metres <= min(between((lon, lat), tuple(c)) for c in corners) + 1e-3
    assert found.metres == pytest.approx(between((lon, lat), (found.lon, found.lat)), abs=1e-3)
