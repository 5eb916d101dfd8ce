"""Archives: what is taken out, and what must never be."""

from __future__ import annotations

import contextlib
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import unpack
from ingest.model import RefusedError
from scripts.build_samples import archive

SMALL = unpack.Caps(
    packed_bytes=200_000, unpacked_bytes=300_000, ratio=20.0, ratio_free_bytes=1000, entries=5
)


def taken(data: bytes, tmp_path: Path, caps: unpack.Caps = SMALL) -> dict[str, bytes]:
    """Bytes by suffix of the only layer of an archive."""
    path = tmp_path / "upload"
    path.write_bytes(data)
    with unpack.open_archive(path, caps) as source:
        (layer,) = unpack.layers_of(source, caps)
        paths = unpack.extract(source, layer, tmp_path, caps)
    assert {p.parent for p in paths.values()} == {tmp_path}
    assert {p.name for p in paths.values()} == {f"layer{s}" for s in paths}
    return {suffix: p.read_bytes() for suffix, p in paths.items()}


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()


def refusal(data: bytes, tmp_path: Path, caps: unpack.Caps = SMALL) -> str:
    with pytest.raises(RefusedError) as error:
        taken(data, tmp_path, caps)
    assert not [p for p in tmp_path.rglob("*") if p.suffix and p.stat().st_size > 300_000]
    return error.value.issue


def test_sub_folder_gbk_names_and_upper_case(tmp_path: Path):
    data = archive({"南昌县/供地/地块.SHP": b"s", "南昌县/供地/地块.Dbf": b"d"})
    assert taken(data, tmp_path) == {".shp": b"s", ".dbf": b"d"}


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_layer_names_are_decoded(tmp_path: Path, encoding: str):
    path = tmp_path / "upload"
    path.write_bytes(archive({"供应地块.shp": b"s"}, name_encoding=encoding))
    with unpack.open_archive(path, SMALL) as source:
        assert [layer.name for layer in unpack.layers_of(source, SMALL)] == ["供应地块"]


def test_several_layers_are_listed(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(zipped({"a.shp": b"1", "b/c.shp": b"2", "readme.txt": b"x"}))
    with unpack.open_archive(path, SMALL) as source:
        assert [layer.name for layer in unpack.layers_of(source, SMALL)] == ["a", "b/c"]


def test_noise_beside_the_layer_is_left_out(tmp_path: Path):
    members = {"__MACOSX/._a.shp": b"x", "a.shp": b"s", "a.shp.xml": b"<x/>", "a.sbn": b"n"}
    assert taken(zipped(members), tmp_path) == {".shp": b"s"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a.shp", "ZIP-006"),
        ("x/../../a.shp", "ZIP-006"),
        ("/etc/a.shp", "ZIP-006"),
        ("C:/a.shp", "ZIP-006"),
        ("..\\a.shp", "ZIP-006"),
        ("inner.zip", "ZIP-009"),
        ("report.docx", "ZIP-010"),
    ],
)
def test_members_that_lead_elsewhere(tmp_path: Path, name: str, code: str):
    folder = tmp_path / "in"
    folder.mkdir()
    assert refusal(zipped({name: b"x"}), folder) == code
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_symbolic_link(tmp_path: Path):
    info = zipfile.ZipInfo("a.shp")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(info, "/etc/passwd")
    assert refusal(buffer.getvalue(), tmp_path) == "ZIP-007"


def test_encrypted_member(tmp_path: Path):
    data = bytearray(zipped({"a.shp": b"s"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data), tmp_path) == "ZIP-008"


def test_empty_archive(tmp_path: Path):
    assert refusal(zipped({}), tmp_path) == "ZIP-010"


def test_too_many_members(tmp_path: Path):
    assert refusal(zipped({f"{i}.shp": b"" for i in range(6)}), tmp_path) == "ZIP-005"


def test_archive_that_claims_too_much(tmp_path: Path):
    data = zipped({"a.shp": bytes(300_001)}, method=zipfile.ZIP_DEFLATED)
    assert refusal(data, tmp_path) == "ZIP-003"


def test_bomb_is_stopped_by_its_ratio(tmp_path: Path):
    data = zipped({"a.shp": bytes(250_000)}, method=zipfile.ZIP_DEFLATED)
    assert refusal(data, tmp_path) == "ZIP-004"


def test_bomb_that_lies_about_its_size_is_counted_as_it_streams(tmp_path: Path):
    data = bytearray(zipped({"a.shp": bytes(400_000)}, method=zipfile.ZIP_DEFLATED))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.index(mark) + at
        data[start : start + 4] = (100).to_bytes(4, "little")
    assert refusal(bytes(data), tmp_path) in {"ZIP-003", "ZIP-004", "ZIP-013"}


def test_packed_size(tmp_path: Path):
    assert refusal(zipped({"a.shp": bytes(200_001)}), tmp_path) == "ZIP-002"


def test_same_name_twice(tmp_path: Path):
    assert refusal(zipped({"a.shp": b"1", "A.SHP": b"2"}), tmp_path) == "ZIP-012"


def test_damaged_member(tmp_path: Path):
    data = bytearray(zipped({"a.shp": b"0123456789" * 50}))
    data[60] ^= 0xFF
    assert refusal(bytes(data), tmp_path) == "ZIP-013"


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_an_archive_or_refused(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes, at: int, value: int
):
    data = bytearray(zipped({"d/a.shp": b"abc", "d/a.dbf": tail}))
    data[at % len(data)] = value
    with contextlib.suppress(RefusedError):
        taken(bytes(data), tmp_path_factory.mktemp("fuzz"))
