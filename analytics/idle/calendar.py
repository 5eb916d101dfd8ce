"""What time alone brings: start dates, full years, legal steps, lapsing approvals, by day.

Two views of it: :func:`calendar` gives the next threshold of each parcel, :func:`events` every day
that somebody has to know of, of parcels, idle cases and batches.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd

from analytics.calendar_years import day, days
from analytics.idle.deadlines import (
    DEADLINES,
    KINDS,
    known_cases,
    of_batches,
    of_cases,
    of_parcels,
)
from analytics.idle.status import STATUSES
from domain.parcels import AREA
from domain.rules import RuleSet

HORIZONS: Final = (30, 90, 180, 365)
"""Days ahead that the calendar looks."""

COLUMNS: Final = (
    "on",
    "days",
    "kind",
    "subject",
    "key",
    "label",
    "name",
    "county_adcode",
    "prefecture_adcode",
    "zone_id",
    "area_m2",
    "rule",
    "article",
    "certainty",
)


def events(
    parcels: pd.DataFrame,
    status: pd.DataFrame,
    *,
    cases: pd.DataFrame | None = None,
    batches: pd.DataFrame | None = None,
    as_of: dt.date,
    idle: RuleSet,
    approvals: RuleSet,
    horizon: int = HORIZONS[-1],
) -> pd.DataFrame:
    """Every day ahead that somebody has to know of, and every deadline that has passed unmet.

    A threshold (start date, full year, lapse) counts from tomorrow on: what began today is a status
    already. A deadline counts from today on; one that has passed and is not met stays in the list
    with negative ``days``. Facts dated after ``as_of`` have not happened. A kind whose rule is not
    in force on the day does not occur.

    Args:
        parcels: n parcels with the schema of ``domain.parcels`` and ``area_ellipsoidal_m2``.
        status: Result of :func:`analytics.idle.status.parcel_status` on the same index and day.
        cases: Idle cases (:data:`analytics.idle.deadlines.CASE_COLUMNS`); they take name and zone
            from the parcel of their supervision number.
        batches: Batch ledger with ``approved_on``, ``acquisition``, ``disposal_due``.
        as_of: The day that was judged.
        idle: The rules of ``idle`` in force on that day.
        approvals: The rules of ``approvals`` in force on that day.
        horizon: Days ahead, the last included.

    Returns:
        One row an event, soonest first, RangeIndex, columns :data:`COLUMNS`: ``on`` (datetime64),
        ``days`` (int64), ``kind`` (one of
        :data:`analytics.idle.deadlines.KINDS`), ``subject`` (parcel, case, batch),
        ``key`` (parcel, case or batch number), ``label`` (row label in ``parcels``, missing where
        no parcel is known), ``name``, codes of the place, ``area_m2`` (m2; of a case its idle
        area, of a batch what is not supplied), ``rule``, ``article`` (Chinese), ``certainty`` (the
        weakest of the rules used).
    """
    today = day(as_of)
    parts = of_parcels(parcels, status, idle)
    if cases is not None and len(cases):
        parts += of_cases(known_cases(cases, today), parcels, idle)
    if batches is not None and len(batches):
        parts += of_batches(batches, today, approvals)
    kept = [part for part in parts if len(part)]
    if not kept:
        return pd.DataFrame(columns=list(COLUMNS)).astype(
            {"days": "int64", "area_m2": "float64", "on": "datetime64[s]"}
        )
    out = pd.concat(kept, ignore_index=True)
    out["days"] = (days(out["on"]) - today).astype("int64")
    deadline = out["kind"].isin(DEADLINES)
    out = out[(out["days"] <= horizon) & (deadline | (out["days"] > 0))]
    order = out["kind"].map({kind: i for i, kind in enumerate(KINDS)})
    out = out.assign(_order=order).sort_values(["on", "_order", "key"], ignore_index=True)
    return out.loc[:, list(COLUMNS)]


def event_totals(found: pd.DataFrame, *, horizons: tuple[int, ...] = HORIZONS) -> pd.DataFrame:
    """Count and area of events by kind and horizon.

    Args:
        found: Result of :func:`events`, with a horizon no shorter than the longest one here.
        horizons: Days ahead; each includes the shorter ones, none what is late.

    Returns:
        One row per kind that occurs and horizon, in the order of :data:`KINDS`; late deadlines
        have ``within_days`` -1: ``kind``, ``within_days`` (int64), ``count``, ``area_m2``.
    """
    ahead, late = found[found["days"] >= 0], found[found["days"] < 0]
    parts = [(-1, late), *((limit, ahead[ahead["days"] <= limit]) for limit in horizons)]
    sums = [
        part.groupby("kind")
        .agg(count=("area_m2", "size"), area_m2=("area_m2", "sum"))
        .assign(within_days=limit)
        .reset_index()
        for limit, part in parts
    ]
    out = pd.concat(sums, ignore_index=True)
    order = out["kind"].map({kind: i for i, kind in enumerate(KINDS)})
    return (
        out.assign(_order=order)
        .sort_values(["_order", "within_days"], ignore_index=True)
        .loc[:, ["kind", "within_days", "count", "area_m2"]]
    )


def next_events(found: pd.DataFrame) -> pd.DataFrame:
    """The soonest event of each parcel that is not late yet, on the parcel's row label."""
    ahead = found[found["label"].notna() & (found["days"] >= 0)]
    return ahead.drop_duplicates("label").set_index("label")


