"""Choosing pairs under conditions as small mixed-integer programmes, and their solver HiGHS.

A :class:`Block` is a part of the model that shares no condition with any other part, so it is
solved, and remembered, on its own. Its linear relaxation is solved first: where that is whole, it
is the proven optimum. One seed and one thread; the same block gives the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import _Highs

from analytics.highs import INFINITY, silent_solver

Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Outcome = Literal["optimal", "gap", "infeasible", "unknown"]

NEAR: Final = 1e-6
"""Goals within this count as equal, absolute and relative; whole numbers are whole within it."""


@dataclass(frozen=True)
class Matrix:
    """Weights of conditions, row after row, without the zeros.

    Attributes:
        start: r + 1 positions; row i has the entries ``start[i]`` to ``start[i + 1]``.
        columns: Column of each entry.
        weights: Weight of each entry.
    """

    start: Codes
    columns: Codes
    weights: Values

    def row_of_entry(self) -> Codes:
        """Row of each entry."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def take(self, rows: Codes) -> Matrix:
        """The rows at these positions, in this order."""
        sizes = np.diff(self.start)[rows]
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        entries = np.repeat(self.start[:-1][rows] - start[:-1], sizes) + np.arange(start[-1])
        return Matrix(start, self.columns[entries], self.weights[entries])

    def plus(self, weights: Values) -> Matrix:
        """With one more row, given with its zeros."""
        used = np.flatnonzero(weights)
        return Matrix(
            np.append(self.start, self.start[-1] + len(used)),
            np.concatenate([self.columns, used]),
            np.concatenate([self.weights, weights[used]]),
        )


def matrix_of(rows: Codes, columns: Codes, weights: Values, count: int) -> Matrix:
    """A matrix of ``count`` rows from its entries in any order; zeros are left out."""
    used = np.flatnonzero(weights)
    order = used[np.lexsort((columns[used], rows[used]))]
    start = np.searchsorted(rows[order], np.arange(count + 1)).astype(np.int64)
    return Matrix(start, columns[order].astype(np.int64), weights[order].astype(np.float64))


@dataclass(frozen=True)
class Block:
    """Maximise goals one after the other under ``row_lower <= matrix @ x <= row_upper``.

    Attributes:
        goals: (m, n) float64; the first goal comes first.
        pairs: Number of columns that are pairs; they come first.
        whole: Number of 0/1 columns, the pairs among them; the rest are >= 0.
        matrix: r rows over n columns.
        row_lower: r values.
        row_upper: r values.
        columns: Positions of the n columns in the whole model.
        rows: Positions of the r rows in the whole model.
    """

    goals: Values = field(repr=False)
    pairs: int
    whole: int
    matrix: Matrix = field(repr=False)
    row_lower: Values = field(repr=False)
    row_upper: Values = field(repr=False)
    columns: Codes = field(repr=False)
    rows: Codes = field(repr=False)

    def key(self) -> bytes:
        """Digest of everything that the answer depends on."""
        digest = hashlib.blake2b(f"{self.goals.shape} {self.pairs} {self.whole}".encode())
        for part in (
            self.goals, self.matrix.weights, self.row_lower, self.row_upper,
            self.matrix.columns, self.matrix.start,
        ):  # fmt: skip
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.digest()


@dataclass(frozen=True)
class Solved:
    """What the solver found.

    Attributes:
        outcome: ``optimal`` (every goal proven), ``gap`` (a choice, and bounds that none can
            beat), ``infeasible``, or ``unknown`` (no choice within the time).
        x: n values, whole ones rounded; empty without a choice.
        reached: m values of the goals, each the best under those before it; NaN without a choice.
        bounds: m upper bounds of the same.
    """

    outcome: Outcome
    x: Values = field(repr=False)
    reached: Values
    bounds: Values


def split(model: Block) -> list[Block]:
    """The blocks of a model, in the order of their first column."""
    of_column = _labels(model)
    by_column = np.argsort(of_column, kind="stable").astype(np.int64)
    entry_rows = model.matrix.row_of_entry()
    of_row = np.zeros(len(model.row_lower), dtype=np.int64)
    of_row[entry_rows] = of_column[model.matrix.columns]
    by_row = np.argsort(of_row, kind="stable").astype(np.int64)
    names = np.unique(of_column)
    ends = np.append(np.searchsorted(of_column[by_column], names), len(by_column))
    row_ends = np.append(np.searchsorted(of_row[by_row], names), len(by_row))
    place = np.empty(len(of_column), dtype=np.int64)
    place[by_column] = (
        np.arange(len(by_column)) - ends[np.searchsorted(names, of_column[by_column])]
    )
    return [
        _part(model, by_column[a:b], by_row[c:d], place)
        for a, b, c, d in zip(ends, ends[1:], row_ends, row_ends[1:], strict=False)
    ]


