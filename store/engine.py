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
from sqlalchemy.exc import OperationalError

from store.errors import StoreBusyError, StoreError, StoreTooNewError
from store.model import SCHEMA_VERSION, Base

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another one."""

_WAL_BYTES: Final = 8_388_608  # what the log shrinks to after a large write

_lock = threading.Lock()
_engines: OrderedDict[tuple[int, str], Engine] = OrderedDict()
_OPEN_ENGINES: Final = 8  # a server has one; many short-lived stores must not keep files open


def engine_for(url: str) -> Engine:
    """The one engine of this process for a catalogue; tables are made on first use.

    Raises:
        StoreTooNewError: A later release wrote the catalogue.
        StoreBusyError: The catalogue stayed locked while its tables had to be made.
    """
    key = (os.getpid(), url)
    with _lock:
        if key not in _engines:
            engine = create_engine(url, json_serializer=_json)
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_sqlite)
            _create_tables(engine)
            _engines[key] = engine
            _forget_oldest()
        _engines.move_to_end(key)
        return _engines[key]


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


def _create_tables(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        Base.metadata.create_all(engine)
        return
    _use_wal(engine)
    with writing(engine) as connection:
        found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found > SCHEMA_VERSION:
            raise StoreTooNewError(
                f"the store has form {found}, this release knows {SCHEMA_VERSION}; update Ganyuan",
                values={"found": found, "known": SCHEMA_VERSION},
            )
        if found < SCHEMA_VERSION:
            Base.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")


def _use_wal(engine: Engine) -> None:
    """Switch to WAL; SQLite does not wait by itself when two processes do so at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
            except engine.dialect.loaded_dbapi.OperationalError as err:
                if time.monotonic() > deadline:
                    raise StoreBusyError("the catalogue is locked; try again") from err
                time.sleep(0.02)
            else:
                return
    finally:
        raw.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes the write lock at once and commits at the end.

    Raises:
        StoreBusyError: Another writer kept the lock for :data:`BUSY_SECONDS`.
        StoreError: The database refuses: no room, no right, no connection.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE dataset IN EXCLUSIVE MODE")
            yield connection
    except OperationalError as err:
        if "locked" in str(err) or "busy" in str(err):
            raise StoreBusyError(
                f"another writer held the catalogue for {BUSY_SECONDS:.0f} s; try again",
            ) from err
        raise StoreError(
            f"the catalogue cannot be written: {err.orig}", values={"detail": str(err.orig)}
        ) from err


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one state of the catalogue and never waits for writers."""
    with engine.connect() as connection, connection.begin():
        yield connection
