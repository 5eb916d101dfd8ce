"""Ledgers kept in memory are those of the store, whatever was done to it meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pandas.testing as pdt
import pytest

from store import Store, Viewer
from tests.store_world import COUNTIES, GANZHOU, NANCHANG
from views.kept_ledgers import kept_ledger

OFFICE = Viewer("office")


def batch(number, prefecture=NANCHANG, area=100.0):
    return {
        "batch_id": number,
        "approved_on": pd.Timestamp("2020-01-01"),
        "county_adcode": COUNTIES[prefecture],
        "approved_m2": area,
        "supplied_m2": 0.0,
        "written_off_m2": 0.0,
        "unsupplied_m2": area,
    }


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    put(store, batch("B1"), batch("B2", GANZHOU))
    return store


def put(store, *rows):
    store.put_ledger("batch", pd.DataFrame(rows), viewer=OFFICE, reason="r")


def same(store, viewer=OFFICE):
    mark, rows = kept_ledger(store, "batch", viewer)
    assert mark == store.ledger_mark("batch", viewer)
    pdt.assert_frame_equal(rows, store.ledger("batch", viewer))
    return rows


def test_rows_that_stand_are_read_once(store):
    assert same(store) is same(store)


def test_what_was_put_changed_and_ended_is_there(store):
    same(store)
    put(store, batch("B3"), batch("B1", area=200.0))
    assert same(store)["batch_id"].tolist() == ["B1", "B2", "B3"]
    store.end_ledger("batch", {"B2": None}, viewer=OFFICE, reason="r")
    assert same(store)["batch_id"].tolist() == ["B1", "B3"]


def test_the_rows_that_were_handed_out_stay_as_they_were(store):
    before = same(store)
    copy = before.copy()
    put(store, batch("B3"))
    same(store)
    pdt.assert_frame_equal(before, copy)


def test_each_scope_has_its_own_rows(store):
    south = Viewer("south", frozenset({GANZHOU}))
    assert same(store)["batch_id"].tolist() == ["B1", "B2"]
    assert same(store, south)["batch_id"].tolist() == ["B2"]
    put(store, batch("B3"), batch("B4", GANZHOU))
    assert same(store, south)["batch_id"].tolist() == ["B2", "B4"]


def test_an_act_while_the_rows_are_read_is_not_missed(store, monkeypatch):
    read = store.ledger
    acts = iter([batch("B3")])

    def interrupted(table, viewer, **more):
        rows = read(table, viewer, **more)
        for row in acts:
            put(store, row)
        return rows

    monkeypatch.setattr(store, "ledger", interrupted)
    assert kept_ledger(store, "batch", OFFICE)[1]["batch_id"].tolist() == ["B1", "B2", "B3"]


def test_many_readers_at_once_get_one_frame(store):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept_ledger(store, "batch", OFFICE)[1], range(16)))
    assert all(rows is found[0] for rows in found)
