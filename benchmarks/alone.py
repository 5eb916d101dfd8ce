"""Processor time of a piece of code without its imports, and the memory of its process."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import measure

_AROUND = """
import sys, time
{imports}
started = time.process_time()
{work}
open(sys.argv[-1], "w").write(str(time.process_time() - started))
"""


@dataclass(frozen=True)
class Alone:
    """What a run took.

    Attributes:
        cpu_s: Processor seconds of the work itself, in one process.
        peak_mb: Highest memory of the process.
    """

    cpu_s: float
    peak_mb: float


def least(imports: str, work: str, *arguments: str, times: int = 3) -> Alone:
    """The run of fresh processes with the least processor time: the machine may be busy."""
    code = _AROUND.format(imports=imports, work=work)
    runs = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "cpu"
            cost = measure(code, *arguments, str(out))
            runs.append(Alone(float(out.read_text()), cost.peak_mb))
    return min(runs, key=lambda run: run.cpu_s)
