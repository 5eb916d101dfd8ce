"""Cells of polygons by rows, against a test of every centre."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from benchmarks.tilings import tiling
from geo.scanlines import edges_of

UNIT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def cells(shapes, height, width, to_cells=UNIT):
    spans = edges_of(np.array(shapes, dtype=object), to_cells).spans(0, height, width)
    out = np.zeros((len(shapes), height, width), dtype=int)
    for owner, row, first, end in zip(spans.owner, spans.row, spans.first, spans.end, strict=True):
        out[owner, row, first:end] += 1
    return out


def by_centres(shape, height, width):
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return shapely.contains_xy(shape, x, y).astype(int)


def test_a_hole_and_two_parts():
    ring = Polygon(box(1, 1, 9, 9).exterior, [box(3, 3, 6, 6).exterior])
    shape = MultiPolygon([ring, box(4, 4, 5, 5)])
    assert (cells([shape], 10, 10)[0] == by_centres(shape, 10, 10)).all()


def test_a_centre_on_a_shared_edge_has_one_owner():
    west, east = box(0, 0, 2.5, 4), box(2.5, 0, 5, 4)
    north, south = box(0, 0, 5, 1.5), box(0, 1.5, 5, 4)
    for pair in ((west, east), (north, south)):
        assert (cells(pair, 4, 5).sum(axis=0) == 1).all()


def test_outside_and_nothing():
    assert not cells([box(-5, -5, -1, -1), Polygon(), None, box(2.1, 2.1, 2.2, 2.2)], 4, 4).any()
    assert cells([box(-5, -5, 50, 50)], 4, 4).all()


def test_rows_of_a_band_are_those_of_the_whole():
    shape = shapely.Point(20, 20).buffer(17.3)
    edges = edges_of(np.array([shape], dtype=object), UNIT)
    whole = edges.spans(0, 40, 40)
    part = edges.spans(10, 15, 40)
    here = (whole.row >= 10) & (whole.row < 15)
    assert part.row.tolist() == whole.row[here].tolist()
    assert part.first.tolist() == whole.first[here].tolist()
    assert (np.diff(whole.row) >= 0).all(), "by row"


_COORDINATE = st.integers(-3_000_000, 23_000_000).map(lambda i: i / 1e6)


@given(st.lists(st.tuples(_COORDINATE, _COORDINATE), min_size=3, max_size=9))
@settings(max_examples=150, deadline=None)
def test_any_polygon_has_the_cells_whose_centres_it_holds(points):
    shape = shapely.make_valid(Polygon(points))
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    if not polygons:
        return
    shape = MultiPolygon(polygons)
    y, x = np.mgrid[0:20, 0:20] + 0.5
    # Centres within rounding of an edge may fall to either side.
    clear = shapely.distance(shape.boundary, shapely.points(x, y)) > 1e-9
    ours = cells([shape], 20, 20)[0]
    assert (ours[clear] == by_centres(shape, 20, 20)[clear]).all()
    assert set(np.unique(ours)) <= {0, 1}


@pytest.mark.parametrize("seed", range(3))
def test_crooked_tilings_give_each_cell_to_one_polygon(seed):
    shapes = tiling(6, seed=seed)
    west, south, _, _ = shapely.bounds(shapes).min(axis=0)
    step = 7.0
    to_cells = (1 / step, 0.0, -west / step, 0.0, -1 / step, (south + 1400.0) / step)
    found = cells(shapes, 200, 200, to_cells).sum(axis=0)
    inner = found[30:170, 30:170]
    assert (inner == 1).all()
