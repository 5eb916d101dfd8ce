"""The cheapest set of options that meets every target of disposal.

Each item takes one option at most. A plan costs its money and its staff days (``effort_wan``); a
fee that comes in is shown and never counted, so that no plan prefers the fee because it pays. What
is done after the horizon counts for no target. Counties are solved one by one; only where a target
or limit over all of them is broken that way are they solved together. The order of the rows does
not matter, and the same input gives the same plan unless the time limit cuts the search short.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.disposal.conflict import Conflict
from analytics.disposal.search import (
    TOLERANCE,
    Pair,
    Part,
    Progress,
    Search,
    chosen_of,
    holds,
    outcomes_of,
    pairs_of,
    used_of,
)
from analytics.disposal.targets import PROVINCE, Target
from analytics.disposal.task import Limit, LimitKind, Task
from geo.errors import GanyuanError

LEAVE: Final = ""
"""Option of a lock that leaves an item alone."""

Status = Literal["optimal", "gap", "infeasible", "unknown"]
Amount = float | Mapping[str, float] | None


class UnknownOptionError(GanyuanError):
    """A lock or ban names an item or option that there is not, or that the law does not leave."""

    code = "PLN-001"


class LockError(GanyuanError):
    """An option is locked and forbidden at once."""

    code = "PLN-002"


@dataclass(frozen=True)
class Plan:
    """A plan with its proof, or the nearest one with what stands in the way.

    Attributes:
        status: ``optimal`` (no plan is cheaper), ``gap`` (no plan costs less than ``bound_wan``),
            ``infeasible`` (the choices are the nearest plan within the limits), ``unknown`` (the
            time did not suffice for any plan).
        choices: Chosen candidates, columns of :data:`analytics.disposal.options.COLUMNS` with
            ``locked`` and ``in_time`` (bool), sorted by county and item, RangeIndex.
        effort_wan: What the plan minimises: money and staff days, 10,000 CNY.
        bound_wan: Lower bound of it; NaN where infeasible or unknown.
        outcomes: One row a target: ``county``, ``metric``, ``value``, ``need_m2``, ``reached_m2``,
            ``reached`` (in the unit of the target), ``met``.
        limits: One row a limit: ``kind``, ``county``, ``amount``, ``used``.
        conflicts: What stands in the way, where infeasible.
        horizon_months: Months until the targets are judged.
        solved: Parts by what they rest on; give them to the next call.
    """

    status: Status
    choices: pd.DataFrame = field(repr=False)
    effort_wan: float
    bound_wan: float
    outcomes: pd.DataFrame = field(repr=False)
    limits: pd.DataFrame = field(repr=False)
    conflicts: tuple[Conflict, ...]
    horizon_months: float
    solved: Mapping[str, Part] = field(repr=False, default_factory=dict)

    @property
    def gap(self) -> float:
        """Share of the cost by which a cheaper plan is not ruled out; NaN without a bound."""
        if np.isnan(self.bound_wan):
            return float("nan")
        return max(0.0, self.effort_wan - self.bound_wan) / max(self.effort_wan, TOLERANCE)


def plan(  # noqa: PLR0913 - the terms of one question
    candidates: pd.DataFrame,
    targets: Sequence[Target],
    *,
    horizon_months: float,
    budget_wan: Amount = None,
    staff_days: Amount = None,
    start_share: float | None = None,
    locked: Mapping[str, str] | None = None,
    forbidden: Collection[Pair] = (),
    time_limit: float = 10.0,
    gap: float = 1e-4,
    known: Mapping[str, Part] | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Choose the cheapest set of options that meets every target.

    Args:
        candidates: Result of :func:`analytics.disposal.options.candidates`.
        targets: What has to be reached, per county or for all.
        horizon_months: Months until the targets are judged.
        budget_wan: Own money for all, or by county; None for no limit.
        staff_days: Staff days for all, or by county.
        start_share: Share of the land on which a start can be urged that may rest on one, in each
            county; None for no limit.
        locked: Option by item; :data:`LEAVE` leaves the item alone.
        forbidden: Pairs of item and option that may not be chosen.
        time_limit: Seconds for everything.
        gap: Relative gap at which the search stops; 0 asks for a proof.
        known: :attr:`Plan.solved` of an earlier call; what has not changed is taken from it.
        progress: Told the share of the counties that is done.

    Returns:
        The plan.

    Raises:
        UnknownOptionError: A lock or ban names what is no permitted candidate.
        LockError: An option is locked and forbidden.
    """
    end = time.monotonic() + time_limit
    rows = candidates[candidates["permitted"]].sort_values(["item", "option"], ignore_index=True)
    locked = dict(locked or {})
    _check(rows, locked, forbidden)
    limits = (
        *_limits("budget", budget_wan),
        *_limits("staff", staff_days),
        *_start_limits(rows, start_share),
    )
    bans = frozenset((str(item), str(option)) for item, option in forbidden)
    task = Task(rows, tuple(targets), limits, horizon_months, locked, bans)
    solver = Search(task, end, gap, dict(known or {}), progress)
    parts = solver.counties()
    if task.joined and not holds(task, parts):
        apart = float(np.nansum([part.bound for part in parts]))
        parts = [solver.together(apart)]
    return _plan(task, parts, solver.solved)


