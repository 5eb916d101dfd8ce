"""Publishing, finding and reading dataset versions."""

from __future__ import annotations

import datetime as dt
import errno
import os
import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from sqlalchemy.exc import DBAPIError

from domain.parcels import columns
from geo.errors import SchemaError
from store import (
    DamagedVersionError,
    InvalidDatasetError,
    StaleVersionError,
    Store,
    StoreBusyError,
    StoreError,
    StoreTooNewError,
    UnknownDatasetError,
    Viewer,
    engine,
    files,
    model,
)
from tests.store_world import GANZHOU, MOMENT, NANCHANG, batches, parcels, two_prefectures

ANN = Viewer("ann")
BO = Viewer("bo")


def put(store, frame=None, *, viewer=ANN, **more):
    frame = parcels() if frame is None else frame
    facts = {"kind": "parcels", "reason": "first", **more}
    return store.commit("land", frame, viewer=viewer, **facts)


@pytest.fixture
def filled_store(store, tmp_path):
    """A store with a row in every table that must never change."""
    put(store)
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    source = tmp_path / "cover.tif"
    source.write_bytes(b"cells")
    store.put_raster("cover", source, title="t", source="s", viewer=ANN, reason="r")
    store.put_document(
        "batch",
        f"{NANCHANG}演示批次",
        kind="notice",
        number="1",
        dated=None,
        content=b"x",
        name="x.pdf",
        viewer=ANN,
        reason="r",
    )
    store.put_scenario("consolidation", "s", {}, prefectures=[], viewer=ANN, reason="r")
    store.end("land", viewer=ANN, reason="r")
    return store


def details(refusal):
    """Named values of a coded error."""
    return vars(refusal.value)["values"]


def test_commit_then_read_gives_the_same_rows(store):
    version = put(store)
    back = store.read(version, ANN)
    expected = parcels().set_index("parcel_id")
    got = back.set_index("parcel_id")
    assert sorted(got.index) == sorted(expected.index)
    assert got["area_stated_m2"].sort_index().tolist() == [1000.0, 1001.0, 1002.0]
    assert all(got.geometry[k].equals(expected.geometry[k]) for k in expected.index)
    assert back.crs.to_epsg() == 4490
    assert isinstance(back.index, pd.RangeIndex)


def test_reading_restores_the_types_of_the_schema(store):
    back = store.read(put(store), ANN)
    for column in columns():
        assert str(back[column.column].dtype) == column.pandas_dtype, column.column


def test_version_says_who_when_why(store):
    passport = {"as_of": dt.date(2026, 6, 30), "findings": [{"code": "X", "rows": 2}]}
    version = put(store, passport=passport, demonstration=True)
    assert version.id == "land@1"
    assert (version.number, version.kind, version.rows) == (1, "parcels", 3)
    assert (version.committed_by, version.reason) == ("ann", "first")
    assert version.committed_at == MOMENT
    assert version.committed_at.tzinfo is not None
    assert version.demonstration
    assert version.passport == {"as_of": "2026-06-30", "findings": [{"code": "X", "rows": 2}]}
    assert version.bounds == pytest.approx((115.8, 28.6, 115.803, 28.601))


def test_versions_never_overwrite_each_other(store):
    first = put(store)
    second = put(store, parcels(5), reason="second")
    assert (first.number, second.number) == (1, 2)
    assert len(store.read(first, ANN)) == 3
    assert len(store.read(second, ANN)) == 5
    assert store.version("land", ANN) == second
    assert store.version("land", ANN, 1) == first
    assert [v.number for v in store.history("land", ANN)] == [2, 1]
    assert store.datasets(ANN) == [second]


def test_publishing_after_the_version_seen_works(store):
    first = put(store)
    assert put(store, seen=first.number).number == 2


def test_publishing_after_an_older_version_is_refused_with_the_name(store):
    put(store)
    put(store, viewer=BO)
    with pytest.raises(StaleVersionError) as refusal:
        put(store, seen=1)
    assert refusal.value.code == "STO-002"
    assert details(refusal)["who"] == "bo"
    assert details(refusal)["current"] == 2
    assert store.version("land", ANN).number == 2