def _labels(model: Block) -> Codes:
    """The least column that each column is connected with through conditions."""
    label = np.arange(model.goals.shape[1])
    filled = np.diff(model.matrix.start) > 0
    starts, sizes = model.matrix.start[:-1][filled], np.diff(model.matrix.start)[filled]
    while len(starts):
        least = np.repeat(np.minimum.reduceat(label[model.matrix.columns], starts), sizes)
        after = label.copy()
        np.minimum.at(after, model.matrix.columns, least)
        after = after[after]
        if np.array_equal(after, label):
            break
        label = after
    return label.astype(np.int64)


def _part(model: Block, columns: Codes, rows: Codes, place: Codes) -> Block:
    """One block of these columns and rows; ``place`` is the place of each column in its block."""
    taken = model.matrix.take(rows)
    return Block(
        model.goals[:, columns],
        int((columns < model.pairs).sum()),
        int((columns < model.whole).sum()),
        replace(taken, columns=place[taken.columns]),
        model.row_lower[rows],
        model.row_upper[rows],
        columns,
        rows,
    )


def with_row(
    block: Block, weights: Values, *, lower: float = -INFINITY, upper: float = INFINITY
) -> Block:
    """The block with one more condition on its n columns."""
    return replace(
        block,
        matrix=block.matrix.plus(weights),
        row_lower=np.append(block.row_lower, lower),
        row_upper=np.append(block.row_upper, upper),
        rows=np.append(block.rows, -1),
    )


def without_rows(block: Block, keep: npt.NDArray[np.bool_]) -> Block:
    """The block with only the rows that are kept."""
    return replace(
        block,
        matrix=block.matrix.take(np.flatnonzero(keep)),
        row_lower=block.row_lower[keep],
        row_upper=block.row_upper[keep],
        rows=block.rows[keep],
    )


def solve(block: Block, *, seconds: float) -> Solved:
    """Solve a block, its goals one after the other.

    Args:
        block: The block.
        seconds: Time limit of each goal.

    Returns:
        See :class:`Solved`; a goal is given up by at most :data:`NEAR` for those after it.
    """
    many = len(block.goals)
    solver = _loaded(block, seconds)
    values, bounds = np.full(many, np.nan), np.full(many, np.nan)
    x: Values = np.empty(0)
    outcome: Outcome = "optimal"
    for i, goal in enumerate(block.goals):
        found, x_i, bound = _maximise(solver, block, goal)
        if len(x_i) == 0:
            # Later goals cannot undo a choice; without time for them the last one stands.
            return Solved(found if i == 0 else "gap", x, values, bounds)
        x = x_i
        values[i], bounds[i] = float(goal @ x), bound
        outcome = "gap" if found == "gap" else outcome
        if i + 1 < many:
            least = values[i] - NEAR * max(1.0, abs(values[i]))
            used = np.flatnonzero(goal).astype(np.int32)
            solver.addRow(least, INFINITY, len(used), used, goal[used])
    return Solved(outcome, x, values, np.maximum(bounds, values))


def choices(block: Block, *, seconds: float) -> Iterator[Solved]:
    """The choices of a block by its first goal, best first, by no-good cuts.

    Args:
        block: The block.
        seconds: Time limit of each.

    Yields:
        Choices that differ in their pairs, until there are no others; one without a choice, as
        the last, where the time did not suffice.
    """
    first = replace(block, goals=block.goals[:1])
    while True:
        found = solve(first, seconds=seconds)
        if found.outcome == "infeasible":
            return
        yield found
        if len(found.x) == 0:
            return
        first = _differing(first, found.x)


def _differing(block: Block, x: Values) -> Block:
    """At least one pair is chosen otherwise than in ``x``."""
    weights = np.zeros(len(x))
    weights[: block.pairs] = 1.0 - 2.0 * x[: block.pairs]
    return with_row(block, weights, lower=1.0 - float(x[: block.pairs].sum()))


