"""Permits, payments, readiness and the legal steps of a case, in keeping with what is recorded.

They are drawn after everything else from a source of their own, so that the province stays what it
was before these facts were recorded.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from demo.draws import Flags, chance

_PERMITTED_EARLY: Final = 0.12  # of what is handed over and not started
_INSTALMENTS: Final = 0.05
_READY: Final = 0.85
_MATERIAL: Final = 0.8
_PUBLISHED: Final = 0.9
_HEARD: Final = 0.3
_BY_DECISION: Final = ("D7", "D8")
_BY_PLAN: Final = ("D1", "D2", "D3", "D4", "D4B", "D5", "D6")


def with_permits(supply: pd.DataFrame, as_of: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Supplies with their construction permits and what was paid.

    Whatever is started was permitted between its contract and its start; a part of what is handed
    over has a permit and no start.

    Args:
        supply: Rows of the supply ledger.
        as_of: Reference day.
        rng: Source.

    Returns:
        The same rows with ``permit_no``, ``permit_on``, ``price_paid_wan``.
    """
    n = len(supply)
    before = supply["started_on"] - _lag(5, 40, n, rng)
    on = before.where(before >= supply["signed_on"], supply["signed_on"])
    on = on.where(supply["started_on"].notna())
    early = supply["handover_on"] + _lag(20, 200, n, rng)
    waits = supply["start_due"].notna() & supply["started_on"].isna()
    on = on.fillna(early.where(waits & chance(_PERMITTED_EARLY, n, rng)))
    on = on.where(on <= pd.Timestamp(as_of))
    share = np.where(chance(_INSTALMENTS, n, rng), rng.uniform(0.5, 0.9, n), 1.0)
    return supply.assign(
        permit_no=_numbers("演示施许字", on),
        permit_on=on,
        price_paid_wan=(supply["price_wan"] * share).round(2),
    )


def with_readiness(
    batch: pd.DataFrame, first_supply: pd.Series, as_of: dt.date, rng: np.random.Generator
) -> pd.DataFrame:
    """Batches with the day on which they were ready for supply: acquired, and not after a supply.

    Args:
        batch: Rows of the batch ledger.
        first_supply: Day of the first contract of each batch, on its index; missing without one.
        as_of: Reference day.
        rng: Source.

    Returns:
        The same rows with ``ready_on``.
    """
    n = len(batch)
    on = batch["acquired_on"] + _lag(20, 300, n, rng)
    on = on.where(first_supply.isna() | (on <= first_supply), first_supply)
    ready = first_supply.notna() | pd.Series(chance(_READY, n, rng), index=batch.index)
    known = batch["acquired_on"].notna() & ready & (on <= pd.Timestamp(as_of))
    return batch.assign(ready_on=on.where(known))


def with_steps(cases: pd.DataFrame, as_of: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Idle cases with the steps between the notice and the end.

    The holder's material follows the notice and lies before the letter; the letter is published;
    fee and reclaim have a notice of the right to a hearing, a decision and its service, the ways of
    agreement an approved plan. In a case that is closed every step lies before its end, in an open
    one before the reference day.

    Args:
        cases: Rows of the idle ledger.
        as_of: Reference day.
        rng: Source.

    Returns:
        The same rows with ``materials_on``, ``hearing_notice_on``, ``hearing_on``, ``plan_on``,
        ``decision_no``, ``decision_on``, ``served_on``, ``published_on``.
    """
    n = len(cases)
    today = pd.Timestamp(as_of)
    end = cases["disposed_on"].fillna(today)
    letter, route = cases["letter_on"], cases["disposal_route"]
    material = cases["notice_on"] + _lag(8, 30, n, rng)
    material = _until(material, letter.fillna(end)).where(chance(_MATERIAL, n, rng))
    # The steps of a closed case share the days that it took; those of an open one take their time.
    span = (end - letter).dt.days.where(cases["disposed_on"].notna(), 100).astype("float64")
    decided = route.isin(_BY_DECISION)
    told = _step(letter, span, 0.2, decided)
    heard = _step(letter, span, 0.4, decided & chance(_HEARD, n, rng))
    decision = _until(_step(letter, span, 0.7, decided), end)
    plan = _until(_step(letter, span, 0.6, route.isin(_BY_PLAN)), end)
    published = letter + _lag(1, 12, n, rng)
    return cases.assign(
        materials_on=material,
        published_on=_until(published, end).where(chance(_PUBLISHED, n, rng)),
        hearing_notice_on=_until(told, end),
        hearing_on=_until(heard, end),
        plan_on=plan,
        decision_no=_numbers("演示闲决字", decision),
        decision_on=decision,
        served_on=_until(_step(letter, span, 0.8, decided), end),
    )


def _step(letter: pd.Series, span: pd.Series, share: float, taken: Flags | pd.Series) -> pd.Series:
    """A day that lies a share of the days of a case after its letter."""
    return (letter + pd.to_timedelta((span * share).round(0), unit="D")).where(taken)


def _until(on: pd.Series, end: pd.Series) -> pd.Series:
    """Days that have come; what lies after the end has not happened."""
    return on.where(on <= end)


def _lag(least: int, most: int, n: int, rng: np.random.Generator) -> pd.TimedeltaIndex:
    return pd.to_timedelta(rng.integers(least, most, n), unit="D")


def _numbers(prefix: str, on: pd.Series) -> pd.Series:
    """Document numbers such as 演示闲决字〔2025〕012号, counted in each year."""
    year = on.dt.year.astype("Int64").astype("string")
    serial = (on.groupby(year).cumcount() + 1).astype("Int64")
    number: pd.Series = prefix + "〔" + year + "〕" + serial.astype("string").str.zfill(3) + "号"
    return number.where(on.notna())
