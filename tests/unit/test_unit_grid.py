"""What the grid says of a box is true, and pieces of a unit cut like the unit itself."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from benchmarks.tilings import tiling
from geo.unit_grid import OPEN, OUTSIDE, grid_over
from geo.unit_pieces import cut_into_pieces


def units(seed, count=5):
    """Crooked units side by side in a square of ten degrees, some of them missing."""
    shapes = tiling(count, seed=seed, cell=1000.0)
    shapes = shapes[np.random.default_rng(seed).random(len(shapes)) < 0.8]
    low, high = shapely.bounds(shapes).min(axis=0)[:2], shapely.bounds(shapes).max(axis=0)[2:]
    return shapely.transform(shapes, lambda xy: (xy - low) / (high - low) * 10.0)


def frame_of(shapes):
    bounds = shapely.bounds(shapes)
    return (*bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist())


def boxes(seed, n=400, reach=12.0):
    rng = np.random.default_rng(seed)
    low = rng.uniform(-1.0, reach - 1.0, (n, 2))
    return np.c_[low, low + rng.exponential(0.15, (n, 2))]


def assert_true(found, bounds, shapes):
    """Inside means inside one and clear of the rest; outside means that nothing is met."""
    drawn = shapely.box(*bounds.T)
    for place, one in zip(found, drawn, strict=True):
        met = np.flatnonzero(shapely.intersects(shapes, one))
        if place >= 0:
            assert met.tolist() == [place]
            assert shapely.contains(shapes[place], one)
        elif place == OUTSIDE:
            assert not len(met)


@given(st.integers(0, 500), st.sampled_from([64, 1000, 40_000]))
@settings(max_examples=25, deadline=None)
def test_what_is_decided_is_true(seed, cells):
    shapes, bounds = units(seed), boxes(seed)
    frame = frame_of(shapes)
    found = grid_over(shapes, frame, frame, cells).units_of(bounds)
    assert_true(found, bounds, shapes)


def test_most_boxes_are_decided():
    shapes, bounds = units(3), boxes(3)
    frame = frame_of(shapes)
    found = grid_over(shapes, frame, frame, 40_000).units_of(bounds)
    drawn = shapely.box(*bounds.T)
    outlines = shapely.union_all(shapely.boundary(shapes))
    clear = ~shapely.intersects(outlines, drawn)
    assert (found[clear] != OPEN).mean() > 0.8


def test_boxes_beyond_the_grid_are_left_open_and_beyond_all_units_outside():
    shapes = units(1)
    frame = frame_of(shapes)
    grid = grid_over(shapes, frame, (2.0, 2.0, 4.0, 4.0), 1000)
    bounds = np.array([
        [8.0, 8.0, 8.1, 8.1], [20.0, 20.0, 21.0, 21.0], [np.nan] * 4, [3.9, 3.9, 6.0, 6.0],
    ])  # fmt: skip
    assert grid.units_of(bounds).tolist() == [OPEN, OUTSIDE, OUTSIDE, OPEN]
    inside = boxes(4, reach=6.0)
    assert_true(grid.units_of(inside), inside, shapes)


def test_cells_in_several_units_prove_nothing():
    shapes = np.array([box(0, 0, 10, 10), box(5, 0, 10, 10)], dtype=object)
    frame = frame_of(shapes)
    found = grid_over(shapes, frame, frame, 2500).units_of(
        np.array([[1.0, 1.0, 1.2, 1.2], [7.0, 7.0, 7.2, 7.2]])
    )
    assert found.tolist() == [0, OPEN]


def test_an_outline_along_the_lines_of_the_grid():
    """Unit edges on cell edges: no cell beside them may be taken for one of either side."""
    shapes = np.array([box(0, 0, 5, 10), box(5, 0, 10, 10)], dtype=object)
    frame = frame_of(shapes)
    for cells in (100, 144, 400):
        grid = grid_over(shapes, frame, frame, cells)
        bounds = np.array([[4.999999, 3, 5.000001, 3.1], [4.9, 3, 5.0, 3.1], [5.0, 3, 5.1, 3.1]])
        assert grid.units_of(bounds).tolist() == [OPEN, OPEN, OPEN]


@pytest.mark.parametrize("vertices", [8, 40, 100_000])
def test_a_cut_with_a_piece_has_the_vertices_of_a_cut_with_the_unit(vertices):
    shapes = shapely.segmentize(units(7), 0.05)
    bounds = boxes(8, n=300)
    pieces = cut_into_pieces(shapes, np.arange(len(shapes)), 0.2, vertices=vertices)
    drawn = shapely.box(*bounds.T)
    which, unit, cutter = pieces.meetings(bounds)
    assert len(np.unique(which * 1000 + unit)) == len(which), "each pair once"
    found = shapely.area(shapely.intersection(drawn[which], pieces.shapes[cutter]))
    whole = shapely.intersection(drawn[which], shapes[unit])
    assert found == pytest.approx(shapely.area(whole), abs=1e-12)
    again = shapely.intersection(drawn[which], pieces.shapes[cutter])
    assert (shapely.get_num_coordinates(again) == shapely.get_num_coordinates(whole)).mean() > 0.99
    every, all_units = shapely.STRtree(shapes).query(drawn, predicate="intersects")
    assert {*zip(every, all_units, strict=True)} <= {*zip(which, unit, strict=True)}
    if vertices == 8:
        assert len(pieces.unit) > 5 * len(shapes)
    if vertices == 100_000:
        assert len(pieces.unit) == len(shapes)
