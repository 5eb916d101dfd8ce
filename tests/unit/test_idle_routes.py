"""Routes of idle land and what bars them: every guard from both sides."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.idle.flags import parcel_flags
from analytics.idle.routes import BARS, NEEDS, ROUTES, permitted_routes, routes_of
from analytics.idle.status import parcel_status
from domain.rules import load_rules
from tests.land_world import date, parcels

AS_OF = date("2024-12-31")
RULES = load_rules("idle", as_of=AS_OF)
SUPPLIED = {"supply_no": "S", "price_wan": 500.0}
IDLE = {**SUPPLIED, "start_due": "2023-06-01"}
OLD = {**SUPPLIED, "start_due": "2020-06-01"}
STOPPED = {**OLD, "started_on": "2020-06-02", "stopped_since": "2021-01-01"}


def judged(*records):
    world = parcels(records)
    return world, parcel_status(world, as_of=AS_OF, rules=RULES)


def long_of(record, *, as_of=AS_OF, paid=None, **options):
    """The routes of one parcel by code."""
    rules = load_rules("idle", as_of=as_of)
    world = parcels([record]).assign(price_paid_wan=pd.Series([paid], dtype="float64"))
    status = parcel_status(world, as_of=as_of, rules=rules)
    return routes_of(world, status, as_of=as_of, rules=rules, **options).set_index("route")


def routes(record):
    frame, status = judged(record)
    return permitted_routes(frame, status, as_of=AS_OF, rules=RULES).iloc[0]


AGREEMENT = ["D1", "D2", "D3", "D4", "D5", "D6"]
NO_SWAP = ["D1", "D2", "D3", "D4", "D6"]
LETTER = {"letter_no": "L", "letter_on": "2024-06-01"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({**IDLE, **LETTER, "idle_cause": "H"}, ["D7", "D9"]),  # one full year
        ({**OLD, **LETTER, "idle_cause": "H"}, ["D8", "D9"]),  # two
        ({**SUPPLIED, **LETTER, "start_due": "2022-12-31", "idle_cause": "H"}, ["D8", "D9"]),
        ({**SUPPLIED, **LETTER, "start_due": "2023-01-01", "idle_cause": "H"}, ["D7", "D9"]),
        ({**SUPPLIED, **LETTER, "start_due": "2023-12-31", "idle_cause": "H"}, ["D7", "D9"]),
        ({**SUPPLIED, **LETTER, "start_due": "2024-01-01", "idle_cause": "H"}, ["D9"]),
        ({**OLD, **LETTER, "idle_cause": "G2"}, [*AGREEMENT, "D9"]),
        ({**OLD, **LETTER, "idle_cause": "G1"}, [*NO_SWAP, "D9"]),
        ({**OLD, **LETTER, "idle_cause": "F"}, [*NO_SWAP, "D9"]),
        ({**OLD, **LETTER}, ["D9"]),  # cause not found yet
        ({**STOPPED, **LETTER, "idle_cause": "H"}, [*NO_SWAP, "D9"]),  # type B
        ({**STOPPED, **LETTER}, [*NO_SWAP, "D9"]),  # type B, whatever the cause
        ({**OLD, **LETTER, "idle_cause": "H", "sealed": True}, ["D9"]),
        (
            {**OLD, **LETTER, "idle_cause": "G2", "sealed": True},
            [*NO_SWAP, "D9"],
        ),
        (OLD, []),  # suspected only
    ],
)
def test_routes_that_the_law_leaves_open(record, expected):
    assert routes(record)["routes"] == ";".join(expected)


@pytest.mark.parametrize("cause", ["G1", "G2", "G3", "G4", "G5", "G6", "F"])
@pytest.mark.parametrize("record", [IDLE, OLD, STOPPED])
def test_no_fee_and_no_reclaim_for_government_causes(record, cause):
    out = routes({**record, **LETTER, "idle_cause": cause})
    assert not {"D7", "D8"} & set(out["routes"].split(";"))
    assert pd.isna(out["fee_wan"])


def test_no_fee_and_no_reclaim_for_type_b():
    out = routes({**STOPPED, **LETTER, "idle_cause": "H"})
    assert not {"D7", "D8"} & set(out["routes"].split(";"))


def test_the_fee_is_a_fifth_of_the_price():
    assert routes({**IDLE, **LETTER, "idle_cause": "H"})["fee_wan"] == pytest.approx(100.0)
    assert pd.isna(routes({**IDLE, **LETTER, "idle_cause": "H", "price_wan": None})["fee_wan"])
    assert pd.isna(routes({**OLD, **LETTER, "idle_cause": "H"})["fee_wan"])


def test_mortgagee_and_investigation():
    out = routes({**OLD, **LETTER, "idle_cause": "H", "mortgaged": True})
    assert (out["notify_mortgagee"], out["investigate"]) == (True, False)
    suspected = routes({**OLD, "mortgaged": True})
    assert (suspected["notify_mortgagee"], suspected["investigate"]) == (False, True)


def test_the_long_form_has_every_route_of_every_parcel():
    world, status = judged(OLD, {"batch_id": "B"}, {**OLD, **LETTER, "idle_cause": "H"})
    world.index = status.index = pd.Index(["x", "y", "z"])
    out = routes_of(world, status, as_of=AS_OF, rules=RULES)
    assert out["label"].tolist() == [label for label in "xyz" for _ in ROUTES]
    assert out["route"].tolist() == list(ROUTES) * 3
    assert (out["permitted"] == (out["barred_by"] == "")).all()
    assert (out.loc[~out["permitted"], "needs"] == "").all()
    assert set(out.loc[out["label"] == "y", "barred_by"]) == {"no_letter"}
    assert out.loc[out["permitted"], "label"].unique().tolist() == ["z"]
    assert routes_of(world.iloc[:0], status.iloc[:0], as_of=AS_OF, rules=RULES).empty


@pytest.mark.parametrize(
    ("record", "route", "bars", "rule"),
    [
        (OLD, "D9", "no_letter", "IDLE-LETTER"),
        ({**OLD, **LETTER}, "D1", "no_cause", "IDLE-D1"),
        ({**OLD, **LETTER, "idle_cause": "H"}, "D4", "holder_cause", "IDLE-GUARD-CAUSE"),
        ({**OLD, **LETTER, "idle_cause": "H"}, "D7", "two_years_over", "IDLE-A2"),
        ({**IDLE, **LETTER, "idle_cause": "H"}, "D8", "not_two_years", "IDLE-A2"),
        ({**SUPPLIED, **LETTER, "start_due": "2024-02-01", "idle_cause": "H"}, "D7",
         "not_one_year", "IDLE-FEE-AFTER"),
        ({**SUPPLIED, **LETTER, "idle_cause": "H"}, "D8", "no_start_date", "IDLE-A2"),
        ({**OLD, **LETTER, "idle_cause": "G2"}, "D8", "government_cause", "IDLE-GUARD-CAUSE"),
        ({**OLD, **LETTER, "idle_cause": "F"}, "D7", "government_cause;two_years_over",
         "IDLE-GUARD-CAUSE"),
        ({**STOPPED, **LETTER, "idle_cause": "H"}, "D8", "type_b", "IDLE-GUARD-B"),
        ({**STOPPED, **LETTER, "idle_cause": "G1"}, "D8", "government_cause;type_b",
         "IDLE-GUARD-CAUSE"),
        ({**OLD, **LETTER, "idle_cause": "G2", "sealed": True}, "D5", "sealed", "IDLE-SEALED"),
        ({**OLD, **LETTER, "idle_cause": "H", "sealed": True}, "D8", "sealed", "IDLE-SEALED"),
        ({**OLD, **LETTER, "idle_cause": "G1"}, "D5", "not_plan_change", "IDLE-D5-PAID"),
    ],
)  # fmt: skip
def test_what_bars_a_route_is_named_with_its_rule(record, route, bars, rule):
    row = long_of(record).loc[route]
    assert (row["barred_by"], row["rule"]) == (bars, rule)
    assert row["article"] == RULES[rule].article


@pytest.mark.parametrize(
    ("paid", "bars", "needs_proof"),
    [(499.98, "price_not_paid", False), (499.99, "", False), (500.0, "", False), (None, "", True)],
)
def test_a_swap_asks_for_the_price_in_full(paid, bars, needs_proof):
    row = long_of({**OLD, **LETTER, "idle_cause": "G2"}, paid=paid).loc["D5"]
    assert row["barred_by"] == bars
    assert ("price_paid" in row["needs"].split(";")) is needs_proof


@pytest.mark.parametrize(("as_of", "open_"), [("2024-11-10", False), ("2024-11-11", True)])
def test_the_bond_funded_buy_back_is_open_since_its_notice(as_of, open_):
    row = long_of({**OLD, **LETTER, "idle_cause": "G1"}, as_of=date(as_of)).loc["D4B"]
    assert bool(row["permitted"]) is open_
    assert row["barred_by"] == ("" if open_ else "not_in_force")
    assert row["certainty"] == "recalled"


def test_what_a_route_needs():
    fee = long_of({**IDLE, **LETTER, "idle_cause": "H", "mortgaged": True}).loc["D7"]
    assert fee["needs"] == "county_approval;hearing;notify_mortgagee"
    assert (fee["rule"], fee["certainty"]) == ("IDLE-FEE", "sourced")
    rows = long_of({**OLD, **LETTER, "idle_cause": "G1"})
    assert rows.loc["D2", "needs"] == (
        "agreement;county_approval;plan_public;plan_conform;price_settled"
    )
    assert rows.loc["D9", "needs"] == "start_evidence"
    assert long_of({**OLD, **LETTER, "idle_cause": "H"}).loc["D8", "needs"] == (
        "approving_authority;hearing"
    )


def test_suspected_land_may_be_judged_as_if_it_were_determined():
    assert not long_of(OLD)["permitted"].any()
    rows = long_of(OLD, assume_cause="H")
    assert rows.index[rows["permitted"]].tolist() == ["D8", "D9"]
    assert rows.loc["D8", "needs"].startswith("letter;")
    government = long_of(OLD, assume_cause="G2")
    assert government.index[government["permitted"]].tolist() == [
        "D1", "D2", "D3", "D4", "D4B", "D5", "D6", "D9",
    ]  # fmt: skip
    recorded = long_of({**OLD, "idle_cause": "G1"}, assume_cause="H")
    assert "D8" not in recorded.index[recorded["permitted"]]
    lettered = long_of({**OLD, **LETTER, "idle_cause": "H"}, assume_cause="G1")
    assert lettered.index[lettered["permitted"]].tolist() == ["D8", "D9"]
    assert not long_of({"batch_id": "B"}, assume_cause="H")["permitted"].any()


def test_by_the_measures_of_1999_a_swap_asked_for_no_amended_plan():
    rows = long_of(
        {**SUPPLIED, "start_due": "2009-01-01", "letter_no": "L", "letter_on": "2010-06-01",
         "idle_cause": "G1"},
        as_of=date("2012-06-30"), paid=500.0,
    )  # fmt: skip
    assert rows.index[rows["permitted"]].tolist() == ["D1", "D2", "D3", "D4", "D5", "D6", "D9"]
    assert "1999" in rows.loc["D5", "article"]


RECORDS = st.fixed_dictionaries(
    {
        "start_due": st.dates(date("2015-01-01"), date("2026-01-01")),
        "idle_cause": st.sampled_from([None, "H", "F", "X", *(f"G{i}" for i in range(1, 7))]),
        "letter_no": st.sampled_from([None, "L"]),
        "letter_on": st.sampled_from([None, "2020-01-01"]),
        "started_on": st.sampled_from([None, "2021-01-01"]),
        "sealed": st.sampled_from([None, True, False]),
        "mortgaged": st.sampled_from([None, True, False]),
        "price_wan": st.sampled_from([None, 0.0, 10.0]),
    }
)


@given(st.lists(RECORDS, max_size=20), st.sampled_from([None, "H", "G2"]))
def test_guards_exclude_each_other(records, assumed):
    world, status = judged(*({**SUPPLIED, **record} for record in records))
    out = routes_of(world, status, as_of=AS_OF, rules=RULES, assume_cause=assumed)
    for i, rows in out.groupby("label"):
        open_ = set(rows.loc[rows["permitted"], "route"])
        assert not ({"D7", "D8"} & open_ and set(AGREEMENT) & open_)
        assert not {"D7", "D8"} <= open_
        if status.loc[i, "started"]:
            assert not {"D7", "D8"} & open_
        if str(records[i]["idle_cause"])[:1] in {"G", "F"}:
            assert not {"D7", "D8"} & open_
        if records[i]["sealed"]:
            assert not {"D5", "D8"} & open_
        if assumed is None and status.loc[i, "status"] != "determined":
            assert not open_
    words = set(itertools.chain.from_iterable(out["barred_by"].str.split(";"))) - {""}
    assert words <= set(BARS)
    assert set(itertools.chain.from_iterable(out["needs"].str.split(";"))) - {""} <= set(NEEDS)


def flags(*records):
    world, status = judged(*records)
    return parcel_flags(world, status, as_of=AS_OF, rules=RULES)


@pytest.mark.parametrize(
    ("kind", "ceiling"), [("residential", True), ("commercial", True), ("industrial", False)]
)
def test_the_fee_of_real_estate_is_a_ceiling(kind, ceiling):
    assert flags({**IDLE, "analysis_class": kind})["fee_is_ceiling"].tolist() == [ceiling]


@pytest.mark.parametrize(
    ("approved", "again", "reclaim"),
    [
        ("2024-01-01", False, False),
        ("2023-12-31", True, False),
        ("2023-01-01", True, False),
        ("2022-12-31", True, True),
    ],
)
def test_approved_cropland_is_farmed_again_after_a_year(approved, again, reclaim):
    land = {"approved_on": approved, "analysis_class": "cropland"}
    built = {**land, **SUPPLIED, "start_due": "2020-01-01", "started_on": "2020-02-01"}
    out = flags(land, {**land, "analysis_class": "industrial"}, built)
    assert out["farm_again"].tolist() == [again, False, False]
    assert out["farm_reclaim"].tolist() == [reclaim, False, False]


def test_an_open_hoarding_case_marks_the_other_land_of_its_holder():
    case = {**OLD, **LETTER, "idle_cause": "H", "holder": "甲公司"}
    out = flags(
        case,
        {**SUPPLIED, "start_due": "2026-01-01", "holder": " 甲公司 "},
        {**case, "idle_cause": "G1", "holder": "乙公司"},
        {**OLD, "holder": "乙公司"},
        {**OLD, "holder": None},
        {**case, "holder": None},
    )
    assert out["hoarding"].tolist() == [True, False, False, False, False, True]
    assert out["holder_cases"].tolist() == [0, 1, 0, 0, 0, 0]


def test_the_mortgagee_is_told_of_idle_land_only():
    not_due = {**SUPPLIED, "start_due": "2026-01-01", "mortgaged": True}
    assert flags({**OLD, "mortgaged": True}, not_due, OLD)["notify_mortgagee"].tolist() == [
        True, False, False,
    ]  # fmt: skip
