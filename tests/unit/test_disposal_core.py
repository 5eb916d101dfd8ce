"""What is left out of the core is in no better plan: against counting out, at any prices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from analytics.disposal.core import core, penalties, solve
from analytics.disposal.model import solve as solve_whole
from analytics.disposal.targets import Target
from analytics.disposal.task import Limit, Task
from analytics.highs import INFINITY
from tests.disposal_world import drawn


def model_of(seed, items, *, locked=False):
    """A model of one county with a target, a budget and perhaps a lock."""
    rng = np.random.default_rng(seed)
    rows = drawn(rng, items).sort_values(["item", "option"], ignore_index=True)
    first = rows.drop_duplicates("item")
    targets = (
        Target("C0", "idle_rate", rng.uniform(0.2, 0.7), base_m2=float(first["idle_m2"].sum())),
        Target("C0", "old_rate", rng.uniform(0.2, 0.7), base_m2=float(first["old_m2"].sum())),
    )
    limit = Limit("budget", "", float(rng.uniform(0.3, 0.9) * first["own_wan"].sum()))
    locks = {rows["item"].iloc[0]: rows["option"].iloc[0]} if locked else {}
    task = Task(rows, targets, (limit,), 20.0, locks)
    return task.model(task.usable())


def every_plan(model):
    """All feasible choices and their costs, by trying everything."""
    groups = [
        [-1, *np.flatnonzero(model.items == item)] for item in range(int(model.items.max()) + 1)
    ]
    for pick in itertools.product(*groups):
        x = np.zeros(len(model.cost))
        x[[j for j in pick if j >= 0]] = 1.0
        sums = [(row.lower, float(row.weights @ x[row.columns]), row.upper) for row in model.rows]
        fits = all(low - 1e-9 <= value <= high + 1e-9 for low, value, high in sums)
        if fits and (x >= model.lower).all():
            yield x, float(model.cost @ x)


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_bound_and_every_penalty_hold_at_any_prices(seed, locked):
    model = model_of(seed, 6, locked=locked)
    plans = list(every_plan(model))
    rng = np.random.default_rng(seed)
    for _ in range(5):
        found = penalties(model, rng.normal(0.0, 20.0, len(model.rows)))
        for x, cost in plans:
            taken = np.bincount(model.items, weights=x, minlength=len(found.leave)) > 0
            dear = found.take[x == 1].sum() + found.leave[~taken].sum()
            assert cost >= found.bound + dear - 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_the_core_within_a_plan_keeps_every_plan_that_is_no_dearer(seed):
    model = model_of(seed, 6)
    plans = list(every_plan(model))
    if not plans:
        return
    prices = np.random.default_rng(seed).normal(0.0, 5.0, len(model.rows))
    found = penalties(model, prices)
    limit = float(np.median([cost for _, cost in plans]))
    small, at = core(model, found, limit - found.bound + 1e-9)
    for x, cost in plans:
        if cost > limit:
            continue
        assert x.sum() == x[at].sum()
        assert (x[at] >= small.lower).all()
        for row in small.rows:
            assert row.lower - 1e-6 <= row.weights @ x[at][row.columns] <= row.upper + 1e-6


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_the_core_has_the_cost_of_the_whole(seed, known):
    model = model_of(100 + seed, 60, locked=seed % 2 == 1)
    assert len(model.cost) > 40
    whole = solve_whole(model, seconds=60.0, gap=0.0)
    rough = solve_whole(model, seconds=60.0, gap=0.3)
    start = rough.x if known and len(rough.x) else None
    found = solve(model, seconds=60.0, gap=0.0, start=start)
    assert found.outcome == whole.outcome
    if whole.outcome == "optimal":
        assert found.cost == pytest.approx(whole.cost, rel=1e-6)
        loose = solve(model, seconds=60.0, gap=0.05, start=start)
        assert loose.bound <= whole.cost + 1e-6
        assert loose.cost - loose.bound <= 0.05 * loose.cost + 1e-6


def test_a_model_without_a_relaxed_plan_is_infeasible():
    model = model_of(5, 60)
    last = len(model.rows) - 1
    rows = model.rows[:last]
    tight = type(model.rows[last])(
        model.rows[last].columns, model.rows[last].weights, -INFINITY, 0.001
    )
    none = type(model)(model.cost, model.whole, model.lower, [*rows, tight], items=model.items)
    assert solve(none, seconds=60.0, gap=0.0).outcome == "infeasible"
