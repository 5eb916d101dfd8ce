"""The first screen of the idle-land page: five numbers, what alerts, map and worklist."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analytics.idle.figures import PARCELS
from analytics.idle.totals import summarise
from domain import formats
from export.references import cited
from geo.errors import GanyuanError
from layers.catalogue.parcels import parcel_status
from views.context import Context
from views.frame import Figure, empty_state, key_figures, source_line
from views.idle.export import show_exports
from views.idle.faults import fault_line
from views.idle.figures_data import alerts_of, cycle_of
from views.idle.filters import in_words
from views.idle.map import MAP_KEY, idle_map
from views.idle.run import IdleRun, whole_of
from views.idle.worklist import Worklist, open_case, show_list
from views.markup import plain

VIEW = "idle-view"
"""Key of the choice of what stands under the numbers."""
HEIGHT = 350
"""Of map and list in pixels, so that both end on the first screen."""
_LINE = 28
"""Height of the line over the list."""


def figures_row(ctx: Context, run: IdleRun, whole: pd.Series) -> None:
    """Draw the five numbers.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        whole: Totals of what is asked for, one row of
            :func:`analytics.idle.totals.summarise`.
    """
    t = ctx.t
    figures = []
    for name in ("unsupplied", "not_started", "suspected", "determined"):
        idle = name in ("suspected", "determined")
        base = whole["supplied_area_m2"] if idle else whole["all_area_m2"]
        area = whole[f"{name}_area_m2"]
        note = t(
            "idle.figure.note_idle" if idle else "idle.figure.note",
            count=formats.count(whole[f"{name}_count"]),
            share=formats.share(formats.ratio(area, base)),
        )
        unit = t(f"unit.{ctx.unit}")
        figures.append(Figure(t(f"idle.figure.{name}"), formats.area(area, ctx.unit), unit, note))
    key_figures([*figures, _cycle(ctx, run)])


def _cycle(ctx: Context, run: IdleRun) -> Figure:
    t, label = ctx.t, ctx.t("idle.figure.cycle")
    if run.batches.empty:
        return Figure(label, formats.MISSING, note=t("idle.figure.no_ledger"))
    try:
        turned = cycle_of(ctx, run)
    except GanyuanError as error:
        return Figure(label, formats.MISSING, note=error.code)
    if formats.is_missing(turned.cycle_years):
        note = t("idle.figure.no_pace", years=turned.years)
        return Figure(label, formats.MISSING, note=note)
    note = t(
        "idle.figure.note_cycle",
        stock=formats.area(turned.stock_m2, ctx.unit),
        years=turned.years,
        pace=formats.area(turned.pace_m2, ctx.unit),
    )
    return Figure(label, formats.number(turned.cycle_years), t("idle.figure.years"), note)


def totals_of(run: IdleRun, found: Worklist) -> tuple[pd.Series, pd.DataFrame]:
    """Totals of everything that a filter asks for, whatever its status, and by unit."""
    if not found.asked.narrows:
        return run.whole, run.units
    rows = run.parcels[list(PARCELS)].loc[found.wider]
    return whole_of(rows), summarise(rows, rows, by=run.by)


def follow_case() -> None:
    """Open the case of a parcel that was clicked on the map of the last run.

    Call it before :func:`views.places.follow_click`, which takes note of the click.
    """
    selected = getattr(st.session_state.get(MAP_KEY), "selected", None)
    if selected == st.session_state.get(f"{MAP_KEY}-followed"):
        return
    if isinstance(selected, (list, tuple)) and list(selected[:1]) == [parcel_status().id]:
        open_case(str(selected[1]))


def notes_row(ctx: Context, found: Worklist) -> None:
    """Say what the numbers are of where they are filtered."""
    if found.asked.narrows:
        words = in_words(ctx, found.asked.without_status())
        st.caption(ctx.t("idle.filtered", filter=plain(words)))


def _apart(ctx: Context, run: IdleRun) -> str:
    """What is listed apart and not counted as idle; empty where nothing is."""
    if not run.whole["excluded_count"]:
        return ""
    return ctx.t(
        "idle.apart",
        count=formats.count(run.whole["excluded_count"]),
        area=formats.area(run.whole["excluded_area_m2"], ctx.unit),
        unit=ctx.t(f"unit.{ctx.unit}"),
    )


def show_strip(ctx: Context, run: IdleRun) -> None:
    """Draw what asks for attention: units beyond a limit, rows in error; each opens its list."""
    t = ctx.t
    alerts = alerts_of(ctx, run)["kind"].value_counts()
    faults = fault_line(ctx, run)
    with st.container(horizontal=True, key="idle-strip"):
        if len(alerts):
            parts = [
                t("idle.alerts.part", kind=t(f"idle.alerts.{kind}"), count=formats.count(n))
                for kind, n in alerts.items()
            ]
            line = t("idle.alerts.line", parts=t.pick("、", ", ").join(parts))
            _opener(line, "figures", "idle-open-alerts", {"idle-figures-view": "alerts"})
        if faults:
            _opener(faults, "faults", "idle-open-faults", {})


def _opener(line: str, view: str, key: str, also: dict[str, str]) -> None:
    chosen = {VIEW: view, **also}
    st.button(
        plain(line), key=key, type="tertiary", on_click=st.session_state.update, args=(chosen,)
    )


def show_morning(ctx: Context, run: IdleRun, found: Worklist, totals: pd.DataFrame) -> None:
    """Draw map and list side by side."""
    t = ctx.t
    left, right = st.columns([2, 3], gap="small")
    with left:
        idle_map(ctx, run, found, totals, height=HEIGHT)
    with right:
        if len(found.order):
            show_list(ctx, run, found, height=HEIGHT - _LINE)
        else:
            empty_state(t("idle.no_rows"), next_step=t("idle.no_rows_next"))
    if len(found.order):
        show_exports(ctx, run, found)
    source = t("idle.source.version", version=cited(run.version), date=run.day.isoformat())
    source_line(t.pick("。", ". ").join(part for part in (source, _apart(ctx, run)) if part))
