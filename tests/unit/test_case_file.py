"""The file of a parcel: facts in order with sources, thresholds, stops of the clock, faults."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.cases.checks import contradictions, marks, spans
from analytics.cases.file import KINDS, case_file
from analytics.idle.status import parcel_status
from domain import ledgers
from domain.rules import load_rules
from tests.case_world import MORNING, SUPPLY_NO, case_rows, paper, supply_row, trail
from tests.land_world import date, parcels

DAY = date("2026-06-30")
RULES = load_rules("idle", as_of=DAY)


def batch_row(**record):
    full = {
        "batch_id": "B",
        "county_adcode": "360112",
        "approved_on": "2021-05-01",
        "approval_no": "赣国土批1号",
        "approved_m2": 1.0,
        "supplied_m2": 1.0,
        "written_off_m2": 0.0,
        "unsupplied_m2": 0.0,
        **record,
    }
    return ledgers.conform("batch", pd.DataFrame([full]))


def file_of(parcel=None, **more):
    world = parcels([{"supply_no": SUPPLY_NO, **(parcel or {})}])
    return case_file(world.iloc[0].to_dict(), version="parcels@3", **more)


def status_of(**parcel):
    world = parcels([{"supply_no": SUPPLY_NO, **parcel}])
    return parcel_status(world, as_of=DAY, rules=RULES).iloc[0].to_dict()


def test_facts_stand_in_the_order_of_time():
    file = file_of(
        batches=batch_row(acquired_on="2021-08-01", ready_on="2021-09-01"),
        supplies=supply_row(
            contract_no="合1", handover_due="2022-03-01", handover_on="2022-03-05",
            start_due="2022-09-01", permit_no="建1", permit_on="2022-08-01",
        ),
        cases=case_rows(
            {
                "suspected_on": "2023-09-01", "notice_no": "调1", "notice_on": "2023-09-10",
                "materials_on": "2023-10-01", "letter_no": "认1", "letter_on": "2023-11-01",
                "published_on": "2023-11-02", "hearing_notice_on": "2023-12-01",
                "hearing_on": "2023-12-10", "plan_on": "2023-12-11", "decision_on": "2023-12-20",
                "decision_no": "决1", "served_on": "2023-12-22", "disposed_on": "2024-01-10",
                "disposal_route": "D7",
            }
        ),
    )  # fmt: skip
    kinds = [e.kind for e in file.entries]
    assert kinds == [
        "approved", "acquired", "ready", "signed", "handover_due", "handed_over", "permit",
        "start_due", "suspected", "notice", "material", "letter", "published", "hearing_notice",
        "hearing", "plan", "decision", "served", "disposed",
    ]  # fmt: skip
    days = [e.on for e in file.entries]
    assert days == sorted(days)
    numbers = {e.kind: e.number for e in file.entries if e.number}
    assert numbers == {
        "approved": "赣国土批1号", "signed": "合1", "permit": "建1", "notice": "调1",
        "letter": "认1", "decision": "决1", "disposed": "D7",
    }  # fmt: skip
    assert {e.kind for e in file.entries if e.planned} == {"handover_due", "start_due"}
    assert set(kinds) <= set(KINDS)
    assert not contradictions(file, case_rows(), as_of=DAY)


def test_the_file_alone_names_its_version():
    file = file_of({"signed_on": "2022-01-10", "stopped_since": "2023-01-01"})
    assert [(e.kind, e.source.table, e.source.key) for e in file.entries] == [
        ("signed", "parcels", "parcels@3"),
        ("stopped", "parcels", "parcels@3"),
    ]


def test_what_file_and_ledger_both_say_stands_once():
    file = file_of({"signed_on": "2022-01-10"}, supplies=supply_row())
    (signed,) = file.of("signed")
    assert signed.source.table == "supply"
    assert [s.table for s in signed.also] == ["parcels"]
    assert not file.differing


def test_a_difference_between_file_and_ledger_is_named():
    file = file_of({"signed_on": "2022-01-11"}, supplies=supply_row())
    assert [e.on for e in file.of("signed")] == [dt.date(2022, 1, 10)]
    (fault,) = contradictions(file, None, as_of=DAY)
    assert fault.code == "differs"
    assert fault.second.on == dt.date(2022, 1, 11)


def test_each_date_names_who_entered_it():
    first = {"case_id": "C0", "suspected_on": "2024-01-01"}
    second = {**first, "notice_on": "2024-02-01"}
    third = {**second, "cause": "H"}
    changes = trail(
        ("李", "C0", None, first), ("王", "C0", first, second), ("赵", "C0", second, third)
    )
    row = {"suspected_on": "2024-01-01", "notice_on": "2024-02-01", "cause": "H"}
    file = file_of(cases=case_rows(row), changes={"idle_case": changes})
    who = {e.kind: (e.source.by, e.source.revision, e.source.at) for e in file.entries}
    assert who["suspected"] == ("李", 1, MORNING)
    assert who["notice"] == ("王", 2, MORNING + dt.timedelta(days=1))


def test_a_row_without_a_trail_names_its_last_change():
    rows = case_rows({"suspected_on": "2024-01-01"})
    rows = rows.assign(revision=4, changed_by="李", changed_at=pd.Timestamp(MORNING))
    (entry,) = file_of(cases=rows).entries
    assert (entry.source.revision, entry.source.by, entry.source.at) == (4, "李", MORNING)


def test_a_payment_has_the_day_of_its_entry():
    after = {"case_id": "C0", "fee_paid_wan": 12.5}
    file = file_of(
        cases=case_rows({"fee_paid_wan": 12.5}),
        changes={"idle_case": trail(("李", "C0", None, after))},
    )
    (paid,) = file.of("paid")
    assert (paid.on, paid.number, paid.certainty) == (dt.date(2026, 1, 5), "12.5", "default")
    assert not file_of(cases=case_rows({"fee_paid_wan": 0.0})).of("paid")


def test_a_document_proves_the_fact_of_its_number():
    cases = case_rows({"notice_no": "调1", "notice_on": "2026-01-05"})
    file = file_of(cases=cases, documents=[paper("notice", "调1"), paper("evidence", "照片1")])
    (notice,) = file.of("notice")
    assert [s.table for s in notice.also] == ["document"]
    assert [e.number for e in file.of("evidence")] == ["a.pdf"]
    other = file_of(cases=cases, documents=[paper("notice", "调1", dated="2026-01-06")])
    (fault,) = contradictions(other, cases, as_of=DAY)
    assert fault.code == "differs"


def test_documents_without_a_fact_are_evidence_and_withdrawn_ones_nothing():
    papers = [paper("letter", "认7"), paper("evidence", "x", dated=None, name="")]
    file = file_of(documents=[*papers, paper("evidence", "y", withdrawn=True)])
    assert [(e.kind, e.number, e.certainty) for e in file.entries] == [
        ("evidence", "a.pdf", "sourced"),
        ("evidence", "x", "default"),
    ]


def test_a_number_without_a_day_stands_at_the_end():
    cases = case_rows({"letter_no": "认1", "suspected_on": "2024-01-01"})
    file = file_of(cases=cases)
    assert [e.kind for e in file.entries] == ["suspected", "letter"]
    codes = {f.code for f in contradictions(file, cases, as_of=DAY)}
    assert codes == {"no_day", "no_notice"}


def test_the_letter_of_the_file_joins_the_one_of_the_case():
    cases = case_rows({"letter_no": "认1", "letter_on": "2024-01-01"})
    file = file_of({"letter_no": "认1", "letter_on": "2024-01-01"}, cases=cases)
    (letter,) = file.of("letter")
    assert [s.table for s in letter.also] == ["parcels"]


@pytest.mark.parametrize(
    ("parcel", "case", "code"),
    [
        ({"signed_on": "2022-01-10", "start_due": "2022-01-09"}, {}, "order"),
        ({"started_on": "2022-01-10", "finished_on": "2022-01-09"}, {}, "order"),
        ({}, {"suspected_on": "2024-01-02", "notice_on": "2024-01-01", "notice_no": "1"}, "order"),
        ({"started_on": "2027-01-01"}, {}, "future"),
        ({}, {"notice_on": "2024-01-01"}, "no_number"),
        (
            {},
            {
                "disposal_route": "D7", "cause": "G1", "disposed_on": "2024-01-01",
                "hearing_notice_on": "2023-12-01",
            },
            "route_cause",
        ),
        (
            {},
            {
                "disposal_route": "D8", "cause": "H", "idle_type": "B",
                "disposed_on": "2024-01-01", "hearing_notice_on": "2023-12-01",
            },
            "route_type",
        ),
        ({}, {"disposal_route": "D7", "cause": "H", "disposed_on": "2024-01-01"}, "no_hearing"),
    ],
)  # fmt: skip
def test_each_contradiction_has_its_name(parcel, case, code):
    cases = case_rows(case) if case else case_rows()
    file = file_of(parcel, cases=cases)
    assert [f.code for f in contradictions(file, cases, as_of=DAY)] == [code]


def test_one_day_for_two_facts_is_no_contradiction():
    file = file_of({"signed_on": "2022-01-10", "start_due": "2022-01-10"})
    assert not contradictions(file, None, as_of=DAY)


def test_cases_of_one_parcel_have_no_order_among_each_other():
    cases = case_rows(
        {"suspected_on": "2024-01-01"},
        {"suspected_on": "2020-01-01", "notice_on": "2020-02-01", "notice_no": "1"},
    )
    assert not contradictions(file_of(cases=cases), cases, as_of=DAY)


def test_thresholds_follow_the_start_date():
    parcel = {"start_due": "2024-02-29", "signed_on": "2023-01-01"}
    found = marks(file_of(parcel), status_of(**parcel), as_of=DAY, rules=RULES)
    assert [(m.kind, m.on.isoformat(), m.ahead, m.rule.id) for m in found] == [
        ("year1", "2025-02-28", False, "IDLE-A1"),
        ("year2", "2026-02-28", False, "IDLE-A2"),
    ]
    ahead = {"start_due": "2026-01-01"}
    found = marks(file_of(ahead), status_of(**ahead), as_of=DAY, rules=RULES)
    assert [(m.on.isoformat(), m.ahead) for m in found] == [
        ("2027-01-01", True),
        ("2028-01-01", True),
    ]


def test_started_land_has_the_threshold_of_its_stop():
    parcel = {
        "start_due": "2023-01-01", "started_on": "2023-01-01", "stopped_since": "2026-01-01",
    }  # fmt: skip
    found = marks(file_of(parcel), status_of(**parcel), as_of=DAY, rules=RULES)
    assert [(m.kind, m.on.isoformat()) for m in found] == [("stop_year", "2027-01-01")]


def test_an_approval_without_acquisition_may_lapse():
    approvals = load_rules("approvals", as_of=DAY)
    file = file_of(batches=batch_row(approved_on="2025-01-01"))
    common = {"as_of": DAY, "rules": RULES, "approvals": approvals}
    found = marks(file, status_of(batch_id="B"), untouched=True, **common)
    assert [(m.kind, m.on.isoformat()) for m in found] == [("lapse", "2027-01-01")]
    assert found[0].certainty == "recalled"
    assert not marks(file, status_of(batch_id="B"), untouched=False, **common)


def test_the_clock_stands_for_each_route_as_long_as_it_lasts():
    cases = case_rows(
        {"disposal_route": "D1", "disposed_on": "2023-01-01"},
        {"disposal_route": "D2", "disposed_on": "2023-02-01"},
        {"disposal_route": "D3", "disposed_on": "2024-02-29"},
        {"disposal_route": "D7", "disposed_on": "2023-04-01"},
        {"disposal_route": "D1"},
    )
    file = file_of(cases=cases)
    found = spans(file, cases, sealed=True, rules=RULES)
    assert [(s.kind, str(s.since), str(s.until)) for s in found] == [
        ("D1", "2023-01-01", "2024-01-01"),
        ("D2", "2023-02-01", "None"),
        ("D3", "2024-02-29", "2026-02-28"),
        ("sealed", "None", "None"),
    ]
    found = marks(file, status_of(), as_of=DAY, rules=RULES, spans=found)
    assert [(m.kind, m.on.isoformat()) for m in found] == [("temporary_end", "2026-02-28")]


def test_a_start_date_agreed_anew_sets_the_clock_going():
    cases = case_rows({"disposal_route": "D1", "disposed_on": "2023-01-01"})
    file = file_of({"start_due_amended": "2023-09-01"}, cases=cases)
    (span,) = spans(file, cases, sealed=False, rules=RULES)
    assert span.until == dt.date(2023, 9, 1)
    before = file_of({"start_due_amended": "2022-09-01"}, cases=cases)
    assert spans(before, cases, sealed=False, rules=RULES)[0].until == dt.date(2024, 1, 1)
