"""GeoJSON, KML and DXF: parsers of our own, with GDAL as the second opinion."""

from __future__ import annotations

import contextlib
import json
import math
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import RefusedError
from ingest.readers.curves import arc
from ingest.source import LayerChoice
from scripts.build_samples import parcels
from tests.readers_world import codes, loaded, opened, refusal, rows_of, zipped

NORTH = parcels(code="360121", east=39_391_000.0, north=3_158_500.0).set_crs(4527)
DEGREES = NORTH.to_crs(4490)


def collection(features: list, **members: object) -> bytes:
    return json.dumps(
        {"type": "FeatureCollection", "features": features, **members}, ensure_ascii=False
    ).encode()


def feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]]}


def as_text(values: pd.Series) -> list[str]:
    return ["" if pd.isna(v) else str(v).removesuffix(".0") for v in values]


def test_geojson_equals_gdal(tmp_path):
    text = DEGREES.to_json(drop_id=True, ensure_ascii=False)
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    expected = pyogrio.read_dataframe(path)
    source, chunk = opened(text.encode())
    assert source.names == tuple(expected.columns[:-1])
    for name in source.names:
        assert as_text(chunk.fields[name]) == as_text(expected[name])
    assert shapely.equals(chunk.geometries, expected.geometry.to_numpy()).all()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_geojson_in_any_encoding(codec: str):
    text = DEGREES.to_json(drop_id=True, ensure_ascii=False)
    source, chunk = opened(text.encode(codec))
    assert chunk.fields["项目名称"].iloc[0] == "电子信息产业园"
    assert source.declared.epsg == 4490


@pytest.mark.parametrize(
    ("crs", "epsg"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}, 4527),
        ({"type": "name", "properties": {"name": "EPSG:4490"}}, 4490),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, 4326),
        ({"type": "link", "properties": {"href": "http://127.0.0.1/x"}}, None),
        (None, 4326),
    ],
)
def test_geojson_states_its_system(crs: object, epsg: int | None):
    members = {} if crs is None else {"crs": crs}
    source, _ = opened(collection([feature(SQUARE)], **members))
    assert source.declared.epsg == epsg
    assert source.declared.unreadable == (epsg is None)


def test_geojson_in_metres_without_a_statement_states_nothing():
    far = {"type": "Polygon", "coordinates": [[[39391000, 3158500], [39391009, 3158500], [1, 1]]]}
    source, _ = opened(collection([feature(far)]))
    assert source.declared.epsg is None


def test_every_feature_is_a_row_whatever_it_holds():
    features = [
        feature(SQUARE, a=1),
        feature(None, a="2"),
        feature({"type": "Polygon", "coordinates": [[[0, 0], [1, "x"], [1, 1]]]}),
        feature({"type": "Polygon", "coordinates": [[[0, 0], [1, math.nan], [1, 1], [0, 0]]]}),
        "not a feature",
        feature({"type": "Point", "coordinates": [1, 2]}, a={"deep": [1]}),
        feature({"type": "Elsewhere"}, b=True),
        feature({"type": "Polygon", "coordinates": [[[0, 0, 5], [0, 9, 5], [9, 9, 5], [0, 0, 5]]]}),
    ]
    source, chunk = opened(collection(features))
    assert source.rows == 8
    assert chunk.faults.tolist() == [
        *("", "", "GEO-003", "VEC-001", "GEO-003", "", "GEO-003", ""),
    ]
    assert chunk.fields["a"].tolist()[:2] == ["1", "2"]
    assert chunk.fields["a"][5] == '{"deep": [1]}'
    assert "GEO-008" in codes(source, chunk)


def test_long_numbers_in_json_are_names():
    _, chunk = opened(collection([feature(SQUARE, dkbh=36012120240010001234, n=7)]))
    assert chunk.fields["dkbh"].tolist() == ["36012120240010001234"]
    assert chunk.fields["n"].tolist() == [7.0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"type": "FeatureCollection", "features": [', "VEC-007"),
        (b'{"type": "Feature", "x": ' + b"[" * 100_000, "VEC-007"),
        (b'{"rings": [], "spatialReference": {}}', "VEC-008"),
        (b'{"type": "Topology", "objects": {}}', "VEC-008"),
        (b'{"type": "FeatureCollection", "features": []}', "FIL-010"),
    ],
)
def test_other_json_is_refused_in_words(data: bytes, code: str):
    assert refusal(data) == code


