"""Archives: what is taken out, and what must never be."""

from __future__ import annotations

import contextlib
import io
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import unpack
from ingest.model import RefusedError
from scripts.build_samples import archive

SMALL = unpack.Caps(
    packed_bytes=200_000,
    unpacked_bytes=300_000,
    ratio=20.0,
    ratio_free_bytes=1000,
    entries=5,
    database_entries=4,
)


def taken(data: bytes, tmp_path: Path, caps: unpack.Caps = SMALL) -> dict[str, bytes]:
    """Bytes by name of the members of an archive, taken out under names of our own."""
    path = tmp_path / "upload"
    path.write_bytes(data)
    with unpack.Archive(path, caps) as source:
        return {
            member.name: source.extract(member, tmp_path / f"member{n}").read_bytes()
            for n, member in enumerate(source.members)
        }


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


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_are_decoded_and_never_written(tmp_path: Path, encoding: str):
    name = "南昌县\\供地/!供应地块 a;b.SHP"
    assert taken(archive({name: b"s"}, name_encoding=encoding), tmp_path) == {
        "南昌县/供地/!供应地块 a;b.SHP": b"s"
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["member0", "upload"]


def test_suffix_stem_and_folder(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(zipped({"a/b.c/d.SHP": b"s"}))
    with unpack.Archive(path, SMALL) as source:
        (member,) = source.members
        assert (member.suffix, member.stem, member.folder) == (".shp", "a/b.c/d", "a/b.c")
        assert source.head(member, 9) == b"s"


def test_noise_of_operating_systems_is_left_out(tmp_path: Path):
    members = {"__MACOSX/._a.shp": b"x", "a.shp": b"s", "d/.DS_Store": b"x", "Thumbs.db": b"n"}
    assert taken(zipped(members), tmp_path) == {"a.shp": b"s"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a.shp", "ZIP-006"),
        ("x/../../a.shp", "ZIP-006"),
        ("/etc/a.shp", "ZIP-006"),
        ("C:/a.shp", "ZIP-006"),
        ("..\\a.shp", "ZIP-006"),
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


def test_too_many_members(tmp_path: Path):
    assert refusal(zipped({f"{i}.shp": b"" for i in range(6)}), tmp_path) == "ZIP-005"
    assert len(taken(zipped({f"{i}.shp": b"" for i in range(5)}), tmp_path)) == 5


def test_a_database_has_a_count_of_its_own(tmp_path: Path):
    loose = {f"{i}.shp": b"" for i in range(5)}
    full = loose | {f"a.gdb/{i}": b"" for i in range(4)}
    assert len(taken(zipped(full), tmp_path)) == 9
    assert refusal(zipped(full | {"a.gdb/5": b""}), tmp_path) == "ZIP-005"


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


def test_counting_proves_what_unpacking_would(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes(zipped({"a": bytes(250_000)}, method=zipfile.ZIP_DEFLATED))
    with unpack.Archive(path, SMALL) as source, pytest.raises(RefusedError) as error:
        source.count()
    assert error.value.issue == "ZIP-004"
    assert [p.name for p in tmp_path.iterdir()] == ["upload"]


def test_members_share_one_budget(tmp_path: Path):
    noise = bytes(np.random.default_rng(7).integers(0, 256, 90_000, dtype=np.uint8))
    data = zipped({"a": noise, "b": noise}, method=zipfile.ZIP_STORED)
    caps = replace(SMALL, unpacked_bytes=100_000)
    lying = bytearray(data)
    for mark, at in ((b"PK\x01\x02", 24),):
        start = lying.rindex(mark) + at
        lying[start : start + 4] = (9_000).to_bytes(4, "little")
    assert refusal(bytes(lying), tmp_path, caps) in {"ZIP-003", "ZIP-013"}
    assert refusal(data, tmp_path, caps) == "ZIP-003"


def test_packed_size(tmp_path: Path):
    assert refusal(zipped({"a.shp": bytes(200_001)}), tmp_path) == "ZIP-002"


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
