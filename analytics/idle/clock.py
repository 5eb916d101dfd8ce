"""What is true of each parcel on a day: contract, start date, letter, disposal, progress.

The clock of idle land runs from one date, which the facts give in a fixed order and which a
disposal may set anew. Everything here is an array of one length; the statuses are drawn from it in
:mod:`analytics.idle.status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import Days, add_years, days
from domain.rules import RuleSet

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Columns = Mapping[str, pd.Series]

BASES: Final = ("none", "amended", "agreed", "handover", "contract", "temporary_use")
"""What the start date rests on; ``contract`` only by the Measures of 1999."""

DATES: Final = (
    "approved_on",
    "signed_on",
    "handover_on",
    "start_due",
    "start_due_amended",
    "started_on",
    "finished_on",
    "stopped_since",
    "letter_on",
)
"""Dates that every parcel table has; values may be missing."""

DISPOSED_ON: Final = "disposed_on"
"""Date of the disposal, from the idle-case ledger; a table without it has no disposal in effect."""

RETURNING: Final = ("D4", "D4B", "D5", "D8")
"""Routes after which the land is back in the unsupplied pool."""
RESTARTING: Final = ("D1", "D2", "D3", "D6")
"""Routes after which the start date counts anew."""
TEMPORARY, FEE, REALLY_STARTED = "D3", "D7", "D9"

WITHDRAWN: Final = "撤销|撤回|作废|withdrawn|revoked"
"""A letter number with one of these words is of a letter that is no longer in force."""

# A ratio that equals its limit in exact arithmetic must not fall below it by rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Facts:
    """What is true of n parcels on a day.

    Attributes:
        start: Start date of the clock; NaT where it is not known.
        basis: Place of its source in :data:`BASES`.
        restarted: A disposal set the clock anew.
        numbered: A letter number that is not withdrawn.
        letter: A letter in force: number and date, issued, not settled by a disposal.
        letter_on: Date of the letter.
        approved: Some paper of an approval.
        supply_no: A supervision number.
        signed: A contract date, also one ahead.
        unsupplied: Approved without contract or decision, or returned.
        returned: Taken back into the unsupplied pool and not supplied again since.
        finished: Completed.
        started: Started, or a case closed because it was.
        by_case: Started by that case alone; no date of a start is recorded.
        stopped: Day since which the development is stopped; NaT where it is not.
        area_low: Developed area known and below the limit of type B.
        invest_low: The same of the investment.
        area_known: Both areas are known.
        invest_known: Both sums are known.
    """

    start: Days
    basis: Codes
    restarted: Flags
    numbered: Flags
    letter: Flags
    letter_on: Days
    approved: Flags
    supply_no: Flags
    signed: Flags
    unsupplied: Flags
    returned: Flags
    finished: Flags
    started: Flags
    by_case: Flags
    stopped: Days
    area_low: Flags
    invest_low: Flags
    area_known: Flags
    invest_known: Flags

    @property
    def low(self) -> Flags:
        """Area or investment below the limit of type B."""
        return self.area_low | self.invest_low


@dataclass(frozen=True)
class _Disposal:
    """Cases that are settled on the day, by what settles them."""

    on: Days
    returned: Flags
    restarted: Flags
    temporary: Flags
    resumed: Flags
    ahead: Flags
    paid: Flags

    @property
    def settled(self) -> Flags:
        """The letter has had its effect."""
        return self.returned | self.restarted | self.resumed


def read_facts(columns: Columns, today: np.datetime64, rules: RuleSet) -> Facts:
    """Facts of n parcels on a day.

    Args:
        columns: The columns of :data:`analytics.idle.status.REQUIRED` and, where it is known,
            ``disposed_on``; n values each.
        today: The day that is judged.
        rules: The rules of ``idle`` in force on that day.

    Returns:
        Arrays of n values.
    """
    date = {name: days(columns[name]) for name in DATES}
    past = {name: values <= today for name, values in date.items()}  # NaT is never past
    disposal = _disposal(columns, today)
    start, basis = _start(date, disposal, rules)
    supply_no = present(columns["supply_no"])
    signed = ~np.isnat(date["signed_on"])
    terms = supply_no | ~np.isnat(date["start_due"]) | ~np.isnat(date["start_due_amended"])
    supplied = np.where(signed, past["signed_on"], terms)
    approved = present(columns["batch_id"]) | present(columns["approval_no"])
    approved |= ~np.isnat(date["approved_on"])
    numbered = _numbered(columns["letter_no"])
    back = disposal.returned & ~(date["signed_on"] >= disposal.on)
    # The fee alone changes nothing; once it is paid, a start after the letter ends the idleness.
    ended = disposal.paid & past["started_on"] & (date["started_on"] >= date["letter_on"])
    area_low, area_known = _below(
        columns["dev_area_m2"], columns["dev_area_required_m2"], rules.value("IDLE-B-AREA")
    )
    invest_low, invest_known = _below(
        columns["invested_wan"], columns["invest_total_wan"], rules.value("IDLE-B-INVEST")
    )
    return Facts(
        start=start,
        basis=basis,
        restarted=disposal.restarted,
        numbered=numbered,
        letter=numbered & past["letter_on"] & ~disposal.settled & ~ended,
        letter_on=date["letter_on"],
        approved=approved,
        supply_no=supply_no,
        signed=signed,
        unsupplied=((approved | signed) & ~supplied) | back,
        returned=back,
        finished=past["finished_on"],
        started=past["started_on"] | disposal.resumed,
        by_case=disposal.resumed & ~past["started_on"],
        stopped=_stopped(date["stopped_since"], past["stopped_since"], start, disposal),
        area_low=area_low,
        invest_low=invest_low,
        area_known=area_known,
        invest_known=invest_known,
    )


def present(values: pd.Series) -> Flags:
    """Whether each cell of a text column holds something."""
    if values.isna().all():
        return np.zeros(len(values), dtype=bool)
    filled = values.astype("string").str.strip() != ""
    return filled.to_numpy(dtype=bool, na_value=False)


def _numbered(letter_no: pd.Series) -> Flags:
    """Whether there is a letter number, not one marked as withdrawn."""
    there = present(letter_no).copy()
    rows = np.flatnonzero(there)
    if len(rows):
        gone = letter_no.iloc[rows].astype("string").str.contains(WITHDRAWN, case=False)
        there[rows] = ~gone.to_numpy(dtype=bool)
    return there


def _disposal(columns: Columns, today: np.datetime64) -> _Disposal:
    n = len(columns["letter_no"])
    on: Days = np.full(n, np.datetime64("NaT", "D"))
    if DISPOSED_ON in columns:
        on = days(columns[DISPOSED_ON])
    rows = np.flatnonzero(~np.isnat(on))
    routes = columns["disposal_route"].iloc[rows].astype("object").fillna("").to_numpy()
    done = on[rows] <= today

    def flags(names: tuple[str, ...], when: Flags) -> Flags:
        out = np.zeros(n, dtype=bool)
        out[rows] = np.isin(routes, names) & when
        return out

    return _Disposal(
        on=on,
        returned=flags(RETURNING, done),
        restarted=flags(RESTARTING, done),
        temporary=flags((TEMPORARY,), done),
        resumed=flags((REALLY_STARTED,), done),
        ahead=flags(RESTARTING, ~done),
        paid=flags((FEE,), done),
    )


def _start(date: Mapping[str, Days], disposal: _Disposal, rules: RuleSet) -> tuple[Days, Codes]:
    """The start date and what it rests on, the first that is known.

    A new date that a disposal brings lies after the letter; before the disposal it is not agreed
    yet, and after it the old dates no longer count.
    """
    nat = np.datetime64("NaT", "D")
    letter_on = date["letter_on"]
    amended, agreed = date["start_due_amended"], date["start_due"]
    amended = np.where(disposal.ahead & ~(amended <= letter_on), nat, amended)
    amended = np.where(disposal.restarted & (amended <= letter_on), nat, amended)
    agreed = np.where(disposal.restarted & ~(agreed > letter_on), nat, agreed)
    if "IDLE-HANDOVER" in rules:
        term, since, name = rules.value("IDLE-HANDOVER"), date["handover_on"], "handover"
    else:
        term, since, name = rules.value("IDLE-COMMENCE-CONTRACT"), date["signed_on"], "contract"
    fallback = np.where(disposal.restarted, nat, since)
    sources = {"amended": amended, "agreed": agreed, name: add_years(fallback, term)}
    if disposal.temporary.any():
        lent = np.where(disposal.temporary, disposal.on, nat)
        sources["temporary_use"] = add_years(lent, rules.value("IDLE-D3"))
    start = np.full(len(letter_on), nat)
    basis = np.zeros(len(letter_on), dtype=np.int8)
    for source, values in sources.items():
        first = np.isnat(start) & ~np.isnat(values)
        start[first] = values[first]
        basis[first] = BASES.index(source)
    return start, basis


def _stopped(since: Days, past: Flags, start: Days, disposal: _Disposal) -> Days:
    """Since when the development is stopped; a disposal ends the stop or counts it anew."""
    out = np.where(past, since, np.datetime64("NaT", "D"))
    out = np.where(disposal.restarted & (start > out), start, out)
    ended = disposal.resumed & (out <= disposal.on)
    return np.where(ended, np.datetime64("NaT", "D"), out)


def _below(part: pd.Series, whole: pd.Series, limit: float) -> tuple[Flags, Flags]:
    """Whether part / whole is known and strictly below the limit, and whether both are known."""
    a = part.to_numpy(dtype="float64", na_value=np.nan)
    b = whole.to_numpy(dtype="float64", na_value=np.nan)
    low = (b > 0) & (a < b * limit * (1.0 - _ROUNDING))
    return np.asarray(low), np.asarray(~(np.isnan(a) | np.isnan(b)))
