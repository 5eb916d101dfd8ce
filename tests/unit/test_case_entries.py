"""What speaks against an entry: days out of order, what is missing, routes that are barred."""

from __future__ import annotations

import pytest

from analytics.cases.entries import (
    ACT,
    ACT_OF_STEP,
    ACTS,
    ROUTES_OF,
    changed_fields,
    next_case_id,
    refusals,
)
from analytics.cases.steps import STEPS
from domain import ledgers
from domain.code_lists import codes
from tests.land_world import date

TODAY = date("2026-06-30")
CASE = {
    "suspected_on": date("2024-06-01"), "notice_on": date("2024-06-10"), "notice_no": "1",
    "letter_on": date("2024-07-20"), "letter_no": "2", "cause": "H",
}  # fmt: skip


def against(name, values, case=CASE, **more):
    found = refusals(ACT[name], values, case, today=TODAY, **more)
    return [(r.code, r.field, r.other) for r in found]


def test_acts_name_fields_of_the_ledger():
    known = {c.column for c in ledgers.columns("idle_case")}
    for act in ACTS:
        assert set(act.fields) <= known
        assert set(act.required) <= set(act.fields)
    assert set(ACT_OF_STEP) == set(STEPS) - {"none", "closed"}
    assert set(ACT_OF_STEP.values()) <= set(ACT)
    for routes in ROUTES_OF.values():
        assert set(routes) <= set(codes("disposal_route"))


def test_a_good_entry_has_nothing_against_it():
    assert not against("notice", {"notice_no": "3", "notice_on": date("2024-06-01")})
    assert not against("letter", {"letter_no": "3", "letter_on": date("2024-06-10"), "cause": "H"})


@pytest.mark.parametrize("missing", ["letter_no", "letter_on", "cause"])
def test_a_letter_needs_number_date_and_cause(missing):
    full = {"letter_no": "3", "letter_on": date("2024-06-10"), "cause": "H"}
    assert against("letter", {**full, missing: None}) == [("required", missing, "")]
    if missing == "letter_no":
        assert against("letter", {**full, missing: "  "}) == [("required", missing, "")]


def test_days_stand_in_order():
    late = {"notice_no": "3", "notice_on": date("2024-05-31")}
    assert against("notice", late) == [("before", "notice_on", "suspected_on")]
    # A correction of an earlier day must not pass a later one that stands.
    after = {"notice_no": "3", "notice_on": date("2024-07-21")}
    assert against("notice", after) == [("after", "notice_on", "letter_on")]


def test_nothing_happens_tomorrow():
    values = {"served_on": date("2026-07-01")}
    case = {**CASE, "decision_on": date("2026-06-01")}
    assert against("served", values, case) == [("future", "served_on", "")]
    assert not against("served", {"served_on": TODAY}, case)


def test_a_step_needs_the_one_before_it():
    values = {"letter_no": "3", "letter_on": date("2024-06-10"), "cause": "H"}
    assert against("letter", values, {}) == [("needs", "letter", "notice_on")]
    decided = {"decision_no": "3", "decision_on": date("2024-08-10"), "disposal_route": "D7"}
    assert against("decision", decided) == [("needs", "decision", "hearing_notice_on")]


def test_a_barred_route_is_refused_with_its_guards():
    values = {"disposal_route": "D7", "disposed_on": TODAY}
    barred = {"D7": "type_b;government_cause"}
    assert against("dispose", values, barred=barred) == [
        ("barred", "disposal_route", "type_b;government_cause")
    ]
    assert not against("dispose", {**values, "disposal_route": "D9"}, barred=barred)


def test_money_and_areas_are_not_negative():
    case = {**CASE, "decision_on": date("2026-06-01")}
    assert against("payment", {"fee_paid_wan": -0.1}, case) == [("negative", "fee_paid_wan", "")]
    assert against("payment", {"fee_paid_wan": float("nan")}, case)


def test_numbers_of_cases_run_on():
    assert next_case_id("S", set()) == "S-1"
    assert next_case_id("S", {"S-1", "S-3"}) == "S-2"


def test_a_change_is_told_field_by_field():
    assert changed_fields(None, {"a": 1}) == (("a", None, 1),)
    assert changed_fields({"a": 1, "b": 2}, {"a": 1, "b": 3}) == (("b", 2, 3),)
    assert changed_fields({"a": 1}, None) == (("a", 1, None),)
