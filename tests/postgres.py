"""A PostgreSQL server of the test run's own: Debian's package, a temporary folder, a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

SERVERS = Path("/usr/lib/postgresql")
WAIT_SECONDS = 60


def _program(name: str) -> str | None:
    found = sorted(SERVERS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    for name in ("initdb", "postgres"):
        if _program(name) is None:
            return f"{name} is not installed: run scripts/install_postgresql.sh"
    if os.geteuid() == 0 and (shutil.which("runuser") is None or not _user_exists()):
        return "PostgreSQL refuses root, and there is no user postgres"
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError as err:
        return f"no driver: {err}"
    return ""


def _user_exists() -> bool:
    return subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0


# Ends when the pipe from the test run is closed, for whatever reason: no server is left behind.
KEEPER = """
"$1" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 2>"$2/log" &
cat >/dev/null
kill -QUIT $!
wait $!
rm -rf "$2" >/dev/null 2>&1 &
"""


@dataclass
class Server:
    """A running server.

    Attributes:
        port: Where it listens, on 127.0.0.1 only.
    """

    port: int
    keeper: subprocess.Popen[bytes]

    def database(self) -> str:
        """URL of a new, empty database."""
        name = _fresh_name()
        self._create(f"CREATE DATABASE {name}")
        return self._url(name)

    def schema(self) -> str:
        """URL of a new, empty schema: to a catalogue like a database, and made in an instant."""
        name = _fresh_name()
        self._create(f"CREATE SCHEMA {name}")
        return f"{self._url('postgres')}?options=-csearch_path%3D{name}"

    def _create(self, statement: str) -> None:
        admin = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with admin.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            admin.dispose()

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://ganyuan:ganyuan@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """End the server; its folder goes with it."""
        assert self.keeper.stdin is not None
        self.keeper.stdin.close()
        self.keeper.wait(timeout=5 * WAIT_SECONDS)


def _fresh_name() -> str:
    return f"ganyuan_{uuid.uuid4().hex[:12]}"


def start() -> Server:
    """Make a cluster and start it as a user without rights."""
    # Not below pytest's own folder: only its owner may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="ganyuan-postgresql-"))
    password = folder / "password"
    password.write_text("ganyuan")
    become: list[str] = []
    if os.geteuid() == 0:
        become = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
        shutil.chown(password, "postgres")
    options = f"-U ganyuan -A scram-sha-256 -E UTF8 --locale=C -N --pwfile={password}".split()
    subprocess.run(
        [*become, str(_program("initdb")), "-D", str(folder / "data"), *options],
        check=True,
        capture_output=True,
        cwd="/",
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    keeper = subprocess.Popen(
        [*become, "sh", "-c", KEEPER, "sh", str(_program("postgres")), str(folder), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    server = Server(port, keeper)
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            server.schema()
        except OperationalError:
            if time.monotonic() > deadline:
                server.stop()
                raise
            time.sleep(0.1)
        else:
            return server
