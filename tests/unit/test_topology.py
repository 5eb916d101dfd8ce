"""Quality of small layers whose faults are known by construction."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity

from geo import topology
from geo.errors import NotProjectedError

CRS = 4527
EAST, NORTH = 39_400_000.0, 3_150_000.0


def layer(*shapes: shapely.Geometry | None, index: list[str] | None = None) -> gpd.GeoDataFrame:
    moved = [affinity.translate(s, EAST, NORTH) if s is not None else None for s in shapes]
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(moved, index=index, crs=CRS))


def test_validity_names_reason_and_place_and_leaves_the_rest():
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = topology.validity(layer(shapely.box(0, 0, 1, 1), bow_tie, None, index=list("abc")))
    assert found["valid"].tolist() == [True, False, True]
    assert found.loc["b", "reason"] == "Self-intersection"
    assert (found.loc["b", "x"], found.loc["b", "y"]) == (EAST + 5, NORTH + 5)
    assert found.loc["a", "reason"] == ""
    assert np.isnan(found.loc["a", "x"])


def test_duplicates_ignore_start_and_direction_but_not_a_millimetre():
    square = shapely.box(0, 0, 10, 10)
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(square)[:-1][::-1], 1, axis=0))
    moved = affinity.translate(square, 0.001, 0)
    groups = topology.duplicate_groups(layer(square, turned, moved, None, shapely.box(0, 0, 9, 9)))
    assert groups.iloc[0] == groups.iloc[1]
    assert groups.iloc[2:].isna().all()


@pytest.mark.parametrize(("limit", "pairs"), [(9.99, 1), (10.0, 0)])
def test_overlap_threshold_excludes_its_own_value(limit: float, pairs: int):
    found = topology.overlaps(
        layer(shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10), index=["x", "y"]),
        min_area_m2=limit,
    )
    assert len(found) == pairs
    if pairs:
        assert found.loc[0, ["left", "right"]].tolist() == ["x", "y"]
        assert found.loc[0, "area_m2"] == pytest.approx(10.0)


def test_neighbours_that_share_an_edge_do_not_overlap():
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(5) for y in range(5)]
    assert topology.overlaps(layer(*cells), min_area_m2=0.0).empty


def test_overlap_of_a_contained_parcel_is_its_whole_area():
    found = topology.overlaps(
        layer(shapely.box(0, 0, 10, 10), shapely.box(2, 2, 4, 4)), min_area_m2=1
    )
    assert found["area_m2"].tolist() == pytest.approx([4.0])


def test_overlaps_in_degrees_are_refused():
    with pytest.raises(NotProjectedError):
        topology.overlaps(layer(shapely.box(0, 0, 1, 1)).to_crs(4490), min_area_m2=1)


def test_sliver_needs_to_be_small_and_thin():
    frame = layer(
        shapely.box(0, 0, 100, 0.4),
        shapely.box(0, 0, 1000, 0.4),
        shapely.box(0, 0, 6, 6),
        None,
    )
    found = topology.slivers(frame, max_area_m2=50, min_thinness=30)
    assert found.tolist() == [True, False, False, False]


@pytest.mark.parametrize(("gap", "count"), [(0.0009, 1), (0.0011, 0)])
def test_repeated_vertex_within_tolerance(gap: float, count: int):
    ring = shapely.Polygon([(0, 0), (0, 5), (gap, 5), (5, 5), (5, 0)])
    whole = shapely.box(0, 0, 1, 1)
    found = topology.repeated_vertices(layer(whole, ring), tolerance=0.001)
    assert found.tolist() == [0, count]
