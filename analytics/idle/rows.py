"""The rows behind a figure: which parcels, batches or cases it counts, and how much of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import pandas as pd

from analytics.approvals import TOLERANCE_M2
from analytics.calendar_years import day, days, full_years
from analytics.idle.alerts import Kind
from analytics.idle.figures import (
    Cohort,
    Land,
    balance_on,
    cohorts,
    last_full_years,
    open_on,
    unit_of,
    unit_of_case,
    waits,
)
from analytics.idle.status import SUSPECTED
from analytics.idle.totals import By
from analytics.idle.trace import not_started_of
from domain.parcels import AREA
from domain.rules import RuleSet

COLUMNS: Final = (
    "subject",
    "key",
    "name",
    "county_adcode",
    "zone_id",
    "status",
    "on",
    "area_m2",
)


ALERT_FIGURES: Final[dict[Kind, tuple[str, ...]]] = {
    "cycle": ("cycle",),
    "top_share": ("nonuse_3y",),
    "net_decline": ("net_status",),
    "zone_outside": ("unsupplied_drawn", "not_started"),
    "zone_undeveloped": ("unsupplied_drawn", "not_started"),
    "zone_idle": ("idle",),
}
"""Figures whose land is behind each kind of alert."""


def rows_behind(
    now: Land,
    before: Land | None,
    figure: str,
    *,
    rules: RuleSet,
    by: By | None = None,
    unit: str = "",
) -> pd.DataFrame:
    """What the numerator of a figure is made of.

    Args:
        now: The land on the day of the report, as given to :func:`analytics.idle.figures.figures`.
        before: The same on the baseline day; disposal rates need it.
        figure: Key of the figure.
        rules: The rules of ``approvals`` in force on the day of the report.
        by: Column of the unit; None for the whole place.
        unit: Code of the unit; empty for land that names none.

    Returns:
        One row a parcel, batch or case, most area first, RangeIndex: ``subject`` (parcel, batch,
        case), ``key``, ``name``, ``county_adcode``, ``zone_id``, ``status`` (of parcels), ``on``
        (datetime64: start date, approval, suspicion), ``area_m2`` that the figure counts of it.
        The areas add up to the numerator of the figure.

    Raises:
        KeyError: There is no such figure.
        SchemaError: A column is absent.
    """
    if by is not None:
        now = _within(now, by, unit, figure)
        before = None if before is None else _within(before, by, unit, figure)
    return _listed(_parts(now, before, figure, rules))


def _within(land: Land, by: By, unit: str, figure: str) -> Land:
    """The land of one unit, as :func:`analytics.idle.figures.figures` assigns it."""
    batches, cases, parcels = land.batches, land.cases, land.parcels
    if len(batches):
        batches = batches[unit_of(batches, by) == unit]
    if len(cases):
        cases = cases[unit_of_case(land, cases, by) == unit]
    if figure != "nonuse_3y":
        # There a parcel counts where its batch was approved, wherever it lies itself.
        parcels = parcels[unit_of(parcels, by) == unit]
    return replace(land, parcels=parcels, batches=batches, cases=cases)


def rows_of_code(
    now: Land,
    *,
    figure: Literal["idle", "unsupplied"],
    column: Literal["cause", "route"],
    code: str,
) -> pd.DataFrame:
    """What a row of :func:`analytics.idle.breakdown.breakdown` is made of.

    Args:
        now: The land on the day of the report.
        figure: As given to the breakdown.
        column: As given to the breakdown.
        code: Code of the row; empty for what has none on record.

    Returns:
        Frame as of :func:`rows_behind`; count and areas are those of the row.
    """
    if figure == "idle":
        name = "idle_cause" if column == "cause" else "disposal_route"
        members = _members(now.parcels, "idle") & _is(now.parcels[name], code)
        return _listed([_parcels(now, members)])
    if now.batches.empty:
        return _listed([])
    name = "unsupplied_cause" if column == "cause" else "disposal_path"
    left = balance_on(now, now.day)["unsupplied_m2"]
    mine = left[_is(now.batches[name], code).reindex(left.index)]
    return _listed([_of_batches(now, mine[mine > TOLERANCE_M2])])


def _is(values: pd.Series, code: str) -> pd.Series:
    return values.astype("object").fillna("").astype("str") == code


def rows_of_age(
    now: Land, *, cohort: Cohort, from_years: float, to_years: float, rules: RuleSet
) -> pd.DataFrame:
    """What a row of :func:`analytics.idle.breakdown.pyramid` is made of.

    Args:
        now: The land on the day of the report.
        cohort: Vintage of the row.
        from_years: Full years since the approval, at least.
        to_years: Below so many full years.
        rules: The rules of ``approvals``.

    Returns:
        Frame as of :func:`rows_behind`; the areas add up to that of the row.
    """
    if now.batches.empty:
        return _listed([])
    found = balance_on(now, now.day)
    age = full_years(days(found["approved_on"]), day(now.day))
    mine = found["approved_on"].dt.year.between(*cohorts(rules)[cohort])
    mine &= (age >= from_years) & (age < to_years)
    return _listed([_of_batches(now, found.loc[mine, "unsupplied_m2"])])


def rows_of_alert(now: Land, kind: Kind, *, by: By, unit: str, rules: RuleSet) -> pd.DataFrame:
    """What the land of an alert is made of.

    Args:
        now: The land on the day of the report that the alert was found in.
        kind: Kind of the alert.
        by: Column of its unit.
        unit: Code of its unit.
        rules: The rules of ``approvals``.

    Returns:
        Frame as of :func:`rows_behind`; the areas add up to ``area_m2`` of the alert.
    """
    return _listed(
        [
            rows_behind(now, None, figure, rules=rules, by=by, unit=unit)
            for figure in ALERT_FIGURES[kind]
        ]
    )


def _listed(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Parts in one list, most area first."""
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"area_m2": "float64"})
    out = pd.concat(found, ignore_index=True)
    return out.sort_values(["area_m2", "key"], ascending=[False, True], ignore_index=True)


