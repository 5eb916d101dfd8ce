"""The next step of the procedure at day N and N + 1 of each term, for every cause and type."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.cases.steps import RULE_OF, STEPS, case_of, next_steps
from analytics.idle.status import parcel_status
from domain.rules import RuleSet, load_rules
from tests.case_world import SUPPLY_NO, case_rows
from tests.land_world import date, parcels

PARCEL = {"supply_no": SUPPLY_NO, "start_due": "2023-06-01"}
NOTICED = {"suspected_on": "2024-06-01", "notice_no": "调1", "notice_on": "2024-06-10"}
LETTER = {**NOTICED, "materials_on": "2024-07-01", "letter_no": "认1", "letter_on": "2024-07-20"}
BY_HOLDER = {**LETTER, "cause": "H", "published_on": "2024-07-25"}


def judged(day, *cases, **parcel):
    """One parcel, its cases, one day: the row of the next step."""
    on = date(day)
    rules = load_rules("idle", as_of=on)
    world = parcels([{**PARCEL, **parcel}])
    status = parcel_status(world, as_of=on, rules=rules)
    frame = world.assign(**{name: status[name] for name in status})
    return next_steps(frame, case_rows(*cases), as_of=on, rules=rules).iloc[0]


def test_land_that_is_not_suspected_has_no_step():
    row = judged("2024-05-31")
    assert row["step"] == "none"
    assert pd.isna(row["due_on"])
    assert pd.isna(row["days_left"])
    assert not row["overdue"]
    assert row["urgency"] == 5
    assert row["rule"] == ""


@pytest.mark.parametrize(
    ("day", "left", "overdue", "urgency"),
    [
        ("2024-06-01", 30, False, 2),  # the first day of the suspicion
        ("2024-06-24", 7, False, 1),
        ("2024-07-01", 0, False, 1),  # the thirtieth day
        ("2024-07-02", -1, True, 0),
    ],
)
def test_the_notice_is_due_thirty_days_after_the_suspicion(day, left, overdue, urgency):
    row = judged(day)
    assert row["step"] == "notice"
    assert row["due_on"] == pd.Timestamp("2024-07-01")
    assert (row["days_left"], row["overdue"], row["urgency"]) == (left, overdue, urgency)
    assert row["rule"] == "IDLE-INVESTIGATE"
    assert row["certainty"] in ("sourced", "recalled")


def test_the_suspicion_of_29_february_begins_on_28_february():
    row = judged("2025-02-28", start_due="2024-02-29")
    assert row["since"] == pd.Timestamp("2025-02-28")
    assert row["due_on"] == pd.Timestamp("2025-03-30")
    assert judged("2025-02-27", start_due="2024-02-29")["step"] == "none"


def test_a_suspicion_noted_on_29_february_runs_thirty_days():
    case = {"suspected_on": "2024-02-29"}
    assert judged("2024-03-30", case)["days_left"] == 0
    row = judged("2024-03-31", case)
    assert (row["days_left"], row["overdue"]) == (-1, True)


def test_what_the_office_noted_goes_before_the_clock():
    assert judged("2024-06-20", {"suspected_on": "2024-06-15"})["due_on"] == pd.Timestamp(
        "2024-07-15"
    )


@pytest.mark.parametrize(("day", "left"), [("2024-07-10", 0), ("2024-07-11", -1)])
def test_the_holder_has_thirty_days_for_the_material(day, left):
    row = judged(day, NOTICED)
    assert row["step"] == "material"
    assert row["days_left"] == left
    assert row["overdue"] == (left < 0)


def test_after_the_material_comes_the_letter_without_a_term():
    row = judged("2024-07-15", {**NOTICED, "materials_on": "2024-07-01"})
    assert row["step"] == "letter"
    assert pd.isna(row["due_on"])
    assert row["urgency"] == 3


@pytest.mark.parametrize("half", [{"letter_no": "认1"}, {"letter_on": "2024-07-20"}])
def test_a_letter_needs_number_and_date(half):
    assert judged("2024-08-01", {**NOTICED, **half})["step"] == "letter_complete"


def test_a_letter_without_a_cause_wants_the_cause():
    assert judged("2024-08-01", LETTER)["step"] == "cause"


def test_a_letter_is_published_before_anything_else():
    assert judged("2024-08-01", {**LETTER, "cause": "H"})["step"] == "publish"


HOLDER_WAY = [
    ({}, "hearing_notice"),
    ({"hearing_notice_on": "2024-08-01"}, "decision"),
    ({"hearing_notice_on": "2024-08-01", "decision_on": "2024-08-20"}, "served"),
    (
        {
            "hearing_notice_on": "2024-08-01",
            "decision_on": "2024-08-20",
            "served_on": "2024-08-25",
            "disposal_route": "D7",
        },
        "payment",
    ),
    (
        {
            "hearing_notice_on": "2024-08-01",
            "decision_on": "2024-08-20",
            "served_on": "2024-08-25",
            "disposal_route": "D8",
        },
        "deregistration",
    ),
]


@pytest.mark.parametrize(("more", "step"), HOLDER_WAY)
def test_the_holders_own_cause_goes_by_hearing_and_decision(more, step):
    row = judged("2024-09-01", {**BY_HOLDER, **more})
    assert row["step"] == step
    assert row["rule"] == RULE_OF[step]


@pytest.mark.parametrize("route", ["D7", "D8"])
@pytest.mark.parametrize(("day", "left"), [("2024-09-24", 0), ("2024-09-25", -1)])
def test_payment_and_deregistration_have_thirty_days_from_service(route, day, left):
    case = {
        **BY_HOLDER,
        "hearing_notice_on": "2024-08-01",
        "decision_on": "2024-08-20",
        "served_on": "2024-08-25",
        "disposal_route": route,
    }
    row = judged(day, case)
    assert (row["days_left"], row["overdue"]) == (left, left < 0)


@pytest.mark.parametrize(("paid", "step"), [(99.9, "payment"), (100.0, "closed")])
def test_the_fee_closes_the_case_when_it_is_paid_in_full(paid, step):
    case = {
        **BY_HOLDER,
        "decision_on": "2024-08-20",
        "served_on": "2024-08-25",
        "disposal_route": "D7",
        "fee_due_wan": 100.0,
        "fee_paid_wan": paid,
    }
    assert judged("2024-09-01", case)["step"] == step


@pytest.mark.parametrize("cause", ["G1", "G6", "F"])
def test_causes_of_the_government_go_by_a_plan(cause):
    case = {**LETTER, "cause": cause, "published_on": "2024-07-25"}
    assert judged("2024-08-01", case)["step"] == "plan"
    assert judged("2024-09-01", {**case, "plan_on": "2024-08-15"})["step"] == "agreement"
    done = {**case, "plan_on": "2024-08-15", "disposal_route": "D1", "disposed_on": "2024-08-20"}
    assert judged("2024-09-01", done)["step"] == "closed"


@pytest.mark.parametrize("cause", ["H", "G1", None])
def test_type_b_goes_by_a_plan_whatever_the_cause(cause):
    case = {**LETTER, "cause": cause, "idle_type": "B", "published_on": "2024-07-25"}
    assert judged("2024-08-01", case)["step"] == "plan"
    unnamed = {**LETTER, "cause": cause, "published_on": "2024-07-25"}
    begun = {"started_on": "2023-01-01", "stopped_since": "2023-03-01"}
    assert judged("2024-08-01", unnamed, **begun)["step"] == "plan"


def test_an_unknown_cause_wants_a_route():
    assert judged("2024-08-01", {**BY_HOLDER, "cause": "X"})["step"] == "route"


def test_what_lies_ahead_has_not_happened():
    assert judged("2024-06-09", NOTICED)["step"] == "notice"
    assert judged("2024-06-10", NOTICED)["step"] == "material"
    assert judged("2024-07-19", LETTER)["step"] == "letter"
    assert judged("2024-07-20", LETTER)["step"] == "cause"


@pytest.mark.parametrize(
    ("day", "step"), [("2025-05-31", "closed"), ("2025-06-01", "notice"), ("2025-07-02", "notice")]
)
def test_a_threshold_after_a_closed_case_begins_anew(day, step):
    old = {**LETTER, "cause": "H", "disposal_route": "D7", "disposed_on": "2024-08-01"}
    row = judged(day, old)
    assert row["step"] == step
    if step == "notice":
        assert row["since"] == pd.Timestamp("2025-06-01")
        assert row["overdue"] == (day > "2025-07-01")


def test_a_letter_of_the_file_alone_counts():
    file = {"letter_no": "认9", "letter_on": "2024-07-01", "idle_cause": "H"}
    row = judged("2024-08-01", **file)
    assert row["step"] == "hearing_notice"
    assert pd.isna(row["case_id"])


def test_the_newest_open_case_counts():
    world = parcels([PARCEL, {"supply_no": "other"}, {}])
    rows = case_rows(
        {"suspected_on": "2020-01-01"},
        {"suspected_on": "2022-01-01"},
        {"suspected_on": "2024-01-01", "disposed_on": "2024-02-01"},
    )
    assert case_of(world, rows).tolist() == [1, -1, -1]
    closed = case_rows({"disposed_on": "2020-01-01"}, {"disposed_on": "2021-01-01"})
    assert case_of(world, closed)[0] == 1
    assert case_of(world, case_rows()).tolist() == [-1, -1, -1]


def test_a_case_that_was_open_on_the_day_is_open():
    world = parcels([PARCEL])
    rows = case_rows(
        {"suspected_on": "2023-01-01"},
        {"suspected_on": "2024-01-01", "disposed_on": "2024-06-01"},
    )
    assert case_of(world, rows, as_of=date("2024-03-01"))[0] == 1
    assert case_of(world, rows, as_of=date("2024-07-01"))[0] == 0
    assert case_of(world, rows, as_of=date("2022-01-01"))[0] == -1


def test_without_rules_there_is_no_deadline():
    world = parcels([PARCEL])
    on = date("2024-07-02")
    status = parcel_status(world, as_of=on, rules=load_rules("idle", as_of=on))
    frame = world.assign(**{name: status[name] for name in status})
    row = next_steps(frame, case_rows(), as_of=on, rules=RuleSet([])).iloc[0]
    assert row["step"] == "notice"
    assert pd.isna(row["due_on"])
    assert (row["rule"], row["urgency"]) == ("", 3)


def test_many_at_once_are_the_single_ones():
    on = dt.date(2024, 9, 1)
    rules = load_rules("idle", as_of=on)
    numbers = [f"36011220{22 + i}B0000{i}" for i in range(5)]
    cases = [{}, NOTICED, LETTER, BY_HOLDER, {**BY_HOLDER, "cause": "G2"}]
    world = parcels([{**PARCEL, "supply_no": number} for number in numbers])
    world.index = [7, 3, 9, 1, 4]
    status = parcel_status(world, as_of=on, rules=rules)
    frame = world.assign(**{name: status[name] for name in status})
    rows = case_rows(*({**c, "supply_no": n} for c, n in zip(cases, numbers, strict=True)))
    many = next_steps(frame, rows.sample(frac=1, random_state=1), as_of=on, rules=rules)
    assert many.index.tolist() == [7, 3, 9, 1, 4]
    for label, number in zip(many.index, numbers, strict=True):
        alone = next_steps(
            frame.loc[[label]], rows[rows["supply_no"] == number], as_of=on, rules=rules
        )
        pd.testing.assert_series_equal(many.loc[label], alone.loc[label])


def test_quiet_land_beside_busy_land_keeps_its_place_and_type():
    on = date("2024-07-02")
    rules = load_rules("idle", as_of=on)
    world = parcels([{**PARCEL, "supply_no": "x", "start_due": "2030-01-01"}, PARCEL, {}])
    world.index = [5, 5, 8]  # labels may repeat
    status = parcel_status(world.reset_index(drop=True), as_of=on, rules=rules)
    frame = world.assign(**{name: status[name].to_numpy() for name in status})
    found = next_steps(frame, case_rows(), as_of=on, rules=rules)
    assert found.index.tolist() == [5, 5, 8]
    assert found["step"].tolist() == ["none", "notice", "none"]
    assert found["urgency"].tolist() == [5, 0, 5]
    assert found["overdue"].tolist() == [False, True, False]
    assert found["case_id"].isna().all()
    alone = next_steps(frame.iloc[[1]], case_rows(), as_of=on, rules=rules)
    assert found.dtypes.equals(alone.dtypes)


def test_no_parcels_give_no_rows():
    on = date("2024-09-01")
    rules = load_rules("idle", as_of=on)
    world = parcels([])
    status = parcel_status(world, as_of=on, rules=rules)
    frame = world.assign(**{name: status[name] for name in status})
    assert next_steps(frame, case_rows(LETTER), as_of=on, rules=rules).empty


def test_every_rule_of_a_step_is_there():
    rules = load_rules("idle", as_of=date("2026-06-30"))
    assert set(RULE_OF) == set(STEPS) - {"none", "closed"}
    assert set(RULE_OF.values()) <= set(rules)
