"""Judging idle land: seconds and memory by the number of parcels, on one core.

The parcels are drawn at random and typed as a version is read; the plain way is the pseudo-code of
the rules, row by row. Statuses of both ways are asserted to be equal.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from analytics.idle.status import DATES, NUMBERS, REQUIRED, STATUSES, TEXTS
from benchmarks.alone import TIMES, Alone, in_turns, once
from benchmarks.document import Cell, Findings, Growth, Table, spread

SIZES: Final = (10_000, 100_000, 1_000_000)
PLAIN_MOST: Final = 100_000
"""The plain way is not asked for more."""
STRETCH: Final = 100_000
AS_OF: Final = dt.date(2024, 12, 31)

_SHARES: Final = {"batch_id": 0.9, "approval_no": 0.9, "supply_no": 0.7, "letter_no": 0.05}
_IMPORTS: Final = """
import datetime as dt, os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import pandas as pd
from analytics.idle.status import parcel_status, status_codes
from benchmarks.idle import AS_OF, STRETCH, counted, parcels, plain_status
from domain.rules import load_rules
frame, rules = parcels(int(sys.argv[1])), load_rules("idle", as_of=AS_OF)
parcel_status(frame.iloc[:10], as_of=AS_OF, rules=rules)
def memory(name):
    return int(open("/proc/self/status").read().split(name)[1].split()[0]) / 1024
open("/proc/self/clear_refs", "w").write("5")
before = memory("VmRSS:")
"""
_AFTER: Final = """
said = {"growth": memory("VmHWM:") - before, "status": counted(status)}
"""
WAYS: Final = {
    "all columns": "status = parcel_status(frame, as_of=AS_OF, rules=rules)['status']",
    "all columns, a stretch at a time": """
status = []
for at in range(0, len(frame), STRETCH):
    part = parcel_status(frame.iloc[at : at + STRETCH], as_of=AS_OF, rules=rules)
    status.append(part["status"].value_counts())
