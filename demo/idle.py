"""Idle cases: which parcels stand idle on the day, and which were settled before."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from demo.draws import Flags, chance

_YEAR: Final = pd.DateOffset(years=1)
_IN_FORCE: Final = pd.Timestamp("2012-07-01")
_NOTICED: Final = 0.55
_LETTERED: Final = 0.22
_CAUSES: Final = ("H", "G1", "G2", "G4", "G6", "F")
_CAUSE_SHARES: Final = (0.52, 0.22, 0.08, 0.05, 0.09, 0.04)
_GOVERNMENT_ROUTES: Final = ("D1", "D2", "D3", "D4")
_FEE: Final = 0.2  # of the land price
_LOW_AREA: Final = 1 / 3
_LOW_INVESTMENT: Final = 0.25
_ROUTE_CHOSEN: Final = 0.7
_RECORDED: Final = 0.75
_LETTER_TAKES: Final = pd.Timedelta(days=60)


def open_cases(parcels: pd.DataFrame, as_of: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """What the office has put on record about parcels that stand idle on the day.

    Args:
        parcels: Parcels with dates.
        as_of: Reference day.
        rng: Source.

    Returns:
        Lines on the index of the parcels concerned: ``idle_type`` (A, B), ``suspected_on``,
        ``notice_no``, ``notice_on``, ``letter_no``, ``letter_on``, ``idle_cause``,
        ``disposal_route``; missing where a step has not been taken.
    """
    today = pd.Timestamp(as_of)
    begin = parcels["start_due_amended"].fillna(parcels["start_due"])
    not_started = parcels["signed_on"].notna() & parcels["started_on"].isna()
    type_a = not_started & (begin + _YEAR <= today)
    low = (parcels["dev_area_m2"] < parcels["dev_area_required_m2"] * _LOW_AREA) | (
        parcels["invested_wan"] < parcels["invest_total_wan"] * _LOW_INVESTMENT
    )
    type_b = parcels["finished_on"].isna() & (parcels["stopped_since"] + _YEAR <= today) & low
    cases = pd.DataFrame(
        {
            "idle_type": np.where(type_a, "A", "B"),
            "suspected_on": (begin + _YEAR).where(type_a, parcels["stopped_since"] + _YEAR),
        },
        index=parcels.index,
    )[type_a | type_b]
    n = len(cases)
    notice_on = cases["suspected_on"] + pd.to_timedelta(rng.integers(5, 30, n), unit="D")
    noticed = chance(_NOTICED, n, rng) & (notice_on <= today).to_numpy()
    letter_on = notice_on + pd.to_timedelta(rng.integers(30, 75, n), unit="D")
    lettered = noticed & chance(_LETTERED / _NOTICED, n, rng) & (letter_on <= today).to_numpy()
    cause = pd.Series(rng.choice(_CAUSES, n, p=_CAUSE_SHARES), index=cases.index)
    return cases.assign(
        notice_no=_numbers("演示闲调字", notice_on, noticed),
        notice_on=notice_on.where(noticed),
        letter_no=_numbers("演示闲认字", letter_on, lettered),
        letter_on=letter_on.where(lettered),
        idle_cause=cause.where(lettered),
        disposal_route=_routes(cases, cause, today, rng).where(
            lettered & chance(_ROUTE_CHOSEN, n, rng)
        ),
    )


def _numbers(prefix: str, on: pd.Series, given: Flags) -> pd.Series:
    """Document numbers such as 演示闲认字〔2025〕012号."""
    serial = pd.Series(given, index=on.index).groupby(on.dt.year).cumsum()
    year = on.dt.year.astype("Int64").astype("string")
    number = serial.astype("string").str.zfill(3)
    full: pd.Series = prefix + "〔" + year + "〕" + number + "号"
    return full.where(given)


def _routes(
    cases: pd.DataFrame, cause: pd.Series, today: pd.Timestamp, rng: np.random.Generator
) -> pd.Series:
    """A lawful way to dispose of each case."""
    two_years = cases["suspected_on"] + _YEAR <= today
    type_b = cases["idle_type"] == "B"
    government = rng.choice(_GOVERNMENT_ROUTES, len(cases))
    route = np.select(
        [cause == "F", cause != "H", type_b, two_years], ["D1", government, "D4", "D8"], "D7"
    )
    return pd.Series(route, index=cases.index, dtype="string")


def ledger(parcels: pd.DataFrame, opened: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The idle ledger: open cases, and settled ones of parcels that were started late.

    Args:
        parcels: Parcels with dates and prices.
        opened: Lines of :func:`open_cases`.
        rng: Source.
    """
    now = _rows(parcels.loc[opened.index], opened.rename(columns={"idle_cause": "cause"}))
    begin = parcels["start_due_amended"].fillna(parcels["start_due"])
    settled = (
        (parcels["started_on"] >= begin + _YEAR)
        & (begin + _YEAR >= _IN_FORCE)
        & parcels["stopped_since"].isna()
        & chance(_RECORDED, len(parcels), rng)
    )
    past = parcels[settled]
    suspected = begin[settled] + _YEAR
    n = len(past)
    notice_on = suspected + pd.to_timedelta(rng.integers(3, 30, n), unit="D")
    notice_on = notice_on.where(notice_on <= past["started_on"], past["started_on"])
    room = (past["started_on"] - notice_on) >= _LETTER_TAKES
    lettered = room.to_numpy() & chance(0.5, n, rng)
    letter_on = notice_on + pd.Timedelta(days=45)
    fee = lettered & chance(0.4, n, rng)
    then = pd.DataFrame(
        {
            "idle_type": "A",
            "suspected_on": suspected,
            "notice_no": _numbers("演示闲调旧字", notice_on, np.ones(n, dtype=bool)),
            "notice_on": notice_on,
            "letter_no": _numbers("演示闲认旧字", letter_on, lettered),
            "letter_on": letter_on.where(lettered),
            "cause": pd.Series(np.where(fee, "H", "G1"), index=past.index).where(lettered),
            "disposal_route": np.where(fee, "D7", "D9"),
            "disposed_on": past["started_on"],
        }
    )
    return pd.concat([now, _rows(past, then)], ignore_index=True)


def _rows(parcels: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    fee = (parcels["price_wan"] * _FEE).round(2).where(facts["disposal_route"] == "D7")
    paid = fee.where(facts["disposed_on"].notna()) if "disposed_on" in facts else fee * np.nan
    return facts.assign(
        case_id="演示-" + parcels["supply_no"] + "-1",
        supply_no=parcels["supply_no"],
        county_adcode=parcels["county_adcode"],
        idle_m2=parcels["area_stated_m2"],
        fee_due_wan=fee,
        fee_paid_wan=paid,
        mortgaged=parcels["mortgaged"],
        sealed=parcels["sealed"],
    )
