"""Figures of a run, worked out once for everybody who looks at them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd
import streamlit as st

from analytics import approvals
from analytics.idle.alerts import alerts
from analytics.idle.counted import counted as counted_of
from analytics.idle.counted import land_of as land_with
from analytics.idle.figures import PARCELS, Land, LeftOut, figures, sound
from analytics.idle.totals import By
from analytics.idle.trend import Point, trend
from domain.ledgers import LAND
from domain.rules import RuleSet, load_rules
from store import Version
from views import data
from views.context import Context
from views.frame import progress_bar
from views.idle.run import IdleRun, Ledgers, of_place
from views.judged import DayKey, day_key, judged_parcels
from views.places import Place

Key = tuple[DayKey, str, tuple[int, ...], Place]

_KEPT: Final = 64


@dataclass(frozen=True)
class Both:
    """The land of a run on its day and on the baseline day, without batches that cannot be true.

    Attributes:
        now: On the day of the run.
        before: On 31 December of the year before.
        left_out: Batches that neither counts.
        rules: The rules of ``approvals`` on the day of the run.
    """

    now: Land
    before: Land
    left_out: LeftOut
    rules: RuleSet


def baseline_of(day: dt.date) -> dt.date:
    """The baseline of a day: 31 December of the year before."""
    return day.replace(year=day.year - 1, month=12, day=31)


def key_of(ctx: Context, run: IdleRun, day: dt.date | None = None) -> Key:
    """What everything about a run depends on."""
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in LAND)
    judged = day_key(ctx.store, ctx.viewer, run.version, day or run.day)
    return judged, run.version.id, marks, run.place


def land_of(run: IdleRun, day: dt.date, parcels: pd.DataFrame) -> Land:
    """Parcels of a day with the ledgers of a run."""
    ledgers: Ledgers = {
        "batch": run.batches,
        "supply": run.supplies,
        "idle_case": run.cases,
        "supply_batch": run.links,
    }
    return land_with(parcels, ledgers, as_of=day)


def both(ctx: Context, run: IdleRun) -> Both:
    """The land of the run and of its baseline; shared."""
    with st.spinner(ctx.t("figures.working")):
        return _both(key_of(ctx, run), _ctx=ctx, _run=run)


@st.cache_resource(max_entries=3, show_spinner=False)
def _both(key: Key, *, _ctx: Context, _run: IdleRun) -> Both:
    del key
    ctx, run = _ctx, _run
    baseline = baseline_of(run.day)
    before = counted(ctx, run, baseline, PARCELS)
    now, left_out = sound(land_of(run, run.day, run.parcels))
    # A batch that is sound on a day is sound on every earlier one.
    return Both(now, now.at(baseline, before), left_out, load_rules("approvals", as_of=run.day))


def counted(
    ctx: Context, run: IdleRun, day: dt.date, columns: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The parcels of the run's place and version that count in figures of a day, judged on it.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        day: The day.
        columns: Columns to take; none takes all.
    """
    judged = judged_parcels(ctx.store, ctx.viewer, run.version, day)
    # A number that stands in several counties is wrong in each: all parcels are asked.
    supplies: Ledgers = {"supply": data.ledger(ctx, "supply")}
    return run.place.within(counted_of(judged, supplies, as_of=day, columns=columns))


def table_of(ctx: Context, run: IdleRun, by: By | None) -> pd.DataFrame:
    """All figures of the run by unit (:func:`analytics.idle.figures.figures`); shared."""
    with st.spinner(ctx.t("figures.working")):
        return _table(key_of(ctx, run), by, _ctx=ctx, _run=run)


def cycle_of(ctx: Context, run: IdleRun) -> approvals.Cycle:
    """The digestion cycle of the run's place (:func:`analytics.approvals.digestion_cycle`).

    Raises:
        GanyuanError: The ledger of batches cannot be true.
    """
    return _cycle(key_of(ctx, run), _run=run)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _cycle(key: Key, *, _run: IdleRun) -> approvals.Cycle:
    del key
    return approvals.digestion_cycle(
        _run.batches,
        _run.supplies[list(approvals.SUPPLY_COLUMNS)],
        not_started_m2=_run.whole["not_started_area_m2"],
        as_of=_run.day,
        rules=load_rules("approvals", as_of=_run.day),
    )


