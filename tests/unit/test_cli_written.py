"""Files that commands write: whole, in their place, or not at all."""

from __future__ import annotations

import os
import stat
import threading

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.written import UnwritableFileError, write_file, writing
from domain.paths import ROOT

LOOSE = ("write_bytes(", "write_text(", '.open("w', "to_file(", "to_parquet(", "to_csv(")
"""Ways to write a file at its own place."""


def half(path, error):
    with writing(path) as target:
        target.write_bytes(b"half")
        raise error


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "表.xlsx"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["表.xlsx"]


def test_others_may_read_it_as_the_folder_has_it(tmp_path):
    before = os.umask(0o022)
    try:
        write_file(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_a_failure_leaves_what_stood_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(UnwritableFileError) as caught:
        half(path, OSError(28, "No space left on device"))
    assert caught.value.code == "EXP-007"
    assert caught.value.values["path"] == str(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_another_fault_leaves_no_piece_either(tmp_path):
    with pytest.raises(ValueError, match="ending"):
        half(tmp_path / "a.txt", ValueError("ending"))
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["gone/a.txt", "folder", "file/a.txt"])
def test_a_place_that_cannot_be_written_to_is_said(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwritableFileError, match="cannot write"):
        write_file(tmp_path / name, b"a")
    assert names(tmp_path) == ["file", "folder"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"piped")
    reader.join(10)
    assert read == [b"piped"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_command_says_that_its_file_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("GANYUAN_STORE", str(tmp_path / "store"))
    out = tmp_path / "gone" / "a.xlsx"
    found = CliRunner().invoke(app, ["template", "indicators", "--out", str(out)])
    assert isinstance(found.exception, UnwritableFileError)
    assert found.exception.values["path"] == str(out)


@pytest.mark.parametrize("path", sorted((ROOT / "cli").glob("*.py")), ids=lambda p: p.stem)
def test_commands_write_through_this_piece(path):
    text = path.read_text(encoding="utf-8")
    if path.stem != "written" and any(way in text for way in LOOSE):
        assert "with writing(" in text
