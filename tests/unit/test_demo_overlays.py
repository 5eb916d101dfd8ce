"""Invented red line and farmland: clear of zones, complete where said, the same each time."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analytics.consolidation.barriers import overlay
from analytics.consolidation.places import between
from demo.overlays import COMPLETE, DATASETS, RANGE, overlays
from domain import boundaries, reference
from store.admission import checked


@pytest.fixture(scope="module")
def zones():
    """A small square on the seat of every zone that has one of its own."""
    rows = reference.zones()
    rows = rows[rows.geometry.notna()].drop_duplicates(["lon", "lat"]).reset_index(drop=True)
    boxes = shapely.box(
        rows["lon"] - 0.01, rows["lat"] - 0.01, rows["lon"] + 0.01, rows["lat"] + 0.01
    )
    columns = ["zone_id", "prefecture_adcode"]
    return gpd.GeoDataFrame(rows[columns], geometry=np.asarray(boxes), crs=4490)


@pytest.fixture(scope="module")
def made(zones):
    return overlays(zones, np.random.default_rng(1))


@pytest.mark.parametrize("name", list(DATASETS))
def test_a_dataset_holds_its_category_and_where_it_is_complete(made, name):
    rows = checked(made[name], "overlay")
    ranges = rows[rows["category"] == RANGE]
    assert set(rows["category"]) == {DATASETS[name], RANGE}
    assert tuple(ranges["prefecture_adcode"]) == COMPLETE[name]
    assert set(rows["prefecture_adcode"]) == set(COMPLETE[name])
    assert rows["county_adcode"].str[:4].add("00").tolist() == rows["prefecture_adcode"].tolist()
    assert rows["feature_id"].is_unique
    assert rows["note"].str.contains("演示数据").all()


def test_nothing_lies_on_a_zone(made, zones):
    for name, rows in made.items():
        land = rows[rows["category"] == DATASETS[name]]
        assert land.geometry.is_valid.all()
        assert len(land.sindex.query(zones.geometry, predicate="intersects")[0]) == 0


def test_the_same_source_gives_the_same_shapes_and_another_one_others(made, zones):
    again, other = (overlays(zones, np.random.default_rng(seed)) for seed in (1, 2))
    for name, rows in made.items():
        assert rows.geometry.geom_equals(again[name].geometry).all()
        assert rows.geometry.to_wkt().tolist() != other[name].geometry.to_wkt().tolist()


def test_of_pairs_a_barrier_is_known_none_is_known_and_nothing_is_known(made, zones):
    held = [overlay(rows, boundaries.layer("county"), name=name) for name, rows in made.items()]
    found = between(zones, held, reach_km=40)
    assert ((found["barrier_share"] > 0) & found["barrier_covered"]).any()
    assert ((found["barrier_share"] == 0) & found["barrier_covered"]).any()
    assert (~found["barrier_covered"]).any()
