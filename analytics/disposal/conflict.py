"""Why no plan meets all targets: what is short, and what would have to give way, with figures.

The nearest plan keeps every limit and misses the targets by the least share. Beside it stand the
ways out, each enough on its own: more of a limit, a longer horizon, locks and bans undone. Where
none helps, the options that the law leaves open do not reach the target at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.disposal.model import Model, Row, solve
from analytics.disposal.targets import Metric
from analytics.disposal.task import M2_PER_ROW_UNIT, Task
from analytics.highs import INFINITY

ConflictKind = Literal["target", "budget", "staff", "start", "horizon", "locks", "permitted"]

_LEAST_UNIT: Final = 1e-6
_SLACK: Final = 1e-6
_PART_OF_TIME: Final = 0.25
_GAP: Final = 1e-3
_FEW: Final = 6
"""Limits that are tried one by one; of more only those over all counties."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands in the way.

    Attributes:
        kind: ``target``: the nearest plan misses it. ``budget``, ``staff``, ``start``: with so much
            of it every target is met. ``horizon``: with so many months. ``locks``: without the
            locks and bans. ``permitted``: not even all open options in any time reach the target.
        county: Code; empty for everything.
        metric: Target, for ``target`` and ``permitted``.
        need: What is asked, or would be enough: m2, 10,000 CNY, days, or months by kind.
        reach: What is reached, or there is now, in the same unit.
    """

    kind: ConflictKind
    county: str
    need: float
    reach: float
    metric: Metric | None = None

    @property
    def short(self) -> float:
        """By how much."""
        return self.need - self.reach


@dataclass(frozen=True)
class Explained:
    """What came of an infeasible task.

    Attributes:
        conflicts: What stands in the way; targets first.
        chosen: Candidates of the nearest plan; None where locks alone break a limit.
    """

    conflicts: tuple[Conflict, ...]
    chosen: pd.DataFrame | None = field(repr=False)


def explain(task: Task, *, seconds: float) -> Explained:
    """Say what makes a task infeasible.

    What the time does not suffice to find out is left out.

    Args:
        task: A task without a plan.
        seconds: Time limit of all that is tried.
    """
    end = time.monotonic() + seconds

    def left() -> float:
        return max(_PART_OF_TIME * (end - time.monotonic()), 0.05)

    rows = task.usable()
    chosen = _nearest(task, rows, left)
    conflicts = _missed(task, chosen if chosen is not None else rows.iloc[:0])
    out = _more_of_limits(task, rows, left) + _longer(task, left) + _unlocked(task, left)
    if not out:
        out = _out_of_reach(task)
    return Explained((*conflicts, *out), chosen)


def _elastic(task: Task, rows: pd.DataFrame, *, targets: bool) -> tuple[Model, list[float]]:
    """The model whose targets, or whose limits, may be missed at a cost in proportion."""
    base = task.model(rows.assign(effort_wan=0.0))
    n, k, m = base.whole, len(task.targets), len(task.limits)
    first = len(base.rows) - k - m + (0 if targets else k)
    count = k if targets else m
    units = []
    conditions = list(base.rows)
    for i in range(count):
        row = conditions[first + i]
        size = row.lower if targets else row.upper
        units.append(max(abs(size), 1.0))
        sign = 1.0 if targets else -1.0
        conditions[first + i] = Row(
            np.append(row.columns, n + i),
            np.append(row.weights, sign * units[-1]),
            row.lower,
            row.upper,
        )
    cost = np.r_[np.zeros(n), np.ones(count)]
    return Model(cost, n, np.r_[base.lower, np.zeros(count)], conditions), units


def _nearest(task: Task, rows: pd.DataFrame, left: Callable[[], float]) -> pd.DataFrame | None:
    """The plan within all limits that misses the targets least; of those the cheapest."""
    model, _ = _elastic(task, rows, targets=True)
    found = solve(model, seconds=left(), gap=_GAP)
    if not len(found.x):
        return None
    n = model.whole
    effort = rows["effort_wan"].to_numpy(dtype="float64")
    slack = np.arange(n, len(model.cost))
    keep = Row(slack, np.ones(len(slack)), -INFINITY, found.cost * (1 + _SLACK) + _SLACK)
    second = Model(np.r_[effort, np.zeros(len(slack))], n, model.lower, [*model.rows, keep])
    cheaper = solve(second, seconds=left(), gap=_GAP)
    x = cheaper.x if len(cheaper.x) else found.x
    chosen: pd.DataFrame = rows[np.round(x[:n]) == 1]
    return chosen


def _missed(task: Task, chosen: pd.DataFrame) -> list[Conflict]:
    out = []
    for target in task.targets:
        reach = float(target.weights(chosen).sum())
        if reach < target.need_m2 - 1e-6 * max(M2_PER_ROW_UNIT, abs(target.need_m2)):
            out.append(Conflict("target", target.county, target.need_m2, reach, target.metric))
    return out


def _more_of_limits(task: Task, rows: pd.DataFrame, left: Callable[[], float]) -> list[Conflict]:
    """How much more of each limit would be enough, all others as they are; else all together."""
    alone = []
    few = task.limits if len(task.limits) <= _FEW else [x for x in task.limits if not x.county]
    for limit in few:
        others = tuple(x for x in task.limits if x != limit)
        freed = replace(task, limits=others)
        taken = limit.weights(rows)
        found = solve(freed.model(rows.assign(effort_wan=taken)), seconds=left(), gap=_GAP)
        if len(found.x):
            need = float(taken @ found.x)
            alone.append(Conflict(limit.kind, limit.county, need, limit.amount))
    if alone or not task.limits:
        return alone
    model, units = _elastic(task, rows, targets=False)
    found = solve(model, seconds=left(), gap=_GAP)
    if not len(found.x):
        return []
    excess = found.x[model.whole :] * np.array(units)
    return [
        Conflict(x.kind, x.county, x.amount + more * x.scale, x.amount)
        for x, more in zip(task.limits, excess, strict=True)
        if more > _LEAST_UNIT
    ]


def _feasible(task: Task, left: Callable[[], float]) -> bool:
    rows = task.usable().assign(effort_wan=0.0)
    return solve(task.model(rows), seconds=left(), gap=1.0).outcome in ("optimal", "gap")


def _longer(task: Task, left: Callable[[], float]) -> list[Conflict]:
    """The least horizon with which a plan exists, all else as it is."""
    steps = sorted(float(m) for m in task.rows["months"].unique() if m > task.horizon)
    if not steps or not _feasible(replace(task, horizon=steps[-1]), left):
        return []
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if _feasible(replace(task, horizon=steps[middle]), left):
            high = middle
        else:
            low = middle + 1
    return [Conflict("horizon", "", steps[high], task.horizon)]


def _unlocked(task: Task, left: Callable[[], float]) -> list[Conflict]:
    here = set(task.rows["item"])
    held = sum(item in here for item in task.locked)
    held += sum(item in here for item, _ in task.forbidden)
    free = replace(task, locked={}, forbidden=frozenset())
    return [Conflict("locks", "", 0.0, float(held))] if held and _feasible(free, left) else []


def _out_of_reach(task: Task) -> list[Conflict]:
    """Targets that no choice of open options reaches, whatever time and money there is."""
    endless = replace(task, limits=(), horizon=INFINITY, locked={}, forbidden=frozenset())
    out = []
    for target in task.targets:
        if target.need_m2 <= 0:
            continue
        alone = replace(endless, targets=(target,))
        rows = alone.usable()
        weights = pd.Series(target.weights(rows), index=rows.index).clip(lower=0.0)
        reach = float(weights.groupby(rows["item"]).max().sum())
        if reach < target.need_m2 - 1e-6 * M2_PER_ROW_UNIT:
            out.append(Conflict("permitted", target.county, target.need_m2, reach, target.metric))
    return out
