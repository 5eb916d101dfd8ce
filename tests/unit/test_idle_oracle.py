"""The vectorised status against a plain reading of the rules, row by row; and what must add up."""

from __future__ import annotations

import calendar
import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.calendar_years import add_years, day, full_years
from analytics.idle.status import DATES as ALL_DATES
from analytics.idle.status import STATUSES, parcel_status
from domain.parcels import AREA
from domain.rules import load_rules
from tests.land_world import parcels

FIRST, LAST = dt.date(2012, 7, 1), dt.date(2032, 12, 31)
"""The first day of the Measures of 2012, and the last of these worlds."""
DATES = st.dates(FIRST, LAST)
ROUTES = ("D1", "D2", "D3", "D4", "D4B", "D5", "D6", "D7", "D8", "D9")


def years_later(start: dt.date, n: int) -> dt.date:
    year = start.year + n
    return start.replace(year=year, day=min(start.day, calendar.monthrange(year, start.month)[1]))


def whole_years(start: dt.date, today: dt.date) -> int:
    n = -50
    while years_later(start, n + 1) <= today:
        n += 1
    return n


def happened(record, name, today):
    value = record.get(name)
    return value is not None and value <= today


def read_row(p, today):  # noqa: PLR0911 - one return per sentence of the rules
    """The reference: the order and wording of the rules, no arrays."""
    route = p.get("disposal_route") if happened(p, "disposed_on", today) else None
    letter = bool(p.get("letter_no")) and happened(p, "letter_on", today)
    resumed = happened(p, "started_on", today) and p.get("letter_on", today) <= p["started_on"]
    if letter and (route is None or (route == "D7" and not resumed)):
        return "determined"
    terms = p.get("supply_no") or p.get("start_due") or p.get("start_due_amended")
    supplied = happened(p, "signed_on", today) if p.get("signed_on") else bool(terms)
    papers = ("batch_id", "approval_no", "approved_on", "signed_on")
    if not supplied and any(p.get(name) for name in papers):
        return "unsupplied"
    signed = p.get("signed_on")
    if route in {"D4", "D4B", "D5", "D8"} and not (signed and signed >= p["disposed_on"]):
        return "unsupplied"
    if happened(p, "finished_on", today):
        return "completed"
    s = start_date(p, route, today)
    if s is None:
        return "unknown_start"
    if not happened(p, "started_on", today) and route != "D9":
        return not_started(s, today)
    if happened(p, "stopped_since", today) and stop_years(p, route, s, today) >= 1:
        if ratio_below(p, "dev_area_m2", "dev_area_required_m2", 1, 3):
            return "suspected_b"
        if ratio_below(p, "invested_wan", "invest_total_wan", 1, 4):
            return "suspected_b"
    return "in_progress"


def start_date(p, route, today):
    """The date of the clock by the Measures of the day and by what a disposal has set anew."""
    amended, agreed = p.get("start_due_amended"), p.get("start_due")
    letter, disposed = p.get("letter_on"), p.get("disposed_on")
    anew = {"D1", "D2", "D3", "D6"}
    spent = amended and letter and amended <= letter
    if disposed and disposed > today and p.get("disposal_route") in anew and not spent:
        amended = None
    if route in anew:
        amended = None if spent else amended
        agreed = agreed if agreed and letter and agreed > letter else None
        last = years_later(disposed, 2) if route == "D3" else None
    else:
        since = p.get("signed_on" if today < FIRST else "handover_on")
        last = years_later(since, 1) if since else None
    return amended or agreed or last


def stop_years(p, route, s, today):
    stopped = p["stopped_since"]
    if route == "D9" and stopped <= p["disposed_on"]:
        return 0
    if route in {"D1", "D2", "D3", "D6"}:
        stopped = max(stopped, s)
    return whole_years(stopped, today)


def not_started(s, today):
    if today < s:
        return "due_soon" if (s - today).days <= 90 else "not_due"
    n = whole_years(s, today)
    if n < 1:
        return "suspected_a1" if today < FIRST else "overdue"
    return "suspected_a1" if n < 2 else "suspected_a2"


def ratio_below(p, part, whole, numerator, denominator):
    a, b = p.get(part), p.get(whole)
    return a is not None and bool(b) and a * denominator < b * numerator


def random_record(rng, first=FIRST):
    span = (LAST - first).days
    record = {
        name: first + dt.timedelta(days=rng.randrange(span))
        for name in ALL_DATES
        if rng.random() < 0.45
    }
    if rng.random() < 0.2:
        record["disposed_on"] = first + dt.timedelta(days=rng.randrange(span))
    if rng.random() < 0.3:
        record["disposal_route"] = rng.choice(ROUTES)
    for name, share in (("letter_no", 0.4), ("batch_id", 0.3), ("approval_no", 0.2)):
        if rng.random() < share:
            record[name] = "X"
    if rng.random() < 0.5:
        record["supply_no"] = "S"
    for name in ("dev_area_m2", "invested_wan"):
        if rng.random() < 0.8:
            record[name] = float(rng.randrange(0, 60))
    for name in ("dev_area_required_m2", "invest_total_wan"):
        if rng.random() < 0.8:
            record[name] = float(rng.choice([0, 60, 90, 120]))
    return record


