"""Totals of idle land."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.idle.status import NOT_STARTED, STATUSES, SUSPECTED, parcel_status
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


ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "z1", "z2"]),
        st.sampled_from(STATUSES),
        st.booleans(),
        st.sampled_from(["", "sealed"]),
        st.one_of(st.none(), st.integers(0, 2**20)),
    ),
    max_size=30,
)


def plain(rows):
    """Count and area of every name in every unit, one row after the other."""
    found = {}
    for zone, status, started, apart, area in rows:
        idle = status == "determined" or status in SUSPECTED
        waits = status in NOT_STARTED or status == "determined"
        names = {
            "all": True,
            "unsupplied": status == "unsupplied",
            "supplied": status != "unsupplied",
            "not_started": waits and not started,
            "due_soon": status == "due_soon",
            "overdue": status == "overdue",
            "suspected": status in SUSPECTED and not apart,
            "determined": status == "determined" and not apart,
            "idle": idle and not apart,
            "excluded": bool(apart),
            "unknown": status == "unknown_start",
        }
        unit = found.setdefault(zone or "", dict.fromkeys(names, (0, 0.0)))
        for name, counts in names.items():
            if counts:
                unit[name] = (unit[name][0] + 1, unit[name][1] + (area or 0))
    return found


@settings(max_examples=60)
@given(ROWS)
def test_totals_are_those_of_one_row_after_the_other(rows):
    zone, status, started, apart, area = zip(*rows, strict=True) if rows else ([],) * 5
    frame = pd.DataFrame(
        {
            "zone_id": pd.Series(zone, dtype="string"),
            AREA: pd.Series(area, dtype="float64"),
            "status": pd.Series(status, dtype="str"),
            "started": pd.Series(started, dtype="bool"),
            "excluded": pd.Series(apart, dtype="str"),
        }
    )
    out = summarise(frame, frame, by="zone_id").set_index("unit")
    wanted = plain(rows)
    assert sorted(out.index) == sorted(wanted)
    for unit, names in wanted.items():
        for name, (count, area_m2) in names.items():
            assert out.loc[unit, f"{name}_count"] == count
            assert out.loc[unit, f"{name}_area_m2"] == area_m2
    by_status = counts_and_areas(frame, frame, by="zone_id")
    assert by_status["count"].sum() == len(rows)
    assert by_status["area_m2"].sum() == sum(row[4] or 0 for row in rows)
