"""Contracts and zones against the control indicators: limits met by hand, unknown stays unknown."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.evaluation import control_indicators, control_subjects
from domain import reference

DAY = dt.date(2026, 6, 30)
TABLE = reference.table("control_indicators")
WORDS = reference.table("industry_codes")
HA = 10_000.0


def contract(**changes):
    return {
        "supply_no": "S",
        "name": "n",
        "holder": "h",
        "zone_id": "z",
        "prefecture_adcode": "360100",
        "land_use": "工业用地",
        "industry": "电子信息",
        "supplied_m2": 2 * HA,
        "far_min": 1.0,
        "intensity_wan_ha": 3000.0,
        "signed_on": pd.Timestamp("2020-05-06"),
        "demonstration": False,
    } | changes


def projects(*changes):
    rows = pd.DataFrame([contract(supply_no=f"S{i}", **one) for i, one in enumerate(changes)])
    return control_subjects.of_contracts(rows, TABLE, WORDS, as_of=DAY)


def verdicts(found, version="2008", indicator="far"):
    table = control_indicators.assess(found, TABLE, version=version)
    return table[table["indicator"] == indicator].set_index("project")


def test_areas_and_money_follow_from_what_was_agreed():
    (row,) = projects({"far_min": 1.2}).to_dict("records")
    assert row["land_m2"] == 20_000.0
    assert row["counted_floor_m2"] == 24_000.0
    assert row["fixed_assets_wan"] == 6_000.0


@pytest.mark.parametrize(
    ("use", "kept"),
    [
        ("工业用地", True),
        ("仓储用地", True),
        ("采矿用地", True),
        ("住宅用地", False),
        (None, False),
    ],
)
def test_only_industrial_land_is_looked_at(use, kept):
    assert len(projects({"land_use": use})) == int(kept)


@pytest.mark.parametrize(("day", "kept"), [("2026-06-30", True), ("2026-07-01", False)])
def test_contracts_of_later_days_are_not(day, kept):
    assert len(projects({"signed_on": pd.Timestamp(day)})) == int(kept)


@pytest.mark.parametrize(
    ("industry", "code", "version", "basis"),
    [
        ("C39", "39", "GB/T 4754-2017", "code"),
        ("3911 计算机整机制造", "3911", "GB/T 4754-2017", "code"),
        ("医药制造业", "27", "GB/T 4754-2017", "name"),
        ("电子信息", "39", "GB/T 4754-2017", "word"),
        ("工业", None, None, "none"),
        (None, None, None, "none"),
        ("5G 基站 12345", None, None, "none"),
    ],
)
def test_an_industry_gives_its_code_or_none(industry, code, version, basis):
    (row,) = projects({"industry": industry}).to_dict("records")
    assert row["code_basis"] == basis
    assert (row["code"] if code else None) == code
    assert pd.isna(row["code_version"]) if version is None else row["code_version"] == version


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2002-09-30", None),
        ("2002-10-01", "GB/T 4754-2002"),
        ("2011-10-31", "GB/T 4754-2002"),
        ("2011-11-01", "GB/T 4754-2011"),
        ("2017-09-30", "GB/T 4754-2011"),
        ("2017-10-01", "GB/T 4754-2017"),
    ],
)
def test_a_number_is_read_in_the_version_in_force_at_signing(day, version):
    (row,) = projects({"industry": "C39", "signed_on": pd.Timestamp(day)}).to_dict("records")
    assert pd.isna(row["code_version"]) if version is None else row["code_version"] == version


@pytest.mark.parametrize(("far", "verdict"), [(1.0, "pass"), (0.99, "fail"), (None, "unknown")])
def test_the_agreed_floor_area_ratio_is_held_against_its_limit(far, verdict):
    found = verdicts(projects({"far_min": far}))
    assert found["verdict"].tolist() == [verdict]
    assert found["limit"].tolist() == [1.0]


def test_without_a_code_or_a_limit_nothing_passes():
    assert verdicts(projects({"industry": "工业", "far_min": 9.0}))["reason"].tolist() == [
        "no_code"
    ]
    found = verdicts(projects({}), "2023", "investment_intensity")
    assert found[["verdict", "reason"]].to_numpy().tolist() == [["unknown", "no_limit"]]


def test_zones_are_held_against_building_coefficient_and_have_no_floor_area_ratio():
    figures = pd.DataFrame(
        {
            "built_industrial_m2": [100.0, 100.0, np.nan],
            "industrial_footprint_m2": [40.0, 39.0, 50.0],
        },
        index=["a", "b", "c"],
    )
    found = control_subjects.of_zones(figures)
    assert verdicts(found, "2023", "building_coefficient")["verdict"].tolist() == [
        "pass", "fail", "unknown",
    ]  # fmt: skip
    assert set(verdicts(found, "2023", "far")["verdict"]) == {"unknown"}


def test_verdicts_are_counted_and_add_up():
    found = projects({}, {"far_min": 0.5}, {"industry": "工业"}, {"far_min": None})
    counted = control_subjects.counts(
        control_indicators.assess(found, TABLE, version="2008")
    ).set_index("indicator")
    assert (counted[["pass", "fail", "unknown"]].sum(axis=1) == 4).all()
    row = counted.loc["far"]
    assert (row["pass"], row["fail"], row["unknown"]) == (1, 1, 2)
    assert (row["without_figure"], row["without_limit"]) == (1, 1)
    assert row["limits"] == [1.0]


def test_every_word_has_a_code_that_the_table_lists():
    listed = TABLE[TABLE["code"].notna()]
    pairs = set(zip(listed["code_version"], listed["code"], strict=True))
    assert set(zip(WORDS["code_version"], WORDS["code"], strict=True)) <= pairs
    assert set(WORDS["confidence"]) == {"default"}
