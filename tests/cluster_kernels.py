"""Kernels that worker processes can import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


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


def bullets(folder: Path, count: int) -> str:
    """A folder with so many deaths in it."""
    folder.mkdir()
    for i in range(count):
        (folder / f"{i}.bullet").touch()
    return str(folder)
