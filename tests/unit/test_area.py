from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import MultiPolygon, Point, Polygon, box
from shapely.affinity import rotate

from domain import boundaries
from geo.area import ellipsoidal_area_m2, planar_area_m2
from geo.crs import central_meridian, gauss_kruger, require_geographic, zone_of
from geo.errors import MissingCRSError, NotGeographicError, NotProjectedError

GEOD = Geod(a=6378137, rf=298.257222101)


def geodesic(shape):
    return abs(GEOD.geometry_area_perimeter(shape)[0])


@pytest.mark.parametrize(
    ("zone", "prefixed", "epsg"),
    [(38, True, 4526), (39, True, 4527), (38, False, 4547), (39, False, 4548)],
)
def test_zones_have_their_epsg_codes(zone, prefixed, epsg):
    crs = gauss_kruger(zone, prefixed=prefixed)
    assert crs.to_epsg() == epsg
    parameters = {p.name: p.value for p in crs.coordinate_operation.params}
    assert parameters["Longitude of natural origin"] == central_meridian(zone)
    assert parameters["False easting"] == 500_000 + (zone * 1e6 if prefixed else 0)


@pytest.mark.parametrize("zone", [24, 46])
def test_zones_outside_the_registry_are_refused(zone):
    with pytest.raises(ValueError, match="not between"):
        gauss_kruger(zone, prefixed=True)


@pytest.mark.parametrize(
    ("lon", "zone"), [(113.6, 38), (115.4999, 38), (115.5001, 39), (118.4, 39)]
)
def test_the_zone_follows_the_longitude(lon, zone):
    assert zone_of(lon) == zone


def test_planar_squares_are_exact():
    squares = gpd.GeoDataFrame(
        geometry=[box(500_000, 3_100_000, 500_100, 3_100_100), None, Polygon()], crs=4548
    )
    assert planar_area_m2(squares).tolist() == [10_000.0, 0.0, 0.0]


def test_a_parcel_at_the_zone_edge_is_smaller_on_the_ellipsoid():
    """The published comparison: 10 ha planar, 99,946.337 m2 on the ellipsoid, 1.5 degrees off."""
    centre = gpd.GeoSeries([Point(118.5, 28.0)], crs=4490).to_crs(4548).iloc[0]
    square = box(-158.11388, -158.11388, 158.11388, 158.11388)
    shape = Polygon([(x + centre.x, y + centre.y) for x, y in square.exterior.coords])
    frame = gpd.GeoDataFrame(geometry=[shape], crs=4548)
    assert planar_area_m2(frame)[0] == pytest.approx(100_000, abs=0.01)
    assert ellipsoidal_area_m2(frame.to_crs(4490))[0] == pytest.approx(99_946.337, abs=2.0)


def test_holes_and_parts_count():
    outer, hole = box(116, 28, 116.01, 28.01), box(116.002, 28.002, 116.004, 28.004)
    other = box(116.02, 28, 116.03, 28.01)
    frame = gpd.GeoDataFrame(
        geometry=[
            Polygon(outer.exterior.coords, [hole.exterior.coords]),
            MultiPolygon([outer, other]),
        ],
        crs=4490,
    )
    a, h, o = (geodesic(s) for s in (outer, hole, other))
    assert ellipsoidal_area_m2(frame).tolist() == pytest.approx([a - h, a + o], rel=1e-7)


def test_other_geometries_have_no_area():
    frame = gpd.GeoDataFrame(geometry=[Point(116, 28), None, Polygon()], crs=4490)
    assert ellipsoidal_area_m2(frame).tolist() == [0.0, 0.0, 0.0]


@given(
    lon=st.floats(113.6, 118.4), lat=st.floats(24.6, 30.0), size=st.floats(1e-4, 2e-2),
    angle=st.floats(0, 180),
)  # fmt: skip
def test_areas_agree_with_geodesics(lon, lat, size, angle):
    shape = rotate(box(lon - size, lat - size / 2, lon + size, lat + size / 2), angle)
    frame = gpd.GeoDataFrame(geometry=[shape], crs=4490)
    assert ellipsoidal_area_m2(frame)[0] == pytest.approx(geodesic(shape), rel=2e-6)


def test_counties_agree_with_geodesics():
    counties = boundaries.layer("county")
    ours = ellipsoidal_area_m2(counties).to_numpy()
    theirs = np.array([geodesic(shape) for shape in counties.geometry])
    assert np.max(np.abs(ours / theirs - 1)) < 2e-6  # edges of about 1 km


def test_each_area_asks_for_its_coordinates():
    square = [box(116, 28, 116.01, 28.01)]
    with pytest.raises(NotProjectedError, match="CRS-002"):
        planar_area_m2(gpd.GeoDataFrame(geometry=square, crs=4490))
    with pytest.raises(NotGeographicError, match="CRS-003"):
        ellipsoidal_area_m2(gpd.GeoDataFrame(geometry=square, crs=4548))
    with pytest.raises(MissingCRSError, match="CRS-001"):
        require_geographic(gpd.GeoDataFrame(geometry=square))
