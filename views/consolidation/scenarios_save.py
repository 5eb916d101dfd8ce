"""The form that keeps the plan on the page as a scenario, new or as a further state of one."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.consolidation.plan import Plan
from analytics.consolidation.scenario import KIND
from analytics.consolidation.scenario_result import scenario_of
from analytics.consolidation.task import Conditions
from export.scenario_basis import basis_now, prefectures_of
from geo.errors import GanyuanError
from views.consolidation.land_kept import land_to_keep
from views.consolidation.plan_result import Ground
from views.consolidation.scenarios_open import DONE, FAILED, OPENED, choices_now
from views.context import Context
from views.frame import show_error
from views.markup import plain

_TARGET: Final = "consolidation-scenario-target"
_NAME: Final = "consolidation-scenario-name"
_REASON: Final = "consolidation-scenario-reason"
_NEW: Final = ""


def show_save(ctx: Context, ground: Ground, conditions: Conditions, found: Plan) -> None:
    """Draw the form.

    Args:
        ctx: The run of the page.
        ground: What the plan was made from.
        conditions: What was asked for.
        found: The plan.
    """
    t = ctx.t
    show_news(ctx)
    standing = {one.name: one.number for one in ctx.store.scenarios(KIND, ctx.viewer)}
    held = st.session_state.get(OPENED)
    if held is not None and held[0] in standing:
        # What was opened is what was read: a state that somebody saved meanwhile is not hidden.
        standing[held[0]] = held[2]
        if _TARGET not in st.session_state:
            st.session_state[_TARGET] = held[0]
    if st.session_state.get(_TARGET) not in standing:
        st.session_state[_TARGET] = _NEW
    with st.popover(t("scenario.save"), icon=":material/save:", key="consolidation-scenario-save"):
        target = st.selectbox(
            t("scenario.save_as"),
            [_NEW, *standing],
            format_func=lambda name: name or t("scenario.save_new"),
            key=_TARGET,
            help=t("scenario.save_help"),
        )
        with st.form("consolidation-scenario-form", border=False):
            if target == _NEW:
                st.text_input(t("scenario.name"), max_chars=80, key=_NAME)
            st.text_input(t("scenario.reason"), max_chars=400, key=_REASON)
            st.form_submit_button(
                t("scenario.keep"),
                type="primary",
                key="consolidation-scenario-keep",
                on_click=_keep,
                args=(ctx, ground, conditions, found, standing),
            )


def show_news(ctx: Context) -> None:
    """What the last act on a scenario came to."""
    failed = st.session_state.pop(FAILED, None)
    if failed is not None:
        show_error(ctx, failed)
    done = st.session_state.pop(DONE, None)
    if done is not None:
        st.success(ctx.t(done[0], name=plain(done[1]), n=done[2]))


def _keep(
    ctx: Context,
    ground: Ground,
    conditions: Conditions,
    found: Plan,
    standing: dict[str, int],
) -> None:
    state = st.session_state
    target = str(state.get(_TARGET) or _NEW)
    name = target or str(state.get(_NAME) or "")
    choices = choices_now(ground, conditions)
    zones = ground.zones
    names = dict(
        zip(zones["zone_id"], zip(zones["name_zh"], zones["name_en"], strict=True), strict=True)
    )
    try:
        scenario = scenario_of(
            choices,
            found,
            ground.facts,
            rules=ground.rules,
            basis=basis_now(
                ctx.store, ctx.viewer, place=choices.place, across=choices.across,
                demonstration=choices.demonstration, roads=choices.roads,
            ),
            names=names,
            standing=ground.standing.pairs,
            land=land_to_keep(ctx, ground.outlines, found.pairs),
        )  # fmt: skip
        kept = ctx.store.put_scenario(
            KIND,
            name,
            scenario.to_json(),
            prefectures=prefectures_of(choices.place, across=choices.across),
            viewer=ctx.viewer,
            reason=str(state.get(_REASON) or ""),
            demonstration=choices.demonstration,
            number=standing.get(target),
        )
    except GanyuanError as error:
        state[FAILED] = error
        return
    state[OPENED] = (kept.name, kept.number, kept.number)
    state[DONE] = ("scenario.kept", kept.name, kept.number)
    state[_NAME] = state[_REASON] = ""
    state[_TARGET] = kept.name
