"""Written boundary points read back as what was written, byte for byte the second time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.formats import boundary_points as bp
from geo.formats.boundary_points_writer import PointWriter, encode, write
from scripts.build_samples import BOUNDARY_POINTS as SAMPLE

HEADER = {"坐标系": "2000国家大地坐标系", "带号": "39", "转换参数": ",,,,,,"}
EAST, NORTH = 39_391_000.0, 3_157_000.0


def tiny_reader(text):
    """Parcels of a text as (attributes, rings of (northing, easting) in millimetres), by hand."""
    parcels = []
    for line in text.split("[地块坐标]\n")[1].splitlines():
        if line.endswith(",@"):
            parcels.append((line[:-2].split(","), {}))
            continue
        _name, ring, north, east = line.split(",")
        point = (int(north.replace(".", "")), int(east.replace(".", "")))
        parcels[-1][1].setdefault(ring, []).append(point)
    return parcels


def parcel(geometry, **values):
    given = {"row": 1, "line": 1, "parcel_id": "DK-1", "name": "示例地块"} | values
    return bp.PointParcel(geometry=geometry, **given)


def content(parcels):
    """What a round trip must keep: everything but the line on which a parcel starts."""
    return [
        (p.row, p.parcel_id, p.name, p.use, p.land_class, p.sheet, p.area_stated, p.geometry)
        for p in parcels
    ]


def square(x, y, size, hole=0.0):
    ring = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    gap = (size - hole) / 2
    inner = [(x + gap, y + gap), (x + gap + hole, y + gap), (x + gap, y + gap + hole)]
    return shapely.Polygon(ring, [inner] if hole else [])


def test_the_sample_survives_with_geometry_and_attributes():
    found = bp.parse(SAMPLE)
    text = write(found.parcels, found.header)
    again = bp.parse(text)
    assert again.header == found.header
    assert again.notes == ()
    for before, after in zip(found.parcels, again.parcels, strict=True):
        assert content([before])[0][:-1] == content([after])[0][:-1]
        assert before.geometry.normalize() == after.geometry.normalize()
    assert write(again.parcels, again.header) == text


def test_the_sample_was_written_by_our_rules():
    assert write(bp.parse(SAMPLE).parcels, bp.parse(SAMPLE).header) == SAMPLE


def test_rings_start_north_west_and_run_clockwise_with_continuous_numbers():
    found = bp.parse(SAMPLE)
    turned = [shapely.reverse(p.geometry) for p in found.parcels]
    again = [parcel(g, row=i) for i, g in enumerate(turned, start=1)]
    lines = [line.split(",") for line in write(again, HEADER).splitlines()]
    points = [line for line in lines if line[0].startswith("J")]
    assert points[0][0] == points[6][0] == "J1"
    assert (points[0][2], points[0][3]) == ("3157642.318", "39391214.506")
    assert [p[1] for p in points[:12]] == ["1"] * 7 + ["2"] * 5
    names = [int(p[0][1:]) for p in points]
    assert names == [*range(1, 7), 1, *range(7, 11), 7, *range(11, 16), 11]
    outer = shapely.LinearRing([(float(x), float(y)) for _, _, y, x in points[:7]])
    inner = shapely.LinearRing([(float(x), float(y)) for _, _, y, x in points[7:12]])
    assert not outer.is_ccw
    assert inner.is_ccw


def test_all_parts_of_a_parcel_are_written_each_with_its_holes():
    shape = shapely.MultiPolygon([square(EAST, NORTH, 100, 20), square(EAST + 300, NORTH, 50, 10)])
    text = write([parcel(shape)], HEADER)
    ((attributes, rings),) = tiny_reader(text)
    assert attributes[0] == "14"
    assert list(rings) == ["1", "2", "3", "4"]
    assert bp.parse(text).parcels[0].geometry.normalize() == shape.normalize()


def test_an_island_in_a_hole_stays_a_part():
    lake = shapely.box(EAST, NORTH, EAST + 100, NORTH + 100).difference(
        shapely.box(EAST + 20, NORTH + 20, EAST + 80, NORTH + 80)
    )
    shape = lake.union(shapely.box(EAST + 40, NORTH + 40, EAST + 60, NORTH + 60))
    again = bp.parse(write([parcel(shape)], HEADER)).parcels[0].geometry
    assert again.area == pytest.approx(shape.area)
    assert again.geom_type == "MultiPolygon"


def test_a_hole_that_touches_an_edge_between_its_vertices_stays_a_hole():
    slant = [(0, 0), (100, 33.3337), (100, 100), (0, 100)]
    shell = [(EAST + x, NORTH + y) for x, y in slant]
    touching = (EAST + 37.0005, NORTH + 37.0005 * 0.333337)
    hole = [touching, (EAST + 40, NORTH + 60), (EAST + 30, NORTH + 60)]
    text = write([parcel(shapely.Polygon(shell, [hole]))], HEADER)
    again = bp.parse(text).parcels
    assert len(again[0].geometry.interiors) == 1
    assert write(again, HEADER) == text


def test_a_vertex_beside_the_first_one_does_not_end_the_ring():
    ring = [(0, 100), (100, 100), (100, 0), (0, 0), (0, 99.999)]
    shape = shapely.Polygon([(EAST + x, NORTH + y) for x, y in ring])
    text = write([parcel(shape)], HEADER)
    assert len(tiny_reader(text)[0][1]["1"]) == 6
    assert bp.parse(text).parcels[0].geometry.area == pytest.approx(shape.area, abs=0.01)
    assert write(bp.parse(text).parcels, HEADER) == text


@pytest.mark.parametrize(
    ("value", "kept", "noted"),
    [
        ("工业、物流（一期），二号", "工业、物流（一期），二号", False),
        ("【甲】＝乙", "【甲】＝乙", False),
        ("a,b", "a，b", True),
        ("张三@示例", "张三＠示例", True),
        ("两\r\n行\u2028三", "两 行 三", True),
        ("\ud800坏", "?坏", True),
        ("[地块坐标]", "[地块坐标]", False),
    ],
)
def test_texts_come_back_and_what_would_part_fields_is_noted(value, kept, noted):
    writer = PointWriter()
    text = writer.head(HEADER) + writer.parcels([parcel(square(EAST, NORTH, 9), name=value)])
    assert [p.name for p in bp.parse(text).parcels] == [kept]
    assert [note.code for note in writer.notes] == (["EXP-024"] if noted else [])
    assert write(bp.parse(text).parcels, HEADER) == text


def test_header_values_cannot_open_a_parcel_or_a_section():
    header = {"数据产生单位": "甲局，乙队@示例\n[地块坐标]", "带号": "39"}
    text = write([parcel(square(EAST, NORTH, 9))], header)
    found = bp.parse(text)
    assert len(found.parcels) == 1
    assert found.header == {"数据产生单位": "甲局，乙队＠示例 [地块坐标]", "带号": "39"}
    assert write(found.parcels, found.header) == text


def test_a_parcel_without_a_number_gets_its_row():
    text = write([parcel(square(EAST, NORTH, 9), parcel_id=" ")], HEADER)
    assert bp.parse(text).parcels[0].parcel_id == "1"
    assert write(bp.parse(text).parcels, HEADER) == text


def test_what_vanishes_at_a_millimetre_is_noted():
    speck = square(EAST, NORTH, 0.0002)
    pierced = shapely.Polygon(
        square(EAST, NORTH, 50).exterior, [square(EAST + 9, NORTH + 9, 0.0001).exterior]
    )
    writer = PointWriter()
    text = writer.head(HEADER) + writer.parcels([parcel(speck), parcel(pierced, row=2)])
    assert [(n.code, n.row) for n in writer.notes] == [("EXP-025", 1), ("EXP-026", 2)]
    assert [p.geometry is None for p in bp.parse(text).parcels] == [True, False]


@pytest.mark.parametrize(("area", "shown"), [(5.31204, "5.3120"), (math.nan, ""), (math.inf, "")])
def test_areas_are_hectares_with_four_decimals_or_empty(area, shown):
    text = write([parcel(square(EAST, NORTH, 9), area_stated=area)], HEADER)
    assert tiny_reader(text)[0][0][1] == shown


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("line_end", ["crlf", "lf"])
def test_encodings_and_line_ends_give_the_same_parcels(encoding, line_end):
    text = write([parcel(square(EAST, NORTH, 9), name="㐂𠮷镇")], HEADER)
    data = encode(text, encoding=encoding, line_end=line_end)
    assert (b"\r\n" in data) == (line_end == "crlf")
    assert b"\r\r" not in data
    again = bp.parse(data.decode(encoding))
    assert write(again.parcels, again.header) == text
    assert again.parcels[0].name == "㐂𠮷镇"


def test_a_file_written_piece_by_piece_is_the_file_written_at_once():
    parcels = [parcel(square(EAST + 20 * i, NORTH, 9), row=i + 1) for i in range(7)]
    writer = PointWriter()
    pieces = [writer.parcels(parcels[:3]), writer.parcels([]), writer.parcels(parcels[3:])]
    assert writer.head(HEADER) + "".join(pieces) == write(parcels, HEADER)


WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
KEYS = st.text("坐标系带号精度abc", min_size=1, max_size=6)
OFFSET = st.floats(0, 1000, allow_nan=False)


@st.composite
def polygons(draw):
    """Star-shaped outlines with up to two holes, as surveyors' parcels are; any decimals."""
    n = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(20, 60), min_size=n, max_size=n))
    ring = [
        (r * math.cos(2 * math.pi * i / n), r * math.sin(2 * math.pi * i / n))
        for i, r in enumerate(radii)
    ]
    holes = []
    for side in range(draw(st.integers(0, 2))):
        size = draw(st.floats(0.5, 2.5))
        x = 3.0 * (side * 2 - 1)
        holes.append([(x, 0), (x + size, 0), (x + size, size), (x, size)])
    x, y = draw(OFFSET), draw(OFFSET)
    shell = [(EAST + x + a, NORTH + y + b) for a, b in ring]
    return shapely.Polygon(shell, [[(EAST + x + a, NORTH + y + b) for a, b in h] for h in holes])


