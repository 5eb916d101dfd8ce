"""What can be done with a saved scenario: another name, withdrawing, bringing back, its states."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.scenario import KIND, from_json
from export.scenario_annex import when
from geo.errors import GanyuanError
from store import Scenario as Saved
from views.consolidation.scenarios_open import ACTS, DONE, FAILED, OPENED, open_scenario
from views.context import Context

_NAME: Final = "consolidation-scenario-rename"
_WITHDRAW_OLD: Final = "consolidation-scenario-rename-old"
_REASONS: Final = {
    act: f"consolidation-scenario-{act}-reason" for act in ("rename", "withdraw", "restore")
}
_STATE: Final = "consolidation-scenario-state"


def show_acts(ctx: Context, saved: Saved) -> None:
    """Draw the forms of the acts that a scenario allows."""
    t = ctx.t
    act = "restore" if saved.withdrawn else "withdraw"
    with (
        st.popover(t("scenario.rename"), key="consolidation-scenario-rename-open"),
        st.form("consolidation-scenario-rename-form", border=False),
    ):
        st.text_input(t("scenario.new_name"), max_chars=80, key=_NAME)
        st.checkbox(t("scenario.withdraw_old"), key=_WITHDRAW_OLD, disabled=saved.withdrawn)
        st.text_input(t("scenario.reason"), max_chars=400, key=_REASONS["rename"])
        st.form_submit_button(
            t("scenario.keep"), key="consolidation-scenario-rename-do",
            on_click=_rename, args=(ctx, saved),
        )  # fmt: skip
    with (
        st.popover(t(f"scenario.{act}"), key=f"consolidation-scenario-{act}-open"),
        st.form(f"consolidation-scenario-{act}-form", border=False),
    ):
        st.text_input(t("scenario.reason"), max_chars=400, key=_REASONS[act])
        st.form_submit_button(
            t(f"scenario.{act}"), key=f"consolidation-scenario-{act}-do",
            on_click=_restore if saved.withdrawn else _withdraw, args=(ctx, saved),
        )  # fmt: skip


def show_states(ctx: Context, states: list[Saved]) -> None:
    """Every state of a scenario, newest first, each of which can be opened."""
    t = ctx.t
    with st.expander(t("scenario.states", n=len(states))):
        shown = pd.DataFrame(
            {
                "state": [one.number for one in states],
                "act": [t(f"scenario.act.{_act(one)}") for one in states],
                "who": [one.saved_by for one in states],
                "when": [when(one) for one in states],
                "reason": [one.reason for one in states],
            }
        )
        config = {str(name): st.column_config.Column(t(f"scenario.list.{name}")) for name in shown}
        st.dataframe(
            shown, column_config=config, hide_index=True, key="consolidation-scenario-states"
        )
        by_number = {one.number: one for one in states}
        if st.session_state.get(_STATE) not in by_number:
            st.session_state[_STATE] = states[0].number
        number = st.selectbox(t("scenario.state"), list(by_number), key=_STATE)
        st.button(
            t("scenario.open_state"),
            key="consolidation-scenario-open-state",
            on_click=_open_state,
            args=(by_number[number or states[0].number], states[0].number),
        )


def _act(one: Saved) -> str:
    if one.withdrawn:
        return "withdrawn"
    return "saved" if one.number > 1 else "made"


def _open_state(state: Saved, last: int) -> None:
    try:
        scenario = from_json(state.content)
    except GanyuanError as error:
        st.session_state[FAILED] = error
        return
    open_scenario(state, scenario, last)


def _reason(act: str) -> str:
    return str(st.session_state.get(_REASONS[act]) or "")


def _rename(ctx: Context, saved: Saved) -> None:
    """The same content under another name; the old one is withdrawn where that was asked for."""
    state, reason = st.session_state, _reason("rename")
    try:
        kept = ctx.store.put_scenario(
            KIND,
            str(state.get(_NAME) or ""),
            saved.content,
            prefectures=saved.prefectures,
            viewer=ctx.viewer,
            reason=reason,
            demonstration=saved.demonstration,
        )
        if state.get(_WITHDRAW_OLD) and not saved.withdrawn:
            ctx.store.withdraw_scenario(
                KIND, saved.name, viewer=ctx.viewer, reason=reason, number=saved.number
            )
    except GanyuanError as error:
        state[FAILED] = error
        return
    state[_NAME] = state[_REASONS["rename"]] = ""
    _done("scenario.kept", kept)


def _withdraw(ctx: Context, saved: Saved) -> None:
    try:
        gone = ctx.store.withdraw_scenario(
            KIND, saved.name, viewer=ctx.viewer, reason=_reason("withdraw"), number=saved.number
        )
    except GanyuanError as error:
        st.session_state[FAILED] = error
        return
    held = st.session_state.get(OPENED)
    if held is not None and held[0] == gone.name:
        del st.session_state[OPENED]
    st.session_state[_REASONS["withdraw"]] = ""
    _done("scenario.withdrawn", gone)


def _restore(ctx: Context, saved: Saved) -> None:
    try:
        kept = ctx.store.put_scenario(
            KIND,
            saved.name,
            saved.content,
            prefectures=saved.prefectures,
            viewer=ctx.viewer,
            reason=_reason("restore"),
            demonstration=saved.demonstration,
            number=saved.number,
        )
    except GanyuanError as error:
        st.session_state[FAILED] = error
        return
    st.session_state[_REASONS["restore"]] = ""
    _done("scenario.restored", kept)


def _done(key: str, saved: Saved) -> None:
    state = st.session_state
    state[DONE] = (key, saved.name, saved.number)
    state[ACTS] = int(state.get(ACTS, 0)) + 1
