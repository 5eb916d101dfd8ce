"""Full years between dates, as deadlines of the law count them.

A year after 29 February ends on 28 February where the year has no leap day (product choice).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.datetime64]


def days(dates: pd.Series) -> Days:
    """The dates of a column as a ``datetime64[D]`` array of the same length; missing are NaT."""
    return pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")


def day(date: dt.date) -> np.datetime64:
    """One date as ``datetime64[D]``."""
    return np.datetime64(date, "D")


def add_years(dates: Days, years: float) -> Days:
    """The same day and month some years later.

    Args:
        dates: n days (``datetime64[D]``); NaT stays NaT.
        years: Whole number of years, possibly negative.

    Returns:
        n days; where the month is shorter, its last day.

    Raises:
        ValueError: ``years`` is not whole.
    """
    if years != int(years):
        raise ValueError(f"{years} is no whole number of years")
    if years == 0:
        return dates
    known = dates[~np.isnat(dates)]
    if not len(known):
        return dates
    first, last = known.min(), known.max()
    span = int((last - first).astype("int64")) + 1
    if span >= len(dates):
        return _add_months(dates, np.full(len(dates), 12 * int(years), dtype=np.int64))
    # Fewer days than rows: look each day up instead of reckoning it again for every row.
    calendar = first + np.arange(span + 1).astype("timedelta64[D]")
    calendar[span] = np.datetime64("NaT", "D")
    later = _add_months(calendar, np.full(span + 1, 12 * int(years), dtype=np.int64))
    place = np.where(np.isnat(dates), span, (dates - first).astype("int64"))
    out: Days = later[place]
    return out


def full_years(since: Days, until: np.datetime64) -> npt.NDArray[np.float64]:
    """Complete years from each day to ``until``; NaN where the day is missing.

    Returns:
        n whole numbers as float64; negative where the day lies more than a moment ahead.
    """
    guess = (until.astype("datetime64[Y]") - since.astype("datetime64[Y]")).astype("float64")
    out = np.where(np.isnat(since), np.nan, guess)
    month = np.nan_to_num(out).astype("int64") * 12
    reached = _add_months(since, month)
    return np.asarray(np.where(reached > until, out - 1.0, out), dtype=np.float64)


def _add_months(dates: Days, months: npt.NDArray[np.int64]) -> Days:
    month = dates.astype("datetime64[M]")
    offset = dates - month.astype("datetime64[D]")
    target = month + months.astype("timedelta64[M]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    out: Days = np.minimum(target.astype("datetime64[D]") + offset, last)
    return out
