"""The trail, read by person, act, subject and period."""

from __future__ import annotations

import datetime as dt

import pytest

from store import Viewer
from tests.store_world import GANZHOU, MOMENT, NANCHANG, batches, parcels

ANN, BO = Viewer("ann"), Viewer("bo")
SOUTH = Viewer("south", frozenset({GANZHOU}))
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def store(open_store):
    """Five acts, an hour apart."""
    moments = iter(MOMENT + k * HOUR for k in range(9))
    store = open_store(clock=lambda: next(moments))
    facts = {"kind": "parcels", "reason": "r"}
    store.commit("land", parcels(1), viewer=ANN, **facts)
    store.commit("land_2", parcels(1, GANZHOU), viewer=BO, **facts)
    store.commit("land", parcels(2), viewer=BO, **facts)
    store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=ANN, reason="r")
    rows = batches(NANCHANG).assign(supplied_m2=70_000.0, unsupplied_m2=20_000.0, office="甲")
    store.put_ledger("batch", rows, viewer=BO, reason="r")
    return store


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["batch", "batch", "land@2", "land_2@1", "land@1"]),
        ({"person": "ann"}, ["batch", "land@1"]),
        ({"action": "ledger"}, ["batch", "batch"]),
        ({"subject": "land"}, ["land@2", "land@1"]),
        ({"subject": "land_2"}, ["land_2@1"]),
        ({"subject": "batch"}, ["batch", "batch"]),
        ({"since": MOMENT + 2 * HOUR}, ["batch", "batch", "land@2"]),
        ({"until": MOMENT + 2 * HOUR}, ["land_2@1", "land@1"]),
        ({"since": MOMENT + HOUR, "until": MOMENT + 3 * HOUR}, ["land@2", "land_2@1"]),
        ({"person": "bo", "action": "commit", "limit": 1}, ["land@2"]),
        ({"person": "nobody"}, []),
    ],
)
def test_acts_are_found(store, asked, found):
    assert store.audit(ANN, **asked)["subject"].tolist() == found


def test_the_limit_counts_acts_that_the_viewer_may_see(store):
    assert store.audit(SOUTH, limit=1)["subject"].tolist() == ["land_2@1"]


def test_an_act_is_told_field_by_field(store):
    newest, first = store.audit(ANN, action="ledger")["id"].tolist()
    changed = store.act_changes(newest, ANN)
    assert changed.to_numpy().tolist() == [
        [f"{NANCHANG}演示批次", "supplied_m2", 60_000.0, 70_000.0],
        [f"{NANCHANG}演示批次", "unsupplied_m2", 30_000.0, 20_000.0],
        [f"{NANCHANG}演示批次", "office", None, "甲"],
    ]
    fresh = store.act_changes(first, ANN)
    assert set(fresh["key"]) == {f"{p}演示批次" for p in (NANCHANG, GANZHOU)}
    assert fresh["before"].isna().all()
    assert set(store.act_changes(first, SOUTH)["key"]) == {f"{GANZHOU}演示批次"}
    assert store.act_changes(newest, SOUTH).empty
    assert store.act_changes(10_000, ANN).empty


def test_an_ended_row_is_told_by_what_it_had(store):
    store.end_ledger("batch", {f"{NANCHANG}演示批次": 2}, viewer=ANN, reason="r")
    told = store.act_changes(int(store.audit(ANN)["id"][0]), ANN)
    assert told["after"].isna().all()
    assert "supplied_m2" in set(told["field"])
