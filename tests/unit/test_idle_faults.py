"""Faults by name: each from both sides, and what leaves a figure is counted."""

from __future__ import annotations

import string

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.idle.faults import (
    CODES,
    COLUMNS,
    LEFT_OUT,
    countable,
    find_faults,
    left_out,
    without_left_out,
)
from analytics.idle.status import parcel_status
from domain import ledgers
from domain.issues import catalogue
from domain.parcels import AREA
from domain.rules import load_rules
from tests.land_world import date, parcels

AS_OF = date("2024-12-31")
AREAS = load_rules("ingest", as_of=AS_OF)
FINE = {
    "approved_on": "2019-01-01", "batch_id": "B", "supply_no": "S", "signed_on": "2020-01-01",
    "handover_on": "2020-01-01", "start_due": "2020-01-01", "started_on": "2020-01-01",
    "stopped_since": "2020-01-01", "finished_on": "2020-01-01", "area_stated_m2": 10_000.0,
}  # fmt: skip


def ledger(table, *records):
    out = {}
    for column in ledgers.columns(table):
        series = pd.Series([r.get(column.column) for r in records], dtype="object")
        if column.dtype == "date":
            series = pd.to_datetime(series)
        out[column.column] = series.astype(column.pandas_dtype)
    return pd.DataFrame(out)


def faults_of(*records, **tables):
    return find_faults(parcels(records), as_of=AS_OF, areas=AREAS, **tables)


def names(*records, **tables):
    return faults_of(*records, **tables)["fault"].tolist()


def test_what_is_in_order_has_no_fault():
    out = faults_of(FINE, {}, {**FINE, "supply_no": "T", "area_stated_m2": None})
    assert out.empty
    assert tuple(out.columns) == COLUMNS
    assert left_out(parcels([FINE]), out).to_dict("records") == [
        {"fault": "", "code": "", "count": 0, "area_m2": 0.0}
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"approved_on": "2020-01-02"}, "contract_before_approval"),
        ({"started_on": "2019-12-31", "stopped_since": None}, "start_before_contract"),
        ({"finished_on": "2019-12-31"}, "finish_before_start"),
        ({"handover_on": "2019-12-31"}, "handover_before_contract"),
        ({"start_due": "2019-12-31"}, "due_before_contract"),
        ({"stopped_since": "2019-12-31"}, "stop_before_start"),
        ({"letter_no": "L"}, "letter_incomplete"),
        ({"letter_on": "2022-01-01"}, "letter_incomplete"),
        ({"area_stated_m2": -1.0, AREA: -1.0}, "negative_area"),
        ({"price_wan": -0.01}, "negative_area"),
    ],
)
def test_contradictory_facts_are_named(change, fault):
    out = faults_of(FINE, {**FINE, "parcel_id": "BAD", "supply_no": "T", **change})
    assert out["fault"].unique().tolist() == [fault]
    row = out.iloc[0]
    assert (row["code"], row["table"], row["label"], row["key"]) == (
        CODES[fault],
        "parcels",
        1,
        "BAD",
    )
    assert next(iter(change)) in " ".join(out["detail"])
    assert row["counts_in_figures"] == (fault not in LEFT_OUT)


@pytest.mark.parametrize(
    ("stated", "off"), [(10_101.0, False), (10_102.0, True), (9_900.9, True), (9_901.0, False)]
)
def test_stated_and_measured_area_agree_within_the_tolerance(stated, off):
    # 1 % of the stated area: 10,101 allows 101.01 m2, 9,901 allows 99.01 m2.
    assert names({**FINE, "area_stated_m2": stated}) == ["area_off"] * off


@pytest.mark.parametrize(("day", "ahead"), [("2024-12-31", False), ("2025-01-01", True)])
def test_an_approval_of_a_later_day_counts_in_no_figure(day, ahead):
    out = faults_of({"approved_on": day}, batches=ledger("batch", {"approved_on": day}))
    assert out["table"].tolist() == ["parcels", "batch"] * ahead
    assert not out["counts_in_figures"].any()


def test_land_without_a_date_for_the_clock_is_named():
    world = parcels([{"supply_no": "S"}, FINE])
    status = parcel_status(world, as_of=AS_OF, rules=load_rules("idle", as_of=AS_OF))
    out = find_faults(world, as_of=AS_OF, areas=AREAS, status=status)
    assert out[["fault", "label"]].to_numpy().tolist() == [["start_unknown", 0]]
    assert out["counts_in_figures"].all()


