from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import MultiPolygon, Point, Polygon, box
from shapely.affinity import rotate

from domain import boundaries
from geo import area, topology
from geo.area import areas_of_rings, ellipsoidal_area_m2, ellipsoidal_areas, planar_area_m2
from geo.crs import central_meridian, gauss_kruger, require_geographic, zone_of
from geo.errors import MissingCRSError, NotGeographicError, NotProjectedError
from geo.rings import rings_of
from geo.trapezoid import trapezoid_area_m2

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
    for work in (planar_area_m2, ellipsoidal_area_m2, require_geographic):
        with pytest.raises(MissingCRSError, match="CRS-001"):
            work(gpd.GeoDataFrame(geometry=square))
    with pytest.raises(NotProjectedError, match=r"CRS-002.*foot"):
        planar_area_m2(gpd.GeoDataFrame(geometry=square, crs=2263))


@given(
    lon=st.floats(113.6, 118.4), lat=st.floats(24.6, 30.0), metres=st.floats(20, 400),
    ratio=st.floats(0.2, 1), angle=st.floats(0, 180),
)  # fmt: skip
def test_parcels_agree_with_geodesics_to_a_ten_millionth(lon, lat, metres, ratio, angle):
    height = metres * ratio / 110_900
    width = metres / (111_320 * np.cos(np.radians(lat)))
    shape = rotate(box(lon - width / 2, lat - height / 2, lon + width / 2, lat + height / 2), angle)
    ours, theirs = ellipsoidal_areas(np.array([shape], dtype=object))[0], geodesic(shape)
    assert abs(ours - theirs) < 0.01
    # The reference itself is good to about 1e-5 m2, which counts for the smallest.
    assert abs(ours - theirs) < 1e-7 * theirs + 1e-4


def test_long_edges_take_the_closed_form():
    """An octant of the sphere of equal surface is an eighth of the ellipsoid."""
    octant = Polygon([(0, 0), (90, 0), (90, 90), (0, 90)])
    whole = 8 * ellipsoidal_areas(np.array([octant], dtype=object))[0]
    assert whole == pytest.approx(510_065_621_718_491, rel=1e-9)  # the surface of GRS80 in m2


@given(size=st.floats(0.28, 0.3), lat=st.floats(-60, 60))
def test_series_and_closed_form_meet_where_one_takes_over(size, lat):
    """Edges just below and just above the limit, on either formula."""
    shape = np.array([box(116, lat, 116 + size, lat + size)], dtype=object)
    xy = rings_of(shape).xy
    sine = area._authalic_sine(np.sin(np.radians(xy[:, 1])))
    dlon = np.radians(np.diff(xy[:, 0]))
    series = area._short_edges(sine, dlon, np.diff(sine))
    closed = area._any_edges(sine[:-1], sine[1:], dlon)
    assert np.sum(series) == pytest.approx(np.sum(closed), rel=1e-8)


def test_blocks_of_vertices_do_not_show(monkeypatch):
    rng = np.random.default_rng(3)
    shapes = np.array(
        [box(116 + x, 28 + y, 116.01 + x, 28.01 + y) for x, y in rng.uniform(0, 1, (50, 2))]
        + [box(114, 26, 115, 27) - box(114.2, 26.2, 114.4, 26.4)],
        dtype=object,
    )
    whole = ellipsoidal_areas(shapes)
    for block in (1, 2, 5, 7, 64):
        monkeypatch.setattr(area, "_BLOCK", block)
        assert ellipsoidal_areas(shapes) == pytest.approx(whole, rel=1e-14)


def test_rings_at_hand_need_no_geometries():
    shapes = np.array([box(116, 28, 116.01, 28.01), None], dtype=object)
    assert areas_of_rings(rings_of(shapes), 2).tolist() == ellipsoidal_areas(shapes).tolist()


def turned_rectangle(off, width, height, degrees=30.0):
    """A rectangle in metres at 28 degrees north, turned, ``off`` degrees from the meridian."""
    to_metres = Transformer.from_crs(4490, 4548, always_xy=True)
    x, y = to_metres.transform(117.0 + off, 28.0)
    flat = rotate(box(-width / 2, -height / 2, width / 2, height / 2), degrees, origin=(0, 0))
    return shapely.transform(flat, lambda xy: xy + np.array([x, y]))


