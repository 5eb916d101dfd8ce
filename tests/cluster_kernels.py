"""Kernels that worker processes can import, and a cluster of such processes on this machine."""

from __future__ import annotations

import importlib
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Doubler:
    """Twice the item; slow where it is told to be."""

    pause_s: float = 0.0

    def __call__(self, item):
        time.sleep(self.pause_s)
        return 2 * item


@dataclass(frozen=True)
class Deadly:
    """Ends its own process at one item, so often as there are files to take away."""

    folder: str
    item: int

    def __call__(self, item):
        bullets = sorted(Path(self.folder).glob("*.bullet"))
        if item == self.item and bullets:
            bullets[0].unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return item


@dataclass(frozen=True)
class Killing:
    """Another kernel whose process dies once, in the middle of the work."""

    kernel: object
    folder: str
    item: int

    def __call__(self, item):
        Deadly(self.folder, self.item)(item)
        return self.kernel(item)


@dataclass(frozen=True)
class Refusing:
    """A kernel with an error of its own."""

    def __call__(self, item):
        raise LookupError(item)


@dataclass(frozen=True)
class Heavy:
    """A kernel that carries much, as outlines of thousands of units are."""

    load: bytes

    def __call__(self, item):
        return len(self.load) + item


class Foreign:
    """A kernel of a package that workers do not have."""

    def __reduce__(self):
        return importlib.import_module, ("a_package_of_the_client_only",)

    def __call__(self, item):
        return item


@contextmanager
def local_cluster(workers: int):
    """A scheduler with so many worker processes; a nanny starts those anew that die.

    Tests that need one are skipped where the library is not installed.
    """
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    # Port 0: several clusters may run on this machine at a time.
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=50,
    ) as made:  # fmt: skip
        yield made


def bullets(folder: Path, count: int) -> str:
    """A folder with so many deaths in it."""
    folder.mkdir()
    for i in range(count):
        (folder / f"{i}.bullet").touch()
    return str(folder)
