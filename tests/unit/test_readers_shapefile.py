"""Shapefiles: equal to GDAL where GDAL is right, and no row lost where it would be silent."""

from __future__ import annotations

import contextlib
import struct
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from ingest.model import RefusedError
from ingest.readers.dbf_columns import text_column
from scripts.build_samples import archive, parcels, shapefile_parts, shapefile_zip
from tests.readers_world import codes, opened, refusal, rows_of

NORTH = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
PARTS = shapefile_parts(NORTH)


def members(parts: dict[str, bytes]) -> bytes:
    return archive({f"a{s}": parts[s] for s in (".shp", ".shx", ".dbf") if s in parts})


def record(number: int, content: bytes) -> bytes:
    return struct.pack(">ii", number, len(content) // 2) + content


def polygon(rings: list[list[tuple[float, float]]], *, kind: int = 5) -> bytes:
    """Content of a polygon record with rings exactly as given."""
    points = [p for ring in rings for p in ring]
    starts = np.cumsum([0, *[len(ring) for ring in rings]])[:-1]
    xy = np.array(points, dtype="<f8").reshape(-1, 2)
    box = [*xy.min(axis=0), *xy.max(axis=0)] if len(xy) else [0.0] * 4
    content = struct.pack("<i4d2i", kind, *box, len(rings), len(points))
    content += np.array(starts, dtype="<i4").tobytes() + xy.tobytes()
    extra = struct.pack("<2d", 0, 9) + struct.pack(f"<{len(points)}d", *[9.0] * len(points))
    return content + extra * {5: 0, 15: 2, 25: 1}[kind]


def shp_of(contents: list[bytes], *, kind: int = 5) -> dict[str, bytes]:
    """A .shp and its .shx of given record contents, with a table of row numbers."""
    body, index, offset = b"", b"", 100
    for i, content in enumerate(contents, start=1):
        piece = record(i, content)
        index += struct.pack(">ii", offset // 2, len(content) // 2)
        body += piece
        offset += len(piece)
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, offset // 2)
    head += struct.pack("<2i8d", 1000, kind, *[0.0] * 8)
    shx = head[:24] + struct.pack(">i", (100 + len(index)) // 2) + head[28:]
    table = gpd.GeoDataFrame(
        {"n": range(1, len(contents) + 1)}, geometry=[shapely.box(0, 0, 1, 1)] * len(contents)
    )
    dbf = shapefile_parts(table)[".dbf"]
    return {".shp": head + body, ".shx": shx + index, ".dbf": dbf}


def by_gdal(parts: dict[str, bytes], tmp_path) -> np.ndarray:
    for suffix, data in parts.items():
        (tmp_path / f"a{suffix}").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, _, wkb, _ = pyogrio.raw.read(tmp_path / "a.shp", columns=[])
        return shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))


def ring(x: float, y: float, size: float, *, clockwise: bool = True) -> list[tuple[float, float]]:
    corners = [(x, y), (x, y + size), (x + size, y + size), (x + size, y), (x, y)]
    return corners if clockwise else corners[::-1]


RINGS = {
    "one": [ring(0, 0, 10)],
    "one, the wrong way round": [ring(0, 0, 10, clockwise=False)],
    "with a hole": [ring(0, 0, 10), ring(2, 2, 3, clockwise=False)],
    "with two holes": [
        ring(0, 0, 10),
        ring(1, 1, 3, clockwise=False),
        ring(5, 5, 3, clockwise=False),
    ],
    "hole first": [ring(2, 2, 3, clockwise=False), ring(0, 0, 10)],
    "two parts": [ring(0, 0, 10), ring(20, 0, 10)],
    "two parts, a hole in the second": [
        ring(0, 0, 10),
        ring(20, 0, 10),
        ring(22, 2, 3, clockwise=False),
    ],
    "island in a hole": [ring(0, 0, 30), ring(2, 2, 20, clockwise=False), ring(5, 5, 3)],
    "hole of the same direction": [ring(0, 0, 10), ring(2, 2, 3)],
    "parts of both directions": [ring(0, 0, 10), ring(20, 0, 10, clockwise=False)],
    "hole outside its box": [ring(0, 0, 10), ring(20, 20, 3, clockwise=False)],
    "hole across the edge": [ring(0, 0, 10), ring(8, 8, 5, clockwise=False)],
    "two holes that overlap": [
        ring(0, 0, 10),
        ring(2, 2, 4, clockwise=False),
        ring(4, 4, 4, clockwise=False),
    ],
    "bow-tie": [[(0, 0), (10, 10), (10, 0), (0, 10), (0, 0)]],
    "collapsed": [[(0, 0), (5, 5), (0, 0), (0, 0)]],
}


@pytest.mark.parametrize("kind", [5, 15, 25])
def test_every_arrangement_of_rings_reads_as_gdal_reads_it(tmp_path, kind: int):
    parts = shp_of([polygon(rings, kind=kind) for rings in RINGS.values()], kind=kind)
    source, chunk = opened(members(parts))
    for name, ours, theirs in zip(RINGS, chunk.geometries, by_gdal(parts, tmp_path), strict=True):
        assert shapely.equals_identical(shapely.normalize(ours), shapely.normalize(theirs)), name
    assert ("GEO-008" in codes(source, chunk)) == (kind != 5)


coordinates = st.integers(-40, 40).map(float)
rings_of_any_kind = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=7).map(lambda r: [*r, r[0]]),
    min_size=1,
    max_size=4,
)


