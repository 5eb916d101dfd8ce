"""What the planner works with: candidates and baselines of a place, and the plan of the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.approval_balance import split_oversupplied
from analytics.disposal.options import candidates
from analytics.disposal.plan import Plan
from analytics.disposal.targets import baselines
from analytics.idle.forecast import Opening
from analytics.idle.opening import opening
from analytics.idle.routes import routes_of
from domain.ledgers import LAND
from domain.rules import RuleSet, load_rules
from domain.tracing import trace
from views.context import Context
from views.idle.run import IdleRun

PLAN: Final = "idle-plan"
"""Session state: the plan and what it was asked."""
LOCKS: Final = "idle-plan-locks"
BANS: Final = "idle-plan-bans"
_KEPT: Final = 4

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Ground:
    """What a plan of a place rests on.

    Attributes:
        key: Version, day, place and state of the ledgers; a plan of another key is out of date.
        rules: The rules of ``disposal``.
        approvals: The rules of ``approvals``.
        candidates: Result of :func:`analytics.disposal.options.candidates`.
        bases: Result of :func:`analytics.disposal.targets.baselines`.
        years: Years averaged by the digestion cycle.
        left_out: Batches in error that count for nothing.
        left_out_m2: Their approved area.
    """

    key: Key
    rules: RuleSet
    approvals: RuleSet
    candidates: pd.DataFrame = field(repr=False)
    bases: pd.DataFrame = field(repr=False)
    years: int
    left_out: int
    left_out_m2: float


@dataclass(frozen=True)
class Asked:
    """A plan with the question that it answers.

    Attributes:
        key: :attr:`Ground.key` of that time.
        plan: The plan.
        cause: Cause assumed of suspected land without a recorded one.
        budget: Own money, 10,000 CNY; None without a limit.
        staff: Staff days; None without a limit.
        share: Share of land that may rest on a start.
    """

    key: Key
    plan: Plan
    cause: str
    budget: float | None
    staff: float | None
    share: float


def key_of(ctx: Context, run: IdleRun) -> Key:
    """What candidates and plans of a run rest on."""
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in LAND)
    scope = ctx.viewer.prefectures
    seen = tuple(sorted(scope)) if scope is not None else None
    return run.version.id, run.version.sha256, run.day, run.place, marks, seen


def ground(ctx: Context, run: IdleRun, *, cause: str, horizon: int) -> Ground:
    """Candidates and baselines of a run; kept for the same land, cause and horizon."""
    return _ground(key_of(ctx, run), cause, horizon, _run=run)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _ground(key: Key, cause: str, horizon: int, *, _run: IdleRun) -> Ground:
    run = _run
    rules = load_rules("disposal", as_of=run.day)
    approvals = load_rules("approvals", as_of=run.day)
    old_before, years = (int(approvals.value(k)) for k in ("APPR-COHORT", "APPR-CYCLE-YEARS"))
    sound = split_oversupplied(
        run.batches, run.supplies, as_of=run.day, links=run.links, cases=run.cases
    )
    routes = routes_of(
        run.parcels, run.parcels, as_of=run.day, rules=run.rules, assume_cause=cause or None
    )
    rows = candidates(
        run.parcels,
        routes,
        sound.batches,
        sound.balances,
        rules=rules,
        fee_share=run.rules.value("IDLE-FEE"),
        old_before=old_before,
    )
    bases = baselines(
        run.parcels,
        sound.batches,
        sound.balances,
        trace(run.supplies, run.links),
        as_of=run.day,
        horizon_months=horizon,
        years=years,
        old_before=old_before,
    )
    wrong = len(sound.oversupplied)
    return Ground(key, rules, approvals, rows, bases, years, wrong, sound.approved_m2)


def opening_of(ctx: Context, run: IdleRun, years: int) -> Opening:
    """What a forecast of a run begins with."""
    return _opening(key_of(ctx, run), years, _run=run)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _opening(key: Key, years: int, *, _run: IdleRun) -> Opening:
    del key
    run = _run
    sound = split_oversupplied(
        run.batches, run.supplies, as_of=run.day, links=run.links, cases=run.cases
    )
    return opening(
        run.parcels,
        sound.balances,
        sound.batches,
        trace(run.supplies, run.links),
        as_of=run.day,
        years=years,
        idle_years=run.rules.value("IDLE-A1"),
    )


def locks() -> dict[str, str]:
    """Options that the officer locked in this session, by item."""
    kept: dict[str, str] = st.session_state.setdefault(LOCKS, {})
    return kept


def bans() -> set[tuple[str, str]]:
    """Options that the officer forbade in this session."""
    kept: set[tuple[str, str]] = st.session_state.setdefault(BANS, set())
    return kept


def standing(rows: pd.DataFrame) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Locks and bans that still name an open option of the place."""
    open_ways = rows[rows["permitted"]]
    pairs = set(zip(open_ways["item"], open_ways["option"], strict=True))
    items = {item for item, _ in pairs}
    kept = {i: o for i, o in locks().items() if (i, o) in pairs or (not o and i in items)}
    return kept, {pair for pair in bans() if pair in pairs}
