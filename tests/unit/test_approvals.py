"""Batch arithmetic: published figures, identities and errors."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.approvals import (
    OversuppliedError,
    ageing,
    balance,
    baseline_stock,
    by_unit,
    digestion_cycle,
    disposal,
    disposal_rate,
    idle_disposal,
    lapse_risk,
    rates,
    residues,
    split_oversupplied,
    taken_back,
    untraced,
)
from domain.rules import load_rules
from geo.errors import SchemaError
from tests.land_world import date

HA = 10_000.0
AS_OF = date("2023-12-31")
RULES = load_rules("approvals", as_of=AS_OF)


def batches(*rows):
    names = ["batch_id", "approved_on", "approved_m2", "written_off_m2", "written_off_on"]
    frame = pd.DataFrame([row[:5] for row in rows], columns=names)
    frame["approved_on"] = pd.to_datetime(frame["approved_on"])
    frame["written_off_on"] = pd.to_datetime(frame["written_off_on"])
    frame["acquisition"] = [row[5] if len(row) > 5 else "完成" for row in rows]
    frame["county_adcode"] = "360112"
    return frame


def supplies(*rows):
    frame = pd.DataFrame(list(rows), columns=["batch_id", "signed_on", "supplied_m2"])
    frame["signed_on"] = pd.to_datetime(frame["signed_on"])
    frame["supplied_m2"] = frame["supplied_m2"].astype("float64")
    return frame


OLD = ("B1", "2015-05-01", 100 * HA, 10 * HA, "2023-06-30")
NEW = ("B2", "2021-05-01", 50 * HA, 0.0, None)
BOTH = batches(OLD, NEW)
SUPPLIED = supplies(
    ("B1", "2016-01-01", 40 * HA), ("B1", "2023-03-01", 20 * HA), ("B2", "2022-12-31", 5 * HA)
)


@pytest.mark.parametrize(
    ("disposed_ha", "rate", "stock_ha"), [(112.98, 0.3353, 336.95), (73.63, 0.3268, 225.3)]
)
def test_published_rates_of_bazhou(disposed_ha, rate, stock_ha):
    stock = baseline_stock(disposed_m2=disposed_ha * HA, rate=rate)
    assert stock / HA == pytest.approx(stock_ha, abs=0.01)
    out = disposal_rate(stock_m2=stock_ha * HA, disposed_m2=disposed_ha * HA)
    assert round(out["disposal_rate"], 4) == rate


def test_the_balance_of_each_batch_over_time():
    early = balance(BOTH, SUPPLIED, as_of=date("2022-12-30"))
    assert early["unsupplied_m2"].tolist() == [60 * HA, 50 * HA]
    last = balance(BOTH, SUPPLIED, as_of=date("2022-12-31"))
    assert last["unsupplied_m2"].tolist() == [60 * HA, 45 * HA]
    end = balance(BOTH, SUPPLIED, as_of=AS_OF)
    assert end["written_off_m2"].tolist() == [10 * HA, 0.0]
    assert end["unsupplied_m2"].tolist() == [30 * HA, 45 * HA]
    assert balance(BOTH, SUPPLIED, as_of=date("2021-04-30"))["batch_id"].tolist() == ["B1"]


@pytest.mark.parametrize("day", ["2014-01-01", "2016-01-01", "2022-12-31", "2023-12-31"])
def test_approved_is_the_sum_of_its_parts(day):
    out = balance(BOTH, SUPPLIED, as_of=date(day))
    parts = out["supplied_m2"] + out["written_off_m2"] + out["unsupplied_m2"]
    assert parts.sum() == pytest.approx(out["approved_m2"].sum())


def test_more_supplied_than_approved_is_an_error_with_rows():
    wrong = supplies(("B2", "2022-01-01", 50 * HA + 1.5))
    with pytest.raises(OversuppliedError, match="B2") as caught:
        balance(BOTH, wrong, as_of=AS_OF)
    assert caught.value.code == "APR-001"
    assert caught.value.rows == (1,)
    rounding = supplies(("B2", "2022-01-01", 50 * HA + 0.5))
    assert balance(BOTH, rounding, as_of=AS_OF)["unsupplied_m2"].iloc[1] == pytest.approx(-0.5)


def test_supplies_of_unknown_batches_are_listed():
    odd = supplies(("B9", "2022-01-01", 1.0), ("B1", "2022-01-01", 1.0))
    assert untraced(BOTH, odd)["batch_id"].tolist() == ["B9"]


def test_the_write_off_switch():
    both = rates(100.0, 60.0, 20.0), rates(100.0, 60.0, 20.0, deduct_write_offs=False)
    assert [out["supply_rate"] for out in both] == [0.75, 0.6]
    assert [out["unsupplied_rate"] for out in both] == [0.25, 0.2]
    assert [out["denominator_m2"] for out in both] == [80.0, 100.0]
    assert pd.isna(rates(20.0, 0.0, 20.0)["supply_rate"])


def test_disposal_by_cohort_against_the_baseline():
    args = {"baseline": date("2022-12-31"), "as_of": AS_OF}
    old = disposal(BOTH, SUPPLIED, **args, cohort=(2009, 2018))
    assert (old["stock_m2"], old["disposed_m2"]) == (60 * HA, 30 * HA)
    assert old["disposal_rate"] == 0.5
    new = disposal(BOTH, SUPPLIED, **args, cohort=(2019, 2023))
    assert (new["stock_m2"], new["disposal_rate"]) == (45 * HA, 0.0)


def test_idle_land_of_the_baseline_that_was_disposed_since():
    day = pd.Timestamp
    cases = pd.DataFrame(
        {
            "suspected_on": [day("2020-01-01")] * 4 + [day("2023-01-01"), pd.NaT],
            "disposed_on": [
                pd.NaT,
                day("2022-12-31"),  # gone on the baseline day
                day("2023-01-01"),
                day("2024-01-01"),  # after the report
                day("2023-06-01"),  # came after the baseline
                pd.NaT,
            ],
            "idle_m2": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
        }
    )
    out = idle_disposal(cases, baseline=date("2022-12-31"), as_of=AS_OF)
    assert (out["stock_m2"], out["disposed_m2"], out["remaining_m2"]) == (13.0, 4.0, 9.0)
    assert out["disposal_rate"] == pytest.approx(4 / 13)


def test_batches_approved_after_the_baseline_never_enter():
    later = batches(OLD, NEW, ("B3", "2023-01-01", 30 * HA, 0.0, None))
    more = pd.concat([SUPPLIED, supplies(("B3", "2023-02-01", 30 * HA))], ignore_index=True)
    args = {"baseline": date("2022-12-31"), "as_of": AS_OF, "cohort": (2019, 2023)}
    assert disposal(later, more, **args) == disposal(BOTH, SUPPLIED, **args)
    none = disposal(BOTH, SUPPLIED, **{**args, "cohort": (2030, 2031)})
    assert pd.isna(none["disposal_rate"])


def test_digestion_cycle_with_its_parts():
    out = digestion_cycle(BOTH, SUPPLIED, not_started_m2=15 * HA, as_of=AS_OF, rules=RULES)
    # stock 30 + 45 + 15; digested 2021-2023: 20 + 5 supplied, 10 written off
    assert (out.stock_m2, out.digested_m2, out.years) == (90 * HA, 35 * HA, 3)
    assert out.cycle_years == pytest.approx(90 / (35 / 3))


def test_the_first_day_of_the_averaged_years_is_not_counted_twice():
    edge = supplies(("B1", "2020-12-31", HA), ("B1", "2021-01-01", 2 * HA))
    out = digestion_cycle(
        batches(("B1", "2015-01-01", 9 * HA, 0.0, None)),
        edge,
        not_started_m2=0.0,
        as_of=AS_OF,
        rules=RULES,
    )
    assert out.digested_m2 == 2 * HA


def test_nothing_digested_gives_no_cycle():
    out = digestion_cycle(
        BOTH, supplies(), not_started_m2=0.0, as_of=date("2022-01-01"), rules=RULES
    )
    assert pd.isna(out.cycle_years)


@pytest.mark.parametrize(
    ("approved", "bucket"),
    [
        ("2023-12-31", 0),
        ("2023-01-01", 0),
        ("2022-12-31", 1),
        ("2022-01-01", 1),
        ("2021-12-31", 2),
        ("2020-12-31", 3),
        ("2019-01-01", 3),
        ("2018-12-31", 4),
    ],
)
def test_ages_of_unsupplied_land(approved, bucket):
    out = balance(batches(("B", approved, HA, 0.0, None)), supplies(), as_of=AS_OF)
    aged = ageing(out, as_of=AS_OF, rules=RULES)
    assert aged["count"].tolist() == [int(i == bucket) for i in range(5)]
    assert aged["unsupplied_m2"].sum() == HA
    assert aged["share"].sum() == 1.0


def test_ages_without_any_stock_have_no_share():
    out = balance(BOTH.iloc[:0], supplies(), as_of=AS_OF)
    aged = ageing(out, as_of=AS_OF, rules=RULES)
    assert aged["count"].sum() == 0
    assert aged["share"].isna().all()


@pytest.mark.parametrize(
    ("approved", "acquisition", "risk"),
    [
        ("2021-12-31", "未实施", True),
        ("2022-01-01", "未实施", False),
        ("2015-01-01", "部分", False),
        ("2015-01-01", None, False),
    ],
)
def test_risk_of_lapse_after_two_years_without_acquisition(approved, acquisition, risk):
    frame = batches(("B", approved, HA, 0.0, None, acquisition))
    assert lapse_risk(frame, as_of=AS_OF, rules=RULES).tolist() == [risk]


def test_residues_below_one_mu():
    frame = pd.DataFrame({"unsupplied_m2": [0.0, 666.0, 667.0]})
    assert residues(frame, RULES).tolist() == [False, True, False]


def test_sums_per_county():
    frame = BOTH.assign(county_adcode=["360112", None])
    out = by_unit(frame, balance(frame, SUPPLIED, as_of=AS_OF), by="county_adcode")
    assert out["unit"].tolist() == ["", "360112"]
    assert out["unsupplied_m2"].tolist() == [45 * HA, 30 * HA]
    assert out["supply_rate"].tolist() == pytest.approx([5 / 50, 60 / 90])
    gross = by_unit(
        frame,
        balance(frame, SUPPLIED, as_of=AS_OF),
        by="county_adcode",
        deduct_write_offs=False,
    )
    assert gross["supply_rate"].tolist() == pytest.approx([5 / 50, 60 / 100])


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="acquisition"):
        balance(BOTH.drop(columns="acquisition"), SUPPLIED, as_of=AS_OF)
    with pytest.raises(SchemaError, match="signed_on"):
        balance(BOTH, SUPPLIED.drop(columns="signed_on"), as_of=AS_OF)


def test_the_day_is_an_argument():
    assert balance(BOTH, SUPPLIED, as_of=dt.date(2010, 1, 1)).empty


LINKED = SUPPLIED.assign(supply_no=["s1", "s2", "s3"])
LINKS = pd.DataFrame(
    {"supply_no": ["s2", "s2"], "batch_id": ["B1", "B2"], "area_m2": [15 * HA, 4 * HA]}
)


def test_a_supply_with_links_is_counted_by_its_links():
    out = balance(BOTH, LINKED, as_of=AS_OF, links=LINKS)
    assert out["supplied_m2"].tolist() == [55 * HA, 9 * HA]
    assert out["unsupplied_m2"].tolist() == [35 * HA, 41 * HA]
    rest = untraced(BOTH, LINKED, links=LINKS)
    assert rest["supplied_m2"].tolist() == [HA]
    assert rest["traced_by"].tolist() == ["remainder"]
    before = balance(BOTH, LINKED, as_of=date("2023-02-28"), links=LINKS)
    assert before["supplied_m2"].tolist() == [40 * HA, 5 * HA]  # s2 is of March


def test_rates_and_cycle_follow_the_links():
    args = {"baseline": date("2022-12-31"), "as_of": AS_OF, "links": LINKS}
    old = disposal(BOTH, LINKED, **args, cohort=(2009, 2018))
    assert (old["stock_m2"], old["disposed_m2"]) == (60 * HA, 25 * HA)  # 15 supplied, 10 off
    new = disposal(BOTH, LINKED, **args, cohort=(2019, 2023))
    assert (new["stock_m2"], new["disposed_m2"]) == (45 * HA, 4 * HA)
    out = digestion_cycle(BOTH, LINKED, not_started_m2=0.0, as_of=AS_OF, rules=RULES, links=LINKS)
    assert (out.stock_m2, out.digested_m2) == (76 * HA, 34 * HA)


@pytest.mark.parametrize(("more", "bad"), [(0.5, []), (1.5, ["B2"])])
def test_batches_that_are_oversupplied_are_put_apart_with_their_area(more, bad):
    much = supplies(("B1", "2016-01-01", 40 * HA), ("B2", "2022-01-01", 50 * HA + more))
    out = split_oversupplied(BOTH, much, as_of=AS_OF)
    assert out.oversupplied["batch_id"].tolist() == bad
    assert set(out.batches["batch_id"]) | set(bad) == {"B1", "B2"}
    assert out.balances["batch_id"].tolist() == out.batches["batch_id"].tolist()
    assert out.approved_m2 == (50 * HA if bad else 0.0)
    assert out.excess_m2 == pytest.approx(more if bad else 0.0)
    # What is left adds up, for this day and for every earlier one.
    balance(out.batches, much, as_of=AS_OF)
    done = disposal(
        out.batches, much, baseline=date("2015-12-31"), as_of=AS_OF, cohort=(2009, 2018)
    )
    assert done["disposed_m2"] == 50 * HA


def test_batches_approved_later_are_in_no_balance_and_stay_in_the_ledger():
    out = split_oversupplied(BOTH, SUPPLIED, as_of=date("2021-04-30"))
    assert out.balances["batch_id"].tolist() == ["B1"]
    assert out.batches["batch_id"].tolist() == ["B1", "B2"]


CASES = pd.DataFrame(
    {
        "supply_no": ["s1", "s2", "s3"],
        "disposal_route": ["D8", "D4B 专项债券收回收购", "D7"],
        "disposed_on": pd.to_datetime(["2023-12-31", "2024-01-01", "2023-01-01"]),
    }
)


def test_land_that_was_taken_back_is_unsupplied_again():
    assert taken_back(LINKED, CASES, as_of=AS_OF).tolist() == [True, False, False]
    assert taken_back(LINKED, CASES, as_of=date("2024-01-01")).tolist() == [True, True, False]
    out = balance(BOTH, LINKED, as_of=AS_OF, cases=CASES)
    assert out["supplied_m2"].tolist() == [20 * HA, 5 * HA]
    day_before = balance(BOTH, LINKED, as_of=date("2023-12-30"), cases=CASES)
    assert day_before["supplied_m2"].tolist() == [60 * HA, 5 * HA]


def test_land_that_was_supplied_anew_is_not_counted_twice():
    anew = pd.concat([LINKED, LINKED.iloc[:1].assign(supply_no="s4", supplied_m2=60 * HA)])
    assert len(split_oversupplied(BOTH, anew, as_of=AS_OF).oversupplied) == 1
    out = balance(BOTH, anew.assign(signed_on=pd.Timestamp("2020-01-01")), as_of=AS_OF, cases=CASES)
    assert out["unsupplied_m2"].tolist()[0] == 10 * HA
    cycle = digestion_cycle(BOTH, LINKED, not_started_m2=0.0, as_of=AS_OF, rules=RULES, cases=CASES)
    assert cycle.stock_m2 == (70 + 45) * HA