@given(st.lists(rings_of_any_kind, min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_random_rings_read_as_gdal_reads_them(tmp_path_factory, shapes):
    parts = shp_of([polygon(rings) for rings in shapes])
    theirs = by_gdal(parts, tmp_path_factory.mktemp("gdal"))
    _, chunk = opened(members(parts))
    for ours, other in zip(chunk.geometries, theirs, strict=True):
        assert shapely.equals_identical(shapely.normalize(ours), shapely.normalize(other))


def test_a_real_layer_of_all_kinds_equals_read_dataframe(tmp_path):
    shapes = list(NORTH.geometry)
    shapes[1] = None
    shapes[2] = shapely.MultiPolygon([shapes[2], affinity.translate(shapes[2], 5000, 0)])
    frame = NORTH.set_geometry(gpd.GeoSeries(shapes))
    frame["已投资"] = frame["已投资"].astype(float).where(frame.index != 3)
    parts = shapefile_parts(frame)
    for suffix, data in parts.items():
        (tmp_path / f"a{suffix}").write_bytes(data)
    expected = pyogrio.read_dataframe(tmp_path / "a.shp", encoding="GBK")
    source, chunk = opened(members(parts))
    assert source.names == tuple(expected.columns[:-1])
    for name in source.names:
        ours = chunk.fields[name]
        if pd.api.types.is_numeric_dtype(expected[name].dtype):
            np.testing.assert_array_equal(ours.astype("float64"), expected[name].astype("float64"))
        else:
            assert ours.fillna("").tolist() == expected[name].fillna("").tolist()
    for ours, theirs in zip(chunk.geometries, expected.geometry, strict=True):
        assert ours == theirs or (ours is None and theirs is None)
    assert chunk.faults.tolist() == [""] * 12


def test_a_coordinate_that_is_no_number_loses_its_row_only():
    shp = bytearray(PARTS[".shp"])
    shp[100 + 8 + 48 : 100 + 8 + 56] = struct.pack("<d", float("nan"))
    _, chunk = opened(members(PARTS | {".shp": bytes(shp)}))
    assert chunk.faults.tolist() == ["VEC-001", *[""] * 11]
    assert rows_of(chunk, "VEC-001") == [1]


def test_a_multipatch_row_is_a_fault_and_the_others_are_read():
    contents = [polygon(RINGS["one"]), struct.pack("<i", 31) + bytes(60), struct.pack("<i", 0)]
    _, chunk = opened(members(shp_of(contents)))
    assert chunk.faults.tolist() == ["", "VEC-002", ""]
    assert chunk.geometries[2] is None


def test_shapes_of_another_kind_among_polygons_are_faults():
    contents = [polygon(RINGS["one"]), struct.pack("<i2d", 1, 5.0, 5.0)]
    _, chunk = opened(members(shp_of(contents)))
    assert chunk.faults.tolist() == ["", "GEO-004"]


@pytest.mark.parametrize("at", [36, 40])
def test_counts_that_lie_cost_their_row(at: int):
    content = bytearray(polygon(RINGS["one"]))
    content[at : at + 4] = struct.pack("<i", 400_000_000)
    contents = [bytes(content), polygon(RINGS["one"])]
    _, chunk = opened(members(shp_of(contents)))
    assert chunk.faults.tolist() == ["GEO-003", ""]


def test_unclosed_and_short_rings_are_never_sound():
    open_ring = polygon([[(0, 0), (0, 9), (9, 9), (9, 0)]])
    short = polygon([[(0, 0), (0, 9), (0, 0)]])
    _, chunk = opened(members(shp_of([open_ring, short, polygon(RINGS["one"])])))
    assert chunk.faults.tolist() == ["GEO-003", "", ""]
    assert shapely.is_valid(chunk.geometries).tolist() == [False, False, True]


def test_index_that_points_elsewhere_is_refused_and_rebuilt_on_request():
    shx = bytearray(PARTS[".shx"])
    shx[100:104] = struct.pack(">i", 54)
    data = members(PARTS | {".shx": bytes(shx)})
    assert refusal(data) == "FIL-008"
    source, chunk = opened(data, anyway=("FIL-008",))
    assert "FIL-007" in codes(source, chunk)
    assert [g.equals(h) for g, h in zip(chunk.geometries, NORTH.geometry, strict=True)] == [
        True
    ] * 12


def test_index_that_lists_one_large_record_many_times_is_refused():
    shx = bytearray(PARTS[".shx"])
    first = shx[100:108]
    shx[100:] = first * 12
    assert refusal(members(PARTS | {".shx": bytes(shx)})) == "FIL-008"


def test_records_in_another_order_than_the_index_are_read_by_the_index():
    contents = [polygon([ring(i * 20, 0, 10 - i)]) for i in range(4)]
    parts = shp_of(contents)
    pairs = np.frombuffer(parts[".shx"][100:], ">i4").reshape(-1, 2)[[2, 0, 3, 1]]
    _, chunk = opened(members(parts | {".shx": parts[".shx"][:100] + pairs.tobytes()}))
    assert [g.bounds[0] for g in chunk.geometries] == [40, 0, 60, 20]


def test_cut_file_is_read_as_far_as_it_goes_on_request():
    cut = PARTS | {".shp": PARTS[".shp"][:700]}
    assert refusal(members(cut)) == "FIL-004"
    source, chunk = opened(members(cut), anyway=("FIL-004",))
    assert source.rows == 12
    assert set(chunk.faults[:3]) == {""}
    assert set(chunk.faults[4:]) == {"GEO-003"}


@pytest.mark.parametrize(("shapes", "records"), [(12, 7), (7, 12)])
def test_parts_of_different_length_are_refused_or_read_with_every_row(shapes: int, records: int):
    a, b = shapefile_parts(NORTH.head(shapes)), shapefile_parts(NORTH.head(records))
    data = members({".shp": a[".shp"], ".shx": a[".shx"], ".dbf": b[".dbf"]})
    assert refusal(data) == "FIL-006"
    source, chunk = opened(data, anyway=("FIL-006",))
    assert source.rows == 12
    assert chunk.faults.tolist() == [""] * 7 + ["FIL-006"] * 5
    assert rows_of(chunk, "FIL-006") == [8, 9, 10, 11, 12]
    assert "FIL-006" in {f.code for f in source.findings}


def test_a_table_that_claims_two_billion_records_is_counted_by_its_bytes():
    dbf = bytearray(PARTS[".dbf"])
    dbf[4:8] = struct.pack("<I", 2_000_000_000)
    data = members(PARTS | {".dbf": bytes(dbf)})
    assert refusal(data) == "FIL-006"
    source, _ = opened(data, anyway=("FIL-006",))
    assert source.rows == 12


def test_missing_parts():
    assert refusal(members({s: PARTS[s] for s in (".shp", ".shx")})) == "FIL-005"
    source, chunk = opened(members({s: PARTS[s] for s in (".shp", ".dbf")}))
    assert "FIL-007" in codes(source, chunk)


def test_layers_of_other_shapes_and_without_rows():
    lines = NORTH.set_geometry(NORTH.boundary)
    assert refusal(shapefile_zip(lines, stem="a")) == "FIL-009"
    assert refusal(members(shp_of([]))) == "FIL-010"


def test_a_deleted_record_stays_a_row():
    dbf = bytearray(PARTS[".dbf"])
    header, size = struct.unpack("<HH", dbf[8:12])
    dbf[header + 4 * size] = ord("*")
    source, chunk = opened(members(PARTS | {".dbf": bytes(dbf)}))
    assert source.rows == 12
    assert chunk.faults[4] == "FIL-021"
    assert rows_of(chunk, "FIL-021") == [5]
    assert chunk.fields.loc[5, "地块编号"] == "3601212024006"


def cell(dbf: bytes, row: int, name: str, text: bytes) -> bytes:
    """The table with one cell overwritten."""
    out = bytearray(dbf)
    header, size = struct.unpack("<HH", out[8:12])
    offset = 1
    for at in range(32, header - 1, 32):
        width = out[at + 16]
        if out[at : at + 11].split(b"\0")[0].decode("gbk") == name:
            start = header + row * size + offset
            out[start : start + width] = text.ljust(width)[:width]
        offset += width
    return bytes(out)


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        (b"*" * 24, "FIL-022", None),
        (b"12,5", "FIL-023", "12,5"),
        (b"\xd6\xd0", "FIL-023", "??"),
        (b"1_0", "FIL-023", "1_0"),
        (b"inf", "FIL-023", "inf"),
    ],
)
def test_numbers_that_cannot_be_read_are_empty_and_told(text: bytes, code: str, value: str | None):
    _, chunk = opened(members(PARTS | {".dbf": cell(PARTS[".dbf"], 3, "供应面积", text)}))
    assert np.isnan(chunk.fields.loc[3, "供应面积"])
    (told,) = [f for f in chunk.findings if f.code == code]
    assert told.row == 4
    expected = {"field": "供应面积"} | ({"value": value} if value else {})
    assert told.model_dump()["values"] == expected
    assert chunk.fields["供应面积"].notna().sum() == 11