def test_a_parcel_or_a_supply_in_two_counties():
    a, b = {**FINE, "county_adcode": "360112"}, {**FINE, "county_adcode": "360113"}
    same_id = faults_of({**a, "parcel_id": "P"}, {**b, "parcel_id": "P", "supply_no": "T"})
    assert same_id["fault"].tolist() == ["several_counties"] * 2
    assert names(a, b) == ["several_counties"] * 2
    assert names(a, {**b, "supply_no": "T"}) == []
    recorded = ledger("supply", {"supply_no": "S", "county_adcode": "360113", "supplied_m2": 1.0})
    assert names(a, supplies=recorded) == ["several_counties"]
    assert names(b, supplies=recorded) == []


def test_of_a_parcel_given_twice_the_first_counts():
    out = faults_of({**FINE, "parcel_id": "P"}, {**FINE, "parcel_id": "P"}, {"parcel_id": "Q"})
    assert out[["fault", "label"]].to_numpy().tolist() == [["parcel_twice", 1]]


def test_several_batches_of_one_supply_need_links():
    world = [FINE, {**FINE, "batch_id": "C"}, {**FINE, "supply_no": "T"}]
    assert names(*world) == ["several_batches"] * 2
    links = ledger("supply_batch", {"supply_no": "S", "batch_id": "B", "area_m2": 1.0})
    assert names(*world, links=links) == []
    assert names(*world, links=links.assign(supply_no="T")) == ["several_batches"] * 2


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ((60.0, 0.0, 40.0), []),
        ((60.0, 0.0, 41.0), []),
        ((60.0, 0.0, 41.1), ["batch_off"]),
        ((101.0, 0.0, 0.0), []),
        ((101.1, 0.0, 0.0), ["oversupplied"]),
        ((60.0, 41.1, 0.0), ["oversupplied"]),
        ((60.0, 50.0, -10.0), ["negative_area", "oversupplied"]),
    ],
)
def test_a_batch_adds_up_to_a_square_metre(parts, fault):
    keys = ("supplied_m2", "written_off_m2", "unsupplied_m2")
    batch = {"batch_id": "B", "approved_m2": 100.0, **dict(zip(keys, parts, strict=True))}
    out = faults_of(batches=ledger("batch", batch))
    assert sorted(out["fault"]) == sorted(fault)
    assert set(out["key"]) <= {"B"}


@pytest.mark.parametrize(("linked", "fault"), [(101.0, []), (101.1, ["links_exceed"])])
def test_links_are_no_more_than_their_supply(linked, fault):
    supplies = ledger("supply", {"supply_no": "S", "supplied_m2": 100.0}, {"supply_no": "T"})
    links = ledger(
        "supply_batch",
        {"supply_no": "S", "area_m2": 60.0},
        {"supply_no": "S", "area_m2": linked - 60.0},
    )
    assert names(supplies=supplies, links=links) == fault


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ({"notice_on": "2022-01-01", "letter_no": "L", "letter_on": "2022-01-01"}, []),
        ({"notice_on": "2022-01-02", "letter_no": "L", "letter_on": "2022-01-01"},
         ["letter_before_notice"]),
        ({"letter_no": "L", "letter_on": "2022-01-01", "disposed_on": "2021-12-31"},
         ["disposal_before_letter"]),
        ({"letter_no": "L"}, ["letter_incomplete"]),
        ({"idle_m2": -1.0}, ["negative_area"]),
    ],
)  # fmt: skip
def test_documents_of_a_case_stand_in_order(case, fault):
    out = faults_of(cases=ledger("idle_case", {"case_id": "C1", **case}))
    assert out["fault"].tolist() == fault
    assert set(out["table"]) <= {"idle_case"}
    assert set(out["key"]) <= {"C1"}


