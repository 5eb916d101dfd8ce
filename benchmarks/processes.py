"""Cost of a piece of work in a process of its own: wall and processor time, memory of the tree."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

POLL_S = 0.2
KB_PER_MB = 1024


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Processor seconds of the process and all that it started.
        peak_mb: Highest memory of the process and its children, pages that they share counted once
            (proportional set size).
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(code: str, *arguments: str) -> Cost:
    """Run Python code with arguments and wait for its end.

    What earlier runs have written goes to the disk before, so that no run pays for another.
    """
    os.sync()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments])
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
        peak[0] = max(peak[0], sum(_memory_kb(p) for p in _tree(pid)) / KB_PER_MB)


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    except OSError:
        return found
    return found


def _memory_kb(pid: int) -> int:
    """Proportional set size of a process; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
