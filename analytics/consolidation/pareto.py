"""Plans beside the best one: near-optimal alternatives, and the front of two goals."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from analytics.consolidation import model, plan
from analytics.consolidation.model import Block, Solved
from analytics.consolidation.task import GOALS, Conditions, Goal, Pair, Task, task
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


def pool(asked: Task, *, rules: RuleSet) -> Pool:
    """Every plan within ``CON-PLAN-NEAR`` of the best, at most ``CON-PLAN-POOL`` of them.

    The plans of all blocks are combined in the order of what they give up, so that the first n
    combinations are the n best plans.

    Args:
        asked: The plan; only its first goal counts here.
        rules: The rules ``consolidation``.

    Raises:
        FrontError: The conditions cannot be met.
    """
    seconds, most = rules.value("CON-PLAN-SECONDS"), int(rules.value("CON-PLAN-POOL"))
    blocks = model.split(asked.block)
    ladders = [_Ladder(block, seconds) for block in blocks]
    firsts = _met([ladder.best for ladder in ladders])
    best = asked.offset[0] + sum(answer.reached[0] for answer in firsts)
    picks = _least_losses(ladders, rules.value("CON-PLAN-NEAR") * abs(float(best)), most + 1)
    complete = len(picks) <= most and not any(ladder.cut for ladder in ladders)
    rows, marks = [], []
    for lost, pick in picks[:most]:
        answers = [ladder.rungs[i] for ladder, i in zip(ladders, pick, strict=True)]
        mark = plan.chosen(asked, blocks, answers)
        told = plan.measures(asked.pairs[mark], asked.facts, rules=rules)
        rows.append({"loss": lost, **told.to_dict(), "pairs": int(mark.sum())})
        marks.append(mark)
    return _told(asked, pd.DataFrame(rows), np.array(marks), complete=complete)


def _told(asked: Task, plans: pd.DataFrame, marks: plan.Marks, *, complete: bool) -> Pool:
    used = marks.any(axis=0)
    pairs = asked.pairs[used][["host_id", "absorbed_id"]].reset_index(drop=True)
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
        points: One row per plan that no other found beats in both, from the best in the first
            goal to the best in the second, RangeIndex: the four goals (:func:`
            consolidation_plan.measures`), ``bound`` (no plan that does as well in the other goal
            is better than this in ``bounded``), ``gap`` (distance to it over the value, at least
            over 1), ``count`` of pairs, ``pairs`` (``host>absorbed`` joined by ``;``).
        bounded: The goal that ``bound`` is of.
        complete: Whether these are all; with two continuous goals only some levels are tried.
    """

    points: pd.DataFrame = field(repr=False)
    bounded: Goal
    complete: bool


@dataclass(frozen=True)
class _Point:
    first: float
    second: float
    pairs: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Part:
    """Front of one block: its points, and corners that nothing in the block reaches beyond."""

    points: list[_Point]
    corners: list[_Point]
    proven: bool


def front(asked: Task, *, rules: RuleSet, progress: Callable[[float], None] | None = None) -> Front:
    """The Pareto front of the two goals of a task.

    Each block's front is found by raising the least value of the second goal step by step; the
    fronts are then added, and what is beaten is dropped. The bounds of the steps, added in the
    same way, say what no plan can do.

    Args:
        asked: A task with exactly two goals.
        rules: The rules ``consolidation``; ``CON-PLAN-LEVELS`` where both are continuous.
        progress: Told the share of blocks that is done; what it raises ends the search.

    Raises:
        FrontError: Not two goals, or conditions that cannot be met.
    """
    if len(asked.goals) != len(("first", "second")):
        raise FrontError(
            f"a front needs two goals, not {len(asked.goals)}; choose two",
            values={"detail": f"goals: {len(asked.goals)}"},
        )
    # Steps are taken along the whole-numbered goal where there is one.
    turned = asked.goals[1] not in WHOLE and asked.goals[0] in WHOLE
    whole = bool(WHOLE & set(asked.goals))
    levels = 0 if whole else int(rules.value("CON-PLAN-LEVELS"))
    seconds = rules.value("CON-PLAN-SECONDS")
    total, corners, complete = [_Point(0.0, 0.0)], [_Point(0.0, 0.0)], whole
    blocks = model.split(asked.block) if asked.block.goals.shape[1] else []
    for done, block in enumerate(blocks, 1):
        steps = replace(block, goals=block.goals[::-1]) if turned else block
        own = _front_of(steps, levels, seconds)
        total, corners = _sums(total, own.points), _sums(corners, own.corners)
        complete = complete and own.proven and len(total) <= _MOST_KEPT
        total, corners = _fewer(total), _fewer_corners(corners)
        if progress is not None:
            progress(done / len(blocks))
    ordered = total[::-1] if turned else total
    at = 1 if turned else 0
    points = _points(asked, [point.pairs for point in ordered], rules)
    bounds = np.array([[p.first, _bound(p, corners)] for p in ordered]) + asked.offset[at]
    value, bound = plan.own_sign((asked.goals[at],), bounds.T)
    gap = np.abs(bound - value) / np.maximum(np.abs(value), 1.0)
    return Front(points.assign(bound=bound, gap=gap), asked.goals[at], complete)


