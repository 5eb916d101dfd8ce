"""Looking back, taking back, ending: nothing that was published goes away."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from store import (
    DamagedVersionError,
    EndedDatasetError,
    NothingToUndoError,
    OutOfScopeError,
    StaleVersionError,
    UnknownDatasetError,
    Viewer,
)
from tests.store_world import GANZHOU, MOMENT, NANCHANG, batches, parcels, two_prefectures

ANN = Viewer("ann")
BO = Viewer("bo")
SOUTH = Viewer("south", frozenset({GANZHOU}))
HOUR = dt.timedelta(hours=1)


class Clock:
    """One hour later at each act."""

    def __init__(self):
        self.now = MOMENT - HOUR

    def __call__(self):
        self.now += HOUR
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(open_store, clock):
    return open_store(clock=clock)


def put(store, count, **more):
    facts = {"kind": "parcels", "viewer": ANN, "reason": f"{count} parcels", **more}
    return store.commit("land", parcels(count), **facts)


def at(hours, minutes=0):
    return MOMENT + hours * HOUR + dt.timedelta(minutes=minutes)


def test_a_dataset_as_of_a_moment(store):
    put(store, 1)
    put(store, 2)
    assert [store.version("land", ANN, as_of=at(h, 30)).number for h in (0, 1, 5)] == [1, 2, 2]
    assert store.version("land", ANN, as_of=at(1)).number == 2  # at the very moment
    with pytest.raises(UnknownDatasetError):
        store.version("land", ANN, as_of=at(0, -1))
    assert store.datasets(ANN, as_of=at(0, -1)) == []
    assert [v.id for v in store.datasets(ANN, as_of=at(0, 30))] == ["land@1"]
    assert store.datasets(ANN, kind="zones", as_of=at(0, 30)) == []


def test_another_zone_of_time_is_the_same_moment(store):
    put(store, 1)
    put(store, 2)
    beijing = at(0, 30).astimezone(dt.timezone(8 * HOUR))
    assert store.version("land", ANN, as_of=beijing).number == 1


def test_a_clock_that_is_set_back_does_not_reorder_the_trail(store, clock):
    put(store, 1)
    clock.now = MOMENT - 100 * HOUR
    assert put(store, 2).committed_at == MOMENT
    assert store.version("land", ANN, as_of=MOMENT).number == 2


def test_undo_is_a_new_version_with_the_content_before(store):
    first, second = put(store, 1, original=("a.zip", b"zip")), put(store, 2)
    undone = store.undo("land", viewer=BO, reason="wrong file", seen=2)
    assert (undone.number, undone.rows, undone.restores) == (3, 1, 1)
    assert (undone.committed_by, undone.reason) == ("bo", "wrong file")
    assert (undone.sha256, undone.bounds) == (first.sha256, first.bounds)
    assert store.original(undone, ANN) == ("a.zip", b"zip")
    assert len(store.read(undone, ANN)) == 1
    assert len(store.read(second, ANN)) == 2
    assert len(store.read(first, ANN)) == 1
    trail = store.audit(ANN).iloc[0]
    assert (trail["action"], trail["subject"]) == ("undo", "land@3")
    assert (trail["rows_before"], trail["rows_after"]) == (2, 1)


def test_undo_twice_brings_back_what_was_undone(store):
    put(store, 1)
    put(store, 2)
    store.undo("land", viewer=ANN, reason="r")
    again = store.undo("land", viewer=ANN, reason="r")
    assert (again.number, again.rows, again.restores) == (4, 2, 2)


def test_files_shared_by_versions_are_never_swept(store):
    put(store, 1)
    put(store, 2)
    store.undo("land", viewer=ANN, reason="r")
    assert store.sweep(older_than=0.0) == []
    for version in store.history("land", ANN):
        store.verify(version, ANN)


def test_any_version_can_be_brought_back(store):
    for count in (1, 2, 3):
        put(store, count)
    back = store.restore_version("land", 1, viewer=ANN, reason="r", seen=3)
    assert (back.number, back.rows, back.restores) == (4, 1, 1)
    with pytest.raises(UnknownDatasetError):
        store.restore_version("land", 9, viewer=ANN, reason="r")


def test_the_first_version_cannot_be_undone(store):
    put(store, 1)
    with pytest.raises(NothingToUndoError) as refusal:
        store.undo("land", viewer=ANN, reason="r")
    assert refusal.value.code == "STO-014"


def test_undo_compares_with_what_was_seen(store):
    put(store, 1)
    put(store, 2)
    with pytest.raises(StaleVersionError):
        store.undo("land", viewer=ANN, reason="r", seen=1)
    with pytest.raises(StaleVersionError):
        store.restore_version("land", 1, viewer=ANN, reason="r", seen=1)
    with pytest.raises(StaleVersionError):
        store.end("land", viewer=ANN, reason="r", seen=1)
    assert store.version("land", ANN).number == 2


def test_a_damaged_version_is_not_brought_back(store):
    put(store, 1)
    put(store, 2)
    path = store._folder / store._visible_row(store.version("land", ANN, 1), ANN).file
    path.write_bytes(b"other")
    with pytest.raises(DamagedVersionError):
        store.undo("land", viewer=ANN, reason="r")
    assert store.version("land", ANN).number == 2


def test_foreign_rows_are_neither_brought_back_nor_replaced_nor_ended(store):
    facts = {"kind": "parcels", "viewer": ANN, "reason": "r"}
    store.commit("land", two_prefectures(), **facts)
    store.commit("land", parcels(1, GANZHOU), **facts)
    with pytest.raises(OutOfScopeError):
        store.undo("land", viewer=SOUTH, reason="r")
    store.commit("land", two_prefectures(), **facts)
    for act in (
        lambda: store.restore_version("land", 2, viewer=SOUTH, reason="r"),
        lambda: store.end("land", viewer=SOUTH, reason="r"),
    ):
        with pytest.raises(OutOfScopeError):
            act()


def test_an_ended_dataset_is_out_of_force_but_readable(store):
    put(store, 1)
    ended = store.end("land", viewer=BO, reason="merged", seen=1)
    assert ended.ended_at == at(1)
    assert store.datasets(ANN) == []
    assert [v.id for v in store.datasets(ANN, include_ended=True)] == ["land@1"]
    with pytest.raises(EndedDatasetError) as refusal:
        store.version("land", ANN)
    assert refusal.value.code == "STO-009"
    assert vars(refusal.value)["values"]["last"] == "land@1"
    assert len(store.read(store.version("land", ANN, 1), ANN)) == 1
    assert [v.ended_at for v in store.history("land", ANN)] == [at(1)]
    assert [v.id for v in store.datasets(ANN, as_of=at(0, 30))] == ["land@1"]
    assert store.version("land", ANN, as_of=at(0, 30)).ended_at is None
    assert store.datasets(ANN, as_of=at(1)) == []
    trail = store.audit(ANN).iloc[0]
    assert (trail["action"], trail["viewer"], trail["reason"]) == ("end", "bo", "merged")
    assert (trail["rows_before"], trail["rows_after"]) == (1, 0)


def test_what_has_ended_cannot_end_again(store):
    put(store, 1)
    store.end("land", viewer=ANN, reason="r")
    with pytest.raises(EndedDatasetError):
        store.end("land", viewer=ANN, reason="r")
    with pytest.raises(UnknownDatasetError):
        store.end("other", viewer=ANN, reason="r")


@pytest.mark.parametrize("way", ["commit", "undo", "same upload"])
def test_a_new_version_puts_an_ended_dataset_back_into_force(store, way):
    put(store, 1, passport={"sha256": "abc"})
    store.end("land", viewer=ANN, reason="r")
    if way == "undo":
        back = store.undo("land", viewer=ANN, reason="r", seen=1)
        assert (back.rows, back.restores) == (1, 1)
    else:
        back = put(store, 1 if way == "same upload" else 3, passport={"sha256": "abc"})
    assert back.number == 2
    assert back.ended_at is None
    assert store.datasets(ANN) == [back]
    assert [v.ended_at is None for v in store.history("land", ANN)] == [True, False]


def test_a_version_is_found_by_the_number_of_its_passport(store):
    first = put(store, 1, passport={"number": "GY20260301-0000ABCD"})
    put(store, 2, passport={"number": "GY20260302-00000001"})
    store.restore_version("land", 1, viewer=ANN, reason="r")
    assert store.by_passport("GY20260301-0000ABCD", ANN) == first
    assert store.by_passport("GY20260301-0000ABCD", SOUTH) is None
    assert store.by_passport("GY", ANN) is None


def test_choices_are_remembered_for_each_office(store):
    assert store.remembered("mapping:1", ANN) is None
    store.remember("mapping:1", {"XMMC": "name"}, viewer=ANN)
    store.remember("mapping:1", {"XMMC": "holder"}, viewer=BO)
    store.remember("mapping:1", {"XMMC": "name", "单位": None}, viewer=ANN)
    assert store.remembered("mapping:1", ANN) == {"XMMC": "name", "单位": None}
    assert store.remembered("mapping:1", BO) == {"XMMC": "holder"}
    assert store.remembered("mapping:2", ANN) is None


def ledger(store, **more):
    frame = store.ledger("batch", ANN, **more)
    return list(zip(frame["batch_id"], frame["office"].fillna(""), frame["revision"], strict=True))


def test_a_ledger_as_of_a_moment(store):
    north, south = batches(NANCHANG), batches(GANZHOU)
    store.put_ledger("batch", north, viewer=ANN, reason="r")
    store.put_ledger("batch", pd.concat([north.assign(office="甲"), south]), viewer=BO, reason="r")
    store.end_ledger("batch", {"360100演示批次": 2}, viewer=ANN, reason="entered twice")
    assert store.ledger("batch", ANN, as_of=at(0, -1)).empty
    assert ledger(store, as_of=at(0)) == [("360100演示批次", "", 1)]
    assert ledger(store, as_of=at(1, 1)) == [("360100演示批次", "甲", 2), ("360700演示批次", "", 1)]
    assert ledger(store, as_of=at(2)) == ledger(store) == [("360700演示批次", "", 1)]
    assert store.ledger("batch", SOUTH, as_of=at(0)).empty
    assert len(store.ledger("batch", SOUTH, as_of=at(1))) == 1


def test_as_of_now_is_the_ledger_itself(store):
    rows = pd.concat([batches(NANCHANG, GANZHOU)])
    store.put_ledger("batch", rows, viewer=ANN, reason="r", demonstration=True)
    store.put_ledger("batch", rows.assign(cropland_m2=1.5), viewer=BO, reason="r")
    pd.testing.assert_frame_equal(
        store.ledger("batch", ANN, as_of=at(9)), store.ledger("batch", ANN)
    )


def test_an_ended_ledger_row_keeps_its_trail_and_comes_back(store):
    rows = batches(NANCHANG)
    key = "360100演示批次"
    store.put_ledger("batch", rows, viewer=ANN, reason="r")
    assert store.end_ledger("batch", {key: None}, viewer=BO, reason="entered twice") == 1
    assert store.ledger("batch", ANN).empty
    change = store.changes("batch", ANN).iloc[0]
    assert change["after"] is None
    assert change["before"]["batch_id"] == key
    assert store.audit(ANN).iloc[0][["rows_before", "rows_after"]].tolist() == [1, 0]
    assert store.put_ledger("batch", rows, viewer=ANN, reason="it was right") == 1
    assert ledger(store) == [(key, "", 3)]
    assert store.changes("batch", ANN)["before"][0] is None


def test_only_rows_in_force_as_read_are_ended(store):
    key = "360100演示批次"
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    with pytest.raises(StaleVersionError):
        store.end_ledger("batch", {key: 7}, viewer=ANN, reason="r")
    with pytest.raises(OutOfScopeError):
        store.end_ledger("batch", {key: 1}, viewer=SOUTH, reason="r")
    with pytest.raises(UnknownDatasetError):
        store.end_ledger("batch", {key: 1, "other": None}, viewer=ANN, reason="r")
    assert ledger(store) == [(key, "", 1)]
    store.end_ledger("batch", {key: 1}, viewer=ANN, reason="r")
    with pytest.raises(UnknownDatasetError):
        store.end_ledger("batch", {key: 2}, viewer=ANN, reason="r")


def test_a_raster_as_of_a_moment(store, tmp_path):
    source = tmp_path / "cover.tif"
    for content in (b"one", b"two"):
        source.write_bytes(content)
        store.put_raster("cover", source, title="t", source="s", viewer=ANN, reason="r")
    (then,) = store.rasters(ANN, as_of=at(0))
    assert then.path.read_bytes() == b"one"
    assert store.rasters(ANN, as_of=at(0, -1)) == []
    assert [info.number for info in store.rasters(ANN)] == [2]
