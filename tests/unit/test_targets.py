"""Targets against figures: a small world with known states, then the plan itself."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics import periods, targets
from domain import reference
from domain.rules import load_rules

DAY = dt.date(2026, 6, 1)
RULES = load_rules("targets", as_of=DAY)


def target(**changes):
    row = {
        "target_id": "X1",
        "subject": "industry:x",
        "metric": "revenue",
        "comparator": ">=",
        "value": "100",
        "unit": "yi_cny",
        "due": "2023 (about)",
        "scope": "province",
        "clause": "三(产业)",
        "source": "plan",
    }
    return pd.DataFrame([row | changes]).astype("string")


def actuals(*rows):
    base = {
        "subject": "industry:x",
        "metric": "revenue",
        "unit": "yi_cny",
        "scope": "province",
        "target_id": "X1",
        "source": "s",
        "confidence": "high",
        "note": pd.NA,
    }
    made = [base | {"actual_id": f"A{i}"} | dict(row) for i, row in enumerate(rows)]
    columns = [*base, "actual_id", "value", "period"]
    return pd.DataFrame(made, columns=columns).astype("string")


def judge(plan, *rows, day=DAY):
    return targets.progress(plan, actuals(*rows), as_of=day, rules=RULES).iloc[0]


@pytest.mark.parametrize(
    ("text", "year", "month", "partial", "qualifier"),
    [
        ("2023", 2023, 12, False, "exact"),
        ("2021-11", 2021, 11, False, "exact"),
        ("2022 (passed one trillion)", 2022, 12, False, "above"),
        ("2020 (exceeded)", 2020, 12, False, "above"),
        ("2018 (as spoken Dec 2018, 'more than 2000')", 2018, 12, False, "above"),
        ("2023 (close to)", 2023, 12, False, "below"),
        ("2021 (about)", 2021, 12, False, "about"),
        ("2020 (expected)", 2020, 12, False, "expected"),
        ("2023 target", 2023, 12, False, "expected"),
        ("2018 (derived 4430.2/1.159)", 2018, 12, False, "derived"),
        ("2020 Jan-Oct", 2020, 12, True, "exact"),
        ("2021-2025 cumulative", 2025, 12, True, "exact"),
        ("2025 mid-year statement", 2025, 12, True, "exact"),
        ("2024 (list of 2025; all sectors)", 2024, 12, False, "exact"),
        ("early 2021 (derived)", 2021, 12, False, "derived"),
    ],
)
def test_period_texts_are_taken_apart(text, year, month, partial, qualifier):
    row = periods.parse(pd.Series([text])).iloc[0]
    assert (row["year"], row["month"], row["partial"]) == (year, month, partial)
    assert row["qualifier"] == qualifier


def test_a_missing_period_has_no_year():
    assert pd.isna(periods.parse(pd.Series([pd.NA], dtype="string"))["year"].iloc[0])


def test_every_period_of_the_actuals_has_a_year_or_is_marked():
    found = reference.table("actuals")
    parsed = periods.parse(found["period"])
    assert found.loc[parsed["year"].isna(), "actual_id"].tolist() == ["A068"]


@pytest.mark.parametrize(
    ("comparator", "value", "figure", "state"),
    [
        (">=", "100", "100", "met"),
        (">=", "100", "99.9", "missed"),
        (">", "100", "100.1", "met"),
        (">", "100", "100", "missed"),
        ("<=", "60", "60", "met"),
        ("<=", "60", "60.1", "missed"),
        ("=", "100", "100", "met"),
        ("=", "100", "99", "missed"),
        ("~", "100", "95", "met"),
        ("~", "100", "94.9", "missed"),
        ("between", "4-5", "4", "met"),
        ("between", "4-5", "6", "met"),
        ("between", "4-5", "3", "missed"),
    ],
)
def test_each_comparator_on_each_side(comparator, value, figure, state):
    plan = target(comparator=comparator, value=value)
    assert judge(plan, {"value": figure, "period": "2023"})["state"] == state


@pytest.mark.parametrize(
    ("comparator", "period", "figure", "state"),
    [
        (">=", "2023 (exceeded)", "100", "met"),
        (">", "2023 (exceeded)", "100", "met"),
        (">=", "2023 (close to)", "100", "missed"),
        (">=", "2023 (close to)", "105.3", "met"),
        (">=", "2023 (close to)", "105.2", "missed"),
        (">=", "2023 (about)", "100", "met"),
    ],
)
def test_qualifiers_decide_how_a_figure_is_read(comparator, period, figure, state):
    row = judge(target(comparator=comparator), {"value": figure, "period": period})
    assert row["state"] == state


@pytest.mark.parametrize(
    ("figure", "state"), [("90", "near"), ("89.9", "on_the_way"), ("100", "met")]
)
def test_older_than_the_due_year_is_open_until_reached(figure, state):
    assert judge(target(), {"value": figure, "period": "2022"})["state"] == state


def test_the_figure_of_the_due_year_decides_over_later_ones():
    rows = [{"value": "99", "period": "2023"}, {"value": "120", "period": "2025"}]
    row = judge(target(), *rows)
    assert (row["state"], row["actual_number"], row["judged_number"]) == ("missed", 120.0, 99.0)


def test_reached_only_after_the_due_year_says_so():
    row = judge(target(), {"value": "120", "period": "2024"})
    assert (row["state"], row["reason"], row["met_since"]) == ("met", "met_late", 2024)


def test_figures_after_the_day_are_left_out():
    rows = [{"value": "50", "period": "2021"}, {"value": "120", "period": "2024"}]
    row = judge(target(), *rows, day=dt.date(2023, 12, 31))
    assert (row["state"], row["actual_number"]) == ("on_the_way", 50.0)


@pytest.mark.parametrize(
    ("change", "role"),
    [
        ({"scope": "吉安市"}, "other_scope"),
        ({"subject": "industry:x (without automotive)"}, "narrower"),
        ({"period": "2023 (all sectors)"}, "wider"),
        ({"period": "2023 Jan-Oct"}, "partial"),
        ({"period": "2023 (expected)"}, "expected"),
        ({"metric": "target revenue"}, "goal"),
        ({"unit": "enterprises"}, "other_measure"),
        ({"value": "not found"}, "no_figure"),
        ({"period": "2027"}, "later"),
    ],
)
def test_what_cannot_be_compared_is_never_the_actual(change, role):
    row = {"value": "500", "period": "2023"} | change
    found = targets.evidence(target(), actuals(row), as_of=DAY)
    assert found["role"].tolist() == [role]
    state = judge(target(), row)
    assert (state["state"], state["reason"]) == ("no_data", "related_only")
    assert pd.isna(state["actual_number"])


def test_wider_coverage_that_reaches_makes_it_near_not_met():
    rows = [{"value": "50", "period": "2021"}, {"value": "120", "period": "2024 (all sectors)"}]
    row = judge(target(), *rows)
    assert (row["state"], row["reason"], row["actual_number"]) == ("near", "near_wider", 50.0)


def test_a_part_that_reaches_alone_is_told_and_does_not_decide():
    rows = [
        {"value": "110", "period": "2021", "subject": "industry:x (without y)"},
        {"value": "130", "period": "2023"},
    ]
    row = judge(target(), *rows)
    assert (row["part_since"], row["met_since"], row["actual_number"]) == (2021, 2023, 130.0)


def test_gap_and_pace():
    rows = [{"value": "40", "period": "2018"}, {"value": "80", "period": "2022"}]
    row = judge(target(), *rows)
    assert (row["gap"], row["pace_seen"], row["pace_needed"]) == (20.0, 10.0, 20.0)
    assert (row["base_number"], row["base_year"], row["share"]) == (40.0, 2018, 0.8)


def test_gap_of_an_upper_limit_runs_the_other_way():
    row = judge(target(comparator="<=", value="60"), {"value": "75", "period": "2021"})
    assert (row["gap"], row["pace_needed"]) == (15.0, 7.5)


def test_the_base_is_the_better_documented_of_one_year():
    rows = [
        {"value": "20", "period": "2018 (more than)", "confidence": "low"},
        {"value": "38", "period": "2018 (derived)", "confidence": "derived"},
        {"value": "44", "period": "2019"},
    ]
    row = judge(target(), *rows)
    assert (row["base_number"], row["conflict"]) == (38.0, True)


@pytest.mark.parametrize("comparator", ["reduce", "rank", "do"])
def test_a_duty_without_a_figure_is_qualitative_even_with_figures(comparator):
    plan = target(comparator=comparator, value=pd.NA)
    row = judge(plan, {"value": "5", "period": "2023"})
    assert row["state"] == "qualitative"
    assert pd.isna(row["actual_number"])


def test_named_enterprises_are_counted_as_at_least():
    plan = target(
        subject="enterprises with revenue >=100 yi_cny",
        metric="count",
        value="2",
        unit="enterprises",
    )
    rows = [
        {"value": "150", "period": "2023", "subject": "A"},
        {"value": "100", "period": "2023", "subject": "B"},
        {"value": "99", "period": "2023", "subject": "C"},
    ]
    row = judge(plan, *rows)
    assert (row["state"], row["actual_number"], row["actual_qualifier"]) == ("met", 2.0, "above")


def test_an_unreadable_value_names_the_target():
    with pytest.raises(targets.TargetError) as caught:
        targets.parse_targets(target(value="many"))
    assert caught.value.rows == ("X1",)


def test_nothing_is_changed_in_place():
    plan, figures = target(), actuals({"value": "1", "period": "2023"})
    before = plan.copy(), figures.copy()
    targets.progress(plan, figures, as_of=DAY, rules=RULES)
    pd.testing.assert_frame_equal(plan, before[0])
    pd.testing.assert_frame_equal(figures, before[1])


@pytest.fixture(scope="module")
def plan():
    table = reference.table("targets")
    made = targets.progress(table, reference.table("actuals"), as_of=DAY, rules=RULES)
    return made.set_index("target_id")


def test_all_55_rows_are_read(plan):
    assert len(plan) == 55
    assert plan["kind"].value_counts().to_dict() == {
        "quantity": 46,
        "qualitative": 6,
        "milestone": 2,
        "relative": 1,
    }
    quantities = plan[plan["kind"] == "quantity"]
    assert quantities[["low", "high"]].notna().all(axis=None)
    assert (quantities["low"] <= quantities["high"]).all()
    assert plan["state"].isin(targets.STATES).all()


@pytest.mark.parametrize(
    ("target_id", "state", "number", "year"),
    [
        ("T01", "missed", 8000.0, 2023),
        ("T02", "met", 11600.0, 2024),
        ("T03", "met", 7000.0, 2023),
        ("T09", "met", 1200.0, 2020),
        ("T11", "met", 1100.0, 2020),
        ("T13", "on_the_way", 812.0, 2022),
        ("T18", "missed", 6.0, 2025),
        ("T20", "on_the_way", 5.0, 2020),
        ("T21", "met", 1.0, 2024),
        ("T22", "near", 3.0, 2021),
        ("T23", "near", 35.0, 2021),
        ("T25", "met", 18000.0, 2023),
        ("T41", "met", 118.0, 2025),
    ],
)
def test_known_states_of_the_plan(plan, target_id, state, number, year):
    row = plan.loc[target_id]
    assert (row["state"], row["actual_number"], row["actual_year"]) == (state, number, year)


def test_count_met_but_not_all_above(plan):
    row = plan.loc["T42"]
    assert plan.loc["T41", "state"] == "met"
    assert row["state"] == "missed"
    assert row["actual_number"] == pytest.approx(100 * 110 / 118)


@pytest.mark.parametrize(
    "target_id", ["T04", "T05", "T06", "T07", "T08", "T10", "T12", "T14", "T46"]
)
def test_industries_without_a_provincial_figure_have_none(plan, target_id):
    assert plan.loc[target_id, "state"] == "no_data"
    assert pd.isna(plan.loc[target_id, "actual_number"])


def test_the_belt_has_a_proxy_and_no_actual(plan):
    row = plan.loc["T16"]
    assert (row["state"], row["reason"], row["proxy_of"]) == ("no_data", "proxy_only", "T02")


def test_equipment_without_automotive_reached_it_two_years_early(plan):
    assert plan.loc["T03", "part_since"] == 2021


def test_electronics_base_conflict_is_flagged(plan):
    row = plan.loc["T02"]
    assert (row["base_number"], row["base_year"], row["conflict"]) == (3822.0, 2018, True)


def test_summary_counts_every_target_once(plan):
    counts = targets.summary(plan)
    assert counts.to_dict() == {
        "met": 7,
        "near": 2,
        "on_the_way": 2,
        "missed": 3,
        "no_data": 35,
        "qualitative": 6,
    }
    assert counts.sum() == len(plan)
