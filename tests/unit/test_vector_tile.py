"""Vector tiles: two other readers find what was written, and nothing small vanishes.

One is written from the specification (``tests/mvt.py``), the other is GDAL.
"""

from __future__ import annotations

import struct

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.mercator import EXTENT, WholeRings
from geo.protobuf import field, varint, varint_bytes, varint_sizes, zigzag
from geo.rings import rings_of
from geo.tile_shapes import BUFFER
from geo.vector_tile import Attribute, points_layer, polygons_layer, squares, tile
from tests.mvt import doubled_area, read

FAR = 2 * EXTENT


def whole(*shapes):
    flat = rings_of(np.array([*shapes, None], dtype=object)[:-1]).by_owner()
    return WholeRings(np.rint(flat.xy).astype(np.int64), flat.start, flat.owner, flat.hole)


def drawn(*shapes, attributes=(), ids=None):
    """Features of one layer of polygons as another reader finds them."""
    numbers = np.arange(len(shapes)) if ids is None else ids
    layer = polygons_layer("p", whole(*shapes), np.array(numbers, dtype=np.uint64), attributes)
    return read(tile([layer]))["p"].features if layer else []


def shape_of(feature):
    parts = [shapely.Polygon(outer, inner) for outer, *inner in feature.polygons()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


numbers = st.integers(-EXTENT, FAR)
far = st.one_of(numbers, st.integers(-(2**33), 2**33))


@st.composite
def polygons(draw):
    """A rectangle with up to two rectangular holes, either way round, with repeated vertices."""
    w, n = draw(st.integers(-EXTENT, FAR - 60)), draw(st.integers(-EXTENT, FAR - 60))
    width, height = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    outer = shapely.box(w, n, w + width, n + height).exterior.coords[:]
    holes = []
    if width > 20 and height > 20:
        for i in range(draw(st.integers(0, 2))):
            side = draw(st.integers(0, 6))
            x, y = w + 2 + 9 * i, n + draw(st.integers(1, 10))
            holes.append(shapely.box(x, y, x + side, y + side).exterior.coords[:])
    turned = [ring[::-1] if draw(st.booleans()) else ring for ring in (outer, *holes)]
    stuttering = [[v for v in ring for _ in range(draw(st.integers(1, 2)))] for ring in turned]
    return shapely.Polygon(stuttering[0], stuttering[1:])


@settings(max_examples=150)
@given(st.lists(polygons(), min_size=1, max_size=8))
def test_the_reference_reader_finds_the_same_polygons(shapes):
    found = drawn(*shapes)
    assert [f.id for f in found] == list(range(len(shapes)))
    for feature, given_shape in zip(found, shapes, strict=True):
        west, north, east, south = given_shape.bounds
        if given_shape.area == 0:
            x, y = (west + east) // 2, (north + south) // 2
            assert shape_of(feature).equals(shapely.box(x, y, x + 1, y + 1))
            continue
        holes = [r for r in given_shape.interiors if shapely.Polygon(r).area]
        expected = shapely.Polygon(given_shape.exterior, holes)
        assert shape_of(feature).equals(expected)
        assert len(feature.polygons()) == 1
        assert feature.kind == "Polygon"


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=20))
def test_any_ring_keeps_its_area_or_is_a_speck(quads):
    """Rings may cross themselves: their vertices are drawn as they are."""
    xy = np.array(quads, dtype=np.int64).reshape(-1, 2)
    rings = WholeRings(
        np.vstack([xy, xy[:1]]), np.array([0, len(xy) + 1]), np.array([0]), np.array([False])
    )
    layer = polygons_layer("p", rings, np.array([7], dtype=np.uint64))
    ((ring,),) = [f.paths for f in read(tile([layer]))["p"].features]
    area = abs(doubled_area(xy.tolist()))
    assert len(ring) == 4 or area
    assert doubled_area(ring) == (area or 2)
    assert all(a != b for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def test_parts_stay_one_feature_and_the_pen_moves_on_between_rings():
    pierced = shapely.box(100, 100, 200, 200) - shapely.box(120, 120, 130, 130)
    small = shapely.box(0, 0, 10, 10), shapely.box(300, 0, 310, 9)
    several = shapely.MultiPolygon([small[0], pierced, small[1]])
    (feature,) = drawn(several)
    assert len(feature.polygons()) == 3
    assert shape_of(feature).equals(several)


def test_a_part_that_collapses_is_left_out_while_another_is_there():
    line = shapely.Polygon([(50, 0), (60, 0), (55, 0)])
    (feature,) = drawn(shapely.MultiPolygon([line, shapely.box(0, 0, 10, 10)]))
    assert shape_of(feature).equals(shapely.box(0, 0, 10, 10))


def test_inner_rings_go_with_their_outer_one_and_never_take_all_of_it():
    line = shapely.Polygon([(0, 0), (60, 0), (30, 0)], [[(1, 1), (3, 1), (3, 3)]])
    (speck,) = drawn(line)
    assert shape_of(speck).equals(shapely.box(30, 1, 31, 2))
    square = [(0, 0), (2, 0), (2, 2), (0, 2)]
    (full,) = drawn(shapely.Polygon(square, [square[::-1]]))
    assert shape_of(full).equals(shapely.box(0, 0, 2, 2))


def test_a_row_without_rings_is_left_out_and_the_others_keep_their_ids_and_attributes():
    kinds = Attribute("kind", ["a", "b", "c"], np.array([2, 1, 0], dtype=np.uint8))
    box = shapely.box(0, 0, 10, 10)
    found = drawn(box, None, box, attributes=[kinds], ids=[2**53, 5, 0])
    assert [(f.id, f.properties) for f in found] == [
        (2**53, {"kind": "c"}), (0, {"kind": "a"}),
    ]  # fmt: skip


@pytest.mark.parametrize(("reach", "cut"), [(FAR, False), (FAR + 1, True)])
def test_what_reaches_further_than_a_tile_beyond_is_cut(reach, cut):
    ring = shapely.box(10, 20, reach, 30), shapely.box(10, EXTENT - reach, 20, 30)
    east, north = (shape_of(f).bounds for f in drawn(*ring))
    edge = EXTENT + BUFFER
    assert east == (10, 20, edge if cut else reach, 30)
    assert north == (10, -BUFFER if cut else EXTENT - reach, 20, 30)


def test_cutting_keeps_holes_parts_ids_and_neighbours():
    wide = shapely.box(-(10**9), -(10**9), 10**9, 10**9) - shapely.box(100, 100, 200, 200)
    teeth = [shapely.box(0, at, 10**6, at + 10) for at in (0, 40)]
    comb = shapely.MultiPolygon([*teeth, shapely.box(9_000, 60, 9_001, 69)])
    away = shapely.box(9_000, 0, 9_100, 10)
    plain = shapely.box(5, 5, 9, 9)
    found = drawn(plain, wide, away, comb, plain)
    assert [f.id for f in found] == [0, 1, 3, 4]
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for feature, expected in zip(found, (plain, wide, comb, plain), strict=True):
        assert shape_of(feature).equals(shapely.intersection(expected, window))


def test_a_far_shape_that_rounding_has_left_without_width_stays_as_a_speck():
    road = shapely.Polygon([(-(10**5), 100), (10**5, 100), (0, 100)])
    crossing, elsewhere = drawn(road, shapely.box(0, 0, 9, 9))
    assert shape_of(crossing).equals(shapely.box(EXTENT // 2, 100, EXTENT // 2 + 1, 101))
    assert elsewhere.id == 1
    assert drawn(shapely.Polygon([(9_000, 0), (9_000, 100), (9_000, 50)])) == []


def test_a_far_ring_that_crosses_itself_is_cut_too():
    bow = shapely.Polygon([(0, 0), (10**5, 1_000), (10**5, 0), (0, 1_000)])
    (feature,) = drawn(bow)
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    expected = shapely.intersection(shapely.make_valid(bow), window).area
    assert shape_of(feature).area == pytest.approx(expected, rel=1e-3)


@settings(max_examples=60)
@given(st.lists(st.tuples(far, far), min_size=3, max_size=9), st.lists(polygons(), max_size=3))
def test_what_is_left_of_any_far_ring_lies_where_it_lay(ring, others):
    """Vertices of a cut are rounded, so an edge may move by a unit and a sliver may go."""
    given_shapes = [shapely.Polygon(ring), *others]
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    wide = shapely.box(-FAR, -FAR, 2 * FAR, 2 * FAR)
    reaches = max(max(abs(x), abs(y)) for x, y in ring) > FAR
    found = {f.id: f for f in drawn(*given_shapes)}
    assert set(found) >= set(range(1, len(given_shapes)))
    if not reaches:
        return
    there = shapely.make_valid(given_shapes[0])
    expected = shapely.intersection(there, window)
    assert (0 in found) == (not expected.is_empty)
    if expected.is_empty:
        return
    left = shapely.make_valid(shape_of(found[0]))
    assert wide.contains(left)
    if expected.area == 0:
        assert left.area == 1
        return
    beyond = shapely.difference(left, shapely.buffer(expected, 2))
    within = shapely.buffer(expected, -2)
    assert beyond.area == pytest.approx(0, abs=1e-3)
    assert shapely.difference(within, left).area == pytest.approx(0, abs=1e-3)


def test_every_kind_of_value_comes_back_and_none_is_absent():
    values = ["赣园", "", True, False, 0, -1, 2**40, -(2**40), 1.5, -0.25, None, 1]
    codes = np.arange(len(values), dtype=np.uint16)
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(len(values))]
    other = Attribute("other", [None, "x"], (codes % 2).astype(np.int64))
    found = drawn(*boxes, attributes=[Attribute("键", values, codes), other])
    for i, (feature, value) in enumerate(zip(found, values, strict=True)):
        expected = {} if value is None else {"键": value}
        expected |= {"other": "x"} if i % 2 else {}
        assert feature.properties == expected
        assert all(type(feature.properties[k]) is type(v) for k, v in expected.items())


def test_values_are_written_once_and_only_where_they_are_used():
    codes = np.array([3, 1, 3], dtype=np.uint8)
    attributes = [Attribute("a", list("wxyz"), codes), Attribute("b", list("zxzz"), codes)]
    boxes = whole(*[shapely.box(i, 0, i + 1, 1) for i in range(3)])
    layer = polygons_layer("p", boxes, np.arange(3, dtype=np.uint64), attributes)
    found = read(tile([layer]))["p"]
    assert found.values == ["x", "z", "x", "z"]
    assert found.keys == ["a", "b"]
    assert (found.version, found.extent) == (2, EXTENT)


@given(st.lists(st.integers(-(2**63), 2**64 - 1), min_size=1, unique=True))
def test_whole_numbers_of_any_size_come_back(values):
    """Those of 64 bits with a sign are written together, others one by one."""
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(len(values))]
    codes = np.arange(len(values))
    mixed = Attribute("mixed", [*values[1:], None], codes)
    found = drawn(*boxes, attributes=[Attribute("n", values, codes), mixed])
    assert [f.properties["n"] for f in found] == values
    assert [f.properties.get("mixed") for f in found] == [*values[1:], None]


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40))
def test_points_come_back(places):
    xy = np.array(places, dtype=np.int64)
    kinds = Attribute("n", list(range(len(places))), np.arange(len(places)))
    layer = points_layer("c", xy, np.arange(len(places), dtype=np.uint64), [kinds])
    found = read(tile([layer]))["c"].features
    assert [f.paths for f in found] == [[[place]] for place in places]
    assert [f.properties["n"] for f in found] == list(range(len(places)))
    assert {f.kind for f in found} == {"Point"}


