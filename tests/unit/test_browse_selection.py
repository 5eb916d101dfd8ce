"""Shapes drawn on the map and the parcels that they meet, against shapely and known areas."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
import shapely

from domain.i18n import LANGUAGES
from domain.issues import explain
from domain.parcels import conform
from geo.area import ellipsoidal_areas
from store import Store
from tests.browse_world import EVERYBODY, Browser, committed, parcels_of, province, square
from views.browse.selected import LISTED
from views.browse.selection import (
    LARGEST_RADIUS_M,
    MOST_VERTICES,
    SelectionError,
    selected,
    shape_of,
)

WEST, SOUTH = 115.8, 28.6


def ring(*points):
    return "ring:" + ";".join(f"{x},{y}" for x, y in points)


def box(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


def area(shape):
    return float(ellipsoidal_areas(np.array([shape], dtype=object))[0])


# ---- reading shapes


def test_a_box_and_an_outline_are_read_as_drawn():
    assert shape_of(box(1, 2, 3, 4)).equals(shapely.box(1, 2, 3, 4))
    triangle = [(115.0, 28.0), (116.0, 28.0), (115.5, 29.0)]
    assert shape_of(ring(*triangle)).equals(shapely.Polygon(triangle))
    assert shape_of(ring(*triangle, triangle[0])).equals(shapely.Polygon(triangle))


@pytest.mark.parametrize("radius", [1.0, 500.0, 20_000.0, LARGEST_RADIUS_M])
@pytest.mark.parametrize(("lon", "lat"), [(115.8, 28.6), (115.8, 0.0), (115.8, 60.0)])
def test_a_circle_has_the_area_of_its_radius(lon, lat, radius):
    found = area(shape_of(f"circle:{lon},{lat},{radius}"))
    # On a sphere a circle is smaller than on a plane, by (r / R)^2 / 12.
    cap = 1 - (radius / 6_371_000) ** 2 / 12
    assert found == pytest.approx(math.pi * radius**2 * cap, rel=1e-3)


def circle_of(n):
    angles = np.linspace(0, 2 * math.pi, n, endpoint=False)
    return ring(*zip(115 + np.cos(angles), 28 + np.sin(angles), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "ring:", "ring", "circle:", "box:1,2;3,4;5,6", "ring:1,2", ring((0, 0), (1, 1)),
        "ring:1,2;3,4;5", "ring:1,2,3;4,5,6;7,8,9", "ring:a,b;c,d;e,f",
        ring((0, 0), (1, 0), (math.nan, 1)), ring((0, 0), (1, 0), (math.inf, 1)),
        circle_of(MOST_VERTICES + 1),
        ring((0, 0), (1, 1), (1, 0), (0, 1)), ring((0, 0), (1, 1), (2, 2)),
        ring((5, 5), (5, 5), (5, 5)), ring((0, 0), (181, 0), (0, 1)), ring((0, 0), (1, 0), (0, 86)),
        "circle:115,28", "circle:115,28,0", "circle:115,28,-1", "circle:115,28,500001",
        "circle:115,28,nan", "circle:nan,28,5", "circle:181,28,5", "circle:115,86,5",
        "circle:115,28,5;115,28,6", "circle:1,2,3,4", "circle:179.99,28,50000",
        "ring:" + "1," * 5000,
    ],
)  # fmt: skip
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(SelectionError) as caught:
        shape_of(text)
    assert caught.value.code == "SEL-001"
    for language in LANGUAGES:
        assert len(explain(caught.value, language)) < 400


def test_the_greatest_shapes_are_read():
    assert shape_of(circle_of(MOST_VERTICES)).is_valid
    assert shape_of(f"circle:115,28,{LARGEST_RADIUS_M}").is_valid


# ---- what they meet


class World:
    """Some shapes as a version, with what a selection finds in it."""

    def __init__(self, root, shapes, **columns):
        self.version = committed(root, parcels_of(shapes, **columns))
        self.store = Store(root)
        self.index = self.store.map_index(self.version, EVERYBODY)
        self.frame = self.store.read(self.version, EVERYBODY)
        self.browser = Browser(root, self.version)

    def select(self, shape, keep=None):
        keep = np.ones(self.index.rows, dtype=bool) if keep is None else keep
        areas = self.frame["area_ellipsoidal_m2"].to_numpy()
        return selected(self.index.tiles, shape, keep, areas)

    def ids(self, found):
        return sorted(self.frame["parcel_id"].iloc[found.rows])


@pytest.fixture
def line(tmp_path):
    """Five squares from west to east, P0 to P4, 0.001 degrees wide and as far apart."""
    return World(tmp_path, [square(WEST + 0.002 * k, SOUTH) for k in range(5)])


@pytest.mark.parametrize(
    ("west", "east", "ids", "whole"),
    [
        (-0.5, 0.5, ["P0", "P1", "P2", "P3", "P4"], 5),
        (-0.0005, 0.0035, ["P0", "P1"], 2),
        (0.0005, 0.0025, ["P0", "P1"], 0),
        (0.0015, 0.0055, ["P1", "P2"], 2),
        (0.0015, 0.0045, ["P1", "P2"], 1),
        (0.0012, 0.0018, [], 0),
        (0.0022, 0.0028, ["P1"], 0),
    ],
)
def test_inside_rim_and_outside(line, west, east, ids, whole):
    shape = shapely.box(WEST + west, SOUTH - 0.5, WEST + east, SOUTH + 0.5)
    if east < 0.1 and ids == ["P1"]:
        shape = shapely.box(WEST + west, SOUTH + 0.0002, WEST + east, SOUTH + 0.0008)
    found = line.select(shape)
    assert line.ids(found) == ids
    assert found.whole.sum() == whole
    parts = ellipsoidal_areas(shapely.intersection(line.frame.geometry.to_numpy(), shape))
    assert found.inside_m2 == pytest.approx(parts.sum(), rel=1e-4, abs=1.0)
    assert found.shape_m2 == pytest.approx(area(shape))


def test_what_only_touches_does_not_count(line):
    """The edges are those that the index holds, to the step of the world."""
    polygon = line.index.tiles.polygons(np.arange(5))
    first = line.frame.index[line.frame["parcel_id"] == "P0"][0]
    _, south, east, north = polygon[first].bounds
    beside = shapely.box(east, south, east + 0.0005, north)
    corner = shapely.box(east, north, east + 0.0005, north + 0.0005)
    for shape in (beside, corner):
        assert shapely.touches(shape, polygon[first])
        assert line.ids(line.select(shape)) == []
    over = shapely.box(east - 1e-5, south, east + 0.0005, north)
    assert line.ids(line.select(over)) == ["P0"]


def test_only_what_is_asked_for_is_selected(line):
    keep = (line.frame["parcel_id"] == "P3").to_numpy()
    found = line.select(shapely.box(115, 28, 117, 30), keep)
    assert line.ids(found) == ["P3"]
    assert found.inside_m2 == pytest.approx(line.frame["area_ellipsoidal_m2"][keep].sum())


def test_holes_and_parts(tmp_path):
    pierced = shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01).difference(
        shapely.box(WEST + 0.003, SOUTH + 0.003, WEST + 0.007, SOUTH + 0.007)
    )
    parts = shapely.MultiPolygon([square(WEST + 0.02, SOUTH), square(WEST + 0.03, SOUTH)])
    world = World(tmp_path, [pierced, parts])
    in_hole = shapely.box(WEST + 0.004, SOUTH + 0.004, WEST + 0.006, SOUTH + 0.006)
    assert world.ids(world.select(in_hole)) == []
    one_part = shapely.box(WEST + 0.015, SOUTH - 0.01, WEST + 0.025, SOUTH + 0.01)
    found = world.select(one_part)
    assert world.ids(found) == ["P1"]
    assert not found.whole.any()
    assert found.inside_m2 == pytest.approx(area(square(WEST + 0.02, SOUTH)), rel=1e-4)


def test_a_concave_shape_may_cut_a_parcel_in_two(tmp_path):
    world = World(tmp_path, [shapely.box(WEST, SOUTH, WEST + 0.03, SOUTH + 0.002)])
    fork = shapely.union_all(
        [
            shapely.box(WEST + 0.005, SOUTH - 0.01, WEST + 0.01, SOUTH + 0.01),
            shapely.box(WEST + 0.02, SOUTH - 0.01, WEST + 0.025, SOUTH + 0.01),
            shapely.box(WEST + 0.005, SOUTH + 0.005, WEST + 0.025, SOUTH + 0.01),
        ]
    )
    found = world.select(fork)
    expected = area(shapely.box(0.0, SOUTH, 0.01, SOUTH + 0.002))
    assert found.inside_m2 == pytest.approx(expected, rel=1e-4)


def test_a_parcel_that_crosses_itself_stops_nobody(tmp_path):
    bow = shapely.Polygon(
        [(WEST, SOUTH), (WEST + 0.002, SOUTH + 0.002), (WEST + 0.002, SOUTH), (WEST, SOUTH + 0.002)]
    )
    world = World(tmp_path, [bow, square(WEST + 0.001, SOUTH)])
    told = world.browser.get(
        "select", shape=box(WEST + 0.0005, SOUTH - 0.01, WEST + 0.0015, SOUTH + 0.01)
    )
    assert told.status == 200
    assert told.json["count"] == 2


@pytest.mark.parametrize(
    "shape",
    [
        box(115.805, 28.603, 115.812, 28.615),
        ring((115.8, 28.6), (115.82, 28.602), (115.806, 28.608), (115.812, 28.621)),
        "circle:115.81,28.61,700",
        "circle:116.2,27.5,150000",
        box(113, 24, 119, 31),
    ],
)
def test_selections_against_shapely(tmp_path_factory, shape):
    root = tmp_path_factory.mktemp("store")
    version = committed(root, province())
    frame = Store(root).read(version, EVERYBODY)
    drawn = shape_of(shape)
    shapes = frame.geometry.to_numpy()
    cut = ellipsoidal_areas(shapely.intersection(shapes, drawn))
    told = Browser(root, version).get("select", shape=shape, unit="mu").json
    hit = cut > 0.5
    assert told["count"] == hit.sum() > 0
    assert sum(int(row[2]) for row in told["status"]) == told["count"]
    assert int(told["whole"]) == shapely.contains_properly(drawn, shapes).sum()
    listed = [row["id"] for row in told["rows"]]
    largest = frame[hit].sort_values("area_ellipsoidal_m2", ascending=False)["parcel_id"]
    assert listed == largest.tolist()[:LISTED]
    assert float(told["shape"].replace(",", "")) == pytest.approx(area(drawn) * 0.0015, abs=0.06)
    total = frame.loc[hit, "area_ellipsoidal_m2"].sum()
    assert float(told["area"].replace(",", "")) == pytest.approx(total * 0.0015, abs=0.06)


def test_a_selection_of_nothing(line):
    told = line.browser.get("select", shape=box(100, 20, 101, 21)).json
    assert (told["count"], told["rows"], told["status"]) == (0, [], [])
    text = line.browser.get("select.csv", shape=box(100, 20, 101, 21)).body.decode("utf-8-sig")
    assert len(text.splitlines()) == 1


def test_filters_hold_in_selections(line):
    whole = box(115, 28, 117, 30)
    assert line.browser.get("select", shape=whole, q="P3").json["count"] == 1
    assert line.browser.get("select", shape=whole, status="completed").json["count"] == 0


# ---- the file


def table_of(answer):
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))


def test_the_file_holds_every_row_though_the_list_does_not(tmp_path):
    n = LISTED + 7
    world = World(tmp_path, [square(WEST + 0.0001 * k, SOUTH, 0.00005) for k in range(n)])
    whole = box(115, 28, 117, 30)
    assert len(world.browser.get("select", shape=whole).json["rows"]) == LISTED
    answer = world.browser.get("select.csv", shape=whole, lang="en")
    head, *rows = table_of(answer)
    assert sorted(row[0] for row in rows) == sorted(f"P{k}" for k in range(n))
    assert head[0] == "Parcel ID"
    assert {row[-1] for row in rows} == {rows[0][-1]} != {""}
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="land-v1-selection.csv"' in answer.headers["content-disposition"]


def test_no_cell_of_the_file_is_a_formula(tmp_path):
    evil = ["=1+1", "+1", "-1", "@x", "\t=1", "plain"]
    world = World(tmp_path, [square(WEST + 0.002 * k, SOUTH) for k in range(6)], holder=evil)
    head, *rows = table_of(world.browser.get("select.csv", shape=box(115, 28, 117, 30)))
    holders = [row[head.index("使用权人")] for row in rows]
    assert sorted(holders) == sorted("'" + text if text != "plain" else text for text in evil)


@pytest.mark.parametrize("demonstration", [True, False])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_invented_rows_are_marked_in_the_file(tmp_path, demonstration, lang):
    store = Store(tmp_path)
    rows = conform(parcels_of([square(WEST, SOUTH)]))
    version = store.commit(
        "演示", rows, kind="parcels", viewer=EVERYBODY, reason="r", demonstration=demonstration
    )
    answer = Browser(tmp_path, version).get("select.csv", shape=box(115, 28, 117, 30), lang=lang)
    assert answer.status == 200
    assert len(table_of(answer)) == 2 + demonstration
    assert answer.headers["content-disposition"].isascii()


# ---- a place


def test_the_parcel_at_a_place(tmp_path):
    pierced = shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01).difference(
        shapely.box(WEST + 0.003, SOUTH + 0.003, WEST + 0.007, SOUTH + 0.007)
    )
    world = World(tmp_path, [pierced, square(WEST + 0.02, SOUTH)])

    def at(lon, lat, **query):
        row = world.browser.get("at", lon=lon, lat=lat, **query).json["row"]
        return None if row is None else world.frame["parcel_id"][row]

    assert at(WEST + 0.001, SOUTH + 0.001) == "P0"
    assert at(WEST + 0.005, SOUTH + 0.005) is None
    assert at(WEST + 0.0205, SOUTH + 0.0005) == "P1"
    assert at(WEST + 0.0205, SOUTH + 0.0005, q="P0") is None
    assert at(WEST + 0.015, SOUTH + 0.0005) is None
