"""Columns and rows of a plan's programme as they are gathered, and the programme made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analytics.consolidation.model import Block, Codes, Values, matrix_of
from analytics.highs import INFINITY

Names = npt.NDArray[np.str_]
Aim = tuple[Codes, Values, float]
"""Columns of a goal, their weights, and what the goal has without any choice; to be maximised."""


class Rows:
    """A programme in the making: a column for each pair first, then what goals need beside them.

    Columns that need not be whole go by numbers below 0 until all whole ones are known.
    """

    def __init__(self, pairs: Names, zones: Names) -> None:
        """For n ``pairs`` and z ``zones``, by their names."""
        self.pairs, self.zones = pairs, zones
        self.kinds: list[str] = []
        self.subjects: list[str] = []
        self._whole, self._real = len(pairs), 0
        none = np.empty(0, dtype=np.int64)
        self._entries: list[tuple[Codes, Codes, Values]] = [(none, none, np.empty(0))]
        self._ends: list[tuple[Values, Values]] = [(np.empty(0), np.empty(0))]

    def whole(self, count: int) -> Codes:
        """So many further 0/1 columns."""
        self._whole += count
        return np.arange(self._whole - count, self._whole)

    def real(self, count: int) -> Codes:
        """So many further columns >= 0."""
        self._real += count
        return -1 - np.arange(self._real - count, self._real)

    def add(
        self, kind: str, subjects: Names, rows: Codes, columns: Codes,
        weights: Values, lower: Values, upper: Values,
    ) -> None:  # fmt: skip
        """Rows ``lower <= sum(weights * columns) <= upper``.

        Args:
            kind: What they are for.
            subjects: Zone, pair or prefecture of each, r names.
            rows: Row of each entry, 0 to r - 1.
            columns: Column of each entry.
            weights: Weight of each entry.
            lower: r values.
            upper: r values.
        """
        at = len(self.kinds)
        self._entries.append((rows.astype(np.int64) + at, columns.astype(np.int64), weights))
        self._ends.append((lower, upper))
        self.kinds += [kind] * len(subjects)
        self.subjects += [str(subject) for subject in subjects]

    def at_most(
        self, kind: str, zone: Codes, columns: Codes, *, upper: Values,
        weights: Values | None = None,
    ) -> None:  # fmt: skip
        """One row per zone: the sum of its columns, weighted or not, is at most ``upper[zone]``."""
        zones, rows = np.unique(zone, return_inverse=True)
        ends = (np.full(len(zones), -INFINITY), upper[zones].astype("float64"))
        each = np.ones(len(columns)) if weights is None else weights
        self.add(kind, self.zones[zones], rows, columns, each, *ends)

    def block(self, aims: Sequence[Aim]) -> Block:
        """The whole programme: pairs, other whole columns, the rest."""
        width = self._whole + self._real
        rows, columns, weights = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        lower, upper = (np.concatenate(part) for part in zip(*self._ends, strict=True))
        goals = np.zeros((len(aims), width))
        for goal, (at, weight, _) in zip(goals, aims, strict=True):
            np.add.at(goal, self._placed(at), weight)
        return Block(
            goals, len(self.pairs), self._whole,
            matrix_of(rows, self._placed(columns), weights, len(self.kinds)),
            lower, upper, np.arange(width), np.arange(len(self.kinds)),
        )  # fmt: skip

    def _placed(self, columns: Codes) -> Codes:
        return np.where(columns < 0, self._whole - 1 - columns, columns)
