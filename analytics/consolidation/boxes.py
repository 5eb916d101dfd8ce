"""The trade-off of two goals within one block: points found, and boxes where others may lie.

Between two neighbouring points lies a box; a plan that neither beats can lie only inside. A box is
asked in three ways, the cheapest first: for the best of both goals, weighted as its sides are; for
the best first goal with the second at the middle of the box; for the same just beyond its edge.
Each gives a point that nothing beats, or proves a part of the box empty. The largest box goes
first, so that a search that is ended early leaves no part of the trade-off unseen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from analytics.consolidation import model
from analytics.consolidation.model import Block, Solved

FINE: Final = 10 * model.NEAR
"""Continuous goals nearer than this, absolute and relative, count as one value."""
COARSE: Final = 0.0025
"""Boxes above this share of the whole range are halved; smaller ones are walked from their edge."""
_WEIGHTED: Final = 1
_HALVED: Final = 2


@dataclass(frozen=True)
class Point:
    """A plan of the block.

    Attributes:
        first: What it has of the first goal.
        second: Of the second.
        pairs: Columns of the whole model that it chooses.
        proven: The solver has proven that no plan of the block beats it.
    """

    first: float
    second: float
    pairs: tuple[int, ...] = ()
    proven: bool = True


@dataclass(frozen=True)
class Box:
    """Where plans that no found one beats may lie, ends excluded.

    Attributes:
        low: First goal of the point on its right.
        high: No plan inside has more of the first goal.
        begin: Second goal of the point on its left.
        end: No plan inside has more of the second goal.
        asked: Ways of asking that gave no new point: 1 weighted, 2 the middle too.
    """

    low: float
    high: float
    begin: float
    end: float
    asked: int = 0

    @property
    def area(self) -> float:
        """Its sides multiplied."""
        return max(self.high - self.low, 0.0) * max(self.end - self.begin, 0.0)


@dataclass
class Trade:
    """The trade-off of one block as far as it is known; it can be worked on again.

    Attributes:
        block: The block, with two goals.
        whole: Whether the first, and the second goal are whole numbers.
        points: Points found.
        open: Boxes to be split.
        stuck: Boxes that the solver could not decide in its time.
        solves: Number of questions to the solver so far.
    """

    block: Block = field(repr=False)
    whole: tuple[bool, bool]
    points: list[Point] = field(default_factory=list)
    open: list[Box] = field(default_factory=list)
    stuck: list[Box] = field(default_factory=list)
    solves: int = 0

    @property
    def started(self) -> bool:
        """Both ends are known."""
        return bool(self.points)

    @property
    def span(self) -> tuple[float, float]:
        """Distance of both ends in the first, and in the second goal."""
        a, b = self.points[0], self.points[1]
        return a.first - b.first, b.second - a.second

    def start(self, seconds: float) -> bool:
        """Find both ends; False where the conditions cannot be met, or not in the time.

        Args:
            seconds: Time limit of each goal.
        """
        first = model.solve(self.block, seconds=seconds)
        turned = replace(self.block, goals=self.block.goals[::-1])
        top = model.solve(turned, seconds=seconds)
        self.solves += 2
        if not len(first.x) or not len(top.x):
            return False
        a, b = self._point(first), self._point(top)
        self.points = [a, b]
        high = self._beyond(float(first.bounds[0]), 0, proven=a.proven)
        end = self._beyond(float(top.bounds[0]), 1, proven=b.proven)
        if not a.proven:
            self.stuck.append(Box(a.first, high, a.second, a.second))
        self._keep(Box(b.first, high, a.second, end))
        return True

    def split(self, box: Box, share: float, seconds: float) -> None:
        """Ask for a plan inside a box, and put what is left of it in its place.

        Args:
            box: One of :attr:`open`.
            share: Its share of the whole range.
            seconds: Time limit of each goal.
        """
        if share > COARSE and box.asked < _WEIGHTED:
            self._weigh(box, seconds)
            return
        level = box.begin + (1.0 if self.whole[1] else self._tolerance(box.begin))
        if share > COARSE and box.asked < _HALVED:
            middle = (box.begin + box.end) / 2
            level = max(level, math.floor(middle) if self.whole[1] else middle)
        near = model.NEAR * max(1.0, abs(level)) if self.whole[1] else 0.0
        held = model.with_row(self.block, self.block.goals[1], lower=level - near)
        answer = model.solve(held, seconds=seconds)
        self.solves += 1
        self.open.remove(box)
        below = replace(box, end=level, asked=_HALVED)
        if answer.outcome == "infeasible":
            self._keep(below)
        elif len(answer.x):
            self._found(box, below, answer)
        else:
            self.stuck.append(box)

    def _weigh(self, box: Box, seconds: float) -> None:
        """Ask for the best of both goals, one for one of the sides of the box."""
        wide, tall = box.high - box.low, box.end - box.begin
        weighted = self.block.goals[0] / wide + self.block.goals[1] / tall
        answer = model.solve(replace(self.block, goals=weighted[None]), seconds=seconds)
        self.solves += 1
        self.open.remove(box)
        point = self._point(answer) if len(answer.x) else None
        if point is None or not self._inside(box, point):
            self._keep(replace(box, asked=_WEIGHTED))
            return
        self.points.append(point)
        self._keep(replace(box, low=point.first, end=point.second))
        self._keep(replace(box, high=point.first, begin=point.second))
        if not point.proven:
            bound = float(answer.bounds[0])
            high = min(box.high, (bound - point.second / tall) * wide)
            end = min(box.end, (bound - point.first / wide) * tall)
            self.stuck.append(Box(point.first, high, point.second, end))

    def _inside(self, box: Box, point: Point) -> bool:
        """Whether a point is new, and lies in a box."""
        return (
            box.low + self._tolerance(box.low) < point.first < box.high
            and box.begin + self._tolerance(box.begin) < point.second < box.end
        )

    def _found(self, box: Box, below: Box, answer: Solved) -> None:
        """Take up the best plan at a level: a new point, or none but the one on the right."""
        point = self._point(answer)
        bound = float(answer.bounds[0])
        high = min(box.high, self._beyond(bound, 0, proven=point.proven))
        if point.first <= box.low + self._tolerance(box.low):
            self._keep(below)
            if not point.proven:
                self.stuck.append(replace(box, begin=below.end, high=high))
            return
        if any(point.pairs == known.pairs for known in self.points):
            # A level that the solver rounds away: nothing more can be learnt here.
            self.stuck.append(box)
            return
        self.points.append(point)
        self._keep(replace(below, low=point.first, asked=0))
        self._keep(replace(box, high=high, begin=point.second, asked=0))
        if not point.proven:
            self.stuck.append(replace(box, high=high, end=point.second))

    def _keep(self, box: Box) -> None:
        """Keep a box that may still hold a plan."""
        sides = ((0, box.low, box.high), (1, box.begin, box.end))
        if all(
            high - low > (1.0 if self.whole[i] else self._tolerance(low)) + self._tolerance(low)
            for i, low, high in sides
        ):
            self.open.append(box)

    def _point(self, answer: Solved) -> Point:
        """An answer as a point; the goals may stand in either order, so they are worked out."""
        at = np.flatnonzero(answer.x[: self.block.pairs] > model.NEAR)
        first, second = self.block.goals @ answer.x
        pairs = tuple(self.block.columns[at].tolist())
        return Point(float(first), float(second), pairs, answer.outcome == "optimal")

    def _beyond(self, bound: float, goal: int, *, proven: bool) -> float:
        """The least value that is surely not passed; a proven one is reached by its point."""
        if proven:
            return bound
        return math.floor(bound) + 1.0 if self.whole[goal] else bound + self._tolerance(bound)

    @staticmethod
    def _tolerance(value: float) -> float:
        return FINE * max(1.0, abs(value))
