"""Totals and routes of idle land."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.idle import parcel_status
from analytics.idle_routes import permitted_routes
from analytics.idle_totals import counts_and_areas, summarise
from domain.parcels import AREA
from domain.rules import load_rules
from geo.errors import SchemaError
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


@pytest.fixture
def world():
    frame, status = judged(
        {"batch_id": "B", "zone_id": "z1"},
        {**IDLE, "zone_id": "z1"},
        {**IDLE, "zone_id": "z1", "sealed": True},
        {**OLD, "zone_id": "z2", "letter_no": "L"},
        {**SUPPLIED, "start_due": "2025-02-01"},
        {**SUPPLIED, "zone_id": "z2", "start_due": "2020-01-01", "finished_on": "2022-01-01"},
    )
    frame[AREA] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    return frame, status


def test_count_and_area_per_unit(world):
    out = summarise(*world, by="zone_id").set_index("unit")
    assert out.index.tolist() == ["z2", "z1", ""]  # most idle area first
    assert out["all_count"].to_dict() == {"z1": 3, "z2": 2, "": 1}
    assert out.loc["z1", ["suspected_count", "excluded_count", "unsupplied_count"]].tolist() == [
        1,
        1,
        1,
    ]
    assert out.loc["z1", "suspected_area_m2"] == 2.0
    assert out.loc["z1", "excluded_area_m2"] == 4.0
    assert out.loc["z1", "idle_share"] == pytest.approx(2 / 6)
    assert out.loc["z1", "nonuse_share"] == pytest.approx(7 / 7)
    assert out.loc["z2", "idle_share"] == pytest.approx(8 / 40)
    assert out.loc["z2", "nonuse_share"] == pytest.approx(8 / 40)
    assert out.loc["", "due_soon_area_m2"] == 16.0


def test_totals_add_up_over_every_division(world):
    whole = summarise(*world, by=None)
    assert len(whole) == 1
    for by in ("prefecture_adcode", "county_adcode", "zone_id"):
        parts = summarise(*world, by=by)
        for name in whole.columns[1:-2]:
            assert parts[name].sum() == pytest.approx(whole[name].iloc[0]), name
        long = counts_and_areas(*world, by=by)
        assert long["count"].sum() == 6
        assert long["area_m2"].sum() == 63.0


def test_no_supplied_land_has_no_share():
    out = summarise(*judged({"batch_id": "B"}), by=None)
    assert pd.isna(out["idle_share"].iloc[0])
    assert out["nonuse_share"].iloc[0] == 1.0


def test_an_unknown_unit_is_named(world):
    frame, status = world
    with pytest.raises(SchemaError, match="zone_id"):
        summarise(frame.drop(columns="zone_id"), status, by="zone_id")


def routes(record):
    frame, status = judged(record)
    return permitted_routes(frame, status, as_of=AS_OF, rules=RULES).iloc[0]


AGREEMENT = ["D1", "D2", "D3", "D4", "D5", "D6"]
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
        ({**OLD, **LETTER, "idle_cause": "G1"}, [*AGREEMENT, "D9"]),
        ({**OLD, **LETTER, "idle_cause": "F"}, [*AGREEMENT, "D9"]),
        ({**OLD, **LETTER}, ["D9"]),  # cause not found yet
        ({**STOPPED, **LETTER, "idle_cause": "H"}, [*AGREEMENT, "D9"]),  # type B
        ({**OLD, **LETTER, "idle_cause": "H", "sealed": True}, ["D9"]),
        (
            {**OLD, **LETTER, "idle_cause": "G1", "sealed": True},
            ["D1", "D2", "D3", "D4", "D6", "D9"],
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
