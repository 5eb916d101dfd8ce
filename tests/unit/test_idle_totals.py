"""Totals of idle land."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.idle.status import parcel_status
from analytics.idle.totals import counts_and_areas, summarise
from domain.parcels import AREA
from domain.rules import load_rules
from geo.errors import SchemaError
from tests.land_world import date, parcels

AS_OF = date("2024-12-31")
RULES = load_rules("idle", as_of=AS_OF)
SUPPLIED = {"supply_no": "S", "price_wan": 500.0}
IDLE = {**SUPPLIED, "start_due": "2023-06-01"}
OLD = {**SUPPLIED, "start_due": "2020-06-01"}


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
