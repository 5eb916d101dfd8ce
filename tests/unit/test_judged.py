"""Parcels without shapes: the same as a read of the version, judged with the ledgers, kept."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from domain.parcels import COMPUTED, columns, conform
from store import StoreError, Viewer
from store.map_index import MapStore
from tests.land_world import parcels
from tests.store_world import GANZHOU, two_prefectures
from views.judged import is_ready, judged_parcels, read_attributes

DAY = dt.date(2026, 6, 30)
SUPPLY = "3601122020B00001"
NAMES = [*(c.column for c in columns()), *COMPUTED]


@pytest.fixture
def version(empty_store, viewer):
    frame = conform(two_prefectures())
    return empty_store.commit("land", frame, kind="parcels", viewer=viewer, reason="r")


def test_attributes_are_those_of_a_read(empty_store, viewer, version):
    index = empty_store.map_index(version, viewer)
    read = pd.DataFrame(empty_store.read(version, viewer))
    pd.testing.assert_frame_equal(
        read_attributes(index, viewer), read[NAMES], check_index_type=False
    )


def test_rows_of_a_part_keep_their_position_in_the_version(empty_store, viewer, version):
    whole = judged_parcels(empty_store, viewer, version, DAY)
    part = Viewer("g", frozenset({GANZHOU}))
    mine = judged_parcels(empty_store, part, empty_store.version("land", part), DAY)
    assert set(mine["prefecture_adcode"]) == {GANZHOU}
    assert mine["parcel_id"].tolist() == whole.loc[mine.index, "parcel_id"].tolist()
    for row in mine.index:
        one = empty_store.read_row(version, viewer, int(row))
        assert one["parcel_id"] == mine.loc[row, "parcel_id"]


def test_a_frame_is_kept_until_a_ledger_changes(empty_store, viewer):
    world = parcels([{"supply_no": SUPPLY, "start_due": "2024-01-01"}])
    version = empty_store.commit("p", world, kind="parcels", viewer=viewer, reason="r")
    first = judged_parcels(empty_store, viewer, version, DAY)
    assert judged_parcels(empty_store, viewer, version, DAY) is first
    assert first["status"].tolist() == ["suspected_a2"]
    case = {
        "case_id": "C",
        "supply_no": SUPPLY,
        "county_adcode": "360112",
        "idle_m2": 1.0,
        "letter_no": "L",
        "letter_on": pd.Timestamp("2026-01-01"),
    }
    empty_store.put_ledger("idle_case", pd.DataFrame([case]), viewer=viewer, reason="r")
    assert not is_ready(empty_store, viewer, version, DAY)
    second = judged_parcels(empty_store, viewer, version, DAY)
    assert second["status"].tolist() == ["determined"]
    assert first["status"].tolist() == ["suspected_a2"]


def test_an_installation_that_cannot_write_still_answers(empty_store, viewer, version, monkeypatch):
    def refused(*_, **__):
        raise StoreError("read-only")

    monkeypatch.setattr(MapStore, "map_index", refused)
    rows = judged_parcels(empty_store, viewer, version, DAY)
    assert len(rows) == version.rows
    assert "geometry" not in rows
