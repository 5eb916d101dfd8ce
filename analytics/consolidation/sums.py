"""Trade-offs of blocks added up: which sums nothing beats, and what is not yet ruled out.

Every plan of the whole is one choice of each block, so the plans that nothing beats are among the
sums of points that nothing beats in their block. What a block has not yet ruled out is told by
corners: a plan that is not among its points has less than some corner in both goals. The sums of
points and corners with at least one corner are the corners of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.consolidation import model
from analytics.consolidation.boxes import Trade

Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

MOST: Final = 5_000
"""Sums kept at a time; those let go are told by a corner."""


@dataclass(frozen=True)
class Total:
    """Sums of one point of each block, the best in the first goal first.

    Attributes:
        first: Their first goal, falling.
        second: Their second goal, rising.
        sure: All their parts are proven in their block.
        picks: Position of the point of each block, one row a sum.
        corners: (n, 2); every plan that is not told here has less than one of them in both goals.
    """

    first: Values
    second: Values
    sure: Marks
    picks: Codes = field(repr=False)
    corners: Values = field(repr=False)

    def bounds(self) -> Values:
        """Most of the first goal for any plan that has as much of the second, for each sum."""
        out = self.first.copy()
        for high, end in self.corners:
            within = end > self.second + _near(self.second)
            out = np.where(within, np.maximum(out, high), out)
        return np.asarray(out, dtype="float64")

    def proven(self) -> Marks:
        """Which sums no plan beats: their parts are proven, and no corner lies beyond them."""
        beyond = np.zeros(len(self.first), dtype=bool)
        for high, end in self.corners:
            beyond |= (high > self.first + _near(self.first)) & (
                end > self.second + _near(self.second)
            )
        return self.sure & ~beyond

    def left(self) -> Values:
        """Largest part of the box towards the next sum where a plan may lie, of the whole range.

        The whole range is the first goal of both ends times the second; the last sum has 0.
        """
        out = np.zeros(len(self.first))
        whole = (self.first[0] - self.first[-1]) * (self.second[-1] - self.second[0])
        if whole <= 0.0:
            return out
        for high, end in self.corners:
            wide = np.minimum(high, self.first[:-1]) - self.first[1:]
            tall = np.minimum(end, self.second[1:]) - self.second[:-1]
            part = np.maximum(wide, 0.0) * np.maximum(tall, 0.0) / whole
            out[:-1] = np.maximum(out[:-1], part)
        return out


def total(trades: Sequence[Trade]) -> Total:
    """The trade-off of the whole from those of its blocks, as far as each is known."""
    none = np.zeros(1)
    out = Total(none, none, np.ones(1, dtype=bool), np.zeros((1, 0), np.int64), np.empty((0, 2)))
    for trade in trades:
        out = _fewer(_plus(out, _own(trade)))
    return out


def spread(first: Values, second: Values, most: int) -> Codes:
    """Positions of so many points at most, both ends among them, the widest gaps closed first.

    Args:
        first: First goal of the points, falling.
        second: Second goal, rising.
        most: At least 2.
    """
    n = len(first)
    if n <= most:
        return np.arange(n)
    sides = np.array(
        [max(first[0] - first[-1], model.NEAR), max(second[-1] - second[0], model.NEAR)]
    )
    way = np.concatenate(
        [[0.0], np.cumsum(np.abs(np.diff(first)) / sides[0] + np.abs(np.diff(second)) / sides[1])]
    )
    at = np.searchsorted(way, np.linspace(0.0, way[-1], most))
    return np.unique(np.concatenate([[0], np.minimum(at, n - 1), [n - 1]]))[:n]


def _own(trade: Trade) -> Total:
    """One block by itself."""
    first = np.array([point.first for point in trade.points])
    second = np.array([point.second for point in trade.points])
    sure = np.array([point.proven for point in trade.points], dtype=bool)
    kept = _unbeaten(first, second)
    corners = np.array([[box.high, box.end] for box in (*trade.open, *trade.stuck)])
    return Total(first[kept], second[kept], sure[kept], kept[:, None], corners.reshape(-1, 2))


def _plus(a: Total, b: Total) -> Total:
    first = np.add.outer(a.first, b.first).ravel()
    second = np.add.outer(a.second, b.second).ravel()
    kept = _unbeaten(first, second)
    of_a, of_b = np.divmod(kept, len(b.first))
    points = [np.column_stack([one.first, one.second]) for one in (a, b)]
    corners = np.concatenate(
        [
            _every(a.corners, np.concatenate([points[1], b.corners])),
            _every(points[0], b.corners),
        ]
    )
    return Total(
        first[kept], second[kept], a.sure[of_a] & b.sure[of_b],
        np.hstack([a.picks[of_a], b.picks[of_b]]), _outer(corners),
    )  # fmt: skip


def _every(some: Values, others: Values) -> Values:
    """Every sum of two."""
    return np.asarray((some[:, None] + others[None]).reshape(-1, 2), dtype="float64")


def _unbeaten(first: Values, second: Values) -> Codes:
    """Positions of the points that none beats, the best in the first goal first."""
    order = np.lexsort((-second, -first))
    tops = np.maximum.accumulate(second[order])
    new = np.ones(len(order), dtype=bool)
    new[1:] = second[order][1:] > tops[:-1] + model.NEAR
    return order[new].astype(np.int64)


def _outer(corners: Values) -> Values:
    """The corners that lie in no other."""
    return corners[_unbeaten(corners[:, 0], corners[:, 1])] if len(corners) else corners


def _fewer(of: Total) -> Total:
    """So many sums and corners at most, with a corner for what is let go."""
    corners = _merged(of.corners)
    if len(of.first) <= MOST:
        return Total(of.first, of.second, of.sure, of.picks, corners)
    at = spread(of.first, of.second, MOST)
    gone = np.flatnonzero(np.diff(at) > 1)
    past = np.column_stack([of.first[at[gone]], of.second[at[gone + 1]]])
    told = _merged(_outer(np.concatenate([corners, past])))
    return Total(of.first[at], of.second[at], of.sure[at], of.picks[at], told)


def _merged(corners: Values) -> Values:
    """So many corners at most; each stands for those that it replaces."""
    if len(corners) <= MOST:
        return corners
    groups = np.array_split(np.arange(len(corners)), MOST)
    return np.array([[corners[g[0], 0], corners[g[-1], 1]] for g in groups])


def _near(values: Values) -> Values:
    return model.NEAR * np.maximum(1.0, np.abs(values))