""",
    "statuses alone": "status = status_codes(frame, as_of=AS_OF, rules=rules)",
    "row by row": "status = plain_status(frame, AS_OF)",
}
OURS: Final = "all columns"
PLAIN: Final = "row by row"


def parcels(n: int) -> pd.DataFrame:
    """Parcels at random, with the columns that a status rests on, typed as in a version."""
    rng = np.random.default_rng(5)
    out: dict[str, Any] = {
        name: _dates(n, rng, 0.1 if name == "letter_on" else 0.5) for name in DATES
    }
    out |= {name: rng.integers(0, 100, n).astype("float64") for name in NUMBERS}
    for name in TEXTS:
        out[name] = _numbers(n, rng, _SHARES.get(name, 0.03))
    out["sealed"] = pd.array(rng.random(n) < 0.03, dtype="boolean")
    return pd.DataFrame(out)[list(REQUIRED)]


def _dates(n: int, rng: np.random.Generator, share: float) -> npt.NDArray[np.datetime64]:
    on = np.datetime64("2009-01-01", "D") + rng.integers(0, 6000, n).astype("timedelta64[D]")
    on[rng.random(n) > share] = np.datetime64("NaT", "D")
    return on.astype("datetime64[ms]")


def _numbers(n: int, rng: np.random.Generator, share: float) -> pd.api.extensions.ExtensionArray:
    text = np.char.add("3601122024B", rng.integers(10_000, 99_999, n).astype("str"))
    found: pd.api.extensions.ExtensionArray = pd.array(
        pa.array(text, mask=rng.random(n) > share), dtype="string"
    )
    return found


def plain_status(frame: pd.DataFrame, today: dt.date) -> list[str]:
    """The pseudo-code of the rules, one parcel after the other."""
    columns = []
    for name in REQUIRED:
        values = frame[name]
        if name in DATES:
            values = values.dt.date
        columns.append([None if value is pd.NaT or value is pd.NA else value for value in values])
    return [
        _plain(dict(zip(REQUIRED, row, strict=True)), today) for row in zip(*columns, strict=True)
    ]


def _plain(p: dict[str, Any], today: dt.date) -> str:  # noqa: PLR0911 - a sentence each
    def past(name: str) -> bool:
        return p[name] is not None and p[name] <= today

    if p["letter_no"] and past("letter_on"):
        return "determined"
    terms = p["supply_no"] or p["start_due"] or p["start_due_amended"]
    supplied = past("signed_on") if p["signed_on"] else terms
    if not supplied and (p["batch_id"] or p["approval_no"] or p["approved_on"] or p["signed_on"]):
        return "unsupplied"
    if past("finished_on"):
        return "completed"
    handed = p["handover_on"]
    start = p["start_due_amended"] or p["start_due"] or (handed and _later(handed, 1))
    if not start:
        return "unknown_start"
    if past("started_on"):
        low = p["dev_area_m2"] * 3 < p["dev_area_required_m2"]
        low |= p["invested_wan"] * 4 < p["invest_total_wan"]
        stopped = past("stopped_since") and _later(p["stopped_since"], 1) <= today
        return "suspected_b" if stopped and low else "in_progress"
    if start > today:
        return "due_soon" if (start - today).days <= 90 else "not_due"
    if _later(start, 2) <= today:
        return "suspected_a2"
    return "suspected_a1" if _later(start, 1) <= today else "overdue"


def _later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def counted(status: Any) -> dict[str, int]:  # noqa: ANN401 - what any of the ways leaves
    """How many parcels have each status, by its name."""
    if isinstance(status, list) and isinstance(status[0], pd.Series):
        counts: pd.Series[int] = pd.concat(status).groupby(level=0).sum()
    else:
        names = pd.Series(status)
        if pd.api.types.is_integer_dtype(names.dtype):
            names = pd.Series(np.array(STATUSES, dtype=object)[names.to_numpy()])
        counts = names.value_counts()
    return {str(name): int(counts[name]) for name in sorted(counts.index)}


def report(sizes: tuple[int, ...] = SIZES, *, times: int = TIMES) -> Findings:
    """Every way at every size, so many turns each."""
    rows: list[tuple[Cell, ...]] = []
    lines: dict[str, list[tuple[float, float]]] = {}
    for n in sizes:
        ways = [way for way in WAYS if way != PLAIN or n <= PLAIN_MOST]
        taken = in_turns({way: _run(way, n) for way in ways}, times=times)
        ours = spread(run.cpu_s for run in taken[OURS])
        for way, runs in taken.items():
            assert runs[0].said["status"] == taken[OURS][0].said["status"], way
            cpu = spread(run.cpu_s for run in runs)
            growth = max(run.said["growth"] for run in runs)
            wall = spread(run.wall_s for run in runs)
            rows.append((f"{n:,}", way, cpu, wall, growth, cpu.median / ours.median))
            lines.setdefault(way, []).append((float(n), cpu.median))
    return Findings(
        "Status of idle land",
        "Parcels with every column of the clock, judged on one day by one core: status, rule, "
        "article, certainty, next threshold, inputs and missing evidence. MB is how much the "
        "memory of the process grows while it works, the result included; a stretch is "
        f"{STRETCH:,} parcels whose result is counted and let go. All ways give the same statuses.",
        (
            Table(
                ("parcels", "way", "CPU s", "wall s", "MB", "times ours"),
                tuple(rows),
                (None, None, 3, 3, 0, 2),
            ),
        ),
        "The goal is 1,000,000 parcels in less than 2 s with memory that does not grow with them.",
        (Growth("Status of idle land", "parcels", "CPU s", _points(lines)),) if sizes[1:] else (),
    )


def _points(
    lines: dict[str, list[tuple[float, float]]],
) -> dict[str, tuple[tuple[float, float], ...]]:
    return {way: tuple(points) for way, points in lines.items()}


def _run(way: str, n: int) -> Any:  # noqa: ANN401 - a call without arguments
    def run() -> Alone:
        return once(_IMPORTS, WAYS[way] + _AFTER, str(n))

    return run
