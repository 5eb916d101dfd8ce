"""Uploads are checked against what stands in the store, never against demonstration data."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from ingest import Inspection, inspect_bytes
from store import Store, Viewer
from tests.upload_world import EAST, NORTH, layer, square
from views.known import known_of

ANN = Viewer("李工")
SUPPLY = [
    "电子监管号",
    "批次名称",
    "行政区代码",
    "供应面积(平方米)",
    "合同签订日期",
    "约定动工",
    "约定竣工",
]


def supply_table(batch: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(SUPPLY)
    number = "3601212019B00001"
    book.active.append([number, batch, "360121", 1000.0, "2019-12-01", "2020-06-01", "2022-06-01"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def batch(**given: object) -> pd.DataFrame:
    row = {
        "batch_id": "甲批",
        "approved_on": pd.Timestamp("2019-03-01"),
        "county_adcode": "360121",
        "approved_m2": 10_000.0,
        "supplied_m2": 1000.0,
        "written_off_m2": 0.0,
        "unsupplied_m2": 9000.0,
    }
    return pd.DataFrame([row | given])


def codes(found: Inspection) -> set[str]:
    return {issue.code for issue in found.issues}


@pytest.mark.parametrize(("named", "told"), [("甲批", False), ("乙批", True)])
def test_a_supply_is_looked_up_in_the_ledger_of_batches(tmp_path: Path, named: str, *, told: bool):
    store = Store(tmp_path)
    store.put_ledger("batch", batch(), viewer=ANN, reason="r")
    found = inspect_bytes(supply_table(named), name="a.xlsx", known=known_of(store, ANN))
    assert ("LED-005" in codes(found)) == told
    assert "LED-021" not in codes(found)


def test_without_the_ledger_the_links_are_not_checked_and_that_is_said(tmp_path: Path):
    found = inspect_bytes(supply_table("乙批"), name="a.xlsx", known=known_of(Store(tmp_path), ANN))
    assert "LED-021" in codes(found)
    assert "LED-005" not in codes(found)


@pytest.mark.parametrize(("west", "told"), [(-50.0, True), (-500.0, False)])
def test_a_parcel_across_a_zone_line_is_told(tmp_path: Path, west: float, *, told: bool):
    store = Store(tmp_path)
    edge = shapely.box(EAST + west, NORTH - 500, EAST + 50 + west + 50, NORTH + 500)
    outline = gpd.GeoSeries([edge], crs=4527).to_crs(4490)
    zones = gpd.GeoDataFrame(
        {"zone_id": ["G361"], "name": ["示例经开区"], "prefecture_adcode": ["360100"]},
        geometry=outline,
    )
    store.commit("zones", zones, kind="zones", viewer=ANN, reason="r")
    found = inspect_bytes(layer([square()]), name="a.zip", known=known_of(store, ANN))
    assert ("PLC-008" in codes(found)) == told


def test_demonstration_data_are_no_evidence(demo_store: Store):
    assert demo_store.datasets(ANN, "parcels")
    known = known_of(demo_store, ANN)
    assert not known.ledgers
    assert known.zones is None
