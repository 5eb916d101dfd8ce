"""The map index of a version: made once, made anew when damaged, the same as the version itself."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.parcels import conform
from store import Store, StoreError, UnknownDatasetError, Viewer, column_files, map_index
from store.column_files import NO_DAY, Columns, write_columns
from store.errors import NoRoomError, ReadOnlyStoreError
from store.map_index import MapIndex
from tests.browse_world import EVERYBODY, SOUTH, committed, parcels_of, province, square
from tests.store_world import GANZHOU, NANCHANG, two_prefectures
from views.browse.ready import make_ready, ready_after_publishing


@pytest.fixture
def version(tmp_path):
    return committed(tmp_path, two_prefectures())


@pytest.fixture
def forget():
    """Lets this process forget which indexes it has open, as a new one would."""
    return map_index._open.clear


@pytest.fixture
def made(monkeypatch):
    """Counts how often an index is made."""
    calls = []
    build = map_index.tile_index.build

    def counted(source, folder, **options):
        calls.append(folder)
        build(source, folder, **options)

    monkeypatch.setattr(map_index.tile_index, "build", counted)
    return calls


def folder_of(root):
    (folder,) = (root / "derived").iterdir()
    return folder


# ---- made once


def test_an_index_is_made_once_and_found_by_the_next_store(tmp_path, version, forget, made):
    store = Store(tmp_path)
    assert not store.has_map_index(version, EVERYBODY)
    index = store.map_index(version, EVERYBODY)
    assert store.has_map_index(version, EVERYBODY)
    assert store.map_index(version, EVERYBODY) is index
    forget()
    again = Store(tmp_path).map_index(version, EVERYBODY)
    assert again.rows == version.rows == 5
    assert len(made) == 1
    assert [p for p in (tmp_path / "derived").iterdir() if p.name.startswith(".")] == []


def test_threads_that_come_together_make_it_once(tmp_path, version, made):
    start, found = threading.Barrier(4), []

    def ask():
        start.wait()
        found.append(Store(tmp_path).map_index(version, EVERYBODY))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_versions_of_the_same_content_share_an_index_others_do_not(tmp_path, made):
    one = committed(tmp_path, two_prefectures())
    other = committed(tmp_path, province(40))
    store = Store(tmp_path)
    assert store.map_index(one, EVERYBODY).rows == 5
    assert store.map_index(other, EVERYBODY).rows == 40
    assert len(made) == 2


def test_progress_rises_to_one(tmp_path, version):
    told = []
    Store(tmp_path).map_index(version, EVERYBODY, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] == 1.0
    again = []
    make_ready(Store(tmp_path), version, EVERYBODY, progress=again.append)
    assert again == [1.0]


def test_making_ready_tells_its_progress_too(tmp_path, version):
    told = []
    make_ready(Store(tmp_path), version, EVERYBODY, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert list((folder_of(tmp_path) / "arrays").glob("*.npy"))


def test_a_dropped_index_is_made_again(tmp_path, version, made):
    store = Store(tmp_path)
    store.map_index(version, EVERYBODY)
    store.drop_map_index(version, EVERYBODY)
    assert not store.has_map_index(version, EVERYBODY)
    store.drop_map_index(version, EVERYBODY)
    assert store.map_index(version, EVERYBODY).rows == 5
    assert len(made) == 2


def test_an_index_is_nobodys_who_sees_no_row(tmp_path):
    version = committed(tmp_path, parcels_of([square(115.8, 28.6)]))
    store = Store(tmp_path)
    for ask in (store.has_map_index, store.map_index, store.drop_map_index):
        with pytest.raises(UnknownDatasetError):
            ask(version, SOUTH)
    with pytest.raises(UnknownDatasetError):
        store.read_row(version, SOUTH, 0)


# ---- damage


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def column(folder, name):
    return column_files._path(folder / "columns", name)


def other_format(folder):
    meta = folder / "tiles" / "meta.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"format": 999}))


DAMAGE = {
    "everything gone": lambda folder: [shutil.rmtree(folder), folder.mkdir()],
    "tiles gone": lambda folder: shutil.rmtree(folder / "tiles"),
    "an array gone": lambda folder: (folder / "tiles" / "boxes.npy").unlink(),
    "an array cut": lambda folder: cut(folder / "tiles" / "xy.npy"),
    "an array empty": lambda folder: (folder / "tiles" / "hole.npy").write_bytes(b""),
    "no meta": lambda folder: (folder / "tiles" / "meta.json").unlink(),
    "another form": other_format,
    "columns gone": lambda folder: shutil.rmtree(folder / "columns"),
    "a column gone": lambda folder: column(folder, "county_adcode").unlink(),
    "a column cut": lambda folder: cut(column(folder, "area_ellipsoidal_m2")),
    "a column empty": lambda folder: column(folder, "parcel_id").write_bytes(b""),
    "a column of fewer rows": lambda folder: shutil.copyfile(
        short(folder), column(folder, "zone_id")
    ),
}


def short(folder):
    """A column that lacks rows, as if it came from another version."""
    aside = folder.parent.parent / "aside"
    aside.mkdir()
    pq.write_table(pa.table({"zone_id": ["a"]}), aside / "x.parquet")
    write_columns(aside / "x.parquet", aside)
    return column_files._path(aside, "zone_id")


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_made_anew(tmp_path, version, forget, damage):
    store = Store(tmp_path)
    store.map_index(version, EVERYBODY)
    DAMAGE[damage](folder_of(tmp_path))
    forget()
    index = Store(tmp_path).map_index(version, EVERYBODY)
    assert index.tiles.rows_in(0, 0, 0).tolist() == [0, 1, 2, 3, 4]
    for name in ("parcel_id", "county_adcode", "zone_id"):
        assert len(index.columns.array(name)) == 5
    assert index.columns.numbers("area_ellipsoidal_m2").tolist() == [1.0] * 5


def test_what_a_killed_process_left_does_not_matter(tmp_path, version):
    left = tmp_path / "derived" / ".0123"
    (left / "columns").mkdir(parents=True)
    assert Store(tmp_path).map_index(version, EVERYBODY).rows == 5


def test_a_version_file_that_is_gone_is_told(tmp_path, version):
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path).map_index(version, EVERYBODY)
    assert caught.value.code.startswith("STO-")
    with pytest.raises(StoreError):
        Store(tmp_path).read_row(version, EVERYBODY, 0)


def test_a_version_file_that_is_cut_is_told(tmp_path, version):
    for path in tmp_path.rglob("*.parquet"):
        cut(path)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path).map_index(version, EVERYBODY)
    assert caught.value.code.startswith("STO-")
    assert not any((tmp_path / "derived").iterdir())


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EACCES, ReadOnlyStoreError), (errno.ENOSPC, NoRoomError)]
)
def test_a_refusal_of_the_disk_has_a_code_and_leaves_nothing(
    tmp_path, version, monkeypatch, number, kind
):
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(map_index, "write_columns", full)
    store = Store(tmp_path)
    with pytest.raises(kind):
        store.map_index(version, EVERYBODY)
    assert list((tmp_path / "derived").iterdir()) == []
    monkeypatch.undo()
    assert store.map_index(version, EVERYBODY).rows == 5


def test_a_folder_that_cannot_be_made_is_told(tmp_path, version):
    (tmp_path / "derived").write_text("a file in the way")
    store = Store(tmp_path)
    assert not store.has_map_index(version, EVERYBODY)
    with pytest.raises(StoreError):
        store.map_index(version, EVERYBODY)


# ---- remembered arrays


@pytest.fixture
def index(tmp_path, version):
    return Store(tmp_path).map_index(version, EVERYBODY)


def never():
    raise AssertionError("it was made before")


def test_arrays_are_made_once_and_read_only(tmp_path, index):
    first = index.remembered("day 1", lambda: np.arange(5, dtype=np.int8))
    again = index.remembered("day 1", never)
    np.testing.assert_array_equal(first, again)
    assert again.dtype == np.int8
    for array in (first, again):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7
    assert index.remembered("day 2", lambda: np.zeros(1)).tolist() == [0.0]
    survivor = MapIndex(folder_of(tmp_path)).remembered("day 1", never)
    np.testing.assert_array_equal(survivor, first)


@pytest.mark.parametrize("content", [b"", b"x", b"\x93NUMPY"])
def test_a_damaged_array_is_made_again(tmp_path, index, content):
    index.remembered("a", lambda: np.arange(5))
    (path,) = (folder_of(tmp_path) / "arrays").glob("*.npy")
    path.write_bytes(content)
    assert index.remembered("a", lambda: np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    assert index.remembered("a", never).tolist() == [0, 1, 2, 3, 4]


def test_the_newest_arrays_are_kept(tmp_path, index):
    for i in range(map_index._KEPT + 3):
        index.remembered(str(i), lambda i=i: np.array([i]))
        for path in (folder_of(tmp_path) / "arrays").glob("*.npy"):
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    kept = list((folder_of(tmp_path) / "arrays").iterdir())
    assert len(kept) == map_index._KEPT
    last = str(map_index._KEPT + 2)
    assert index.remembered(last, never).tolist() == [map_index._KEPT + 2]
    assert index.remembered("0", lambda: np.array([99])).tolist() == [99]


def test_an_array_that_cannot_be_kept_is_given_all_the_same(tmp_path, index):
    (folder_of(tmp_path) / "arrays").write_text("a file in the way")
    for _ in range(2):
        assert index.remembered("a", lambda: np.arange(2)).tolist() == [0, 1]


# ---- rows


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_row_by_itself_is_the_row_of_a_read(tmp_path, monkeypatch, size):
    monkeypatch.setattr("store.files.ROW_GROUP", size)
    version = committed(tmp_path, province(40))
    store = Store(tmp_path)
    frame = pd.DataFrame(store.read(version, EVERYBODY)).drop(columns="geometry")
    for row in range(len(frame)):
        found = store.read_row(version, EVERYBODY, row)
        assert found.name == row
        pd.testing.assert_series_equal(found, frame.iloc[row], check_dtype=False)
    for row in (-1, 40, 10**9):
        with pytest.raises(UnknownDatasetError):
            store.read_row(version, EVERYBODY, row)


def test_a_row_of_another_prefecture_is_not_there(tmp_path, version):
    store = Store(tmp_path)
    frame = store.read(version, EVERYBODY)
    for row, code in enumerate(frame["prefecture_adcode"]):
        for mine in (NANCHANG, GANZHOU):
            viewer = Viewer("v", frozenset({mine}))
            if code == mine:
                assert store.read_row(version, viewer, row)["parcel_id"] == frame["parcel_id"][row]
            else:
                with pytest.raises(UnknownDatasetError):
                    store.read_row(version, viewer, row)


# ---- columns


def columns_of(tmp_path, **values):
    source = tmp_path / "source.parquet"
    table = pa.table(values)
    pq.write_table(table, source)
    folder = tmp_path / "columns"
    folder.mkdir()
    assert write_columns(source, folder) == list(values)
    return Columns(folder, len(table))


PLAIN = ["b", None, "a", "ｃ", "", "É", "B(1)", "x.y", "赣州"]
REPEATED = [*PLAIN, *PLAIN, *PLAIN]


@pytest.mark.parametrize(("texts", "shared"), [(PLAIN, False), (REPEATED, True)])
def test_texts_come_back_whether_they_repeat_or_not(tmp_path, texts, shared):
    columns = columns_of(tmp_path, t=texts)
    assert pa.types.is_dictionary(columns.array("t").type) is shared
    codes, known = columns.codes("t")
    assert list(known) == sorted(known) == sorted({text for text in texts if text is not None})
    assert codes.dtype == np.int32
    assert [None if i < 0 else known[i] for i in codes] == texts
    assert columns.codes("t")[0] is codes
    frame = columns.frame(["t", "absent"], kind="parcels", start=2, stop=5)
    assert frame["t"].tolist() == texts[2:5]
    assert frame.index.tolist() == [2, 3, 4]
    some = columns.rows_of(["t"], np.array([3, 0]), kind="parcels")
    assert some["t"].tolist() == [texts[3], texts[0]]
    assert some.index.tolist() == [3, 0]


@pytest.mark.parametrize("texts", [PLAIN, REPEATED])
@pytest.mark.parametrize(
    ("text", "hits"),
    [("b", ["b", "B(1)"]), ("B", ["b", "B(1)"]), ("(", ["B(1)"]), (".", ["x.y"]), (".*", []),
     ("é", ["É"]), ("赣", ["赣州"]), ("^b", []), ("[ab]", []), ("\\", []), ("%", []), ("_", []),
     ("x.y", ["x.y"]), ("xzy", [])],
)  # fmt: skip
def test_texts_are_found_as_they_are_written_in_any_case(tmp_path, texts, text, hits):
    found = columns_of(tmp_path, t=texts).matching("t", text)
    assert found.tolist() == [t in hits for t in texts]


def test_numbers_days_and_missing_values(tmp_path):
    moments = pd.to_datetime(["1970-01-02", None, "1969-12-31", "2026-06-30"]).astype(
        "datetime64[ms]"
    )
    columns = columns_of(tmp_path, d=pa.array(moments), n=[1.5, None, 0.0, -2.0])
    assert columns.days("d").tolist() == [1, NO_DAY, -1, 20634]
    np.testing.assert_array_equal(columns.numbers("n"), [1.5, np.nan, 0.0, -2.0])
    assert "d" in columns
    assert "x" not in columns
    with pytest.raises(KeyError):
        columns.array("x")


@pytest.mark.parametrize("texts", [[None, None], []])
def test_a_column_without_any_text(tmp_path, texts):
    columns = columns_of(tmp_path, t=pa.array(texts, type=pa.string()))
    assert columns.codes("t")[0].tolist() == [-1] * len(texts)
    assert columns.codes("t")[1] == ()
    assert columns.matching("t", "a").tolist() == [False] * len(texts)


STRANGE = ["面积/亩", "../../outside", "..", ".", "a\\b", "名" * 200, "con?<>|:*", "", "geometry2"]


def test_columns_may_have_any_name_that_a_sender_gave_them(tmp_path):
    """Senders' own columns are kept under their own names, which are no file names."""
    frame = conform(two_prefectures())
    for i, name in enumerate(STRANGE):
        frame[name] = f"value {i}"
    root = tmp_path / "store"
    version = committed(root, frame)
    before = {path for path in tmp_path.rglob("*") if "derived" not in path.parts}
    index = Store(root).map_index(version, EVERYBODY)
    assert {path for path in tmp_path.rglob("*") if "derived" not in path.parts} == before
    for i, name in enumerate(STRANGE):
        assert index.columns.array(name).to_pylist() == [f"value {i}"] * 5
    assert Store(root).read_row(version, EVERYBODY, 0)["面积/亩"] == "value 0"


