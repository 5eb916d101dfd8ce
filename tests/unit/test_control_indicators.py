"""Control indicators: codes of both classifications, limits on both sides, storeys, reasons."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.evaluation import control_indicators
from domain.reference import table
from domain.rules import load_rules
from geo.errors import SchemaError

TABLE = table("control_indicators")
RULES = load_rules("control", as_of=dt.date(2026, 1, 1))
OLD, NEW = "GB/T 4754-2002", "GB/T 4754-2017"

PROJECT = {
    "code": "40",
    "code_version": OLD,
    "land_m2": 10_000.0,
    "floor_area_m2": 9_000.0,
    "counted_floor_m2": 12_000.0,
    "building_footprint_m2": 4_000.0,
    "structure_footprint_m2": 500.0,
    "open_storage_m2": 500.0,
    "admin_land_m2": 600.0,
    "admin_floor_m2": 900.0,
    "green_m2": 1_500.0,
    "fixed_assets_wan": 4_000.0,
}


def assessed(version="2008", limits=TABLE, **changes):
    projects = pd.DataFrame([PROJECT | changes], index=["p"])
    found = control_indicators.assess(projects, limits, version=version)
    return found.set_index("indicator")


def test_a_project_by_hand():
    found = assessed()
    assert found["value"].to_dict() == pytest.approx(
        {"far": 1.2, "building_coefficient": 0.5, "admin_land_share": 0.06, "green_share": 0.15}
    )
    assert found["limit"].tolist() == [1.0, 0.3, 0.07, 0.2]
    assert found["verdict"].tolist() == ["pass"] * 4
    assert found.loc["far", ["matched_code", "code_version", "version"]].tolist() == [
        "40", OLD, "2008",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("indicator", "change", "verdict"),
    [
        ("far", {"counted_floor_m2": 10_000.0}, "pass"),
        ("far", {"counted_floor_m2": 9_999.0}, "fail"),
        ("building_coefficient", {"building_footprint_m2": 2_000.0}, "pass"),
        ("building_coefficient", {"building_footprint_m2": 1_999.0}, "fail"),
        ("admin_land_share", {"admin_land_m2": 700.0}, "pass"),
        ("admin_land_share", {"admin_land_m2": 701.0}, "fail"),
        ("green_share", {"green_m2": 2_000.0}, "pass"),
        ("green_share", {"green_m2": 2_001.0}, "fail"),
    ],
)
def test_each_limit_on_both_sides(indicator, change, verdict):
    row = assessed(**change).loc[indicator]
    assert row["verdict"] == verdict
    assert row["reason"] == {"pass": "met", "fail": "not_met"}[verdict]


@pytest.mark.parametrize(
    ("version", "code", "limit", "matched"),
    [
        (OLD, "39", 0.7, "39"),  # electrical in 2002
        (NEW, "39", 1.0, "39"),  # electronics in 2017
        (NEW, "38", 0.7, "38"),
        (OLD, "3321", 0.6, "33"),
        (NEW, "2915", 0.8, "291"),
        (NEW, "292", 1.0, "292"),
        (OLD, "30", 1.0, "30"),  # plastics in 2002
        (NEW, "30", 0.7, "30"),  # non-metal minerals in 2017
    ],
)
def test_a_code_means_what_its_version_says(version, code, limit, matched):
    row = assessed(code=code, code_version=version).loc["far"]
    assert (row["limit"], row["matched_code"]) == (limit, matched)


def test_limits_of_the_later_classification_are_marked_as_recalled():
    rows = TABLE[TABLE["code_version"] == NEW]
    assert (rows["confidence"] == "recalled").all()
    assert assessed(code="39", code_version=NEW).loc["far", "confidence"] == "recalled"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": None}, "no_code"),
        ({"code": " "}, "no_code"),
        ({"code_version": None}, "no_code_version"),
        ({"code_version": "GB/T 4754-1994"}, "no_code_version"),
        ({"code": "29", "code_version": NEW}, "code_too_short"),
        ({"code": "4", "code_version": OLD}, "code_too_short"),
        ({"code": "44", "code_version": OLD}, "code_not_listed"),
        ({"code": "43", "code_version": NEW}, "code_not_listed"),
        ({"counted_floor_m2": np.nan}, "missing"),
        ({"land_m2": 0.0}, "missing"),
    ],
)
def test_what_cannot_be_judged_says_why(change, reason):
    row = assessed(**change).loc["far"]
    assert (row["verdict"], row["reason"]) == ("unknown", reason)


def test_a_missing_figure_is_named():
    row = assessed(open_storage_m2=np.nan).loc["building_coefficient"]
    assert (row["reason"], row["missing"]) == ("missing", "open_storage_m2")


def test_the_revision_of_2023_binds_three_kinds_and_has_no_floor_area_ratios_here():
    found = assessed("2023")
    assert found.loc["far", "reason"] == "no_limit"
    assert found[found["force"] == "normative"].index.tolist() == [
        "far", "building_coefficient", "admin_land_share", "admin_floor_share",
    ]  # fmt: skip
    assert not found.loc[["green_share", "investment_intensity"], "binding"].any()
    assert found.loc["building_coefficient", ["limit", "confidence"]].tolist() == [0.4, "recalled"]


@pytest.mark.parametrize(("floor", "verdict"), [(1350.0, "pass"), (1351.0, "fail")])
def test_floor_of_offices_against_the_actual_floor_area(floor, verdict):
    assert assessed("2023", admin_floor_m2=floor).loc["admin_floor_share", "verdict"] == verdict


def test_offices_that_are_not_apart_get_land_by_their_floor_area():
    row = assessed(admin_land_m2=np.nan).loc["admin_land_share"]
    assert row["numerator"] == pytest.approx(1_000.0)
    assert (row["apportioned"], row["verdict"]) == (True, "fail")
    assert not assessed().loc["admin_land_share", "apportioned"]
    lost = assessed(admin_land_m2=np.nan, floor_area_m2=np.nan).loc["admin_land_share"]
    assert lost["reason"] == "missing"


def test_an_office_may_fill_in_its_own_limits():
    own = TABLE[TABLE["version"] == "2023"].copy()
    own.loc[own["indicator"] == "far", ["value", "force"]] = [1.3, "local"]
    row = assessed("2023", own).loc["far"]
    assert (row["verdict"], row["binding"]) == ("fail", True)


def test_money_is_per_hectare():
    assert assessed("2023").loc["investment_intensity", "value"] == pytest.approx(4_000.0)


def test_the_whole_verdict_and_what_it_rests_on():
    projects = pd.DataFrame(
        [PROJECT, PROJECT | {"green_m2": 9_000.0}, PROJECT | {"code": None},
         PROJECT | {"code": None, "green_m2": 9_000.0}, PROJECT | {"collective": True}],
        index=list("abcde"),
    )  # fmt: skip
    found = control_indicators.overall(control_indicators.assess(projects, TABLE, version="2008"))
    assert found["verdict"].tolist() == ["pass", "fail", "unknown", "fail", "unknown"]
    assert found["failed"].tolist() == ["", "green_share", "", "green_share", ""]
    assert found["unknown"].tolist() == ["", "", "far", "far", ""]
    assert found.loc["a", "recalled"] == "green_share"


def test_an_unknown_version_is_refused_with_those_that_there_are():
    with pytest.raises(control_indicators.UnknownTableError, match=r"CTL-001.*2008, 2023"):
        assessed("1999")


def test_a_project_that_stands_twice_is_refused():
    twice = pd.DataFrame([PROJECT, PROJECT], index=["p", "p"])
    with pytest.raises(SchemaError):
        control_indicators.assess(twice, TABLE, version="2008")


def storeys(*rows):
    return pd.DataFrame(rows, columns=["project", "floor_area_m2", "height_m"])


@pytest.mark.parametrize(("height", "counted"), [(8.0, 100.0), (8.01, 200.0), (np.nan, 100.0)])
def test_a_storey_above_eight_metres_counts_double(height, counted):
    found = control_indicators.counted_floor_area(storeys(("p", 100.0, height)), rules=RULES)
    assert found.loc["p", ["floor_area_m2", "counted_floor_m2"]].tolist() == [100.0, counted]
    assert found.loc["p", "height_unknown"] == int(np.isnan(height))


def test_storeys_of_projects_add_up():
    rows = storeys(("p", 100.0, 9.0), ("p", 50.0, 4.0), ("q", 70.0, 3.0), ("r", np.nan, 3.0))
    found = control_indicators.counted_floor_area(rows, rules=RULES)
    assert found["counted_floor_m2"].tolist() == pytest.approx([250.0, 70.0, np.nan], nan_ok=True)
    assert found["doubled"].tolist() == [1, 0, 0]


@pytest.mark.parametrize("row", [("p", -1.0, 3.0), ("p", 1.0, -3.0)])
def test_figures_below_zero_are_refused(row):
    with pytest.raises(SchemaError):
        control_indicators.counted_floor_area(storeys(row), rules=RULES)


def test_every_indicator_of_the_table_has_its_formula():
    assert set(TABLE["indicator"]) <= set(control_indicators.MEASURES)
    units = TABLE.set_index("indicator")["unit"]
    for name, unit in units.items():
        assert control_indicators.MEASURES[name].unit == unit
