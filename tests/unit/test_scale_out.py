"""Files by their address: the same table from anywhere, few bytes, words for what goes wrong."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import located as located_module
from geo import range_reader
from geo.executors import DaskCluster, Here, Processes, Telling
from geo.located import (
    AddressError,
    CutFileError,
    MissingFileError,
    ReplacedFileError,
    UnknownSchemeError,
    UnreadableFileError,
    located,
)
from geo.tabulate import ParcelFile, ParcelFileError, tabulate
from tests.cluster_kernels import local_cluster
from tests.range_server import range_server
from tests.unit.test_executors import assert_same
from tests.unit.test_tabulate import CLASSES, cell, crooked, crooked_units, layer, stored

ROOT = Path(__file__).parents[2]
ROWS = 40


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    land = crooked(3, side=20)
    units = crooked_units(3, land)
    source = stored(tmp_path_factory.mktemp("land"), land, rows=ROWS)
    return Path(source.path), units, tabulate(source, units)


@pytest.fixture(scope="module")
def cluster():
    with local_cluster(2) as made:
        yield made.scheduler_address


@pytest.fixture
def in_memory(world):
    fsspec = pytest.importorskip("fsspec", reason="comes with dask")
    store = fsspec.filesystem("memory")
    store.pipe_file("/bucket/land.parquet", world[0].read_bytes())
    yield store
    store.rm("/bucket", recursive=True)


def at(address):
    found = located(address)
    return ParcelFile(found.path, "use", "area", found.filesystem)


def served(server, path):
    return f"http://{server.host}/{path.name}"


def refused(behaviour, world, executor=None):
    with range_server(world[0].parent, behaviour) as server, pytest.raises(AddressError) as caught:
        tabulate(at(served(server, world[0])), world[1], executor=executor)
    return caught.value


def test_a_path_and_its_url_are_the_same_file(world, tmp_path):
    path, units, expected = world
    assert located(str(path)) == located(path.as_uri()) == located_module.Located(str(path))
    assert_same(tabulate(at(path.as_uri()), units), expected)
    spaced = tmp_path / "地块 一.parquet"
    spaced.write_bytes(path.read_bytes())
    assert located(spaced.as_uri()).path == str(spaced)


def test_any_file_system_of_fsspec_serves(world):
    fsspec = pytest.importorskip("fsspec", reason="comes with dask")
    path, units, expected = world
    source = ParcelFile(str(path), "use", "area", fsspec.filesystem("file"))
    assert_same(tabulate(source, units), expected)
    assert_same(tabulate(source, units, executor=Processes(2)), expected)


def test_an_object_store_gives_the_same(world, in_memory):
    del in_memory
    assert_same(tabulate(at("memory://bucket/land.parquet"), world[1]), world[2])


def test_an_object_store_is_asked_for_the_bytes_that_are_needed(world, in_memory, monkeypatch):
    asked = []
    cat = type(in_memory).cat_file

    def counting(self, path, start=None, end=None, **more):
        asked.append((start, end))
        return cat(self, path, start=start, end=end, **more)

    monkeypatch.setattr(type(in_memory), "cat_file", counting)
    outside = layer([cell(5, 5)])
    found = tabulate(at("memory://bucket/land.parquet"), outside)
    assert found.table.to_numpy().sum() == 0
    assert found.outside.sum() == pytest.approx(world[2].outside.sum() + world[2].table.sum().sum())
    size = world[0].stat().st_size
    assert all(0 <= start < end <= size for start, end in asked)
    footer = size - min(start for start, end in asked if end == size)
    columns = sum(end - start for start, end in asked if end < size - footer)
    assert columns < (size - footer) / 2, "no shape was needed"


@pytest.mark.parametrize("executor", [None, Processes(2)])
def test_a_web_server_gives_the_same(world, executor):
    path, units, expected = world
    with range_server(path.parent) as server:
        assert_same(tabulate(at(served(server, path)), units, executor=executor), expected)
    assert all(wanted.startswith("bytes=") for _, wanted in server.asked)


def test_workers_of_a_cluster_read_from_a_web_server(world, cluster):
    path, units, expected = world
    with range_server(path.parent) as server:
        found = tabulate(at(served(server, path)), units, executor=DaskCluster(cluster))
    assert_same(found, expected)
    assert len(server.asked) > 2


def test_only_the_ranges_that_are_needed_are_sent(tmp_path, monkeypatch):
    """Shapes are nine tenths of this file; a unit in one corner needs those of few row groups."""
    monkeypatch.setattr(range_reader, "BLOCK", 1 << 12)
    land = crooked(5, side=30)
    land = land.set_geometry(land.geometry.segmentize(0.00002))
    source = stored(tmp_path, land, rows=300)
    west, south, east, north = land.total_bounds
    corner = shapely.box(
        west - 1, south - 1, west + (east - west) / 20, south + (north - south) / 20
    )
    units = layer([corner])
    expected = tabulate(source, units)
    with range_server(tmp_path) as server:
        found = tabulate(at(served(server, Path(source.path))), units)
    assert_same(found, expected)
    assert found.table.to_numpy().sum() > 0
    assert server.sent < Path(source.path).stat().st_size / 2


def test_a_local_file_that_is_not_there_is_missed_at_once(tmp_path):
    for address in (str(tmp_path / "none.parquet"), (tmp_path / "none.parquet").as_uri()):
        with pytest.raises(MissingFileError, match=r"SCL-006.*none\.parquet") as caught:
            located(address)
        assert caught.value.values == {"name": "none.parquet"}


def test_a_local_file_that_was_cut_is_said(world, tmp_path):
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(world[0].read_bytes()[:-100])
    with pytest.raises(ParcelFileError, match="OVL-007"):
        tabulate(at(str(cut)), world[1])


@pytest.mark.parametrize("scheme", ["carrier-pigeon", "gs"])
def test_an_address_without_a_reader_is_refused(scheme, monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(UnknownSchemeError, match="SCL-005") as caught:
        located(f"{scheme}://bucket/land.parquet")
    assert caught.value.values == {"scheme": scheme}


def test_without_fsspec_paths_and_web_servers_still_serve(world, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UnknownSchemeError, match="SCL-005"):
        located("memory://bucket/land.parquet")
    with range_server(world[0].parent) as server:
        assert_same(tabulate(at(served(server, world[0])), world[1]), world[2])


@pytest.mark.parametrize(
    ("behaviour", "error", "reason"),
    [
        (404, MissingFileError, None),
        (410, MissingFileError, None),
        (403, UnreadableFileError, "403"),
        (503, UnreadableFileError, "503"),
        (302, UnreadableFileError, "302"),
        ("drop", UnreadableFileError, "RemoteDisconnected"),
        ("whole", CutFileError, None),
        ("short", CutFileError, None),
        ("replaced", ReplacedFileError, None),
    ],
)
def test_a_web_server_that_misbehaves(world, behaviour, error, reason):
    err = refused(lambda _number: behaviour, world)
    assert type(err) is error
    assert err.values.get("reason") == reason
    assert err.values["name"] == "land.parquet"


@pytest.mark.parametrize("executor", [Here(), Processes(2)])
@pytest.mark.parametrize(
    ("behaviour", "code"), [("short", "SCL-008"), (500, "SCL-007"), ("replaced", "SCL-009")]
)
def test_trouble_in_the_middle_of_the_work_has_its_code_once(world, executor, behaviour, code):
    """The first three requests look at the file and make the plan, the next are of a worker."""
    err = refused(lambda number: "ranges" if number <= 3 else behaviour, world, executor)
    assert str(err).count(code) == 1
    assert err.code == code


def test_a_file_replaced_between_plan_and_work_is_not_mixed(world, in_memory):
    source = at("memory://bucket/land.parquet")
    in_memory.pipe_file("/bucket/land.parquet", world[0].read_bytes())
    with pytest.raises(ReplacedFileError, match="SCL-009"):
        tabulate(source, world[1])


def test_keys_in_an_address_are_in_no_message(world, in_memory):
    del in_memory
    for address in (
        "http://127.0.0.1:9/land.parquet?k=secret",
        "http://me:secret@127.0.0.1:9/land",
    ):
        with pytest.raises(UnreadableFileError, match="SCL-007") as caught:
            tabulate(at(address), world[1])
        assert "secret" not in f"{caught.value} {caught.value.values}"
    assert "bucket" not in repr(at("memory://bucket/land.parquet"))


def test_an_address_of_a_worker_s_error_travels():
    err = CutFileError("x", rows=[1], values={"name": "n"})
    again = pickle.loads(pickle.dumps(err))  # noqa: S301 - just written
    assert (str(again), again.rows, again.values) == (str(err), err.rows, err.values)


@pytest.mark.parametrize(
    ("failure", "code"),
    [(PermissionError("no"), "SCL-007"), (FileNotFoundError("gone"), "SCL-006"), (None, "SCL-008")],
)
def test_an_object_store_that_misbehaves(world, in_memory, monkeypatch, failure, code):
    def failing(_self, _path, **_range):
        if failure is not None:
            raise failure
        return b"x"

    monkeypatch.setattr(type(in_memory), "cat_file", failing)
    with pytest.raises(AddressError, match=code):
        tabulate(at("memory://bucket/land.parquet"), world[1])


def test_an_object_store_that_cannot_be_reached(monkeypatch):
    fsspec = pytest.importorskip("fsspec", reason="comes with dask")

    def unreachable(_address):
        raise ConnectionError("memory://me:secret@bucket")

    monkeypatch.setattr(fsspec.core, "url_to_fs", unreachable)
    with pytest.raises(UnreadableFileError, match="SCL-007") as caught:
        located("memory://me:secret@bucket/land.parquet")
    assert caught.value.values == {"name": "land.parquet", "reason": "ConnectionError"}
    assert "secret" not in str(caught.value)


def test_what_is_not_in_the_object_store(in_memory, world):
    del in_memory
    with pytest.raises(MissingFileError, match="SCL-006"):
        tabulate(at("memory://bucket/other.parquet"), world[1])


def test_a_worker_killed_from_outside_changes_nothing(world, cluster):
    """As the kernel of the system does when memory runs out: no word to the scheduler."""
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    path, units, expected = world
    killed = []

    def tell(done, _every):
        if done == 3:
            with distributed.Client(cluster, set_as_default=False) as client:
                killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    assert len(range(0, 400, ROWS)) > 5
    found = tabulate(at(str(path)), units, executor=Telling(DaskCluster(cluster), tell))
    assert killed
    assert_same(found, expected)


def test_progress_counts_every_row_group_in_order(world):
    path, units, expected = world
    told = []
    executor = Telling(Processes(2), lambda done, every: told.append((done, every)))
    assert_same(tabulate(at(str(path)), units, executor=executor), expected)
    groups = told[0][1]
    assert told == [(done, groups) for done in range(groups + 1)]


PEAK = """
import sys, geopandas as gpd, geo.tabulate, geo.tabulate_rows
# The grid of units grows with the number of parcels up to a bound; here it is at its bound.
geo.tabulate_rows._CELLS = (1 << 14, 1 << 14)
source = geo.tabulate.ParcelFile(sys.argv[1], "use", "area")
found = geo.tabulate.tabulate(source, gpd.read_parquet(sys.argv[2]))
assert (found.table.to_numpy() > 0).all()
status = open("/proc/self/status").read()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the peak from Linux")
def test_memory_does_not_grow_with_the_number_of_row_groups(tmp_path):
    """The unit's edge runs through every row group, so all shapes are read: 10 and 100 MB."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * 0.0004
    units = layer([shapely.box(114.9, 27.0, 115.0501, 31.0)])
    units.to_parquet(tmp_path / "units.parquet")
    peaks = []
    for count in (10_000, 100_000):
        at_row = np.arange(count)
        middle = np.stack([115 + 0.001 * (at_row % 100), 28 + 0.001 * (at_row // 100)], axis=1)
        land = layer(shapely.polygons(middle[:, None] + ring), use=CLASSES[at_row % 3])
        land["area"] = 1.0
        source = stored(tmp_path, land, rows=10_000, name=f"{count}.parquet")
        run = [sys.executable, "-c", PEAK, source.path, str(tmp_path / "units.parquet")]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] < peaks[0] + 40, "MB; all shapes at once would be more than 100"
