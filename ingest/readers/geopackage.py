"""GeoPackages: looked through with a clock running before GDAL may open them.

A SQLite file can hold views that never end, and virtual tables that reach other files. SQLite runs
neither while its catalogue is read, so that is read first, and only files of plain tables go on.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from ingest.model import Choices, RefusedError
from ingest.readers import spool
from ingest.readers.layer import Layer
from ingest.source import Source

_STEPS: Final = 100_000
_MOST_CALLS: Final = 200
_MOST_OBJECTS: Final = 5000
_RTREE: Final = re.compile(
    r"""^\s*CREATE\s+VIRTUAL\s+TABLE\s+("(?:[^"]|"")*"|\w+)\s+USING\s+rtree\s*\(""", re.IGNORECASE
)
_VIRTUAL: Final = re.compile(r"^\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)
_TRIGGERS: Final = re.compile(
    r"^(rtree_|gpkg_|trigger_insert_feature_count_|trigger_delete_feature_count_)"
)
_GENERATED: Final = (2, 3)


def layers(path: Path, scratch: Path, choices: Choices) -> list[Layer]:
    """Layers of a GeoPackage: features first, then tables without shapes.

    Raises:
        RefusedError: It is no GeoPackage, is damaged, or holds what could run.
    """
    del choices
    with _opened(path) as database:
        tables = _plain_tables(database)
        if "gpkg_contents" not in tables:
            raise RefusedError("FIL-028")
        query = "SELECT table_name, data_type FROM gpkg_contents LIMIT 5000"
        listed = [(str(n), str(k)) for n, k in database.execute(query)]
        found = [(n, k) for n, k in listed if n in tables and k in {"features", "attributes"}]
        for name, _ in found:
            _check_columns(database, name)
    if not found:
        raise RefusedError("VEC-003", name="—")
    return [
        Layer(
            name,
            partial(_open, path, name, scratch / f"layer{number}.arrow"),
            rank=0 if kind == "features" else 2,
        )
        for number, (name, kind) in enumerate(sorted(found, key=lambda pair: pair[1] != "features"))
    ]


def _open(path: Path, name: str, target: Path) -> Source:
    return spool.source(spool.stream(path, name, target), format="geopackage")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, read-only and with a limit on its work."""
    calls = 0

    def enough() -> int:
        nonlocal calls
        calls += 1
        return calls > _MOST_CALLS

    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.set_progress_handler(enough, _STEPS)
            database.execute("PRAGMA trusted_schema = OFF")
            yield database
    except sqlite3.OperationalError as err:
        raise RefusedError("VEC-004" if calls > _MOST_CALLS else "FIL-033") from err
    except (sqlite3.DatabaseError, UnicodeDecodeError) as err:
        raise RefusedError("FIL-033") from err


def _plain_tables(database: sqlite3.Connection) -> frozenset[str]:
    """Names of the plain tables.

    Raises:
        RefusedError: There is a view, a foreign trigger or a virtual table other than an index.
    """
    query = "SELECT type, name, sql FROM sqlite_master LIMIT ?"
    objects = database.execute(query, (_MOST_OBJECTS + 1,)).fetchall()
    if len(objects) > _MOST_OBJECTS:
        raise RefusedError("VEC-004")
    tables = set()
    for kind, name, sql in objects:
        virtual = kind == "table" and _VIRTUAL.match(sql or "")
        harmless = (
            kind == "index"
            or (kind == "trigger" and _TRIGGERS.match(name))
            or (kind == "table" and (not virtual or _RTREE.match(sql)))
        )
        if not harmless:
            raise RefusedError("VEC-003", name=str(name)[:80])
        if kind == "table" and not virtual:
            tables.add(str(name))
    return frozenset(tables)


def _check_columns(database: sqlite3.Connection, name: str) -> None:
    """Refuse columns that are worked out while they are read."""
    quoted = name.replace('"', '""')
    for column in database.execute(f'PRAGMA table_xinfo("{quoted}")'):
        if column[6] in _GENERATED:
            raise RefusedError("VEC-003", name=f"{name}.{column[1]}"[:80])
