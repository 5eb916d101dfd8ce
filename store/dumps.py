"""The catalogue as one file: a copy of SQLite's, or PostgreSQL's own dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError

from store import files
from store.base import CATALOGUE
from store.errors import BackupError, MissingToolError, NotEmptyError

_DUMP: Final = "catalogue.pgdump"


def dump(engine: Engine, folder: Path) -> str:
    """Write the catalogue as it stands at one moment; the name of the file.

    Raises:
        MissingToolError: ``pg_dump`` is needed and not installed.
        BackupError: It failed.
    """
    if engine.dialect.name == "sqlite":
        _copy_sqlite(engine, folder / CATALOGUE)
        return CATALOGUE
    _run("pg_dump", engine.url, "--format=custom", "--no-owner", f"--file={folder / _DUMP}")
    files.settle(folder / _DUMP)
    return _DUMP


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """SQLite's online backup: one state, whoever writes meanwhile."""
    raw = engine.raw_connection()
    try:
        with closing(sqlite3.connect(target)) as copy:
            raw.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        raw.close()
    files.settle(target)


def load(source: Path, target: Path, url: str | None) -> None:
    """Bring a catalogue back.

    Args:
        source: What :func:`dump` wrote.
        target: File of an SQLite catalogue.
        url: Empty PostgreSQL database; None for SQLite.

    Raises:
        NotEmptyError: The database holds tables.
        MissingToolError: ``pg_restore`` is needed and not installed.
        BackupError: It failed.
    """
    if url is None:
        files.copy(source, target)
        files.settle(target)
        return
    where = make_url(url)
    _refuse_full(where)
    options = ("--no-owner", "--single-transaction", "--exit-on-error")
    _run("pg_restore", where, *options, str(source))


def _refuse_full(url: URL) -> None:
    engine = create_engine(url)
    try:
        tables = inspect(engine).get_table_names()
    except DBAPIError as err:
        raise BackupError(
            f"the database cannot be reached: {err.orig}", values={"detail": str(err.orig)}
        ) from err
    finally:
        engine.dispose()
    if tables:
        name = url.render_as_string(hide_password=True)
        raise NotEmptyError(f"the database {name} is not empty", values={"folder": name})


def _run(tool: str, url: URL, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, not the list."""
    found = shutil.which(tool)
    if found is None:
        raise MissingToolError(f"{tool} is not installed", values={"tool": tool})
    where = {
        "PGHOST": url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
    }
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [found, f"--dbname={url.database}", *arguments],
        env=os.environ | {name: str(value) for name, value in where.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        detail = done.stderr.strip()[-300:]
        raise BackupError(f"{tool} failed: {detail}", values={"detail": detail})