@st.composite
def shapes(draw):
    one = draw(polygons())
    if draw(st.booleans()):
        far = shapely.transform(draw(polygons()), lambda xy: xy + np.array([2500.0, 0.0]))
        return shapely.MultiPolygon([one, far])
    return one


@st.composite
def files(draw):
    count = draw(st.integers(1, 4))
    return [
        parcel(
            draw(shapes()),
            row=i + 1,
            parcel_id=draw(WORDS),
            name=draw(WORDS),
            use=draw(WORDS),
            land_class=draw(WORDS),
            sheet=draw(WORDS),
            area_stated=draw(st.floats(0, 1e6) | st.just(math.nan)),
        )
        for i in range(count)
    ]


@given(files(), st.dictionaries(KEYS, WORDS, max_size=4))
def test_any_parcels_survive_and_the_second_writing_gives_the_same_bytes(parcels, header):
    text = write(parcels, header)
    once = bp.parse(text)
    again = bp.parse(write(once.parcels, once.header))
    assert write(once.parcels, once.header) == text
    assert content(once.parcels) == content(again.parcels)
    assert again.header == once.header
    for before, after in zip(parcels, once.parcels, strict=True):
        assert len(shapely.get_parts(after.geometry)) == len(shapely.get_parts(before.geometry))
        assert shapely.hausdorff_distance(before.geometry, after.geometry) < 0.001
        assert after.geometry.area == pytest.approx(before.geometry.area, abs=1.0)


@given(files())
def test_another_reader_finds_the_same_points(parcels):
    for ours, (attributes, rings) in zip(parcels, tiny_reader(write(parcels, HEADER)), strict=True):
        points = sum(len(ring) - 1 for ring in rings.values())
        assert int(attributes[0]) == points
        assert all(ring[0] == ring[-1] for ring in rings.values())
        distinct = sum(
            len(shapely.get_coordinates(shapely.set_precision(ring, 0.001, mode="pointwise"))) - 1
            for part in shapely.get_parts(ours.geometry)
            for ring in [part.exterior, *part.interiors]
        )
        assert points == distinct
