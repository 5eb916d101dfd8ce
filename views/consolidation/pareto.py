"""Trade-off of two goals on the consolidation page: the front, the plan of a point, taking it.

Every point is a plan for study. A plan that is taken stands in the controls above as locked and
forbidden pairs, so that the planner goes on from it and can put all back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st
from cachetools import LRUCache

from analytics.consolidation import pareto as consolidation_pareto
from analytics.consolidation import plan as consolidation_plan
from analytics.consolidation.task import GOALS, Conditions, Goal, task
from domain import formats
from geo.errors import GanyuanError
from views.consolidation.front import DECIMALS, SEEN, Kept, members, show_pairs, show_points
from views.consolidation.plan_result import Ground
from views.context import Context
from views.frame import section, show_error

_FRONT: Final = "consolidation-front"
_MEMORY: Final = "consolidation-front-memory"
_KEPT: Final = 256
"""Trade-offs of parts of the model that a session remembers."""
_TAKEN: Final = "consolidation-front-taken"
_FAILED: Final = "consolidation-front-failed"


@dataclass(frozen=True)
class _Taken:
    """A plan that was handed to the controls, and what stood there before."""

    place: str
    point: int
    held: Conditions
    before: Conditions


def show_pareto(ctx: Context, ground: Ground, conditions: Conditions) -> None:
    """Draw the trade-off of two goals under the conditions of the plan above.

    Args:
        ctx: The run of the page.
        ground: What plans are made from.
        conditions: What is asked for; its goals are chosen here instead.
    """
    t = ctx.t
    section(t("conpareto.title"), help_text=t("conpareto.help"))
    before = _before(ground, conditions)
    first, second, pressed = _ask(ctx)
    if first == second:
        st.info(t("conpareto.two"))
        return
    key = _key(ground, before, (first, second))
    kept: Kept | None = st.session_state.get(_FRONT)
    if pressed:
        try:
            kept = _worked_out(ctx, ground, replace(before, goals=(first, second)), key)
        except GanyuanError as error:
            show_error(ctx, error)
            return
        st.session_state[_FRONT] = kept
        st.session_state.pop(SEEN, None)
    if kept is None or kept.key != key:
        st.caption(t("conpareto.not_yet" if kept is None else "conpareto.stale"))
        return
    more = kept.front.stopped in ("solves", "seconds", "gap")
    if more and st.button(t("conpareto.go_on"), key="consolidation-front-go-on"):
        kept = _worked_out(ctx, ground, kept.conditions, key, more=True)
        st.session_state[_FRONT] = kept
    at = show_points(ctx, ground, kept)
    _point(ctx, ground, kept, at)


def _before(ground: Ground, conditions: Conditions) -> Conditions:
    """The conditions without a plan that was taken from here."""
    taken: _Taken | None = st.session_state.get(_TAKEN)
    if taken is None:
        return conditions
    now = (ground.place, conditions.locked, conditions.forbidden)
    if now != (taken.place, taken.held.locked, taken.held.forbidden):
        del st.session_state[_TAKEN]
        return conditions
    return replace(
        conditions, locked=taken.before.locked, forbidden=taken.before.forbidden,
        goals=taken.before.goals,
    )  # fmt: skip


def _ask(ctx: Context) -> tuple[Goal, Goal, bool]:
    """The two goals, and whether the front is to be worked out."""
    t = ctx.t
    one, two, three = st.columns([2, 2, 1], vertical_alignment="bottom")
    chosen = [
        column.selectbox(
            t(f"conpareto.{name}"),
            GOALS,
            index=GOALS.index(default),
            format_func=lambda goal: t(f"conplan.goal.{goal}"),
            key=f"consolidation-front-{name}",
        )
        for column, name, default in ((one, "first", "score"), (two, "second", "bodies"))
    ]
    pressed = three.button(t("conpareto.solve"), key="consolidation-front-solve", width="stretch")
    return chosen[0], chosen[1], pressed


def _key(ground: Ground, conditions: Conditions, goals: tuple[Goal, Goal]) -> tuple[object, ...]:
    values = tuple((rule.id, rule.value) for rule in ground.rules.values())
    plain = replace(conditions, goals=goals, shares={})
    shares = tuple(sorted(conditions.shares.items()))
    return ground.content, ground.place, ground.demonstration, values, repr(_sorted(plain)), shares


def _sorted(conditions: Conditions) -> dict[str, object]:
    """Every condition, sets in order."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in vars(conditions).items()
    }