def _check(rows: pd.DataFrame, locked: Mapping[str, str], forbidden: Collection[Pair]) -> None:
    if not locked and not forbidden:
        return
    there = set(pairs_of(rows))
    items = {item for item, _ in there}
    unknown = [f"{i} {o}".strip() for i, o in locked.items() if o != LEAVE and (i, o) not in there]
    unknown += [item for item, option in locked.items() if option == LEAVE and item not in items]
    unknown += [f"{item} {option}" for item, option in forbidden if (item, option) not in there]
    if unknown:
        names = ", ".join(sorted(unknown)[:5])
        raise UnknownOptionError(
            f"locked or forbidden options that are not open: {names}; choose an open one",
            rows=sorted(unknown),
            values={"options": names},
        )
    both = sorted(f"{i} {o}" for i, o in locked.items() if (i, o) in set(forbidden))
    if both:
        names = ", ".join(both[:5])
        raise LockError(
            f"locked and forbidden at once: {names}; undo one of them",
            rows=both,
            values={"options": names},
        )


def _limits(kind: LimitKind, amount: Amount) -> list[Limit]:
    if amount is None:
        return []
    if isinstance(amount, Mapping):
        return [Limit(kind, county, float(amount[county])) for county in sorted(amount)]
    return [Limit(kind, PROVINCE, float(amount))]


def _start_limits(rows: pd.DataFrame, share: float | None) -> list[Limit]:
    """The cap on what may rest on a start, by county: a share of the land that could."""
    if share is None:
        return []
    could = rows[rows["capped"] & (rows["county_adcode"] != PROVINCE)]
    area = could.drop_duplicates("item").groupby("county_adcode")["area_m2"].sum().sort_index()
    return [Limit("start", str(county), share * float(m2)) for county, m2 in area.items()]


def _plan(task: Task, parts: Sequence[Part], solved: Mapping[str, Part]) -> Plan:
    chosen = chosen_of(task, parts)
    outcomes = {part.outcome for part in parts}
    order: tuple[Status, ...] = ("infeasible", "unknown", "gap")
    status: Status = next((name for name in order if name in outcomes), "optimal")
    whole = status in ("optimal", "gap")
    return Plan(
        status,
        chosen,
        float(chosen["effort_wan"].sum()),
        float(sum(part.bound for part in parts)) if whole else float("nan"),
        outcomes_of(task, chosen),
        used_of(task, chosen),
        tuple(conflict for part in parts for conflict in part.conflicts),
        task.horizon,
        solved,
    )
