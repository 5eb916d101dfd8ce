"""Targets of disposal as areas that a plan has to reach: rates, areas and the digestion cycle.

The digestion cycle is a quotient, and yet a linear condition on a plan. With stock ``S``, area
``D`` digested in the ``N`` years that end with the horizon, a limit of ``L`` years, and a plan that
changes the stock by ``s`` and digests ``d``::

    (S + s) / ((D + d) / N) <= L   <=>   (L / N) d - s >= S - (L / N) D

because the mean pace is positive wherever the quotient is defined. Where nothing is digested at all
the condition asks for an empty stock. Nothing is approximated.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.idle.status import NOT_STARTED, SUSPECTED
from domain.parcels import AREA

Metric = Literal["idle_rate", "idle_area", "old_rate", "unsupplied_area", "cycle"]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
PROVINCE: Final = ""
"""County of a target for everything that is planned."""

_COUNTS: Final[dict[Metric, str]] = {
    "idle_rate": "idle_m2",
    "idle_area": "idle_m2",
    "old_rate": "old_m2",
    "unsupplied_area": "unsupplied_m2",
}
_RATES: Final = ("idle_rate", "old_rate")

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Target:
    """What a county, or everything planned, has to reach by the end of the horizon.

    Attributes:
        county: Code; empty for everything.
        metric: ``idle_rate`` (闲置土地处置率), ``idle_area``, ``old_rate`` (批而未供处置率 of
            the old cohort), ``unsupplied_area`` or ``cycle`` (消化周期, at most).
        value: Ratio, m2, or years.
        base_m2: Stock that a rate is of; for a cycle the stock 批而未用.
        digested_m2: For a cycle: area digested by the ledger within the years that it averages.
        years: For a cycle: the years averaged.
    """

    county: str
    metric: Metric
    value: float
    base_m2: float = 0.0
    digested_m2: float = 0.0
    years: int = 3

    @property
    def need_m2(self) -> float:
        """What the weights of a plan have to add up to; at or below zero it is met already."""
        if self.metric == "cycle":
            return self.base_m2 - self.value / self.years * self.digested_m2
        return self.value * self.base_m2 if self.metric in _RATES else self.value

    def weights(self, rows: pd.DataFrame) -> Values:
        """What each candidate adds towards :attr:`need_m2`; zero in other counties."""
        if self.metric == "cycle":
            out = self.value / self.years * rows["digested_m2"] - rows["stock_m2"]
        else:
            out = rows[_COUNTS[self.metric]]
        return only_of(self.county, rows, out)

    def reached(self, chosen: pd.DataFrame) -> float:
        """The metric after a plan, in the unit of ``value``; NaN where it is not defined.

        Args:
            chosen: Candidates of the plan that are done within the horizon.
        """
        here = chosen
        if self.county != PROVINCE:
            here = chosen[chosen["county_adcode"] == self.county]
        if self.metric == "cycle":
            pace = (self.digested_m2 + float(here["digested_m2"].sum())) / self.years
            stock = self.base_m2 + float(here["stock_m2"].sum())
            return stock / pace if pace > 0 else float("nan")
        area = float(here[_COUNTS[self.metric]].sum())
        if self.metric not in _RATES:
            return area
        return area / self.base_m2 if self.base_m2 > 0 else float("nan")


def only_of(county: str, rows: pd.DataFrame, values: pd.Series) -> Values:
    """Values of the rows of one county, zero in others; of all for :data:`PROVINCE`."""
    out = values.to_numpy(dtype="float64")
    if county == PROVINCE:
        return out
    return np.where(rows["county_adcode"].to_numpy(dtype="object") == county, out, 0.0)


def baselines(
    parcels: pd.DataFrame,
    batches: pd.DataFrame,
    balances: pd.DataFrame,
    traced: pd.DataFrame,
    *,
    as_of: dt.date,
    horizon_months: int,
    years: int,
    old_before: int,
) -> pd.DataFrame:
    """The stocks on the day that targets rest on, per county.

    Only what the ledgers record until ``as_of`` is digested: what comes by then is the plan itself.

    Args:
        parcels: Parcels with the columns of :func:`analytics.idle.status.parcel_status`.
        batches: Batch ledger.
        balances: What is left of each batch (:func:`analytics.approval_balance.balance`).
        traced: Supplies by batch (:func:`domain.tracing.trace`).
        as_of: The day.
        horizon_months: Months until the targets are judged.
        years: Years averaged by the cycle (rule APPR-CYCLE-YEARS).
        old_before: First approval year of the newer cohort.

    Returns:
        One row a county (index, sorted): ``idle_m2`` (listed apart left out), ``unsupplied_m2``,
        ``old_m2``, ``not_started_m2``, ``stock_m2`` (unsupplied and not started), ``digested_m2``
        within the ``years`` that end with the horizon.
    """
    county = parcels["county_adcode"].astype("object").fillna("")
    status = parcels["status"]
    idle = (status.isin(SUSPECTED) | (status == "determined")) & (parcels["excluded"] == "")
    waiting = ~parcels["started"] & status.isin([*NOT_STARTED, "determined"])
    alone = (status == "unsupplied") & ~parcels["batch_id"].isin(batches["batch_id"])
    old = alone & (parcels["approved_on"].dt.year < old_before).fillna(value=False)

    def of_parcels(where: pd.Series) -> pd.Series:
        sums: pd.Series = parcels.loc[where, AREA].groupby(county[where]).sum()
        return sums

    place = batches.loc[balances.index, "county_adcode"].astype("object").fillna("")
    left = balances["unsupplied_m2"]
    early = balances["approved_on"].dt.year < old_before
    parts = {
        "idle_m2": [of_parcels(idle)],
        "unsupplied_m2": [left.groupby(place).sum(), of_parcels(alone)],
        "old_m2": [left[early].groupby(place[early]).sum(), of_parcels(old)],
        "not_started_m2": [of_parcels(waiting)],
        "digested_m2": _digested(batches, traced, as_of, horizon_months, years),
    }
    names = sorted(set().union(*(series.index for found in parts.values() for series in found)))
    out = pd.DataFrame(
        {
            name: sum(
                (series.astype("float64").reindex(names, fill_value=0.0) for series in found),
                start=pd.Series(0.0, index=names),
            )
            for name, found in parts.items()
        },
        index=pd.Index(names, name="county_adcode"),
    )
    return out.assign(stock_m2=out["unsupplied_m2"] + out["not_started_m2"])


def _digested(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    as_of: dt.date,
    horizon_months: int,
    years: int,
) -> list[pd.Series]:
    """Supplied and written-off area by county, from the window's first day until ``as_of``."""
    until = pd.Timestamp(as_of)
    since = until + pd.DateOffset(months=horizon_months - 12 * years)
    county = batches.set_index("batch_id")["county_adcode"].astype("object")
    traced = supplies[supplies["batch_id"].isin(county.index)]
    traced = traced[(traced["signed_on"] > since) & (traced["signed_on"] <= until)]
    gone = batches["written_off_on"]
    off = batches[(gone > since) & (gone <= until)]
    return [
        traced.groupby(traced["batch_id"].map(county))["supplied_m2"].sum(),
        off.groupby("county_adcode")["written_off_m2"].sum(),
    ]


def target(county: str, metric: Metric, value: float, bases: pd.DataFrame, years: int) -> Target:
    """A target with its baseline.

    Args:
        county: Code, or :data:`PROVINCE` for the sum of all.
        metric: See :class:`Target`.
        value: See :class:`Target`.
        bases: Result of :func:`baselines`.
        years: Years averaged by the cycle.
    """
    here = bases if county == PROVINCE else bases[bases.index == county]
    row = here.sum()
    base = {"idle_rate": "idle_m2", "old_rate": "old_m2", "cycle": "stock_m2"}.get(metric)
    return Target(
        county,
        metric,
        value,
        base_m2=float(row[base]) if base else 0.0,
        digested_m2=float(row["digested_m2"]) if metric == "cycle" else 0.0,
        years=years,
    )
