"""The search for a disposal plan: counties one by one, together where that is not enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from analytics.disposal.conflict import Conflict, explain
from analytics.disposal.core import solve
from analytics.disposal.joint import by_shares
from analytics.disposal.model import PROVEN, Outcome, Values
from analytics.disposal.start import first_try
from analytics.disposal.targets import PROVINCE
from analytics.disposal.task import Task, counties_of, fingerprint
from analytics.highs import INFINITY

Progress = Callable[[float], None]
Pair = tuple[str, str]

TOLERANCE: Final = 1e-6
"""Relative tolerance of conditions, as that of the solver."""
_LEAST_SECONDS: Final = 0.05
_TO_EXPLAIN: Final = 0.5
_OF_COUNTIES: Final = 0.4
"""Share of the time for the counties alone where something is asked of all together."""
_OF_SHARES: Final = 0.6
_ROUGH: Final = 1.25
"""The gap of one county over that of the sum: most end well below what they are asked for."""


@dataclass(frozen=True)
class Part:
    """What was found for one county or for all together; kept so that it is not solved again.

    Attributes:
        outcome: See :class:`analytics.disposal.model.Solved`.
        chosen: Pairs of item and option.
        bound: Lower bound of the cost.
        conflicts: What stands in the way, where infeasible.
    """

    outcome: Outcome
    chosen: tuple[Pair, ...] = field(repr=False)
    bound: float
    conflicts: tuple[Conflict, ...] = ()


@dataclass
class Search:
    """One run: a task, its time, and what is known already."""

    task: Task
    end: float
    gap: float
    known: dict[str, Part]
    progress: Progress | None
    solved: dict[str, Part] = field(default_factory=dict)

    def counties(self) -> list[Part]:
        """The best plan of every county for itself."""
        usable = self.task.usable()
        names = counties_of(self.task.rows, (*self.task.targets, *self.task.limits))
        groups = {str(name): rows for name, rows in usable.groupby("county_adcode", sort=False)}
        until = time.monotonic() + self.left * (_OF_COUNTIES if self.task.joined else 1.0)
        works = []
        for i, name in enumerate(names):
            work = _Work(self.task.of(name), groups.get(name, usable.iloc[:0]))
            # Twice the mean, so that a hard county gets more and an easy one leaves it to others.
            slice_ = 2.0 * (until - time.monotonic()) / (len(names) - i)
            work.part = self._solve(work, slice_)
            works.append(work)
            if self.progress is not None:
                self.progress((i + 1) / len(names))
        self._improve(self._too_wide(works), until)
        if not self.task.joined:
            self._explain([work for work in works if work.part.outcome == "infeasible"])
        return [work.part for work in works]

    def together(self, apart: float) -> Part:
        """A good plan of all counties at once.

        Args:
            apart: Lower bound of the cost from the counties for themselves.
        """
        work = _Work(self.task, self.task.usable())
        key = fingerprint(work.rows, work.task, self.gap)
        if key in self.known:
            self.solved[key] = self.known[key]
            return self.known[key]
        until = time.monotonic() + _OF_SHARES * self.left
        found = by_shares(
            work.task,
            work.rows,
            lambda n: max(2.0 * (until - time.monotonic()) / n, _LEAST_SECONDS),
        )
        if found.bound == INFINITY:
            work.part = Part("infeasible", (), float("nan"))
        else:
            start = found.chosen if found.chosen is not None else None
            if start is not None and keeps(self.task, work.rows[start]):
                work.x = start.to_numpy(dtype="float64")
                cost = float(work.rows.loc[start, "effort_wan"].sum())
                bound = max(found.bound, apart)
                proven = cost - bound <= PROVEN * max(cost, 1.0)
                outcome: Outcome = "optimal" if proven else "gap"
                work.part = Part(outcome, pairs_of(work.rows[start]), cost if proven else bound)
                if cost - bound <= self.gap * max(cost, 1.0):
                    self.solved[key] = work.part
                    return work.part
            self._again(work, self.left, self.gap)
        if work.part.outcome == "infeasible":
            self._explain([work])
        self.solved[key] = work.part
        return work.part

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.end - time.monotonic(), _LEAST_SECONDS)

    def _solve(self, work: _Work, seconds: float) -> Part:
        key = fingerprint(work.rows, work.task, self.gap)
        part = self.known.get(key)
        if part is None:
            self._again(work, seconds, _ROUGH * self.gap)
            part = work.part
        if not work.cut:
            self.solved[key] = part
        return part

    def _too_wide(self, works: list[_Work]) -> list[_Work]:
        """The counties to go on with: those cut short, and more where the sum is not close."""
        cost = sum(work.cost for work in works)
        if sum(work.short for work in works) <= self.gap * max(cost, 1.0):
            return []
        return [work for work in works if work.short > self.gap * max(work.cost, 1.0)]

    def _again(self, work: _Work, seconds: float, gap: float) -> None:
        """Solve a part with what is known of it; a worse plan never replaces a better one."""
        if work.x is None:
            self._begin(work)
        effort = work.rows["effort_wan"].to_numpy(dtype="float64")
        model = work.task.model(work.rows)
        found = solve(model, seconds=max(seconds, _LEAST_SECONDS), gap=gap, start=work.x)
        if found.outcome == "infeasible":
            work.part = Part("infeasible", (), float("nan"))
            return
        known = np.inf if work.x is None else float(effort @ work.x)
        if len(found.x) and found.cost <= known:
            work.x, known = found.x, found.cost
        if work.x is None:
            work.part, work.short, work.cut = Part("unknown", (), float("nan")), np.inf, True
            return
        bound = float(np.nanmax([found.bound, work.part.bound, 0.0]))
        proven = known - bound <= PROVEN * max(known, 1.0)
        chosen = pairs_of(work.rows[work.x == 1])
        work.part = Part("optimal" if proven else "gap", chosen, known if proven else bound)
        work.cost, work.short = known, known - bound
        work.cut = work.short > gap * max(known, 1.0)

    @staticmethod
    def _begin(work: _Work) -> None:
        """A plan found without a solver, whose cost is at least nothing."""
        work.x = first_try(work.task, work.rows)
        if work.x is not None:
            rows = work.rows[work.x == 1]
            work.part = Part("gap", pairs_of(rows), 0.0)
            work.short, work.cut = float(rows["effort_wan"].sum()), True

    def _improve(self, works: list[_Work], until: float) -> None:
        """Go on where the time cut the search short, the widest gap first."""
        works.sort(key=lambda work: -work.short)
        for i, work in enumerate(works):
            seconds = (until - time.monotonic()) / (len(works) - i)
            if seconds < _LEAST_SECONDS:
                return
            self._again(work, seconds, self.gap)

    def _explain(self, works: list[_Work]) -> None:
        for i, work in enumerate(works):
            why = explain(work.task, seconds=max(self.left / (len(works) - i), _TO_EXPLAIN))
            chosen = why.chosen if why.chosen is not None else work.rows.iloc[:0]
            part = Part("infeasible", pairs_of(chosen), float("nan"), why.conflicts)
            work.part = part
            self.solved[fingerprint(work.rows, work.task, self.gap)] = part


@dataclass
class _Work:
    """One part while it is worked on."""

    task: Task
    rows: pd.DataFrame
    part: Part = field(default_factory=lambda: Part("unknown", (), float("nan")))
    x: Values | None = None
    cost: float = 0.0
    short: float = 0.0
    cut: bool = False


def pairs_of(rows: pd.DataFrame) -> tuple[Pair, ...]:
    """Item and option of each row."""
    items, options = (rows[name].to_numpy(dtype="object") for name in ("item", "option"))
    return tuple(zip(items.tolist(), options.tolist(), strict=True))


def chosen_of(task: Task, parts: Sequence[Part]) -> pd.DataFrame:
    """The chosen candidates of parts, with ``locked`` and ``in_time``."""
    pairs = [pair for part in parts for pair in part.chosen]
    index = pd.MultiIndex.from_arrays([task.rows["item"], task.rows["option"]])
    rows = task.rows[index.isin(pairs)] if pairs else task.rows.iloc[:0]
    return rows.assign(
        locked=rows["item"].isin(list(task.locked)), in_time=rows["months"] <= task.horizon
    ).sort_values(["county_adcode", "item"], ignore_index=True)


def holds(task: Task, parts: Sequence[Part]) -> bool:
    """Whether the best plans of the counties keep what is asked of all together."""
    if any(part.outcome not in ("optimal", "gap") for part in parts):
        return False
    return keeps(task, chosen_of(task, parts))


def keeps(task: Task, rows: pd.DataFrame) -> bool:
    """Whether chosen candidates meet every target within every limit."""
    chosen = rows.assign(in_time=rows["months"] <= task.horizon)
    met = outcomes_of(task, chosen)["met"].all()
    used = used_of(task, chosen)
    return bool(met and (used["used"] <= used["amount"] * (1 + TOLERANCE) + TOLERANCE).all())


def outcomes_of(task: Task, chosen: pd.DataFrame) -> pd.DataFrame:
    """What a plan reaches of each target; see :class:`analytics.disposal.plan.Plan`."""
    finished = chosen[chosen["in_time"]]
    by_county = _by_county(finished)
    rows = []
    for target in task.targets:
        done = by_county.get(target.county, finished.iloc[:0])
        reached = float(target.weights(done).sum())
        need = target.need_m2
        rows.append(
            {
                "county": target.county,
                "metric": target.metric,
                "value": target.value,
                "need_m2": need,
                "reached_m2": reached,
                "reached": target.reached(done),
                "met": reached >= need - TOLERANCE * max(1e4, abs(need)),
            }
        )
    names = ["county", "metric", "value", "need_m2", "reached_m2", "reached", "met"]
    return pd.DataFrame(rows, columns=names).astype({"met": "bool"})


def used_of(task: Task, chosen: pd.DataFrame) -> pd.DataFrame:
    """What a plan takes of each limit; see :class:`analytics.disposal.plan.Plan`."""
    by_county, none = _by_county(chosen), chosen.iloc[:0]
    rows = [
        (x.kind, x.county, x.amount, float(x.weights(by_county.get(x.county, none)).sum()))
        for x in task.limits
    ]
    return pd.DataFrame(rows, columns=["kind", "county", "amount", "used"])


def _by_county(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each county, and all of them under :data:`PROVINCE`."""
    groups = {str(name): here for name, here in rows.groupby("county_adcode", sort=False)}
    return groups | {PROVINCE: rows}