def in_degrees(shape):
    to_degrees = Transformer.from_crs(4548, 4490, always_xy=True)
    return shapely.transform(
        shape, lambda xy: np.stack(to_degrees.transform(xy[:, 0], xy[:, 1]), axis=1)
    )


@pytest.mark.parametrize("off", [0.0, 0.75, 1.5])
def test_the_official_formula_agrees_on_ten_hectares(off):
    """The published comparison: less than a square millimetre per square metre apart."""
    shape = in_degrees(turned_rectangle(off, 400, 250))
    formula = trapezoid_area_m2(shapely.get_coordinates(shape))
    assert formula == pytest.approx(geodesic(shape), abs=1e-3)
    assert ellipsoidal_areas(np.array([shape], dtype=object))[0] == pytest.approx(formula, abs=1e-2)


def test_the_official_formula_on_the_published_cases():
    """Zone edge: 537 ppm for ten hectares; on large areas it differs until edges are short."""
    small = in_degrees(turned_rectangle(1.5, 400, 250))
    assert trapezoid_area_m2(shapely.get_coordinates(small)) == pytest.approx(99_946.3, abs=1.0)
    flat = turned_rectangle(1.5, 4_000, 2_500)
    long = in_degrees(flat)
    apart = trapezoid_area_m2(shapely.get_coordinates(long)) - geodesic(long)
    assert 0.1 < abs(apart) < 2.0
    short = in_degrees(shapely.segmentize(flat, 50.0))
    apart = trapezoid_area_m2(shapely.get_coordinates(short)) - geodesic(short)
    assert abs(apart) < 0.001


def parcel_of_many_corners(seed, metres=300.0):
    """A crooked parcel with a hole, in degrees, somewhere in the province."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(113.6, 118.4), rng.uniform(24.6, 30.0)
    angle = np.linspace(0, 2 * np.pi, 17, endpoint=False)
    reach = metres * rng.uniform(0.5, 1.0, 17)
    corners = np.c_[reach * np.cos(angle), reach * np.sin(angle)]
    to_degrees = np.array([1 / (111_320 * np.cos(np.radians(lat))), 1 / 110_900])
    outer, inner = corners * to_degrees + [lon, lat], 0.3 * corners * to_degrees + [lon, lat]
    return Polygon(outer, [inner[::-1]])


@pytest.mark.parametrize("seed", range(20))
def test_an_equal_area_projection_about_the_parcel_agrees(seed):
    """A second engine: PROJ's azimuthal projection; in its middle straight lines are geodesics."""
    shape = parcel_of_many_corners(seed)
    place = f"+proj=laea +lat_0={shape.centroid.y} +lon_0={shape.centroid.x} +ellps=GRS80 +units=m"
    flat = gpd.GeoSeries([shape], crs=4490).to_crs(place).area.iloc[0]
    ours = ellipsoidal_areas(np.array([shape], dtype=object))[0]
    assert ours == pytest.approx(flat, rel=1e-8)
    assert ours == pytest.approx(geodesic(shape), rel=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_the_official_formula_is_the_area_in_a_cylinder_of_equal_area(seed):
    """A second engine: straight edges there are what the formula's trapezoids are bounded by."""
    shape = Polygon(parcel_of_many_corners(seed).exterior)
    cylinder = f"+proj=cea +lon_0={shape.centroid.x} +ellps=GRS80 +units=m"
    flat = gpd.GeoSeries([shape], crs=4490).to_crs(cylinder).area.iloc[0]
    formula = trapezoid_area_m2(shapely.get_coordinates(shape))
    assert formula == pytest.approx(flat, rel=1e-8)
    assert formula == pytest.approx(geodesic(shape), rel=1e-5)


def test_a_shape_that_crosses_itself_has_the_difference_of_its_loops():
    """No area of land: whoever needs one asks for validity first, as imports do."""
    bow = np.array([(116, 28), (116.02, 28.01), (116.02, 28), (116, 28.01), (116, 28)])
    assert ellipsoidal_areas(np.array([Polygon(bow)], dtype=object))[0] < 1.0
    assert topology.invalid(np.array([Polygon(bow)], dtype=object))["position"].tolist() == [0]
