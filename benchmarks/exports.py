"""Exports against the plain calls that people write otherwise: one run, the same parcels."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

import demo
from benchmarks.datasets import seconds
from export import datasets
from store import Store, Version, Viewer

COPIES = 5  # 100,000 parcels
LARGE_COPIES = 50  # 1,000,000 parcels
LARGE_FORMATS: tuple[datasets.Format, ...] = ("gpkg", "geoparquet", "csv", "shapefile")
REPETITIONS = 3
ANN = Viewer("bench")
HOW = datasets.Options(made_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))

_INTRODUCTION = (
    "100,000 parcels with 40 fields, from the stored version to the file on disk for good; "
    "the plain call begins with the rows in memory and neither checks nor explains."
)

# A process of its own, so that its peak is that of the export alone.
ALONE = """
import json, sys, time
from pathlib import Path
from benchmarks.exports import ANN, HOW
from export import datasets
from store import Store

store = Store(Path(sys.argv[1]))
rows = datasets.of_version(store, store.version("land", ANN), ANN, HOW)
def peak():
    facts = Path("/proc/self/status").read_text()
    return int(facts.split("VmHWM:")[1].split()[0]) / 1024

before = peak()
start = time.perf_counter()
done = datasets.write(rows, sys.argv[2], Path(sys.argv[3]), HOW)
taken = time.perf_counter() - start
print(json.dumps([taken, peak(), before, done.size / 1024**2]))
"""


def report(*, large: bool = True) -> str:
    """Markdown tables of the measurements.

    Args:
        large: Whether a million parcels are exported too, for their peak memory.
    """
    one = demo.world().parcels
    lines = [
        "## Exports",
        "",
        _INTRODUCTION,
        "",
        "| format | export, s | plain call | plain, s |",
        "|---|---:|---|---:|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store, version = _stocked(root / "hundred", one, COPIES)
        frame = store.read(version, ANN)
        for form, (name, plain) in _plain(frame, root).items():
            ours = seconds(
                lambda form=form: _export(store, version, form, root), repetitions=REPETITIONS
            )
            theirs = f"{seconds(plain, repetitions=REPETITIONS):.1f}" if plain else ""
            lines.append(f"| {form} | {ours:.1f} | {name} | {theirs} |")
        if large:
            lines += _large(root, one)
    return "\n".join(lines)


def _large(root: Path, one: gpd.GeoDataFrame) -> list[str]:
    store, _ = _stocked(root / "million", one, LARGE_COPIES)
    lines = [
        "",
        "| 1,000,000 parcels | s | peak, MB | of which at the start | file, MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for form in LARGE_FORMATS:
        target = root / f"large{datasets.SUFFIX[form]}"
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(store.root), form, str(target)],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).resolve().parent.parent,
        )
        taken, peak, before, size = json.loads(done.stdout.splitlines()[-1])
        lines.append(f"| {form} | {taken:.0f} | {peak:.0f} | {before:.0f} | {size:.0f} |")
        target.unlink()
    return lines


def _stocked(root: Path, one: gpd.GeoDataFrame, copies: int) -> tuple[Store, Version]:
    # Each copy lies a little aside, so that no two parcels are alike on disk.
    pieces = [one.set_geometry(one.geometry.translate(1e-6 * k, 1e-6 * k)) for k in range(copies)]
    parcels = gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), crs=one.crs)
    store = Store(root)
    version = store.commit("land", parcels, kind="parcels", viewer=ANN, reason="bench")
    return store, version


def _export(store: Store, version: Version, form: datasets.Format, root: Path) -> None:
    rows = datasets.of_version(store, version, ANN, HOW)
    datasets.write(rows, form, root / f"ours{datasets.SUFFIX[form]}", HOW)


def _plain(
    frame: gpd.GeoDataFrame, root: Path
) -> dict[datasets.Format, tuple[str, Callable[[], object] | None]]:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    short = frame.rename(columns={name: f"F{i}" for i, name in enumerate(frame.columns[:-1])})

    def package() -> None:
        path = root / f"plain-{time.time_ns()}.gpkg"
        frame.to_file(path, engine="pyogrio")
        path.unlink()

    return {
        "gpkg": ("`to_file`", package),
        "geoparquet": ("`to_parquet`", lambda: frame.to_parquet(root / "plain.parquet")),
        "shapefile": (
            "`to_file`, not zipped",
            lambda: short.to_file(root / "plain.shp", engine="pyogrio", encoding="GBK"),
        ),
        "boundary_points": ("none", None),
        "xlsx": (
            "`to_excel` with xlsxwriter",
            lambda: table.to_excel(root / "plain.xlsx", index=False, engine="xlsxwriter"),
        ),
        "csv": ("`to_csv`", lambda: table.to_csv(root / "plain.csv", index=False)),
    }


if __name__ == "__main__":
    print(report())
