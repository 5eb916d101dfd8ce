"""Cost of a piece of work in a process of its own: wall time, processor time, memory of the tree."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
POLL_S = 0.05
MB = 1024**2


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Processor seconds of the process and all that it started.
        peak_mb: Highest sum of resident memory over the process and its children.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(code: str, *arguments: str) -> Cost:
    """Run Python code with arguments and wait for its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments])  # noqa: S603 - own code
    peak = [0.0]
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, over, peak))
    watcher.start()
    status = process.wait()
    wall = time.perf_counter() - start
    over.set()
    watcher.join()
    if status:
        raise RuntimeError(f"the measured process ended with {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak[0])


def _watch(pid: int, over: threading.Event, peak: list[float]) -> None:
    while not over.wait(POLL_S):
        peak[0] = max(peak[0], sum(_resident(p) for p in _tree(pid)) / MB)


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    except OSError:
        return found
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
