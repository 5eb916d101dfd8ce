"""Classes within units and change between two years on a large class raster, against others.

The raster is made like land cover: patches of some hundred metres with a few single cells of other
classes. ``noise`` is the share of those cells; with it runs of cells grow shorter.

``python -m benchmarks.raster --province`` measures a raster as large as the province at 10 m too,
four thousand million cells; it takes some minutes and 0.2 GB of disk.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window

from benchmarks.alone import Alone, least
from benchmarks.tilings import tiling

STEP = 30.0
ORIGIN = (39_300_000.0, 3_200_000.0)
CLASSES = 9
BAND = 512
GIVEN = """
import geopandas as gpd, numpy as np, rasterio
first, second, units = sys.argv[1:4]
"""
# The compiler is made to load what it has kept: that is a matter of the process, not of cells.
IMPORTS = (
    GIVEN
    + """
from geo.raster import change_matrix, class_areas
from geo.raster_source import CellAreas, Layer
from geo.raster_sums import sums_of
from geo.scanlines import Spans
one, zero = np.ones((1, 1)), np.zeros(1, dtype=np.intp)
layer = Layer(np.ones((1, 1), dtype=np.uint8), np.full(257, -1, dtype=np.int32))
"""
)
LOAD = "sums_of([layer], Spans(zero, zero, zero, zero + 1), CellAreas(one, one), most=2)"
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
with rasterio.Env(GDAL_CACHEMAX=64), rasterio.open(first) as raster:
    room = np.empty((512, raster.width), dtype=np.uint8)
    for top in range(0, raster.height, 512):
        rows = min(512, raster.height - top)
        raster.read(1, window=((top, top + rows), (0, raster.width)), out=room[:rows])
"""
READ_BOTH = READ + READ.replace("first", "second")
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


@dataclass(frozen=True)
class Figure:
    """A task, what it took here and elsewhere, and the least that it can take.

    Attributes:
        task: What was done.
        ours: With this product.
        peer: The other way; empty if there is none.
        theirs: What that took.
        floor: What reading every tile takes that is read.
    """

    task: str
    ours: Alone
    peer: str = ""
    theirs: Alone | None = None
    floor: Alone | None = None

    def row(self) -> str:
        """Row of a table in Markdown."""
        theirs, floor, ours = self.theirs, self.floor, self.ours
        others = (
            ("", "", "")
            if theirs is None
            else (self.peer, _cost(theirs), f"{theirs.cpu_s / ours.cpu_s:.1f}")
        )
        above = "" if floor is None else f"{ours.cpu_s / floor.cpu_s:.1f}"
        return f"| {' | '.join((self.task, _cost(ours), *others, above))} |"


def _cost(run: Alone) -> str:
    return f"{run.cpu_s:.2f}, {run.wall_s:.2f}, {run.peak_mb:,.0f}"


