"""States of approved batches: each step from both sides of its day, and areas that add up."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.approval_states import REQUIRED, STATES, UNSUPPLIED, batch_states
from domain import ledgers
from domain.rules import load_rules
from geo.errors import SchemaError

AS_OF = dt.date(2024, 12, 31)
WHOLE = {"approved_m2": 100.0, "supplied_m2": 0.0, "written_off_m2": 0.0, "unsupplied_m2": 100.0}
BATCH = {**WHOLE, "batch_id": "B", "approved_on": "2022-03-01", "county_adcode": "360112"}


def batches(*records):
    """The batch ledger as the store returns it."""
    out = {}
    for column in ledgers.columns("batch"):
        series = pd.Series([r.get(column.column) for r in records], dtype="object")
        if column.dtype == "date":
            series = pd.to_datetime(series)
        out[column.column] = series.astype(column.pandas_dtype)
    return pd.DataFrame(out)


def states(*records, as_of=AS_OF, **options):
    rules = load_rules("approvals", as_of=as_of)
    return batch_states(batches(*records), as_of=as_of, rules=rules, **options)


def judge(record, as_of=AS_OF):
    day = as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    return states({**BATCH, **record}, as_of=day).iloc[0]


@pytest.mark.parametrize(
    ("record", "as_of", "state"),
    [
        ({}, "2022-02-28", "future"),
        ({}, "2022-03-01", "approved"),
        ({"approved_on": None}, "2022-03-01", "unknown"),
        ({"acquisition": "未实施"}, "2024-02-29", "approved"),
        ({"acquisition": "未实施"}, "2024-03-01", "lapse_risk"),
        ({"acquisition": "未实施", "approved_on": "2020-02-29"}, "2022-02-27", "approved"),
        ({"acquisition": "未实施", "approved_on": "2020-02-29"}, "2022-02-28", "lapse_risk"),
        ({"acquisition": "部分"}, "2024-03-01", "approved"),
        ({}, "2024-03-01", "approved"),  # nothing is known of the acquisition
        ({"acquired_on": "2024-06-01"}, "2024-05-31", "lapse_risk"),
        ({"acquired_on": "2024-06-01"}, "2024-06-01", "acquired"),
        ({"acquisition": "完成"}, "2022-03-01", "acquired"),
        ({"acquired_on": "2023-01-01", "ready_on": "2023-06-01"}, "2023-05-31", "acquired"),
        ({"acquired_on": "2023-01-01", "ready_on": "2023-06-01"}, "2023-06-01", "ready"),
        ({"acquisition": "完成", "unsupplied_cause": "储备待供"}, "2023-06-01", "reserved"),
        ({"supplied_m2": 1.0}, "2024-03-01", "approved"),  # within the precision of the ledger
        ({"supplied_m2": 1.01}, "2024-03-01", "supplied_part"),
        ({"supplied_m2": 98.99}, "2024-03-01", "supplied_part"),
        ({"supplied_m2": 99.0}, "2024-03-01", "supplied"),
        ({"supplied_m2": 60.0, "written_off_m2": 40.0}, "2024-03-01", "supplied"),
        (
            {"written_off_m2": 100.0, "written_off_on": "2024-03-01", "acquisition": "部分"},
            "2024-02-29",
            "approved",
        ),
        (
            {"written_off_m2": 100.0, "written_off_on": "2024-03-01", "acquisition": "部分"},
            "2024-03-01",
            "withdrawn",
        ),
    ],
)
def test_each_step_begins_on_its_day(record, as_of, state):
    row = judge(record, as_of)
    assert row["state"] == state
    rules = load_rules("approvals", as_of=dt.date.fromisoformat(as_of))
    assert (rules[row["rule"]].article, rules[row["rule"]].status) == (
        row["article"],
        row["certainty"],
    )


@pytest.mark.parametrize(
    ("as_of", "left"), [("2022-03-01", 731), ("2024-02-29", 1), ("2024-03-01", None)]
)
def test_days_to_a_possible_lapse(as_of, left):
    row = judge({"acquisition": "未实施"}, as_of)
    if left is None:
        assert pd.isna(row["days_to_next"])
        assert pd.isna(row["next_state"])
    else:
        assert (row["days_to_next"], row["next_state"]) == (left, "lapse_risk")
        assert row["next_on"] == pd.Timestamp("2024-03-01")
    assert pd.isna(judge({"acquisition": "完成"}, as_of)["next_on"])


@pytest.mark.parametrize(
    ("record", "inputs", "missing"),
    [
        ({"acquisition": "未实施"}, "approved_on;acquisition", ""),
        ({}, "approved_on", "acquisition"),
        ({"approved_on": None, "acquisition": "未实施"}, "", "approved_on"),
        ({"acquisition": "完成"}, "approved_on;acquisition", "acquired_on;ready_on"),
        ({"acquired_on": "2023-01-01"}, "approved_on;acquired_on", "ready_on"),
        ({"acquired_on": "2023-01-01", "ready_on": "2023-02-01"}, "approved_on;ready_on", ""),
        (
            {"written_off_m2": 100.0},
            "approved_on;approved_m2;written_off_m2",
            "written_off_on",
        ),
        (
            {"supplied_m2": 100.0},
            "approved_on;approved_m2;supplied_m2",
            "",
        ),
    ],
)
def test_inputs_and_missing_evidence_are_named(record, inputs, missing):
    row = judge(record)
    assert (row["inputs"], row["missing"]) == (inputs, missing)


def test_the_rest_of_a_batch_keeps_its_own_state():
    row = judge({"supplied_m2": 40.0, "acquired_on": "2023-01-01"})
    assert (row["state"], row["rest_state"], row["unsupplied_m2"]) == (
        "supplied_part",
        "acquired",
        60.0,
    )
    assert judge({"supplied_m2": 100.0})["rest_state"] == ""
    assert judge({}, "2022-02-28")["rest_state"] == ""


def test_traced_supplies_take_the_place_of_stated_ones():
    records = [{**BATCH, "supplied_m2": 100.0}, {**BATCH, "supplied_m2": 0.0}]
    out = states(*records, supplied_m2=pd.Series([0.0, 100.0]))
    assert out["state"].tolist() == ["approved", "supplied"]


def test_more_supplied_than_approved_stays_visible():
    assert judge({"supplied_m2": 120.0})["unsupplied_m2"] == -20.0


def test_an_absent_column_is_named_and_no_batch_gives_no_row():
    rules = load_rules("approvals", as_of=AS_OF)
    for column in REQUIRED:
        with pytest.raises(SchemaError, match=column):
            batch_states(batches(BATCH).drop(columns=column), as_of=AS_OF, rules=rules)
    assert states().empty
    older = batches(BATCH).drop(columns="ready_on")
    assert batch_states(older, as_of=AS_OF, rules=rules)["state"].tolist() == ["approved"]


DATES = st.none() | st.dates(dt.date(2009, 1, 1), dt.date(2028, 12, 31))
AREAS = st.sampled_from([0.0, 0.5, 40.0, 60.0, 100.0])
RECORDS = st.fixed_dictionaries(
    {
        "approved_on": DATES, "acquired_on": DATES, "ready_on": DATES, "written_off_on": DATES,
        "supplied_m2": AREAS, "written_off_m2": AREAS,
        "acquisition": st.sampled_from([None, "未实施", "部分", "完成"]),
        "unsupplied_cause": st.sampled_from([None, "储备待供", "其他"]),
    }
)  # fmt: skip


@given(st.lists(RECORDS, max_size=8), st.dates(dt.date(2009, 1, 1), dt.date(2030, 1, 1)))
def test_a_batch_has_one_state_and_its_area_adds_up(records, as_of):
    rows = [{**BATCH, **record} for record in records]
    out = states(*rows, as_of=as_of)
    assert out["state"].isin(STATES).all()
    for row, (_, result) in zip(rows, out.iterrows(), strict=True):
        began = row["approved_on"] is not None and row["approved_on"] <= as_of
        assert began == (result["state"] not in {"future", "unknown"})
        off_later = row["written_off_on"] is not None and row["written_off_on"] > as_of
        off = 0.0 if off_later else row["written_off_m2"]
        expected = 100.0 - row["supplied_m2"] - off if began else 0.0
        assert result["unsupplied_m2"] == pytest.approx(expected)
        if result["state"] not in UNSUPPLIED:
            assert expected <= 1.0
        if pd.notna(result["next_on"]):
            eve = result["next_on"].date() - dt.timedelta(days=1)
            assert judge(row, eve)["state"] == result["state"]
            assert judge(row, result["next_on"].date())["state"] in {
                result["next_state"], "acquired", "ready", "withdrawn",
            }  # fmt: skip
