"""Plans of consolidation for 100, 500 and 2,500 drawn zones, and again after a weight is moved.

The zones lie as thickly as in the province; a pair is admitted up to 40 km, within a host's level
and revenue. Beside it the whole model, unsplit, by another solver.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, sparse, spatial

from analytics.consolidation import candidates as consolidation
from analytics.consolidation import pareto as consolidation_pareto
from analytics.consolidation import plan as consolidation_plan
from analytics.consolidation import robust as consolidation_robust
from analytics.consolidation import whatif as consolidation_whatif
from analytics.consolidation.model import Solved
from analytics.consolidation.plan import Plan
from analytics.consolidation.published import published_inputs
from analytics.consolidation.task import GOALS as GOAL_NAMES
from analytics.consolidation.task import Conditions, Goal, Task, task
from benchmarks.document import Findings, Table
from domain.rules import RuleSet
from tests.plan_world import DAY, RULES, facts_of

SIZES = (100, 500, 2_500)
NEAR_KM = 40.0
KM2_PER_ZONE = 1_670.0
SIMILAR = 0.5
GOALS: tuple[tuple[Goal, ...], ...] = (("score",), ("large", "score"), ("bodies", "score"))
FRONTS: tuple[tuple[Goal, Goal], ...] = (
    ("score", "bodies"),
    ("score", "large"),
    ("large", "bodies"),
)
CROSSED: tuple[tuple[Goal, ...], ...] = (
    ("large",),
    ("balance",),
    ("bodies",),
    ("large", "score"),
    ("balance", "score"),
    ("large", "balance"),
    ("bodies", "large", "balance", "score"),
)
OTHER_S = 60.0
FRONT_S = 120.0
FRONT_SOLVES = (0, 20, 80, 300)
FEW_SOLVES = FRONT_SOLVES[:2]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Run:
    """One solve.

    Attributes:
        zones: Zones.
        pairs: Admitted pairs.
        what: Goals, and by which way.
        wall_s: Seconds.
        cpu_s: CPU seconds.
        value: Of the first goal.
        gap: Left of it.
        status: What came of it, and how many independent parts were solved.
    """

    zones: int
    pairs: int
    what: str
    wall_s: float
    cpu_s: float
    value: float
    gap: float
    status: str


def world(
    count: int, *, similar: float = SIMILAR, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Zones at random with level, revenue and an industry profile, and their admitted pairs."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, np.sqrt(count * KM2_PER_ZONE), (count, 2))
    national = rng.random(count) < 0.18
    revenue = np.round(np.exp(rng.normal(5.3, 0.75, count)) * (1 + 1.2 * national), 1)
    profile = rng.dirichlet(np.full(9, 0.35), count)
    profile /= np.linalg.norm(profile, axis=1)[:, None]
    near = spatial.cKDTree(places).query_pairs(NEAR_KM, output_type="ndarray")
    host, absorbed = np.concatenate([near, near[:, ::-1]]).T
    alike = (profile[host] * profile[absorbed]).sum(axis=1)
    far = np.linalg.norm(places[host] - places[absorbed], axis=1)
    fits = (alike >= similar) & (national[host] >= national[absorbed])
    fits &= revenue[host] >= revenue[absorbed]
    ids = np.array([f"z{i:04}" for i in range(count)])
    pairs = pd.DataFrame({"host_id": ids[host[fits]], "absorbed_id": ids[absorbed[fits]]})
    pairs["near"], pairs["alike"] = 1 - far[fits] / NEAR_KM, alike[fits]
    pairs = pairs.assign(
        enough_known=True, host_prefecture_adcode="p1", absorbed_prefecture_adcode="p1",
        host_level="national",
    )  # fmt: skip
    tax = rng.uniform(2, 30, count)
    facts = facts_of(ids, revenue_yi=revenue, tax_wan=tax * 3_000, tax_mu=3_000.0)
    return scored(pairs, 0.5), facts


def scored(pairs: pd.DataFrame, weight: float) -> pd.DataFrame:
    """The pairs under a weight of similarity against nearness."""
    score = 100 * (weight * pairs["alike"] + (1 - weight) * pairs["near"])
    return pairs.assign(score=score.round(6))


def measured(count: int) -> list[Run]:
    """Every question at one size."""
    pairs, facts = world(count)
    runs: list[Run] = []

    def ask(
        what: str, rows: pd.DataFrame, goals: tuple[Goal, ...], memory: dict[bytes, Solved]
    ) -> None:
        found, wall, cpu = timed(lambda: solved(rows, facts, goals, memory))
        first = found.goals.iloc[0]
        parts = f"{found.outcome}, {found.blocks - found.remembered} of {found.blocks} parts"
        runs.append(
            Run(
                count, len(rows), what, wall, cpu, float(first["value"]), float(first["gap"]), parts
            )
        )

    for goals in GOALS:
        memory: dict[bytes, Solved] = {}
        name = ", then ".join(goals)
        ask(name, pairs, goals, memory)
        if len(goals) == 1:
            ask(f"{name}, a weight moved", scored(pairs, 0.6), goals, memory)
            one = pairs.assign(score=pairs["score"] + (pairs.index == 0))
            ask(f"{name}, one pair changed", one, goals, memory)
            whole = task(pairs, facts, Conditions(goals=goals), rules=RULES)
            runs.append(other(whole, count))
    dense, facts = world(count, similar=0.0)
    for goals in GOALS:
        ask(f"{', then '.join(goals)}, of any profile", dense, goals, {})
    return runs


def province() -> list[Run]:
    """The real zones: from moved slider to plan, alternatives, front and robustness."""
    inputs = published_inputs()
    pairs = consolidation.candidates(inputs, as_of=DAY, rules=RULES)
    facts = consolidation_whatif.figures(inputs, as_of=DAY)
    moved = consolidation.with_values(RULES, {"CON-W-INDUSTRY": 30.0})
    memory: dict[bytes, Solved] = {}
    runs: list[Run] = []

    def told(what: str, work: Callable[[], str]) -> None:
        status, wall, cpu = timed(work)
        runs.append(
            Run(len(facts), len(pairs), what, wall, cpu, float("nan"), float("nan"), status)
        )

    def plan_of(rows: pd.DataFrame) -> str:
        found = solved(rows, facts, ("score",), memory)
        return f"{found.outcome}, {found.blocks - found.remembered} of {found.blocks} parts"

    def task_of(*goals: Goal) -> Task:
        return task(pairs, facts, Conditions(goals=goals), rules=RULES)

    def front_of(*goals: Goal) -> str:
        found = consolidation_pareto.front(task_of(*goals), rules=RULES)
        return front_told(found)

    told("the province, score", lambda: plan_of(pairs))
    told(
        "the province, a slider moved: scores and plan",
        lambda: plan_of(consolidation.rescore(pairs, rules=moved)),
    )
    told(
        "the province, alternatives",
        lambda: f"{len(consolidation_pareto.pool(task_of('score'), rules=RULES).plans)} plans",
    )
    for first, second in FRONTS:
        told(f"the province, front of {first} and {second}", partial(front_of, first, second))
    often: dict[bytes, consolidation_robust.Values] = {}
    wide = with_across(moved, inputs)

    def ranks_of(rows: pd.DataFrame, rules: RuleSet) -> str:
        found, _ = consolidation_robust.standings(rows, rules=rules, memory=often)
        return f"{len(found)} ranked pairs"

    ranks_of(pairs.head(20), RULES)  # compiles
    told("the province, robustness of all ranks", lambda: ranks_of(pairs, RULES))
    for name, rules in (("", RULES), (", a slider moved", moved)):
        rows = consolidation.rescore(wide, rules=rules)
        what = f"the province with pairs across, robustness{name}"
        told(what, partial(ranks_of, rows, rules))
    return runs


def crossed(*, fronts: bool) -> list[Run]:
    """The real zones with pairs across prefectures, one part in all, and figures that are drawn."""
    inputs = published_inputs()
    pairs = with_across(RULES, inputs)
    facts = drawn(consolidation_whatif.figures(inputs, as_of=DAY))
    runs: list[Run] = []

    def asked(goals: tuple[Goal, ...]) -> Task:
        return task(pairs, facts, Conditions(goals=goals, same_prefecture=False), rules=RULES)

    for goals in CROSSED:
        work = partial(consolidation_plan.solve, asked(goals), rules=RULES)
        found, wall, cpu = timed(work)
        first = found.goals.iloc[0]
        value, gap = float(first["value"]), float(first["gap"])
        what = f"the province with pairs across, {', then '.join(goals)}"
        runs.append(Run(len(facts), len(pairs), what, wall, cpu, value, gap, found.outcome))
    nan = float("nan")
    for pair in combinations(GOAL_NAMES, 2) if fronts else ():
        front, wall, cpu = timed(partial(consolidation_pareto.front, asked(pair), rules=RULES))
        what = f"the province with pairs across, front of {' and '.join(pair)}"
        runs.append(Run(len(facts), len(pairs), what, wall, cpu, nan, nan, front_told(front)))
    return runs


def drawn(facts: pd.DataFrame) -> pd.DataFrame:
    """Revenue, tax and land drawn for every zone: few figures are published."""
    rng = np.random.default_rng(2)
    return facts.assign(
        revenue_yi=np.round(np.exp(rng.normal(5.3, 0.85, len(facts))), 1),
        revenue_year=2025,
        tax_wan=np.round(rng.uniform(2, 30, len(facts)) * 3_000),
        tax_mu=np.round(np.exp(rng.normal(8.0, 0.5, len(facts)))),
    )


def with_across(rules: RuleSet, inputs: consolidation.Inputs) -> pd.DataFrame:
    """Candidates of the province, those across prefectures too."""
    wide = consolidation.with_values(rules, {"CON-ACROSS": 1.0})
    return consolidation.candidates(inputs, as_of=DAY, rules=wide)


def front_told(found: consolidation_pareto.Front) -> str:
    """What is known of a front."""
    state = "complete" if found.complete else f"largest box left {100 * found.left:.4f} %"
    proven = int(found.points["proven"].sum())
    return f"{found.known} plans, {proven} of {len(found.points)} listed proven, {state}"


def continuous(count: int, budgets: tuple[int, ...]) -> list[Run]:
    """The front of two continuous goals of drawn zones of any profile, by the number of solves."""
    pairs, facts = world(count, similar=0.0)
    prepared = task(pairs, facts, Conditions(goals=("score", "balance")), rules=RULES)
    memory: consolidation_pareto.FrontMemory = {}
    runs = []
    for solves in budgets:
        budget = consolidation_pareto.Budget(solves, FRONT_S)
        work = partial(
            consolidation_pareto.front, prepared, rules=RULES, budget=budget, memory=memory
        )
        found, wall, cpu = timed(work)
        what = f"front of score and balance, {found.solves} solves more"
        nan = float("nan")
        runs.append(Run(count, len(pairs), what, wall, cpu, nan, nan, front_told(found)))
    return runs


def solved(
    pairs: pd.DataFrame, facts: pd.DataFrame, goals: tuple[Goal, ...], memory: dict[bytes, Solved]
) -> Plan:
    """From pairs to plan, setting up the model included."""
    prepared = task(pairs, facts, Conditions(goals=goals), rules=RULES)
    return consolidation_plan.solve(prepared, rules=RULES, memory=memory)


def timed(work: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """An answer with wall and CPU seconds."""
    begun, busy = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - begun, time.process_time() - busy


def other(prepared: Task, count: int) -> Run:
    """The same model, unsplit, by ``scipy.optimize.milp``; only its solve is timed."""
    block = prepared.block
    width = block.goals.shape[1]
    matrix = sparse.csr_array(
        (block.matrix.weights, block.matrix.columns, block.matrix.start),
        shape=(len(block.row_lower), width),
    )
    whole: npt.NDArray[np.bool_] = np.arange(width) < block.whole
    found, wall, cpu = timed(
        lambda: optimize.milp(
            -block.goals[0],
            integrality=whole.astype(int),
            bounds=optimize.Bounds(0.0, np.where(whole, 1.0, np.inf)),
            constraints=optimize.LinearConstraint(matrix, block.row_lower, block.row_upper),
            options={"time_limit": OTHER_S, "mip_rel_gap": 0.0},
        )
    )
    value = float(prepared.offset[0] - found.fun)
    return Run(
        count, len(prepared.pairs), "score, whole, scipy.optimize.milp", wall, cpu, value,
        float(found.mip_gap), "optimal" if found.status == 0 else "gap",
    )  # fmt: skip


def report(
    sizes: tuple[int, ...] = SIZES, budgets: tuple[int, ...] = FRONT_SOLVES, *, fronts: bool = True
) -> Findings:
    """Measure every size in a process of its own; ``fronts`` are those with pairs across."""
    runs: list[Run] = []
    spawn = multiprocessing.get_context("spawn")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            runs += pool.submit(measured, size).result()
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        runs += pool.submit(province).result()
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        runs += pool.submit(crossed, fronts=fronts).result()
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        runs += pool.submit(continuous, sizes[0], budgets).result()
    rows = tuple(
        (
            f"{r.zones:,}", f"{r.pairs:,}", r.what, r.wall_s, r.cpu_s,
            None if np.isnan(r.value) else r.value, None if np.isnan(r.gap) else 100 * r.gap,
            r.status,
        )
        for r in runs
    )  # fmt: skip
    columns = ("zones", "pairs", "goals", "wall s", "CPU s", "value", "gap %", "outcome")
    return Findings(
        "Plans of consolidation, zones up to 40 km apart",
        "Zones drawn at random, as thick as in the province (1,670 km2 a zone); pairs of similar "
        "profile up to 40 km apart, at most three to a host, no chains. Seconds include setting up "
        'the model; "a weight moved" changes every score, "one pair changed" solves only the '
        'part that it lies in and remembers the rest; "of any profile" admits '
        "unlike pairs too, three times as many. Value: points above the base, zones over "
        "1,000 yi, management bodies left, or tax off the mean, 10k CNY. Then the real zones, "
        "published figures only; with pairs across prefectures they are one part, and figures are "
        "drawn, for few are published. The last rows are the trade-off of two continuous goals on "
        "the drawn zones, gone on with step by step: the largest box left is where a plan that "
        "none found beats may still lie, over the whole range.",
        (Table(columns, rows, (None, None, None, 2, 2, 1, 4, None)),),
    )  # fmt: skip