def alerts_of(ctx: Context, run: IdleRun) -> pd.DataFrame:
    """Alerts of the place, measured against the counties and zones of everything visible.

    Whether a county is among the five with the highest share does not depend on where one looks.
    """
    key = (*key_of(ctx, run)[:3], Place())
    whole = whole_run(ctx, run)
    with st.spinner(ctx.t("figures.working")):
        found = _alerts(key, _ctx=ctx, _run=whole)
    place = run.place
    if place.whole_province:
        return found
    county, zone = found["by"] == "county_adcode", found["by"] == "zone_id"
    counties = run.parcels["county_adcode"].dropna().unique()
    zones = run.parcels["zone_id"].dropna().unique()
    return found[(county & found["unit"].isin(counties)) | (zone & found["unit"].isin(zones))]


def whole_run(ctx: Context, run: IdleRun) -> IdleRun:
    """The same run for everything that the viewer may see; the run itself where it is that."""
    if run.place.whole_province:
        return run
    ledgers = of_place({table: data.ledger(ctx, table) for table in LAND}, Place())
    wide = replace(run, place=Place())
    return replace(
        wide,
        parcels=counted(ctx, wide, run.day),
        batches=ledgers["batch"],
        supplies=ledgers["supply"],
        cases=ledgers["idle_case"],
        links=ledgers["supply_batch"],
    )


def trend_of(
    ctx: Context, run: IdleRun, points: list[tuple[str, Version, dt.date]]
) -> pd.DataFrame:
    """The figures of the place at each point; those that are not at hand show progress.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        points: Label, version and day of each, in order.
    """
    made = []
    with progress_bar(ctx.t("figures.trend.working")) as told:
        for i, (label, version, day) in enumerate(points):
            at = replace(run, version=version)
            table = _point(key_of(ctx, at, day), _ctx=ctx, _run=at, _day=day)
            made.append(Point(label, day, table))
            told((i + 1) / len(points))
    return trend(made)


def land_at(ctx: Context, run: IdleRun, version: Version, day: dt.date) -> Both:
    """The land of the run's place in another version or on another day; shared.

    There is no baseline: both days of the result are the same.
    """
    at = replace(run, version=version)
    return _land_at(key_of(ctx, at, day), _ctx=ctx, _run=at, _day=day)


@st.cache_resource(max_entries=3, show_spinner=False)
def _land_at(key: Key, *, _ctx: Context, _run: IdleRun, _day: dt.date) -> Both:
    del key
    now, left_out = sound(land_of(_run, _day, counted(_ctx, _run, _day)))
    return Both(now, now, left_out, load_rules("approvals", as_of=_day))


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _table(key: Key, by: By | None, *, _ctx: Context, _run: IdleRun) -> pd.DataFrame:
    del key
    land = _both(key_of(_ctx, _run), _ctx=_ctx, _run=_run)
    return figures(land.now, land.before, by=by, rules=land.rules)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _alerts(key: Key, *, _ctx: Context, _run: IdleRun) -> pd.DataFrame:
    del key
    land = _both(key_of(_ctx, _run), _ctx=_ctx, _run=_run)
    counties, zones = (
        figures(land.now, land.before, by=by, rules=land.rules)
        for by in ("county_adcode", "zone_id")
    )
    rules = load_rules("alerts", as_of=_run.day)
    return alerts(counties, zones, approvals=land.rules, rules=rules)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _point(key: Key, *, _ctx: Context, _run: IdleRun, _day: dt.date) -> pd.DataFrame:
    del key
    now, _ = sound(land_of(_run, _day, counted(_ctx, _run, _day, PARCELS)))
    return figures(now, None, by=None, rules=load_rules("approvals", as_of=_day))
