"""A file stands whole under its name or not at all: kills, full disks, closed folders."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from export import datasets
from export.dataset_files import placed
from export.dataset_types import NoRoomError, UnwritableTargetError
from geo.formats import boundary_points as bp
from tests.export_world import ANN, filled, options
from tests.store_world import parcels

ROOT = Path(__file__).resolve().parents[2]
ROWS = 3000
READY = "ready"

EXPORT = """
import datetime as dt, sys
from pathlib import Path
from export import datasets
from store import Store, Viewer

root, form, target = sys.argv[1:4]
store, viewer = Store(Path(root)), Viewer("bo")
how = datasets.Options(made_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
rows = datasets.of_version(store, store.version("land", viewer), viewer, how)
print("ready", flush=True)
"""
FOR_EVER = EXPORT + "while True:\n    datasets.write(rows, form, Path(target), how)\n"
ONCE = (
    EXPORT
    + """
try:
    print(datasets.write(rows, form, Path(target), how).rows)
except Exception as error:
    print(getattr(error, "code", type(error).__name__))
"""
)


def rows_in(path, form):
    """Rows of a finished file, by a program that did not write it."""
    if form == "geoparquet":
        return len(pd.read_parquet(path))
    if form == "boundary_points":
        return len(bp.parse(path.read_bytes().decode("gb18030")).parcels)
    if form == "csv":
        return len(pd.read_csv(path, dtype="string"))
    if form == "xlsx":
        return openpyxl.load_workbook(path, read_only=True).worksheets[0].max_row - 2
    if form == "shapefile":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        return len(gpd.read_file(f"/vsizip/{path}/parcels.shp"))
    return len(gpd.read_file(path))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    from store import Store  # noqa: PLC0415

    store = Store(tmp_path_factory.mktemp("stock") / "store")
    store.commit("land", parcels(ROWS), kind="parcels", viewer=ANN, reason="r")
    return store.root


def child(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", datasets.FORMATS)
def test_a_kill_at_any_moment_leaves_a_whole_file_or_none(root, tmp_path, form):
    target = tmp_path / f"land{datasets.SUFFIX[form]}"
    moments = random.Random(form)  # noqa: S311 - no secret
    for _ in range(2):
        writer = child(FOR_EVER, root, form, target)
        assert writer.stdout.readline().strip() == READY
        time.sleep(moments.uniform(0.02, 0.9))
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        if target.exists():
            assert rows_in(target, form) == ROWS
            target.unlink()
    left = [p.name for p in tmp_path.iterdir()]
    assert all(name.startswith(".ganyuan-export-") for name in left)


@pytest.mark.parametrize("form", datasets.FORMATS)
def test_a_failed_export_leaves_the_file_that_stood_there(root, tmp_path, form):
    """The kernel refuses to let any file grow beyond some kilobytes."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
    target = tmp_path / f"land{datasets.SUFFIX[form]}"
    target.write_bytes(b"old")
    writer = child(EXPORT + limited + ONCE.removeprefix(EXPORT), root, form, target)
    told, trouble = writer.communicate(timeout=120)
    assert told.split() == [READY, "EXP-011"], trouble
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


def small_disk_possible():
    done = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.skipif(
    not shutil.which("unshare") or not small_disk_possible(),
    reason="this machine lets nobody mount a small disk",
)
@pytest.mark.parametrize("form", datasets.FORMATS)
def test_a_full_disk_is_told_as_such(root, tmp_path, form):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=64k tmpfs {disk} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", ONCE,
         str(root), form, str(disk / f"land{datasets.SUFFIX[form]}")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == [READY, "EXP-010"], done.stderr


def test_an_error_without_a_number_on_a_full_disk_is_told_as_such(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "export.dataset_files.shutil.disk_usage", lambda _path: shutil._ntuple_diskusage(9, 9, 0)
    )
    with pytest.raises(NoRoomError) as caught, placed(tmp_path / "a.gpkg", ".gpkg"):
        raise OSError("database or disk is full")
    assert caught.value.code == "EXP-010"


def test_a_folder_that_is_not_there_is_told(empty_store, tmp_path):
    filled(empty_store)
    how = options()
    rows = datasets.of_version(empty_store, empty_store.version("land", ANN), ANN, how)
    with pytest.raises(UnwritableTargetError) as caught:
        datasets.write(rows, "csv", tmp_path / "nowhere" / "land.csv", how)
    assert caught.value.code == "EXP-011"
    assert "nowhere" in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_closed_folder_is_told(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(UnwritableTargetError), placed(closed / "a.csv", ".csv") as path:
        path.write_text("x")


def test_a_folder_under_the_name_of_the_file_is_told(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with (
        pytest.raises(UnwritableTargetError),
        placed(tmp_path / "a.csv", ".csv") as path,
    ):
        path.write_text("x")
    assert (tmp_path / "a.csv").is_dir()


def test_what_a_killed_writer_left_is_taken_away_a_day_later(tmp_path):
    old, new = (tmp_path / f".ganyuan-export-{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
        (folder / "export.csv").write_text("x")
    for path in (old, old / "export.csv"):
        os.utime(path, (time.time() - 90_000,) * 2)
    with placed(tmp_path / "a.csv", ".csv") as path:
        path.write_text("x")
    assert sorted(p.name for p in tmp_path.iterdir()) == [new.name, "a.csv"]
