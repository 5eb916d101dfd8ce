"""The life of each parcel: approved, supplied, handed over, started, finished, or left idle.

All moments are drawn first as if the future were known; what lies after the reference day is then
taken away, so that every state of the land occurs in the share that its duration gives it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from demo.draws import Days, Flags, Floats, Ints, chance

FIRST_DAY: Final = dt.date(2009, 1, 5)
"""Approvals are counted from 2009 on."""

_YEAR: Final = 365.25
_NEVER: Final = 200.0  # years; beyond any reference day

# Calibrated so that stock over yearly digestion is about three years (data/reference/actuals.csv,
# A075) and idle land is a few per cent of the land supplied.
_SUPPLY_LAG: Final = (1.15, 1.92)  # shape and scale of a gamma distribution, years
_NEVER_SUPPLIED: Final = 0.012
_DELAYED: Final = 0.17
_DELAY: Final = (1.0, 4.6)  # years after the agreed start
_STOPPED: Final = 0.022
_SETTLED_DAYS: Final = 1400  # older stops have been settled: the building was finished


@dataclass(frozen=True)
class Lives:
    """Moments of n parcels, ``NaT`` where something has not happened.

    Attributes:
        approved, signed, handover_due, handover_on, start_due, start_due_amended, started,
            finish_due, finished, stopped: datetime64[D] arrays of length n.
        batch: int64 (n,), number of the approval batch.
        delayed: The start is, or was, more than a year late.
    """

    approved: Days
    signed: Days
    handover_due: Days
    handover_on: Days
    start_due: Days
    start_due_amended: Days
    started: Days
    finish_due: Days
    finished: Days
    stopped: Days
    batch: Ints
    delayed: Flags

    @property
    def supplied(self) -> Flags:
        """Whether a contract has been signed."""
        return ~np.isnat(self.signed)


def approvals(cells: pd.DataFrame, as_of: dt.date, rng: np.random.Generator) -> tuple[Ints, Days]:
    """Approval batch of each cell and the day of its approval.

    A zone grows from its middle: cells are approved by rank, in batches of a half-year.

    Args:
        cells: ``zone`` and ``rank`` of each cell.
        as_of: Reference day; the last approval lies before it.
        rng: Source.

    Returns:
        int64 (n,) batch numbers from 0, ordered by zone and time; datetime64[D] (n,) days.
    """
    span = (as_of - FIRST_DAY).days
    rank = cells["rank"].to_numpy() + rng.normal(0.0, 0.05, len(cells))
    moment = np.clip(rank, 0.0, 0.995) * span
    half_year = (moment // (_YEAR / 2.0)).astype("int64")
    key = cells["zone"].to_numpy() * 1000 + half_year
    found, batch = np.unique(key, return_inverse=True)
    start = (found % 1000) * (_YEAR / 2.0)
    end = np.minimum(start + _YEAR / 2.0, span)
    day = start + rng.random(len(found)) * (end - start)
    days = np.datetime64(FIRST_DAY, "D") + day.astype("int64").astype("timedelta64[D]")
    return np.asarray(batch, dtype="int64"), days[batch]


def draw(
    approved: Days, batch: Ints, pace: Floats, as_of: dt.date, rng: np.random.Generator
) -> Lives:
    """Moments of parcels after their approval.

    Args:
        approved: Day of approval of each parcel.
        batch: Batch of each parcel.
        pace: How slow the prefecture is; 1 is the mean of the province.
        as_of: Reference day.
        rng: Source.
    """
    n = len(approved)
    shape, scale = _SUPPLY_LAG
    lag = 0.12 + rng.gamma(shape, scale, n) * pace
    lag[chance(_NEVER_SUPPLIED * pace, n, rng)] = _NEVER
    signed = _after(approved, lag)
    handover_due = _after(signed, rng.uniform(0.05, 0.25, n))
    late = np.where(chance(0.2, n, rng), rng.uniform(0.05, 0.5, n), 0.0)
    handover_on = _after(handover_due, late)
    start_due = _after(handover_due, rng.uniform(0.2, 0.75, n))
    amended = chance(0.02 * pace, n, rng)
    start_due_amended = np.where(amended, _after(start_due, rng.uniform(0.3, 1.0, n)), _nat(n))
    begin = np.where(amended, start_due_amended, start_due)
    delayed = chance(_DELAYED * pace**1.5, n, rng)
    wait = np.where(delayed, rng.uniform(*_DELAY, n), rng.triangular(-0.25, 0.0, 0.55, n))
    started = np.maximum(_after(begin, wait), handover_on)
    finish_due = _after(begin, rng.uniform(1.5, 3.0, n))
    build = rng.triangular(0.8, 1.6, 3.4, n)
    finished = _after(started, build)
    stopped_on = _after(started, rng.uniform(0.2, 0.7, n))
    recent = stopped_on > np.datetime64(as_of, "D") - np.timedelta64(_SETTLED_DAYS, "D")
    stopping = chance(_STOPPED * pace, n, rng) & recent
    stopped = np.where(stopping, stopped_on, _nat(n))
    finished = np.where(stopping, _nat(n), finished)
    return _known(
        Lives(
            approved,
            signed,
            handover_due,
            handover_on,
            start_due,
            start_due_amended,
            started,
            finish_due,
            finished,
            stopped,
            batch,
            delayed,
        ),
        as_of,
    )


def _known(lives: Lives, as_of: dt.date) -> Lives:
    """What is on record on the day: nothing that happens later."""
    today = np.datetime64(as_of, "D")
    contract = lives.signed <= today

    def happened(days: Days) -> Days:
        return np.where(contract & (days <= today), days, np.datetime64("NaT", "D"))

    def agreed(days: Days) -> Days:
        return np.where(contract, days, np.datetime64("NaT", "D"))

    started = happened(lives.started)
    return Lives(
        approved=lives.approved,
        signed=happened(lives.signed),
        handover_due=agreed(lives.handover_due),
        handover_on=happened(lives.handover_on),
        start_due=agreed(lives.start_due),
        # An amendment is signed before the first agreed day has passed for long.
        start_due_amended=np.where(
            lives.start_due <= today, agreed(lives.start_due_amended), np.datetime64("NaT", "D")
        ),
        started=started,
        finish_due=agreed(lives.finish_due),
        finished=np.where(np.isnat(started), np.datetime64("NaT", "D"), happened(lives.finished)),
        stopped=happened(lives.stopped),
        batch=lives.batch,
        delayed=lives.delayed & contract,
    )


def _after(days: Days, years: Floats) -> Days:
    shift = np.round(np.asarray(years) * _YEAR).astype("int64").astype("timedelta64[D]")
    return np.asarray(days + shift, dtype="datetime64[D]")


def _nat(n: int) -> Days:
    return np.full(n, np.datetime64("NaT", "D"))
