"""The two databases that a store can live in; what an attack would reach."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Store
from tests import postgres
from tests.attack_world import CANARY
from tests.store_world import MOMENT


@pytest.fixture(scope="session")
def postgresql():
    """A server of this run's own; tests that need it are skipped where none can be started."""
    why = postgres.missing()
    if why:
        pytest.skip(why)
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """URL of an empty catalogue; None for the SQLite file in the store's folder."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgresql").schema()


@pytest.fixture
def open_store(tmp_path, database):
    """Opens a store on the database of this test; closes what it opened."""
    opened = []

    def make(folder="store", **options):
        opened.append(Store(tmp_path / folder, url=database, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def store(open_store):
    """An empty store in which it is always the same moment."""
    return open_store(clock=lambda: MOMENT)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text(f"word\n{CANARY}\n", encoding="utf-8")
    return path


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A loopback server that notes who calls."""
    hits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", hits
    server.shutdown()
    server.server_close()