def test_stars_in_a_whole_number():
    _, chunk = opened(members(PARTS | {".dbf": cell(PARTS[".dbf"], 0, "已投资", b"*" * 18)}))
    assert pd.isna(chunk.fields.loc[0, "已投资"])
    assert rows_of(chunk, "FIL-022") == [1]


def test_numbers_too_long_for_any_number_stay_text():
    dbf = PARTS[".dbf"]
    for row, text in enumerate([b"3601212024001000123456789", b"*" * 80, b""]):
        dbf = cell(dbf, row, "地块编号", text)
    _, chunk = opened(members(PARTS | {".dbf": with_type(dbf, "地块编号", "N")}))
    assert chunk.fields["地块编号"].fillna("").tolist()[:4] == [
        *("3601212024001000123456789", "", "", "3601212024004")
    ]
    assert rows_of(chunk, "FIL-022") == [2]


def test_dates_of_a_table():
    frame = NORTH.copy()
    frame["日期"] = "20190226"
    table = bytearray(shapefile_parts(frame)[".dbf"])
    header = struct.unpack("<H", table[8:10])[0]
    for at in range(32, header - 1, 32):
        if table[at : at + 11].split(b"\0")[0].decode("gbk") == "日期":
            table[at + 11] = ord("D")
    dbf = bytes(table)
    for row, text in enumerate([b"00000000", b"", b"20191301", b"2019/2/3"]):
        dbf = cell(dbf, row, "日期", text)
    _, chunk = opened(members(PARTS | {".dbf": dbf}))
    assert chunk.fields["日期"].dtype.kind == "M"
    assert chunk.fields["日期"].isna().tolist() == [True] * 4 + [False] * 8
    assert rows_of(chunk, "FIL-024") == [3, 4]