def world_of(records):
    """Parcels with the column that only the ledgers have."""
    disposed = pd.to_datetime(pd.Series([r.get("disposed_on") for r in records], dtype="object"))
    return parcels(records).assign(disposed_on=disposed)


@pytest.mark.parametrize(
    "today",
    [
        dt.date(2009, 1, 1),
        dt.date(2012, 2, 29),
        dt.date(2012, 6, 30),
        dt.date(2012, 7, 1),
        dt.date(2020, 2, 29),
        dt.date(2024, 12, 31),
        dt.date(2028, 2, 29),
    ],
)
def test_vectorised_equals_row_by_row(today):
    rng = random.Random(20190226)  # noqa: S311 - a test world, not a secret
    records = [random_record(rng, dt.date(2004, 1, 1)) for _ in range(3000)]
    out = parcel_status(world_of(records), as_of=today, rules=load_rules("idle", as_of=today))
    expected = [read_row(record, today) for record in records]
    assert out["status"].tolist() == expected
    assert set(STATUSES) - {"overdue"} <= set(expected)
    assert ("overdue" in expected) == (today >= FIRST)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), today=st.dates(dt.date(1999, 4, 28), LAST))
def test_vectorised_equals_row_by_row_on_any_day(seed, today):
    rng = random.Random(seed)  # noqa: S311 - a test world, not a secret
    records = [random_record(rng, dt.date(1999, 1, 1)) for _ in range(30)]
    out = parcel_status(world_of(records), as_of=today, rules=load_rules("idle", as_of=today))
    assert out["status"].tolist() == [read_row(record, today) for record in records]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), today=DATES, later=st.integers(0, 2000))
def test_time_alone_only_moves_land_down_the_clock(seed, today, later):
    """As long as no fact falls into the days between, no status goes back."""
    rng = random.Random(seed)  # noqa: S311 - a test world, not a secret
    day_after = today + dt.timedelta(days=later)
    records = [random_record(rng) for _ in range(30)]
    facts = (*ALL_DATES, "disposed_on")
    records = [
        r for r in records
        if not any(today < r[name] <= day_after for name in facts
                   if name in r and name not in {"start_due", "start_due_amended", "handover_on"})
    ]  # fmt: skip
    world, order = world_of(records), {name: i for i, name in enumerate(STATUSES)}
    before, after = (
        parcel_status(world, as_of=d, rules=load_rules("idle", as_of=d))["status"]
        for d in (today, day_after)
    )
    clock = ["not_due", "due_soon", "overdue", "suspected_a1", "suspected_a2"]
    for old, new in zip(before, after, strict=True):
        if old in clock:
            assert new in clock
            assert order[new] >= order[old]
        else:
            assert (old, new) == ("in_progress", "suspected_b") or new == old


def test_count_and_area_are_kept_over_any_date():
    rng = random.Random(1)  # noqa: S311 - a test world, not a secret
    world = world_of([random_record(rng) for _ in range(300)])
    world[AREA] = np.arange(1.0, 301.0)
    for year in range(2000, 2032):
        today = dt.date(year, 2, 28)
        out = parcel_status(world, as_of=today, rules=load_rules("idle", as_of=today))
        assert out["status"].isin(STATUSES).all()
        groups = world[AREA].groupby(out["status"])
        assert groups.size().sum() == 300
        assert groups.sum().sum() == pytest.approx(300 * 301 / 2)


def test_the_announced_next_day_is_the_day_the_status_changes():
    rng = random.Random(7)  # noqa: S311 - a test world, not a secret
    records = [random_record(rng) for _ in range(1200)]
    # Only the clock may change a status here, so nothing else may happen later.
    for record in records:
        for name in (
            "signed_on", "started_on", "finished_on", "stopped_since", "letter_on", "disposed_on",
        ):  # fmt: skip
            if record.get(name, FIRST) > dt.date(2020, 1, 1):
                del record[name]
    today = dt.date(2020, 1, 1)
    world = world_of(records)
    out = parcel_status(world, as_of=today, rules=load_rules("idle", as_of=today))
    checked = 0
    for i, (on, becomes) in enumerate(zip(out["next_on"], out["next_status"], strict=True)):
        if pd.isna(on):
            continue
        eve = on.date() - dt.timedelta(days=1)
        assert read_row(records[i], eve) == out["status"].iloc[i]
        assert read_row(records[i], on.date()) == becomes
        checked += 1
    assert checked > 50


@settings(max_examples=200, deadline=None)
@given(start=DATES, n=st.integers(-5, 5), today=DATES)
def test_years_are_counted_as_on_paper(start, n, today):
    array = np.array([start], dtype="datetime64[D]")
    assert add_years(array, n)[0] == day(years_later(start, n))
    assert full_years(array, day(today))[0] == whole_years(start, today)


def test_missing_days_stay_missing_and_half_years_are_refused():
    nat = np.array(["NaT"], dtype="datetime64[D]")
    assert np.isnat(add_years(nat, 1)[0])
    assert np.isnan(full_years(nat, day(FIRST))[0])
    with pytest.raises(ValueError, match="whole"):
        add_years(nat, 0.5)
