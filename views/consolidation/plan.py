"""The optimum on the consolidation page: goals and conditions in, the best plan with its bound out.

A plan is for study: what a goal and some conditions lead to, never what is to be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.model import Solved
from analytics.consolidation.plan import Plan, solve
from analytics.consolidation.task import GOALS, Conditions, Pair, PlanInputError, Task, task
from domain import formats
from views import places
from views.consolidation import words
from views.consolidation.hosts import choose_hosts
from views.consolidation.pareto import show_pareto
from views.consolidation.plan_result import Ground, show_card, show_result
from views.consolidation.scenarios_open import SHARES, banner
from views.consolidation.scenarios_save import show_save
from views.context import Context
from views.frame import section, show_error
from views.markup import plain

_KEPT: Final = 12
_MOST_REMEMBERED: Final = 5_000
_PER_HOST: Final = (1, 10)


@dataclass(frozen=True)
class _Asked:
    """A plan with the task that it solves."""

    task: Task
    plan: Plan


def show_plan(ctx: Context, ground: Ground) -> None:
    """Draw conditions and the plan that they lead to.

    Args:
        ctx: The run of the page.
        ground: What a plan is made from.
    """
    t = ctx.t
    st.caption(t("conplan.intro"))
    left, right = st.columns([1, 2], gap="medium")
    with left:
        section(t("conplan.conditions"))
        conditions = _conditions(ctx, ground)
    with right:
        if not conditions.goals:
            st.info(t("conplan.no_goal"))
            return
        try:
            asked = _asked(_key(ground, conditions), conditions, _ground=ground)
        except PlanInputError as error:
            show_error(ctx, error)
            return
        banner(ctx, ground, conditions, asked.plan)
        show_save(ctx, ground, conditions, asked.plan)
        show_result(ctx, ground, asked.task, asked.plan)
    show_card(ctx, ground, asked.plan)
    show_pareto(ctx, ground, conditions)


def _key(ground: Ground, conditions: Conditions) -> tuple[object, ...]:
    values = tuple((rule.id, rule.value) for rule in ground.rules.values())
    asked = (
        conditions.goals, conditions.per_host, conditions.national_hosts,
        conditions.same_prefecture,
        tuple(sorted(conditions.locked)), tuple(sorted(conditions.forbidden)),
        tuple(sorted(conditions.trustees)), tuple(sorted(conditions.shares.items())),
        tuple(sorted(conditions.barred_hosts)), tuple(sorted(conditions.admitted_hosts)),
    )  # fmt: skip
    return ground.content, ground.place, ground.demonstration, values, asked


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _asked(key: tuple[object, ...], _conditions: Conditions, *, _ground: Ground) -> _Asked:
    del key
    made = task(_ground.pairs, _ground.facts, _conditions, rules=_ground.rules)
    memory = _memory()
    if len(memory) > _MOST_REMEMBERED:
        memory.clear()
    return _Asked(made, solve(made, rules=_ground.rules, memory=memory))


@st.cache_resource(show_spinner=False)
def _memory() -> dict[bytes, Solved]:
    """Proven answers of parts, by their content; they never change an answer."""
    return {}


def _conditions(ctx: Context, ground: Ground) -> Conditions:
    """What the planner asks for."""
    t, rules = ctx.t, ground.rules
    state = st.session_state
    state.setdefault("consolidation-goals", ["score"])
    goals = st.multiselect(
        t("conplan.goals"),
        GOALS,
        format_func=lambda goal: t(f"conplan.goal.{goal}"),
        key="consolidation-goals",
        help=t("conplan.goals_help"),
        select_all=False,
        wrap=True,
        persist_state="session",
    )
    status = t(f"consolidation.status.{rules.rule('CON-PLAN-PER-HOST').status}")
    state.setdefault("consolidation-per-host", int(rules.value("CON-PLAN-PER-HOST")))
    per_host = st.number_input(
        t("conplan.per_host", status=status),
        *_PER_HOST,
        key="consolidation-per-host",
        help=t("conplan.per_host_help"),
        persist_state="session",
    )
    national = st.toggle(
        t("conplan.national"), key="consolidation-national", persist_state="session"
    )
    barred, admitted = choose_hosts(ctx, ground)
    locked, forbidden, trustees = (
        _pairs(ctx, ground, name) for name in ("lock", "forbid", "trustee")
    )
    return Conditions(
        goals=tuple(goals),
        per_host=int(per_host),
        same_prefecture=not rules.value("CON-ACROSS"),
        national_hosts=national,
        barred_hosts=barred,
        admitted_hosts=admitted,
        locked=locked,
        forbidden=forbidden,
        trustees=trustees,
        shares=_shares(ctx, ground),
    )


def _shares(ctx: Context, ground: Ground) -> dict[str, float]:
    """The least share of every prefecture that has pairs, or those of the scenario that is open."""
    t, state = ctx.t, st.session_state
    prefectures = sorted(map(str, ground.pairs["absorbed_prefecture_adcode"].unique()))
    own: dict[str, float] | None = state.get(SHARES)
    if own is not None:
        names = places.unit_names(ctx, "prefecture_adcode")
        said = [f"{names.get(code, code)} {formats.share(share)}" for code, share in own.items()]
        st.caption(t("scenario.shares_kept", list=t.pick("、", ", ").join(said)))
        st.button(t("scenario.shares_drop"), key="consolidation-shares-drop", on_click=_drop_shares)
        return {code: share for code, share in own.items() if code in prefectures}
    share = st.slider(
        t("conplan.share"), 0.0, 1.0, step=0.05, format="percent",
        key="consolidation-plan-share", help=t("conplan.share_help"), persist_state="session",
    )  # fmt: skip
    return dict.fromkeys(prefectures, share) if share else {}


def _drop_shares() -> None:
    st.session_state.pop(SHARES, None)


def _pairs(ctx: Context, ground: Ground, name: str) -> frozenset[Pair]:
    """Pairs of the list that are picked for one condition; only pairs with a rank are offered."""
    ranked = ground.pairs[ground.pairs["enough_known"]]
    keys = ranked["host_id"] + ">" + ranked["absorbed_id"]
    names = dict(zip(keys, pair_names(ctx, ranked), strict=True))
    state, key = st.session_state, f"consolidation-{name}-{ground.place}"
    gone = [one for one in state.get(key, []) if one not in names]
    if gone:
        state[key] = [one for one in state[key] if one in names]
        st.caption(ctx.t("scenario.pairs_gone", n=len(gone), list=plain(", ".join(gone))))
    picked = st.multiselect(
        ctx.t(f"conplan.{name}"),
        list(names),
        format_func=lambda key: names.get(key, key),
        key=key,
        help=ctx.t(f"conplan.{name}_help"),
        placeholder=ctx.t("conplan.none"),
        # One careless key would lock or forbid every pair, which no plan meets.
        select_all=False,
        wrap=True,
        persist_state="session",
    )
    return frozenset((str(a), str(b)) for a, b in (key.split(">") for key in picked))


def pair_names(ctx: Context, pairs: pd.DataFrame) -> list[str]:
    """Host ← absorbed zone in the language of the page, short."""
    pick = "zh" if ctx.t.language == "zh_CN" else "en"
    sides = zip(pairs[f"host_name_{pick}"], pairs[f"absorbed_name_{pick}"], strict=True)
    return [f"{words.short(host)} ← {words.short(absorbed)}" for host, absorbed in sides]
