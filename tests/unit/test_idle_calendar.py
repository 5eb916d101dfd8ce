"""Coming events: every horizon on its last day and the day after, every kind with its rule."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.idle.calendar import (
    HORIZONS,
    by_month,
    calendar,
    calendar_totals,
    event_totals,
    events,
    next_events,
)
from analytics.idle.deadlines import DEADLINES, KINDS
from analytics.idle.status import parcel_status
from domain.rules import RuleSet, load_rules
from tests.land_world import date, parcels

AS_OF = date("2024-12-31")
IDLE = load_rules("idle", as_of=AS_OF)
APPROVALS = load_rules("approvals", as_of=AS_OF)
SUPPLIED = {"supply_no": "S", "name": "甲厂"}
LETTER = {"letter_no": "L", "letter_on": "2024-06-01"}


def after(days):
    return (AS_OF + dt.timedelta(days=days)).isoformat()


def coming(records=(), *, cases=None, batches=None, horizon=365, idle=IDLE):
    world = parcels(list(records) or [{"batch_id": "Z", "finished_on": "2020-01-01"}])
    return events(
        world,
        parcel_status(world, as_of=AS_OF, rules=IDLE),
        cases=cases,
        batches=batches,
        as_of=AS_OF,
        idle=idle,
        approvals=APPROVALS,
        horizon=horizon,
    )


def case(**facts):
    row = {
        "case_id": "C1",
        "supply_no": "S",
        "county_adcode": "360112",
        "idle_m2": 700.0,
        "letter_no": "L",
        "fee_due_wan": 100.0,
        "fee_paid_wan": None,
    }
    frame = pd.DataFrame([{**row, **facts}])
    for name in (n for n in frame if n.endswith("_on")):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def batch(**facts):
    row = {
        "batch_id": "B1",
        "approved_on": "2024-01-01",
        "acquisition": "完成",
        "unsupplied_m2": 900.0,
        "disposal_due": None,
        "county_adcode": "360112",
    }
    frame = pd.DataFrame([{**row, **facts}])
    for name in ("approved_on", "disposal_due"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


@pytest.mark.parametrize("days", HORIZONS)
def test_a_start_date_on_the_last_day_of_a_horizon_and_the_day_after(days):
    on, later = ({**SUPPLIED, "start_due": after(n)} for n in (days, days + 1))
    found = coming([on, later], horizon=days)
    assert found["label"].tolist() == [0]
    assert found["kind"].tolist() == ["start_due"]
    assert found["days"].tolist() == [days]


@pytest.mark.parametrize("days", HORIZONS)
def test_totals_of_a_horizon_hold_its_last_day(days):
    inside = event_totals(coming([{**SUPPLIED, "start_due": after(days)}]))
    beyond = event_totals(coming([{**SUPPLIED, "start_due": after(days + 1)}], horizon=400))
    assert days in inside["within_days"].tolist()
    assert days not in beyond["within_days"].tolist()


def test_what_began_today_is_a_status_and_no_event():
    assert coming([{**SUPPLIED, "start_due": after(0)}], horizon=364).empty
    assert coming([{**SUPPLIED, "start_due": after(1)}])["days"].tolist() == [1]


@pytest.mark.parametrize(
    ("record", "kind", "days", "rule"),
    [
        ({"start_due": after(20)}, "start_due", 20, "IDLE-START"),
        (
            {"start_due": "2023-01-01", "start_due_amended": after(9)},
            "extended_start",
            9,
            "IDLE-D1",
        ),
        ({"start_due": "2024-01-20"}, "suspected_a", 20, "IDLE-A1"),
        ({"start_due": "2023-01-20", "notice_no": "N"}, "two_years", 20, "IDLE-A2"),
        ({"start_due": "2023-01-20", **LETTER}, "two_years", 20, "IDLE-A2"),
        ({"start_due": "2023-12-11"}, "notice_due", 10, "IDLE-INVESTIGATE"),
        (
            {
                "start_due": "2020-01-01",
                "started_on": "2020-01-01",
                "stopped_since": "2024-03-01",
                "dev_area_m2": 1.0,
                "dev_area_required_m2": 9.0,
            },
            "suspected_b",
            60,
            "IDLE-B",
        ),
    ],
)
def test_what_comes_for_a_parcel(record, kind, days, rule):
    found = coming([{**SUPPLIED, **record}], horizon=100)
    assert found[["kind", "days", "rule", "subject", "key"]].to_numpy().tolist() == [
        [kind, days, rule, "parcel", "P0"]
    ]
    assert found["article"].iloc[0] == IDLE[rule].article
    assert found["county_adcode"].iloc[0] == "360112"


def test_the_notice_is_due_thirty_days_after_the_suspicion():
    suspected_today = coming([{**SUPPLIED, "start_due": "2023-12-31"}], horizon=30)
    assert suspected_today["days"].tolist() == [30]
    assert coming([{**SUPPLIED, "start_due": "2023-12-31"}], horizon=29).empty
    late = coming([{**SUPPLIED, "start_due": "2023-11-30"}], horizon=30)
    assert late["days"].tolist() == [-1]
    assert coming([{**SUPPLIED, "start_due": "2023-11-30", "notice_no": "N"}], horizon=30).empty


def test_a_start_date_from_the_hand_over_is_as_certain_as_its_rule():
    found = coming(
        [{**SUPPLIED, "handover_on": "2024-03-01"}, {**SUPPLIED, "start_due": "2025-03-01"}]
    )
    certainty = found.set_index("label")["certainty"].to_dict()
    assert certainty == {0: "recalled", 1: "sourced"}


@pytest.mark.parametrize(
    ("facts", "kind", "days"),
    [
        ({"letter_no": None, "notice_on": "2024-12-31"}, "material_due", 30),
        ({"letter_no": None, "notice_on": "2024-12-01"}, "material_due", 0),
        ({"letter_no": None, "notice_on": "2024-11-30"}, "material_due", -1),
        ({"disposal_route": "D7", "served_on": "2024-12-11"}, "pay_due", 10),
        ({"disposal_route": "D7", "decision_on": "2024-12-11"}, "pay_due", 10),
        ({"disposal_route": "D7", "served_on": "2024-12-11", "fee_paid_wan": 99.9}, "pay_due", 10),
        ({"disposal_route": "D8", "served_on": "2024-12-11"}, "deregister_due", 10),
        ({"disposal_route": "D3", "plan_on": "2023-01-05"}, "temporary_end", 5),
        ({"disposal_route": "D3", "letter_on": "2023-01-05"}, "temporary_end", 5),
    ],
)
def test_legal_steps_of_a_case(facts, kind, days):
    found = coming([{**SUPPLIED, "finished_on": "2024-01-01"}], cases=case(**facts))
    assert found[["kind", "days", "key", "label", "name", "area_m2"]].to_numpy().tolist() == [
        [kind, days, "C1", 0, "甲厂", 700.0]
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"notice_on": "2024-12-31"},  # the letter is out
        {"letter_no": None, "notice_on": "2024-12-20", "materials_on": "2024-12-21"},
        {"letter_no": None, "notice_on": "2025-01-01"},  # not issued yet
        {"disposal_route": "D7", "served_on": "2024-12-11", "fee_paid_wan": 100.0},
        {"disposal_route": "D7", "served_on": "2024-12-11", "disposed_on": "2024-12-20"},
        {"disposal_route": "D8"},
        {"disposal_route": "D1", "served_on": "2024-12-11"},
    ],
)
def test_a_step_that_is_met_or_not_begun_is_no_event(facts):
    assert coming(cases=case(**facts)).empty


def test_material_sent_tomorrow_has_not_come_yet():
    facts = {"letter_no": None, "notice_on": "2024-12-20"}
    assert len(coming(cases=case(**facts, materials_on="2025-01-01"))) == 1


def test_a_case_of_land_that_is_not_drawn_keeps_its_own_place():
    found = coming(cases=case(supply_no="T", disposal_route="D8", served_on="2024-12-11"))
    assert found["label"].isna().all()
    assert found["county_adcode"].tolist() == ["360112"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"approved_on": "2023-01-30", "acquisition": "未实施"}, [("lapse", 30)]),
        ({"approved_on": "2022-12-31", "acquisition": "未实施"}, []),  # the term is over: a risk
        ({"approved_on": "2023-01-30", "acquisition": "部分"}, []),
        ({"disposal_due": "2025-01-30"}, [("batch_due", 30)]),
        ({"disposal_due": "2024-12-30"}, [("batch_due", -1)]),
        ({"disposal_due": "2025-01-30", "unsupplied_m2": 0.5}, []),
        ({"disposal_due": "2025-01-30", "approved_on": "2025-01-01"}, []),  # a future approval
    ],
)
def test_batches_lapse_and_fall_due(facts, expected):
    found = coming(batches=batch(**facts))
    assert list(zip(found["kind"], found["days"], strict=True)) == expected
    assert found["key"].tolist() == ["B1"] * len(expected)


def test_a_kind_without_its_rule_does_not_occur():
    no_notice = RuleSet([rule for key, rule in IDLE.items() if key != "IDLE-INVESTIGATE"])
    assert coming([{**SUPPLIED, "start_due": "2023-12-11"}], horizon=30, idle=no_notice).empty


@pytest.fixture
def mixed():
    records = [
        {**SUPPLIED, "supply_no": f"S{i}", "start_due": after(n)}
        for i, n in enumerate((10, 31, 31, 100, 300))
    ]
    return coming(
        records,
        cases=case(letter_no=None, notice_on="2024-11-01"),
        batches=batch(approved_on="2023-02-15", acquisition="未实施"),
    )


def test_totals_by_kind_add_up_and_keep_what_is_late_apart(mixed):
    sums = event_totals(mixed).set_index(["kind", "within_days"])["count"].to_dict()
    assert sums == {
        ("start_due", 30): 1,
        ("start_due", 90): 3,
        ("start_due", 180): 4,
        ("start_due", 365): 5,
        ("material_due", -1): 1,
        ("lapse", 90): 1,
        ("lapse", 180): 1,
        ("lapse", 365): 1,
    }
    longest = event_totals(mixed)
    ahead = longest[longest["within_days"] == 365]
    assert ahead["area_m2"].sum() == mixed.loc[mixed["days"] >= 0, "area_m2"].sum()


def test_months_hold_every_event_once(mixed):
    months = by_month(mixed)
    assert months["count"].sum() == len(mixed)
    assert (months["month"].dt.day == 1).all()
    january = months[months["month"] == pd.Timestamp("2025-01-01")]
    assert january["count"].tolist() == [3]


def test_the_next_event_of_a_parcel_is_its_soonest():
    found = coming([{**SUPPLIED, "start_due": after(-360)}, {**SUPPLIED, "start_due": after(-400)}])
    first = next_events(found)
    assert first["kind"].to_dict() == {0: "suspected_a", 1: "two_years"}


def test_nothing_ahead_is_an_empty_frame_with_all_columns():
    found = coming()
    assert found.empty
    assert event_totals(found).empty
    assert by_month(found).empty
    assert next_events(found).empty


def test_only_deadlines_are_ever_late():
    assert set(DEADLINES) <= set(KINDS)
    found = coming(
        [{**SUPPLIED, "start_due": "2020-01-01"}],
        cases=case(letter_no=None, notice_on="2020-01-01"),
    )
    assert set(found.loc[found["days"] < 0, "kind"]) == {"notice_due", "material_due"}


def judged(*records):
    world = parcels(records)
    return world, parcel_status(world, as_of=AS_OF, rules=IDLE)


def test_the_calendar_counts_start_dates_and_years():
    world, status = judged(
        {**SUPPLIED, "start_due": "2025-06-29"},  # not due, start in 180 days
        {**SUPPLIED, "start_due": "2026-01-01"},  # in 366
        {**SUPPLIED, "start_due": "2025-01-30"},  # due soon, start in 30
        {**SUPPLIED, "start_due": "2024-01-31"},  # overdue, full year in 31
        {**SUPPLIED, "start_due": "2020-06-01"},
    )
    found = calendar(world, status, as_of=AS_OF)
    assert found.index.tolist() == [2, 3, 0]
    assert found["becomes"].tolist() == ["overdue", "suspected_a1", "overdue"]
    assert found["days"].tolist() == [30, 31, 180]
    out = calendar_totals(found, horizons=(30, 90, 180)).set_index(["becomes", "within_days"])
    assert out["count"].to_dict() == {
        ("overdue", 30): 1,
        ("overdue", 90): 1,
        ("overdue", 180): 2,
        ("suspected_a1", 90): 1,
        ("suspected_a1", 180): 1,
    }


def test_an_empty_calendar_has_no_rows():
    found = calendar(*judged({**SUPPLIED, "start_due": "2020-06-01"}), as_of=AS_OF)
    assert found.empty
    assert calendar_totals(found).empty
