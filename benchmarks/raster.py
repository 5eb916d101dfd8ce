"""Classes within units and change between two years on a large class raster, against others.

The raster is made like land cover: patches of some hundred metres with a few single cells of other
classes. ``noise`` is the share of those cells; with it runs of cells grow shorter.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window

from benchmarks.alone import least
from benchmarks.tilings import tiling

STEP = 30.0
ORIGIN = (39_300_000.0, 3_200_000.0)
CLASSES = 9
BAND = 512
GIVEN = """
import geopandas as gpd, numpy as np, rasterio
first, second, units = sys.argv[1:4]
"""
IMPORTS = GIVEN + "from geo.raster import change_matrix, class_areas"
# Without our guard: rasterstats reads beyond the edge of a raster by a virtual one.
PEER = (
    GIVEN + "import warnings; warnings.simplefilter('ignore'); from rasterstats import zonal_stats"
)
OURS = """
out = class_areas(first, gpd.read_parquet(units))
print("cells", int(out.cells.to_numpy().sum()))
"""
RASTERSTATS = """
shapes = gpd.read_parquet(units).to_crs(4527)
found = zonal_stats(shapes, first, categorical=True, nodata=0)
print("cells", sum(sum(x.values()) for x in found))
"""
READ = """
with rasterio.open(first) as raster:
    for top in range(0, raster.height, 512):
        raster.read(1, window=((top, min(top + 512, raster.height)), (0, raster.width)))
"""
CHANGE = """
out = change_matrix(first, second)
print("cells", int(out.cells.to_numpy().sum()), int(np.trace(out.cells.to_numpy())))
"""
BINCOUNT = """
with rasterio.open(first) as a, rasterio.open(second) as b:
    old, new = a.read(1), b.read(1)
both = np.bincount((old.astype(np.intp) * 16 + new).ravel(), minlength=256)
both = both.reshape(16, 16)[1:, 1:]
print("cells", int(both.sum()), int(np.trace(both)))
"""


@dataclass(frozen=True)
class World:
    """Two rasters and two layers of units, as files."""

    first: Path
    second: Path
    counties: Path
    zones: Path


def world(folder: Path, width: int, height: int, *, noise: float = 0.002) -> World:
    """Two years of a class raster and units that cover all or a part of it."""
    rng = np.random.default_rng(5)
    first, second = folder / "first.tif", folder / "second.tif"
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "uint8",
        "crs": "EPSG:4527", "nodata": 0, "transform": from_origin(*ORIGIN, STEP, STEP),
        "tiled": True, "blockxsize": BAND, "blockysize": BAND, "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(first, "w", **profile) as a, rasterio.open(second, "w", **profile) as b:
        for top in range(0, height, BAND):
            rows = min(BAND, height - top)
            coarse = rng.integers(1, CLASSES + 1, (-(-rows // 16), -(-width // 24)), dtype=np.uint8)
            old = np.repeat(np.repeat(coarse, 16, axis=0), 24, axis=1)[:rows, :width]
            for row in range(0, rows, 3):
                old[row] = np.roll(old[row], row % 19)
            old = np.where(rng.random(old.shape) < noise, rng.integers(1, CLASSES + 1), old)
            old = old.astype(np.uint8)
            new = np.where(rng.random(old.shape) < noise, CLASSES, old).astype(np.uint8)
            new[: rows // 4, : width // 7] = CLASSES
            window = Window(0, top, width, rows)
            a.write(old, 1, window=window)
            b.write(new, 1, window=window)
    counties, zones = folder / "counties.parquet", folder / "zones.parquet"
    shapes = shapely.segmentize(tiling(10, cell=1000.0, most=12), 2.0)
    low = shapely.bounds(shapes).min(axis=0)[:2]
    high = shapely.bounds(shapes).max(axis=0)[2:]
    size = np.array([width, height]) * STEP
    corner = np.array([ORIGIN[0], ORIGIN[1] - size[1]])
    shapes = shapely.transform(shapes, lambda xy: (xy - low) / (high - low) * size + corner)
    gpd.GeoDataFrame(geometry=shapes[:100], crs=4527).to_crs(4490).to_parquet(counties)
    small = [shapely.affinity.scale(shape, 0.42, 0.42) for shape in shapes[:100]]
    gpd.GeoDataFrame(geometry=small, crs=4527).to_crs(4490).to_parquet(zones)
    return World(first, second, counties, zones)


def report(width: int = 12_000, height: int = 10_000) -> str:
    """Markdown table of the measurements."""
    lines = [
        "## Class rasters",
        "",
        f"{width:,} x {height:,} cells of 30 m in deflate tiles; processor s without imports.",
        "",
        "| task | ours: CPU s, MB | other | other: CPU s, MB | ratio |",
        "|---|---:|---|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder), width, height)
        pairs = str(made.first), str(made.second)
        for name, ours, other, peer, units in (
            ("read every tile (floor)", READ, None, "", made.counties),
            ("classes in 100 counties", OURS, RASTERSTATS, "rasterstats", made.counties),
            ("classes in 100 zones", OURS, RASTERSTATS, "rasterstats", made.zones),
            ("change matrix", CHANGE, BINCOUNT, "whole arrays, bincount", made.counties),
        ):
            mine = least(IMPORTS, ours, *pairs, str(units))
            here = f"| {name} | {mine.cpu_s:.2f}, {mine.peak_mb:.0f} |"
            if other is None:
                lines.append(f"{here} | | |")
                continue
            theirs = least(PEER, other, *pairs, str(units))
            lines.append(
                f"{here} {peer} | {theirs.cpu_s:.2f}, {theirs.peak_mb:.0f} | "
                f"{theirs.cpu_s / mine.cpu_s:.1f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
