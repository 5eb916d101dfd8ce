"""The disposal planner at 1,000 to 20,000 parcels, against another solver on the same model.

Costs and areas are drawn at random, which is harder than a real ledger: no two options cost the
same. Each county has a target for idle land, one for the old cohort, one for the digestion cycle
and a cap on starts.
"""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from analytics.disposal.plan import LEAVE, Plan, plan
from analytics.disposal.targets import Target
from analytics.disposal.task import Limit, Task
from benchmarks.document import Findings, Table
from tests.disposal_world import many

PER_COUNTY = 200
SIZES = (1_000, 5_000, 20_000)
HORIZON = 12
START_SHARE = 0.3
GAP = 1e-3
LIMIT_S = 10.0


@dataclass(frozen=True)
class Run:
    """One solve.

    Attributes:
        parcels: Items.
        options: Open options of all items.
        what: Which question, and by which way.
        wall_s: Seconds.
        cpu_s: CPU seconds.
        cost: Cost of the plan; NaN where there is none.
        gap: Gap that is left; NaN where it is not known.
        status: What came of it.
    """

    parcels: int
    options: int
    what: str
    wall_s: float
    cpu_s: float
    cost: float
    gap: float
    status: str


def targets_of(rows: pd.DataFrame) -> list[Target]:
    """Half of the idle land, half of the old cohort, and a cycle of three years, per county."""
    out = []
    for county, items in rows.drop_duplicates("item").groupby("county_adcode"):
        stock = float(items["area_m2"].sum())
        code = str(county)
        out += [
            Target(code, "idle_rate", 0.5, base_m2=float(items["idle_m2"].sum())),
            Target(code, "old_rate", 0.5, base_m2=float(items["old_m2"].sum())),
            Target(code, "cycle", 3.0, base_m2=stock, digested_m2=0.7 * stock),
        ]
    return out


def measured(parcels: int) -> list[Run]:
    """Every question at one size."""
    rows = many(parcels, counties=max(parcels // PER_COUNTY, 1))
    targets = targets_of(rows)

    def ask(what: str, **more: object) -> Plan:
        begun, busy = time.perf_counter(), time.process_time()
        found = plan(
            rows, targets, horizon_months=HORIZON, start_share=START_SHARE, gap=GAP,
            **{"time_limit": LIMIT_S, **more},
        )  # fmt: skip
        took = time.perf_counter() - begun, time.process_time() - busy
        runs.append(Run(parcels, len(rows), what, *took, found.effort_wan, found.gap, found.status))
        return found

    runs: list[Run] = []
    first = ask("counties apart, 10 s at most")
    item = first.choices["item"].iloc[0]
    ask("one item locked, solved again", known=first.solved, locked={item: LEAVE})
    ask("counties apart, to the gap asked", time_limit=120.0)
    if parcels == SIZES[0]:
        used = float(first.choices["staff_days"].sum())
        ask("staff for all counties, 97 % of what is used", staff_days=0.97 * used)
    runs.append(other(rows, targets, parcels))
    return runs


def other(rows: pd.DataFrame, targets: list[Target], parcels: int) -> Run:
    """The same model, whole and unreduced, by ``scipy.optimize.milp`` in the same time."""
    could = rows[rows["capped"]].drop_duplicates("item").groupby("county_adcode")["area_m2"].sum()
    limits = tuple(Limit("start", str(c), START_SHARE * float(a)) for c, a in could.items())
    late = rows[rows["months"] <= HORIZON].assign(fixed=False)
    model = Task(late, tuple(targets), limits, HORIZON).model(late)
    at = np.repeat(np.arange(len(model.rows)), [len(row.columns) for row in model.rows])
    matrix = sparse.csr_array(
        (
            np.concatenate([row.weights for row in model.rows]),
            (at, np.concatenate([row.columns for row in model.rows])),
        ),
        shape=(len(model.rows), len(late)),
    )
    lower = np.array([row.lower for row in model.rows])
    upper = np.array([row.upper for row in model.rows])
    begun, busy = time.perf_counter(), time.process_time()
    found = optimize.milp(
        model.cost,
        constraints=optimize.LinearConstraint(matrix, lower, upper),
        integrality=np.ones(len(late)),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": LIMIT_S, "mip_rel_gap": GAP},
    )
    took = time.perf_counter() - begun, time.process_time() - busy
    there = found.x is not None
    return Run(
        parcels, len(rows), "scipy.optimize.milp, whole model, 10 s at most", *took,
        float(found.fun) if there else float("nan"),
        float(found.mip_gap) if there else float("nan"),
        "gap" if there else "no plan",
    )  # fmt: skip


def report(sizes: tuple[int, ...] = SIZES) -> Findings:
    """Measure every size in a process of its own."""
    runs: list[Run] = []
    spawn = multiprocessing.get_context("spawn")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            runs += pool.submit(measured, size).result()
    rows = tuple(
        (
            f"{run.parcels:,}",
            f"{run.options:,}",
            run.what,
            run.wall_s,
            run.cpu_s,
            "" if np.isnan(run.cost) else run.cost,
            "" if np.isnan(run.gap) else 100 * run.gap,
            run.status,
        )
        for run in runs
    )
    columns = ("parcels", "options", "question", "wall s", "CPU s", "cost", "gap %", "status")
    return Findings(
        "The cheapest plan of disposal",
        f"{PER_COUNTY} parcels a county, each with about four options of random cost; three "
        f"targets and a cap a county. The search stops at a gap of {100 * GAP:g} % or after the "
        "time limit. Cost is 10,000 CNY, gap the share by which a cheaper plan is not ruled out. "
        "The other solver embeds another build of the same solver and takes the model of all "
        "counties at once, without the reductions made here.",
        (Table(columns, rows, (None, None, None, 1, 1, 1, 3, None)),),
    )
