"""County lines, province, zones: against distances and cuts that are computed the slow way."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.ops import nearest_points

from domain import boundaries, reference
from geo.near_lines import NearLines
from ingest import county_lines
from ingest.check_places import place_checks
from tests.rows_of import EPSG, box, rows, told, words


def on_a_line():
    """Middle of a side that two counties share, in metres, and both codes."""
    outlines, codes = county_lines.outlines(EPSG)
    first = codes.index("360121")
    for second in range(len(codes)):
        line = shapely.intersection(outlines[first], outlines[second])
        if second != first and line.length > 5_000:
            longest = max(shapely.get_parts(shapely.line_merge(line)), key=lambda g: g.length)
            return longest.interpolate(longest.length / 2), codes[first], codes[second]
    raise AssertionError("no neighbour")


def square(centre, side):
    return shapely.box(
        centre.x - side / 2, centre.y - side / 2, centre.x + side / 2, centre.y + side / 2
    )


def test_a_parcel_on_a_county_line_tells_its_shares():
    centre, here, there = on_a_line()
    seen = place_checks(rows("parcels", [square(centre, 400), box(0, 0, 400, 400)]))
    assert told(seen)["PLC-007"] == [11]
    assert told(seen)["PLC-004"] == [11]
    text = words(seen, "PLC-007", "zh_CN")[0]
    assert boundaries.name_of(here) in text
    assert boundaries.name_of(there) in text
    shares = [float(part.split("%")[0].split()[-1]) for part in text.split("：")[1].split("、")]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert shares == sorted(shares, reverse=True)
    assert "Nanchang" in words(seen, "PLC-007")[0]


def test_a_parcel_larger_than_the_grid_is_cut_as_well():
    centre, *_ = on_a_line()
    large = square(centre, 4_000)
    assert told(place_checks(rows("parcels", [large])))["PLC-007"] == [11]


@pytest.mark.parametrize(("share", "found"), [(0.009, False), (0.02, True)])
def test_small_shares_across_a_line_are_left_out(share, found):
    outlines, _ = county_lines.outlines(EPSG)
    province = shapely.union_all(outlines)
    edge = max(shapely.get_parts(province), key=lambda g: g.area).exterior
    shape = square(edge.interpolate(edge.length * 0.25), 300)
    # Walk away from the line until the wanted share lies beyond it.
    inside = nearest_points(province.buffer(-2_000), shape.centroid)[0]
    dx, dy = inside.x - shape.centroid.x, inside.y - shape.centroid.y
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        moved = affinity.translate(shape, dx * middle, dy * middle)
        beyond = moved.difference(province).area / moved.area
        low, high = (middle, high) if beyond > share else (low, middle)
    moved = affinity.translate(shape, dx * high, dy * high)
    seen = place_checks(rows("parcels", [moved]))
    assert ("PLC-012" in told(seen)) == found
    if found:
        assert words(seen, "PLC-012", "zh_CN")[0].startswith("图形有 2.0% 超出江西省界")


@pytest.mark.parametrize(
    ("inside", "found"), [(0.0, False), (0.5, True), (0.995, False), (1.0, False)]
)
def test_parcels_across_the_line_of_a_zone(inside, found):
    zone = gpd.GeoDataFrame({"name": ["小蓝片区"]}, geometry=[box(0, 0, 1_000, 1_000)], crs=EPSG)
    parcel = box(1_000 - 100 * inside, 100, 1_100 - 100 * inside, 200)
    seen = place_checks(rows("parcels", [parcel]), zone.to_crs(4490))
    assert ("PLC-008" in told(seen)) == found
    if found:
        assert "50.0" in words(seen, "PLC-008")[0]
        assert "小蓝片区" in words(seen, "PLC-008")[0]


def test_zones_that_rows_name():
    zones = reference.zones()
    near = zones[zones["county"] == "南昌县"].iloc[0]
    far = zones[zones["prefecture"] == "赣州市"].iloc[0]
    stated = [near["name_zh"], near["zone_id"], far["name_zh"], "某某开发区", None]
    seen = place_checks(rows("parcels", [box(0, 0, 9, 9)] * 5, zone_id=stated))
    assert told(seen) == {"PLC-009": [14], "PLC-010": [13]}
    assert far["name_zh"] in words(seen, "PLC-010")[0]
    assert "30 km" in words(seen, "PLC-010")[0]


def test_nearness_to_county_lines_is_what_distances_say():
    rng = np.random.default_rng(0)
    outlines, _ = county_lines.outlines(EPSG)
    lines = shapely.union_all(shapely.boundary(outlines))
    west, south, east, north = shapely.bounds(outlines[:9]).min(axis=0)[[0, 1, 2, 3]]
    xy = rng.uniform((west, south), (east + 40_000, north + 40_000), (4_000, 2))
    near = county_lines.near_lines(EPSG, 300.0).near(xy)
    assert near.tolist() == (shapely.distance(shapely.points(xy), lines) <= 300.0).tolist()
    assert 0 < near.sum() < len(xy)


@settings(deadline=None)
@given(st.integers(0, 100_000), st.floats(20.0, 400.0), st.floats(-1e4, 5e7), st.integers(1, 5))
def test_nearness_to_any_lines_is_what_distances_say(seed, distance, shift, n):
    rng = np.random.default_rng(seed)
    lines = np.array(
        [
            shapely.LineString(shift + rng.uniform(0, 5_000, (int(rng.integers(2, 70)), 2)))
            for _ in range(n)
        ],
        dtype=object,
    )
    xy = shift + rng.uniform(-1_000, 6_000, (200, 2))
    xy = np.concatenate([xy, shapely.get_coordinates(lines)[:20] + rng.normal(0, distance, (1, 2))])
    found = NearLines(lines, distance).near(xy)
    apart = shapely.distance(shapely.points(xy)[:, None], lines[None]).min(axis=1)
    sure = np.abs(apart - distance) > 1e-6
    assert (found == (apart <= distance))[sure].all()


def test_points_that_are_nowhere_are_near_nothing():
    lines = NearLines(np.array([shapely.LineString([(0, 0), (9, 9)])], dtype=object), 5.0)
    assert lines.near(np.array([[np.nan, 1.0], [np.inf, 0.0], [4.0, 4.0]])).tolist() == [
        False,
        False,
        True,
    ]
