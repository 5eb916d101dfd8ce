"""Backups: one folder with the catalogue, every file that it names, and a list of digests."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine

from store import dumps, files
from store.base import CATALOGUE, StoreBase, files_named
from store.engine import reading
from store.errors import BackupError, DamagedCatalogueError, NotEmptyError
from store.model import SCHEMA_VERSION
from store.store import Store

MANIFEST: Final = "manifest.json"
_FILES: Final = "files"
_FORMAT: Final = 1


@dataclass(frozen=True)
class Backup:
    """A backup that was taken or checked.

    Attributes:
        folder: Where it lies.
        made_at: When it was taken, UTC.
        files: Files in it, the catalogue among them.
        size: Bytes of them all.
        form: Form of the catalogue's tables.
        dialect: ``sqlite`` or ``postgresql``.
    """

    folder: Path
    made_at: dt.datetime
    files: int
    size: int
    form: int
    dialect: str


def take(store: Store, target: Path, *, clock: dt.datetime | None = None) -> Backup:
    """Write a backup of a store, consistent while others go on writing.

    The catalogue is copied as it stands at one moment; files that it names never change and never
    go away, so they can be copied afterwards.

    Args:
        store: What to save.
        target: Folder that does not exist or is empty; it appears when everything is in it.
        clock: Moment to write into the backup; now by default.

    Raises:
        NotEmptyError: Something stands in ``target``.
        BackupError: A file of the store is gone or is not the one that was committed.
        MissingToolError: The catalogue is in PostgreSQL and ``pg_dump`` is not installed.
        NoRoomError: The disk is full.
        ReadOnlyStoreError: ``target`` may not be written.
    """
    made_at = clock or dt.datetime.now(dt.UTC)
    with _appearing(target) as folder:
        engine = store._engine  # noqa: SLF001 - one room
        name = dumps.dump(engine, folder)
        listed = {name: _facts(folder / name, files.digest(folder / name))}
        with _catalogue(engine, folder / name) as connection:
            named = files_named(connection)
        (folder / _FILES).mkdir()
        for file, known in sorted(named.items()):
            found = _copied(store.root / _FILES / file, folder / _FILES / file)
            if known is not None and found != known:
                raise _damaged(f"{file} in the store is not the file that was committed")
            listed[f"{_FILES}/{file}"] = _facts(folder / _FILES / file, found)
        manifest = {
            "format": _FORMAT,
            "made_at": made_at.isoformat(),
            "form": SCHEMA_VERSION,
            "dialect": engine.dialect.name,
            "catalogue": name,
            "files": listed,
        }
        text = json.dumps(manifest, indent=1)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        files.settle(folder / MANIFEST)
        files.settle(folder / _FILES)
    return check(target)


def check(source: Path) -> Backup:
    """Compare every file of a backup with the list of digests.

    Raises:
        BackupError: The list is absent or cannot be read, or a file is gone or changed.
    """
    manifest = _manifest(source)
    for name, facts in manifest["files"].items():
        path = source / name
        if not path.is_file():
            raise _damaged(f"{name} is missing")
        if path.stat().st_size != facts["size"] or files.digest(path) != facts["sha256"]:
            raise _damaged(f"{name} was changed")
    return Backup(
        folder=source,
        made_at=dt.datetime.fromisoformat(manifest["made_at"]),
        files=len(manifest["files"]),
        size=sum(facts["size"] for facts in manifest["files"].values()),
        form=manifest["form"],
        dialect=manifest["dialect"],
    )


def restore(source: Path, root: Path, *, url: str | None = None) -> Store:
    """Make a store from a backup.

    Args:
        source: Folder of the backup; it is checked first.
        root: Folder of the new store, which does not exist or is empty.
        url: Empty PostgreSQL database for a backup of such a catalogue; the store's folder will
            name it.

    Returns:
        The store, of which every file has been compared with its digest.

    Raises:
        BackupError: The backup is not whole, or is one of another database.
        NotEmptyError: Something stands in ``root`` or in the database.
        MissingToolError: ``pg_restore`` is needed and not installed.
        StoreTooNewError: A later release took the backup.
    """
    check(source)
    manifest = _manifest(source)
    if (manifest["dialect"] == "postgresql") != (url is not None):
        raise _damaged(
            f"it holds a catalogue of {manifest['dialect']}; name a database of that kind"
        )
    with _appearing(root) as folder:
        (folder / _FILES).mkdir()
        for name, facts in manifest["files"].items():
            if name == manifest["catalogue"]:
                continue
            if _copied(source / name, folder / name) != facts["sha256"]:
                raise _damaged(f"{name} was changed while it was read")
        files.settle(folder / _FILES)
        dumps.load(source / manifest["catalogue"], folder / CATALOGUE, url)
        if url is not None:
            (folder / "catalogue.url").write_text(url + "\n", encoding="utf-8")
            (folder / "catalogue.url").chmod(0o600)
    store = Store(root)
    wrong = problems(store)
    if wrong:
        raise _damaged("; ".join(wrong[:3]))
    return store


def problems(store: StoreBase) -> list[str]:
    """Everything in a store that is not as it was committed, in words; empty when all is well."""
    wrong: list[str] = []
    try:
        engine = store._engine  # noqa: SLF001 - one room
        with reading(engine) as connection:
            if engine.dialect.name == "sqlite":
                answer = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars()
                wrong += [f"catalogue: {line}" for line in answer if line != "ok"]
            named = files_named(connection)
    except DamagedCatalogueError as err:
        return [*wrong, err.message]
    for file, known in sorted(named.items()):
        path = store.root / _FILES / file
        if not path.is_file():
            wrong.append(f"{file} is missing")
        elif known is not None and files.digest(path) != known:
            wrong.append(f"{file} was changed")
    return wrong


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A folder that takes the name of ``target`` when the work in it is done."""
    target = Path(target).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NotEmptyError(f"{target} is not empty", values={"folder": str(target)})
    folder = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        folder.mkdir(parents=True)
        yield folder
        files.settle(folder)
        folder.rename(target)
        files.settle(target.parent)
    except OSError as err:
        raise files.refusal(target, err) from err
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _catalogue(engine: Engine, copy: Path) -> Iterator[Connection]:
    """The catalogue whose files belong to the backup."""
    if engine.dialect.name != "sqlite":
        # Read after the dump: it may name more files than the dump does, never fewer.
        with reading(engine) as connection:
            yield connection
        return
    own = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    )
    try:
        with own.connect() as connection:
            yield connection
    finally:
        own.dispose()


def _copied(source: Path, target: Path) -> str:
    """Copy a file, force it to disk, and give the digest of what was copied."""
    try:
        found = files.copy(source, target)
        files.settle(target)
    except FileNotFoundError as err:
        raise _damaged(f"{source.name} is missing") from err
    return found


def _facts(path: Path, sha256: str) -> dict[str, Any]:
    return {"sha256": sha256, "size": path.stat().st_size}


def _manifest(source: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        known = found["format"] == _FORMAT and found["catalogue"] in found["files"]
        dt.datetime.fromisoformat(found["made_at"])
        names = [Path(name) for name in found["files"]]
        for facts in found["files"].values():
            facts["size"] + len(facts["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise _damaged(f"{MANIFEST} cannot be read") from err
    outside = [name for name in names if name.is_absolute() or ".." in name.parts]
    if not known or outside:
        raise _damaged(f"{MANIFEST} is not one of this release")
    return found


def _damaged(detail: str) -> BackupError:
    return BackupError(f"the backup is not whole: {detail}", values={"detail": detail})
