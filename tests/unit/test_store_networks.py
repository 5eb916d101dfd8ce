"""Road networks: kept under their content, replaced, withdrawn and brought back; never lost."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from store import (
    DamagedVersionError,
    NetworkError,
    OutOfScopeError,
    StaleVersionError,
    Viewer,
)
from store.backup import problems, take
from tests.store_world import GANZHOU, NANCHANG

ANN = Viewer("ann")
SOUTH = Viewer("south", frozenset({GANZHOU}))


@pytest.fixture
def store(open_store):
    return open_store()


def lines(*rows):
    return gpd.GeoDataFrame(geometry=[shapely.LineString(row) for row in rows], crs=4490)


ONE = lines([(115.0, 26.0), (115.0, 26.1)])
OTHER = lines([(115.0, 26.0), (115.2, 26.1)])


def put(store, name="国省道", rows=ONE, *, viewer=ANN, prefectures=(GANZHOU,), **more):
    facts = {
        "prefectures": prefectures,
        "viewer": viewer,
        "reason": "r",
        "facts": {"file": "a.zip"},
    }
    return store.put_network(name, rows, **facts | more)


def test_a_network_comes_back_as_it_was_kept(store):
    kept = put(store, demonstration=True)
    assert store.networks(ANN) == [kept]
    assert (kept.id, kept.facts, kept.saved_by) == ("国省道@1", {"file": "a.zip"}, "ann")
    assert kept.demonstration
    assert store.network_lines(kept, ANN).geometry.geom_equals(ONE.geometry).all()
    act = store.audit(ANN).iloc[0]
    assert (act["action"], act["subject"]) == ("network", "roads:国省道")
    assert store.scenarios("consolidation", ANN) == []


def test_the_same_lines_are_one_file_whatever_they_are_called(store):
    first, second = put(store), put(store, "又名")
    other = put(store, "另一", OTHER)
    assert (first.digest, first.file) == (second.digest, second.file)
    assert other.digest != first.digest
    assert other.file != first.file


def test_a_network_is_replaced_withdrawn_and_brought_back(store):
    first = put(store)
    second = put(store, rows=OTHER, number=1)
    gone = store.withdraw_network("国省道", viewer=ANN, reason="x", number=2)
    assert gone.withdrawn
    assert store.networks(ANN) == []
    back = store.restore_network("国省道", 1, viewer=ANN, reason="x", number=3)
    assert (back.number, back.digest, back.withdrawn) == (4, first.digest, False)
    assert [one.number for one in store.network_history("国省道", ANN)] == [4, 3, 2, 1]
    assert store.network_lines(second, ANN).geometry.geom_equals(OTHER.geometry).all()


def test_what_was_changed_meanwhile_or_is_not_there_is_refused(store):
    put(store)
    with pytest.raises(NetworkError, match="ROA-006"):
        put(store)
    with pytest.raises(StaleVersionError):
        put(store, rows=OTHER, number=2)
    with pytest.raises(NetworkError):
        store.withdraw_network("没有", viewer=ANN, reason="x", number=1)
    with pytest.raises(NetworkError):
        store.restore_network("国省道", 7, viewer=ANN, reason="x", number=1)
    with pytest.raises(NetworkError):
        put(store, "空", ONE.iloc[:0])


def test_a_network_is_of_its_prefectures_alone(store):
    kept = put(store, prefectures=(GANZHOU, NANCHANG))
    assert store.networks(SOUTH) == []
    with pytest.raises(NetworkError):
        store.network_lines(kept, SOUTH)
    with pytest.raises(OutOfScopeError):
        put(store, "两市", viewer=SOUTH, prefectures=(GANZHOU, NANCHANG))


def test_its_file_outlives_the_sweep_and_goes_into_the_backup(store, tmp_path):
    kept = put(store)
    assert store.sweep(older_than=-1.0) == []
    take(store, tmp_path / "copy")
    assert (tmp_path / "copy" / "files" / kept.file).exists()
    assert problems(store) == []


def test_a_file_that_was_changed_is_not_read(store):
    kept = put(store)
    path = store.root / "files" / kept.file
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DamagedVersionError):
        store.network_lines(kept, ANN)
    again = put(store, "新")
    assert store.network_lines(again, ANN).geometry.geom_equals(ONE.geometry).all()


def test_a_refused_network_leaves_no_file(store):
    with pytest.raises(OutOfScopeError):
        put(store, viewer=SOUTH, prefectures=(NANCHANG,))
    assert list((store.root / "files").glob("*.parquet")) == []
