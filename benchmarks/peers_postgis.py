"""PostGIS in a cluster of its own: loading, queries, and the processor time of its backends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
import shapely

from benchmarks.alone import Alone
from benchmarks.tilings import Shapes
from tests import postgres

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _SPENT, _REAPED = 1, slice(11, 13), slice(11, 15)


def missing() -> str:
    """Why PostGIS cannot be used here; empty where it can."""
    controls = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    return postgres.missing() or ("" if any(controls) else "PostGIS is not installed")


@dataclass(frozen=True)
class PostGIS:
    """A connection to a running cluster.

    Attributes:
        connection: In autocommit.
    """

    connection: psycopg.Connection[tuple[Any, ...]]

    def version(self) -> str:
        """Numbers of PostGIS and PostgreSQL."""
        row = self.connection.execute(
            "select postgis_lib_version(), current_setting('server_version')"
        ).fetchone()
        assert row is not None
        return f"PostGIS {row[0]} on PostgreSQL {row[1].split()[0]}"

    def load(self, table: str, shapes: Shapes, srid: int, **columns: tuple[str, Any]) -> None:
        """Make a table with an index over its shapes, and its statistics.

        Args:
            table: Name.
            shapes: n geometries, column ``geom``.
            srid: Their system.
            columns: SQL type and n values by name.
        """
        facts = "".join(f"{name} {kind}, " for name, (kind, _) in columns.items())
        self.connection.execute(f"create table {table} ({facts}geom geometry(Geometry, {srid}))")
        wkb = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)
        values = [np.asarray(given).tolist() for _, given in columns.values()]
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"copy {table} from stdin") as copy,
        ):
            for row in zip(*values, wkb.tolist(), strict=True):
                copy.write_row(row)
        self.ready(table)

    def ready(self, table: str) -> None:
        """Index the shapes of a table and gather its statistics."""
        self.connection.execute(f"create index on {table} using gist (geom)")
        self.connection.execute(f"vacuum analyze {table}")

    def run(self, query: str) -> Alone:
        """Cost of a query, its rows in ``said``: of this process and of all of the server's."""
        begun, before = time.perf_counter(), self._spent_s()
        rows = self.connection.execute(query).fetchall()
        return Alone(self._spent_s() - before, 0.0, time.perf_counter() - begun, rows)

    def _spent_s(self) -> float:
        """Processor seconds of this process, the server, its children and those it has reaped."""
        master = int(_stat(self.connection.info.backend_pid)[_PARENT])
        ticks = sum(map(int, _stat(master)[_REAPED]))
        for process in Path("/proc").glob("[0-9]*"):
            try:
                fields = _stat(int(process.name))
            except OSError:
                continue
            if int(fields[_PARENT]) == master:
                ticks += sum(map(int, fields[_SPENT]))
        return ticks / _TICKS + time.process_time()


def _stat(pid: int) -> list[str]:
    """Fields of a process behind its name, state first."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()


@contextmanager
def cluster() -> Iterator[PostGIS]:
    """A cluster of its own on a free port, gone afterwards."""
    server = postgres.start()
    try:
        url = server.database().replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create extension postgis")
            yield PostGIS(connection)
    finally:
        server.stop()
