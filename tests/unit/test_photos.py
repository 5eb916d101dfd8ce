"""Photographs: what they say of themselves, and files that are none."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ingest import photos
from ingest.photos import PhotoError, read_photo, thumbnail


def picture(kind="JPEG", size=(40, 20), *, exif=None):
    out = io.BytesIO()
    more = {} if exif is None else {"exif": exif}
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def located(lat=(28.0, 30.0, 36.0), north="N", lon=(115.0, 0.0, 0.0), east="E"):
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2026:06:30 09:15:00"}
    exif[0x8825] = {1: north, 2: lat, 3: east, 4: lon}
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photograph_has_format_and_size(kind):
    photo = read_photo(picture(kind))
    assert (photo.format, photo.width, photo.height) == (kind, 40, 20)
    assert photo.taken_at is None
    assert photo.lon is None


def test_time_and_place_are_read():
    photo = read_photo(picture(exif=located()))
    assert photo.taken_at == dt.datetime.fromisoformat("2026-06-30 09:15")
    assert photo.lat == pytest.approx(28.51)  # 28 + 30/60 + 36/3600
    assert photo.lon == pytest.approx(115.0)
    south = read_photo(picture(exif=located(north="S", east="W")))
    assert (south.lat, south.lon) == (pytest.approx(-28.51), pytest.approx(-115.0))


@pytest.mark.parametrize(
    "exif",
    [located(north="X"), located(lat=(28.0, 1.0)), located(lon=(181.0, 0.0, 0.0))],
)
def test_a_place_that_makes_no_sense_is_none(exif):
    photo = read_photo(picture(exif=exif))
    assert photo.lat is None
    assert photo.lon is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"%PDF-1.7",
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        picture()[:200],
        picture("PNG")[:60],
    ],
)
def test_what_is_no_photograph_is_refused(content):
    with pytest.raises(PhotoError) as raised:
        read_photo(content)
    assert raised.value.code == "CSE-001"


def test_too_many_pixels_are_refused_before_they_are_decoded():
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    data = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(PhotoError):
        read_photo(b"\x89PNG\r\n\x1a\n" + chunk + data)


def test_size_on_both_sides_of_the_limit(monkeypatch):
    content = picture()
    monkeypatch.setattr(photos, "MAX_BYTES", len(content))
    assert read_photo(content).width == 40
    monkeypatch.setattr(photos, "MAX_BYTES", len(content) - 1)
    with pytest.raises(PhotoError):
        read_photo(content)
    monkeypatch.undo()
    monkeypatch.setattr(photos, "MAX_PIXELS", 800)
    assert read_photo(content).width == 40
    monkeypatch.setattr(photos, "MAX_PIXELS", 799)
    with pytest.raises(PhotoError):
        read_photo(content)


def test_a_thumbnail_is_drawn_anew_upright_and_says_nothing():
    exif = located()
    exif[0x0112] = 6  # lying on its side
    small = thumbnail(picture(size=(400, 200), exif=exif), side=100)
    with Image.open(io.BytesIO(small)) as image:
        assert image.format == "JPEG"
        assert image.size == (50, 100)
        assert not image.getexif()


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content):
    with pytest.raises(PhotoError) as raised:
        read_photo(content)
    assert raised.value.values["detail"]


@given(st.integers(0, 900), st.integers(0, 255))
def test_a_damaged_photograph_is_read_or_refused(at, value):
    whole = bytearray(picture(exif=located()))
    whole[at % len(whole)] = value
    for reader in (read_photo, thumbnail):
        try:
            reader(bytes(whole))
        except PhotoError:
            continue
