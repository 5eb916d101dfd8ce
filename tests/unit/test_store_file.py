"""Publishing a GeoParquet file that is in its final form already."""

from __future__ import annotations

import hashlib
import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from domain import schema
from store import InvalidDatasetError, InvalidFileError, OutOfScopeError, Store, Viewer, admission
from tests.store_world import GANZHOU, MOMENT, NANCHANG, parcels, two_prefectures

ANN = Viewer("ann")
SOUTH = Viewer("south", frozenset({GANZHOU}))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", clock=lambda: MOMENT)


def finished(folder, frame, *, kind="parcels", name="ready.parquet", **options):
    """The file of a frame in final form, unless ``options`` say otherwise."""
    path = folder / name
    facts = {
        "compression": "zstd",
        "write_covering_bbox": True,
        "row_group_size": 2,
        "schema_version": "1.1.0",
        "index": False,
    }
    schema.conform(kind, frame).to_parquet(path, **{**facts, **options})
    return path


def put(store, path, *, viewer=ANN, **more):
    return store.commit_file(
        "land", path, **{"kind": "parcels", "viewer": viewer, "reason": "first", **more}
    )


def test_a_file_gives_the_same_version_as_its_frame(store, tmp_path):
    path = finished(tmp_path, two_prefectures())
    one = put(store, path)
    two = store.commit("other", two_prefectures(), kind="parcels", viewer=ANN, reason="first")
    assert (one.rows, one.bounds, one.kind) == (two.rows, two.bounds, two.kind)
    mine = store.read(one, ANN).set_index("parcel_id").sort_index()
    other = store.read(two, ANN).set_index("parcel_id").sort_index()
    pd.testing.assert_frame_equal(pd.DataFrame(mine), pd.DataFrame(other))
    assert store.version("land", SOUTH).rows == 2
    assert store.version("land", SOUTH).bounds == store.version("other", SOUTH).bounds


def test_the_file_goes_in_as_it_is(store, tmp_path):
    path = finished(tmp_path, parcels(5))
    before = path.read_bytes()
    version = put(store, path)
    assert version.sha256 == hashlib.sha256(before).hexdigest()
    assert path.read_bytes() == before
    store.verify(version, ANN)
    (kept,) = store._folder.glob("*.parquet")
    assert kept.stat().st_ino != path.stat().st_ino
    path.write_bytes(b"changed afterwards")
    store.verify(version, ANN)


def test_no_shape_is_loaded(store, tmp_path, monkeypatch):
    path = finished(tmp_path, parcels(5))

    def refuse(*_args, **_options):
        raise AssertionError("shapes were loaded")

    with monkeypatch.context() as patch:
        for module in (shapely, gpd):
            for name in ("from_wkb", "read_parquet"):
                if hasattr(module, name):
                    patch.setattr(module, name, refuse)
        assert put(store, path).rows == 5


@pytest.mark.parametrize("kind", schema.SPATIAL)
def test_every_kind_with_shapes(store, tmp_path, kind):
    frame = parcels(3).assign(zone_id="z", feature_id=["a", "b", "c"])
    path = finished(tmp_path, frame, kind=kind)
    version = put(store, path, kind=kind)
    assert version.kind == kind
    back = store.read(version, ANN)
    for name, dtype in admission.dtypes_of(kind).items():
        assert str(back[name].dtype) == dtype, name


def test_types_come_back_from_a_file_that_pandas_did_not_write(store, tmp_path):
    path = finished(tmp_path, parcels(3))
    table = pq.read_table(path)
    bare = table.replace_schema_metadata({b"geo": table.schema.metadata[b"geo"]})
    pq.write_table(bare, path, compression="zstd", row_group_size=2)
    back = store.read(put(store, path), ANN)
    assert str(back["parcel_id"].dtype) == "string"
    assert str(back["mortgaged"].dtype) == "boolean"
    assert isinstance(back, gpd.GeoDataFrame)


