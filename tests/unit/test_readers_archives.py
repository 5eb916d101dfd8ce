"""What an upload is, which layers it offers, and what is said of all the rest."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import identify
from ingest.model import RefusedError
from ingest.source import LayerChoice
from scripts.build_samples import BOUNDARY_POINTS, archive, parcels, shapefile_parts
from tests.readers_world import codes, loaded, opened, refusal, zipped

NORTH = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)
PARTS = {s: b for s, b in shapefile_parts(NORTH).items() if s in {".shp", ".shx", ".dbf"}}
TEXT = BOUNDARY_POINTS.encode()
GEOJSON = (
    b'{"type":"FeatureCollection","features":'
    b'[{"type":"Feature","properties":{"a":1},"geometry":null}]}'
)
LAYER = {f"a{suffix}": data for suffix, data in PARTS.items()}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["批次", "批准面积"], ["第一批", 1.5]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (TEXT, "boundary_points"),
        (BOUNDARY_POINTS.replace("\n", "\r\n").encode("gbk"), "boundary_points"),
        (GEOJSON, "geojson"),
        (b"\xef\xbb\xbf \n" + GEOJSON, "geojson"),
        (GEOJSON.decode().encode("utf-16"), "geojson"),
        (b'<?xml version="1.0"?>\n<kml xmlns="x">', "kml"),
        ('<?xml version="1.0"?><k:kml xmlns:k="x">'.encode("utf-16"), "kml"),
        (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "dxf"),
        (b"999\nCASS\n0\nSECTION\n2\nHEADER\n", "dxf"),
        ("编号,名称\n1,甲\n2,乙\n".encode("gbk"), "delimited"),
        ("编号\t名称\n1\t甲\n".encode("utf-16"), "delimited"),
        (workbook(), "zip"),
        (b"SQLite format 3\x00" + bytes(80), "sqlite"),
    ],
)
def test_a_file_is_told_by_its_content(data: bytes, kind: str):
    assert identify.kind_of(data[: identify.HEAD]) == kind


CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
REFUSED = {
    "nothing": (b"", "FIL-001"),
    "words": (b"hello", "FIL-002"),
    "bytes": (bytes(range(256)) * 3, "FIL-002"),
    "rar": (b"Rar!\x1a\x07\x01\x00", "FIL-011"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "FIL-011"),
    "gz": (b"\x1f\x8b\x08", "FIL-011"),
    "tar": (bytes(257) + b"ustar\x0000", "FIL-011"),
    "mdb": (b"\x00\x01\x00\x00Standard Jet DB\x00", "FIL-012"),
    "accdb": (b"\x00\x01\x00\x00Standard ACE DB\x00", "FIL-012"),
    "doc": (CFB + "WordDocument".encode("utf-16-le"), "FIL-013"),
    "dwg": (b"AC1027" + bytes(20), "FIL-014"),
    "pdf": (b"%PDF-1.7", "FIL-015"),
    "shp": (PARTS[".shp"], "FIL-016"),
    "gml": (b"<?xml version='1.0'?><gml:FeatureCollection>", "FIL-018"),
    "html": (b"<!DOCTYPE html><html>", "FIL-018"),
    "xls": (CFB + "Workbook".encode("utf-16-le"), "FIL-026"),
    "locked": (CFB + "EncryptedPackage".encode("utf-16-le"), "FIL-027"),
    "dbf": (PARTS[".dbf"], "FIL-030"),
    "tiff": (b"II*\x00" + bytes(20), "FIL-031"),
    "png": (b"\x89PNG\r\n\x1a\n", "FIL-031"),
    "binary dxf": (b"AutoCAD Binary DXF\r\n\x1a\x00", "FIL-032"),
    "zip": (b"PK\x03\x04 broken", "ZIP-001"),
    "empty zip": (zipped({}), "ZIP-010"),
    "docx": (zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "FIL-013"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_kinds_say_what_to_do(name: str):
    data, code = REFUSED[name]
    assert refusal(data, name="地块.shp") == code


@pytest.mark.parametrize(
    "name", ["!x.geojson", "a;b.zip", "/vsicurl/http:x.shp", "x" * 300, "\u202egpj.shp", "a\x00\nb"]
)
def test_names_of_the_sender_change_nothing(name: str):
    source, _ = opened(zipped(LAYER), name=name)
    assert source.rows == 12
    inside = {
        member.replace("a", name.replace("/", "_").replace(":", "_"), 1): b
        for member, b in LAYER.items()
    }
    if "\x00" not in name:
        assert opened(zipped(inside))[0].rows == 12


@pytest.mark.parametrize("depth", [0, 1, 12])
def test_layers_at_any_depth_in_any_case_with_gbk_names(depth: int):
    folder = "南昌县/" * depth
    members = {f"{folder}供地{s.upper()}": data for s, data in PARTS.items()}
    source, _ = opened(archive(members))
    assert (source.layer, source.rows) == (f"{folder}供地", 12)
    assert {entry.name for entry in source.files} == set(members)


def test_shapes_go_before_texts_and_texts_before_tables():
    both = zipped(LAYER | {"界址点.txt": TEXT, "台账.xlsx": workbook(), "readme.txt": b"read me"})
    source, _ = opened(both)
    assert (source.format, source.layer) == ("shapefile", "a")
    assert source.layers == ("a", "界址点", "台账/Sheet")
    (told,) = [f for f in source.findings if f.code == "ZIP-014"]
    assert told.model_dump()["values"]["n"] == 3
    assert "readme.txt" in str(told.model_dump())
    assert opened(both, layer="界址点")[0].format == "boundary_points"
    assert opened(both, layer="台账/Sheet")[0].format == "xlsx"
    text_first, _ = opened(zipped({"a.txt": TEXT, "b.xlsx": workbook()}))
    assert text_first.format == "boundary_points"
    assert "ZIP-014" not in codes(*opened(zipped(LAYER | {"a.shp.xml": b"<x/>", "a.sbn": b"n"})))


def test_several_layers_wait_for_a_choice():
    two = zipped(LAYER | {f"b/{name}": data for name, data in LAYER.items()})
    found = loaded(two)
    assert isinstance(found, LayerChoice)
    assert found.layers == ("a", "b/a")
    assert len(found.files) == 6
    assert opened(two, layer="b/a")[0].layer == "b/a"
    assert isinstance(loaded(two, layer="gone"), LayerChoice)


def test_members_are_told_by_content_too():
    assert opened(zipped({"地块.dat": GEOJSON}))[0].format == "geojson"
    assert opened(zipped({"a.shp": TEXT[:0] + PARTS[".shp"], **LAYER}))[0].format == "shapefile"
    assert refusal(zipped({"a.shp": GEOJSON})) == "FIL-003"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"a.zip": zipped(LAYER)}, "ZIP-009"),
        ({"a.rar": b"Rar!\x1a\x07\x01\x00"}, "ZIP-009"),
        ({"a.mdb": REFUSED["mdb"][0]}, "FIL-012"),
        ({"a.dwg": REFUSED["dwg"][0], "b.bin": b"\x00"}, "FIL-014"),
        ({"a.dbf": PARTS[".dbf"]}, "FIL-030"),
        ({"readme.md": b"hello"}, "ZIP-010"),
        (LAYER | {"A.SHP": PARTS[".shp"]}, "ZIP-012"),
        (LAYER | {"../b.shp": b"x"}, "ZIP-006"),
    ],
)
def test_archives_without_a_layer_say_why(members: dict[str, bytes], code: str):
    assert refusal(zipped(members)) == code


def test_a_text_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.readers.point_text.LARGEST_TEXT", 100)
    assert refusal(TEXT) == "ZIP-003"


@given(st.binary(max_size=200), st.sampled_from(list(REFUSED)), st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_any_beginning_is_a_kind_or_a_refusal(tail: bytes, name: str, cut: int):
    for data in (tail, REFUSED[name][0][:cut] + tail, GEOJSON[:cut] + tail, TEXT[:cut] + tail):
        with contextlib.suppress(RefusedError):
            loaded(data)


WHOLE = zipped(LAYER | {"b.txt": TEXT, "c.geojson": GEOJSON})


@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=10))
@settings(max_examples=50, deadline=None)
def test_any_damage_of_an_archive_gives_rows_or_a_refusal(edits: list[tuple[int, int]]):
    data = bytearray(WHOLE)
    ends = np.concatenate([np.arange(60), np.arange(len(data) - 500, len(data))])
    for at, value in edits:
        data[int(ends[at % len(ends)])] = value
    with contextlib.suppress(RefusedError):
        opened(bytes(data), layer="a")
