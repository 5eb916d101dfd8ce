"""Plans beside the best one: near-optimal alternatives, and the front of two goals."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.consolidation import model, plan
from analytics.consolidation.boxes import Trade
from analytics.consolidation.model import Block, Codes, Solved
from analytics.consolidation.sums import spread, total
from analytics.consolidation.task import GOALS, Conditions, Goal, Pair, Task, task
from domain.rules import RuleSet
from geo.errors import GanyuanError

WHOLE: Final = frozenset({"large", "bodies"})
"""Goals that are whole numbers."""


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
class Budget:
    """When the search for a front ends although more could be found.

    Attributes:
        solves: So many questions to the solver, besides those for both ends of each block.
        seconds: So long; whoever starts again goes on where the last search ended.
        gap: No box left of any block is above this share of the whole range; 0 to find all.
    """

    solves: int
    seconds: float
    gap: float = 0.0

    @classmethod
    def of(cls, rules: RuleSet) -> Budget:
        """The budget of ``CON-FRONT-SOLVES``, ``CON-FRONT-SECONDS`` and ``CON-FRONT-GAP``."""
        solves, seconds, gap = (rules.value(f"CON-FRONT-{n}") for n in ("SOLVES", "SECONDS", "GAP"))
        return cls(int(solves), float(seconds), float(gap))


Stopped = Literal["complete", "solves", "seconds", "gap", "stuck"]
"""Why a search ended: all is found, the budget, or the solver could not decide in its time."""
FrontMemory = MutableMapping[bytes, Trade]
"""Trade-offs of blocks by their content; the search goes on where it ended."""


@dataclass(frozen=True)
class Front:
    """The trade-off between two goals.

    Attributes:
        points: One row per plan that no other found beats in both, from the best in the first
            goal to the best in the second, RangeIndex: the four goals (:func:`
            consolidation_plan.measures`), ``proven`` (no plan at all beats it), ``bound`` (no plan
            that does as well in the other goal is better than this in ``bounded``), ``gap``
            (distance to it over the value, at least over 1), ``left`` (largest box towards the
            next point where a plan may lie, over the whole range; 0 where there is none),
            ``count`` of pairs, ``pairs`` (``host>absorbed`` joined by ``;``).
        bounded: The goal that ``bound`` is of.
        complete: Every plan that no other beats is known; ``points`` may show a part of them.
        known: Number of plans known that no other known beats.
        left: Largest of ``left``.
        solves: Questions to the solver in this search.
        stopped: Why the search ended.
    """

    points: pd.DataFrame = field(repr=False)
    bounded: Goal
    complete: bool
    known: int
    left: float
    solves: int
    stopped: Stopped


def front(
    asked: Task,
    *,
    rules: RuleSet,
    budget: Budget | None = None,
    memory: FrontMemory | None = None,
    progress: Callable[[float], None] | None = None,
) -> Front:
    """The Pareto front of the two goals of a task.

    The trade-offs of all blocks are searched together, the largest box first, and added up. With
    enough of a budget the front is complete; without, every point says whether it is proven, and
    the boxes left say where others may lie.

    Args:
        asked: A task with exactly two goals.
        rules: The rules ``consolidation``; ``CON-FRONT-SHOWN`` limits the rows.
        budget: When to end; by default that of the rules.
        memory: Trade-offs from before, which are worked on; blocks that did not change are not
            searched again.
        progress: Told the share of the budget that is used, 1 at the end; what it raises ends the
            search, and the memory keeps what was found.

    Raises:
        FrontError: Not two goals, or conditions that cannot be met.
    """
    if len(asked.goals) != len(("first", "second")):
        raise FrontError(
            f"a front needs two goals, not {len(asked.goals)}; choose two",
            values={"detail": f"goals: {len(asked.goals)}"},
        )
    allowed = Budget.of(rules) if budget is None else budget
    # Levels are set along the whole-numbered goal where there is one.
    turned = asked.goals[1] not in WHOLE and asked.goals[0] in WHOLE
    trades = _trades(asked, turned=turned, memory={} if memory is None else memory)
    before = sum(trade.solves for trade in trades)
    stopped = _search(trades, allowed, rules.value("CON-PLAN-SECONDS"), progress)
    solves = sum(trade.solves for trade in trades) - before
    found = total(trades)
    at = spread(found.first, found.second, int(rules.value("CON-FRONT-SHOWN")))
    points = _points(asked, _plans(trades, found.picks[at]), rules)
    own = 1 if turned else 0
    bounds = np.array([found.first[at], found.bounds()[at]]) + asked.offset[own]
    value, bound = plan.own_sign((asked.goals[own],), bounds[:, :, None])[:, :, 0]
    gap = np.abs(bound - value) / np.maximum(np.abs(value), 1.0)
    left = np.maximum.reduceat(found.left(), at)
    rows = points.assign(proven=found.proven()[at], bound=bound, gap=gap, left=left)
    if turned:
        rows = rows[::-1].reset_index(drop=True)
        rows["left"] = rows["left"].shift(-1, fill_value=0.0)
    complete = stopped == "complete" and not len(found.corners) and bool(found.sure.all())
    return Front(
        rows, asked.goals[own], complete, len(found.first), float(left.max()), solves, stopped
    )


def _trades(asked: Task, *, turned: bool, memory: FrontMemory) -> list[Trade]:
    """The trade-off of each block, those known from before among them."""
    goals = asked.goals[::-1] if turned else asked.goals
    whole = (goals[0] in WHOLE, goals[1] in WHOLE)
    out = []
    for block in model.split(asked.block) if asked.block.goals.shape[1] else []:
        steps = replace(block, goals=block.goals[::-1]) if turned else block
        key = steps.key() + repr(whole).encode()
        known = memory.setdefault(key, Trade(steps, whole))
        # The same block can stand elsewhere in a model of other pairs.
        known.block = steps
        out.append(known)
    return out


def _search(
    trades: list[Trade], allowed: Budget, seconds: float, progress: Callable[[float], None] | None
) -> Stopped:
    """Split the largest box of all blocks until all are closed or the budget is used."""
    begun = time.monotonic()
    for trade in trades:
        if not trade.started and not trade.start(seconds):
            raise _impossible()
    spans = np.array([trade.span for trade in trades]).reshape(-1, 2).sum(axis=0)
    whole = max(float(spans.prod()), model.NEAR)
    used, told = 0, 0.0
    stopped: Stopped | None = None
    while stopped is None:
        left = allowed.seconds - (time.monotonic() - begun)
        boxes = [(box.area / whole, i) for i, t in enumerate(trades) for box in t.open]
        share, which = max(boxes, default=(0.0, 0))
        if not boxes:
            sure = all(not t.stuck and all(p.proven for p in t.points) for t in trades)
            stopped = "complete" if sure else "stuck"
        elif share <= allowed.gap:
            stopped = "gap"
        elif used >= allowed.solves:
            stopped = "solves"
        elif left <= 0.0:
            stopped = "seconds"
        else:
            box = max(trades[which].open, key=lambda one: one.area)
            trades[which].split(box, share, min(seconds, left))
            used += 1
        told = max(told, used / allowed.solves if allowed.solves else 1.0)
        if progress is not None:
            progress(1.0 if stopped else min(told, 1.0))
    return stopped


def _plans(trades: list[Trade], picks: Codes) -> list[tuple[int, ...]]:
    """Pairs of each sum: those of one point of each block."""
    return [
        tuple(
            pair
            for trade, at in zip(trades, pick, strict=True)
            for pair in trade.points[int(at)].pairs
        )
        for pick in picks
    ]


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


def _points(asked: Task, plans: list[tuple[int, ...]], rules: RuleSet) -> pd.DataFrame:
    """All goals of each plan, worked out from the zones."""
    names = (asked.pairs["host_id"] + ">" + asked.pairs["absorbed_id"]).to_list()
    told = [plan.measures(asked.pairs.iloc[sorted(p)], asked.facts, rules=rules) for p in plans]
    out = pd.DataFrame(told, columns=list(GOALS)).reset_index(drop=True)
    return out.assign(
        count=[len(chosen) for chosen in plans],
        pairs=[";".join(names[i] for i in sorted(chosen)) for chosen in plans],
    )


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
