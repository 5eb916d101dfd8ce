"""Large files of parcels with units over them, for the measurements of tabulation."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely

from benchmarks.tilings import ORIGIN, Shapes, tiling
from geo.area import ellipsoidal_areas

SIDE = 316
"""Parcels in a row of a block; a block has about 100,000."""
CELL = 200.0
CLASSES = np.array(["0601", "0602", "0701", "0702", "0801", "0809", "1001", "1003", "1201"])
COUNTY_M = 20_000.0
ZONES = 100
ROW_GROUP = 20_000


def parcels(path: Path, blocks: int) -> int:
    """Write blocks of about 100,000 parcels with stored areas; returns the number of parcels."""
    base = tiling(SIDE, cell=CELL)
    rows = int(np.ceil(np.sqrt(blocks)))
    rng = np.random.default_rng(4)
    writer, count, part = None, 0, path.with_suffix(".part")
    for block in range(blocks):
        shift = np.array([block % rows, block // rows]) * (SIDE * CELL)
        frame = gpd.GeoDataFrame(geometry=_moved(base, shift))
        frame = frame.set_crs(4527).to_crs(4490)
        frame["land_class"] = CLASSES[rng.integers(0, len(CLASSES), len(frame))]
        frame["area_m2"] = ellipsoidal_areas(frame.geometry.to_numpy())
        frame["name"] = np.char.add("DK", np.arange(count, count + len(frame)).astype(str))
        order = np.argsort(frame.geometry.hilbert_distance().to_numpy(), kind="stable")
        frame.iloc[order].to_parquet(
            part, index=False, compression="zstd", write_covering_bbox=True, schema_version="1.1.0"
        )
        table = pq.read_table(part)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
        count += len(frame)
    if writer is not None:
        writer.close()
    part.unlink()
    return count


def _moved(shapes: Shapes, by: npt.NDArray[np.float64]) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + by), dtype=object)


def counties(path: Path) -> None:
    """Write 100 counties of about 2,700 vertices that share their edges."""
    scale = COUNTY_M / 1000.0
    coarse = shapely.segmentize(tiling(10, cell=1000.0, most=14)[:100], 1.6)
    shapes = shapely.transform(coarse, lambda xy: (xy - ORIGIN) * scale + ORIGIN)
    _write(shapes, path)


def zones(path: Path) -> None:
    """Write 100 zones of several parts, about a fifth of the counties' area."""
    rng = np.random.default_rng(9)
    shapes = []
    for i in range(ZONES):
        corner = np.array([i % 10, i // 10]) * COUNTY_M + ORIGIN
        parts = []
        for j in range(3):
            n = int(rng.integers(200, 900))
            angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
            wave = 1 + 0.25 * np.sin(angle * 5 + j) + 0.01 * rng.standard_normal(n)
            ring = np.c_[np.cos(angle), np.sin(angle)] * (2_700 * wave)[:, None]
            middle = corner + np.array([[5e3, 5e3], [14e3, 8e3], [8e3, 15e3]][j])
            parts.append(shapely.Polygon(ring + middle))
        shapes.append(shapely.MultiPolygon(parts))
    _write(np.array(shapes, dtype=object), path)


def _write(shapes: Shapes, path: Path) -> None:
    whole = shapes[shapely.is_valid(shapes)]
    frame = gpd.GeoDataFrame({"unit": np.arange(len(whole))}, geometry=whole, crs=4527)
    frame.to_crs(4490).to_parquet(path)
