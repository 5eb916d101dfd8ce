"""Cost of code without its imports, in a process of its own, and costs taken in turns."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import measure

TIMES: Final = 3
LONG_S: Final = 60.0
"""What takes longer on the clock is done once."""

_AROUND = """
import json, os, resource, sys, time
# The guard of the process that measures is not for peers; ours sets it again.
os.environ.pop("GDAL_SKIP", None)
{imports}
said = None
def spent():
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)
cpu, wall = spent(), time.perf_counter()
{work}
cpu, wall = spent() - cpu, time.perf_counter() - wall
# The counterpart in resource usage begins at the memory of the process that started this one.
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
open(sys.argv[-1], "w").write(json.dumps([cpu, wall, peak, said]))
"""


@dataclass(frozen=True)
class Alone:
    """What a run took.

    Attributes:
        cpu_s: Processor seconds of the work itself, with the processes that it started.
        peak_mb: Highest memory of the process.
        wall_s: Seconds on the clock.
        said: What the work left in its variable ``said``.
    """

    cpu_s: float
    peak_mb: float
    wall_s: float = 0.0
    said: Any = None


def once(imports: str, work: str, *arguments: str) -> Alone:
    """Run code in a fresh process.

    Args:
        imports: Code that is not measured.
        work: Code that is; what it assigns to ``said`` is handed back by way of JSON.
        arguments: For ``sys.argv``.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cost"
        cost = measure(_AROUND.format(imports=imports, work=work), *arguments, str(out))
        cpu, wall, peak, said = json.loads(out.read_text())
    return Alone(cpu, max(peak, cost.peak_mb), wall, said)


def least(imports: str, work: str, *arguments: str, times: int = TIMES) -> Alone:
    """The run of fresh processes with the least processor time: the machine may be busy."""
    return min((once(imports, work, *arguments) for _ in range(times)), key=lambda run: run.cpu_s)


def in_turns(
    ways: Mapping[str, Callable[[], Alone]], *, times: int = TIMES, long_s: float = LONG_S
) -> dict[str, list[Alone]]:
    """Costs of ways that take turns, so that a busy moment does not fall on one alone.

    Args:
        ways: What to measure, by name.
        times: Turns.
        long_s: A way that took longer in its first turn has no other.
    """
    found: dict[str, list[Alone]] = {name: [] for name in ways}
    for turn in range(times):
        for name, way in ways.items():
            if turn == 0 or found[name][0].wall_s <= long_s:
                found[name].append(way())
    return found
