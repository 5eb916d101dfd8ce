"""Enterprises as units: land by hand, shared plants, sums beside zones, nothing made up."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation import enterprises as firms
from analytics.evaluation import permu
from domain.permu_schemes import permu_schemes

SCHEME = permu_schemes()["tongling-2021"]
DAY = dt.date(2024, 12, 31)


def rows(*changes, **more):
    base = {
        "year": 2024.0, "zone_id": "a", "demonstration": False, "plant_id": None,
        "plant_land_m2": np.nan, "floor_area_m2": np.nan, "certified_m2": np.nan,
        "uncertified_m2": np.nan, "rented_m2": np.nan, "tax_wan": 1.0,
    }  # fmt: skip
    made = pd.DataFrame([base | more | change for change in changes])
    return made.assign(record_id=[f"f{k}" for k in range(len(made))]).astype(
        {"plant_id": "string", "zone_id": "string"}
    )


def land(*changes):
    found = firms.units(rows(*changes), 2024)
    return found["land_m2"].fillna(-1.0).tolist()


def test_land_adds_up_what_is_stated_and_names_what_is_not():
    found = firms.units(
        rows({"certified_m2": 5.0, "rented_m2": 2.0}, {}, {"certified_m2": 0.0}), 2024
    )
    assert found["land_m2"].fillna(-1.0).tolist() == [7.0, -1.0, 0.0]
    assert found["land_missing"].tolist() == [
        "uncertified_m2", "certified_m2;uncertified_m2;rented_m2", "uncertified_m2;rented_m2",
    ]  # fmt: skip
    assert firms.land_parts(found.iloc[0]) == {
        "certified_m2": 5.0, "uncertified_m2": None, "rented_m2": 2.0, "shared_m2": None,
    }  # fmt: skip


def test_tenants_share_the_land_of_their_plant_beside_their_own():
    plant = {"plant_id": "p", "plant_land_m2": 90.0}
    found = firms.units(
        rows(
            {**plant, "floor_area_m2": 10.0},
            {**plant, "floor_area_m2": 20.0, "certified_m2": 5.0},
            {**plant, "floor_area_m2": 1.0, "zone_id": "b"},
        ),
        2024,
    )
    assert found["land_m2"].tolist() == [30.0, 65.0, 90.0]
    assert found["land_missing"].tolist()[0] == ""
    assert found["plant_fault"].tolist() == ["", "", ""]


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({"plant_land_m2": 91.0, "floor_area_m2": 20.0}, [-1.0, -1.0, 3.0]),
        ({"plant_land_m2": 90.0, "floor_area_m2": -1.0}, [-1.0, -1.0, 3.0]),
        ({"plant_land_m2": 90.0}, [-1.0, -1.0, 3.0]),
        ({"floor_area_m2": 20.0}, [30.0, -1.0, 3.0]),
    ],
)
def test_land_of_a_plant_that_cannot_be_split_is_missing_and_never_half(second, found):
    first = {"plant_id": "p", "plant_land_m2": 90.0, "floor_area_m2": 10.0}
    assert (
        land(first, {"plant_id": "p", "certified_m2": 5.0, **second}, {"rented_m2": 3.0}) == found
    )


def test_only_rows_of_the_year_count_and_real_ones_stand_alone():
    made = rows({"certified_m2": 1.0}, {"year": 2023.0}, {"demonstration": True})
    assert firms.years(made) == (2024, 2023)
    assert firms.units(made, 2024).index.tolist() == ["f0"]
    assert firms.units(made, 2023).index.tolist() == ["f1"]
    assert firms.units(made.assign(demonstration=True), 2024).index.tolist() == ["f0", "f2"]
    assert firms.units(made, 2022).empty


@given(
    st.lists(st.floats(0.0, 1e5), min_size=1, max_size=8),
    st.floats(1.0, 1e7),
)
def test_tenants_add_up_to_their_plant(floors, plant):
    found = firms.units(
        rows(*({"floor_area_m2": one} for one in floors), plant_id="p", plant_land_m2=plant), 2024
    )
    if sum(floors) > 0:
        assert found["land_m2"].sum() == pytest.approx(plant)
    else:
        assert found["land_m2"].isna().all()


def world():
    made = rows(
        {"certified_m2": 100.0, "tax_wan": 9.0},
        {"certified_m2": 100.0, "tax_wan": 5.0},
        {"tax_wan": 4.0},
        {"certified_m2": 300.0, "tax_wan": 3.0, "zone_id": "b"},
        {"certified_m2": 300.0, "tax_wan": None, "zone_id": "b"},
    )
    found = firms.units(made, 2024)
    return found, permu.evaluate(found, SCHEME, as_of=DAY).table


def test_sums_stand_beside_the_figures_of_the_zone_and_nothing_is_settled():
    found, table = world()
    zones = pd.DataFrame({"built_industrial_m2": [150.0], "industrial_tax_wan": [20.0]}, ["a"])
    out = firms.by_zone(found, table, SCHEME, zones)
    a, b = out.loc["a"], out.loc["b"]
    assert [a["enterprises"], a["land_m2"], a["tax_wan"]] == [3.0, 200.0, 18.0]
    assert [a["zone_land_m2"], a["gap_land_m2"]] == [150.0, 50.0]
    assert a["share_land_m2"] == pytest.approx(4 / 3)
    assert a["gap_tax_wan"] == -2.0
    assert [a["lacking_land_m2"], b["lacking_tax_wan"]] == [1, 1]
    assert pd.isna(b["gap_land_m2"])
    assert pd.isna(a["zone_enterprises"])
    classes = [*(one.name for one in SCHEME.classes), firms.UNRANKED]
    assert out[classes].to_numpy().sum() == len(found)
    assert b[firms.UNRANKED] == 1


def test_classes_hold_all_enterprises_land_and_tax():
    found, table = world()
    out = firms.by_class(found, table, SCHEME)
    assert out["enterprises"].tolist() == [0, 1, 1, 1, 2]
    assert out["before_veto"].sum() == len(found)
    assert out["land_m2"].sum() == found["land_m2"].sum()
    assert out.loc["B", "land_share"] == pytest.approx(100 / 800)
    assert out["land_share"].sum() == pytest.approx(1.0)
    assert out.loc["D", "tax_share"] == pytest.approx(3 / 21)


def test_where_no_land_is_known_there_is_no_share():
    found = firms.units(rows({}, {"tax_wan": None}), 2024)
    table = permu.evaluate(found, SCHEME, as_of=DAY).table
    assert table["not_ranked"].tolist() == ["missing", "missing"]
    out = firms.by_class(found, table, SCHEME)
    assert out["land_share"].isna().all()
    assert out.loc[firms.UNRANKED, ["enterprises", "tax_share"]].tolist() == [2, 1.0]
    beside = firms.by_zone(found, table, SCHEME, pd.DataFrame()).loc["a"]
    assert pd.isna(beside["land_m2"])
    assert [beside["lacking_land_m2"], beside["lacking_tax_wan"]] == [2, 1]


def test_a_choice_in_a_few_figures_by_hand():
    plant = {"plant_id": "p", "plant_land_m2": 90.0, "tax_wan": 5.0}
    units = firms.units(
        rows(
            {"certified_m2": 2000 / 3, "tax_wan": 10.0, "started_on": "2010-01-01"},
            {"certified_m2": 4000 / 3, "tax_wan": 2.0, "zone_id": "b"},
            {"certified_m2": 1000.0, "tax_wan": np.nan, "zone_id": "b"},
            {},
            plant,
        ),
        2024,
    )
    table = permu.evaluate(units, SCHEME, as_of=DAY).table
    table.loc["f1", "vetoes"] = "safety_open"
    found = firms.summary(units, table)
    assert (found.enterprises, found.zones, found.ranked, found.vetoed) == (5, 2, 2, 1)
    assert (found.land_known, found.torn, found.both) == (3, 1, 2)
    # 12 wan on 1 and 2 mu.
    assert found.tax_wan_per_mu == pytest.approx(4.0)
    assert found.median_score == pytest.approx(table.loc[["f0", "f1"], "score"].median())


def test_a_choice_without_land_has_no_yield_and_no_median():
    units = firms.units(rows({}, {"certified_m2": 0.0}), 2024)
    found = firms.summary(units, permu.evaluate(units, SCHEME, as_of=DAY).table)
    assert (found.ranked, found.median_score, found.tax_wan_per_mu) == (0, None, None)
