"""Shared plants: land is split only where every tenant says the same and its own floor area."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.shared_plants import faults


def rows(*tenants, **more):
    frame = pd.DataFrame(tenants, columns=["plant_id", "plant_land_m2", "floor_area_m2"])
    return frame.assign(**({"year": 2024.0, "zone_id": "a"} | more))


@pytest.mark.parametrize(
    ("tenants", "found"),
    [
        ([("p", 90.0, 10.0), ("p", 90.0, 20.0)], ["", ""]),
        ([("p", 90.0, 0.0), ("p", 90.0, 20.0)], ["", ""]),
        ([("p", 90.0, 0.0), ("p", 90.0, 0.0)], ["incomplete", "incomplete"]),
        ([("p", 90.0, 10.0), ("p", 91.0, 20.0)], ["conflict", "conflict"]),
        ([("p", 90.0, -1.0), ("p", 90.0, 20.0)], ["conflict", "conflict"]),
        ([("p", 90.0, None), ("p", 90.0, 20.0)], ["incomplete", "incomplete"]),
        ([("p", None, 10.0), ("p", 90.0, 20.0)], ["incomplete", ""]),
        ([(None, 90.0, None), (None, None, None)], ["incomplete", ""]),
    ],
)
def test_land_is_split_only_where_all_is_said(tenants, found):
    assert faults(rows(*tenants)).tolist() == found


@pytest.mark.parametrize("more", [{"zone_id": ["a", "b"]}, {"year": [2023.0, 2024.0]}])
def test_one_number_in_two_zones_or_years_is_two_plants(more):
    assert faults(rows(("p", 90.0, 10.0), ("p", 50.0, 20.0), **more)).tolist() == ["", ""]


def test_no_rows_have_no_faults():
    assert faults(rows()).tolist() == []