KML = """<?xml version="1.0" encoding="{encoding}"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>园区</name>
<Folder><name>地块</name>
<Placemark><name>一号</name><ExtendedData><SchemaData schemaUrl="#a">
<SimpleData name="地块编号">3601</SimpleData></SchemaData>
<Data name="用途"><value>工业用地</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
115.9,28.5,0 115.9,28.6,0 116.0,28.6,0 116.0,28.5,0 115.9,28.5,0</coordinates></LinearRing>
</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>115.92 , 28.52 115.93,28.52 115.93,28.53
115.92,28.52</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark>
<Placemark><name>二号</name><MultiGeometry>
<Polygon><outerBoundaryIs><LinearRing><coordinates>115,28,7 115,28.1,7 115.1,28.1,7 115,28,7
</coordinates></LinearRing></outerBoundaryIs></Polygon>
<Polygon><outerBoundaryIs><LinearRing><coordinates>114,28 114,28.1 114.1,28.1 114,28
</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark>
<Placemark><name>路</name><LineString><coordinates>115,28 116,29</coordinates></LineString>
</Placemark>
<Placemark><name>坏</name><Polygon><outerBoundaryIs><LinearRing><coordinates>x,y 1,2
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>空</name></Placemark>
</Folder>{extra}</Document></kml>"""


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "utf-16"])
def test_kml_gives_a_row_a_placemark(codec: str):
    source, chunk = opened(KML.format(encoding=codec, extra="").encode(codec))
    assert (source.format, source.rows, source.layer) == ("kml", 5, "地块")
    assert source.declared.epsg == 4326
    assert chunk.fields["name"].tolist() == ["一号", "二号", "路", "坏", "空"]
    assert chunk.fields["用途"].iloc[0] == "工业用地"
    assert chunk.faults.tolist() == ["", "", "", "GEO-003", ""]
    one, two = chunk.geometries[:2]
    assert one.area == pytest.approx(0.01 - 0.00005)
    assert two.geom_type == "MultiPolygon"
    assert chunk.geometries[4] is None
    assert "GEO-008" in codes(source, chunk)


def test_kml_equals_gdal(tmp_path):
    path = tmp_path / "a.kml"
    NORTH.to_crs(4326).to_file(path, driver="LIBKML", engine="pyogrio")
    _, chunk = opened(path.read_bytes())
    expected = pyogrio.read_dataframe(path).geometry.to_numpy()
    assert shapely.equals_exact(chunk.geometries, expected, tolerance=1e-12).all()
    assert chunk.fields["项目名称"].tolist() == NORTH["项目名称"].tolist()


def test_kml_layers_links_and_a_kmz():
    extra = (
        "<Folder><name>红线</name><Placemark><name>a</name></Placemark></Folder>"
        "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    )
    data = KML.format(encoding="UTF-8", extra=extra).encode()
    found = loaded(data)
    assert isinstance(found, LayerChoice)
    assert found.layers == ("地块", "红线")
    source, chunk = opened(data, layer="红线")
    assert "VEC-011" in codes(source, chunk)
    kmz = zipped({"doc.kml": KML.format(encoding="UTF-8", extra="").encode(), "files/a.png": b"x"})
    assert opened(kmz)[0].layer == "doc/地块"


DTD = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>'
LAUGH = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9))
    + "]><kml><name>&j;</name></kml>"
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
@pytest.mark.parametrize("text", [DTD, LAUGH])
def test_a_document_type_stops_the_parser(text: str, codec: str):
    assert refusal(text.encode(codec)) == "VEC-010"


def test_damaged_kml():
    assert refusal(b"<kml><Document><Placemark>") == "VEC-009"
    assert refusal(b"<kml>" + b"<Folder>" * 500) == "VEC-009"
    assert refusal(b"<kml></kml>") == "FIL-010"
    assert refusal(b"<gml:FeatureCollection xmlns:gml='x'/>") == "FIL-018"


def dxf(*entities: str, header: str = "") -> bytes:
    body = "".join(entities)
    text = f"0\nSECTION\n2\nHEADER\n{header}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{body}"
    return f"{text}0\nENDSEC\n0\nEOF\n".encode("gbk")


