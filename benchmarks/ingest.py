"""An upload from zip to published version, against what people write otherwise.

The other way is the usual one: read with geopandas, ``make_valid``, ``to_crs``, write a GeoPackage.
It checks nothing and keeps no areas.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.processes import Cost, measure
from benchmarks.tilings import tiling

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


def compare(side: int, folder: Path) -> tuple[Cost, Cost]:
    """Cost of the usual way and of ours on the same file."""
    path = packed(parcels(side), folder)
    plain = measure(PLAIN, f"{path}/供地/地块.shp", str(folder / "plain.gpkg"))
    ours = measure(OURS, str(path), str(folder / "store"))
    return plain, ours


def report() -> str:
    """Markdown table of the measurements."""
    lines = [
        "## Upload, from zip to published version",
        "",
        "| parcels | plain geopandas: s, CPU s, MB | ours with all checks: s, CPU s, MB | ratio |",
        "|---|---:|---:|---:|",
    ]
    for name, side in SIDES.items():
        with tempfile.TemporaryDirectory() as folder:
            plain, ours = compare(side, Path(folder))
        lines.append(
            f"| {name} | {_cell(plain)} | {_cell(ours)} | {plain.wall_s / ours.wall_s:.2f} |"
        )
    return "\n".join(lines)


def _cell(cost: Cost) -> str:
    return f"{cost.wall_s:.1f}, {cost.cpu_s:.1f}, {cost.peak_mb:.0f}"
