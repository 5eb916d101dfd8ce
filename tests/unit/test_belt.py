"""The belt on a small line whose lengths are known, then the axis itself."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from analytics import belt, targets
from domain import boundaries, reference
from domain.rules import load_rules
from geo.errors import NotGeographicError

DAY = dt.date(2026, 6, 1)
RULES = load_rules("belt", as_of=DAY)
DEGREE_KM = pyproj.Geod(ellps="GRS80").inv(115.0, 26.0, 115.0, 27.0)[2] / 1000


def stations(gap=0.0):
    """Three shapes on one meridian: 28 to 27, 27 to 26 and 26 to 25 degrees north."""
    rows = []
    for i, (line, north) in enumerate(zip(belt.SHAPES, (28.0, 27.0, 26.0), strict=True)):
        shift = gap if i else 0.0
        for order, lat in enumerate((north - shift, north - 0.5, north - 1.0), start=1):
            rows.append((line, order, pd.NA, 115.0, lat, "x", "s", "high"))
    columns = ["line", "order", "station_zh", "lon", "lat", "county", "source", "confidence"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def line():
    return belt.axis(stations(), rules=RULES)


def points(*xy):
    return gpd.GeoSeries([shapely.Point(p) if p else None for p in xy], crs=4490)


def test_shapes_join_into_one_line_without_double_vertices(line):
    assert len(line.vertices) == 7
    assert line.chainage_km[0] == 0.0
    assert line.length_km == pytest.approx(3 * DEGREE_KM, rel=2e-4)
    assert (np.diff(line.chainage_km) > 0).all()


def test_a_gap_up_to_the_limit_joins_and_beyond_it_is_refused():
    near, far = 0.49 / 110.8, 0.51 / 110.8
    assert belt.axis(stations(gap=near), rules=RULES).length_km > 300
    with pytest.raises(belt.BrokenAxisError, match="changgan_hsr_shape"):
        belt.axis(stations(gap=far), rules=RULES)


def test_an_absent_shape_is_refused():
    rows = stations()
    with pytest.raises(belt.BrokenAxisError, match="ganshen"):
        belt.axis(rows[rows["line"] != "ganshen_hsr_shape"], rules=RULES)


def test_points_beside_before_and_after_the_line(line):
    found = belt.along(points((115.1, 26.5), (115.0, 28.2), (115.0, 24.9), None), line)
    east = pyproj.Geod(ellps="GRS80").inv(115.0, 26.5, 115.1, 26.5)[2] / 1000
    assert found["distance_km"].iloc[0] == pytest.approx(east, rel=1e-6)
    assert found["chainage_km"].iloc[0] == pytest.approx(1.5 * DEGREE_KM, rel=2e-4)
    assert found["chainage_km"].iloc[1] == 0.0
    assert found["distance_km"].iloc[1] == pytest.approx(0.2 * DEGREE_KM, rel=1e-3)
    assert found["chainage_km"].iloc[2] == pytest.approx(line.length_km)
    assert found.iloc[3].isna().all()


def test_projected_points_are_refused(line):
    with pytest.raises(NotGeographicError):
        belt.along(points((115.0, 26.0)).to_crs(4547), line)


def test_no_points_give_no_rows(line):
    assert belt.along(points(), line).empty


def test_the_strip_takes_what_is_near_and_orders_it(line):
    km = 20 / (pyproj.Geod(ellps="GRS80").inv(115, 26.5, 116, 26.5)[2] / 1000)
    places = gpd.GeoDataFrame(
        {"name": ["south", "inside", "outside"]},
        geometry=points((115.0, 25.5), (115.0 + km * 0.999, 26.5), (115.0 + km * 1.001, 26.5)),
    )
    found = belt.strip(places, line, rules=RULES)
    assert found["name"].tolist() == ["inside", "south"]


@pytest.fixture(scope="module")
def real_axis():
    return belt.axis(reference.table("belt_stations"), rules=RULES)


@pytest.fixture(scope="module")
def real_members(real_axis):
    layers = [boundaries.layer(name) for name in ("prefecture", "county")]
    places = gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs=layers[0].crs)
    return belt.members(reference.table("belt_members"), places, reference.zones(), real_axis)


def test_the_axis_has_the_length_of_its_three_parts(real_axis):
    assert real_axis.length_km == pytest.approx(130.9 + 414.7 + 130.6, abs=0.2)


def test_stations_stand_in_order_each_once(real_axis):
    found = belt.stations(reference.table("belt_stations"), real_axis)
    names = found["station_zh"].tolist()
    assert (names[0], names[-1]) == ("九江", "定南南")
    assert len(names) == len(set(names)) == 21
    assert found["chainage_km"].is_monotonic_increasing
    assert found.loc[found["proxy"], "station_zh"].tolist() == ["南昌西"]
    assert found.set_index("station_zh").loc["南昌", "chainage_km"] == pytest.approx(130.9, abs=0.1)


def test_on_the_axis_and_member_are_kept_apart(real_members):
    by_name = real_members.set_index("name_zh")
    assert by_name.loc["宜春市", "on_axis"]
    assert by_name.loc["宜春市", "membership"] == "none"
    published = real_members[real_members["membership"] == "published"]["name_zh"]
    assert set(published) == {"南昌市", "吉安市", "赣州市", "九江市"}
    assert not by_name.loc["遂川县", "on_axis"]
    assert by_name.loc["遂川县", "membership"] == "derived"
    assert by_name.loc["青原区", "role_group"] == "conventional"


def test_every_member_keeps_its_row_and_role(real_members):
    assert len(real_members) == 60
    assert set(real_members["role_group"]) == set(belt.ROLES)
    counties = real_members[real_members["member_type"] == "county"]
    assert counties["on_axis"].sum() == 28
    unlisted = real_members[real_members["key"].isna()]
    assert unlisted["name_zh"].tolist() == ["南昌VR科创城/红谷滩VR产业基地"]


def test_electronics_figures_show_their_contradiction():
    evidence = targets.evidence(reference.table("targets"), reference.table("actuals"), as_of=DAY)
    series = belt.electronics(evidence)
    odd = series[series["province"] & series["contradicted"]]
    assert odd["number"].tolist() == [2000.0, 3822.0]
    assert series["unit"].eq("yi_cny").all()
    assert not series["role"].eq("goal").any()


def test_cities_without_a_figure_keep_a_row(real_members):
    evidence = targets.evidence(reference.table("targets"), reference.table("actuals"), as_of=DAY)
    cities = belt.city_figures(belt.electronics(evidence), real_members)
    assert cities[cities["number"].isna()]["name_zh"].tolist() == ["赣州市", "九江市"]
    assert cities["name_zh"].tolist().count("吉安市") == 2


def test_places_hold_electronics_only_and_no_made_up_revenue(real_axis, real_members):
    zones = real_members[real_members["member_type"] == "zone"]
    found = belt.places(reference.clusters(), zones, real_axis, rules=RULES)
    clusters = found[found["place_kind"] == "cluster"]
    assert len(clusters) == 16
    assert (clusters["distance_km"] <= RULES.value("BELT-NEAR")).all()
    assert found.loc[found["place_kind"] == "zone", "revenue_yi"].isna().all()
    assert found["chainage_km"].is_monotonic_increasing
    assert belt.frame(real_axis, name="x")["length_km"].iloc[0] == 676.1