def test_squares_are_drawn_as_they_are():
    layer = polygons_layer(
        "s", squares(np.array([[0, 0], [128, 256]]), 128), np.array([0, 1], dtype=np.uint64)
    )
    found = read(tile([layer]))["s"].features
    assert shape_of(found[0]).equals(shapely.box(0, 0, 128, 128))
    assert shape_of(found[1]).equals(shapely.box(128, 256, 256, 384))


def test_layers_stand_side_by_side_and_empty_ones_are_left_out():
    nobody = np.zeros(0, dtype=np.uint64)
    empty = polygons_layer("none", whole(None), np.zeros(1, dtype=np.uint64))
    points = points_layer("points", np.array([[1, 2]]), np.array([4], dtype=np.uint64))
    assert empty == points_layer("none", np.zeros((0, 2), dtype=np.int64), nobody) == b""
    assert tile([empty]) == b""
    square = polygons_layer("area", whole(shapely.box(0, 0, 1, 1)), np.zeros(1, dtype=np.uint64))
    assert list(read(tile([empty, points, square]))) == ["points", "area"]


def test_gdal_reads_the_same(tmp_path):
    rng = np.random.default_rng(3)
    corner = rng.integers(0, EXTENT - 50, (200, 2))
    boxes = [
        shapely.box(x, y, x + 40, y + 30) - shapely.box(x + 5, y + 5, x + 9, y + 9)
        for x, y in corner.tolist()
    ]
    boxes[7] = shapely.MultiPolygon([boxes[7], shapely.box(4088, 4088, 4096, 4096)])
    kinds = Attribute("kind", ["工业", "居住", None], rng.integers(0, 3, 200))
    layer = polygons_layer("parcels", whole(*boxes), np.arange(200, dtype=np.uint64), [kinds])
    path = tmp_path / "one.pbf"
    path.write_bytes(tile([layer]))
    frame = pyogrio.read_dataframe(path, layer="parcels")
    names = [kinds.values[i] for i in kinds.codes.tolist()]
    assert frame["kind"].isna().tolist() == [name is None for name in names]
    assert frame["kind"].dropna().tolist() == [name for name in names if name is not None]
    assert frame["mvt_id"].tolist() == list(range(200))
    # GDAL counts y northwards from the lower edge of the tile.
    shapes = frame.geometry.to_numpy()
    turned = shapely.transform(shapes, lambda xy: np.c_[xy[:, 0], EXTENT - xy[:, 1]])
    assert shapely.equals(shapely.normalize(turned), shapely.normalize(np.array(boxes))).all()


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_varints_of_an_array_are_those_of_its_numbers(values):
    words = np.array(values, dtype=np.uint64)
    single = [varint(value) for value in values]
    assert varint_bytes(words) == b"".join(single)
    assert varint_sizes(words).tolist() == [len(one) for one in single]


@pytest.mark.parametrize(
    ("value", "size"), [(0, 1), (127, 1), (128, 2), (2**14 - 1, 2), (2**14, 3), (2**63, 10)]
)
def test_a_varint_has_seven_bits_a_byte(value, size):
    encoded = varint(value)
    assert len(encoded) == size
    assert sum((byte & 127) << (7 * i) for i, byte in enumerate(encoded)) == value


def test_zigzag_folds_the_signs():
    given_values = np.array([0, -1, 1, -2, 2**62, -(2**63)], dtype=np.int64)
    assert zigzag(given_values).tolist() == [0, 1, 2, 3, 2**63, 2**64 - 1]


def test_fields_of_three_kinds():
    assert field(2, b"ab") == b"\x12\x02ab"
    assert field(15, 300) == b"\x78\xac\x02"
    assert field(3, 0.5) == b"\x19" + struct.pack("<d", 0.5)
