"""Rows on their way to a version: none lost, none moved, one order along the curve."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.spill import Buckets, Shapes, VersionFile, curve


def squares(n: int, *, seed: int = 7) -> gpd.GeoDataFrame:
    random = np.random.default_rng(seed)
    west, south = random.uniform(113.6, 118.4, n), random.uniform(24.6, 30.0, n)
    return gpd.GeoDataFrame(
        {
            "parcel_id": pd.Series([f"甲{i}" for i in range(n)], dtype="string"),
            "area": random.uniform(1, 9, n),
            "signed_on": pd.Series(pd.NaT, index=range(n), dtype="datetime64[ms]"),
        },
        geometry=shapely.box(west, south, west + 0.001, south + 0.001),
        crs=4490,
    )


def passed_through(frame: gpd.GeoDataFrame, folder, *, chunk: int, rows: int | None = None):
    """The frame as it comes out of buckets and file."""
    path = folder / "out.parquet"
    with Buckets(folder / "buckets", curve(frame.geometry)[::3], rows or len(frame)) as buckets:
        for start in range(0, len(frame), chunk):
            buckets.add(frame.iloc[start : start + chunk])
        version = VersionFile(path)
        for part in buckets:
            version.add(part)
        version.close()
    return path


@pytest.mark.parametrize(("n", "chunk"), [(1, 1), (500, 7), (500, 500)])
def test_every_row_comes_out_once_and_unchanged(tmp_path, n, chunk):
    frame = squares(n)
    out = gpd.read_parquet(passed_through(frame, tmp_path, chunk=chunk, rows=50_000))
    back = out.set_index("parcel_id").loc[frame["parcel_id"]].reset_index()
    assert len(out) == n
    assert (back.dtypes == frame.dtypes).all()
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(frame))


def test_rows_follow_the_curve_over_bucket_borders(tmp_path):
    out = gpd.read_parquet(passed_through(squares(2000), tmp_path, chunk=300, rows=200_000))
    assert (np.diff(curve(out.geometry).astype(np.int64)) >= 0).all()


def test_file_says_what_it_holds_and_answers_windows(tmp_path):
    frame = squares(800)
    path = passed_through(frame, tmp_path, chunk=100, rows=80_000)
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["bbox"] == pytest.approx(frame.total_bounds.tolist())
    window = (114.5, 25.5, 115.5, 26.5)
    found = gpd.read_parquet(path, bbox=window)
    meets = frame.geometry.intersects(shapely.box(*window))
    assert set(found["parcel_id"]) == set(frame.loc[meets, "parcel_id"])
    assert 0 < len(found) < len(frame)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 9), st.randoms())
def test_shapes_come_back_in_any_order(tmp_path_factory, present, chunk, random):
    boxes = squares(len(present)).geometry.to_numpy()
    shapes = np.array([g if p else None for g, p in zip(boxes, present, strict=True)], dtype=object)
    wanted = np.array([random.randrange(len(present)) for _ in range(20)], dtype=np.int64)
    with Shapes(tmp_path_factory.mktemp("shapes") / "shapes.bin") as store:
        for start in range(0, len(shapes), chunk):
            store.add(shapes[start : start + chunk])
        back = store.load(wanted)
    assert [shapely.to_wkb(g) for g in back] == [shapely.to_wkb(g) for g in shapes[wanted]]
