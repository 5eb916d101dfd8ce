"""Plans beside the best one: near-optimal alternatives, and the front of two goals."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from analytics import consolidation_model as model
from analytics import consolidation_plan as plan
from analytics.consolidation_model import Block, Solved
from analytics.consolidation_task import Task
from domain.rules import RuleSet
from geo.errors import GanyuanError

WHOLE: Final = frozenset({"large", "bodies"})
"""Goals that are whole numbers."""
_MOST_KEPT: Final = 200
"""Points kept of a front while it is put together; whole-numbered goals stay far below."""


class FrontError(GanyuanError):
    """A front needs two goals and conditions that can be met."""

    code = "CPL-004"


@dataclass(frozen=True)
class Pool:
    """Near-optimal alternatives of a plan by its first goal.

    Attributes:
        plans: One row per plan, best first, RangeIndex: ``loss`` (points of the first goal given
            up against the best), the four goals of :func:`consolidation_plan.measures`, and
            ``pairs`` (number of pairs).
        pairs: Every pair of any plan: ``host_id``, ``absorbed_id``, ``in_plans`` (in how many),
            ``share`` of the plans, ``in_all``.
        members: bool, a row per row of ``pairs`` and a column per plan.
        complete: Whether there are no others within the gap.
    """

    plans: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    members: pd.DataFrame = field(repr=False)
    complete: bool


def pool(task: Task, *, rules: RuleSet) -> Pool:
    """Every plan within ``CON-PLAN-NEAR`` of the best, at most ``CON-PLAN-POOL`` of them.

    The plans of all blocks are combined in the order of what they give up, so that the first n
    combinations are the n best plans.

    Args:
        task: The plan; only its first goal counts here.
        rules: The rules ``consolidation``.

    Raises:
        FrontError: The conditions cannot be met.
    """
    seconds, most = rules.value("CON-PLAN-SECONDS"), int(rules.value("CON-PLAN-POOL"))
    blocks = model.split(task.block)
    ladders = [_Ladder(block, seconds) for block in blocks]
    firsts = _met([ladder.best for ladder in ladders])
    best = task.offset[0] + sum(answer.reached[0] for answer in firsts)
    picks = _least_losses(ladders, rules.value("CON-PLAN-NEAR") * abs(float(best)), most + 1)
    complete = len(picks) <= most and not any(ladder.cut for ladder in ladders)
    rows, marks = [], []
    for lost, pick in picks[:most]:
        answers = [ladder.rungs[i] for ladder, i in zip(ladders, pick, strict=True)]
        mark = plan.chosen(task, blocks, answers)
        told = plan.measures(task.pairs[mark], task.facts, rules=rules)
        rows.append({"loss": lost, **told.to_dict(), "pairs": int(mark.sum())})
        marks.append(mark)
    return _told(task, pd.DataFrame(rows), np.array(marks), complete=complete)


def _told(task: Task, plans: pd.DataFrame, marks: plan.Marks, *, complete: bool) -> Pool:
    used = marks.any(axis=0)
    pairs = task.pairs[used][["host_id", "absorbed_id"]].reset_index(drop=True)
    members = pd.DataFrame(marks[:, used].T, columns=plans.index)
    count = members.sum(axis=1)
    shared = pairs.assign(in_plans=count, share=count / len(plans), in_all=count == len(plans))
    return Pool(plans, shared, members, complete)


class _Ladder:
    """The choices of one block, best first, worked out as far as they are asked for."""

    def __init__(self, block: Block, seconds: float) -> None:
        self._more = model.choices(block, seconds=seconds)
        self.rungs: list[Solved] = []
        self.cut = False
        self.loss(0)

    @property
    def best(self) -> Solved | None:
        """The first of them; None where the conditions cannot be met."""
        return self.rungs[0] if self.rungs else None

    def loss(self, rung: int) -> float | None:
        """What a choice gives up against the best; None where there is none."""
        while len(self.rungs) <= rung:
            found = next(self._more, None)
            if found is None or len(found.x) == 0:
                self.cut = self.cut or found is not None
                return None
            self.cut = self.cut or found.outcome != "optimal"
            self.rungs.append(found)
        return float(self.rungs[0].reached[0] - self.rungs[rung].reached[0])


def _least_losses(
    ladders: list[_Ladder], loss: float, most: int
) -> list[tuple[float, tuple[int, ...]]]:
    """The combinations of one rung of each ladder that lose least, in order."""
    start = (0.0, (0,) * len(ladders))
    heap, seen = [start], {start[1]}
    out: list[tuple[float, tuple[int, ...]]] = []
    while heap and len(out) < most:
        lost, steps = heapq.heappop(heap)
        out.append((lost, steps))
        for i, ladder in enumerate(ladders):
            further = (*steps[:i], steps[i] + 1, *steps[i + 1 :])
            now, then = ladder.loss(steps[i]), ladder.loss(steps[i] + 1)
            if further in seen or now is None or then is None:
                continue
            more = max(lost - now + then, lost)
            if more <= loss + model.NEAR:
                seen.add(further)
                heapq.heappush(heap, (more, further))
    return out


@dataclass(frozen=True)
class Front:
    """The trade-off between two goals.

    Attributes:
        points: One row per plan that no other beats in both, from the best in the first goal to
            the best in the second, RangeIndex: both goals and ``pairs`` (``host>absorbed``
            joined by ``;``).
        complete: Whether these are all; with two continuous goals only some levels are tried.
    """

    points: pd.DataFrame = field(repr=False)
    complete: bool


@dataclass(frozen=True)
class _Point:
    first: float
    second: float
    pairs: tuple[int, ...]


def front(task: Task, *, rules: RuleSet) -> Front:
    """The Pareto front of the two goals of a task.

    Each block's front is found by raising the least value of the second goal step by step; the
    fronts are then added, and what is beaten is dropped.

    Args:
        task: A task with exactly two goals.
        rules: The rules ``consolidation``; ``CON-PLAN-LEVELS`` where both are continuous.

    Raises:
        FrontError: Not two goals, or conditions that cannot be met.
    """
    if len(task.goals) != len(("first", "second")):
        raise FrontError(
            f"a front needs two goals, not {len(task.goals)}; choose two",
            values={"detail": f"goals: {len(task.goals)}"},
        )
    # Steps are taken along the whole-numbered goal where there is one.
    turned = task.goals[1] not in WHOLE and task.goals[0] in WHOLE
    whole = bool(WHOLE & set(task.goals))
    levels = 0 if whole else int(rules.value("CON-PLAN-LEVELS"))
    seconds = rules.value("CON-PLAN-SECONDS")
    total, complete = [_Point(0.0, 0.0, ())], whole
    for block in model.split(task.block):
        steps = replace(block, goals=block.goals[::-1]) if turned else block
        own = _front_of(steps, levels, seconds)
        added = [
            _Point(a.first + b.first, a.second + b.second, a.pairs + b.pairs)
            for a in total
            for b in own
        ]
        total = _unbeaten(added)
        if len(total) > _MOST_KEPT:
            at = np.linspace(0, len(total) - 1, _MOST_KEPT).round().astype(int)
            total, complete = [total[i] for i in at], False
    ordered = total[::-1] if turned else total
    return Front(_points(task, [point.pairs for point in ordered], rules), complete)


def _points(task: Task, plans: list[tuple[int, ...]], rules: RuleSet) -> pd.DataFrame:
    """Both goals of each plan, worked out from the zones."""
    names = (task.pairs["host_id"] + ">" + task.pairs["absorbed_id"]).to_list()
    told = [plan.measures(task.pairs.iloc[sorted(p)], task.facts, rules=rules) for p in plans]
    out = pd.DataFrame(told, columns=list(task.goals)).reset_index(drop=True)
    return out.assign(pairs=[";".join(names[i] for i in sorted(chosen)) for chosen in plans])


def _front_of(block: Block, levels: int, seconds: float) -> list[_Point]:
    """Points of one block; steps of 1 along the second goal, or so many even levels."""
    second = block.goals[1]
    top = model.solve(replace(block, goals=block.goals[::-1]), seconds=seconds)
    _met([top])
    points = [_point(block, model.solve(block, seconds=seconds))]
    highest = float(top.reached[0])
    ladder = np.linspace(points[0].second, highest, levels)[1:] if levels else None
    while points[-1].second < highest - model.NEAR * max(1.0, abs(highest)):
        level = points[-1].second + 1.0
        if ladder is not None:
            ladder = ladder[ladder > points[-1].second + model.NEAR]
            level = float(ladder[0]) if len(ladder) else highest
        near = model.NEAR * max(1.0, abs(level))
        found = model.solve(model.with_row(block, second, lower=level - near), seconds=seconds)
        if len(found.x) == 0:
            break
        points.append(_point(block, found))
    return _unbeaten(points)


def _point(block: Block, answer: Solved) -> _Point:
    at = np.flatnonzero(answer.x[: block.pairs] > model.NEAR)
    return _Point(
        float(answer.reached[0]), float(answer.reached[1]), tuple(block.columns[at].tolist())
    )


def _unbeaten(points: list[_Point]) -> list[_Point]:
    """Points that none beats in both, the best in the first goal first."""
    ordered = sorted(points, key=lambda p: (-p.first, -p.second, p.pairs))
    out: list[_Point] = []
    for point in ordered:
        if not out or point.second > out[-1].second + model.NEAR:
            out.append(point)
    return out


def _met(answers: Sequence[Solved | None]) -> list[Solved]:
    """The answers, all of them with a choice."""
    found = [answer for answer in answers if answer is not None and len(answer.x)]
    if len(found) < len(answers):
        raise FrontError(
            "the conditions cannot be met together; look at the rules in conflict first",
            values={"detail": "infeasible"},
        )
    return found
