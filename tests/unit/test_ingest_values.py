"""Dates, numbers, units, yes and no, field names: as offices write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ingest import land_class, mapping, values
from ingest.model import Finding


@pytest.mark.parametrize(
    "written",
    [
        "2019.2.26",
        "2019/2/26",
        "2019-02-26",
        "20190226",
        "2019年2月26日",
        "2019-02-26 08:30:00",
        "43522",
        "２０１９．２．２６",
        " 2019.02.26 ",
    ],
)
def test_dates(written: str):
    found, bad = values.dates(pd.Series([written]))
    assert found[0] == pd.Timestamp("2019-02-26")
    assert not bad[0]


@pytest.mark.parametrize("written", ["1900-01-01", "", "/", "无", None, "0"])
def test_dates_that_stand_for_nothing(written: str | None):
    found, bad = values.dates(pd.Series([written], dtype="object"))
    assert pd.isna(found[0])
    assert not bad[0]


@pytest.mark.parametrize("written", ["二〇一九年", "2019-13-01", "2019-02-30", "不详", "5"])
def test_dates_that_are_none(written: str):
    found, bad = values.dates(pd.Series([written]))
    assert pd.isna(found[0])
    assert bad[0]


def test_dates_as_numbers_and_as_dates():
    serials, bad = values.dates(pd.Series([43522.0, 20190226.0, np.nan]))
    assert serials[:2].tolist() == [pd.Timestamp("2019-02-26")] * 2
    assert not bad.any()
    typed, _ = values.dates(pd.Series(pd.to_datetime(["2019-02-26 10:00", "1900-01-01 00:00"])))
    assert typed[0] == pd.Timestamp("2019-02-26")
    assert pd.isna(typed[1])


@pytest.mark.parametrize(
    ("written", "number"),
    [("1,234.5", 1234.5), ("１２３．４", 123.4), ("12.5公顷", 12.5), (" 7 ", 7.0), ("-3", -3.0)],
)
def test_numbers_stored_as_text(written: str, number: float):
    found, bad = values.numbers(pd.Series([written]))
    assert found[0] == number
    assert not bad[0]


def test_numbers_that_are_none():
    found, bad = values.numbers(pd.Series(["约三亩", "****", "无", None], dtype="object"))
    assert found.isna().all()
    assert bad.tolist() == [True, True, False, False]


def test_yes_and_no():
    found, bad = values.flags(pd.Series(["是", "否", "1", "0", "也许", None], dtype="object"))
    assert found[:4].tolist() == [True, False, True, False]
    assert bad.tolist() == [False] * 4 + [True, False]


def test_whole_numbers_keep_no_decimals_as_text():
    assert values.text(pd.Series([601.0, np.nan]))[0] == "601"


def test_floats_too_large_to_be_exact_are_told_as_they_are():
    edge = 2.0**53
    told = values.text(pd.Series([edge, 2 * edge, 1e19, -1e19, np.inf]))
    assert told[0] == "9007199254740992"
    assert [float(text) for text in told[1:]] == [2 * edge, 1e19, -1e19, np.inf]


@pytest.mark.parametrize(
    ("factor", "unit"),
    [(1.0, "m2"), (1e-4, "ha"), (0.0015, "mu"), (1 / 15, ""), (1.049, "m2"), (1.06, "")],
)
def test_area_unit_from_the_ratio(factor: float, unit: str):
    computed = pd.Series([41_387.9, 20_448.5, 9_999.0])
    assert values.unit_by_ratio(computed * factor, computed, tolerance=0.05) == unit


def test_fields_find_their_columns_by_synonym_and_by_cut_name():
    names = ["DKBH", "项目名称", "供应面积(公顷)", "约定动工时", "备注"]
    found = mapping.plan(names, "parcels", {}, codec="gb18030")
    assert found.sources == {
        "parcel_id": ("DKBH", "synonym"),
        "name": ("项目名称", "synonym"),
        "area_stated_m2": ("供应面积(公顷)", "synonym"),
        "start_due": ("约定动工时", "cut"),
    }


def test_a_choice_goes_before_the_synonyms_and_may_close_a_column():
    chosen = {"parcel_id": "XMMC", "name": ""}
    found = mapping.plan(["DKBH", "XMMC"], "parcels", chosen, codec="gbk")
    assert found.sources == {"parcel_id": ("XMMC", "choice")}


def test_other_fields_keep_their_names_and_never_take_one_of_ours():
    fields = pd.DataFrame({"DKBH": ["1"], "geometry": ["x"], "source_row": ["9"], "备注": ["好"]})
    plan = mapping.plan(list(fields), "parcels", {}, codec="gb18030")
    mapped = mapping.apply(fields, plan)
    assert list(mapped.frame.columns) == ["parcel_id", "geometry_", "source_row_", "备注"]
    assert plan.unmapped == ("geometry", "source_row", "备注")


def test_unreadable_cells_name_row_field_and_value():
    fields = pd.DataFrame({"DKBH": ["1", "2"], "签订日期": ["2019.2.26", "去年"]})
    plan = mapping.plan(list(fields), "parcels", {}, codec="gb18030")
    mapped = mapping.apply(fields, plan)
    assert mapped.findings == (
        Finding(code="VAL-001", row=2, values={"field": "签订日期", "value": "去年"}),
    )


def detect(codes: list[str], names: list[str] | None = None) -> str:
    named = pd.Series(names, dtype="string") if names else None
    return land_class.detect(pd.Series(codes, dtype="string"), named, least_vote=0.9)


@pytest.mark.parametrize(
    ("codes", "names", "standard"),
    [
        (["0601", "05H1"], None, land_class.THIRD_SURVEY),
        (["0601", "0604"], None, land_class.GB21010),
        (["100101", "0601"], None, land_class.LAND_SEA),
        (["M1", "R2"], None, land_class.CITY_PLAN),
        (["011", "204"], None, land_class.SECOND_SURVEY),
        (["1001"], ["工业用地"], land_class.LAND_SEA),
        (["0601", "0508"], ["工业用地", "物流仓储用地"], land_class.THIRD_SURVEY),
        (["0601"], None, ""),
        (["0601"], ["农村道路"], land_class.LAND_SEA),
    ],
)
def test_standard_of_colliding_codes(codes: list[str], names: list[str] | None, standard: str):
    assert detect(codes, names) == standard


def test_the_same_code_means_different_land():
    codes = pd.Series(["0601", "9999"], dtype="string")
    survey = land_class.analysis_classes(codes, land_class.THIRD_SURVEY)
    guide = land_class.analysis_classes(codes, land_class.LAND_SEA)
    assert (survey[0], guide[0]) == ("industrial", "rural_road")
    assert pd.isna(survey[1])
    assert land_class.analysis_classes(codes, "").isna().all()


def test_names_keep_their_punctuation_and_lose_only_full_width_signs_of_numbers():
    given = pd.Series(["甲公司（一期），２０１９－３号", "Ⅱ期㎡", "　厂区　", "，"])
    assert values.text(given).tolist() == ["甲公司（一期），2019-3号", "Ⅱ期㎡", "厂区", "，"]