def by_month(found: pd.DataFrame) -> pd.DataFrame:
    """Events per month and kind: ``month`` (first day), ``kind``, ``count``, ``area_m2``."""
    on = pd.to_datetime(found["on"])
    month = (on - pd.to_timedelta(on.dt.day - 1, unit="D")).rename("month")
    return (
        found.groupby([month, "kind"], sort=True)
        .agg(count=("area_m2", "size"), area_m2=("area_m2", "sum"))
        .reset_index()
    )


def calendar(
    parcels: pd.DataFrame, status: pd.DataFrame, *, as_of: dt.date, horizon: int = HORIZONS[-1]
) -> pd.DataFrame:
    """What time alone brings in the coming days: start dates that pass and years that complete.

    Entering the early-warning period is no event; such a parcel counts with its start date.

    Args:
        parcels: n parcels with ``area_ellipsoidal_m2``.
        status: Result of :func:`analytics.idle.status.parcel_status` on the same index and day.
        as_of: The day that was judged.
        horizon: Days ahead.

    Returns:
        One row per parcel whose next threshold lies within the horizon, on the index labels of
        ``parcels``, soonest first: ``on`` (datetime64), ``days``, ``becomes`` (status),
        ``area_m2``.
    """
    early = status["status"] == "not_due"
    on = status["next_on"].mask(early, status["start_on"])
    left = (on - pd.Timestamp(as_of)).dt.days
    near = left <= horizon
    out = pd.DataFrame(
        {
            "on": on[near],
            "days": left[near].astype("int64"),
            "becomes": status["next_status"].mask(early, "overdue")[near],
            "area_m2": parcels.loc[near, AREA],
        }
    )
    return out.sort_values("on", kind="stable")


def calendar_totals(events: pd.DataFrame, *, horizons: tuple[int, ...] = HORIZONS) -> pd.DataFrame:
    """Count and area of the coming thresholds by status and horizon.

    Args:
        events: Result of :func:`calendar`.
        horizons: Days ahead; each includes the shorter ones.

    Returns:
        One row per status that occurs and horizon: ``becomes``, ``within_days``, ``count``,
        ``area_m2``.
    """
    parts = [
        events[events["days"] <= limit]
        .groupby("becomes")
        .agg(count=("area_m2", "size"), area_m2=("area_m2", "sum"))
        .assign(within_days=limit)
        .reset_index()
        for limit in horizons
    ]
    out = pd.concat(parts, ignore_index=True)
    out = out[out["becomes"].isin(STATUSES)]
    order = out["becomes"].map({name: i for i, name in enumerate(STATUSES)})
    return (
        out.assign(_order=order)
        .sort_values(["_order", "within_days"], ignore_index=True)
        .loc[:, ["becomes", "within_days", "count", "area_m2"]]
    )