def _worked_out(
    ctx: Context,
    ground: Ground,
    conditions: Conditions,
    key: tuple[object, ...],
    *,
    more: bool = False,
) -> Kept:
    """The front; whoever presses anything meanwhile, cancel first of all, ends it.

    What is found stays: the next search, with ``more`` for all there is, goes on from there.
    """
    t = ctx.t
    made = task(ground.pairs, ground.facts, conditions, rules=ground.rules)
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, t("conpareto.solving"))
        st.button(t("conpareto.cancel"), key="consolidation-front-cancel")

    def told(share: float) -> None:
        bar.progress(share, t("conpareto.solving"))

    memory = st.session_state.setdefault(_MEMORY, LRUCache(_KEPT))
    budget = replace(consolidation_pareto.Budget.of(ground.rules), gap=0.0) if more else None
    found = consolidation_pareto.front(
        made, rules=ground.rules, budget=budget, memory=memory, progress=told
    )
    place.empty()
    first, second = conditions.goals
    lacking = consolidation_plan.unknown(made)["goal"].value_counts()
    unknown = {str(goal): int(n) for goal, n in lacking.items()}
    return Kept(key, (first, second), conditions, found, unknown)


def _point(ctx: Context, ground: Ground, kept: Kept, at: int) -> None:
    """The plan of one point, and the way to go on with it."""
    t, points = ctx.t, kept.front.points
    point = points.iloc[at]
    section(t("conpareto.point", n=at + 1, pairs=int(point["count"])))
    st.markdown(
        t.pick("；", "; ").join(
            t("conpareto.measure", goal=t(f"conpareto.goal.{g}"),
              value=formats.number(point[g], DECIMALS[g]), unit=t(f"conplan.unit.{g}"))
            for g in GOALS
            if g != "balance" or g in kept.goals
        )
    )  # fmt: skip
    _take_buttons(ctx, ground, kept, at)
    show_pairs(ctx, ground, points, at)


def _take_buttons(ctx: Context, ground: Ground, kept: Kept, at: int) -> None:
    t = ctx.t
    taken: _Taken | None = st.session_state.get(_TAKEN)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("conpareto.take"),
            key="consolidation-front-take",
            type="primary",
            disabled=taken is not None and taken.point == at,
            on_click=_take,
            args=(ground, kept, at),
            help=t("conpareto.take_help"),
        )
        if taken is not None:
            st.button(t("conpareto.put_back"), key="consolidation-front-back", on_click=_put_back)
            st.caption(
                t("conpareto.taken", n=taken.point + 1,
                  bans=len(taken.held.forbidden - taken.before.forbidden))
            )  # fmt: skip
    failed = st.session_state.pop(_FAILED, None)
    if failed is not None:
        show_error(ctx, failed)


def _take(ground: Ground, kept: Kept, at: int) -> None:
    """Hand the plan of a point to the controls of the plan view."""
    wanted = members(kept.front.points, at)
    before: _Taken | None = st.session_state.get(_TAKEN)
    goals: list[Goal] = list(st.session_state.get("consolidation-goals", kept.goals))
    asked = replace(kept.conditions, goals=kept.goals)
    try:
        held = consolidation_pareto.taken(
            ground.pairs, ground.facts, asked, wanted, rules=ground.rules
        )
    except GanyuanError as error:
        st.session_state[_FAILED] = error
        return
    kept_goals = before.before.goals if before else tuple(goals)
    stood = replace(kept.conditions, goals=kept_goals)
    st.session_state[_TAKEN] = _Taken(ground.place, at, held, stood)
    _set(ground.place, held)


def _put_back() -> None:
    """What stood in the controls before a plan was taken."""
    taken: _Taken | None = st.session_state.pop(_TAKEN, None)
    if taken is not None:
        _set(taken.place, taken.before)


def _set(place: str, conditions: Conditions) -> None:
    """Goals, locks and bans into the controls of the plan view."""
    st.session_state["consolidation-goals"] = list(conditions.goals)
    for name, pairs in (("lock", conditions.locked), ("forbid", conditions.forbidden)):
        st.session_state[f"consolidation-{name}-{place}"] = [
            ">".join(pair) for pair in sorted(pairs)
        ]