def test_new_dataset_is_asked_for_with_seen_zero(store):
    assert put(store, seen=0).number == 1
    with pytest.raises(StaleVersionError):
        put(store, seen=0)


def test_unknown_number_seen_of_a_new_dataset_is_refused(store):
    with pytest.raises(StaleVersionError):
        put(store, seen=3)
    assert store.datasets(ANN) == []


def test_refused_versions_leave_no_files(store):
    put(store)
    before = sorted(store._folder.iterdir())
    with pytest.raises(StaleVersionError):
        put(store, parcels(4), seen=0, original=("a.zip", b"zip"), quarantined=parcels(1))
    assert sorted(store._folder.iterdir()) == before


def test_same_upload_is_published_once(store):
    first = put(store, passport={"sha256": "abc"})
    files = sorted(store._folder.iterdir())
    again = put(store, passport={"sha256": "abc"})
    assert again == first
    assert sorted(store._folder.iterdir()) == files
    assert len(store.audit(ANN)) == 1


def test_same_upload_read_differently_is_a_new_version(store):
    put(store, passport={"sha256": "abc"})
    assert put(store, parcels(2), passport={"sha256": "abc"}).number == 2


def test_going_back_to_an_older_upload_is_a_new_version(store):
    put(store, passport={"sha256": "abc"})
    put(store, parcels(2), passport={"sha256": "def"})
    assert put(store, passport={"sha256": "abc"}).number == 3


def test_without_a_digest_the_same_rows_are_published_again(store):
    put(store)
    assert put(store).number == 2


def test_columns_and_window(store):
    version = put(store, parcels(10))
    window = (115.8021, 28.6, 115.8039, 28.601)  # meets the third and fourth parcel only
    back = store.read(version, ANN, columns=["parcel_id"], bbox=window)
    assert list(back.columns) == ["parcel_id", "geometry"]
    assert sorted(back["parcel_id"]) == ["P3601000002", "P3601000003"]


def test_an_absent_column_is_named(store):
    with pytest.raises(InvalidDatasetError, match="colour"):
        store.read(put(store), ANN, columns=["parcel_id", "colour"])


def test_file_is_geoparquet_with_bbox_column_and_zstd(store):
    put(store, parcels(10))
    path = next(store._folder.glob("*.parquet"))
    meta = pq.read_metadata(path)
    names = {meta.row_group(0).column(k).path_in_schema for k in range(meta.num_columns)}
    assert {"bbox.xmin", "bbox.ymax"} <= names
    assert meta.row_group(0).column(0).compression == "ZSTD"
    assert b'"covering"' in meta.metadata[b"geo"]


def test_rows_lie_along_a_curve(store):
    frame = parcels(64)
    shuffled = frame.sample(frac=1.0, random_state=1)
    back = store.read(put(store, shuffled), ANN)
    x = shapely.get_x(shapely.centroid(back.geometry))
    jumps = abs(pd.Series(x).diff().dropna())
    assert jumps.median() == pytest.approx(0.001, abs=1e-6)


def test_original_and_quarantined_rows_are_kept(store):
    bad = parcels(2, tag="Q")
    version = put(store, original=("上传.zip", b"\x00zip"), quarantined=bad)
    assert version.has_original
    assert version.quarantined == 2
    assert store.original(version, ANN) == ("上传.zip", b"\x00zip")
    assert store.original_name(version, ANN) == "上传.zip"
    kept = store.quarantined(version, ANN)
    assert kept["parcel_id"].tolist() == bad["parcel_id"].tolist()
    assert shapely.from_wkb(kept["geometry_wkb"][0]).equals(bad.geometry[0])


def test_version_without_sidecars(store):
    version = put(store)
    assert store.original(version, ANN) is None
    assert store.original_name(version, ANN) is None
    assert store.quarantined(version, ANN).empty


