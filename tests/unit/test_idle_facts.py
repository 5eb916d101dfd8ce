"""Facts in effect: ledgers over the file, one case of several, and what a disposal does."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.idle.facts import ADDED_BY_CASE, ADDED_BY_SUPPLY, facts_in_effect
from analytics.idle.status import parcel_status
from domain import ledgers
from domain.rules import load_rules
from geo.errors import SchemaError
from tests.land_world import date, parcels

OLD = {"batch_id": "B", "supply_no": "S", "signed_on": "2018-06-01", "start_due": "2019-06-01"}
CASE = {"letter_no": "L1", "letter_on": "2021-07-01"}


def ledger(table, *records):
    """Rows as the store returns them; what a record does not name is empty."""
    out = {}
    for column in ledgers.columns(table):
        values = [record.get(column.column) for record in records]
        series = pd.Series(values, dtype="object")
        if column.dtype == "date":
            series = pd.to_datetime(series)
        out[column.column] = series.astype(column.pandas_dtype)
    return pd.DataFrame(out)


def supplies(*records):
    return ledger("supply", *({"supply_no": "S", **record} for record in records))


def cases(*records):
    rows = enumerate(records)
    return ledger("idle_case", *({"case_id": f"C{i}", "supply_no": "S", **r} for i, r in rows))


def facts(record, *, supply=None, case=None, as_of=None):
    out = facts_in_effect(
        parcels([record]),
        supply=supplies(*supply) if supply else None,
        cases=cases(*case) if case else None,
        as_of=date(as_of) if as_of else None,
    )
    return out.iloc[0]


def judge(record, as_of, *, supply=None, case=None):
    frame = facts_in_effect(
        parcels([record]),
        supply=supplies(*supply) if supply else None,
        cases=cases(*case) if case else None,
        as_of=date(as_of),
    )
    rules = load_rules("idle", as_of=date(as_of))
    return parcel_status(frame, as_of=date(as_of), rules=rules).iloc[0]


@pytest.mark.parametrize("empty", [None, supplies(), supplies({"supply_no": "OTHER"})])
def test_without_a_ledger_every_value_stays(empty):
    world = parcels([OLD, {}, {"supply_no": " "}])
    world.index = pd.Index(["x", "y", "z"])
    before = world.copy(deep=True)
    out = facts_in_effect(world, supply=empty, cases=None)
    pd.testing.assert_frame_equal(out[list(world.columns)], before)
    pd.testing.assert_frame_equal(world, before)
    assert list(out.columns[len(world.columns) :]) == [
        *ADDED_BY_SUPPLY, *ADDED_BY_CASE, "from_ledger",
    ]  # fmt: skip
    assert out["from_ledger"].tolist() == ["", "", ""]


def test_a_recorded_value_wins_and_an_empty_one_does_not():
    row = facts(
        {**OLD, "started_on": "2020-01-01"},
        supply=[{"start_due": "2019-09-01", "price_paid_wan": 80.0, "holder": " "}],
    )
    assert row["start_due"] == pd.Timestamp("2019-09-01")
    assert row["started_on"] == pd.Timestamp("2020-01-01")
    assert row["price_paid_wan"] == 80.0
    assert row["from_ledger"] == "price_paid_wan;start_due"


def test_only_the_parcels_of_the_number_are_overlaid():
    world = parcels([OLD, {**OLD, "supply_no": "T"}, OLD])
    out = facts_in_effect(world, supply=supplies({"start_due": "2020-01-01"}), cases=None)
    assert out["start_due"].dt.year.tolist() == [2020, 2019, 2020]
    assert out["start_due"].dtype == world["start_due"].dtype


def test_of_two_rows_of_one_number_the_last_counts():
    row = facts(OLD, supply=[{"start_due": "2020-01-01"}, {"start_due": "2021-01-01"}])
    assert row["start_due"].year == 2021


def test_the_letter_of_a_case_brings_its_date_even_none():
    row = facts({**OLD, "letter_no": "F", "letter_on": "2020-01-01"}, case=[{"letter_no": "L"}])
    assert row["letter_no"] == "L"
    assert pd.isna(row["letter_on"])
    file_ = facts({**OLD, "letter_no": "F", "letter_on": "2020-01-01"}, case=[{"cause": "H"}])
    assert (file_["letter_no"], file_["idle_cause"]) == ("F", "H")


def test_flags_of_the_case_win_also_where_they_say_no():
    row = facts({**OLD, "sealed": True, "mortgaged": False}, case=[{"sealed": False}])
    assert (row["sealed"], row["mortgaged"], row["from_ledger"]) == (False, False, "case_id;sealed")


@pytest.mark.parametrize(
    ("records", "chosen"),
    [
        ([{"suspected_on": "2020-01-01"}, {"suspected_on": "2021-01-01"}], "C1"),
        ([{"suspected_on": "2021-01-01"}, {"suspected_on": "2020-01-01"}], "C0"),
        (
            [
                {"suspected_on": "2020-01-01"},
                {"suspected_on": "2021-01-01", "disposed_on": "2021-02-01"},
            ],
            "C0",  # the newest open one
        ),
        (
            [
                {"suspected_on": "2020-01-01", "disposed_on": "2020-02-01"},
                {"suspected_on": "2021-01-01", "disposed_on": "2021-02-01"},
            ],
            "C1",
        ),
        ([{"notice_on": "2020-01-01", **CASE}, {"notice_on": "2021-01-01"}], "C0"),
        ([{}, {}], "C1"),  # nothing tells them apart but the number
    ],
)  # fmt: skip
def test_of_several_cases_the_newest_open_one_counts(records, chosen):
    assert facts(OLD, case=records)["case_id"] == chosen


def test_a_past_day_knows_only_the_cases_of_that_day():
    records = [
        {**CASE, "disposed_on": "2022-03-01", "disposal_route": "D9"},
        {"letter_no": "L2", "letter_on": "2024-01-01"},
    ]
    assert facts(OLD, case=records, as_of="2022-02-28")["case_id"] == "C0"
    assert facts(OLD, case=records, as_of="2023-12-31")["case_id"] == "C0"
    assert facts(OLD, case=records, as_of="2024-01-01")["case_id"] == "C1"
    assert judge(OLD, "2022-02-28", case=records)["status"] == "determined"
    assert judge(OLD, "2022-03-01", case=records)["status"] == "in_progress"
    assert judge(OLD, "2024-01-01", case=records)["status"] == "determined"


def test_a_key_that_is_absent_is_named():
    with pytest.raises(SchemaError, match="supply_no"):
        facts_in_effect(parcels([{}]).drop(columns="supply_no"), supply=None, cases=None)
    with pytest.raises(SchemaError, match="case_id"):
        facts_in_effect(parcels([{}]), supply=None, cases=cases({}).drop(columns="case_id"))


@pytest.mark.parametrize("route", ["D1", "D2", "D6"])
@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2022-02-28", "determined"),  # the new date is not agreed yet, the letter in force
        ("2022-03-01", "not_due"),
        ("2022-12-02", "not_due"),  # 91 days before the new start
        ("2022-12-03", "due_soon"),
        ("2023-03-03", "overdue"),
        ("2024-03-02", "overdue"),
        ("2024-03-03", "suspected_a1"),
        ("2025-03-03", "suspected_a2"),
    ],
)
def test_after_an_extension_the_start_date_counts_anew(route, as_of, status):
    case = [{**CASE, "disposal_route": route, "disposed_on": "2022-03-01"}]
    row = judge(OLD, as_of, supply=[{"start_due_amended": "2023-03-03"}], case=case)
    assert row["status"] == status
    if status != "determined":
        assert (row["start_basis"], row["certainty"]) == ("amended", "recalled")
        assert row["inputs"] == "start_due_amended;disposal_route;disposed_on"


def test_before_the_extension_the_old_date_was_the_agreed_one():
    case = [{**CASE, "disposal_route": "D1", "disposed_on": "2022-03-01"}]
    row = judge(OLD, "2021-06-30", supply=[{"start_due_amended": "2023-03-03"}], case=case)
    assert (row["status"], row["start_basis"]) == ("suspected_a2", "agreed")


def test_an_extension_without_a_new_date_leaves_the_clock_unknown():
    case = [{**CASE, "disposal_route": "D1", "disposed_on": "2022-03-01"}]
    row = judge(OLD, "2022-03-01", case=case)
    assert (row["status"], row["missing"]) == ("unknown_start", "start_due_amended")
    early = judge(OLD, "2022-03-01", supply=[{"start_due_amended": "2020-01-01"}], case=case)
    assert early["status"] == "unknown_start"  # an amendment from before the letter is spent
    anew = judge(OLD, "2022-03-01", supply=[{"start_due": "2023-01-01"}], case=case)
    assert (anew["status"], anew["start_basis"]) == ("not_due", "agreed")  # a new contract


@pytest.mark.parametrize(
    ("as_of", "status", "basis"),
    [
        ("2022-02-28", "determined", "agreed"),
        ("2022-03-01", "not_due", "temporary_use"),
        ("2024-02-29", "due_soon", "temporary_use"),
        ("2024-03-01", "overdue", "temporary_use"),
        ("2025-03-01", "suspected_a1", "temporary_use"),
    ],
)
def test_temporary_use_stops_the_clock_for_two_years(as_of, status, basis):
    case = [{**CASE, "disposal_route": "D3", "disposed_on": "2022-03-01"}]
    row = judge(OLD, as_of, case=case)
    assert (row["status"], row["start_basis"]) == (status, basis)
    assert row["excluded"] == ""


@pytest.mark.parametrize("route", ["D4", "D4B", "D5", "D8"])
def test_land_taken_back_is_unsupplied_until_it_is_supplied_again(route):
    case = [{**CASE, "disposal_route": route, "disposed_on": "2022-03-01"}]
    assert judge(OLD, "2022-02-28", case=case)["status"] == "determined"
    row = judge(OLD, "2022-03-01", case=case)
    assert (row["status"], row["rule"], row["missing"]) == ("unsupplied", "IDLE-RETURNED", "")
    assert row["inputs"] == "disposal_route;disposed_on"
    anew = [{"signed_on": "2022-03-01", "start_due": "2023-03-01"}]
    assert judge(OLD, "2022-03-01", supply=anew, case=case)["status"] == "not_due"


def test_a_real_start_closes_the_case_and_ends_the_stop():
    case = [{**CASE, "disposal_route": "D9", "disposed_on": "2022-03-01"}]
    assert judge(OLD, "2022-02-28", case=case)["status"] == "determined"
    row = judge(OLD, "2022-03-01", case=case)
    assert (row["status"], row["inputs"]) == ("in_progress", "disposal_route;disposed_on")
    assert row["started"]
    stopped = {
        **OLD, "started_on": "2019-06-01", "stopped_since": "2020-01-01", "dev_area_m2": 1.0,
        "dev_area_required_m2": 9.0,
    }  # fmt: skip
    assert judge(stopped, "2021-06-30", case=case)["status"] == "suspected_b"
    assert judge(stopped, "2022-03-01", case=case)["status"] == "in_progress"
    again = {**stopped, "stopped_since": "2022-03-02"}
    assert judge(again, "2023-03-01", case=case)["status"] == "in_progress"
    assert judge(again, "2023-03-02", case=case)["status"] == "suspected_b"


def test_a_stop_counts_anew_after_an_extension():
    stopped = {
        **OLD, "started_on": "2019-06-01", "stopped_since": "2020-01-01", "dev_area_m2": 1.0,
        "dev_area_required_m2": 9.0,
    }  # fmt: skip
    case = [{**CASE, "disposal_route": "D1", "disposed_on": "2022-03-01"}]
    amended = [{"start_due_amended": "2022-09-01"}]
    assert judge(stopped, "2022-02-28", supply=amended, case=case)["status"] == "determined"
    assert judge(stopped, "2023-08-31", supply=amended, case=case)["status"] == "in_progress"
    assert judge(stopped, "2023-09-01", supply=amended, case=case)["status"] == "suspected_b"


def test_the_fee_alone_leaves_the_letter_in_force():
    case = [{**CASE, "disposal_route": "D7", "disposed_on": "2022-03-01"}]
    assert judge(OLD, "2022-03-01", case=case)["status"] == "determined"


@pytest.mark.parametrize(
    ("started_on", "status"),
    [
        (None, "determined"),
        ("2021-06-30", "determined"),  # before the letter: not what the fee was for
        ("2021-07-01", "in_progress"),  # the day of the letter
        ("2022-03-01", "in_progress"),
        ("2022-03-02", "determined"),  # tomorrow
    ],
)
def test_a_start_after_the_fee_ends_the_idleness(started_on, status):
    case = [{**CASE, "disposal_route": "D7", "disposed_on": "2022-03-01"}]
    record = {**OLD, "started_on": started_on}
    assert judge(record, "2022-03-01", case=case)["status"] == status


def test_a_route_that_is_only_chosen_has_no_effect_yet():
    case = [{**CASE, "disposal_route": "D4"}]
    assert judge(OLD, "2022-03-01", case=case)["status"] == "determined"


@pytest.mark.parametrize("number", ["L1（已撤销）", "L1 撤回", "作废", "L1 (withdrawn)"])
def test_a_withdrawn_letter_determines_nothing(number):
    assert judge({**OLD, **CASE}, "2021-07-01")["status"] == "determined"
    row = judge({**OLD, **CASE}, "2021-07-01", case=[{**CASE, "letter_no": number}])
    assert (row["status"], row["missing"]) == ("suspected_a2", "letter_no")
