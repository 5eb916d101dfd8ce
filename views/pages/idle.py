"""Idle-approved land: totals, map, list with rule and clock, calendar, digestion of batches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.idle import STATUSES
from analytics.idle_calendar import HORIZONS, calendar, calendar_totals
from analytics.idle_totals import summarise
from domain import formats
from domain.rules import RuleSet, load_rules
from export.references import cited
from geo.errors import GanyuanError
from store import Version
from views import address, data, idle_batches, idle_list
from views.consolidation_words import brief
from views.context import Context
from views.downloads import download_table, rule_notes
from views.frame import (
    Figure,
    demonstration_ribbon,
    empty_state,
    key_figures,
    section,
    show_error,
    source_line,
    title_line,
)
from views.idle_map import MAP_KEY, UNITS_ID, idle_map
from views.places import By, Place, choose_level, choose_place, follow_click, named

ACTION = (
    "suspected_a2",
    "suspected_a1",
    "suspected_b",
    "determined",
    "overdue",
    "due_soon",
)
"""Statuses that somebody has to do something about; the list opens with them."""
_TABLE_HEIGHT = 352
_FEW = 9
VIEWS = ("list", "calendar", "batches")


@dataclass(frozen=True)
class _Run:
    """What one run of the page is about.

    Attributes:
        version: Dataset version.
        day: Day that is judged.
        rules: The rules of ``idle`` on that day.
        place: Where.
        by: Unit of the totals.
        parcels: All parcels of the place, with status.
        whole: Totals of the place, one row.
    """

    version: Version
    day: dt.date
    rules: RuleSet
    place: Place
    by: By
    parcels: gpd.GeoDataFrame
    whole: pd.Series


def page(ctx: Context) -> None:
    """Draw the page."""
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version)
    if version is None:
        _title(ctx, ctx.t("data.province"), day, "")
        empty_state(ctx.t("idle.empty"), next_step=ctx.t("idle.empty_next"))
        return
    everything = data.parcels_with_status(ctx, version, day)
    follow_click(MAP_KEY, UNITS_ID)
    place = choose_place(ctx, everything)
    by = choose_level(ctx, place)
    _title(ctx, place.name(ctx), day, cited(version))
    if version.demonstration:
        demonstration_ribbon(ctx)
    here = place.within(everything)
    if here.empty:
        empty_state(ctx.t("idle.no_rows"), next_step=ctx.t("idle.no_rows_next"))
        return
    whole = summarise(here, here, by=None).iloc[0]
    rules = load_rules("idle", as_of=day)
    run = _Run(version, day, rules, place, by, here, whole)
    _key_figures(ctx, run)
    _body(ctx, run)


def _title(ctx: Context, place: str, day: dt.date, version: str) -> None:
    title_line(
        ctx,
        ctx.t("idle.title"),
        place=place,
        as_of=day.isoformat(),
        version=version,
        help_text=ctx.t("idle.help"),
    )


def _key_figures(ctx: Context, run: _Run) -> None:
    t, whole = ctx.t, run.whole
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
    key_figures([*figures, _cycle_figure(ctx, run)])
    if whole["excluded_count"]:
        st.caption(
            t(
                "idle.apart",
                count=formats.count(whole["excluded_count"]),
                area=formats.area(whole["excluded_area_m2"], ctx.unit),
                unit=t(f"unit.{ctx.unit}"),
            )
        )


def _cycle_figure(ctx: Context, run: _Run) -> Figure:
    t, label = ctx.t, ctx.t("idle.figure.cycle")
    try:
        turned = idle_batches.cycle(
            ctx, run.place, not_started_m2=run.whole["not_started_area_m2"], day=run.day
        )
    except GanyuanError as error:
        return Figure(label, formats.MISSING, note=error.code)
    if turned is None:
        return Figure(label, formats.MISSING, note=t("idle.figure.no_ledger"))
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


def _body(ctx: Context, run: _Run) -> None:
    statuses, text = _filters(ctx)
    shown = _filtered(run.parcels, statuses, text)
    totals = summarise(run.parcels, run.parcels, by=run.by)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        click = idle_map(
            ctx,
            shown,
            totals,
            by=run.by,
            place=run.place,
            statuses=statuses,
            version=run.version,
            day=run.day,
            bounds=run.place.bounds(run.parcels),
        )
        if run.place.whole_province:
            st.caption(ctx.t("idle.map_hint"))
    with right:
        _units(ctx, totals, run)
    clicked = click.feature_id if click and click.layer_id != UNITS_ID else ""
    _below(ctx, run, shown, clicked)


def _filters(ctx: Context) -> tuple[tuple[str, ...], str]:
    address.seed_many("idle-status", STATUSES, ACTION)
    with st.sidebar:
        statuses = st.multiselect(
            ctx.t("idle.status"),
            STATUSES,
            format_func=lambda key: ctx.t(f"idle.status.{key}"),
            key="idle-status",
            placeholder=ctx.t("idle.status_all"),
            persist_state="session",
        )
        text = st.text_input(
            ctx.t("idle.search"),
            key="idle-search",
            placeholder=ctx.t("idle.search_hint"),
            max_chars=60,
            bind="query-params",
        )
    address.keep_many("idle-status", ACTION)
    return tuple(statuses), text.strip()


def _filtered(parcels: gpd.GeoDataFrame, statuses: tuple[str, ...], text: str) -> gpd.GeoDataFrame:
    keep = parcels["status"].isin(statuses or STATUSES)
    if text:
        found = pd.Series(data=False, index=parcels.index)
        for column in ("parcel_id", "name", "holder"):
            hit = parcels[column].str.contains(text, case=False, regex=False)
            found |= hit.fillna(value=False).astype(bool)
        keep &= found
    # What has waited longest comes first.
    return parcels[keep].sort_values("start_on", kind="stable")


def _units(ctx: Context, totals: pd.DataFrame, run: _Run) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.units"), help_text=t("idle.units_help"))
    names = brief(ctx, named(ctx, totals["unit"], run.by))
    table = pd.DataFrame({t("idle.col.unit"): names})
    config = {}
    for name in ("idle", "suspected", "determined", "overdue", "not_started", "unsupplied"):
        table[t(f"idle.col.{name}_count")] = totals[f"{name}_count"]
        label = t(f"idle.col.{name}_area", unit=unit)
        table[label] = [round(formats.in_unit(m2, ctx.unit), 2) for m2 in totals[f"{name}_area_m2"]]
        config[label] = st.column_config.NumberColumn(format="accounting")
        if name == "idle":
            table[t("idle.col.idle_share")] = totals["idle_share"].map(formats.per_cent)
    table[t("idle.col.nonuse_share")] = totals["nonuse_share"].map(formats.per_cent)
    for name in ("idle_share", "nonuse_share"):
        config[t(f"idle.col.{name}")] = st.column_config.NumberColumn(format="%.1f %%")
    config[t("idle.col.unit")] = st.column_config.TextColumn(pinned=True)
    st.dataframe(
        table,
        hide_index=True,
        height=_TABLE_HEIGHT if len(table) > _FEW else "auto",
        key="idle-units",
        column_config=config,
    )
    source_line(t("idle.source.version", version=cited(run.version), date=run.day.isoformat()))


def _below(ctx: Context, run: _Run, shown: gpd.GeoDataFrame, clicked: str) -> None:
    address.seed("idle-view", VIEWS, VIEWS[0])
    chosen = st.segmented_control(
        ctx.t("idle.view"),
        VIEWS,
        required=True,
        format_func=lambda name: ctx.t(f"idle.view_{name}"),
        key="idle-view",
        label_visibility="collapsed",
    )
    address.keep("idle-view", VIEWS[0])
    if chosen == "calendar":
        _calendar(ctx, run)
    elif chosen == "batches":
        try:
            idle_batches.show_batches(
                ctx,
                run.place,
                not_started_m2=run.whole["not_started_area_m2"],
                by=run.by,
                day=run.day,
            )
        except GanyuanError as error:
            show_error(ctx, error)
    else:
        _list(ctx, run, shown, clicked)


def _list(ctx: Context, run: _Run, shown: gpd.GeoDataFrame, clicked: str) -> None:
    t = ctx.t
    if shown.empty:
        empty_state(t("idle.no_rows"), next_step=t("idle.no_rows_next"))
        return
    st.caption(
        t(
            "idle.list_count",
            count=formats.count(len(shown)),
            area=formats.area(shown["area_ellipsoidal_m2"].sum(), ctx.unit),
            unit=t(f"unit.{ctx.unit}"),
        )
    )
    table = idle_list.list_table(ctx, shown, run.rules)
    selected = idle_list.show_list(ctx, table)
    rows = shown.loc[[selected]] if selected is not None else run.parcels.iloc[:0]
    if rows.empty and clicked:
        rows = run.parcels[run.parcels["parcel_id"] == clicked].head(1)
    _downloads(ctx, run, shown, table)
    if len(rows):
        idle_list.show_parcel(
            ctx, rows, day=run.day, rules=run.rules, demonstration=run.version.demonstration
        )


def _downloads(ctx: Context, run: _Run, shown: gpd.GeoDataFrame, table: pd.DataFrame) -> None:
    t = ctx.t
    statuses = t.pick("、", ", ").join(table[t("idle.status")].unique())
    notes = {
        t("data.note_version"): cited(run.version),
        t("data.note_day"): run.day.isoformat(),
        t("data.note_place"): run.place.name(ctx),
        t("data.note_filter"): statuses,
        t("data.note_area"): t("data.note_area_text"),
        **rule_notes(ctx, run.rules, shown["rule"]),
    }
    download_table(
        ctx,
        table,
        key="idle-download",
        name=t("idle.file_name", date=run.day.isoformat()),
        kinds={
            t("idle.col.area", unit=t(f"unit.{ctx.unit}")): "area",
            t("idle.field.start_on"): "date",
            t("idle.field.days_to_next"): "count",
        },
        notes=notes,
        demonstration=run.version.demonstration,
    )


def _calendar(ctx: Context, run: _Run) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("idle.calendar.title"))
    events = calendar(run.parcels, run.parcels, as_of=run.day)
    if events.empty:
        empty_state(t("idle.calendar.empty"))
        return
    sums = calendar_totals(events).set_index(["becomes", "within_days"])
    rows = []
    for status in sums.index.unique("becomes"):
        row = {t("idle.calendar.becomes"): t(f"idle.status.{status}")}
        for days in HORIZONS:
            found = sums.loc[[(status, days)]] if (status, days) in sums.index else sums.iloc[:0]
            row[t("idle.calendar.within", days=days)] = formats.count(found["count"].sum())
            area = formats.area(found["area_m2"].sum(), ctx.unit)
            row[t("idle.calendar.within_area", days=days, unit=unit)] = area
        rows.append(row)
    table = pd.DataFrame(rows)
    config = dict.fromkeys(table.columns[1:], st.column_config.TextColumn(alignment="right"))
    st.dataframe(table, hide_index=True, key="idle-calendar", column_config=config)
    _events(ctx, run, events)


def _events(ctx: Context, run: _Run, events: pd.DataFrame) -> None:
    t = ctx.t
    parcels = run.parcels.loc[events.index]
    table = pd.DataFrame(
        {
            t("idle.calendar.on"): events["on"].dt.date,
            t("idle.calendar.days"): events["days"],
            t("idle.calendar.becomes"): events["becomes"].map(
                {key: t(f"idle.status.{key}") for key in events["becomes"].unique()}
            ),
            t("idle.field.parcel_id"): parcels["parcel_id"],
            t("idle.field.name"): parcels["name"],
            t("idle.field.holder"): parcels["holder"],
            t("idle.field.county"): named(ctx, parcels["county_adcode"], "county_adcode"),
            t("idle.col.area", unit=t(f"unit.{ctx.unit}")): [
                round(formats.in_unit(m2, ctx.unit), 2) for m2 in events["area_m2"]
            ],
        }
    )
    area = st.column_config.NumberColumn(format="accounting")
    st.dataframe(
        table,
        hide_index=True,
        key="idle-events",
        column_config={t("idle.col.area", unit=t(f"unit.{ctx.unit}")): area},
    )
    source_line(t("idle.source.version", version=cited(run.version), date=run.day.isoformat()))