def taken(
    pairs: pd.DataFrame,
    facts: pd.DataFrame,
    conditions: Conditions,
    wanted: frozenset[Pair],
    *,
    rules: RuleSet,
) -> Conditions:
    """Conditions under which the best plan is a wanted one and nothing more.

    Its pairs are locked. Pairs that the goals would still add are forbidden, no others.

    Args:
        pairs: See :func:`analytics.consolidation.task.task`.
        facts: The same.
        conditions: Goals and conditions that the wanted plan keeps.
        wanted: Its pairs.
        rules: The rules ``consolidation``.

    Raises:
        FrontError: The wanted plan does not keep the conditions.
    """
    forbidden = conditions.forbidden - wanted
    while True:
        held = replace(conditions, locked=wanted, forbidden=forbidden)
        found = plan.solve(task(pairs, facts, held, rules=rules), rules=rules)
        if found.outcome in ("infeasible", "unknown"):
            raise _impossible()
        more = set(zip(found.pairs["host_id"], found.pairs["absorbed_id"], strict=True)) - wanted
        if not more:
            return held
        forbidden |= more


def _sums(some: list[_Point], others: list[_Point]) -> list[_Point]:
    """Every sum of two points that none beats."""
    return _unbeaten(
        [_Point(a.first + b.first, a.second + b.second, a.pairs + b.pairs)
         for a in some for b in others]
    )  # fmt: skip


def _fewer(points: list[_Point]) -> list[_Point]:
    """So many points at most, both ends among them."""
    if len(points) <= _MOST_KEPT:
        return points
    at = np.linspace(0, len(points) - 1, _MOST_KEPT).round().astype(int)
    return [points[i] for i in at]


def _fewer_corners(corners: list[_Point]) -> list[_Point]:
    """So many corners at most; each stands beyond those that it replaces."""
    if len(corners) <= _MOST_KEPT:
        return corners
    groups = np.array_split(np.arange(len(corners)), _MOST_KEPT)
    return [_Point(corners[g[0]].first, corners[g[-1]].second) for g in groups]


def _bound(point: _Point, corners: list[_Point]) -> float:
    """Most of the first goal for any plan with as much of the second."""
    least = point.second - model.NEAR * max(1.0, abs(point.second))
    above = [corner.first for corner in corners if corner.second >= least]
    return max([*above, point.first])


def _points(asked: Task, plans: list[tuple[int, ...]], rules: RuleSet) -> pd.DataFrame:
    """All goals of each plan, worked out from the zones."""
    names = (asked.pairs["host_id"] + ">" + asked.pairs["absorbed_id"]).to_list()
    told = [plan.measures(asked.pairs.iloc[sorted(p)], asked.facts, rules=rules) for p in plans]
    out = pd.DataFrame(told, columns=list(GOALS)).reset_index(drop=True)
    return out.assign(
        count=[len(chosen) for chosen in plans],
        pairs=[";".join(names[i] for i in sorted(chosen)) for chosen in plans],
    )


def _front_of(block: Block, levels: int, seconds: float) -> _Part:
    """Points of one block; steps of 1 along the second goal, or so many even levels."""
    second = block.goals[1]
    top = model.solve(replace(block, goals=block.goals[::-1]), seconds=seconds)
    first = model.solve(block, seconds=seconds)
    _met([top, first])
    points, bound = [_point(block, first)], float(first.bounds[0])
    proven = top.outcome == first.outcome == "optimal"
    highest, most = float(top.reached[0]), float(top.bounds[0])
    ladder = np.linspace(points[0].second, highest, levels)[1:] if levels else None
    corners: list[_Point] = []
    while points[-1].second < highest - model.NEAR * max(1.0, abs(highest)):
        reached = points[-1].second
        level = reached + 1.0
        if ladder is not None:
            ladder = ladder[ladder > reached + model.NEAR]
            level = float(ladder[0]) if len(ladder) else highest
        near = model.NEAR * max(1.0, abs(level))
        found = model.solve(model.with_row(block, second, lower=level - near), seconds=seconds)
        if len(found.x) == 0:
            proven = False
            break
        # Between two whole numbers there is nothing; between two levels there may be.
        corners.append(_Point(bound, reached if ladder is None else level))
        points.append(_point(block, found))
        bound = min(bound, float(found.bounds[0]))
        proven = proven and found.outcome == "optimal"
    corners.append(_Point(bound, max(most, points[-1].second)))
    return _Part(_unbeaten(points), _unbeaten(corners), proven)


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
        raise _impossible()
    return found


def _impossible() -> FrontError:
    return FrontError(
        "the conditions cannot be met together; look at the rules in conflict first",
        values={"detail": "infeasible"},
    )