def test_dataset_kinds_are_listed_apart(store):
    put(store)
    zones = parcels(1)[["prefecture_adcode", "geometry"]].assign(zone_id="z")
    store.commit("zones", zones, kind="zones", viewer=ANN, reason="r")
    assert [v.dataset for v in store.datasets(ANN)] == ["land", "zones"]
    assert [v.dataset for v in store.datasets(ANN, kind="zones")] == ["zones"]


@pytest.mark.parametrize("name", ["", "Land", "a/b", "../x", "a b", "x" * 81, "-a"])
def test_names_that_do_not_serve_are_refused(store, name):
    with pytest.raises(InvalidDatasetError):
        store.commit(name, parcels(), kind="parcels", viewer=ANN, reason="r")


@pytest.mark.parametrize("name", ["a", "parcels-2026", "新余市_地块", "x" * 80])
def test_names_that_serve(store, name):
    assert store.commit(name, parcels(), kind="parcels", viewer=ANN, reason="r").dataset == name


@pytest.mark.parametrize("reason", ["", "  ", "x" * 401])
def test_a_reason_is_required(store, reason):
    with pytest.raises(InvalidDatasetError):
        put(store, reason=reason)


def test_frames_that_cannot_be_stored_are_refused(store):
    with pytest.raises(InvalidDatasetError, match="EPSG"):
        put(store, parcels().set_crs(4326, allow_override=True))
    with pytest.raises(InvalidDatasetError, match="no row"):
        put(store, parcels(0))
    with pytest.raises(InvalidDatasetError, match="prefecture_adcode"):
        put(store, parcels().drop(columns="prefecture_adcode"))
    with pytest.raises(SchemaError, match="zone_id"):
        put(store, parcels()[["prefecture_adcode", "geometry"]], kind="zones")
    with pytest.raises(InvalidDatasetError, match="kind"):
        put(store, kind="roads")
    with pytest.raises(SchemaError, match="parcel_id"):
        put(store, parcels().drop(columns="parcel_id"))
    assert store.datasets(ANN) == []


def test_rows_without_a_shape_are_named(store):
    frame = parcels()
    frame.loc[1, "geometry"] = shapely.Polygon()
    with pytest.raises(InvalidDatasetError) as refusal:
        put(store, frame)
    assert refusal.value.rows == (1,)


@pytest.mark.parametrize("prefecture", [None, "360000", "430100", GANZHOU])
def test_rows_outside_their_prefecture_are_named(store, prefecture):
    frame = parcels()
    frame.loc[2, "prefecture_adcode"] = prefecture
    with pytest.raises(InvalidDatasetError) as refusal:
        put(store, frame)
    assert refusal.value.rows == (2,)


def test_the_frame_given_is_left_alone(store):
    frame = parcels().rename_geometry("shape")
    before = frame.copy()
    version = put(store, frame)
    assert_geodataframe_equal(frame, before)
    assert store.read(version, ANN).geometry.name == "geometry"


def test_absent_datasets_are_unknown(store):
    put(store)
    with pytest.raises(UnknownDatasetError):
        store.version("other", ANN)
    with pytest.raises(UnknownDatasetError):
        store.version("land", ANN, 2)
    with pytest.raises(UnknownDatasetError):
        store.history("other", ANN)


