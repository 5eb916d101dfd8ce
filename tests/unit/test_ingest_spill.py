"""Rows on their way to a version: none lost, none moved, one order along the curve."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from domain import schema
from ingest.spill import (
    BucketPlan,
    BucketWriter,
    VersionFile,
    buckets,
    curve,
    version_schema,
)


def squares(n: int, *, seed: int = 7) -> gpd.GeoDataFrame:
    random = np.random.default_rng(seed)
    west, south = random.uniform(113.6, 118.4, n), random.uniform(24.6, 30.0, n)
    return gpd.GeoDataFrame(
        {
            "parcel_id": pd.Series([f"甲{i}" for i in range(n)], dtype="string"),
            "area_planar_m2": random.uniform(1, 9, n),
            "area_ellipsoidal_m2": random.uniform(1, 9, n),
            "prefecture_adcode": pd.Series("360100", index=range(n), dtype="string"),
            "source_row": np.arange(1, n + 1, dtype="int64"),
            "mortgaged": pd.array(random.integers(0, 2, n).astype(bool), dtype="boolean"),
            "备注": pd.Series("好", index=range(n), dtype="string"),
        },
        geometry=shapely.box(west, south, west + 0.001, south + 0.001),
        crs=4490,
    )


def passed_through(frame: gpd.GeoDataFrame, folder, *, chunk: int, rows: int | None = None):
    """The file that two writers, taking turns, make of the frame."""
    columns = version_schema("parcels", ["备注"])
    plan = BucketPlan(columns, curve(frame.geometry)[::3], rows or len(frame))
    folders = [folder / "one", folder / "two"]
    writers = [BucketWriter(plan, place) for place in folders]
    for i, start in enumerate(range(0, len(frame), chunk)):
        writers[i % 2].add(frame.iloc[start : start + chunk])
    for writer in writers:
        writer.close()
    version = VersionFile(folder / "out.parquet", columns)
    for table in buckets(plan, folders):
        version.add(table)
    version.close()
    return folder / "out.parquet"


@pytest.mark.parametrize(("n", "chunk"), [(1, 1), (500, 7), (500, 500)])
def test_every_row_comes_out_once_and_unchanged(tmp_path, n, chunk):
    frame = squares(n)
    out = gpd.read_parquet(passed_through(frame, tmp_path, chunk=chunk, rows=50_000))
    back = out.sort_values("source_row", ignore_index=True)
    assert len(out) == n
    pd.testing.assert_frame_equal(
        pd.DataFrame(back[frame.columns]), pd.DataFrame(frame), check_like=True
    )
    whole = schema.conform("parcels", back)
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(whole)[back.columns])


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