def test_columns_of_the_demonstration_are_typed_as_in_a_read(demo_store, tmp_path):
    version = demo_store.version("parcels", EVERYBODY)
    frame = demo_store.read(version, EVERYBODY)
    (tmp_path / "columns").mkdir()
    names = write_columns(demo_store._folder / demo_store._visible_row(version, EVERYBODY).file,
                          tmp_path / "columns")  # fmt: skip
    assert set(names) == set(frame.columns) - {"geometry"}
    columns = Columns(tmp_path / "columns", len(frame))
    plain = pd.DataFrame(frame).drop(columns="geometry")[names]
    found = columns.frame(names, kind="parcels", start=10, stop=250)
    pd.testing.assert_frame_equal(found, plain.iloc[10:250])
    rows = np.array([300, 5, 5, 0])
    some = columns.rows_of(names, rows, kind="parcels")
    pd.testing.assert_frame_equal(some, plain.iloc[rows])
    nothing = columns.rows_of(names, np.zeros(0, dtype=np.intp), kind="parcels")
    pd.testing.assert_frame_equal(nothing, plain.iloc[:0], check_index_type=False)


def test_shapes_are_no_columns(tmp_path):
    version = committed(tmp_path, two_prefectures())
    (path,) = tmp_path.rglob("*.parquet")
    shapes = {f.name for f in pq.read_schema(path) if column_files.is_shape(f)}
    assert shapes == {"geometry", "bbox"}
    assert isinstance(Store(tmp_path).read(version, EVERYBODY), gpd.GeoDataFrame)


def test_folders_of_killed_makers_go_and_those_under_work_stay(tmp_path):
    version = committed(tmp_path, parcels_of([square(115.8, 28.6)]))
    store = Store(tmp_path)
    derived = store.root / "derived"
    old, young = derived / ".old", derived / ".young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (1.0, 1.0))
    store.map_index(version, EVERYBODY)
    assert not old.exists()
    assert young.exists()


def test_a_version_stands_though_its_index_cannot_be_made(tmp_path, monkeypatch, caplog):
    version = committed(tmp_path, parcels_of([square(115.8, 28.6)]))
    store = Store(tmp_path)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(map_index.tile_index, "build", full)
    ready_after_publishing(store, version, EVERYBODY)
    assert "is not made" in caplog.text
    assert not store.has_map_index(version, EVERYBODY)
    monkeypatch.undo()
    ready_after_publishing(store, version, EVERYBODY)
    assert store.has_map_index(version, EVERYBODY)


def test_records_of_a_ledger_have_no_map(tmp_path):
    ready_after_publishing(Store(tmp_path), None, EVERYBODY)
    assert not (tmp_path / "derived").exists()