def with_type(dbf: bytes, name: str, kind: str) -> bytes:
    out = bytearray(dbf)
    header = struct.unpack("<H", out[8:10])[0]
    for at in range(32, header - 1, 32):
        if out[at : at + 11].split(b"\0")[0].decode("gbk") == name:
            out[at + 11] = ord(kind)
    return bytes(out)


def test_memo_fields_are_said_to_be_unread():
    dbf = with_type(PARTS[".dbf"], "项目名称", "M")
    source, chunk = opened(members(PARTS | {".dbf": dbf}))
    assert "FIL-025" in codes(source, chunk)
    assert chunk.fields["项目名称"].isna().all()


def test_flags():
    dbf = PARTS[".dbf"]
    for row, text in enumerate([b"T", b"y", b"F", b"n", b"?"]):
        dbf = cell(dbf, row, "地类编码", text)
    _, chunk = opened(members(PARTS | {".dbf": with_type(dbf, "地类编码", "L")}))
    assert chunk.fields["地类编码"].head(5).tolist()[:4] == [True, True, False, False]
    assert pd.isna(chunk.fields.loc[4, "地类编码"])


def test_text_cut_inside_a_character_and_garbled_bytes_are_told():
    width = next(
        PARTS[".dbf"][at + 16]
        for at in range(32, 1000, 32)
        if PARTS[".dbf"][at : at + 8].split(b"\0")[0] == "使用权人".encode("gbk")
    )
    long = ("电子信息产业园有限公司" * 10).encode("gbk")[: width - 1]
    dbf = cell(PARTS[".dbf"], 1, "使用权人", b"x" + long[: width - 1])
    dbf = cell(dbf, 2, "使用权人", b"\xff\xff abc \xd6\xd0")
    _, chunk = opened(members(PARTS | {".dbf": dbf}), encoding="gb18030")
    assert rows_of(chunk, "ENC-006") == [3]
    assert "�" in chunk.fields.loc[2, "使用权人"]
    assert rows_of(chunk, "ENC-003") in ([2], [])
    assert chunk.fields.loc[1, "使用权人"].startswith("x电子信息产业园")
    assert chunk.fields.loc[3, "使用权人"] == "示例企业丁有限公司"