def light(points: list[tuple[float, ...]], *, closed: bool = True, layer: str = "JZD") -> str:
    text = f"0\nLWPOLYLINE\n5\nA1\n8\n{layer}\n90\n{len(points)}\n70\n{int(closed)}\n"
    for x, y, *bulge in points:
        text += f"10\n{x}\n20\n{y}\n" + (f"42\n{bulge[0]}\n" if bulge else "")
    return text


def old(points: list[tuple[float, float]], *, flags: int = 1, layer: str = "JZD") -> str:
    text = f"0\nPOLYLINE\n8\n{layer}\n66\n1\n70\n{flags}\n10\n0\n20\n0\n"
    text += "".join(f"0\nVERTEX\n8\n{layer}\n10\n{x}\n20\n{y}\n" for x, y in points)
    return text + "0\nSEQEND\n"


BOX = [(0, 0), (0, 100), (100, 100), (100, 0)]


def moved(dx: float) -> list[tuple[float, float]]:
    return [(x + dx, y) for x, y in BOX]


def test_dxf_closed_polylines_are_rows_and_open_ones_faults():
    data = dxf(
        light(BOX),
        old(moved(200)),
        light([*moved(400), (400, 0.0004)], closed=False),
        light(moved(600), closed=False),
        "0\nTEXT\n8\n注记\n10\n50\n20\n50\n1\n示范地块\n",
        "0\nMTEXT\n8\n注记\n10\n250\n20\n50\n1\n{\\\\fSimSun|b0;二号\\U+5730块}\n".replace(
            "\\\\", "\\"
        ),
        "0\nHATCH\n8\nx\n0\nHATCH\n8\nx\n0\nLINE\n8\nx\n",
    )
    source, chunk = opened(data)
    assert (source.format, source.rows, source.layer) == ("dxf", 4, "JZD")
    assert chunk.faults.tolist() == ["", "", "", "VEC-012"]
    assert rows_of(chunk, "VEC-012") == [4]
    assert [g.area for g in chunk.geometries[:2]] == [10_000, 10_000]
    assert chunk.geometries[2].area == pytest.approx(10_000, abs=1)
    assert chunk.geometries[3].geom_type == "LineString"
    assert chunk.fields["文字"].tolist()[:2] == ["示范地块", "二号地块"]
    assert {"VEC-013", "VEC-014"} <= codes(source, chunk)


def test_a_text_names_the_smallest_polygon_around_it():
    inner = [(40, 40), (40, 60), (60, 60), (60, 40)]
    data = dxf(light(BOX), light(inner), "0\nTEXT\n8\nx\n10\n50\n20\n50\n1\nA-1\n")
    _, chunk = opened(data)
    assert chunk.fields["文字"].fillna("").tolist() == ["", "A-1"]


def test_bulges_are_arcs_within_a_centimetre():
    circle = [(100.0, 0.0, 1.0), (-100.0, 0.0, 1.0)]
    half = [(0.0, 0.0, -1.0), (200.0, 0.0), (200.0, -50.0), (0.0, -50.0)]
    _, chunk = opened(dxf(light([*circle, (100.0, 0.0)], closed=False), light(half)))
    full, upper = chunk.geometries
    assert full.area == pytest.approx(math.pi * 100**2, rel=3e-4)
    edges = shapely.get_coordinates(full)
    assert (100 - np.hypot(*((edges[1:] + edges[:-1]) / 2).T)).max() <= 0.0101
    assert upper.area == pytest.approx(200 * 50 + math.pi * 100**2 / 2, rel=3e-4)
    assert upper.bounds[3] == pytest.approx(100, abs=0.02)