def test_original_and_quarantined_rows_may_be_files(store, tmp_path):
    original = tmp_path / "sent.zip"
    original.write_bytes(os.urandom(3_000_000))
    bad = tmp_path / "bad.parquet"
    pd.DataFrame({"prefecture_adcode": [NANCHANG, None], "parcel_id": ["a", "b"]}).to_parquet(bad)
    version = put(
        store, finished(tmp_path, parcels()), original=("上传.zip", original), quarantined=bad
    )
    assert store.original(version, ANN) == ("上传.zip", original.read_bytes())
    assert version.quarantined == 2
    assert store.quarantined(version, ANN)["parcel_id"].tolist() == ["a", "b"]


def test_quarantined_rows_without_a_place_or_without_rows(store, tmp_path):
    path = finished(tmp_path, parcels())
    bad = tmp_path / "bad.parquet"
    pd.DataFrame({"parcel_id": ["a"]}).to_parquet(bad)
    assert put(store, path, quarantined=bad).quarantined == 1
    pd.DataFrame({"parcel_id": []}).to_parquet(bad)
    assert put(store, path, quarantined=bad).quarantined == 0


def test_the_same_upload_is_published_once(store, tmp_path):
    path = finished(tmp_path, parcels())
    first = put(store, path, passport={"sha256": "abc"})
    assert put(store, path, passport={"sha256": "abc"}) == first
    assert len(list(store._folder.iterdir())) == 1


def spoilt(table, column, values):
    position = table.schema.names.index(column)
    return table.set_column(position, column, values)


BAD_TABLES = {
    "geo metadata": lambda t: t.replace_schema_metadata({}),
    "columns missing: holder": lambda t: t.drop_columns(["holder"]),
    "holder is int64": lambda t: spoilt(t, "holder", pa.array([1, 2, 3])),
    "signed_on is date32": lambda t: spoilt(t, "signed_on", pa.nulls(3, pa.date32())),
}


@pytest.mark.parametrize("said", BAD_TABLES)
def test_other_columns_are_refused_by_name(store, tmp_path, said):
    path = finished(tmp_path, parcels())
    pq.write_table(BAD_TABLES[said](pq.read_table(path)), path, compression="zstd")
    with pytest.raises(InvalidFileError, match="GeoParquet metadata" if "geo" in said else said):
        put(store, path)
    assert list(store._folder.iterdir()) == []
    assert store.datasets(ANN) == []


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("zstd", {"compression": "snappy"}),
        ("covering", {"write_covering_bbox": False}),
        ("1.0.0, not 1.1", {"schema_version": "1.0.0", "write_covering_bbox": False}),
    ],
)
def test_other_forms_are_refused(store, tmp_path, said, options):
    path = finished(tmp_path, parcels(), **options)
    if said.startswith("1.0"):
        table = pq.read_table(path)
        geo = table.schema.metadata[b"geo"].replace(
            b'"geometry_types"',
            b'"covering":{"bbox":{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],'
            b'"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}},"geometry_types"',
        )
        pq.write_table(table.replace_schema_metadata({b"geo": geo}), path, compression="zstd")
    with pytest.raises(InvalidFileError, match=said) as refusal:
        put(store, path)
    assert refusal.value.code == "STO-010"


def test_another_crs_is_refused(store, tmp_path):
    path = finished(tmp_path, parcels().to_crs(4526))
    with pytest.raises(InvalidFileError, match="EPSG:4526"):
        put(store, path)


