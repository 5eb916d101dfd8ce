"""What a forecast begins with: the land of today, past digestion, ordinary paces, assumptions."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import day, days, full_years
from analytics.idle.forecast import Assumption, Opening, Paces, Values
from analytics.idle.status import NOT_STARTED, SUSPECTED
from domain.parcels import AREA
from domain.rules import RuleSet

Mode = Literal["mean", "zero"]
_MONTHS: Final = 12


def opening(
    parcels: pd.DataFrame,
    balances: pd.DataFrame,
    batches: pd.DataFrame,
    traced: pd.DataFrame,
    *,
    as_of: dt.date,
    years: int,
    idle_years: float,
) -> Opening:
    """The land on a day.

    Args:
        parcels: Parcels with the columns of :func:`analytics.idle.status.parcel_status`; idle land
            that the statistics list apart waits, and no clock moves it.
        balances: What is left of each batch.
        batches: Batch ledger.
        traced: Supplies by batch (:func:`domain.tracing.trace`).
        as_of: The day.
        years: Years averaged by the digestion cycle.
        idle_years: Years after the start date at which land is idle (rule IDLE-A1).

    Returns:
        See :class:`analytics.idle.forecast.Opening`.
    """
    status, started = parcels["status"], parcels["started"].astype("bool")
    apart = parcels["excluded"] != ""
    stands_idle = status.isin(SUSPECTED) | (status == "determined")
    idle = stands_idle & ~apart
    waiting = (status.isin(NOT_STARTED) | stands_idle) & ~started & ~idle
    building = (status == "in_progress") & parcels["next_on"].notna()
    state = np.select(
        [(idle & ~started).to_numpy(), (idle & started).to_numpy(), waiting.to_numpy(),
         building.to_numpy()],
        ["idle", "stopped", "waiting", "building"],
        default="",
    )  # fmt: skip
    due = parcels["start_on"] + pd.DateOffset(years=int(idle_years))
    due = due.where(waiting & ~apart, parcels["next_on"].where(building))
    rows = pd.DataFrame(
        {
            "item": "p:" + parcels.index.astype("str"),
            "area_m2": parcels[AREA].astype("float64").to_numpy(),
            "state": state,
            "due": _months_until(due, as_of),
        }
    )
    alone = (status == "unsupplied") & ~parcels["batch_id"].isin(batches["batch_id"])
    left = float(balances["unsupplied_m2"].sum()) + float(parcels.loc[alone, AREA].sum())
    return Opening(
        left, rows[state != ""].reset_index(drop=True), _digested(batches, traced, as_of, years)
    )


def _months_until(on: pd.Series, as_of: dt.date) -> npt.NDArray[np.float64]:
    """The month of the forecast, 1 being the first, in which a day falls; NaN without a day."""
    today = pd.Timestamp(as_of)
    months = (on.dt.year - today.year) * _MONTHS + on.dt.month - today.month
    months = months + (on.dt.day > today.day)
    return np.asarray(months.clip(lower=1).to_numpy(dtype="float64", na_value=np.nan))


def _digested(batches: pd.DataFrame, traced: pd.DataFrame, as_of: dt.date, years: int) -> Values:
    """Supplied and written-off area of each past month, oldest first."""
    known = traced[traced["batch_id"].isin(batches["batch_id"])]
    out = np.zeros(years * _MONTHS)
    for dates, areas in (
        (known["signed_on"], known["supplied_m2"]),
        (batches["written_off_on"], batches["written_off_m2"]),
    ):
        age = -_months_signed(dates, as_of)
        inside = (age >= 0) & (age < len(out))
        area = areas.to_numpy(dtype="float64", na_value=0.0)
        place = len(out) - 1 - age[inside].astype("int64")
        out += np.bincount(place, weights=area[inside], minlength=len(out))
    return out


def _months_signed(on: pd.Series, as_of: dt.date) -> npt.NDArray[np.float64]:
    """Full months from the day of the report back to a day, negative; NaN ahead or missing."""
    today = pd.Timestamp(as_of)
    months = (on.dt.year - today.year) * _MONTHS + on.dt.month - today.month
    months = months + (on.dt.day > today.day)
    out = months.to_numpy(dtype="float64", na_value=np.nan)
    return np.where((on > today).to_numpy(), np.nan, out)


def paces(
    parcels: pd.DataFrame,
    batches: pd.DataFrame,
    start: Opening,
    *,
    as_of: dt.date,
    years: int,
    mode: Mode,
) -> Paces:
    """The ordinary course: means of the last years a month, or nothing at all.

    Args:
        parcels: Parcels with ``started_on`` and areas.
        batches: Batch ledger.
        start: The opening, which holds what was digested.
        as_of: The day.
        years: Years of the mean.
        mode: ``mean`` or ``zero``.
    """
    if mode == "zero":
        return Paces()
    today = day(as_of)

    def recent(dates: pd.Series, areas: pd.Series) -> float:
        age = full_years(days(dates), today)
        inside = (days(dates) <= today) & (age < years)
        return float(areas.to_numpy(dtype="float64", na_value=0.0)[inside].sum())

    months = years * _MONTHS
    return Paces(
        recent(batches["approved_on"], batches["approved_m2"]) / months,
        float(start.digested.sum()) / months,
        recent(parcels["started_on"], parcels[AREA]) / months,
    )


def assumptions(
    course: Paces, *, mode: Mode, years: int, months: int, slip: int, rules: RuleSet
) -> list[Assumption]:
    """Everything that a forecast takes for granted, to be written beside its chart.

    Args:
        course: The paces.
        mode: How they were set.
        years: Years of the mean.
        months: Length of the forecast.
        slip: Months by which the late plan is late.
        rules: The rules of ``disposal``.
    """
    flows = {
        name: Assumption(f"planner.assume.{name}_{mode}", {"years": years, "m2": value * _MONTHS})
        for name, value in (
            ("approved", course.approved),
            ("supplied", course.supplied),
            ("started", course.started),
        )
    }
    after = rules.value("DISP-START-AFTER")
    return [
        Assumption("planner.assume.clock", {"months": months}),
        *flows.values(),
        Assumption("planner.assume.new_supply", {"months": after + _MONTHS}),
        Assumption("planner.assume.overlap", {}),
        Assumption("planner.assume.fee", {}),
        Assumption("planner.assume.taken_back", {}),
        Assumption("planner.assume.slip", {"months": slip}),
    ]
