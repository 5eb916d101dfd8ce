"""What one run of the idle-land page is about; every part of the page draws from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from analytics.idle.faults import find_faults, without_left_out
from analytics.idle.totals import summarise
from analytics.idle.worklist import work
from domain.ledgers import LAND, Table
from domain.rules import RuleSet, load_rules
from store import Version
from views import data
from views.context import Context
from views.judged import DayKey, day_key
from views.places import By, Place

_KEPT: Final = 6
"""Runs that a process keeps: the same place on the same day is worked out once."""

Ledgers = dict[Table, pd.DataFrame]


@dataclass(frozen=True)
class IdleRun:
    """One version, one day, one place.

    Attributes:
        version: Dataset version of the parcels.
        day: Day that is judged.
        rules: The rules of ``idle`` in force on that day.
        place: Where.
        by: Unit of the totals.
        parcels: n parcels of the place that count in figures, without shapes, labelled by their
            position in the version: the columns of :mod:`domain.parcels` with the facts of the
            ledgers in effect (:func:`analytics.idle.facts.facts_in_effect`), then those of
            :func:`analytics.idle.status.parcel_status`. Shared: never change it in place.
        whole: Totals of the place, one row of :func:`analytics.idle.totals.summarise`.
        batches: Batch ledger of the place.
        supplies: Supply ledger of the place.
        cases: Idle cases of the place.
        links: Which supply draws on which batch, of the place (ledger ``supply_batch``).
        steps: What is to be done on each parcel (:func:`analytics.idle.worklist.work`), on the
            index of ``parcels``.
        units: Totals of the place by unit (:func:`analytics.idle.totals.summarise`).
        faults: What is wrong with rows of the place (:func:`analytics.idle.faults.find_faults`).
        everything: ``parcels`` and those that a fault keeps out of figures.
    """

    version: Version
    day: dt.date
    rules: RuleSet
    place: Place
    by: By
    parcels: pd.DataFrame
    whole: pd.Series
    batches: pd.DataFrame
    supplies: pd.DataFrame
    cases: pd.DataFrame
    links: pd.DataFrame
    steps: pd.DataFrame = field(default_factory=pd.DataFrame)
    units: pd.DataFrame = field(default_factory=pd.DataFrame)
    faults: pd.DataFrame = field(default_factory=pd.DataFrame)
    everything: pd.DataFrame = field(default_factory=pd.DataFrame)


def prepared(
    ctx: Context, version: Version, day: dt.date, place: Place, by: By, parcels: pd.DataFrame
) -> IdleRun:
    """The run of a place with parcels, worked out once for all who look at it.

    Args:
        ctx: The run of the page.
        version: Dataset version.
        day: The day that is judged.
        place: A place with at least one parcel.
        by: Unit of the totals.
        parcels: Result of :func:`views.data.judged`.
    """
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in LAND)
    judged = day_key(ctx.store, ctx.viewer, version, day)
    ledgers = {table: data.ledger(ctx, table) for table in LAND}
    faults = faults_on(ctx, version, day, parcels)
    key = (judged, version.id, marks, place, by)
    return _prepared(key, _version=version, _parcels=parcels, _ledgers=ledgers, _faults=faults)


def faults_on(ctx: Context, version: Version, day: dt.date, parcels: pd.DataFrame) -> pd.DataFrame:
    """Faults of all rows that the viewer may see on a day, worked out once.

    Args:
        ctx: The run of the page.
        version: Dataset version.
        day: The day that is judged.
        parcels: All parcels, judged on that day.
    """
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in LAND)
    key = (day_key(ctx.store, ctx.viewer, version, day), marks)
    ledgers = {table: data.ledger(ctx, table) for table in LAND}
    return _faults(key, _parcels=parcels, _ledgers=ledgers)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _faults(
    key: tuple[DayKey, tuple[int, ...]], *, _parcels: pd.DataFrame, _ledgers: Ledgers
) -> pd.DataFrame:
    return faults_of(_parcels, _ledgers, key[0][1])


def faults_of(parcels: pd.DataFrame, ledgers: Ledgers, day: dt.date) -> pd.DataFrame:
    """Faults of all parcels and ledgers (:func:`analytics.idle.faults.find_faults`).

    Args:
        parcels: All parcels, judged on the day.
        ledgers: All rows of every ledger.
        day: The day that is judged.
    """
    return find_faults(
        parcels,
        as_of=day,
        areas=load_rules("ingest", as_of=day),
        status=parcels,
        batches=ledgers["batch"],
        supplies=ledgers["supply"],
        cases=ledgers["idle_case"],
        links=ledgers["supply_batch"],
    )


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _prepared(
    key: tuple[DayKey, str, tuple[int, ...], Place, By],
    *,
    _version: Version,
    _parcels: pd.DataFrame,
    _ledgers: Ledgers,
    _faults: pd.DataFrame,
) -> IdleRun:
    (_, day, _, _), _, _, place, by = key
    return run_of(_version, day, place, by, _parcels, _ledgers, _faults)


def run_of(
    version: Version,
    day: dt.date,
    place: Place,
    by: By,
    parcels: pd.DataFrame,
    ledgers: Ledgers,
    faults: pd.DataFrame,
) -> IdleRun:
    """The run of a place.

    Args:
        version: Dataset version.
        day: The day that is judged.
        place: A place with at least one parcel.
        by: Unit of the totals.
        parcels: All parcels, judged on that day.
        ledgers: All rows of every ledger.
        faults: Result of :func:`faults_of`.
    """
    everything = place.within(parcels)
    here = without_left_out(everything, faults) if len(faults) else everything
    rules = load_rules("idle", as_of=day)
    local = of_place(ledgers, place)
    return IdleRun(
        version=version,
        day=day,
        rules=rules,
        place=place,
        by=by,
        parcels=here,
        whole=whole_of(here),
        batches=local["batch"],
        supplies=local["supply"],
        cases=local["idle_case"],
        links=local["supply_batch"],
        steps=work(here, local["idle_case"], as_of=day, rules=rules),
        units=summarise(here, here, by=by),
        faults=faults if place.whole_province else _here(faults, everything, local),
        everything=everything,
    )


def whole_of(parcels: pd.DataFrame) -> pd.Series:
    """Totals of parcels, one row of :func:`analytics.idle.totals.summarise`; zeros of none."""
    totals = summarise(parcels, parcels, by=None)
    return totals.iloc[0] if len(totals) else pd.Series(0.0, index=totals.columns)


def _here(faults: pd.DataFrame, parcels: pd.DataFrame, ledgers: Ledgers) -> pd.DataFrame:
    """The faults of rows of a place."""
    if faults.empty:
        return faults
    rows: dict[str, pd.Index] = {name: frame.index for name, frame in ledgers.items()}
    rows["parcels"] = parcels.index
    keep = [
        (faults["table"] == name) & faults["label"].isin(labels) for name, labels in rows.items()
    ]
    return faults[np.logical_or.reduce(keep)]


def of_place(ledgers: Ledgers, place: Place) -> Ledgers:
    """The rows of every ledger that belong to a place.

    Idle cases and links name no zone, but the supply that they are about does.
    """
    supplies = ledgers["supply"][place.here(ledgers["supply"])]
    out: Ledgers = {"batch": ledgers["batch"][place.here(ledgers["batch"])], "supply": supplies}
    county = Place(place.prefecture, place.county)
    tables: tuple[Table, ...] = ("idle_case", "supply_batch")
    for table in tables:
        rows = ledgers[table]
        keep = county.here(rows)
        if place.zone:
            keep &= rows["supply_no"].isin(supplies["supply_no"]).fillna(value=False).astype(bool)
        out[table] = rows[keep]
    return out