def test_other_files_are_refused(store, tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(InvalidFileError, match="Parquet"):
        put(store, path)
    good = finished(tmp_path, parcels())
    with pytest.raises(InvalidFileError, match="quarantined"):
        put(store, good, quarantined=path)
    assert list(store._folder.iterdir()) == []


@pytest.mark.parametrize(("rows", "fits"), [(100_000, True), (100_001, False)])
def test_row_groups_stay_small_enough_for_a_window(tmp_path, rows, fits):
    one = schema.conform("parcels", parcels(1))
    frame = one.iloc[np.zeros(rows, int)].reset_index(drop=True)
    path = finished(tmp_path, frame, row_group_size=200_000)
    if fits:
        assert admission.inspected(path, "parcels")[NANCHANG][0] == rows
    else:
        with pytest.raises(InvalidFileError, match="100000"):
            admission.inspected(path, "parcels")


def test_no_rows_are_refused(store, tmp_path):
    with pytest.raises(InvalidDatasetError, match="no row"):
        put(store, finished(tmp_path, parcels(0)))


@pytest.mark.parametrize("shape", [None, shapely.Polygon()])
def test_rows_without_a_shape_are_named(store, tmp_path, shape):
    frame = parcels(5)
    frame.loc[3, "geometry"] = shape
    with pytest.raises(InvalidDatasetError) as refusal:
        put(store, finished(tmp_path, frame))
    assert refusal.value.rows == (3,)


def test_metres_under_a_label_of_degrees_are_named(store, tmp_path):
    frame = parcels(3).to_crs(4526).set_crs(4490, allow_override=True)
    with pytest.raises(InvalidDatasetError, match="outside the globe"):
        put(store, finished(tmp_path, frame))


@pytest.mark.parametrize("together", [1, 3, 4, 100])
def test_row_groups_that_are_looked_at_together_change_no_figure(tmp_path, monkeypatch, together):
    path = finished(tmp_path, pd.concat([two_prefectures()] * 3, ignore_index=True))
    whole = admission.inspected(path, "parcels")
    monkeypatch.setattr(admission, "_READ_ROWS", together)
    assert admission.inspected(path, "parcels") == whole
    rows = 3 * two_prefectures().groupby("prefecture_adcode").size()
    assert {code: part[0] for code, part in whole.items()} == rows.to_dict()


@pytest.mark.parametrize("together", [1, 100])
@pytest.mark.parametrize("prefecture", [None, "360000", "430100", GANZHOU])
def test_rows_outside_their_prefecture_are_named(
    store, tmp_path, monkeypatch, prefecture, together
):
    monkeypatch.setattr(admission, "_READ_ROWS", together)
    frame = parcels(5)
    frame.loc[4, "prefecture_adcode"] = prefecture
    with pytest.raises(InvalidDatasetError) as refusal:
        put(store, finished(tmp_path, frame))
    assert refusal.value.rows == (4,)


def test_foreign_rows_cannot_be_written(store, tmp_path):
    with pytest.raises(OutOfScopeError):
        put(store, finished(tmp_path, two_prefectures()), viewer=SOUTH)
    assert list(store._folder.iterdir()) == []


def test_ledgers_are_no_datasets(store, tmp_path):
    with pytest.raises(InvalidDatasetError, match="batch"):
        put(store, finished(tmp_path, parcels()), kind="batch")
    with pytest.raises(InvalidDatasetError):
        put(store, finished(tmp_path, parcels()), reason=" ")


def test_areas_and_row_numbers_are_worked_out_where_absent(store):
    frame = parcels(2).drop(columns=["source_row", "area_planar_m2", "area_ellipsoidal_m2"])
    back = store.read(
        store.commit("land", frame, kind="parcels", viewer=ANN, reason="r"), ANN
    ).sort_values("parcel_id")
    assert back["source_row"].tolist() == [1, 2]
    # 0.001 degrees square at 28.6 north: 110.8 m by 97.8 m.
    assert back["area_ellipsoidal_m2"].tolist() == pytest.approx([10_838.0] * 2, rel=1e-3)
    ratio = back["area_planar_m2"] / back["area_ellipsoidal_m2"]
    off_meridian = np.radians(1.2) * np.cos(np.radians(28.6))
    assert ratio.tolist() == pytest.approx([1 + off_meridian**2] * 2, abs=5e-6)
