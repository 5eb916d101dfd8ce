"""A good plan where counties share a budget, staff or a target: shares first, then each county.

The relaxed problem, which takes parts of options, says how much of what is shared each county uses
at best. Every county is then solved for itself with its share; what it leaves over, or overdraws at
a price, goes to the next. The result is a plan, not the optimum; the relaxed problem and the sum of
the counties for themselves bound what any plan costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from analytics.disposal.model import Model, Row, Values, row_of, solve
from analytics.disposal.targets import PROVINCE
from analytics.disposal.task import M2_PER_ROW_UNIT, Task, counties_of
from analytics.highs import INFINITY

_PRICE: Final = 50.0
"""What overdrawing costs, as a multiple of the cost of all."""
_GAP: Final = 1e-3


@dataclass(frozen=True)
class Shared:
    """What the counties share: rows over all usable candidates, in the units of the model.

    Attributes:
        weights: One line for each shared condition.
        lower: Least values.
        upper: Greatest values.
    """

    weights: Values = field(repr=False)
    lower: Values
    upper: Values


@dataclass(frozen=True)
class Shares:
    """A plan found by shares.

    Attributes:
        chosen: Positions in the usable rows are true where chosen; None where there is no plan.
        bound: Lower bound of the cost from the relaxed problem; infinite where it is infeasible.
    """

    chosen: pd.Series | None = field(repr=False)
    bound: float


def by_shares(task: Task, rows: pd.DataFrame, seconds: Callable[[int], float]) -> Shares:
    """Find a plan of a task with shared conditions.

    Args:
        task: The task.
        rows: Its usable candidates.
        seconds: Time limit of one county, told how many are still to come.

    Returns:
        See :class:`Shares`.
    """
    relaxed = solve(replace(task.model(rows), relaxed=True), seconds=seconds(1), gap=0.0)
    if relaxed.outcome == "infeasible":
        return Shares(None, INFINITY)
    if not len(relaxed.x):
        return Shares(None, -INFINITY)
    shared = _shared(task, rows)
    taken = pd.Series(data=False, index=rows.index)
    names = counties_of(rows, (*task.targets, *task.limits))
    place = rows["county_adcode"].to_numpy()
    slack = np.where(
        np.isfinite(shared.upper), shared.upper - shared.weights @ relaxed.x, 0.0
    ) / len(names)
    price = _PRICE * max(relaxed.cost, 1.0)
    carry = np.zeros(len(shared.lower))
    for i, name in enumerate(names):
        at = np.flatnonzero(place == name)
        weights = shared.weights[:, at]
        share = weights @ relaxed.x[at] + carry
        share = share + np.where(np.isfinite(shared.upper), slack, 0.0)
        own = task.of(name).model(rows.iloc[at])
        model = _with_shares(own, weights, share, shared, price)
        found = solve(model, seconds=seconds(len(names) - i), gap=_GAP)
        if not len(found.x):
            return Shares(None, relaxed.cost)
        x = found.x[: own.whole]
        carry = share - weights @ x
        taken.iloc[at] = x == 1
    return Shares(taken, relaxed.cost)


def _shared(task: Task, rows: pd.DataFrame) -> Shared:
    targets = [t for t in task.targets if t.county == PROVINCE]
    limits = [x for x in task.limits if x.county == PROVINCE]
    weights = [t.weights(rows) / M2_PER_ROW_UNIT for t in targets]
    weights += [x.weights(rows) / x.scale for x in limits]
    lower = [t.need_m2 / M2_PER_ROW_UNIT for t in targets] + [-INFINITY] * len(limits)
    upper = [INFINITY] * len(targets) + [x.amount / x.scale for x in limits]
    return Shared(np.array(weights), np.array(lower), np.array(upper))


def _with_shares(own: Model, weights: Values, share: Values, shared: Shared, price: float) -> Model:
    """A county's model with its shares, which it may overdraw at a price."""
    n, k = own.whole, len(share)
    rows = list(own.rows)
    units = np.maximum(np.abs(np.where(np.isfinite(shared.upper), shared.upper, shared.lower)), 1.0)
    for j in range(k):
        limit = np.isfinite(shared.upper[j])
        row = row_of(weights[j])
        rows.append(
            Row(
                np.append(row.columns, n + j),
                np.append(row.weights, -units[j] if limit else units[j]),
                -INFINITY if limit else share[j],
                share[j] if limit else INFINITY,
            )
        )
    return Model(np.r_[own.cost, np.full(k, price)], n, np.r_[own.lower, np.zeros(k)], rows)
