"""A saved scenario on the page: opened into the controls, held against what stands there now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from analytics.consolidation.plan import Plan
from analytics.consolidation.scenario import KIND, Choices, Scenario, from_json
from analytics.consolidation.scenario_compare import side_by_side
from analytics.consolidation.scenario_result import choices_of
from analytics.consolidation.task import Conditions
from analytics.consolidation.terms import TERMS
from domain.rules import load_rules
from export.scenario_annex import when
from export.scenario_basis import changes_of
from export.scenario_words import Words, thing
from export.scenario_words import state as state_of
from store import Scenario as Saved
from views.consolidation.hosts import host_reasons, set_hosts
from views.consolidation.land_kept import hold_land
from views.consolidation.plan_result import Ground
from views.consolidation.road_choice import KEY as ROADS
from views.consolidation.road_choice import chosen_name
from views.consolidation.scenarios_words import choice_name, choice_value
from views.consolidation.weights import MOST
from views.context import Context
from views.markup import plain

OPENED: Final = "consolidation-scenario"
"""Name, state and last state of the scenario that is open in this session."""
VIEW: Final = "consolidation-view"
PLAN: Final = "plan"
DONE: Final = "consolidation-scenario-done"
FAILED: Final = "consolidation-scenario-failed"
ACTS: Final = "consolidation-scenario-acts"
"""How many acts there were in this session."""
SHARES: Final = "consolidation-plan-shares"
"""Shares of single prefectures, which the one slider cannot show."""
_PER_HOST: Final = (1, 10)


@dataclass(frozen=True)
class Opened:
    """The scenario that is open.

    Attributes:
        saved: The state that was opened.
        scenario: The same, read.
        last: Number of its last state when it was opened.
    """

    saved: Saved
    scenario: Scenario
    last: int


def opened(ctx: Context) -> Opened | None:
    """The scenario that is open in this session; None without one, or where it is gone.

    Raises:
        DamagedScenarioError: It cannot be read.
    """
    held = st.session_state.get(OPENED)
    if held is None:
        return None
    name, number, last = held
    states = ctx.store.scenario_history(KIND, name, ctx.viewer)
    state = next((one for one in states if one.number == number), None)
    return None if state is None else Opened(state, from_json(state.content), last)


def close_scenario() -> None:
    """Go on without the scenario; the controls stay as they are."""
    st.session_state.pop(OPENED, None)


def open_scenario(saved: Saved, scenario: Scenario, last: int) -> None:
    """Load the choices of a scenario into the controls and show the plan.

    Call it before the controls are drawn: from the button's callback.
    """
    chosen, state = scenario.choices, st.session_state
    state[OPENED] = (saved.name, saved.number, last)
    state[VIEW] = PLAN
    state["as_of"] = chosen.day
    state["consolidation-prefecture"] = chosen.place
    state["consolidation-demonstration"] = chosen.demonstration
    _set_rules(chosen)
    state["consolidation-goals"] = list(chosen.goals)
    per_host = chosen.per_host
    if per_host is None:
        per_host = int(chosen.rule_values.get("CON-PLAN-PER-HOST", _PER_HOST[0]))
    state["consolidation-per-host"] = int(np.clip(per_host, *_PER_HOST))
    state["consolidation-national"] = chosen.national_hosts
    hold_land(scenario)
    for name, pairs in (
        ("lock", chosen.locked), ("forbid", chosen.forbidden), ("trustee", chosen.trustees),
    ):  # fmt: skip
        state[f"consolidation-{name}-{chosen.place}"] = [">".join(pair) for pair in pairs]
    state[ROADS] = chosen.roads
    set_hosts(chosen)
    _set_shares(chosen)


def _set_rules(chosen: Choices) -> None:
    """Weights and limits as far as the sidebar has sliders for them."""
    state, values = st.session_state, chosen.rule_values
    for term in TERMS:
        weight = values.get(f"CON-W-{term.upper()}", 0.0)
        state[f"consolidation-w-{term}"] = int(np.clip(round(weight), 0, MOST))
    if "CON-DISTANCE-MAX" in values:
        state["consolidation-km"] = round(values["CON-DISTANCE-MAX"])
    state["consolidation-across"] = chosen.across
    if "CON-VETO" in values:
        state["consolidation-veto"] = bool(values["CON-VETO"])
    if "CON-KNOWN-MIN" in values:
        state["consolidation-known"] = values["CON-KNOWN-MIN"]


def _set_shares(chosen: Choices) -> None:
    state, shares = st.session_state, chosen.shares
    state.pop(SHARES, None)
    state["consolidation-plan-share"] = 0.0
    if len(set(shares.values())) == 1 and (chosen.place or len(shares) > 1):
        state["consolidation-plan-share"] = next(iter(shares.values()))
    elif shares:
        state[SHARES] = dict(shares)


def choices_now(ground: Ground, conditions: Conditions) -> Choices:
    """What stands in the controls, as a scenario keeps it."""
    return choices_of(
        conditions,
        rules=ground.rules,
        shipped=load_rules("consolidation", as_of=ground.day),
        place=ground.place,
        day=ground.day,
        demonstration=ground.demonstration,
        roads=chosen_name(),
        host_reasons=host_reasons(),
    )


def changed_lines(ctx: Context, changes: pd.DataFrame) -> list[str]:
    """One line of words for each thing that changed, safe in Markdown."""
    t, out = ctx.t, []
    for row in changes.to_dict("records"):
        told = {
            "name": plain(thing(t, str(row["origin"]), str(row["name"]))),
            **{
                end: plain(state_of(t, str(row["origin"]), str(row[end]))) for end in ("old", "new")
            },
        }
        out.append(t(f"scenario.changed.{row['change']}", **told))
    return out


def banner(ctx: Context, ground: Ground, conditions: Conditions, found: Plan) -> None:
    """Which scenario is open, whether it rests on older versions, and what was moved since.

    Args:
        ctx: The run of the page.
        ground: What plans are made from.
        conditions: What stands in the controls.
        found: The plan that it leads to.
    """
    held = opened(ctx)
    if held is None:
        return
    t, saved = ctx.t, held.saved
    told = {"name": plain(saved.name), "n": saved.number, "who": plain(saved.saved_by)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("scenario.open", **told, when=when(saved)))
        st.button(t("scenario.close"), key="consolidation-scenario-close", on_click=close_scenario)
    changes = changed_lines(ctx, changes_of(ctx.store, ctx.viewer, held.scenario))
    if changes:
        lines = "\n".join(f"- {line}" for line in changes)
        st.warning(t("scenario.outdated", n=len(changes)) + "\n\n" + lines)
    moved = _moved(ctx, held.scenario, choices_now(ground, conditions))
    if moved:
        st.caption(t("scenario.moved_since", list=t.pick("；", "; ").join(moved)))
    st.caption(_result_since(ctx, held.scenario, found))


def _moved(ctx: Context, scenario: Scenario, now: Choices) -> list[str]:
    """Choices that are not those of the scenario: name, as saved, as it stands."""
    table = side_by_side([scenario.choices, now])
    words = Words(scenario, ctx.t)
    return [
        ctx.t(
            "scenario.moved",
            name=plain(choice_name(ctx, str(row["choice"]), now.day)),
            before=plain(choice_value(words, str(row["choice"]), row[0])),
            value=plain(choice_value(words, str(row["choice"]), row[1])),
        )
        for row in table[table["differs"]].to_dict("records")
    ]


def _result_since(ctx: Context, scenario: Scenario, found: Plan) -> str:
    """Whether the plan is still the one that was saved."""
    before = {(pair.host_id, pair.absorbed_id, pair.form) for pair in scenario.result.pairs}
    columns = ("host_id", "absorbed_id", "form")
    now: set[Any] = set(zip(*(found.pairs[name] for name in columns), strict=True))
    if before == now:
        return ctx.t("scenario.same_result", n=len(now))
    return ctx.t("scenario.other_result", new=len(now - before), gone=len(before - now))


def today() -> dt.date:
    """The day on which a file is made."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()
