"""What one run of the idle-land page is about; every part of the page draws from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
import streamlit as st

from analytics.idle_totals import summarise
from analytics.idle_worklist import work
from domain.ledgers import TABLES, Table
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
        parcels: n parcels of the place without shapes, labelled by their position in the version:
            the columns of :mod:`domain.parcels` with the facts of the ledgers in effect
            (:func:`analytics.idle_facts.facts_in_effect`), then those of
            :func:`analytics.idle.parcel_status`. Shared: never change it in place.
        whole: Totals of the place, one row of :func:`analytics.idle_totals.summarise`.
        batches: Batch ledger of the place.
        supplies: Supply ledger of the place.
        cases: Idle cases of the place.
        links: Which supply draws on which batch, of the place (ledger ``supply_batch``).
        steps: What is to be done on each parcel (:func:`analytics.idle_worklist.work`), on the
            index of ``parcels``.
        units: Totals of the place by unit (:func:`analytics.idle_totals.summarise`).
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
    marks = tuple(ctx.store.ledger_mark(table, ctx.viewer) for table in TABLES)
    key = (day_key(ctx.store, ctx.viewer, version, day), version.id, marks, place, by)
    ledgers = {table: data.ledger(ctx, table) for table in TABLES}
    return _prepared(key, _version=version, _parcels=parcels, _ledgers=ledgers)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _prepared(
    key: tuple[DayKey, str, tuple[int, ...], Place, By],
    *,
    _version: Version,
    _parcels: pd.DataFrame,
    _ledgers: Ledgers,
) -> IdleRun:
    (_, day, _, _), _, _, place, by = key
    here = place.within(_parcels)
    rules = load_rules("idle", as_of=day)
    local = of_place(_ledgers, place)
    return IdleRun(
        version=_version,
        day=day,
        rules=rules,
        place=place,
        by=by,
        parcels=here,
        whole=summarise(here, here, by=None).iloc[0],
        batches=local["batch"],
        supplies=local["supply"],
        cases=local["idle_case"],
        links=local["supply_batch"],
        steps=work(here, local["idle_case"], as_of=day, rules=rules),
        units=summarise(here, here, by=by),
    )


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