def world(
    folder: Path, width: int, height: int, *, noise: float = 0.002, step: float = STEP
) -> World:
    """Two years of a class raster and units that cover all or a part of it.

    Args:
        folder: Where to.
        width: Columns.
        height: Rows.
        noise: Share of single cells of other classes, in each year anew.
        step: Side of a cell in m.
    """
    rng = np.random.default_rng(5)
    first, second = folder / "first.tif", folder / "second.tif"
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "uint8",
        "crs": "EPSG:4527", "nodata": 0, "transform": from_origin(*ORIGIN, step, step),
        "tiled": True, "blockxsize": BAND, "blockysize": BAND, "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    with rasterio.open(first, "w", **profile) as a, rasterio.open(second, "w", **profile) as b:
        for top in range(0, height, BAND):
            rows = min(BAND, height - top)
            coarse = rng.integers(1, CLASSES + 1, (-(-rows // 16), -(-width // 24)), dtype=np.uint8)
            old = np.repeat(np.repeat(coarse, 16, axis=0), 24, axis=1)[:rows, :width]
            for row in range(0, rows, 3):
                old[row] = np.roll(old[row], row % 19)
            _strew(old, noise, rng)
            new = old.copy()
            _strew(new, noise, rng)
            new[: rows // 4, : width // 7] = CLASSES
            window = Window(0, top, width, rows)
            a.write(old, 1, window=window)
            b.write(new, 1, window=window)
    size = np.array([width, height]) * step
    return World(first, second, *_units(folder, size))


def _strew(cells: npt.NDArray[np.uint8], share: float, rng: np.random.Generator) -> None:
    """Give single cells another class."""
    count = int(share * cells.size)
    at = rng.integers(0, cells.size, count)
    cells.reshape(-1)[at] = rng.integers(1, CLASSES + 1, count, dtype=np.uint8)


def _units(folder: Path, size: npt.NDArray[np.float64]) -> tuple[Path, Path]:
    """A hundred units that share their edges, and a hundred smaller ones inside them."""
    counties, zones = folder / "counties.parquet", folder / "zones.parquet"
    shapes = shapely.segmentize(tiling(10, cell=1000.0, most=12), 2.0)
    low = shapely.bounds(shapes).min(axis=0)[:2]
    high = shapely.bounds(shapes).max(axis=0)[2:]
    corner = np.array([ORIGIN[0], ORIGIN[1] - size[1]])
    shapes = shapely.transform(shapes, lambda xy: (xy - low) / (high - low) * size + corner)
    gpd.GeoDataFrame(geometry=shapes[:100], crs=4527).to_crs(4490).to_parquet(counties)
    small = [shapely.affinity.scale(shape, 0.42, 0.42) for shape in shapes[:100]]
    gpd.GeoDataFrame(geometry=small, crs=4527).to_crs(4490).to_parquet(zones)
    return counties, zones


def figures(width: int = 12_000, height: int = 10_000) -> list[Figure]:
    """The measurements as data."""
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder), width, height)
        pairs = str(made.first), str(made.second)
        counties, zones = (*pairs, str(made.counties)), (*pairs, str(made.zones))
        one = least(IMPORTS + LOAD, READ, *counties)
        both = least(IMPORTS + LOAD, READ_BOTH, *counties)
        load = least(IMPORTS, "import geo.raster_runs\n" + LOAD, *counties)

        def held(task: str, ours: str, peer: str, theirs: str, floor: Alone | None,
                 files: Sequence[str]) -> Figure:  # fmt: skip
            mine = least(IMPORTS + LOAD, ours, *files)
            return Figure(task, mine, peer, least(PEER, theirs, *files), floor)

        whole = "whole arrays, bincount"
        found = [
            Figure("compiler, once a process", load),
            Figure("read every tile of one", one),
            held("classes in 100 counties", OURS, "rasterstats", RASTERSTATS, one, counties),
            held("classes in 100 zones", OURS, "rasterstats", RASTERSTATS, None, zones),
            Figure("read every tile of both", both),
            held("change matrix", CHANGE, whole, BINCOUNT, both, counties),
        ]
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder), width // 2, height // 2, noise=2.0)
        files = str(made.first), str(made.second), str(made.counties)
        both = least(IMPORTS + LOAD, READ_BOTH, *files)
        noisy = "change matrix, a quarter of the cells, all noise"
        return [*found, held(noisy, CHANGE, whole, BINCOUNT, both, files)]


def province(width: int = 60_000, height: int = 66_000) -> list[Figure]:
    """Classes and change on a raster of 10 m as large as the province; memory is the question."""
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder), width, height, step=10.0)
        files = str(made.first), str(made.second), str(made.counties)
        both = least(IMPORTS + LOAD, READ_BOTH, *files, times=1)
        return [
            Figure(
                f"classes in 100 counties, {width * height / 1e6:,.0f} million cells",
                least(IMPORTS + LOAD, OURS, *files, times=1),
                floor=least(IMPORTS + LOAD, READ, *files, times=1),
            ),
            Figure(
                f"change matrix, {width * height / 1e6:,.0f} million cells",
                least(IMPORTS + LOAD, CHANGE, *files, times=1),
                floor=both,
            ),
        ]


def report(
    width: int = 12_000,
    height: int = 10_000,
    *,
    found: Sequence[Figure] | None = None,
    with_province: bool = False,
) -> str:
    """Markdown table of the measurements.

    Args:
        width: Columns of the raster.
        height: Its rows.
        found: Figures at hand; None measures.
        with_province: Measure a raster as large as the province at 10 m too.
    """
    rows = [*(figures(width, height) if found is None else found)]
    if with_province:
        rows += province()
    cost = "CPU s, s, MB"
    lines = [
        "## Class rasters",
        "",
        f"{width:,} x {height:,} cells in deflate tiles; processor s and s on the clock without",
        "imports, the least of three processes; ratios are of processor seconds. The whole arrays",
        "count cells only, ours also areas on the ellipsoid. Memory is that of the process; with",
        "the compiler it is 245 MB without any cell.",
        "",
        f"| task | ours: {cost} | other | other: {cost} | other / ours | ours / reading |",
        "|---|---:|---|---:|---:|---:|",
        *(figure.row() for figure in rows),
        "",
        "Goals: classes 2.5 times rasterstats, change matrix 10 times the whole arrays. The second",
        "is missed. Of our time reading is two fifths, which both ways need, and opening the files",
        "a seventh; a cell costs 0.6 ns to count against 5 ns of bincount, so that counting alone",
        "would have to take a fifth of that. What the whole arrays cost depends on how the system",
        "hands out memory: 0.6 to 1.7 processor seconds for the same cells within an hour. Where",
        "every cell differs from its neighbour there are no runs to count and both ways are equal.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--province", action="store_true", help="four thousand million cells too")
    print(report(with_province=parser.parse_args().province))
