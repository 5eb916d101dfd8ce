"""Reading a version piece by piece gives what reading it at once gives, and no more."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from store import DamagedVersionError, InvalidDatasetError, UnknownDatasetError, Viewer, files
from tests.store_world import COUNTIES, GANZHOU, NANCHANG, parcels, two_prefectures

ALL = Viewer("ann")


@pytest.fixture
def many(empty_store, monkeypatch):
    """Two prefectures in row groups of two rows."""
    monkeypatch.setattr(files, "ROW_GROUP", 2)
    frame = pd.concat([parcels(7, NANCHANG), parcels(4, GANZHOU)], ignore_index=True)
    frame["备注"] = [f"第{i}行" for i in range(len(frame))]
    empty_store.commit("land", frame, kind="parcels", viewer=ALL, reason="r")
    return empty_store


def joined(pieces):
    return pd.concat(list(pieces), ignore_index=True)


def test_pieces_are_the_whole(many):
    version = many.version("land", ALL)
    pieces = list(many.chunks(version, ALL))
    assert max(map(len, pieces)) == 2
    assert_geodataframe_equal(joined(pieces), many.read(version, ALL))


def test_dtypes_are_told_without_reading(many):
    version = many.version("land", ALL)
    told = many.column_dtypes(version, ALL)
    read = many.read(version, ALL).drop(columns="geometry")
    assert told == {name: str(dtype) for name, dtype in read.dtypes.items()}
    assert "备注" in told


def test_a_viewer_gets_the_rows_of_the_own_prefectures(many):
    south = Viewer("bo", frozenset({GANZHOU}))
    version = many.version("land", south)
    found = joined(many.chunks(version, south))
    assert set(found["prefecture_adcode"]) == {GANZHOU}
    assert len(found) == version.rows == 4
    assert list(many.chunks(version, south, prefectures=frozenset({NANCHANG}))) == []


def test_places_and_columns_can_be_chosen(many):
    version = many.version("land", ALL)
    found = joined(
        many.chunks(version, ALL, columns=["parcel_id"], counties=frozenset({COUNTIES[GANZHOU]}))
    )
    assert list(found.columns) == ["parcel_id", "geometry"]
    assert len(found) == 4
    assert isinstance(found, gpd.GeoDataFrame)


def test_what_is_not_there_is_refused(many):
    version = many.version("land", ALL)
    with pytest.raises(InvalidDatasetError, match="secret"):
        list(many.chunks(version, ALL, columns=["secret"]))
    nobody = Viewer("eve", frozenset({"360300"}))
    with pytest.raises(UnknownDatasetError):
        list(many.chunks(version, nobody))
    for file in (many.root / "files").iterdir():
        file.unlink()
    with pytest.raises(DamagedVersionError):
        list(many.chunks(version, ALL))


def test_overlays_without_counties_have_no_rows_of_a_county(empty_store):
    frame = two_prefectures().rename(columns={"parcel_id": "feature_id"})
    frame = frame.drop(columns=["county_adcode", "land_class", "analysis_class"])
    version = empty_store.commit("red-line", frame, kind="overlay", viewer=ALL, reason="r")
    chosen = empty_store.chunks(version, ALL, counties=frozenset({COUNTIES[GANZHOU]}))
    assert list(chosen) == []
