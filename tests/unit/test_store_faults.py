"""Full disks, locked folders, strange files: said in words, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults import kills
from store import (
    InvalidDatasetError,
    NoRoomError,
    ReadOnlyStoreError,
    Store,
    StoreBusyError,
    StoreError,
    Viewer,
    backup,
    engine,
)
from tests.store_world import MOMENT, NANCHANG, batches, locked_folder, parcels

ROOT = Path(__file__).resolve().parents[2]
ANN = Viewer("ann")

# Tries to publish with room for files of so many bytes only.
LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from geo.errors import GanyuanError
from store import Store, Viewer
from tests.store_world import NANCHANG, batches, parcels

target = Store(Path(sys.argv[1]))
way, size = sys.argv[2], int(sys.argv[3])
me = Viewer("bo")
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    if way == "version":
        target.commit("land", parcels(5000), kind="parcels", viewer=me, reason="r")
    elif way == "original":
        target.commit("land", parcels(2), kind="parcels", viewer=me, reason="r",
                      original=("a.zip", b"z" * 1_000_000))
    elif way == "document":
        target.put_document("batch", NANCHANG + "演示批次", kind="notice", number="1", dated=None,
                            content=b"z" * 1_000_000, name="n", viewer=me, reason="r")
    elif way == "catalogue":
        target.commit("land", parcels(2), kind="parcels", viewer=me, reason="r",
                      passport={"note": "x" * 1_000_000})
except GanyuanError as refusal:
    print(refusal.code)
"""


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store", clock=lambda: MOMENT)
    store.commit("land", parcels(3), kind="parcels", viewer=ANN, reason="first")
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    return store


def standing(store):
    """Check that the store is as it was before the fault, and goes on working."""
    again = Store(store.root)
    assert backup.problems(again) == []
    assert [v.number for v in again.history("land", ANN)] == [1]
    assert len(again.read(again.version("land", ANN), ANN)) == 3
    assert len(again.audit(ANN)) == 2
    assert again.commit("land", parcels(4), kind="parcels", viewer=ANN, reason="next").number == 2


@pytest.mark.parametrize(
    ("way", "size"),
    [("version", 60_000), ("original", 200_000), ("document", 200_000), ("catalogue", 400_000)],
)
def test_a_full_disk(store, way, size):
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_ROOM, str(store.root), way, str(size)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout == "STO-011\n", done.stderr
    if way != "catalogue":  # there the sweep takes the files later: only the row is missing
        assert len(list(store._folder.iterdir())) == 1
    standing(store)


def test_a_small_file_system_that_is_full(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a file system")
    try:
        store = Store(folder / "store")
        store.commit("land", parcels(3), kind="parcels", viewer=ANN, reason="first")
        store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
        with pytest.raises(NoRoomError):
            store.commit(
                "land",
                parcels(3),
                kind="parcels",
                viewer=ANN,
                reason="r",
                original=("a.zip", os.urandom(2_000_000)),
            )
        standing(store)
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_folder_that_may_not_be_written():
    with locked_folder() as folder:
        with pytest.raises(ReadOnlyStoreError) as refusal:
            Store(folder / "store")
        assert refusal.value.code == "STO-012"
        with pytest.raises(ReadOnlyStoreError):
            Store(folder)


def test_a_folder_of_files_that_may_not_be_written(store, monkeypatch):
    with locked_folder("files") as folder:
        monkeypatch.setattr(store, "_folder", folder / "files")
        with pytest.raises(ReadOnlyStoreError):
            store.commit("land", parcels(2), kind="parcels", viewer=ANN, reason="r")
    monkeypatch.undo()
    standing(store)


def test_a_version_whose_file_is_a_folder_is_refused(store, tmp_path):
    with pytest.raises(StoreError) as refusal:
        store.commit_file("land", tmp_path, kind="parcels", viewer=ANN, reason="r")
    assert refusal.value.code == "STO-000"
    with pytest.raises(StoreError):
        store.commit_file("land", tmp_path / "no", kind="parcels", viewer=ANN, reason="r")
    standing(store)


def test_a_text_that_does_not_fit_is_said_in_words(tmp_path, postgresql):
    store = Store(tmp_path / "store", url=postgresql.schema())
    with pytest.raises(InvalidDatasetError, match="too long"):
        store.remember("x" * 201, {}, viewer=ANN)
    store.close()


def test_a_database_that_is_not_there_is_said_in_words(tmp_path, postgresql):
    url = postgresql.database().rsplit("/", 1)[0] + "/absent"
    with pytest.raises(StoreError, match="absent") as refusal:
        Store(tmp_path / "store", url=url)
    assert refusal.value.code == "STO-000"


def test_a_writer_that_waits_too_long_in_postgresql(tmp_path, postgresql, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    store = Store(tmp_path / "store", url=postgresql.schema())
    with store._engine.begin() as held:
        held.exec_driver_sql("LOCK TABLE dataset IN EXCLUSIVE MODE")
        assert store.datasets(ANN) == []  # readers do not wait
        with pytest.raises(StoreBusyError) as refusal:
            store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="r")
        assert refusal.value.code == "STO-006"
    assert store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="r").number == 1
    store.close()


def _stop_in_the_middle(root, name):
    import store.publishing  # noqa: PLC0415

    def stop(*_args, **_facts):
        os.kill(os.getpid(), signal.SIGSTOP)

    store.publishing.note_act = stop
    Store(root).commit(name, parcels(1), kind="parcels", viewer=ANN, reason="r")


def test_a_writer_that_hangs_in_its_transaction_costs_the_others_a_clear_answer(store, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.3)
    store.close()
    hung = multiprocessing.get_context("fork").Process(
        target=_stop_in_the_middle, args=(store.root, "other")
    )
    hung.start()
    os.waitid(os.P_PID, hung.pid, os.WSTOPPED | os.WNOWAIT)
    assert store.version("land", ANN).number == 1  # readers go on
    with pytest.raises(StoreBusyError):
        store.commit("land", parcels(4), kind="parcels", viewer=ANN, reason="r")
    hung.kill()
    hung.join()
    store.close()
    standing(store)


@pytest.mark.slow
def test_kills_in_the_middle_of_a_hundred_thousand_rows(tmp_path):
    found = kills(8, tmp_path)
    assert found["old"] + found["new"] == 8
    assert found["old"] >= 1
