"""An upload from zip to published version, against what people write otherwise.

The other way is the usual one: read with geopandas, ``make_valid``, ``to_crs``, write a GeoPackage.
It checks nothing and keeps no areas.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.processes import Cost, measure
from benchmarks.tilings import tiling

TURNS = 5
SIDES = {"100,000": 316, "1,000,000": 1000}
ORIGIN_SHIFT = (0.0, -40_000.0)
CLASSES = (("0601", "工业用地"), ("1001", "铁路用地"), ("0701", "城镇住宅用地"))

PLAIN = """
import sys, geopandas as gpd
frame = gpd.read_file("/vsizip/" + sys.argv[1], encoding="GBK")
frame["geometry"] = frame.geometry.make_valid()
frame.to_crs(4490).to_file(sys.argv[2], driver="GPKG")
"""
OURS = """
import sys
from pathlib import Path
from ingest import deliver, inspect
from ingest.model import Choices
from store import Store, Viewer
from views.publishing import publish
found = inspect(Path(sys.argv[1]), choices=Choices(crs_epsg=4527))
assert found.status == "accepted", found.issues
publish(Store(Path(sys.argv[2])), deliver([found]), "land", viewer=Viewer("bench"), reason="bench")
print({k: round(v, 1) for k, v in found.report.seconds.items()}, [
    (i.code, i.count) for i in found.issues])
"""


def parcels(side: int) -> gpd.GeoDataFrame:
    """About ``side * side`` parcels of a third of a hectare; one in two hundred crosses itself."""
    shapes = tiling(side, cell=60.0)
    shapes = shapely.transform(
        shapely.remove_repeated_points(shapes), lambda xy: xy + np.array(ORIGIN_SHIFT)
    )
    n = len(shapes)
    rng = np.random.default_rng(3)
    crossed = rng.choice(n, n // 200, replace=False)
    bow = [[(a, b), (c, d), (c, b), (a, d)] for a, b, c, d in shapely.bounds(shapes[crossed])]
    shapes[crossed] = [shapely.Polygon(points) for points in bow]
    kind = rng.integers(0, len(CLASSES), n)
    day = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3000, n), unit="D")
    return gpd.GeoDataFrame(
        {
            "地块编号": np.char.add("DK", np.char.zfill(np.arange(n).astype(str), 8)),
            "项目名称": np.char.add("电子信息产业园", rng.integers(0, 500, n).astype(str)),
            "地类编码": np.array([code for code, _ in CLASSES])[kind],
            "地类名称": np.array([name for _, name in CLASSES])[kind],
            "供应面积": np.round(shapely.area(shapes), 2),
            "合同编号": np.char.add("3601", rng.integers(10**6, 10**7, n).astype(str)),
            "签订日期": day.strftime("%Y-%m-%d"),
        },
        geometry=shapes,
        crs=4527,
    )


def packed(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    """The parcels as a zipped GBK shapefile."""
    frame.to_file(folder / "parcels.shp", encoding="GBK")
    path = folder / "parcels.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(folder / f"parcels{suffix}", f"供地/地块{suffix}")
            (folder / f"parcels{suffix}").unlink()
    return path


def compare(side: int, folder: Path) -> list[tuple[Cost, Cost]]:
    """Costs of the usual way and of ours on the same file, taking turns."""
    path = packed(parcels(side), folder)
    found = []
    for _ in range(TURNS):
        plain = measure(PLAIN, f"{path}/供地/地块.shp", str(folder / "plain.gpkg"))
        ours = measure(OURS, str(path), str(folder / "store"))
        (folder / "plain.gpkg").unlink()
        shutil.rmtree(folder / "store")
        found.append((plain, ours))
    return found


def report() -> str:
    """Markdown table of the measurements."""
    lines = [
        "## Upload, from zip to published version",
        "",
        "Plain: geopandas read, `make_valid`, `to_crs`, GeoPackage; it checks nothing and keeps no",
        f"areas. Medians of {TURNS} turns; of the ratio also the least and the greatest.",
        "",
        "| parcels | plain geopandas: s, CPU s, MB | ours with all checks: s, CPU s, MB | ratio |",
        "|---|---:|---:|---:|",
    ]
    for name, side in SIDES.items():
        with tempfile.TemporaryDirectory() as folder:
            turns = compare(side, Path(folder))
        plain, ours = (_cell([turn[i] for turn in turns]) for i in (0, 1))
        ratios = [a.wall_s / b.wall_s for a, b in turns]
        span = f"{min(ratios):.2f} to {max(ratios):.2f}"
        lines.append(f"| {name} | {plain} | {ours} | {statistics.median(ratios):.2f} ({span}) |")
    return "\n".join(lines)


def _cell(costs: list[Cost]) -> str:
    wall, cpu = (statistics.median(getattr(c, name) for c in costs) for name in ("wall_s", "cpu_s"))
    return f"{wall:.1f}, {cpu:.1f}, {max(c.peak_mb for c in costs):.0f}"
