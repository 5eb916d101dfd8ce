"""Rankings with ties, the ageing pyramid, and land by cause and by way of disposal."""

from __future__ import annotations

import pytest

from analytics import approvals
from analytics.idle.breakdown import breakdown, pyramid, ranking
from analytics.idle.figures import balance_on, figures
from analytics.idle.rows import rows_of_age, rows_of_code
from domain.rules import load_rules
from tests.idle_world import HA, batches, land, supplies
from tests.land_world import date

DAY = "2023-12-31"
RULES = load_rules("approvals", as_of=date(DAY))


def test_a_small_county_tops_the_rates_and_a_large_one_the_areas():
    batch = batches(
        ("B1", "2015-01-01", 100.0, {"county_adcode": "360101"}),
        ("B2", "2015-01-01", 10.0, {"county_adcode": "360102"}),
        ("B3", "2015-01-01", 50.0, {"county_adcode": "360103"}),
        ("B4", "2015-01-01", 80.0, {"county_adcode": "360112"}),
    )
    supply = supplies(
        ("B1", "2016-01-01", 70.0), ("B3", "2016-01-01", 20.0), ("B4", "2016-01-01", 70.0)
    )
    table = figures(land(DAY, batch=batch, supply=supply), None, by="county_adcode", rules=RULES)
    out = ranking(table, "unsupplied").set_index("unit")
    assert out.index.tolist() == ["360101", "360103", "360102", "360112"]  # 30, 30, 10, 10
    assert out["rank_area"].tolist() == [1, 1, 3, 3]  # ties share the better rank
    assert out["rank_count"].tolist() == [1, 1, 1, 1]
    assert out["rank_share"].to_dict() == {"360102": 1, "360103": 2, "360101": 3, "360112": 4}


def test_a_unit_without_a_denominator_has_no_rank_by_share():
    records = [
        {"supply_no": "S", "start_due": "2020-01-01"},
        {"batch_id": "B", "county_adcode": "360702"},
    ]
    table = figures(land(DAY, records), None, by="county_adcode", rules=RULES)
    out = ranking(table, "idle").set_index("unit")
    assert out.loc["360112", "rank_share"] == 1
    assert out["rank_share"].isna().to_dict() == {"360112": False, "360702": True}


@pytest.fixture
def aged():
    batch = batches(
        ("B1", "2008-05-01", HA),
        ("B2", "2018-12-31", 2 * HA),
        ("B3", "2019-01-01", 4 * HA),
        ("B4", "2022-06-30", 8 * HA),
        ("B5", "2023-06-30", 16 * HA),
        ("B6", "2023-06-30", 16 * HA),
    )
    return land(DAY, batch=batch, supply=supplies(("B6", "2023-07-01", 16 * HA)))


def test_the_pyramid_has_every_age_in_every_vintage(aged):
    out = pyramid(aged, rules=RULES)
    assert len(out) == 15
    filled = out[out["count"] > 0]
    assert filled[["cohort", "from_years", "unsupplied_m2"]].to_numpy().tolist() == [
        ["before", 5.0, HA], ["old", 5.0, 2 * HA], ["new", 0.0, 16 * HA], ["new", 1.0, 8 * HA],
        ["new", 3.0, 4 * HA],
    ]  # fmt: skip
    assert filled["share"].tolist() == pytest.approx([1 / 31, 2 / 31, 16 / 31, 8 / 31, 4 / 31])


def test_the_batches_of_each_age_are_those_of_its_bar(aged):
    out = pyramid(aged, rules=RULES)
    listed = []
    for bar in out.itertuples():
        rows = rows_of_age(
            aged,
            cohort=bar.cohort,
            from_years=bar.from_years,
            to_years=bar.to_years,
            rules=RULES,
        )
        assert rows["area_m2"].sum() == pytest.approx(bar.unsupplied_m2)
        assert len(rows) == bar.count
        listed += rows["key"].tolist()
    # Five years to the day and below stand on both sides of a limit; B6 is supplied.
    assert sorted(listed) == ["B1", "B2", "B3", "B4", "B5"]


