"""Saved scenarios on the consolidation page: the list, one of them, several side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.consolidation.scenario import KIND, Scenario, from_json
from domain import boundaries, formats
from export.scenario_annex import when
from export.scenario_basis import watcher
from export.scenario_outlines import outlines_of
from export.scenario_words import Words
from export.scenario_workbook import ENDINGS, MIME, Ending, scenario_file
from geo.errors import GanyuanError
from store import Scenario as Saved
from views.consolidation.scenarios_acts import show_acts, show_states
from views.consolidation.scenarios_compare import show_comparison
from views.consolidation.scenarios_open import (
    ACTS,
    changed_lines,
    open_scenario,
    today,
)
from views.consolidation.scenarios_save import show_news
from views.context import Context
from views.downloads import download
from views.frame import demonstration_ribbon, empty_state, section, show_error, source_line
from views.markup import plain

_MOST: Final = 4
_TABLE_HEIGHT: Final = 352
_FEW: Final = 9
_UNSAFE: Final = re.compile(r"[^\w\u4e00-\u9fff-]+")
_LONGEST: Final = 60


@dataclass(frozen=True)
class Listed:
    """A scenario as it stands.

    Attributes:
        saved: Its last state.
        scenario: The same, read; None where it is damaged.
        error: Why it cannot be read.
        changes: What it rests on that has changed since.
    """

    saved: Saved
    scenario: Scenario | None
    error: GanyuanError | None
    changes: pd.DataFrame


def show_scenarios(ctx: Context) -> None:
    """Draw the view.

    Args:
        ctx: The run of the page.
    """
    t = ctx.t
    section(t("scenario.title"), help_text=t("scenario.help"))
    show_news(ctx)
    gone = st.toggle(t("scenario.with_withdrawn"), key="consolidation-scenarios-withdrawn")
    every = ctx.store.scenarios(KIND, ctx.viewer, include_withdrawn=gone)
    changes = watcher(ctx.store, ctx.viewer)
    found = [_read(saved, changes) for saved in every]
    if not found:
        empty_state(t("scenario.none"), next_step=t("scenario.none_next"))
        return
    # After an act the rows are others: what was selected by its place must not stay selected.
    acts = int(st.session_state.get(ACTS, 0))
    chosen = _table(ctx, found, key=f"consolidation-scenarios-{acts}-{int(gone)}")
    if not chosen:
        st.caption(t("scenario.choose", most=_MOST))
    elif len(chosen) == 1:
        _one(ctx, chosen[0])
    else:
        _several(ctx, chosen)


def _read(saved: Saved, changes: Callable[[Scenario], pd.DataFrame]) -> Listed:
    try:
        scenario = from_json(saved.content)
    except GanyuanError as error:
        return Listed(saved, None, error, pd.DataFrame())
    return Listed(saved, scenario, None, changes(scenario))


def _table(ctx: Context, found: list[Listed], *, key: str) -> list[Listed]:
    """The list; returns what is selected."""
    t = ctx.t
    shown = pd.DataFrame([_row(ctx, one) for one in found])
    texts = {
        name: st.column_config.TextColumn(t(f"scenario.list.{name}"))
        for name in ("name", "standing", "place", "goals", "outcome", "who", "when", "reason")
    }
    numbers = {
        name: st.column_config.NumberColumn(t(f"scenario.list.{name}"), format=form)
        for name, form in (("state", "%d"), ("pairs", "%d"), ("score", "%.1f"), ("bodies", "%d"))
    }
    event: Any = st.dataframe(
        shown,
        column_config=texts | numbers,
        hide_index=True,
        height=_TABLE_HEIGHT if len(shown) > _FEW else "auto",
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="multi-row",
        key=key,
    )
    source_line(t("scenario.source"))
    return [found[i] for i in event.selection.rows if i < len(found)]


def _row(ctx: Context, one: Listed) -> dict[str, object]:
    t, saved, scenario = ctx.t, one.saved, one.scenario
    row: dict[str, object] = {
        "name": saved.name, "state": saved.number, "standing": _standing(ctx, one),
        "place": formats.MISSING, "goals": formats.MISSING, "outcome": formats.MISSING,
        "pairs": None, "score": None, "bodies": None,
    }  # fmt: skip
    if scenario is not None:
        words, after = Words(scenario, t), scenario.result.after
        row |= {
            "place": words.place(),
            "goals": words.goals(),
            "outcome": t(f"scenario.short.{scenario.result.outcome}"),
            "pairs": len(scenario.result.pairs) if after else None,
            "score": after.get("score"),
            "bodies": after.get("bodies"),
        }
    return row | {"who": saved.saved_by, "when": when(saved), "reason": saved.reason}


def _standing(ctx: Context, one: Listed) -> str:
    """Withdrawn, damaged, resting on older versions, or in force; and whether it is invented."""
    t = ctx.t
    said = t("scenario.standing.now")
    if one.saved.withdrawn:
        said = t("scenario.standing.withdrawn")
    elif one.scenario is None:
        said = t("scenario.standing.damaged", code=one.error.code if one.error else "")
    elif len(one.changes):
        said = t("scenario.standing.outdated", n=len(one.changes))
    mark = t("data.demonstration_mark") if one.saved.demonstration else ""
    return said + mark


def _one(ctx: Context, one: Listed) -> None:
    """A scenario: what it is, what changed, what can be done with it."""
    t, saved = ctx.t, one.saved
    if saved.demonstration:
        demonstration_ribbon(ctx)
    section(t("scenario.one", name=plain(saved.name), n=saved.number))
    if one.error is not None:
        show_error(ctx, one.error)
    with st.container(horizontal=True, width="content"):
        if one.scenario is not None:
            st.button(
                t("scenario.open_it"),
                type="primary",
                key="consolidation-scenario-open",
                on_click=open_scenario,
                args=(saved, one.scenario, saved.number),
                disabled=saved.withdrawn,
            )
            _downloads(ctx, saved, one.scenario)
        show_acts(ctx, saved)
    if one.scenario is not None:
        _facts(ctx, one, one.scenario)
    show_states(ctx, ctx.store.scenario_history(KIND, saved.name, ctx.viewer))


def _facts(ctx: Context, one: Listed, scenario: Scenario) -> None:
    t, words = ctx.t, Words(scenario, ctx.t)
    lines = changed_lines(ctx, one.changes)
    if lines:
        listed = "\n".join(f"- {line}" for line in lines)
        st.warning(t("scenario.outdated", n=len(lines)) + "\n\n" + listed)
    said = [t("scenario.goals", goals=words.goals()), words.outcome(), *words.conditions()]
    said += words.moved() or [t("scenario.moved_none")]
    rests = [words.basis(b) for b in scenario.basis if b.origin in ("dataset", "ledger")]
    said.append(t("scenario.annex.sources", list=t.pick("；", "; ").join(rests)))
    st.markdown("\n".join(f"- {plain(text)}" for text in said))


def _downloads(ctx: Context, saved: Saved, scenario: Scenario) -> None:
    t = ctx.t
    place = scenario.choices.place or boundaries.PROVINCE_ADCODE
    name = _UNSAFE.sub("-", saved.name).strip("-")[:_LONGEST]
    parts = [boundaries.name_of(place), name, f"v{saved.number}"]
    parts += [t("sheet.short_demonstration")] if saved.demonstration else []
    for ending in ENDINGS:
        download(
            t(f"scenario.download.{ending}"),
            partial(_file, ctx, saved, scenario, ending),
            name=f"{'_'.join(parts)}.{ending}",
            key=f"consolidation-scenario-{ending}",
            mime=MIME[ending],
        )


def _file(ctx: Context, saved: Saved, scenario: Scenario, ending: Ending) -> bytes:
    """One file; outlines are read when it is asked for."""
    held = outlines_of(ctx.store, ctx.viewer, scenario)
    return scenario_file(saved, scenario, ctx.t, ending, made_on=today(), outlines=held)


def _several(ctx: Context, chosen: list[Listed]) -> None:
    """Scenarios side by side; what cannot be read is named."""
    damaged = [one for one in chosen if one.scenario is None]
    for one in damaged:
        if one.error is not None:
            st.caption(plain(one.saved.name))
            show_error(ctx, one.error)
    if any(one.saved.demonstration for one in chosen):
        demonstration_ribbon(ctx)
    readable = {one.saved.name: one.scenario for one in chosen if one.scenario is not None}
    try:
        show_comparison(ctx, readable)
    except GanyuanError as error:
        show_error(ctx, error)