def test_nul_and_line_ends_inside_text():
    dbf = cell(PARTS[".dbf"], 0, "使用权人", "甲\0乙".encode("gbk"))
    dbf = cell(dbf, 1, "使用权人", "甲\n乙".encode("gbk"))
    _, chunk = opened(members(PARTS | {".dbf": dbf}))
    assert chunk.fields["使用权人"].head(3).tolist() == ["甲", "甲\n乙", "示例企业丙有限公司"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_bulk_decoding_equals_decoding_cell_by_cell(codec: str):
    words = ["工業用地", "", "a", "示範區", "ABC 123", "縣", "工業 用地"]
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(words, 3)) for _ in range(500)]
    raw = [text.encode(codec)[:30] for text in texts]
    block = np.frombuffer(b"".join(r.ljust(40) for r in raw), np.uint8).reshape(-1, 40)
    column = pd.Series(text_column(block, codec).cells)
    assert column.fillna("").tolist() == [r.decode(codec, "ignore").strip() for r in raw]


@given(
    st.sampled_from([".shp", ".shx", ".dbf"]),
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=12),
    st.sampled_from([(), ("FIL-004", "FIL-006", "FIL-008")]),
)
@settings(max_examples=150, deadline=None)
def test_any_damage_gives_rows_or_a_refusal(
    part: str, edits: list[tuple[int, int]], anyway: tuple[str, ...]
):
    data = bytearray(PARTS[part])
    for at, value in edits:
        data[at % len(data)] = value
    with contextlib.suppress(RefusedError):
        opened(members(PARTS | {part: bytes(data)}), anyway=anyway)