def test_left_out_counts_each_parcel_once_with_its_area():
    world = parcels(
        [
            {"parcel_id": "P", "county_adcode": "360112", "approved_on": "2030-01-01"},
            {"parcel_id": "P", "county_adcode": "360113"},
            {"parcel_id": "Q", "approved_on": "2030-01-01"},
            {"parcel_id": "R", "letter_no": "L"},
        ]
    )
    world[AREA] = [1.0, 2.0, 4.0, 8.0]
    faults = find_faults(world, as_of=AS_OF, areas=AREAS)
    out = left_out(world, faults).set_index("fault")
    assert out["count"].to_dict() == {"several_counties": 2, "future_approval": 2, "": 3}
    assert out["area_m2"].to_dict() == {"several_counties": 3.0, "future_approval": 5.0, "": 7.0}
    kept = without_left_out(world, faults)
    assert kept["parcel_id"].tolist() == ["R"]
    assert kept[AREA].sum() + out.loc["", "area_m2"] == world[AREA].sum()


TESTED = """IDL-101 IDL-102 IDL-103 IDL-104 IDL-105 IDL-106 IDL-107 IDL-108 IDL-109 IDL-110 IDL-111
IDL-112 IDL-113 IDL-114 IDL-115 IDL-116 IDL-117 IDL-118 IDL-119"""


def test_every_fault_has_a_text_in_both_languages():
    assert list(CODES.values()) == TESTED.split()
    for code in CODES.values():
        issue = catalogue()[code]
        for text in (issue.zh, issue.en):
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields == {"key", "detail"}


SOME = st.sampled_from
PARCELS = st.lists(
    st.fixed_dictionaries(
        {
            "parcel_id": SOME(["P", "Q", "R", "", " ", None]),
            "county_adcode": SOME(["360112", "360113", None]),
            "supply_no": SOME(["S", "T", "U", "", None]),
            "batch_id": SOME(["A", "B", "", None]),
            "approved_on": SOME(["2019-01-01", "2030-01-01", None]),
            "price_wan": SOME([1.0, -1.0, None]),
        }
    ),
    min_size=1,
    max_size=8,
)
SUPPLIES = st.dictionaries(SOME(["S", "T", "V"]), SOME(["360112", "360199", None]), max_size=3)


def several(rows, group, value):
    """Rows of a group that has several values, by sets."""
    told = {}
    for row in rows:
        if (row[group] or "").strip() and row[value]:
            told.setdefault(row[group], set()).add(row[value])
    return [bool(row[value]) and len(told.get(row[group], ())) > 1 for row in rows]


@settings(max_examples=60)
@given(PARCELS, SUPPLIES)
def test_places_and_batches_are_those_of_one_row_after_the_other(rows, recorded):
    world = parcels(rows)
    supply = ledger("supply", *({"supply_no": n, "county_adcode": c} for n, c in recorded.items()))
    out = find_faults(world, as_of=AS_OF, areas=AREAS, supplies=supply)
    of = {fault: set(out.loc[out["fault"] == fault, "label"]) for fault in CODES}
    other = [
        bool(row["county_adcode"] and recorded.get(row["supply_no"]))
        and recorded[row["supply_no"]] != row["county_adcode"]
        for row in rows
    ]
    by_id, by_supply = (several(rows, k, "county_adcode") for k in ("parcel_id", "supply_no"))
    wrong = {i for i, flags in enumerate(zip(by_id, by_supply, other, strict=True)) if any(flags)}
    ids = [row["parcel_id"] for row in rows]
    twice = {i for i, key in enumerate(ids) if (key or "").strip() and key in ids[:i]}
    assert of["several_counties"] == wrong
    assert of["parcel_twice"] == twice - wrong
    batches = [row | {"batch_id": (row["batch_id"] or "").strip()} for row in rows]
    flags = several(batches, "supply_no", "batch_id")
    assert of["several_batches"] == {i for i, flag in enumerate(flags) if flag}
    counts = countable(world, as_of=AS_OF, supplies=supply)
    assert world.index[counts].tolist() == without_left_out(world, out).index.tolist()


def test_a_fault_shows_days_numbers_and_gaps():
    out = faults_of(
        {**FINE, "approved_on": "2020-01-02", "area_stated_m2": 12_345.678}, {"letter_no": "L"}
    )
    assert dict(zip(out["fault"], out["detail"], strict=True)) == {
        "letter_incomplete": "letter_no=L; letter_on=",
        "contract_before_approval": "signed_on=2020-01-01; approved_on=2020-01-02",
        "area_off": "area_stated_m2=12345.678; area_ellipsoidal_m2=10000",
    }
