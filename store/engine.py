"""The connection to the catalogue: SQLite in WAL by default, PostgreSQL by URL."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from store import forms
from store.errors import (
    DamagedCatalogueError,
    InvalidDatasetError,
    NoRoomError,
    ReadOnlyStoreError,
    StoreBusyError,
    StoreError,
)

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another one."""

_WAL_BYTES: Final = 8_388_608  # what the log shrinks to after a large write

_TROUBLES: Final[tuple[tuple[type[StoreError], tuple[str, ...], tuple[str, ...]], ...]] = (
    (StoreBusyError, ("55P03", "40001", "40P01"), ("locked", "busy")),
    (NoRoomError, ("53100",), ("disk is full", "disk i/o error")),
    (ReadOnlyStoreError, ("25006", "42501"), ("readonly", "unable to open")),
    (DamagedCatalogueError, ("XX001", "XX002"), ("malformed", "not a database")),
    (InvalidDatasetError, ("22",), ()),
)
"""Error, its states in PostgreSQL, and words of SQLite's message."""

_lock = threading.Lock()
_engines: OrderedDict[tuple[int, str], Engine] = OrderedDict()
_OPEN_ENGINES: Final = 8  # a server has one; many short-lived stores must not keep files open


def engine_for(url: str) -> Engine:
    """The one engine of this process for a catalogue; tables are brought up on first use.

    Raises:
        StoreTooNewError: A later release wrote the catalogue.
        StoreBusyError: The catalogue stayed locked while its tables had to be made.
        StoreError: The catalogue cannot be opened; see :func:`writing`.
    """
    key = (os.getpid(), url)
    with _lock:
        if key not in _engines:
            engine = create_engine(url, json_serializer=_json)
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_sqlite)
            _open(engine)
            _engines[key] = engine
            _forget_oldest()
        _engines.move_to_end(key)
        return _engines[key]


def release(url: str) -> None:
    """Close the connections of this process to a catalogue."""
    with _lock:
        engine = _engines.pop((os.getpid(), url), None)
    if engine is not None:
        engine.dispose()


def _forget_oldest() -> None:
    while len(_engines) > _OPEN_ENGINES:
        (process, _), engine = _engines.popitem(last=False)
        # A forked child must leave its parent's connections alone.
        engine.dispose(close=process == os.getpid())


def _json(value: object) -> str:
    """JSON with Chinese as it is, a third of the size of escapes."""
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - driver's type
    # The driver must not open transactions by itself: ours say whether they are going to write.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open(engine: Engine) -> None:
    with _translated():
        current = forms.is_current(engine)
        if engine.dialect.name == "sqlite":
            _use_wal(engine)
    if not current:
        with _begun(engine, writes=True) as connection:
            forms.bring_up(connection)


def _use_wal(engine: Engine) -> None:
    """Switch to WAL; SQLite does not wait by itself when two processes do so at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    raw = engine.raw_connection()
    try:
        while raw.cursor().execute("PRAGMA journal_mode").fetchone() != ("wal",):
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
            except engine.dialect.loaded_dbapi.Error as err:
                trouble = _trouble(str(err), "")
                if not isinstance(trouble, StoreBusyError) or time.monotonic() > deadline:
                    raise trouble from err
                time.sleep(0.02)
    finally:
        raw.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes the write lock at once and commits at the end.

    Raises:
        StoreBusyError: Another writer kept the lock for :data:`BUSY_SECONDS`.
        NoRoomError: The disk is full.
        ReadOnlyStoreError: The catalogue may not be written.
        DamagedCatalogueError: The catalogue's file is no longer whole.
        InvalidDatasetError: A text or number does not fit into its column.
        StoreError: The database refuses for another reason.
    """
    with _begun(engine, writes=True) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE dataset IN EXCLUSIVE MODE")
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one state of the catalogue and never waits for writers.

    Raises:
        DamagedCatalogueError: The catalogue's file is no longer whole.
        StoreError: The database refuses.
    """
    with _begun(engine, writes=False) as connection:
        yield connection


@contextmanager
def _begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    options: dict[str, Any] = {"writes": writes}
    if engine.dialect.name == "postgresql" and not writes:
        options["isolation_level"] = "REPEATABLE READ"
    opened = engine.connect
    with _translated(), opened().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql" and writes:
            wait = int(BUSY_SECONDS * 1000)
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
        yield connection


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the database as errors of the store."""
    try:
        yield
    except DBAPIError as err:
        raise _in_words(err) from err


def _in_words(err: DBAPIError) -> StoreError:
    return _trouble(str(err.orig).strip(), getattr(err.orig, "sqlstate", None) or "")


def _trouble(detail: str, state: str) -> StoreError:
    """The store's error for a message of SQLite or a state of PostgreSQL."""
    text = detail.lower()
    for kind, states, words in _TROUBLES:
        if state.startswith(states) or (not state and any(word in text for word in words)):
            return kind(f"the catalogue refuses: {detail}", values={"detail": detail})
    return StoreError(f"the catalogue cannot be used: {detail}", values={"detail": detail})
