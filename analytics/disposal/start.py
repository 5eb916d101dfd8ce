"""A first plan without a solver, target by target, so that a search never begins empty-handed."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from analytics.disposal.model import Values
from analytics.disposal.task import Task

_LEAST: Final = 1e-9


def first_try(task: Task, rows: pd.DataFrame) -> Values | None:
    """Options taken by what they bring for their cost, while there is room in the limits.

    Args:
        task: The task.
        rows: Its usable candidates.

    Returns:
        n zeros and ones that meet every target within every limit; None where this way finds none,
        which does not mean that there is none.
    """
    x = rows["fixed"].to_numpy(dtype="float64").copy()
    items = pd.factorize(rows["item"])[0]
    free = np.ones(int(items.max(initial=-1)) + 1, dtype=bool)
    free[items[x == 1]] = False
    effort = rows["effort_wan"].to_numpy(dtype="float64")
    takes = np.array([limit.weights(rows) for limit in task.limits]).reshape(
        len(task.limits), len(rows)
    )
    room = np.array([limit.amount for limit in task.limits]) - takes @ x
    gains = [(target.weights(rows), target.need_m2) for target in task.targets]
    for gain, need in gains:
        missing = need - float(gain @ x)
        able = np.flatnonzero(gain > 0)
        for j in able[np.argsort(effort[able] / gain[able], kind="stable")]:
            if missing <= 0:
                break
            if free[items[j]] and (takes[:, j] <= room).all():
                x[j], free[items[j]] = 1.0, False
                room -= takes[:, j]
                missing -= gain[j]
    met = all(float(gain @ x) >= need - _LEAST for gain, need in gains)
    return x if met and (room >= -_LEAST).all() else None
