"""Cells, dates, official numbers and classes: one row on each side of every rule."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from domain import code_lists, codes
from domain.boundaries import known_adcodes
from domain.distinct import of_distinct
from domain.schema import column
from ingest.check_cells import cell_checks
from ingest.check_classes import class_checks
from ingest.check_codes import code_checks
from ingest.check_dates import date_checks
from ingest.land_class import GB21010, LAND_SEA, THIRD_SURVEY, proven
from tests.rows_of import AS_OF, kept_out, rows, told, words

PARCEL = "360121001002GB00012"


def test_required_cells_keep_a_ledger_row_out():
    seen = cell_checks(rows("supply", supply_no=["a", None], signed_on=["2020-01-01", None]))
    assert told(seen)["VAL-009"] == [12, 12]
    assert words(seen, "VAL-009", "zh_CN")[0].startswith("必填字段“电子监管号”为空")
    assert kept_out(seen) == {12: "VAL-009"}


def test_a_shape_without_a_number_is_no_reason_to_keep_it_out():
    assert "VAL-009" not in told(cell_checks(rows("parcels", parcel_id=[None, "1"])))


@pytest.mark.parametrize(("kind", "name"), list(code_lists.LIST_OF))
def test_every_dictionary_knows_its_codes_and_nothing_else(kind, name):
    words_of = code_lists.codes(code_lists.LIST_OF[kind, name])
    assert column(kind, name) is not None
    assert len(words_of) >= 2
    seen = cell_checks(rows(kind, **{name: [*words_of, None, "没有这一种"]}))
    assert told(seen)["VAL-010"] == [11 + len(words_of) + 1]
    assert "没有这一种" in words(seen, "VAL-010")[0]


def test_words_of_a_dictionary_may_be_names_codes_or_both():
    given = pd.Series(["D7 征缴土地闲置费", "有偿收回", "d1", " Ｄ８ ", "xx", None], dtype="string")
    found = code_lists.code_of("disposal_route", given)
    assert found.tolist() == ["D7", "D4", "D1", "D8", pd.NA, pd.NA]


@pytest.mark.parametrize("bad", ["南\ufffd昌", "锟斤拷", "a\x07b", "\ue001x"])
def test_damaged_text(bad):
    seen = cell_checks(
        rows("parcels", name=["南昌ＡＢ（一期）、“好”", bad, None], holder=["甲", "乙", "丙"])
    )
    assert told(seen) == {"VAL-019": [12]}


def test_placeholders_tell_nothing():
    assert told(cell_checks(rows("parcels", name=["待定", "待定桥工业园"])))["VAL-024"] == [11]


def test_negative_numbers():
    seen = cell_checks(rows("parcels", price_wan=[-0.01, 0.0]))
    assert told(seen)["VAL-014"] == [11]
    assert "-0.01" in words(seen, "VAL-014")[0]


def test_floor_area_ratios():
    seen = cell_checks(
        rows("supply", far_min=[1.0, 2.0, 1.0, None], far_max=[1.0, 1.9, 15.1, 15.0])
    )
    assert told(seen)["VAL-015"] == [12]
    assert told(seen)["VAL-016"] == [13]


def test_prices_far_from_what_land_costs():
    each = [19.9, 20.0, 50_000.0, 50_001.0, 0.0]
    seen = cell_checks(
        rows("supply", price_wan=[e * 1_000 / 10_000 for e in each], supplied_m2=[1_000.0] * 5)
    )
    assert told(seen)["VAL-017"] == [11, 14]


def test_parts_larger_than_their_whole():
    seen = cell_checks(
        rows("parcels", dev_area_required_m2=[10_100.0, 10_101.0], area_stated_m2=[10_000.0] * 2)
    )
    assert told(seen)["VAL-021"] == [12]
    assert "10,101.00" in words(seen, "VAL-021")[0]


def test_dates_before_the_law_and_after_today():
    seen = date_checks(
        rows(
            "supply",
            signed_on=["1986-06-24", "1986-06-25", "2026-11-23", "2026-11-24"],
            finish_due=["2035-01-01"] * 4,
        ),
        AS_OF,
    )
    assert told(seen)["VAL-011"] == [11]
    assert told(seen)["VAL-012"] == [14]
    assert "2026-11-24" in words(seen, "VAL-012", "zh_CN")[0]


@pytest.mark.parametrize(
    ("kind", "first", "second", "same_day"),
    [
        ("parcels", "approved_on", "signed_on", False),
        ("supply", "signed_on", "start_due", False),
        ("supply", "handover_due", "start_due", False),
        ("supply", "start_due", "finish_due", True),
        ("supply", "signed_on", "started_on", False),
        ("supply", "started_on", "finished_on", False),
        ("idle_case", "suspected_on", "notice_on", False),
        ("idle_case", "notice_on", "letter_on", False),
        ("idle_case", "letter_on", "disposed_on", False),
        ("batch", "approved_on", "written_off_on", False),
    ],
)
def test_order_of_dates(kind, first, second, same_day):
    days = {first: ["2020-05-02"] * 4, second: ["2020-05-01", "2020-05-02", "2020-05-03", None]}
    seen = date_checks(rows(kind, **days), AS_OF)
    assert told(seen)["VAL-013"] == ([11, 12] if same_day else [11])
    text = words(seen, "VAL-013")[0]
    assert column(kind, first).en in text
    assert column(kind, second).en in text


def test_building_without_a_contract():
    seen = date_checks(
        rows("supply", started_on=["2020-01-01", "2020-01-01"], signed_on=["2019-01-01", None]),
        AS_OF,
    )
    assert told(seen) == {"VAL-023": [12]}


def test_former_county_codes_name_the_one_of_today():
    seen = code_checks(
        rows("parcels", county_adcode=["361121", "361104", "南昌县", "360000", None])
    )
    assert told(seen) == {"COD-001": [11]}
    assert "361104 (广信区)" in words(seen, "COD-001")[0]
    assert {f.adcode for f in codes.former_codes().values()} <= known_adcodes()
    assert not codes.former_codes().keys() & known_adcodes()


def test_codes_of_no_county():
    assert told(code_checks(rows("parcels", county_adcode=["360199", "360121", "440100"])))[
        "COD-002"
    ] == [11]


def test_place_codes_have_their_lengths():
    given = ["360121", "360121001", "360121001002", "3601210010020000000", "36012100100"]
    seen = code_checks(rows("land_use", owner_code=given, county_adcode=["360121"] * 5))
    assert told(seen) == {"COD-003": [15]}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (PARCEL, None),
        (PARCEL[:-1], "COD-004"),
        (PARCEL.replace("G", "Q"), "COD-004"),
        (PARCEL.replace("B", "I"), "COD-004"),
        (PARCEL + "F00010001", None),
        (PARCEL + "X00010001", "COD-006"),
        (PARCEL + "F0001000", "COD-006"),
        ("南昌-2019-1", None),
        ("360112D000001", None),
    ],
)
def test_parcel_codes_and_unit_numbers(value, code):
    seen = told(code_checks(rows("parcels", parcel_id=[value, "1"])))
    assert seen == ({code: [11]} if code else {})


def test_county_inside_numbers_against_the_row():
    seen = code_checks(
        rows(
            "parcels",
            parcel_id=[PARCEL, PARCEL, PARCEL.replace("360121", "361121")],
            supply_no=["3601212019A01159", "3607022019A01159", None],
            county_adcode=["360121001", "360702", "361104"],
        )
    )
    assert told(seen)["COD-005"] == [12]
    assert "COD-008" not in told(seen)
    seen = code_checks(rows("parcels", supply_no=["3607022019A01159"], county_adcode=["360121"]))
    assert told(seen) == {"COD-008": [11]}


def test_supervision_numbers():
    given = ["3601212019A01159", "3601212019A01159123", "3601212019901159", "3601212019B011"]
    seen = code_checks(rows("supply", supply_no=given, signed_on=["2020-12-31"] * 4))
    assert told(seen) == {"COD-007": [13, 14]}
    seen = code_checks(
        rows("supply", supply_no=given[:1] * 2, signed_on=["2020-01-01", "2021-01-01"])
    )
    assert told(seen) == {"COD-009": [12]}


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("赣国土资核〔2014〕123号", "赣国土资核〔2014〕123号"),
        ("赣国土资核(2014)123号", "赣国土资核〔2014〕123号"),
        ("赣府厅字 [2023] 71", "赣府厅字〔2023〕71号"),
        ("国土资函【2016】5号", "国土资函〔2016〕5号"),
        ("赣府厅字（2023年）71号", "赣府厅字〔2023〕71号"),
    ],
)
def test_approval_numbers_are_matched_in_one_form(given, normal):
    assert codes.normal_approval_no(pd.Series([given, None], dtype="string")).tolist() == [
        normal,
        pd.NA,
    ]
    seen = told(code_checks(rows("batch", approval_no=[given])))
    assert seen == ({} if given == normal else {"COD-012": [11]})


def test_approval_numbers_without_form_or_of_another_year():
    seen = code_checks(
        rows(
            "batch",
            approval_no=["批文丢失", "赣国土资核〔2014〕123号", "赣国土资核〔2014〕123号"],
            approved_on=["2014-02-01", "2014-12-31", "2015-01-01"],
        )
    )
    assert told(seen) == {"COD-010": [11], "COD-011": [13]}


def test_numbers_that_a_spreadsheet_has_rounded():
    seen = code_checks(rows("supply", supply_no=["3.60121E+15", "3601212019A01159"]))
    assert told(seen)["COD-013"] == [11]


def test_feature_codes_of_another_layer():
    given = {"feature_code": ["2001010100", "1000600100"], "land_class": ["0101", "0101"]}
    assert told(code_checks(rows("land_use", **given))) == {"COD-014": [12]}


def test_codes_and_names_of_classes():
    frame = rows(
        "parcels",
        land_class=["0601", "0601", "0601", "0701", "9999"],
        land_class_name=["工业用地", "工业", "农村道路", None, "什么"],
    )
    seen = class_checks(frame, GB21010)
    assert told(seen) == {"CLS-003": [13]}
    assert "工业用地" in words(seen, "CLS-003")[0]
    assert told(class_checks(frame, LAND_SEA))["CLS-003"] == [11, 12]
    assert told(class_checks(frame, "")) == {}


def test_first_level_codes_are_coarse():
    assert told(class_checks(rows("parcels", land_class=["06", "0601"]), GB21010)) == {
        "CLS-004": [11]
    }


@pytest.mark.parametrize(
    ("land_class", "attribute", "code"),
    [
        ("0601", None, "CLS-005"),
        ("1004", None, "CLS-005"),
        ("0101", None, None),
        ("0601", "201", None),
        ("0601", "201A", None),
        ("0701", "201A", "CLS-007"),
        ("0602", "204", None),
        ("0601", "204", "CLS-007"),
        ("09", "205", "CLS-004"),
        ("0701", "205", "CLS-007"),
        ("0701", "206", "CLS-006"),
    ],
)
def test_town_attributes(land_class, attribute, code):
    frame = rows("land_use", land_class=[land_class, "0101"], town_attribute=[attribute, "203"])
    assert told(class_checks(frame, THIRD_SURVEY)) == ({code: [11]} if code else {})
    assert "CLS-005" not in told(class_checks(frame, GB21010))


def test_only_ridges_are_deducted():
    frame = rows("land_use", land_class=["0103"] * 3, deducted_class=["1203", "0103", None])
    assert told(class_checks(frame, THIRD_SURVEY)) == {"CLS-008": [12]}


def test_codes_that_only_one_standard_has():
    assert proven(pd.Series(["0601", "05H1", "1001"])) == [THIRD_SURVEY]
    assert proven(pd.Series(["05H1", "100101"])) == [THIRD_SURVEY, LAND_SEA]
    assert proven(pd.Series(["0601", None])) == []


def test_reading_each_value_once_is_reading_every_cell():
    given = pd.Series(["a", None, "b", "a"], index=[3, 1, 4, 1], dtype="string")
    asked = []

    def read(cells):
        asked.extend(cells.tolist())
        return cells + "!"

    found = of_distinct(given, read)
    assert asked == ["a", "b"]
    assert found.index.tolist() == [3, 1, 4, 1]
    assert found.tolist() == ["a!", pd.NA, "b!", "a!"]


def test_today_is_the_day_of_the_file():
    frame = rows("batch", approved_on=["2020-01-02"])
    assert told(date_checks(frame, dt.date(2020, 1, 1))) == {"VAL-012": [11]}
    assert told(date_checks(frame, dt.date(2020, 1, 2))) == {}
