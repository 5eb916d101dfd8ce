"""Idle-approved land: what an officer opens in the morning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import streamlit as st

from analytics.idle.worklist import WorkFilter
from export.references import cited
from views import address, data
from views.context import Context
from views.frame import demonstration_ribbon, empty_state, title_line
from views.idle.batches import show_batches
from views.idle.case import show_case
from views.idle.clock import show_clock
from views.idle.clock_map import follow_coming
from views.idle.faults import fault_line, show_faults
from views.idle.figures import show_figures
from views.idle.filters import choose_filter
from views.idle.map import MAP_KEY, UNITS_ID
from views.idle.morning import (
    VIEW,
    figures_row,
    follow_case,
    notes_row,
    show_morning,
    show_strip,
    totals_of,
)
from views.idle.planner import show_planner
from views.idle.run import IdleRun, prepared
from views.idle.worklist import case_bar, chosen_case, worklist
from views.markup import plain
from views.places import choose_level, choose_place, follow_click

LIST: Final = "list"
TABS: Final[dict[str, Callable[[Context, IdleRun], None]]] = {
    "planner": show_planner,
    "clock": show_clock,
    "figures": show_figures,
    "batches": show_batches,
    "faults": show_faults,
}
"""What stands beside the worklist, in order."""


def page(ctx: Context) -> None:
    """Draw the page."""
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version)
    if version is None:
        _title(ctx, ctx.t("data.province"), day, "")
        empty_state(ctx.t("idle.empty"), next_step=ctx.t("idle.empty_next"))
        return
    everything = data.judged(ctx, version, day)
    follow_case()
    follow_click(MAP_KEY, UNITS_ID)
    follow_coming()
    place = choose_place(ctx, everything)
    by = choose_level(ctx, place)
    _title(ctx, place.name(ctx), day, cited(version))
    if version.demonstration:
        demonstration_ribbon(ctx)
    if place.within(everything).empty:
        empty_state(ctx.t("idle.no_rows"), next_step=ctx.t("idle.no_rows_next"))
        return
    _body(ctx, prepared(ctx, version, day, place, by, everything))


def _title(ctx: Context, place: str, day: dt.date, version: str) -> None:
    title_line(
        ctx,
        ctx.t("idle.title"),
        place=place,
        as_of=day.isoformat(),
        version=version,
        help_text=ctx.t("idle.help"),
    )


def _body(ctx: Context, run: IdleRun) -> None:
    label = chosen_case(run)
    address.seed(VIEW, [LIST, *TABS], LIST)
    listed = st.session_state[VIEW] == LIST
    # Only the worklist is filtered: what stands beside it is about the whole place.
    asked = choose_filter(ctx) if listed else WorkFilter()
    found = worklist(run, asked)
    if label is not None:
        case_bar(ctx, run, found, label)
        show_case(ctx, run, label)
        return
    whole, units = totals_of(run, found)
    figures_row(ctx, run, whole)
    if run.parcels.empty:
        st.caption(plain(fault_line(ctx, run)))
        show_faults(ctx, run)
        return
    notes_row(ctx, found)
    strip = st.container()
    chosen = _choose_view(ctx)
    if chosen == LIST:
        show_morning(ctx, run, found, units)
    else:
        TABS[chosen](ctx, run)
    # Alerts compare two days over all counties: everything else is drawn before them.
    with strip:
        show_strip(ctx, run)


def _choose_view(ctx: Context) -> str:
    chosen = st.segmented_control(
        ctx.t("idle.view"),
        [LIST, *TABS],
        required=True,
        format_func=lambda name: ctx.t(f"idle.view_{name}"),
        key=VIEW,
        label_visibility="collapsed",
    )
    address.keep(VIEW, LIST)
    return chosen or LIST