def _parts(now: Land, before: Land | None, figure: str, rules: RuleSet) -> list[pd.DataFrame]:
    if figure in ("net_cases", "disposal_idle"):
        return [_cases(now, before, figure)]
    if figure in ("unsupplied", "supplied"):
        return [_batches(now, figure)]
    if figure in ("unused", "cycle"):
        return [_batches(now, "unsupplied"), _parcels(now, waits(now.parcels))]
    if figure in ("disposal_old", "disposal_new"):
        return [_disposed(now, before, figure, rules)]
    if figure == "nonuse_3y":
        return _nonuse(now, rules)
    return [_parcels(now, _members(now.parcels, figure))]


def _members(parcels: pd.DataFrame, figure: str) -> pd.Series:
    status, apart = parcels["status"], parcels["excluded"] != ""
    suspected, determined = status.isin(SUSPECTED), status == "determined"
    return {
        "unsupplied_drawn": status == "unsupplied",
        "not_started": waits(parcels),
        "suspected": suspected & ~apart,
        "determined": determined & ~apart,
        "idle": (suspected | determined) & ~apart,
        "net_status": (suspected | determined) & ~apart,
        "excluded": apart,
    }[figure]


def _parcels(land: Land, members: pd.Series) -> pd.DataFrame:
    rows = land.parcels[members]
    return pd.DataFrame(
        {
            "subject": "parcel",
            "key": rows["parcel_id"].astype("object"),
            "name": rows["name"].astype("object"),
            "county_adcode": rows["county_adcode"].astype("object"),
            "zone_id": rows["zone_id"].astype("object"),
            "status": rows["status"].astype("object"),
            "on": rows["start_on"],
            "area_m2": rows[AREA].astype("float64"),
        }
    )


def _ledger(rows: pd.DataFrame, subject: str, key: str, on: str, area: pd.Series) -> pd.DataFrame:
    empty = pd.Series(pd.NA, index=rows.index, dtype="object")
    return pd.DataFrame(
        {
            "subject": subject,
            "key": rows[key].astype("object"),
            "name": empty,
            "county_adcode": rows["county_adcode"].astype("object"),
            "zone_id": rows["zone_id"].astype("object") if "zone_id" in rows else empty,
            "status": empty,
            "on": pd.to_datetime(rows[on]).astype("datetime64[s]"),
            "area_m2": area.astype("float64"),
        }
    )


def _of_batches(land: Land, area: pd.Series) -> pd.DataFrame:
    # A batch without any area of the figure is no part of it; a hair of rounding is.
    used = area[area != 0.0]
    return _ledger(land.batches.loc[used.index], "batch", "batch_id", "approved_on", used)


def _batches(land: Land, figure: str) -> pd.DataFrame:
    if land.batches.empty:
        return pd.DataFrame()
    return _of_batches(land, balance_on(land, land.day)[f"{figure}_m2"])


def _disposed(now: Land, before: Land | None, figure: str, rules: RuleSet) -> pd.DataFrame:
    if before is None or now.batches.empty:
        return pd.DataFrame()
    span = cohorts(rules)["old" if figure == "disposal_old" else "new"]
    then = balance_on(before, before.day)
    mine = then[then["approved_on"].dt.year.between(*span)]["unsupplied_m2"]
    end = balance_on(now, now.day)["unsupplied_m2"].reindex(mine.index)
    return _of_batches(now, mine - end)


def _nonuse(now: Land, rules: RuleSet) -> list[pd.DataFrame]:
    if now.batches.empty or "APPR-SHARE-YEARS" not in rules:
        return []
    span = last_full_years(now.day, int(rules.value("APPR-SHARE-YEARS")))
    found = balance_on(now, now.day)
    mine = found[found["approved_on"].dt.year.between(*span)]
    waiting = now.parcels[waits(now.parcels)]
    traced = not_started_of(waiting, now.supplies, now.links)
    traced = traced[traced["batch_id"].isin(mine["batch_id"])]
    area = traced.groupby("label")["area_m2"].sum()
    parcels = _parcels(now, pd.Series(now.parcels.index.isin(area.index), index=now.parcels.index))
    parcels["area_m2"] = area.reindex(parcels.index)
    return [_of_batches(now, mine["unsupplied_m2"]), parcels]


def _cases(now: Land, before: Land | None, figure: str) -> pd.DataFrame:
    if now.cases.empty or (figure == "disposal_idle" and before is None):
        return pd.DataFrame()
    day = before.day if figure == "disposal_idle" and before is not None else now.day
    rows = now.cases[open_on(now.cases, day)]
    if figure == "disposal_idle":
        rows = rows[rows["disposed_on"] <= pd.Timestamp(now.day)]
    return _ledger(rows, "case", "case_id", "suspected_on", rows["idle_m2"])