@given(
    st.floats(-3, 3), st.floats(0.01, 6.2), st.floats(0.1, 0.9), st.floats(0.5, 5000),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_arc_stays_within_its_tolerance(first: float, sweep: float, at: float, radius: float):
    centre = np.array([39_391_000.0, 3_158_500.0])
    ends = [first, first + sweep * at, first + sweep]
    a, b, c = (centre + radius * np.array([math.cos(t), math.sin(t)]) for t in ends)
    points = np.vstack([a, arc(a, b, c)])
    middles = (points[1:] + points[:-1]) / 2
    for xy in (points, middles):
        assert np.abs(np.hypot(*(xy - centre).T) - radius).max() <= 0.0101 + radius * 1e-5
    turned = shapely.LineString(points).length
    assert turned == pytest.approx(radius * sweep, rel=2e-2, abs=0.05)


def test_dxf_equals_gdal(tmp_path):
    path = tmp_path / "a.dxf"
    lines = gpd.GeoDataFrame({"Layer": ["JZD"] * 12}, geometry=NORTH.exterior)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines.to_file(path, driver="DXF", engine="pyogrio")
        expected = pyogrio.read_dataframe(path)
    _, chunk = opened(path.read_bytes())
    theirs = np.array([shapely.Polygon(line) for line in expected.geometry])
    assert shapely.equals_exact(
        shapely.normalize(chunk.geometries), shapely.normalize(theirs), tolerance=1e-6
    ).all()


def test_cad_layers_wait_for_a_choice_and_mirrored_ones_are_turned():
    mirrored = light(BOX, layer="红线") + "210\n0\n220\n0\n230\n-1\n"
    data = dxf(light(BOX), mirrored)
    found = loaded(data)
    assert isinstance(found, LayerChoice)
    assert found.layers == ("JZD", "红线")
    _, chunk = opened(data, layer="红线")
    assert chunk.geometries[0].bounds == (-100, 0, 0, 100)


def test_dxf_extended_data_and_broken_numbers():
    extended = light(BOX) + "1001\nSOUTH\n1000\n300000\n1000\n3601-001\n"
    source, chunk = opened(dxf(extended, light([*moved(200)[:3], ("x", 1)])))
    assert chunk.fields["扩展数据2"].iloc[0] == "3601-001"
    assert chunk.faults.tolist() == ["", "VEC-001"]
    assert source.rows == 2


@pytest.mark.parametrize("flags", ["x", "nan", "inf", "1e400", ""])
def test_dxf_flags_that_are_no_number_close_nothing(flags: str):
    broken = light(moved(200)).replace("70\n1\n", f"70\n{flags}\n")
    _, chunk = opened(dxf(light(BOX), broken))
    assert chunk.faults.tolist() == ["", "VEC-012"]


def test_dxf_that_is_none():
    assert refusal(dxf(light(BOX, closed=False))) == "VEC-015"
    assert refusal(dxf(old(BOX, flags=16))) == "VEC-015"
    assert refusal(dxf("0\nLWPOLYLINE\nnot a code\n")) == "VEC-016"


@given(st.text(alphabet='0123456789.-{}[]",:eE \ntypeFatursPolgndiCxy', max_size=300))
@settings(max_examples=120, deadline=None)
def test_any_json_is_rows_or_a_refusal(tail: str):
    start = '{"type": "FeatureCollection", "features": ['
    with contextlib.suppress(RefusedError):
        opened((start + tail).encode())
    with contextlib.suppress(RefusedError):
        opened((start + tail + "]}").encode())


@given(
    st.lists(st.tuples(st.integers(0, 1500), st.sampled_from(list("<>/&;\"' \n0a.,"))), max_size=8)
)
@settings(max_examples=120, deadline=None)
def test_any_damage_of_a_kml_gives_rows_or_a_refusal(edits: list[tuple[int, str]]):
    text = list(KML.format(encoding="UTF-8", extra=""))
    for at, value in edits:
        text[at % len(text)] = value
    with contextlib.suppress(RefusedError):
        opened("".join(text).encode(), layer="地块")


DRAWING = dxf(light([(0, 0, 1), *BOX]), old(BOX), "0\nTEXT\n10\n5\n20\n5\n1\nx\n").decode("gbk")


@given(
    st.lists(st.tuples(st.integers(0, 200), st.text("0123456789.-e\nA", max_size=6)), max_size=6)
)
@settings(max_examples=120, deadline=None)
def test_any_damage_of_a_drawing_gives_rows_or_a_refusal(edits: list[tuple[int, str]]):
    lines = DRAWING.split("\n")
    for at, value in edits:
        lines[10 + at % (len(lines) - 10)] = value
    with contextlib.suppress(RefusedError):
        opened("\n".join(lines).encode(), layer="JZD")