def test_a_missing_or_changed_file_is_noticed(store):
    version = put(store)
    store.verify(version, ANN)
    path = next(store._folder.glob("*.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    with pytest.raises(DamagedVersionError):
        store.verify(version, ANN)
    path.unlink()
    with pytest.raises(DamagedVersionError):
        store.verify(version, ANN)
    with pytest.raises(DamagedVersionError):
        store.read(version, ANN)


@pytest.mark.parametrize("table", model.NEVER_CHANGED)
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET {} = NULL"])
def test_published_rows_and_the_trail_cannot_be_changed(filled_store, table, verb):
    column = [*model.Base.metadata.tables[table].c][-1].name
    with pytest.raises(DBAPIError, match="never change"), filled_store._engine.begin() as raw:
        raw.exec_driver_sql(verb.format(table, f'"{column}"'))


def test_the_catalogue_is_durable(tmp_path):
    store = Store(tmp_path / "store")
    put(store)
    with sqlite3.connect(store.root / "catalogue.sqlite") as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_every_act_is_on_the_trail(store):
    put(store)
    put(store, two_prefectures(), viewer=BO, reason="more")
    trail = store.audit(ANN)
    assert trail["subject"].tolist() == ["land@2", "land@1"]
    assert trail["viewer"].tolist() == ["bo", "ann"]
    assert trail["reason"].tolist() == ["more", "first"]
    assert trail["rows_before"].tolist() == [3, 0]
    assert trail["rows_after"].tolist() == [5, 3]
    assert trail["prefectures"].tolist() == [[NANCHANG, GANZHOU], [NANCHANG]]
    assert len(store.audit(ANN, limit=1)) == 1


def test_a_second_store_on_the_folder_sees_everything(store, open_store):
    put(store)
    assert open_store().version("land", ANN).number == 1


def test_a_store_of_a_later_release_is_refused(tmp_path):
    root = tmp_path / "later"
    root.mkdir()
    with sqlite3.connect(root / "catalogue.sqlite") as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(StoreTooNewError):
        Store(root)


def test_a_full_or_locked_disk_is_said_in_words(store, monkeypatch):
    def refuse(_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "settle", refuse)
    with pytest.raises(StoreError, match="No space left") as refusal:
        put(store)
    assert refusal.value.code == "STO-011"
    assert "No space left" in details(refusal)["detail"]
    assert store.datasets(ANN) == []
    assert list(store._folder.iterdir()) == []


def test_a_catalogue_held_by_another_writer_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    other = Store(tmp_path / "other")
    put(other)
    raw = sqlite3.connect(other.root / "catalogue.sqlite", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with other._engine.connect() as held:
        held.exec_driver_sql("PRAGMA busy_timeout=50")
        held.rollback()
    with pytest.raises(StoreBusyError):
        put(other)
    raw.execute("ROLLBACK")
    raw.close()
    assert put(other).number == 2


def test_orphans_are_swept_when_old_and_left_when_young(store):
    version = put(store)
    orphan = store._folder / "deadbeef.parquet"
    orphan.write_bytes(b"half")
    half = store._folder / ".writing-deadbeef.parquet"
    half.write_bytes(b"half")
    assert store.sweep() == []
    assert set(store.sweep(older_than=0.0)) == {orphan.name, half.name}
    assert not orphan.exists()
    assert len(store.read(version, ANN)) == 3


def test_rasters_are_copied_and_registered(store, tmp_path):
    source = tmp_path / "cover.tif"
    source.write_bytes(b"II*\x00cells")
    info = store.put_raster(
        "landcover-2023",
        source,
        title="土地覆盖",
        source="somebody, CC BY",
        viewer=ANN,
        reason="r",
        year=2023,
        prefecture_adcode=GANZHOU,
        legend={1: "cropland"},
    )
    source.unlink()
    assert info.path.read_bytes() == b"II*\x00cells"
    assert (info.year, info.legend, info.source) == (2023, {1: "cropland"}, "somebody, CC BY")
    assert [r.name for r in store.rasters(ANN)] == ["landcover-2023"]


def test_a_raster_registered_again_is_replaced_once(store, tmp_path):
    source = tmp_path / "cover.tif"
    for content in (b"one", b"two"):
        source.write_bytes(content)
        store.put_raster("cover", source, title="t", source="s", viewer=ANN, reason="r")
    (info,) = store.rasters(ANN)
    assert info.path.read_bytes() == b"two"
    assert info.number == 2
    assert store.sweep(older_than=0.0) == []  # the one before it is kept
    assert store.audit(ANN)["rows_before"].tolist() == [1, 0]


def test_many_stores_do_not_keep_their_files_open(tmp_path):
    for k in range(40):
        Store(tmp_path / str(k))
    held = [
        path
        for path in Path("/proc/self/fd").iterdir()
        if path.exists() and str(tmp_path) in str(path.readlink())
    ]
    assert len(held) <= 30  # eight catalogues of three files, and a few in passing
    assert Store(tmp_path / "0").datasets(ANN) == []