def test_the_pyramid_adds_up_to_the_ageing_of_the_whole(aged):
    out = pyramid(aged, rules=RULES).groupby("from_years")[["count", "unsupplied_m2"]].sum()
    whole = approvals.ageing(balance_on(aged, aged.day), as_of=aged.day, rules=RULES)
    assert out["count"].tolist() == whole["count"].tolist()
    assert out["unsupplied_m2"].tolist() == pytest.approx(whole["unsupplied_m2"].tolist())


def test_idle_land_by_cause_and_route_with_its_change():
    letter = {"supply_no": "S", "start_due": "2020-01-01", "letter_no": "L"}
    records = [
        {**letter, "letter_on": "2022-01-01", "idle_cause": "H", "disposal_route": "D7"},
        {**letter, "letter_on": "2022-01-01", "idle_cause": "G1"},
        {"supply_no": "S", "start_due": "2022-06-30"},  # idle only since 2023
        {**letter, "letter_on": "2022-01-01", "idle_cause": "H", "sealed": True},
        {"batch_id": "B"},
    ]
    now, before = (land(day, records, areas=[1, 2, 4, 8, 16]) for day in (DAY, "2022-12-31"))
    cause = breakdown(now, before, figure="idle", column="cause")
    assert cause[["code", "count", "area_m2", "change_m2"]].to_numpy().tolist() == [
        ["", 1, 4.0, 4.0], ["G1", 1, 2.0, 0.0], ["H", 1, 1.0, 0.0],
    ]  # fmt: skip
    assert cause["share"].sum() == pytest.approx(1.0)
    route = breakdown(now, None, figure="idle", column="route").set_index("code")
    assert route["count"].to_dict() == {"": 2, "D7": 1}
    assert route["change_m2"].isna().all()
    for row in cause.itertuples():
        rows = rows_of_code(now, figure="idle", column="cause", code=row.code)
        assert (len(rows), rows["area_m2"].sum()) == (row.count, row.area_m2)
    assert rows_of_code(now, figure="idle", column="route", code="D7")["key"].tolist() == ["P0"]
    whole = figures(now, before, by=None, rules=RULES).set_index("figure").loc["idle"]
    assert cause["area_m2"].sum() == whole["area_m2"]
    assert cause["change_m2"].sum() == whole["change_m2"]


def test_unsupplied_land_by_reason_and_a_reason_that_has_gone():
    batch = batches(
        ("B1", "2015-01-01", 10.0, {"unsupplied_cause": "规划调整", "disposal_path": "加快供应"}),
        ("B2", "2015-01-01", 20.0, {"unsupplied_cause": "资金不足"}),
    )
    supply = supplies(("B1", "2023-03-01", 10.0))
    now, before = (land(day, batch=batch, supply=supply) for day in (DAY, "2022-12-31"))
    out = breakdown(now, before, figure="unsupplied", column="cause").set_index("code")
    assert out["area_m2"].to_dict() == {"资金不足": 20.0, "规划调整": 0.0}
    assert out["change_m2"].to_dict() == {"资金不足": 0.0, "规划调整": -10.0}
    assert out["change_count"].to_dict() == {"资金不足": 0, "规划调整": -1}
    there = rows_of_code(now, figure="unsupplied", column="cause", code="资金不足")
    assert there[["key", "area_m2"]].to_numpy().tolist() == [["B2", 20.0]]
    assert rows_of_code(now, figure="unsupplied", column="cause", code="规划调整").empty
    unnamed = rows_of_code(before, figure="unsupplied", column="route", code="")
    assert unnamed["key"].tolist() == ["B2"]


def test_nothing_idle_has_no_share():
    out = breakdown(land(DAY), None, figure="idle", column="cause")
    assert out.empty
