"""Fixtures that several test modules share."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import demo
from store import Store, Viewer

# A busy machine is no fault of the code, and the same tree gets the same verdict twice.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A page under test takes the place of ``__main__``, which fresh processes would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def demo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a demonstration store, built once for all workers; never write into it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        demo.ensure(root)
    return root


@pytest.fixture(scope="session")
def demo_store(demo_root: Path) -> Store:
    """The demonstration store; never write into it."""
    return Store(demo_root)


@pytest.fixture
def empty_store(tmp_path: Path) -> Store:
    """A store without anything in it."""
    return Store(tmp_path / "store")


@pytest.fixture
def viewer() -> Viewer:
    """Somebody who may see the whole province."""
    return Viewer("tester")
