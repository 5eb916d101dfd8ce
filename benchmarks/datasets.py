"""The store against what people use otherwise: ratios within one run, fresh files, medians."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

import demo
from store import Store, Viewer

REPETITIONS = 3
COPIES = 5  # 100,000 parcels
WINDOW = (114.8, 25.7, 115.1, 26.0)
ANN = Viewer("bench")


def seconds(work: Callable[[], object], *, repetitions: int = REPETITIONS) -> float:
    """Median wall time of a call."""
    taken = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def report() -> str:
    """Markdown table of the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build = seconds(lambda: demo.ensure(root / f"demo-{time.time_ns()}"), repetitions=3)
        lines = [
            "## Store and demonstration data",
            "",
            f"Demonstration store from nothing: {build:.1f} s (bar: 30 s).",
            "",
            "| 100,000 parcels | store, s | GeoPackage, s | ratio |",
            "|---|---:|---:|---:|",
        ]
        lines += [
            f"| {name} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |"
            for name, ours, theirs in _compare(root)
        ]
    return "\n".join(lines)


def _compare(root: Path) -> list[tuple[str, float, float]]:
    one = demo.world().parcels
    parcels = gpd.GeoDataFrame(pd.concat([one] * COPIES, ignore_index=True), crs=one.crs)
    store, package = Store(root / "store"), root / "parcels.gpkg"

    def commit() -> object:
        return store.commit("land", parcels, kind="parcels", viewer=ANN, reason="bench")

    def write() -> None:
        package.unlink(missing_ok=True)
        parcels.to_file(package, engine="pyogrio")

    rows = [("write, with sort, digest, fsync and trail", seconds(commit), seconds(write))]
    version = store.version("land", ANN)
    south = Viewer("bench", frozenset({"360700"}))
    where = "prefecture_adcode = '360700'"
    pairs = {
        "read everything": (
            lambda: store.read(version, ANN),
            lambda: gpd.read_file(package),
        ),
        "read four columns": (
            lambda: store.read(version, ANN, columns=["parcel_id", "zone_id", "signed_on"]),
            lambda: gpd.read_file(package, columns=["parcel_id", "zone_id", "signed_on"]),
        ),
        "read a window": (
            lambda: store.read(version, ANN, bbox=WINDOW),
            lambda: gpd.read_file(package, bbox=WINDOW),
        ),
        "read one prefecture": (
            lambda: store.read(version, south),
            lambda: gpd.read_file(package, where=where),
        ),
    }
    rows += [(name, seconds(ours), seconds(theirs)) for name, (ours, theirs) in pairs.items()]
    return rows


if __name__ == "__main__":
    print(report())
