"""Choosing options under conditions as a mixed-integer programme, and its solver HiGHS.

One seed and one thread: the same model gives the same answer, unless the time limit cuts it short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import _Highs

from analytics.highs import INFINITY, silent_solver

Outcome = Literal["optimal", "gap", "infeasible", "unknown"]
Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

PROVEN: Final = 1e-9
"""Relative gap below which an answer counts as proven optimum."""
_COSTLY: Final = (
    "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost",
    "mip_heuristic_run_feasibility_jump",
)
"""Searches for a first plan, which take longer than the proof where one is known."""


@dataclass(frozen=True)
class Row:
    """A condition ``lower <= sum(weights * columns) <= upper``.

    Attributes:
        columns: Positions, int64.
        weights: Their weights, float64, of one length with ``columns``.
        lower: Least value; minus infinity where there is none.
        upper: Greatest value.
    """

    columns: Codes = field(repr=False)
    weights: Values = field(repr=False)
    lower: float
    upper: float


@dataclass(frozen=True)
class Model:
    """Minimise ``cost @ x`` under rows; the first ``whole`` columns are 0 or 1, the rest >= 0.

    Attributes:
        cost: n values.
        whole: Number of 0/1 columns.
        lower: n least values (1 where a choice is locked).
        rows: Conditions.
        relaxed: Allow parts where 0 or 1 is asked.
        items: Item code of each column, 0 and up, where the first rows are those of
            :func:`at_most_one` and there are 0/1 columns only; else empty.
    """

    cost: Values = field(repr=False)
    whole: int
    lower: Values = field(repr=False)
    rows: Sequence[Row] = field(repr=False)
    relaxed: bool = False
    items: Codes = field(repr=False, default_factory=lambda: np.empty(0, dtype="int64"))


@dataclass(frozen=True)
class Solved:
    """What the solver found.

    Attributes:
        outcome: ``optimal`` (proven), ``gap`` (a plan, and a bound that no plan can beat),
            ``infeasible``, or ``unknown`` (no plan within the time).
        x: n values, whole ones rounded; empty without a plan.
        cost: Of ``x``; NaN without a plan.
        bound: Lower bound of the cost; NaN where infeasible.
        duals: Price of each row, of a relaxed model only.
    """

    outcome: Outcome
    x: Values = field(repr=False)
    cost: float
    bound: float
    duals: Values = field(repr=False, default_factory=lambda: np.empty(0))


def row_of(weights: Values, *, lower: float = -INFINITY, upper: float = INFINITY) -> Row:
    """A condition from one weight per column; zeros are left out."""
    columns = np.flatnonzero(weights)
    return Row(columns.astype(np.int64), weights[columns], lower, upper)


def at_most_one(items: Codes) -> list[Row]:
    """Rows that let each item with several options choose one at most.

    Args:
        items: Item code of each column.
    """
    order = np.argsort(items, kind="stable")
    starts = np.flatnonzero(np.diff(items[order], prepend=-1))
    groups = np.split(order, starts[1:])
    return [
        Row(group.astype(np.int64), np.ones(len(group)), -INFINITY, 1.0)
        for group in groups
        if len(group) > 1
    ]


def solve(
    model: Model,
    *,
    seconds: float,
    gap: float,
    start: Values | None = None,
    heuristics: bool = True,
) -> Solved:
    """Solve a model.

    Args:
        model: The model.
        seconds: Time limit.
        gap: Relative gap at which the solver may stop; 0 for a proof.
        start: A plan that is known.
        heuristics: Search for plans by every means; off where a good one is known.

    Returns:
        See :class:`Solved`.
    """
    if len(model.cost) == 0:
        empty = np.empty(0)
        met = all(row.lower <= 0.0 <= row.upper for row in model.rows)
        return Solved("optimal" if met else "infeasible", empty, 0.0, 0.0)
    searches = {} if heuristics else dict.fromkeys(_COSTLY, False)
    # To begin again with a smaller model costs more than it saves on models of this size.
    solver = silent_solver(seconds=seconds, gap=gap, mip_allow_restart=False, **searches)
    solver.passModel(_lp(model))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = list(start)
        known.value_valid = True
        solver.setSolution(known)
    solver.run()
    found = _read(solver, model)
    if start is not None and solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        allowed = max(gap, PROVEN) * max(abs(found.cost), 1.0)
        if found.cost - found.bound > 2 * allowed:
            # Solved before any search, the solver may give back the start beside a lower bound.
            return solve(model, seconds=seconds, gap=gap)
    return found


def _lp(model: Model) -> highspy.HighsLp:
    n, rows = len(model.cost), model.rows
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, len(rows)
    lp.col_cost_ = model.cost
    lp.col_lower_ = model.lower
    upper = np.full(n, INFINITY)
    upper[: model.whole] = 1.0
    lp.col_upper_ = upper
    lp.row_lower_ = np.array([row.lower for row in rows], dtype="float64")
    lp.row_upper_ = np.array([row.upper for row in rows], dtype="float64")
    sizes = np.array([0, *(len(row.columns) for row in rows)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = n, len(rows)
    lp.a_matrix_.start_ = np.cumsum(sizes).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate([*(r.columns for r in rows), []]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([*(r.weights for r in rows), []]).astype("float64")
    kinds = highspy.HighsVarType
    whole = 0 if model.relaxed else model.whole
    lp.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * (n - whole)
    return lp


def _read(solver: _Highs, model: Model) -> Solved:
    status, info = solver.getModelStatus(), solver.getInfo()
    none = np.empty(0)
    states = highspy.HighsModelStatus
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return Solved("infeasible", none, float("nan"), float("nan"))
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Solved("unknown", none, float("nan"), float(info.mip_dual_bound))
    x = np.array(solver.getSolution().col_value, dtype="float64")
    if model.relaxed:
        cost = float(model.cost @ x)
        complete = status == states.kOptimal
        duals = np.array(solver.getSolution().row_dual, dtype="float64")
        return Solved("optimal" if complete else "unknown", x, cost, cost, duals)
    x[: model.whole] = np.round(x[: model.whole])
    cost = float(model.cost @ x)
    bound = cost if not model.whole else float(info.mip_dual_bound)
    bound = min(bound, cost)
    proven = cost - bound <= PROVEN * max(abs(cost), 1.0)
    return Solved("optimal" if proven else "gap", x, cost, cost if proven else bound)
