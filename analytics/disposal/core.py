"""Solving a model by its core: what cannot be in any plan as cheap as a known one is left out.

The relaxed problem gives a price for each condition. At any prices the cost of a plan is at least
the sum of the cheapest priced way of every item and what the conditions are worth; taking another
way costs its *penalty* more. So whatever has a penalty above the distance from that bound to a
known plan is in no better plan, and the rest, the core, still holds the optimum. The known plan
comes from a far smaller core, of the least penalties.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from analytics.disposal.model import PROVEN, Codes, Model, Row, Solved, Values
from analytics.disposal.model import solve as solve_whole
from analytics.highs import INFINITY

_SMALL: Final = 40
"""Columns up to which a model is solved as it is."""
_FIRST: Final = 20
"""Ways that the first core leaves open beside the cheapest of each item."""
_FIRST_GAP: Final = 5e-3
_FIRST_TIME: Final = 0.3
_SAFE: Final = 1e-6
"""Relative room for the rounding of the solver, so that fixing never loses an optimum."""


@dataclass(frozen=True)
class Penalties:
    """What the prices of the relaxed problem say.

    Attributes:
        bound: No plan costs less.
        take: What taking a column costs more than the cheapest way of its item, n values >= 0.
        leave: What leaving an item costs more, one value an item; infinite where it is locked.
    """

    bound: float
    take: Values = field(repr=False)
    leave: Values = field(repr=False)


def penalties(model: Model, duals: Values) -> Penalties:
    """Bound and penalties at given prices; a valid bound whatever the prices are.

    Args:
        model: A model with ``items`` and 0/1 columns only.
        duals: One price for each of its rows; those of the rows of items are not used.
    """
    ours = _item_rows(model)
    priced, worth = model.cost.astype("float64"), 0.0
    for row, price in zip(model.rows[ours:], duals[ours:], strict=True):
        edge = row.lower if price > 0 else row.upper
        if price != 0 and np.isfinite(edge):
            priced[row.columns] -= price * row.weights
            worth += price * edge
    held = np.zeros(int(model.items.max()) + 1, dtype=bool)
    held[model.items[model.lower > 0]] = True
    least = np.where(held, INFINITY, 0.0)
    allowed = (model.lower > 0) | ~held[model.items]
    np.minimum.at(least, model.items[allowed], priced[allowed])
    take = np.where(allowed, priced - least[model.items], INFINITY)
    return Penalties(worth + float(least.sum()), take, np.where(held, INFINITY, -least))


def _item_rows(model: Model) -> int:
    """How many rows, the first ones, only say that an item takes one option at most."""
    return int((np.bincount(model.items) > 1).sum())


def core(model: Model, found: Penalties, within: float) -> tuple[Model, Codes]:
    """The model without what has a penalty above ``within``.

    Args:
        model: As for :func:`penalties`.
        found: Its penalties.
        within: Ways with a greater penalty are left out; items that may not be left are held.

    Returns:
        The smaller model, and the positions of its columns in the model.
    """
    at = np.flatnonzero(found.take <= within)
    place = np.full(len(model.cost), -1)
    place[at] = np.arange(len(at))
    must = found.leave > within
    alone = np.bincount(model.items[at], minlength=len(must)) == 1
    lower = np.maximum(model.lower[at], (must & alone)[model.items[at]])
    ours, rows = _item_rows(model), []
    for i, row in enumerate(model.rows):
        columns = place[row.columns]
        there = columns >= 0
        least = row.lower
        if i < ours:
            if there.sum() <= 1:
                continue
            least = 1.0 if must[model.items[row.columns[0]]] else row.lower
        rows.append(Row(columns[there], row.weights[there], least, row.upper))
    items = np.unique(model.items[at], return_inverse=True)[1]
    return Model(model.cost[at], len(at), lower.astype("float64"), rows, items=items), at


def solve(model: Model, *, seconds: float, gap: float, start: Values | None = None) -> Solved:
    """Solve a model by its core.

    Args:
        model: The model; without ``items``, or small, it is solved as it is.
        seconds: Time limit.
        gap: Relative gap at which the solver may stop; 0 for a proof.
        start: A plan that is known, n zeros and ones.

    Returns:
        See :class:`analytics.disposal.model.Solved`.
    """
    end = time.monotonic() + seconds
    if len(model.items) != len(model.cost) or len(model.cost) <= _SMALL:
        return solve_whole(model, seconds=seconds, gap=gap, start=start)
    relaxed = solve_whole(replace(model, relaxed=True), seconds=seconds, gap=0.0)
    if relaxed.outcome != "optimal":
        return relaxed if relaxed.outcome == "infeasible" else _none(-INFINITY)
    found = penalties(model, relaxed.duals)
    best = _first(model, found, start, _FIRST_TIME * (end - time.monotonic()))
    if best is None:
        left = max(end - time.monotonic(), 0.0)
        return solve_whole(model, seconds=left, gap=gap)
    cost = float(model.cost @ best)
    if cost - found.bound <= gap * max(cost, 1.0):
        return _solved(best, cost, found.bound)
    room = cost - found.bound + _SAFE * max(abs(cost), 1.0)
    small, at = core(model, found, room)
    closed = solve_whole(
        small, seconds=max(end - time.monotonic(), 0.0), gap=gap, start=best[at], heuristics=False
    )
    if len(closed.x) and closed.cost < cost:
        best = np.zeros(len(model.cost))
        best[at] = closed.x
        cost = closed.cost
    # What was left out costs at least as much as the plan that was known.
    bound = found.bound if np.isnan(closed.bound) else max(found.bound, closed.bound)
    return _solved(best, cost, min(bound, cost))


def _first(model: Model, found: Penalties, start: Values | None, seconds: float) -> Values | None:
    """The cheaper of the known plan and the best one of a small core."""
    ranked = np.sort(np.r_[found.take, found.leave])
    within = float(ranked[min(len(found.leave) + _FIRST, len(ranked) - 1)])
    small, at = core(model, found, within)
    tried = solve_whole(small, seconds=seconds, gap=_FIRST_GAP)
    if not len(tried.x) or (start is not None and model.cost @ start <= tried.cost):
        return start
    out = np.zeros(len(model.cost))
    out[at] = tried.x
    return out


def _solved(x: Values, cost: float, bound: float) -> Solved:
    proven = cost - bound <= PROVEN * max(abs(cost), 1.0)
    return Solved("optimal" if proven else "gap", x, cost, cost if proven else bound)


def _none(bound: float) -> Solved:
    return Solved("unknown", np.empty(0), float("nan"), bound)
