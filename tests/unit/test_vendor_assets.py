"""The recipe of the vendored files: only what was pinned gets in."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import importlib.util
import io
import tarfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "vendor_assets.py"


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("vendor_assets", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    # The dataclasses of a module look their module up by name.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "vendor_assets", module)
        spec.loader.exec_module(module)
    return module


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def package(recipe, data, files):
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    return recipe.Package("thing", "1.0.0", "MIT", integrity, "https://example.org", files)


@pytest.fixture
def served(recipe, monkeypatch):
    """Whatever is packed, these bytes are what npm leaves in the folder."""

    def serve(data):
        def pack(command, **_):
            Path(command[-1], "thing.tgz").write_bytes(data)

        monkeypatch.setattr(recipe.subprocess, "run", pack)

    return serve


def test_the_pinned_archive_is_taken_and_any_other_refused(recipe, served):
    data = archive({"package/a.js": b"1"})
    pinned = package(recipe, data, {})
    served(data)
    assert recipe.fetch(pinned) == data
    served(data + b"\0")
    with pytest.raises(ValueError, match="not the pinned integrity"):
        recipe.fetch(pinned)


def test_only_the_named_files_are_copied(recipe, tmp_path):
    data = archive({"package/a.js": b"code", "package/b.js": b"more", "package/LICENSE": b"L"})
    files = {"package/a.js": "thing/a.js", "package/LICENSE": "thing/LICENSE"}
    recipe.unpack(package(recipe, data, files), data, tmp_path)
    found = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert found == ["thing/LICENSE", "thing/a.js"]


def test_a_script_does_not_ask_for_a_source_map_that_is_not_shipped(recipe, tmp_path):
    data = archive({"package/a.js": b"code()\n//# sourceMappingURL=a.js.map"})
    (path,) = recipe.unpack(package(recipe, data, {"package/a.js": "a.js"}), data, tmp_path)
    assert path.read_bytes() == b"code()"


def test_a_file_that_is_not_in_the_archive_is_named(recipe, tmp_path):
    data = archive({"package/a.js": b"1"})
    with pytest.raises(KeyError, match=r"b\.js"):
        recipe.unpack(package(recipe, data, {"package/b.js": "b.js"}), data, tmp_path)


def test_every_pin_states_version_licence_and_strong_integrity(recipe):
    for pinned in recipe.PACKAGES:
        assert all(dataclasses.astuple(pinned)[:5])
        assert pinned.integrity.startswith("sha512-")
        assert pinned.version[0].isdigit()
        assert any(Path(inside).stem == "LICENSE" for inside in pinned.files)
