"""The task that a disposal plan solves: open options, targets, limits, locks, as one model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.disposal.model import Model, Row, at_most_one, row_of
from analytics.disposal.targets import PROVINCE, Metric, Target, Values, only_of

LimitKind = Literal["budget", "staff", "start"]
EFFECTS: Final = ("idle_m2", "unsupplied_m2", "old_m2", "stock_m2", "digested_m2")
M2_PER_ROW_UNIT: Final = 10_000.0
"""Areas enter the model in hectares, so that its tolerance is far below a square metre."""

_GAINS: Final[dict[Metric, tuple[tuple[str, float], ...]]] = {
    "idle_rate": (("idle_m2", 1.0),),
    "idle_area": (("idle_m2", 1.0),),
    "old_rate": (("old_m2", 1.0),),
    "unsupplied_area": (("unsupplied_m2", 1.0),),
    "cycle": (("digested_m2", 1.0), ("stock_m2", -1.0)),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """Something of which there is only so much.

    Attributes:
        kind: ``budget`` (own money, 10,000 CNY), ``staff`` (days) or ``start`` (m2 that may rest on
            a start).
        county: Code; empty for everything.
        amount: How much there is, in the unit of its kind.
    """

    kind: LimitKind
    county: str
    amount: float

    @property
    def scale(self) -> float:
        """What the unit is divided by in a model."""
        return M2_PER_ROW_UNIT if self.kind == "start" else 1.0

    def weights(self, rows: pd.DataFrame) -> Values:
        """What each candidate takes of it; zero in other counties."""
        if self.kind == "start":
            out = rows["area_m2"].where(rows["capped"], 0.0)
        else:
            out = rows["own_wan" if self.kind == "budget" else "staff_days"]
        return only_of(self.county, rows, out)


@dataclass(frozen=True)
class Task:
    """What is to be planned.

    Attributes:
        rows: The permitted candidates, sorted by item and option.
        targets: What has to be reached.
        limits: What there is.
        horizon: Months until the targets are judged.
        locked: Option by item; empty text leaves the item alone.
        forbidden: Pairs of item and option that may not be chosen.
    """

    rows: pd.DataFrame = field(repr=False)
    targets: tuple[Target, ...]
    limits: tuple[Limit, ...]
    horizon: float
    locked: Mapping[str, str] = field(default_factory=dict)
    forbidden: frozenset[tuple[str, str]] = frozenset()

    def of(self, county: str) -> Task:
        """The part that concerns one county alone; items of no county have no conditions."""
        own = county != PROVINCE
        return Task(
            self.rows[self.rows["county_adcode"] == county],
            tuple(t for t in self.targets if own and t.county == county),
            tuple(x for x in self.limits if own and x.county == county),
            self.horizon,
            self.locked,
            self.forbidden,
        )

    @property
    def joined(self) -> bool:
        """Whether anything links the counties."""
        named = [t.county for t in self.targets] + [x.county for x in self.limits]
        return PROVINCE in named

    def usable(self) -> pd.DataFrame:
        """The candidates that a plan may need, with ``fixed`` (bool) where they are locked.

        Left out are forbidden ones, those of items with another lock, those that come too late or
        count for no target, and those that another option of the item beats or equals in every
        respect. A locked one that comes too late stays and counts for nothing.
        """
        rows = self.rows
        lock = rows["item"].map(dict(self.locked)) if self.locked else pd.Series(pd.NA, rows.index)
        fixed = (lock == rows["option"]).fillna(value=False).astype("bool")
        keep = lock.isna() | fixed
        if self.forbidden:
            pairs = pd.MultiIndex.from_arrays([rows["item"], rows["option"]])
            keep &= ~pairs.isin(list(self.forbidden))
        late = rows["months"] > self.horizon
        rows = rows.assign(fixed=fixed)[keep & (fixed | ~late)]
        late = late[rows.index]
        rows[list(EFFECTS)] = rows[list(EFFECTS)].where(~late, 0.0)
        gains, costs = self._respects(rows)
        useful = (gains > 0).any(axis=0) | rows["fixed"].to_numpy()
        rows, gains, costs = rows[useful], gains[:, useful], costs[:, useful]
        return rows[undominated(rows["item"].to_numpy(), gains, costs)]

    def _respects(self, rows: pd.DataFrame) -> tuple[Values, Values]:
        """What more of is better, and what less of is better, one line for each respect."""
        wanted = {gain: None for t in self.targets for gain in _GAINS[t.metric]}
        gains = [sign * rows[column].to_numpy(dtype="float64") for column, sign in wanted]
        kinds = {limit.kind: limit for limit in self.limits}
        costs = [rows["effort_wan"].to_numpy(dtype="float64")]
        costs += [Limit(kind, PROVINCE, 0.0).weights(rows) for kind in kinds]
        empty = np.empty((0, len(rows)))
        return (np.array(gains) if gains else empty), np.array(costs)

    def model(self, rows: pd.DataFrame) -> Model:
        """The model over some usable rows, in their order."""
        items = pd.factorize(rows["item"])[0].astype(np.int64)
        conditions: list[Row] = at_most_one(items)
        conditions += [self.target_row(target, rows) for target in self.targets]
        conditions += [
            row_of(limit.weights(rows) / limit.scale, upper=limit.amount / limit.scale)
            for limit in self.limits
        ]
        cost = rows["effort_wan"].to_numpy(dtype="float64")
        return Model(
            cost, len(rows), rows["fixed"].to_numpy(dtype="float64"), conditions, items=items
        )

    @staticmethod
    def target_row(target: Target, rows: pd.DataFrame) -> Row:
        """The condition of one target, in hectares."""
        return row_of(
            target.weights(rows) / M2_PER_ROW_UNIT, lower=target.need_m2 / M2_PER_ROW_UNIT
        )


def undominated(
    items: npt.NDArray[np.object_], gains: Values, costs: Values
) -> npt.NDArray[np.bool_]:
    """Which options no other of their item beats or equals in every respect.

    Of options that are equal in every respect the first stays.

    Args:
        items: n item names, equal ones side by side.
        gains: k x n, more is better.
        costs: j x n, less is better.
    """
    n = len(items)
    if n == 0:
        return np.empty(0, dtype=bool)
    new = np.r_[True, items[1:] != items[:-1]]
    start = np.flatnonzero(new)
    code = np.cumsum(new) - 1
    place = np.arange(n) - start[code]
    better = np.vstack([gains, -costs])
    width = int(place.max()) + 1
    padded = np.full((len(better), len(start), width), -np.inf)
    padded[:, code, place] = better
    there = np.zeros((len(start), width), dtype=bool)
    there[code, place] = True
    out = there.copy()
    for a in range(width):
        for b in range(width):
            if a == b:
                continue
            at_least = (padded[:, :, a] >= padded[:, :, b]).all(axis=0)
            equal = (padded[:, :, a] == padded[:, :, b]).all(axis=0)
            beats = at_least & there[:, a] & (~equal | (a < b))
            out[:, b] &= ~beats
    return np.asarray(out[code, place])


def fingerprint(rows: pd.DataFrame, task: Task, gap: float) -> str:
    """Same for tasks that have the same answer; names what was solved before."""
    digest = hashlib.sha256()
    numbers = ["effort_wan", "own_wan", "staff_days", "area_m2", "capped", "fixed", *EFFECTS]
    digest.update("\n".join(rows["item"] + "\t" + rows["option"]).encode())
    digest.update(rows[numbers].to_numpy(dtype="float64").tobytes())
    digest.update(repr((task.targets, task.limits, gap)).encode())
    return digest.hexdigest()


def counties_of(rows: pd.DataFrame, conditions: Sequence[Target | Limit]) -> list[str]:
    """Codes of every county that has an item or a condition, sorted; items may name none."""
    named = {condition.county for condition in conditions} - {PROVINCE}
    return sorted(set(rows["county_adcode"].unique()) | named)
