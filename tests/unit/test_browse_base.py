"""The ground of the browse map."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from domain import boundaries
from layers.catalogue.zones import placed
from views import map_layers
from views.browse import base


@pytest.fixture(scope="module")
def drawn():
    found = base._lines()["features"]
    return {one["properties"]["level"]: shapely.geometry.shape(one["geometry"]) for one in found}


def test_boundaries_are_drawn_once_and_none_is_left_out(drawn):
    prefecture, county = drawn["prefecture"], drawn["county"]
    assert shapely.intersection(prefecture, county).length == pytest.approx(0, abs=1e-9)
    edges = shapely.union_all(shapely.boundary(boundaries.layer("county").geometry.to_numpy()))
    # Coordinates are rounded to a metre; the lines of both levels together are all there are.
    assert prefecture.length + county.length == pytest.approx(edges.length, rel=1e-4)
    assert shapely.union(prefecture, county).hausdorff_distance(edges) < 2e-5


def test_every_county_and_every_placed_zone_is_on_the_ground():
    counties = {one["properties"]["adcode"] for one in base._counties()["features"]}
    assert counties == set(boundaries.layer("county")["adcode"])
    zones = {one["properties"]["zone_id"] for one in base._zones()["features"]}
    assert zones == set(placed(map_layers.zones())["zone_id"])


def test_missing_values_are_null_and_coordinates_rounded():
    frame = gpd.GeoDataFrame(
        {"a": ["x", None]}, geometry=[shapely.Point(1.23456789, 2), shapely.Point(3, 4)], crs=4490
    )
    found = base.collection(frame, ["a"])
    assert [one["properties"] for one in found["features"]] == [{"a": "x"}, {"a": None}]
    assert found["features"][0]["geometry"]["coordinates"] == [1.23457, 2.0]
