"""What the idle-land page and the figures of zones work out when they are first opened.

Parcels and ledgers are the demonstration province copied many times, in memory: reading them is
measured elsewhere. Every step is done once, in the order of the page, in a process of its own.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

import demo
from analytics.evaluation.parcel_figures import parcel_figures
from analytics.idle.alerts import alerts
from analytics.idle.facts import facts_in_effect
from analytics.idle.faults import countable, find_faults, without_left_out
from analytics.idle.figures import PARCELS, Land, figures, sound
from analytics.idle.status import parcel_status
from analytics.idle.totals import summarise
from analytics.idle.worklist import ACTION, WorkFilter, matching, most_urgent, work
from benchmarks.alone import once
from benchmarks.document import Cell, Findings, Table
from benchmarks.million import copied
from domain.ledgers import LAND
from domain.rules import load_rules
from domain.schemes import intensity_scheme

COPIES: Final = (5, 50)
DAY: Final = demo.AS_OF
BASELINE: Final = DAY.replace(year=DAY.year - 1, month=12, day=31)

_IMPORTS: Final = """
from benchmarks.idle_page import steps, world
made = world(int(sys.argv[1]))
def memory(name):
    return int(open("/proc/self/status").read().split(name)[1].split()[0]) / 1024
open("/proc/self/clear_refs", "w").write("5")
before = memory("VmRSS:")
"""
_WORK: Final = """
said = {"steps": steps(made), "growth": memory("VmHWM:") - before, "parcels": len(made.parcels)}
"""


@dataclass(frozen=True)
class World:
    """Parcels without shapes and the ledgers of approved land, typed as they are read."""

    parcels: pd.DataFrame
    ledgers: dict[Any, pd.DataFrame]


def world(copies: int) -> World:
    """The demonstration province so many times."""
    made = demo.world()
    return World(
        _typed(copied(made.parcels.drop(columns="geometry"), copies)),
        {table: _typed(copied(getattr(made, table), copies)) for table in LAND},
    )


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    texts = [n for n in rows.columns if rows[n].dtype == object or str(rows[n].dtype) == "str"]
    return rows.astype(dict.fromkeys(texts, "string"))


def steps(made: World) -> list[tuple[str, float, float]]:
    """Name, CPU seconds and seconds of every step."""
    taken: list[tuple[str, float, float]] = []

    def step(name: str, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the step gives
        cpu, wall = time.process_time(), time.perf_counter()
        result = act()
        taken.append((name, time.process_time() - cpu, time.perf_counter() - wall))
        return result

    rules, approvals = load_rules("idle", as_of=DAY), load_rules("approvals", as_of=DAY)
    ledgers = made.ledgers
    judged = step("status on the day, with the ledgers", lambda: _judged(made, DAY))
    faults = step("faults by name", lambda: _faults(made, judged))
    here = without_left_out(judged, faults)
    step("totals and units", lambda: [summarise(here, here, by=by) for by in (None, "zone_id")])
    case = ledgers["idle_case"]
    todo = step("next steps and urgency", lambda: work(here, case, as_of=DAY, rules=rules))
    step("worklist, most urgent first", lambda: _listed(here, todo, WorkFilter(statuses=ACTION)))
    step("worklist, by text", lambda: _listed(here, todo, WorkFilter(text="0123")))
    before = step("status on the baseline day", lambda: _judged(made, BASELINE))
    was = step("what counts of it", lambda: _counted(made, before))
    now, _ = step("balances of batches", lambda: sound(_land(made, here)))
    then = now.at(BASELINE, was)
    tables = step(
        "figures of counties and zones on both days",
        lambda: [figures(now, then, by=by, rules=approvals) for by in ("county_adcode", "zone_id")],
    )
    limits = load_rules("alerts", as_of=DAY)
    step("alerts", lambda: alerts(*tables, approvals=approvals, rules=limits))
    step("figures of the province", lambda: figures(now, then, by=None, rules=approvals))
    classes = intensity_scheme().land_use
    step(
        "figures of zones for their evaluation",
        lambda: parcel_figures(judged, ledgers, as_of=DAY, classes=classes, rules=approvals),
    )
    return taken


def _judged(made: World, day: dt.date) -> pd.DataFrame:
    supply, cases = made.ledgers["supply"], made.ledgers["idle_case"]
    facts = facts_in_effect(made.parcels, supply=supply, cases=cases, as_of=day)
    status = parcel_status(facts, as_of=day, rules=load_rules("idle", as_of=day))
    return pd.concat([facts, status], axis=1)


def _faults(made: World, judged: pd.DataFrame) -> pd.DataFrame:
    return find_faults(
        judged,
        as_of=DAY,
        areas=load_rules("ingest", as_of=DAY),
        status=judged,
        batches=made.ledgers["batch"],
        supplies=made.ledgers["supply"],
        cases=made.ledgers["idle_case"],
        links=made.ledgers["supply_batch"],
    )


def _counted(made: World, judged: pd.DataFrame) -> pd.DataFrame:
    counts = countable(judged, as_of=BASELINE, supplies=made.ledgers["supply"])
    return judged[list(PARCELS)][counts]


def _land(made: World, parcels: pd.DataFrame) -> Land:
    rows = made.ledgers
    return Land(
        DAY, parcels, rows["batch"], rows["supply"], rows["idle_case"], rows["supply_batch"]
    )


def _listed(parcels: pd.DataFrame, todo: pd.DataFrame, asked: WorkFilter) -> pd.Index:
    rules = load_rules("idle", as_of=DAY)
    wanted = matching(parcels, todo, asked.without_status(), as_of=DAY, rules=rules)
    wanted &= not asked.statuses or parcels["status"].isin(asked.statuses).to_numpy(dtype=bool)
    return most_urgent(todo[wanted])


def report(copies: tuple[int, ...] = COPIES) -> Findings:
    """Every step at every size."""
    rows: list[tuple[Cell, ...]] = []
    for count in copies:
        run = once(_IMPORTS, _WORK, str(count))
        parcels = f"{run.said['parcels']:,}"
        rows += [(parcels, *taken, None) for taken in run.said["steps"]]
        rows.append((parcels, "all of it", run.cpu_s, run.wall_s, run.said["growth"]))
    return Findings(
        "Idle land and figures of zones, first opened",
        "The demonstration province copied 5 and 50 times, each parcel with a contract, its links "
        "and its batch of its own, in memory. Steps in the order of the page; what the page "
        "keeps is worked out once for a version and a day. MB is how much the memory of the "
        "process grows, all results included.",
        (Table(("parcels", "step", "CPU s", "wall s", "MB"), tuple(rows), (None, None, 2, 2, 0)),),
    )
