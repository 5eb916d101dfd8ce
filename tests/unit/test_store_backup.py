"""The drill: a backup taken while others write, brought back elsewhere, every version verified."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from store import (
    BackupError,
    DamagedCatalogueError,
    MissingToolError,
    NotEmptyError,
    ReadOnlyStoreError,
    Store,
    Viewer,
    backup,
)
from store.model import SCHEMA_VERSION
from tests.store_world import MOMENT, NANCHANG, batches, locked_folder, parcels

ROOT = Path(__file__).resolve().parents[2]
ANN = Viewer("ann")

# Publishes and puts ledger rows until the pipe to it is closed.
BUSY = """
import select, sys
from pathlib import Path
from store import Store, Viewer
from tests.store_world import NANCHANG, batches, parcels

store, me = Store(Path(sys.argv[1]), url=sys.argv[2] or None), Viewer("bo")
print("ready", flush=True)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    count += 1
    store.commit(f"busy-{count % 3}", parcels(count % 50 + 1), kind="parcels", viewer=me,
                 reason=str(count), original=("a.zip", b"zip" * count))
    store.put_ledger("batch", batches(NANCHANG).assign(cropland_m2=float(count)), viewer=me,
                     reason=str(count))
    print(count, flush=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """URL of an empty catalogue; a database of its own, because a dump takes all of it."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgresql").database()


@pytest.fixture
def filled(store, tmp_path):
    """A store with something in every drawer."""
    for count in (1, 2):
        store.commit(
            "land",
            parcels(count),
            kind="parcels",
            viewer=ANN,
            reason="r",
            original=("上传.zip", b"zip"),
            quarantined=parcels(1),
        )
    store.undo("land", viewer=ANN, reason="r")
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    facts = {"kind": "evidence", "number": "1", "viewer": ANN, "reason": "r"}
    key = f"{NANCHANG}演示批次"
    store.put_document("batch", key, dated=None, content=b"photo", name="p.jpg", **facts)
    raster = tmp_path / "cover.tif"
    raster.write_bytes(b"cells")
    store.put_raster("cover", raster, title="t", source="s", viewer=ANN, reason="r")
    return store


@pytest.fixture
def bring_back(database, request):
    """Restores a backup, into a database of the kind that it came from."""
    opened = []

    def make(source, root):
        url = request.getfixturevalue("postgresql").database() if database else None
        opened.append(backup.restore(source, root, url=url))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def state(store):
    """Everything that a user can see of a store."""
    versions = {v.id: v for name in store.datasets(ANN) for v in store.history(name.dataset, ANN)}
    for version in versions.values():
        store.verify(version, ANN)
        assert len(store.read(version, ANN)) == version.rows
    return (
        versions,
        [store.original(v, ANN) for v in versions.values()],
        [len(store.quarantined(v, ANN)) for v in versions.values()],
        store.ledger("batch", ANN).to_csv(),
        store.changes("batch", ANN).to_csv(),
        store.documents("batch", None, ANN),
        [(r.name, r.sha256) for r in store.rasters(ANN)],
        store.audit(ANN).to_csv(),
    )


def test_what_comes_back_is_what_was_saved(filled, tmp_path, bring_back):
    made = backup.take(filled, tmp_path / "backup", clock=MOMENT)
    assert made.made_at == MOMENT
    assert made.form == SCHEMA_VERSION
    assert backup.check(tmp_path / "backup") == made
    again = bring_back(tmp_path / "backup", tmp_path / "elsewhere")
    assert state(again) == state(filled)
    assert backup.problems(again) == []
    (document,) = again.documents("batch", None, ANN)
    assert again.document_content(document, ANN) == b"photo"
    # The store that came back is a store like any other.
    assert again.commit("land", parcels(3), kind="parcels", viewer=ANN, reason="r").number == 4
    assert filled.version("land", ANN).number == 3


def test_a_restored_store_is_opened_by_its_folder_alone(filled, tmp_path, bring_back):
    backup.take(filled, tmp_path / "backup")
    url = bring_back(tmp_path / "backup", tmp_path / "elsewhere")._url
    again = Store(tmp_path / "elsewhere")
    assert again._url == url
    assert again.version("land", ANN).number == 3
    again.close()


@pytest.mark.slow
def test_a_backup_taken_while_others_write_is_one_state(filled, database, tmp_path, bring_back):
    writer = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(filled.root), database or ""],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    for turn in range(3):
        assert writer.stdout.readline() == f"{turn + 1}\n"
        backup.take(filled, tmp_path / f"backup-{turn}")
    out, _ = writer.communicate("stop\n", timeout=60)
    assert writer.returncode == 0
    written = int(out.split()[-1]) if out.split() else 3
    for turn in range(3):
        again = bring_back(tmp_path / f"backup-{turn}", tmp_path / f"again-{turn}")
        versions, *_ = state(again)
        acts = again.audit(ANN, limit=10_000)
        assert len(versions) == acts["action"].isin(["commit", "undo"]).sum()
        assert len(again.changes("batch", ANN)) == (acts["action"] == "ledger").sum()
    assert filled.audit(ANN, limit=10_000)["viewer"].eq("bo").sum() == 2 * written


DAMAGES = {
    "cut file": lambda folder: next((folder / "files").glob("*.tif")).write_bytes(b"cell"),
    "other content": lambda folder: next((folder / "files").glob("*.tif")).write_bytes(b"CELLS"),
    "file missing": lambda folder: next((folder / "files").glob("*.original")).unlink(),
    "catalogue missing": lambda folder: next(folder.glob("catalogue.*")).unlink(),
    "no list": lambda folder: (folder / "manifest.json").unlink(),
    "half a list": lambda folder: (folder / "manifest.json").write_text('{"format": 1,'),
    "another list": lambda folder: (folder / "manifest.json").write_text('{"format": 7}'),
    "list of numbers": lambda folder: (folder / "manifest.json").write_text("[1, 2]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_in_words(filled, tmp_path, bring_back, damage):
    backup.take(filled, tmp_path / "backup")
    DAMAGES[damage](tmp_path / "backup")
    with pytest.raises(BackupError, match="not whole") as refusal:
        bring_back(tmp_path / "backup", tmp_path / "elsewhere")
    assert refusal.value.code == "STO-016"
    assert not (tmp_path / "elsewhere").exists()


def test_a_list_that_leads_outside_is_refused(filled, tmp_path):
    backup.take(filled, tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../../escaped"] = {"size": 1, "sha256": "0"}
    path.write_text(json.dumps(manifest))
    with pytest.raises(BackupError):
        backup.check(tmp_path / "backup")


def test_nothing_is_written_over(filled, tmp_path, bring_back):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x")
    with pytest.raises(NotEmptyError) as refusal:
        backup.take(filled, full)
    assert refusal.value.code == "STO-017"
    backup.take(filled, tmp_path / "backup")
    with pytest.raises(NotEmptyError):
        bring_back(tmp_path / "backup", filled.root)
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert bring_back(tmp_path / "backup", tmp_path / "empty").version("land", ANN).number == 3


def test_a_database_in_use_is_not_written_over(filled, tmp_path, postgresql, request):
    url = request.getfixturevalue("database")
    if url is None:
        url = postgresql.database()
        Store(tmp_path / "other", url=url).close()
    else:
        backup.take(filled, tmp_path / "backup")
        with pytest.raises(NotEmptyError):
            backup.restore(tmp_path / "backup", tmp_path / "elsewhere", url=url)
        assert not (tmp_path / "elsewhere").exists()
        return
    backup.take(filled, tmp_path / "backup")
    with pytest.raises(BackupError, match="sqlite"):
        backup.restore(tmp_path / "backup", tmp_path / "elsewhere", url=url)


def test_a_damaged_store_is_not_saved_as_if_it_were_whole(filled, tmp_path):
    path = next(filled._folder.glob("*.tif"))
    path.write_bytes(b"other")
    assert backup.problems(filled) == [f"{path.name} was changed"]
    with pytest.raises(BackupError, match="committed"):
        backup.take(filled, tmp_path / "backup")
    path.unlink()
    assert backup.problems(filled) == [f"{path.name} is missing"]
    with pytest.raises(BackupError, match="missing"):
        backup.take(filled, tmp_path / "backup")
    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == []


def test_a_damaged_catalogue_is_said_in_words(tmp_path):
    store = Store(tmp_path / "store")
    for _ in range(39):
        store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="x" * 400)
    store.close()
    path = store.root / "catalogue.sqlite"
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = b"\xff" * (len(content) - 12288)
    path.write_bytes(content)
    assert backup.problems(store) != []
    with pytest.raises(DamagedCatalogueError) as refusal:
        store.history("land", ANN)
    assert refusal.value.code == "STO-013"
    store.close()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(DamagedCatalogueError):
        Store(tmp_path / "store")


def test_a_missing_program_is_named(tmp_path, postgresql, monkeypatch):
    store = Store(tmp_path / "store", url=postgresql.database())
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(MissingToolError, match="pg_dump") as refusal:
        backup.take(store, tmp_path / "backup")
    assert refusal.value.code == "STO-018"
    store.close()


def test_a_target_that_cannot_be_made_is_said_in_words(filled, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotEmptyError):
        backup.take(filled, tmp_path / "file")
    with locked_folder() as folder, pytest.raises(ReadOnlyStoreError) as refusal:
        backup.check(backup.take(filled, folder / "backup").folder)
    assert refusal.value.code == "STO-012"
