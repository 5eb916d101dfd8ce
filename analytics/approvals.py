"""Approved land and how it is digested: the arithmetic of the batch ledger (批次台账).

Areas are m2. ``unsupplied = approved - supplied - written off``; the formulas are those of the
rates that offices report, the digestion cycle (消化周期) is a product formula.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.approval_balance import (
    BATCH_COLUMNS,
    SUPPLY_COLUMNS,
    TOLERANCE_M2,
    OversuppliedError,
    Separated,
    balance,
    require,
    split_oversupplied,
    taken_back,
    untraced,
)
from analytics.calendar_years import add_years, day, days, full_years
from domain.keys import within
from domain.rules import RuleSet
from domain.tracing import trace

__all__ = [
    "AGES",
    "BATCH_COLUMNS",
    "NO_ACQUISITION",
    "SUPPLY_COLUMNS",
    "TOLERANCE_M2",
    "By",
    "Cycle",
    "OversuppliedError",
    "Separated",
    "ageing",
    "balance",
    "baseline_stock",
    "by_unit",
    "digestion_cycle",
    "disposal",
    "disposal_rate",
    "idle_disposal",
    "lapse_risk",
    "rates",
    "residues",
    "split_oversupplied",
    "taken_back",
    "untraced",
]

By = Literal["prefecture_adcode", "county_adcode", "zone_id"]

NO_ACQUISITION: Final = "未实施"
"""Entry of ``acquisition`` where no compensation plan has been carried out."""
AGES: Final = ("APPR-AGE-1", "APPR-AGE-2", "APPR-AGE-3", "APPR-AGE-4")


@dataclass(frozen=True, slots=True)
class Cycle:
    """The digestion cycle with everything it is made of.

    Attributes:
        stock_m2: Approved-not-used land at the end: not supplied plus supplied, not started.
        digested_m2: Area supplied or written off in the years averaged.
        years: Number of years averaged.
        cycle_years: ``stock / (digested / years)``; NaN where nothing was digested.
    """

    stock_m2: float
    digested_m2: float
    years: int
    cycle_years: float

    @property
    def pace_m2(self) -> float:
        """Area digested in a mean year."""
        return self.digested_m2 / self.years


def rates(
    approved_m2: float, supplied_m2: float, written_off_m2: float, *, deduct_write_offs: bool = True
) -> dict[str, float]:
    """Supply rate and unsupplied rate of any sum of batches.

    Args:
        approved_m2: 批准面积.
        supplied_m2: 供应面积.
        written_off_m2: 核销面积.
        deduct_write_offs: Take write-offs from the denominator; some offices do not.

    Returns:
        ``denominator_m2``, ``unsupplied_m2``, ``supply_rate`` (供地率), ``unsupplied_rate``
        (批而未供率); rates are NaN where the denominator is zero.
    """
    base = approved_m2 - written_off_m2 if deduct_write_offs else approved_m2
    unsupplied = approved_m2 - supplied_m2 - written_off_m2
    return {
        "denominator_m2": base,
        "unsupplied_m2": unsupplied,
        "supply_rate": _ratio(supplied_m2, base),
        "unsupplied_rate": _ratio(unsupplied, base),
    }


def disposal(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    *,
    baseline: dt.date,
    as_of: dt.date,
    cohort: tuple[int, int],
    links: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
) -> dict[str, float]:
    """How much of the stock of a baseline day has been supplied or written off since.

    Args:
        batches: See :func:`balance`.
        supplies: See :func:`balance`.
        baseline: Day of the stock, as a rule 31 December of the year before.
        as_of: Day of the report.
        cohort: First and last approval year, both included. Batches approved after ``baseline``
            never enter.
        links: See :func:`balance`.
        cases: See :func:`balance`; land taken back lowers what was disposed.

    Returns:
        ``stock_m2`` at the baseline, ``disposed_m2``, ``remaining_m2``, ``disposal_rate``
        (批而未供处置率, NaN without a stock).
    """
    years = batches["approved_on"].dt.year
    chosen = batches[years.between(*cohort) & (batches["approved_on"] <= pd.Timestamp(baseline))]
    stock, left = (
        float(balance(chosen, supplies, as_of=on, links=links, cases=cases)["unsupplied_m2"].sum())
        for on in (baseline, as_of)
    )
    return disposal_rate(stock_m2=stock, disposed_m2=stock - left)


def idle_disposal(cases: pd.DataFrame, *, baseline: dt.date, as_of: dt.date) -> dict[str, float]:
    """How much of the idle land of a baseline day has been disposed since (闲置土地处置率).

    Args:
        cases: Idle-case ledger with ``suspected_on``, ``idle_m2``, ``disposed_on``; a case without
            a date of suspicion is in no stock.
        baseline: Day of the stock.
        as_of: Day of the report.

    Returns:
        See :func:`disposal_rate`.

    Raises:
        SchemaError: A column is absent.
    """
    require(cases, ("suspected_on", "idle_m2", "disposed_on"))
    start, end = pd.Timestamp(baseline), pd.Timestamp(as_of)
    gone = cases["disposed_on"]
    stock = cases[(cases["suspected_on"] <= start) & ~(gone <= start)]
    disposed = stock[stock["disposed_on"] <= end]
    return disposal_rate(
        stock_m2=float(stock["idle_m2"].sum()), disposed_m2=float(disposed["idle_m2"].sum())
    )


def disposal_rate(*, stock_m2: float, disposed_m2: float) -> dict[str, float]:
    """The rate from two sums, with what is left; NaN without a stock."""
    return {
        "stock_m2": stock_m2,
        "disposed_m2": disposed_m2,
        "remaining_m2": stock_m2 - disposed_m2,
        "disposal_rate": _ratio(disposed_m2, stock_m2),
    }


def baseline_stock(*, disposed_m2: float, rate: float) -> float:
    """The stock behind a published area and rate (112.98 ha at 33.53 % were 336.95 ha)."""
    return _ratio(disposed_m2, rate)


def digestion_cycle(
    batches: pd.DataFrame,
    supplies: pd.DataFrame,
    *,
    not_started_m2: float,
    as_of: dt.date,
    rules: RuleSet,
    links: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
) -> Cycle:
    """Years that the stock would last at the mean pace of the last years (消化周期).

    The province publishes results but not its formula; this one is a product default.

    Args:
        batches: See :func:`balance`.
        supplies: See :func:`balance`.
        not_started_m2: Supplied land on which nothing is started (供而未用) on ``as_of``.
        as_of: Day of the report.
        rules: The rules of ``approvals``.
        links: See :func:`balance`.
        cases: See :func:`balance`; land taken back is stock again, digested land is counted gross.

    Returns:
        The cycle and its parts.
    """
    years = int(rules.value("APPR-CYCLE-YEARS"))
    since = add_years(np.array([as_of], dtype="datetime64[D]"), -years)[0]
    left = balance(batches, supplies, as_of=as_of, links=links, cases=cases)["unsupplied_m2"]
    stock = float(left.sum()) + not_started_m2
    after, until = pd.Timestamp(since), pd.Timestamp(as_of)
    traced = trace(supplies, links)
    traced = traced[within(traced["batch_id"], batches["batch_id"])]
    supplied = traced["signed_on"].gt(after) & traced["signed_on"].le(until)
    off = batches["written_off_on"].gt(after) & batches["written_off_on"].le(until)
    digested = float(traced.loc[supplied, "supplied_m2"].sum())
    digested += float(batches.loc[off, "written_off_m2"].sum())
    return Cycle(stock, digested, years, _ratio(stock, digested / years))


def ageing(balances: pd.DataFrame, *, as_of: dt.date, rules: RuleSet) -> pd.DataFrame:
    """Unsupplied area by the age of its approval.

    Args:
        balances: Result of :func:`balance` for the same day.
        as_of: Day of the report.
        rules: The rules of ``approvals``.

    Returns:
        One row a bucket, youngest first, empty ones too: ``from_years``, ``to_years`` (float64, the
        last is infinite; a batch of exactly ``to_years`` belongs to the next bucket), ``count`` of
        batches with unsupplied area, ``unsupplied_m2``, ``share`` of the total unsupplied area.
        Residues below one mu are counted.
    """
    limits = [0.0, *(rules.value(key) for key in AGES), np.inf]
    age = full_years(days(balances["approved_on"]), day(as_of))
    bucket = np.searchsorted(limits, age, side="right") - 1
    area = balances["unsupplied_m2"].to_numpy(dtype="float64")
    n = len(limits) - 1
    sums = np.bincount(bucket, weights=area, minlength=n)
    counts = np.bincount(bucket[area > TOLERANCE_M2], minlength=n)
    total = sums.sum()
    return pd.DataFrame(
        {
            "from_years": limits[:-1],
            "to_years": limits[1:],
            "count": counts.astype("int64"),
            "unsupplied_m2": sums,
            "share": sums / total if total > 0 else np.full(n, np.nan),
        }
    )


def lapse_risk(batches: pd.DataFrame, *, as_of: dt.date, rules: RuleSet) -> pd.Series:
    """Whether an approval may have lapsed: two years without acquisition. To be verified.

    Returns:
        bool Series on the index of ``batches``, named ``lapse_risk``.

    Raises:
        SchemaError: A column is absent.
    """
    require(batches, ("approved_on", "acquisition"))
    term = add_years(days(batches["approved_on"]), rules.value("APPR-LAPSE"))
    untouched = batches["acquisition"].astype("object").fillna("").to_numpy() == NO_ACQUISITION
    return pd.Series((term <= day(as_of)) & untouched, index=batches.index, name="lapse_risk")


def residues(balances: pd.DataFrame, rules: RuleSet) -> pd.Series:
    """Whether what is left of a batch is a residue (边角零星地), positive but below the limit."""
    left = balances["unsupplied_m2"]
    return ((left > TOLERANCE_M2) & (left < rules.value("APPR-RESIDUE"))).rename("residue")


def by_unit(
    batches: pd.DataFrame, balances: pd.DataFrame, *, by: By, deduct_write_offs: bool = True
) -> pd.DataFrame:
    """Sums and rates per prefecture, county or zone.

    Args:
        batches: The ledger, with ``by``.
        balances: Result of :func:`balance`.
        by: Column of the unit.
        deduct_write_offs: See :func:`rates`.

    Returns:
        One row per unit, most unsupplied area first: ``unit`` (empty where a batch names none),
        ``count`` of batches, ``unsupplied_count``, the four areas, ``supply_rate``,
        ``unsupplied_rate``.

    Raises:
        SchemaError: ``by`` is absent.
    """
    require(batches, (by,))
    unit = batches.loc[balances.index, by].astype("object").fillna("").astype("str")
    areas = ["approved_m2", "supplied_m2", "written_off_m2", "unsupplied_m2"]
    groups = balances.groupby(unit.rename("unit"))
    out = groups[areas].sum()
    out.insert(0, "count", groups.size())
    left = (balances["unsupplied_m2"] > TOLERANCE_M2).groupby(unit).sum()
    out.insert(1, "unsupplied_count", left.astype("int64"))
    base = out["approved_m2"] - (out["written_off_m2"] if deduct_write_offs else 0.0)
    base = base.where(base > 0)
    out["supply_rate"] = out["supplied_m2"] / base
    out["unsupplied_rate"] = out["unsupplied_m2"] / base
    return out.reset_index().sort_values("unsupplied_m2", ascending=False, ignore_index=True)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
