"""Cases made by hand at the day before, of and after every threshold (``idle_cases.csv``).

Each line was reckoned on paper from the two Measures: facts, day, then the status, its rule and the
next threshold that must come out.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from analytics.idle.status import STATUSES, parcel_status
from domain.rules import load_rules
from tests.land_world import date, parcels

with (Path(__file__).parent / "idle_cases.csv").open(encoding="utf-8", newline="") as _file:
    CASES = list(csv.DictReader(_file))
EXPECTED = ("status", "rule", "next_status", "next_on")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}, {case['as_of']}")
def test_the_status_of_a_day(case):
    facts = {
        name: value or None
        for name, value in case.items()
        if name not in {"name", "as_of", "disposed_on", *EXPECTED}
    }
    disposed = pd.to_datetime(pd.Series([case["disposed_on"] or None]))
    world = parcels([facts]).assign(disposed_on=disposed)
    as_of = date(case["as_of"])
    row = parcel_status(world, as_of=as_of, rules=load_rules("idle", as_of=as_of)).iloc[0]
    assert (row["status"], row["rule"]) == (case["status"], case["rule"])
    if not case["next_on"]:
        assert pd.isna(row["next_on"])
        assert pd.isna(row["next_status"])
    else:
        on = pd.Timestamp(case["next_on"])
        assert (row["next_status"], row["next_on"]) == (case["next_status"], on)
        assert row["days_to_next"] == (on - pd.Timestamp(as_of)).days


def test_the_cases_are_many_and_reach_every_status():
    assert len(CASES) >= 60
    assert {case["status"] for case in CASES} == set(STATUSES)
    assert sum("-02-29" in "".join(case.values()) for case in CASES) >= 12
