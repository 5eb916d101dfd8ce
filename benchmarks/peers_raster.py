"""Classes of a raster within units: ours against the zonal histogram of QGIS."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd

from benchmarks import peers_qgis, raster
from benchmarks.alone import Alone, in_turns, once
from benchmarks.document import Cell, Findings, Table, spread

GOAL: Final = 10.0
WIDTH, HEIGHT = 12_000, 10_000
_OURS: Final = """
out = class_areas(first, gpd.read_parquet(units))
said = {str(kind): column.tolist() for kind, column in out.cells.items()}
"""


def report() -> Findings:
    """Counties and zones on a raster of 120 million cells."""
    title = "Classes of a raster within units, against QGIS"
    if peers_qgis.program() is None:
        return Findings(title, "Not measured: QGIS is not installed.")
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = raster.world(root, WIDTH, HEIGHT)
        alone = peers_qgis.start()
        for name, units in (("zones", made.zones), ("counties", made.counties)):
            rows += _compare(root, name, made.first, units)
    return Findings(
        title,
        f"{WIDTH:,} x {HEIGHT:,} cells of 30 m in deflate tiles, 100 zones or counties; "
        f"{peers_qgis.version()}, `native:zonalhistogram` from GeoPackage to GeoPackage, its start "
        f"of {alone.cpu_s:.1f} CPU s included. Both count the cells whose middle lies within.",
        (
            Table(
                ("units", "way", "CPU s", "wall s", "CPU: times ours", "wall: times ours", "goal",
                 "cells", "cells counted otherwise"),
                tuple(rows),
                (None, None, 2, 2, 1, 1, 0, 0, 0),
            ),
        ),
    )  # fmt: skip


def _compare(root: Path, name: str, first: Path, units: Path) -> list[tuple[Cell, ...]]:
    frame = gpd.read_parquet(units)
    frame.to_file(root / f"{name}.gpkg")
    out = root / f"{name}-out.gpkg"
    ways: dict[str, Callable[[], Alone]] = {
        "ours": partial(
            once, raster.IMPORTS + raster.LOAD, _OURS, str(first), str(first), str(units)
        ),
        "QGIS": partial(_histogram, first, root / f"{name}.gpkg", out),
    }
    taken = in_turns(ways)
    ours = taken["ours"]
    cells = {kind: column for kind, column in ours[0].said.items() if sum(column)}
    found = gpd.read_file(out)
    theirs = {
        column.removeprefix("H_"): found[column].astype(int).tolist()
        for column in found.columns
        if column.startswith("H_") and column != "H_NODATA"
    }
    assert cells.keys() == theirs.keys(), json.dumps([*cells, *theirs])
    off = sum(abs(a - b) for kind in cells for a, b in zip(cells[kind], theirs[kind], strict=True))
    rows: list[tuple[Cell, ...]] = []
    for way, runs in taken.items():
        cpu, wall = (spread(getattr(run, kind) for run in runs) for kind in ("cpu_s", "wall_s"))
        ratios = [
            mine.median / spread(getattr(run, kind) for run in ours).median
            for mine, kind in ((cpu, "cpu_s"), (wall, "wall_s"))
        ]
        counted = cells if way == "ours" else theirs
        total = sum(sum(column) for column in counted.values())
        goal = GOAL if way == "QGIS" else None
        rows.append((name, way, cpu, wall, *ratios, goal, total, off if goal else None))
    return rows


def _histogram(first: Path, units: Path, out: Path) -> Alone:
    out.unlink(missing_ok=True)
    return peers_qgis.algorithm(
        "native:zonalhistogram",
        INPUT_RASTER=first,
        RASTER_BAND=1,
        INPUT_VECTOR=units,
        COLUMN_PREFIX="H_",
        OUTPUT=out,
    )
