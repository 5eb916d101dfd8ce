"""A viewer of one prefecture gets no row, no figure and no name of another one."""

from __future__ import annotations

import pytest

from store import OutOfScopeError, UnknownDatasetError, Viewer
from tests.store_world import GANZHOU, NANCHANG, batches, parcels, two_prefectures

ALL = Viewer("province")
SOUTH = Viewer("ganzhou", frozenset({GANZHOU}))
NORTH = Viewer("nanchang", frozenset({NANCHANG}))


@pytest.fixture
def both(store):
    return store.commit(
        "land",
        two_prefectures(),
        kind="parcels",
        viewer=ALL,
        reason="r",
        passport={"as_of": "2026-06-30", "findings": [{"parcel": "P3601000000"}]},
        original=("a.zip", b"zip"),
        quarantined=two_prefectures(),
    )


def test_rows_are_filtered(store, both):
    assert len(store.read(both, ALL)) == 5
    south = store.read(both, SOUTH)
    assert south["prefecture_adcode"].tolist() == [GANZHOU, GANZHOU]
    assert len(store.read(both, NORTH)) == 3


def test_rows_are_filtered_without_their_prefecture_among_the_columns(store, both):
    back = store.read(both, SOUTH, columns=["parcel_id"])
    assert sorted(back["parcel_id"]) == ["P3607000000", "P3607000001"]
    assert list(back.columns) == ["parcel_id", "geometry"]


def test_a_window_over_foreign_land_is_empty(store, both):
    assert len(store.read(both, NORTH, bbox=(115.0, 28.0, 117.0, 29.0))) == 3
    assert store.read(both, SOUTH, bbox=(115.0, 28.0, 117.0, 29.0)).empty


def test_figures_of_a_version_count_own_rows_only(store, both):
    south = store.version("land", SOUTH)
    assert south.rows == 2
    assert south.bounds == pytest.approx((114.9, 25.8, 114.902, 25.801))
    assert south.quarantined == 2
    assert store.version("land", NORTH).quarantined == 3
    assert both.quarantined == 5


@pytest.mark.usefixtures("both")
def test_passport_keeps_plain_values_only(store):
    assert store.version("land", SOUTH).passport == {"as_of": "2026-06-30"}
    assert "findings" in store.version("land", ALL).passport


def test_original_and_foreign_quarantined_rows_stay_hidden(store, both):
    assert store.original(both, SOUTH) is None
    assert store.original_name(both, SOUTH) is None
    assert not store.version("land", SOUTH).has_original
    assert set(store.quarantined(both, SOUTH)["prefecture_adcode"]) == {GANZHOU}


@pytest.mark.parametrize(("frame", "count"), [(parcels(1, GANZHOU), 2), (two_prefectures(), 0)])
def test_quarantined_rows_without_a_place_need_sight_of_the_whole_version(store, frame, count):
    rows = parcels(2, GANZHOU).drop(columns="prefecture_adcode")
    version = store.commit("land", frame, kind="parcels", viewer=ALL, reason="r", quarantined=rows)
    assert len(store.quarantined(version, ALL)) == 2
    assert len(store.quarantined(version, SOUTH)) == count
    assert store.version("land", SOUTH).quarantined == count


def test_foreign_datasets_do_not_exist(store):
    version = store.commit("land", parcels(3), kind="parcels", viewer=ALL, reason="r")
    assert store.datasets(SOUTH) == []
    for ask in (
        lambda: store.version("land", SOUTH),
        lambda: store.history("land", SOUTH),
        lambda: store.read(version, SOUTH),
        lambda: store.original(version, SOUTH),
        lambda: store.original_name(version, SOUTH),
        lambda: store.quarantined(version, SOUTH),
        lambda: store.verify(version, SOUTH),
    ):
        with pytest.raises(UnknownDatasetError):
            ask()


def test_foreign_rows_cannot_be_written(store):
    with pytest.raises(OutOfScopeError) as refusal:
        store.commit("land", two_prefectures(), kind="parcels", viewer=SOUTH, reason="r")
    assert refusal.value.values["prefectures"] == NANCHANG
    assert store.datasets(ALL) == []


def test_foreign_rows_cannot_be_replaced(store, both):
    with pytest.raises(OutOfScopeError):
        store.commit("land", parcels(1, GANZHOU), kind="parcels", viewer=SOUTH, reason="r")
    assert store.version("land", ALL) == both


def test_own_rows_can_be_written_and_replaced(store):
    for count in (1, 2):
        store.commit("south", parcels(count, GANZHOU), kind="parcels", viewer=SOUTH, reason="r")
    assert store.version("south", SOUTH).number == 2


@pytest.mark.usefixtures("both")
def test_the_trail_hides_acts_on_foreign_rows(store):
    store.commit("south", parcels(1, GANZHOU), kind="parcels", viewer=SOUTH, reason="r")
    assert store.audit(SOUTH)["subject"].tolist() == ["south@1"]
    assert len(store.audit(ALL)) == 2


def test_ledger_rows_and_their_changes_are_filtered(store):
    rows = batches(NANCHANG, GANZHOU)
    store.put_ledger("batch", rows, viewer=ALL, reason="r")
    assert store.ledger("batch", SOUTH)["prefecture_adcode"].tolist() == [GANZHOU]
    assert store.changes("batch", SOUTH)["prefecture_adcode"].tolist() == [GANZHOU]
    assert store.changes("batch", SOUTH, key=f"{NANCHANG}演示批次").empty
    assert len(store.ledger("batch", ALL)) == 2


def test_foreign_ledger_rows_cannot_be_written_or_taken_over(store):
    with pytest.raises(OutOfScopeError):
        store.put_ledger("batch", batches(NANCHANG), viewer=SOUTH, reason="r")
    store.put_ledger("batch", batches(NANCHANG), viewer=ALL, reason="r")
    taken = batches(NANCHANG).assign(county_adcode="360702")
    with pytest.raises(OutOfScopeError):
        store.put_ledger("batch", taken, viewer=SOUTH, reason="r")
    assert store.ledger("batch", ALL)["county_adcode"].tolist() == ["360112"]


def test_rasters_of_other_prefectures_stay_hidden(store, tmp_path):
    source = tmp_path / "cover.tif"
    source.write_bytes(b"cells")
    for name, place in (("south", GANZHOU), ("north", NANCHANG), ("all", None)):
        store.put_raster(
            name, source, title="t", source="s", viewer=ALL, reason="r", prefecture_adcode=place
        )
    assert [info.name for info in store.rasters(SOUTH)] == ["south"]
    assert [info.name for info in store.rasters(ALL)] == ["all", "north", "south"]
    with pytest.raises(OutOfScopeError):
        store.put_raster("x", source, title="t", source="s", viewer=SOUTH, reason="r")


def test_nothing_of_nanchang_in_the_demonstration_for_ganzhou(demo_store):
    for version in demo_store.datasets(SOUTH):
        rows = demo_store.read(version, SOUTH)
        assert len(rows) == version.rows > 0
        assert set(rows["prefecture_adcode"]) == {GANZHOU}
        assert set(rows["county_adcode"].str[:4]) == {"3607"}
        bad = demo_store.quarantined(version, SOUTH)
        assert bad.empty or set(bad["prefecture_adcode"]) == {GANZHOU}
    for table in ("batch", "supply", "idle_case"):
        assert set(demo_store.ledger(table, SOUTH)["prefecture_adcode"]) == {GANZHOU}
    assert demo_store.rasters(SOUTH) == []
    assert demo_store.audit(SOUTH).empty
