"""Idle land: the vectors of the rules, each threshold from both sides."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.idle.status import (
    REQUIRED,
    STATUSES,
    WARNINGS,
    milestones,
    parcel_status,
    status_codes,
)
from domain.rules import RuleError, load_rules
from geo.errors import SchemaError
from layers.palette import STATUS
from tests.land_world import date, parcels

SUPPLIED = {"supply_no": "3601122020B00001"}
STARTED = {
    **SUPPLIED,
    "start_due": "2020-01-01",
    "started_on": "2020-03-01",
    "dev_area_required_m2": 9000.0,
    "invest_total_wan": 1000.0,
}
AS_OF = "2024-12-31"


def judge(record, as_of=AS_OF):
    day = date(as_of)
    return parcel_status(parcels([record]), as_of=day, rules=load_rules("idle", as_of=day)).iloc[0]


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2023-03-02", "not_due"),  # 91 days before the start
        ("2023-03-03", "due_soon"),  # 90 days before
        ("2023-05-31", "due_soon"),
        ("2023-06-01", "overdue"),
        ("2024-05-31", "overdue"),
        ("2024-06-01", "suspected_a1"),
        ("2025-05-31", "suspected_a1"),
        ("2025-06-01", "suspected_a2"),
    ],
)
def test_the_clock_of_land_that_is_not_started(as_of, status):
    assert judge({**SUPPLIED, "start_due": "2023-06-01"}, as_of)["status"] == status


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2025-02-27", "overdue"),
        ("2025-02-28", "suspected_a1"),
        ("2026-02-27", "suspected_a1"),
        ("2026-02-28", "suspected_a2"),
    ],
)
def test_a_year_after_29_february_ends_on_28_february(as_of, status):
    assert judge({**SUPPLIED, "start_due": "2024-02-29"}, as_of)["status"] == status


def test_a_stop_on_29_february_completes_its_year_on_28_february():
    record = {**STARTED, "dev_area_m2": 900.0, "stopped_since": "2024-02-29"}
    assert judge(record, "2025-02-27")["status"] == "in_progress"
    assert judge(record, "2025-02-28")["status"] == "suspected_b"


@pytest.mark.parametrize(
    ("area", "invested", "stopped_days", "status"),
    [
        (2700.0, 600.0, 400, "suspected_b"),  # area 0.30, investment 0.60
        (2700.0, 600.0, 300, "in_progress"),
        (3000.0, 250.0, 400, "in_progress"),  # exactly one third and a quarter
        (2999.99, 250.0, 400, "suspected_b"),
        (3000.0, 249.99, 400, "suspected_b"),
        (None, 249.0, 400, "suspected_b"),  # one ratio is enough
        (None, None, 400, "in_progress"),  # no ratio, no suspicion
        (2700.0, 100.0, None, "in_progress"),  # never stopped
    ],
)
def test_type_b_needs_a_low_ratio_and_a_full_year_of_stop(area, invested, stopped_days, status):
    stop = date(AS_OF) - dt.timedelta(days=stopped_days) if stopped_days else None
    record = {**STARTED, "dev_area_m2": area, "invested_wan": invested, "stopped_since": stop}
    assert judge(record)["status"] == status


def test_the_last_day_of_the_stop_year():
    record = {**STARTED, "invested_wan": 1.0, "stopped_since": "2023-07-01"}
    assert judge(record, "2024-06-30")["status"] == "in_progress"
    assert judge(record, "2024-07-01")["status"] == "suspected_b"


@pytest.mark.parametrize("required", [0.0, None])
def test_a_missing_or_zero_denominator_gives_no_ratio(required):
    record = {**STARTED, "dev_area_m2": 0.0, "dev_area_required_m2": required}
    assert judge({**record, "stopped_since": "2020-06-01"})["status"] == "in_progress"


def test_start_date_amended_before_agreed_before_handover():
    record = {
        **SUPPLIED,
        "start_due_amended": "2023-01-01",
        "start_due": "2022-01-01",
        "handover_on": "2020-01-01",
    }
    row = judge(record)
    assert (row["start_basis"], row["start_on"]) == ("amended", pd.Timestamp("2023-01-01"))
    del record["start_due_amended"]
    row = judge(record)
    assert (row["start_basis"], row["start_on"]) == ("agreed", pd.Timestamp("2022-01-01"))
    del record["start_due"]
    row = judge(record)
    assert (row["start_basis"], row["start_on"]) == ("handover", pd.Timestamp("2021-01-01"))


def test_contract_date_alone_is_no_start_date():
    row = judge({**SUPPLIED, "signed_on": "2015-01-01"})
    assert (row["status"], row["start_basis"]) == ("unknown_start", "none")
    assert row["missing"] == "start_due;handover_on"
    assert pd.isna(row["days_to_next"])


def test_handover_weakens_the_certainty():
    agreed = judge({**SUPPLIED, "start_due": "2023-01-01"})
    assert (agreed["status"], agreed["certainty"]) == ("suspected_a1", "sourced")
    handed = judge({**SUPPLIED, "handover_on": "2022-01-01"})
    assert (handed["status"], handed["certainty"]) == ("suspected_a1", "recalled")
    assert judge({**SUPPLIED, "start_due": "2025-01-31"})["certainty"] == "default"


def test_a_letter_determines_and_nothing_else_does():
    record = {**SUPPLIED, "start_due": "2015-01-01"}
    assert judge({**record, "notice_no": "N1"})["status"] == "suspected_a2"
    letter = {**record, "letter_no": "L1", "letter_on": "2019-01-01"}
    assert judge(letter)["status"] == "determined"
    assert judge(letter)["inputs"] == "letter_no;letter_on"
    assert judge({**letter, "letter_no": " "})["status"] == "suspected_a2"
    assert judge({**letter, "finished_on": "2020-01-01"})["status"] == "determined"


@pytest.mark.parametrize(
    ("record", "status", "missing"),
    [
        ({"letter_no": "L1"}, "suspected_a2", "letter_on"),
        ({"letter_on": "2019-01-01"}, "suspected_a2", "letter_no"),
        ({"letter_no": "L1", "started_on": "2016-01-01"}, "in_progress", "letter_on"),
        ({"letter_no": "L1", "finished_on": "2020-01-01"}, "completed", "letter_on"),
        ({}, "suspected_a2", "letter_no"),
    ],
)
def test_a_letter_counts_only_with_number_and_date(record, status, missing):
    row = judge({**SUPPLIED, "start_due": "2015-01-01", **record})
    assert (row["status"], row["missing"]) == (status, missing)


def test_facts_after_the_day_have_not_happened():
    record = {**SUPPLIED, "start_due": "2022-01-01"}
    assert judge({**record, "started_on": "2025-01-01"})["status"] == "suspected_a2"
    assert judge({**record, "started_on": AS_OF})["status"] == "in_progress"
    assert judge({**record, "finished_on": "2025-01-01"})["status"] == "suspected_a2"
    assert judge({**record, "finished_on": AS_OF})["status"] == "completed"
    later = {**record, "letter_no": "L", "letter_on": "2025-01-01"}
    assert judge(later)["status"] == "suspected_a2"
    assert judge({**later, "letter_on": AS_OF})["status"] == "determined"
    signed = {"batch_id": "B", "start_due": "2026-01-01"}
    assert judge({**signed, "signed_on": "2025-01-01"})["status"] == "unsupplied"
    assert judge({**signed, "signed_on": AS_OF})["status"] == "not_due"


@pytest.mark.parametrize("approval", ["batch_id", "approval_no", "approved_on"])
def test_approved_without_contract_is_unsupplied_even_when_built(approval):
    record = {approval: "2019-01-01"}
    row = judge(record)
    assert (row["status"], row["rule"], row["missing"]) == (
        "unsupplied",
        "IDLE-SUPPLY",
        "supply_no",
    )
    assert judge({**record, "finished_on": "2021-01-01"})["status"] == "unsupplied"
    assert judge({**record, **SUPPLIED})["status"] == "unknown_start"
    assert judge({**record, "start_due": "2022-01-01"})["status"] == "suspected_a2"


@pytest.mark.parametrize(
    ("as_of", "next_status", "left"),
    [
        ("2023-03-01", "due_soon", 2),
        ("2023-03-03", "overdue", 90),
        ("2023-05-31", "overdue", 1),
        ("2023-06-01", "suspected_a1", 366),
        ("2024-05-31", "suspected_a1", 1),
        ("2024-06-01", "suspected_a2", 365),
    ],
)
def test_days_to_the_next_threshold(as_of, next_status, left):
    row = judge({**SUPPLIED, "start_due": "2023-06-01"}, as_of)
    assert (row["next_status"], row["days_to_next"]) == (next_status, left)
    assert row["next_on"] == pd.Timestamp(as_of) + pd.Timedelta(days=left)


def test_a_stopped_site_below_the_limit_waits_for_type_b():
    record = {**STARTED, "dev_area_m2": 900.0, "stopped_since": "2024-07-01"}
    row = judge(record)
    assert (row["status"], row["next_status"], row["days_to_next"]) == (
        "in_progress",
        "suspected_b",
        182,
    )
    assert pd.isna(judge({**record, "dev_area_m2": 9000.0})["next_status"])


@pytest.mark.parametrize("record", [{**SUPPLIED, "start_due": "2015-01-01"}, {"batch_id": "B"}])
def test_the_end_of_the_clock_has_no_next(record):
    row = judge(record)
    assert pd.isna(row["next_status"])
    assert pd.isna(row["days_to_next"])


def test_sealed_and_temporarily_used_idle_land_is_listed_apart():
    idle = {**SUPPLIED, "start_due": "2015-01-01"}
    assert judge(idle)["excluded"] == ""
    assert judge({**idle, "sealed": True})["excluded"] == "sealed"
    assert judge({**SUPPLIED, "start_due": "2025-01-01", "sealed": True})["excluded"] == ""
    lent = {**idle, "letter_no": "L", "disposal_route": "D3"}
    assert judge({**lent, "letter_on": "2022-12-31"})["excluded"] == ""
    assert judge({**lent, "letter_on": "2023-01-01"})["excluded"] == "temporary_use"


def test_every_status_has_a_colour_and_a_rule():
    assert set(STATUSES) == set(STATUS)
    day = date(AS_OF)
    world = parcels([{}, {"batch_id": "B"}, {**SUPPLIED, "start_due": "2015-01-01"}])
    rules = load_rules("idle", as_of=day)
    out = parcel_status(world, as_of=day, rules=rules)
    assert [rules[rule].article for rule in out["rule"]] == out["article"].tolist()


def test_index_is_kept_and_input_untouched():
    world = parcels([{"batch_id": "B"}, {**SUPPLIED, "start_due": "2015-01-01"}])
    world.index = pd.Index(["x", "y"])
    before = world.copy(deep=True)
    day = date(AS_OF)
    out = parcel_status(world, as_of=day, rules=load_rules("idle", as_of=day))
    assert out.index.equals(world.index)
    pd.testing.assert_frame_equal(pd.DataFrame(world), pd.DataFrame(before))


def test_no_parcels_give_no_rows():
    day = date(AS_OF)
    out = parcel_status(parcels([]), as_of=day, rules=load_rules("idle", as_of=day))
    assert len(out) == 0


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_column_is_named(column):
    day = date(AS_OF)
    world = parcels([{}]).drop(columns=column)
    with pytest.raises(SchemaError, match=column):
        parcel_status(world, as_of=day, rules=load_rules("idle", as_of=day))


def test_before_the_first_measures_no_rule_is_in_force():
    day = date("1999-04-27")
    with pytest.raises(RuleError, match="IDLE"):
        parcel_status(parcels([{}]), as_of=day, rules=load_rules("idle", as_of=day))


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2010-03-02", "not_due"),
        ("2010-03-03", "due_soon"),
        ("2010-05-31", "due_soon"),
        ("2010-06-01", "suspected_a1"),  # idle when the term is over
        ("2012-05-31", "suspected_a1"),
        ("2012-06-01", "suspected_a2"),
        ("2012-06-30", "suspected_a2"),
    ],
)
def test_by_the_measures_of_1999_land_is_idle_when_its_term_is_over(as_of, status):
    row = judge({**SUPPLIED, "start_due": "2010-06-01"}, as_of)
    assert row["status"] == status
    if status.startswith("suspected"):
        assert "1999" in row["article"]


def test_the_rules_change_with_the_measures_of_2012():
    record = {**SUPPLIED, "start_due": "2012-01-01"}
    assert judge(record, "2012-06-30")["status"] == "suspected_a1"
    assert judge(record, "2012-07-01")["status"] == "overdue"
    assert judge(record, "2013-01-01")["status"] == "suspected_a1"


@pytest.mark.parametrize(
    ("as_of", "status", "basis"),
    [
        ("2010-02-27", "due_soon", "contract"),
        ("2010-02-28", "suspected_a1", "contract"),
        ("2012-06-30", "suspected_a2", "contract"),
        ("2012-07-01", "unknown_start", "none"),
    ],
)
def test_without_a_date_the_measures_of_1999_counted_from_the_contract(as_of, status, basis):
    row = judge({**SUPPLIED, "signed_on": "2009-02-28", "handover_on": None}, as_of)
    assert (row["status"], row["start_basis"]) == (status, basis)
    if basis == "contract":
        assert row["inputs"] == "signed_on"


def test_the_measures_of_1999_knew_no_date_of_hand_over():
    row = judge({**SUPPLIED, "handover_on": "2005-01-01"}, "2011-01-01")
    assert (row["status"], row["missing"]) == ("unknown_start", "start_due;signed_on")
    assert row["rule"] == "IDLE-COMMENCE-CONTRACT"


def test_the_next_threshold_of_1999_skips_the_overdue_year():
    row = judge({**SUPPLIED, "start_due": "2010-06-01"}, "2010-05-31")
    assert (row["next_status"], row["days_to_next"]) == ("suspected_a1", 1)


@pytest.mark.parametrize(
    ("record", "inputs"),
    [
        ({"batch_id": "B"}, "batch_id"),
        ({"batch_id": "B", "signed_on": "2030-01-01", **SUPPLIED}, "batch_id;supply_no;signed_on"),
        ({**SUPPLIED, "start_due": "2023-01-01"}, "start_due"),
        ({**SUPPLIED, "start_due": "2023-01-01", "start_due_amended": "2024-01-01"},
         "start_due_amended"),
        ({**SUPPLIED, "handover_on": "2023-01-01"}, "handover_on"),
        (SUPPLIED, ""),
        (STARTED, "started_on"),
        ({**STARTED, "dev_area_m2": 1.0, "stopped_since": "2021-01-01"},
         "started_on;stopped_since;dev_area_m2;dev_area_required_m2"),
        ({**STARTED, "finished_on": "2021-01-01"}, "finished_on"),
    ],
)  # fmt: skip
def test_what_a_status_rests_on_is_named(record, inputs):
    assert judge(record)["inputs"] == inputs


def test_statuses_alone_are_the_same():
    day = date(AS_OF)
    world = parcels([{}, {"batch_id": "B"}, {**SUPPLIED, "start_due": "2015-01-01"}, STARTED])
    rules = load_rules("idle", as_of=day)
    codes = status_codes(world, as_of=day, rules=rules)
    status = parcel_status(world, as_of=day, rules=rules)["status"]
    assert [STATUSES[code] for code in codes] == status.tolist()
    assert codes.dtype == "int8"


def test_warning_colours_are_those_of_the_clock_and_the_letter():
    assert set(WARNINGS) == {*STATUSES[2:9]}


def test_milestones_of_the_clock():
    day = date(AS_OF)
    rules = load_rules("idle", as_of=day)
    world = parcels([{**SUPPLIED, "start_due": "2024-02-29"}, SUPPLIED])
    out = milestones(parcel_status(world, as_of=day, rules=rules), rules)
    assert out["year1_on"].iloc[0] == pd.Timestamp("2025-02-28")
    assert out["year2_on"].iloc[0] == pd.Timestamp("2026-02-28")
    assert out.iloc[1].isna().all()
