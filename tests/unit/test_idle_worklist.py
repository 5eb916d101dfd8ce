"""The worklist: urgency at each threshold, order, and filters with a known answer."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.idle.status import parcel_status
from analytics.idle.worklist import (
    ACTION,
    NO_CAUSE,
    URGENCIES,
    WorkFilter,
    matching,
    most_urgent,
    work,
)
from domain.ledgers import conform
from domain.rules import load_rules
from geo.errors import SchemaError
from tests.land_world import date, parcels

NO_CASES = conform(
    "idle_case", pd.DataFrame(columns=["case_id", "supply_no", "county_adcode", "idle_m2"])
)
SUPPLY = "3601122020B00001"


def judged(records, day):
    world = pd.DataFrame(parcels(records)).drop(columns="geometry")
    rules = load_rules("idle", as_of=day)
    status = parcel_status(world, as_of=day, rules=rules)
    return pd.concat([world, status], axis=1), rules


def steps(records, day, cases=NO_CASES):
    rows, rules = judged(records, day)
    return work(rows, cases, as_of=day, rules=rules)


def urgency(start_due, day, **facts):
    record = {"supply_no": SUPPLY, "start_due": start_due, **facts}
    return URGENCIES[steps([record], date(day))["urgency"].iloc[0]]


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("2024-03-02", "later"),  # 91 days before the full year
        ("2024-03-03", "turning"),
        ("2024-05-31", "turning"),
        ("2024-06-01", "month"),  # suspected: the notice is due in 30 days
        ("2024-06-23", "month"),
        ("2024-06-24", "week"),
        ("2024-07-01", "week"),
        ("2024-07-02", "late"),
    ],
)
def test_urgency_changes_on_the_day_of_the_threshold(day, word):
    assert urgency("2023-06-01", day) == word


def test_determined_land_without_a_cause_is_open():
    facts = {"letter_no": "L", "letter_on": "2024-07-01", "notice_no": "N"}
    assert urgency("2023-06-01", "2024-07-10", **facts) == "open"


def test_nothing_presses_on_completed_land():
    facts = {"started_on": "2023-06-01", "finished_on": "2024-01-01"}
    assert urgency("2023-06-01", "2024-07-10", **facts) == "none"


def test_the_nearer_of_step_and_threshold_gives_day_and_rule():
    day = date("2024-05-31")
    row = steps([{"supply_no": SUPPLY, "start_due": "2023-06-01"}], day).iloc[0]
    assert (row["step"], row["becomes"], row["days_left"]) == ("none", "suspected_a1", 1)
    assert row["rule"] == "IDLE-START"
    row = steps(
        [{"supply_no": SUPPLY, "start_due": "2023-06-01"}], day + dt.timedelta(days=1)
    ).iloc[0]
    assert (row["step"], row["days_left"], row["rule"]) == ("notice", 30, "IDLE-INVESTIGATE")
    assert row["due_on"] == pd.Timestamp("2024-07-01")


def test_what_presses_most_comes_first_then_what_is_due_then_what_waits_longest():
    frame = pd.DataFrame(
        {
            "urgency": [5, 0, 0, 0, 6],
            "due_on": pd.to_datetime(
                ["2024-01-01", "2024-02-01", "2024-01-01", "2024-01-01", None]
            ),
            "since": pd.to_datetime([None, None, "2020-01-02", "2020-01-01", None]),
        },
        index=list("abcde"),
    )
    assert most_urgent(frame).tolist() == list("dcbae")
    assert most_urgent(frame, limit=2).tolist() == list("dc")


WORLD = [
    {"parcel_id": "A", "name": "甲厂", "supply_no": SUPPLY, "start_due": "2023-06-01"},
    {
        "parcel_id": "B",
        "name": "乙厂",
        "supply_no": "S2",
        "start_due": "2021-06-01",
        "letter_no": "L",
        "letter_on": "2023-01-01",
        "idle_cause": "G1",
    },
    {"parcel_id": "C", "name": "丙地", "batch_id": "X"},
]


def names(asked, day=dt.date(2024, 6, 1)):
    rows, rules = judged(WORLD, day)
    rows["area_ellipsoidal_m2"] = [100.0, 200.0, 300.0]
    found = matching(
        rows, work(rows, NO_CASES, as_of=day, rules=rules), asked, as_of=day, rules=rules
    )
    return "".join(rows["parcel_id"][found])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "ABC"),
        ({"statuses": ACTION}, "AB"),
        ({"causes": ("G1",)}, "B"),
        ({"causes": (NO_CAUSE,)}, "AC"),
        ({"routes": ("D4",)}, "B"),
        ({"routes": ("D7", "D8")}, ""),
        ({"area_from": 200.0}, "BC"),
        ({"area_from": 200.0, "area_to": 200.0}, "B"),
        ({"due_within": 30}, "A"),
        ({"due_within": 29}, ""),
        ({"text": "厂"}, "AB"),
        ({"text": "s2"}, "B"),
        ({"text": "("}, ""),
    ],
)
def test_filters(asked, found):
    assert names(WorkFilter(**asked)) == found


def test_a_filter_narrows_by_anything_but_the_status():
    assert not WorkFilter(statuses=ACTION).narrows
    assert WorkFilter(area_from=0.0).narrows
    assert WorkFilter(due_within=0).narrows
    assert WorkFilter(statuses=ACTION, text="x").without_status() == WorkFilter(text="x")


@given(
    st.builds(
        WorkFilter,
        statuses=st.tuples(st.sampled_from(ACTION)),
        causes=st.tuples(st.sampled_from(["G1", NO_CAUSE])),
        area_from=st.none() | st.floats(0, 1e9),
        due_within=st.none() | st.integers(0, 400),
        text=st.text(max_size=20),
    )
)
def test_a_filter_is_read_as_it_was_written(asked):
    assert WorkFilter.read(asked.written()) == asked


def test_a_missing_column_is_named():
    rows, rules = judged(WORLD, dt.date(2024, 6, 1))
    frame = work(rows, NO_CASES, as_of=dt.date(2024, 6, 1), rules=rules)
    asked = WorkFilter(causes=("G1",))
    with pytest.raises(SchemaError, match="idle_cause"):
        asked.mask(rows.drop(columns="idle_cause"), days=frame["days_left"], routes=frame["step"])
