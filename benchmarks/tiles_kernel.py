"""The tile index of parcels and the tiles made from it: cost of building, cost of a tile by zoom.

A tile is measured from the question which rows it shows to its bytes, each tile once, with pages
of the index in the system's cache as after building. Texts of classes and areas in m2 go along.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks import land
from benchmarks.processes import measure
from geo.tile_index import TileIndex
from geo.vector_tile import Attribute, polygons_layer, tile

BUILD = """
import sys
from pathlib import Path
from geo.tile_index import build
build(Path(sys.argv[1]), Path(sys.argv[2]))
"""
START = """
import geo.tile_index
"""
ZOOMS = (10, 11, 12, 13, 14, 16)
TILES = 100
BUFFER = 64
TIMES = 15


def report(blocks: int = 10) -> str:
    """Markdown of the measurements on about ``100,000 * blocks`` parcels."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "parcels.parquet", Path(folder) / "index"
        count = land.parcels(source, blocks)
        start = measure(START)
        built = measure(BUILD, str(source), str(target))
        size = sum(path.stat().st_size for path in target.iterdir())
        codes, areas = _columns(source)
        index = TileIndex.opened(target)
        rows = [_tiles(index, z, codes, areas) for z in ZOOMS]
        classes = len(land.CLASSES)
        sums = _median_ms(lambda: index.cells.sums(areas, codes, classes))
        opening = _median_ms(lambda: TileIndex.opened(target))
        vertices = len(np.load(target / "xy.npy", mmap_mode="r")) / count
    million = 1e6 / count
    built_in = (
        f"{(built.wall_s - start.wall_s) * million:.1f} s"
        f" ({(built.cpu_s - start.cpu_s) * million:.1f} s of processor)"
    )
    return "\n".join(
        [
            "## Tiles of parcels from their index",
            "",
            f"{count:,} parcels of {vertices:.1f} vertices; {size / 1e6:.0f} MB on disk.",
            f"Building takes {built_in} a million without imports, {built.peak_mb:.0f} MB at most.",
            f"Sums by finest cell and class over all rows: {sums:.1f} ms (median of {TIMES}).",
            f"Opening: {opening:.1f} ms (median of {TIMES}).",
            f"Load {os.getloadavg()[0]:.1f} at the end.",
            "",
            "| zoom | tiles | parcels p50 | max | kB p50 | ms p50 | ms p95 | CPU p50 | CPU p95 |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
        ]
    )


def _columns(source: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pq.read_table(source, columns=["land_class", "area_m2"])
    classes = table["land_class"].to_numpy()
    codes = np.searchsorted(land.CLASSES, classes.astype(str)).astype(np.uint8)
    return codes, table["area_m2"].to_numpy()


def _tiles(index: TileIndex, z: int, codes: np.ndarray, areas: np.ndarray) -> str:
    rng = np.random.default_rng(z)
    every = np.unique(index.centres >> np.uint32(32 - z), axis=0)
    chosen = every[rng.permutation(len(every))[:TILES]].tolist()
    wall, processor, sizes, counts = [], [], [], []
    for x, y in chosen:
        begin, busy = time.perf_counter(), time.thread_time()
        rows = index.rows_in(z, x, y, buffer=BUFFER)
        rings = index.rings(rows)
        values, numbers = np.unique(np.rint(areas[rows]).astype(np.int64), return_inverse=True)
        attributes = [
            Attribute("class", land.CLASSES.tolist(), codes[rows]),
            Attribute("m2", values.tolist(), numbers),
        ]
        ids = rows.astype(np.uint64)
        data = tile([polygons_layer("parcels", rings.in_tile(z, x, y), ids, attributes)])
        processor.append((time.thread_time() - busy) * 1e3)
        wall.append((time.perf_counter() - begin) * 1e3)
        sizes.append(len(data) / 1e3)
        counts.append(len(rows))
    times = " | ".join(
        f"{np.quantile(taken, share):.1f}" for taken in (wall, processor) for share in (0.5, 0.95)
    )
    return (
        f"| {z} | {len(chosen)} | {np.median(counts):,.0f} | {max(counts):,} |"
        f" {np.median(sizes):.0f} | {times} |"
    )


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e3)
    return float(np.median(taken))
