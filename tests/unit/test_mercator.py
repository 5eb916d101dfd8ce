"""The whole-number world: PROJ as the other engine, tiles that agree at their edges."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.mercator import (
    EXTENT,
    MAX_LATITUDE,
    MAX_ZOOM,
    SIDE,
    WholeRings,
    lonlat_bounds,
    lonlat_of,
    tile_box,
    tile_units,
    valid,
    world_of,
)

METRES = 2 * 20_037_508.342789244
STEP_M = METRES / SIDE
PROJ = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)

steps = st.integers(0, SIDE - 1)
zooms = st.integers(0, MAX_ZOOM)


def pairs(*rows):
    return np.array(rows, dtype=np.float64)


def test_corners_and_the_middle_of_the_world():
    edge = MAX_LATITUDE
    found = world_of(pairs([-180, edge], [0, 0], [180, -edge], [-90, 0]))
    half = SIDE // 2
    assert found.dtype == np.uint32
    assert found.tolist() == [[0, 0], [half, half], [SIDE - 1, SIDE - 1], [half // 2, half]]


def test_places_beyond_the_square_are_moved_to_its_edge():
    found = world_of(pairs([-200, 90], [200, -90], [180.0, 85.06]))
    assert found.tolist() == [[0, 0], [SIDE - 1, SIDE - 1], [SIDE - 1, 0]]


@given(st.lists(st.tuples(st.floats(-179.99, 179.99), st.floats(-85.05, 85.05)), min_size=1))
def test_proj_finds_the_same_places(places):
    lonlat = pairs(*places)
    x, y = PROJ.transform(lonlat[:, 0], lonlat[:, 1])
    world = world_of(lonlat).astype(np.float64)
    assert np.abs(world[:, 0] * STEP_M - METRES / 2 - x).max() <= STEP_M
    assert np.abs(METRES / 2 - world[:, 1] * STEP_M - y).max() <= STEP_M


@given(st.lists(st.tuples(steps, steps), min_size=1))
def test_steps_come_back_from_degrees(places):
    world = np.array(places, dtype=np.uint32)
    np.testing.assert_array_equal(world_of(lonlat_of(world)), world)


@given(zooms, steps, steps)
def test_a_tile_holds_the_steps_of_its_box_and_counts_them_in_units(z, east, south):
    x, y = east >> (32 - z), south >> (32 - z)
    assert valid(z, x, y)
    west, north, end, bottom = tile_box(z, x, y).tolist()
    assert west <= east < end
    assert north <= south < bottom
    assert end - west == bottom - north == SIDE >> z
    corners = np.array([[west, north], [end, bottom]])
    assert tile_units(corners, z, x, y).tolist() == [[0, 0], [EXTENT, EXTENT]]
    exact = (np.array([east - west, south - north]) / (SIDE >> z)) * EXTENT
    found = tile_units(np.array([[east, south]], dtype=np.uint32), z, x, y)[0]
    assert np.abs(found - exact).max() <= 0.5


def test_units_are_rounded_up_from_the_half():
    half = 1 << (MAX_ZOOM - 8 - 1)
    at = np.array([[half - 1, half], [3 * half - 1, 3 * half]], dtype=np.uint32)
    assert tile_units(at, 8, 0, 0).tolist() == [[0, 1], [1, 2]]


def test_the_last_step_of_the_world_rounds_to_the_edge_of_the_last_tile():
    last = np.array([[SIDE - 1, SIDE - 1]], dtype=np.uint32)
    assert tile_units(last, 4, 15, 15).tolist() == [[EXTENT, EXTENT]]
    assert tile_units(last, MAX_ZOOM, 2**20 - 1, 0)[0, 0] == EXTENT - 1


@given(zooms.filter(bool), steps, steps)
def test_neighbouring_tiles_agree_about_every_vertex(z, x, y):
    place = np.array([[x, y]], dtype=np.uint32)
    left, right = tile_units(place, z, 0, 0), tile_units(place, z, 1, 1)
    assert (left - right).tolist() == [[EXTENT, EXTENT]]


def test_a_buffer_is_counted_in_units():
    unit = SIDE // EXTENT
    assert tile_box(0, 0, 0, 1).tolist() == [-unit, -unit, SIDE + unit, SIDE + unit]
    assert tile_box(MAX_ZOOM, 5, 7, 3).tolist() == [
        5 * EXTENT - 3, 7 * EXTENT - 3, 6 * EXTENT + 3, 8 * EXTENT + 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tile", "there"),
    [
        ((0, 0, 0), True), ((0, 1, 0), False), ((0, 0, -1), False), ((-1, 0, 0), False),
        ((3, 7, 7), True), ((3, 8, 7), False), ((3, 7, 8), False),
        ((MAX_ZOOM, 0, 2**MAX_ZOOM - 1), True), ((MAX_ZOOM + 1, 0, 0), False),
    ],
)  # fmt: skip
def test_tiles_that_there_are(tile, there):
    assert valid(*tile) is there


def test_bounds_in_degrees():
    west, south, east, north = lonlat_bounds(1, 1, 0)
    assert (west, east) == (0.0, 180.0)
    assert south == pytest.approx(0.0, abs=1e-12)
    assert north == pytest.approx(MAX_LATITUDE, abs=1e-9)


def test_rings_move_into_a_tile_as_they_are():
    xy = world_of(pairs([0, 0], [90, 0], [90, -40], [0, 0]))
    rings = WholeRings(xy, np.array([0, 4]), np.array([0]), np.array([False]))
    inside = rings.in_tile(1, 1, 1)
    assert inside.xy[:2].tolist() == [[0, 0], [2048, 0]]
    assert inside.start is rings.start