def violated(block: Block, soft: Sequence[int], *, seconds: float) -> Values:
    """By how much rows have to give way so that the others can hold, least in all.

    Args:
        block: A block that cannot be met.
        soft: Positions of the rows that may give way.
        seconds: Time limit.

    Returns:
        One value >= 0 for each of ``soft``; NaN where even that does not help.
    """
    columns, at = block.goals.shape[1], np.asarray(soft, dtype=np.int64)
    down = np.isfinite(block.row_lower[at])
    matrix = matrix_of(
        np.concatenate([block.matrix.row_of_entry(), at]),
        np.concatenate([block.matrix.columns, columns + np.arange(len(at))]),
        np.concatenate([block.matrix.weights, np.where(down, 1.0, -1.0)]),
        len(block.row_lower),
    )
    goal = np.concatenate([np.zeros(columns), -np.ones(len(soft))])[None, :]
    elastic = replace(block, goals=goal, matrix=matrix)
    found = solve(elastic, seconds=seconds)
    if len(found.x) == 0:
        return np.full(len(soft), np.nan)
    return np.asarray(found.x[columns:], dtype="float64")


def irreducible(block: Block, fixed: npt.NDArray[np.bool_], *, seconds: float) -> Codes:
    """Rows that cannot hold together although any smaller set of them can.

    Args:
        block: A block that cannot be met.
        fixed: r marks of rows that forbid no choice by themselves; left out.
        seconds: Time limit of each attempt.

    Returns:
        Positions of rows of the block; found by leaving out one row after the other.
    """
    keep = ~fixed
    # Whether there is a choice at all does not hang on goals.
    any_choice = replace(block, goals=np.zeros_like(block.goals[:1]))
    for row in np.flatnonzero(keep)[::-1]:
        keep[row] = False
        if solve(without_rows(any_choice, keep), seconds=seconds).outcome != "infeasible":
            keep[row] = True
    return np.flatnonzero(keep).astype(np.int64)


def _loaded(block: Block, seconds: float) -> _Highs:
    # Restarts of the search cost such small programmes more than they give.
    solver = silent_solver(seconds=seconds, mip_allow_restart=False)
    rows, columns = len(block.row_lower), block.goals.shape[1]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_ = np.zeros(columns), np.zeros(columns)
    lp.col_upper_ = np.where(np.arange(columns) < block.whole, 1.0, INFINITY)
    lp.row_lower_, lp.row_upper_ = block.row_lower, block.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = columns, rows
    lp.a_matrix_.start_ = block.matrix.start.astype(np.int32)
    lp.a_matrix_.index_ = block.matrix.columns.astype(np.int32)
    lp.a_matrix_.value_ = block.matrix.weights
    solver.passModel(lp)
    return solver


def _maximise(solver: _Highs, block: Block, goal: Values) -> tuple[Outcome, Values, float]:
    """Outcome, choice and bound of one goal: the relaxation, then whole numbers if need be."""
    columns = np.arange(len(goal), dtype=np.int32)
    whole = columns[: block.whole]
    kinds = highspy.HighsVarType
    solver.changeColsCost(len(goal), columns, goal)
    solver.changeColsIntegrality(
        len(whole), whole, np.full(len(whole), kinds.kContinuous.value, np.uint8)
    )
    solver.setOptionValue("presolve", "off")
    solver.clearSolver()
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return "infeasible", np.empty(0), float("nan")
    x = np.array(solver.getSolution().col_value, dtype="float64")
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if optimal and np.abs(x[: block.whole] - np.round(x[: block.whole])).max(initial=0.0) < NEAR:
        x[: block.whole] = np.round(x[: block.whole])
        return "optimal", x, float(goal @ x)
    solver.changeColsIntegrality(
        len(whole), whole, np.full(len(whole), kinds.kInteger.value, np.uint8)
    )
    # That no whole numbers will do is believed only without a presolve.
    for presolve in ("on", "off"):
        solver.setOptionValue("presolve", presolve)
        # What a run left behind can come back as a wrong answer of the next.
        solver.clearSolver()
        solver.run()
        found = _whole(solver, block, goal)
        if found[0] != "infeasible":
            break
    return found


def _whole(solver: _Highs, block: Block, goal: Values) -> tuple[Outcome, Values, float]:
    status, info = solver.getModelStatus(), solver.getInfo()
    states = highspy.HighsModelStatus
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return "infeasible", np.empty(0), float("nan")
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return "unknown", np.empty(0), float(info.mip_dual_bound)
    x = np.array(solver.getSolution().col_value, dtype="float64")
    x[: block.whole] = np.round(x[: block.whole])
    value = float(goal @ x)
    bound = max(float(info.mip_dual_bound), value)
    proven = status == states.kOptimal and bound - value <= NEAR * max(1.0, abs(value))
    return ("optimal", x, value) if proven else ("gap", x, bound)
