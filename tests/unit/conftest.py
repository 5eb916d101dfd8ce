"""The two databases that a store's catalogue can live in."""

from __future__ import annotations

import pytest

from store import Store
from tests import postgres
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
