"""Area of class within units from a stored file, against what people write otherwise.

There are two floors. One is what no way can do without: reading classes, areas and boxes, and
adding up once. The other knows beforehand which shapes an outline crosses, and adds what is then
left to do: reading these shapes and cutting them, each with the small piece of its unit.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import shapely

from benchmarks import land
from benchmarks.alone import Alone, in_turns, once
from benchmarks.document import Cell, Findings, Growth, Spread, Table, spread
from geo.unit_pieces import cut_into_pieces

UNITS: Final = ("counties", "zones")
OURS_NAME: Final = "ours"
IMPORTS: Final = """
import geopandas as gpd, numpy as np, pyarrow.dataset, pyarrow.parquet as pq, shapely
import geo.tabulate
from geo.area import ellipsoidal_areas
from geo.tabulate_rows import polygon_areas
path, units = sys.argv[1:3]
def triples(sums):
    return [[int(unit), str(kind), float(m2)] for (unit, kind), m2 in sums.items() if m2 > 0]
"""
KNOWN: Final = (
    IMPORTS
    + """
known = [[rows, at, shapely.from_wkb(cutter)]
         for rows, at, cutter in np.load(units + ".cuts.npy", allow_pickle=True)]
"""
)
READ: Final = """
file, total = pq.ParquetFile(path, read_dictionary=["land_class"]), 0.0
for group in range(file.num_row_groups):
    table = file.read_row_group(group, columns=["land_class", "area_m2", "bbox"], use_threads=False)
    code = table["land_class"].combine_chunks().indices.to_numpy()
    total += np.bincount(code, weights=table["area_m2"].to_numpy()).sum()
"""
CUT: Final = (
    READ
    + """
    rows, at, cutter = known[group]
    if len(rows):
        raw = file.read_row_group(group, columns=["geometry"], use_threads=False)["geometry"]
        shape = shapely.from_wkb(raw.take(rows).to_numpy())[at]
        total += polygon_areas(shapely.intersection(shape, cutter)).sum()
"""
)
OURS: Final = """
source = geo.tabulate.ParcelFile(path, "land_class", "area_m2")
said = triples(geo.tabulate.tabulate(source, gpd.read_parquet(units)).table.stack())
"""
OVERLAY: Final = """
parcels, shapes = gpd.read_parquet(path), gpd.read_parquet(units)
pieces = gpd.overlay(parcels[["land_class", "geometry"]], shapes, keep_geom_type=True)
pieces["m2"] = ellipsoidal_areas(pieces.geometry.to_numpy())
said = triples(pieces.groupby(["unit", "land_class"])["m2"].sum())
"""
TREE: Final = """
parcels, shapes = gpd.read_parquet(path), gpd.read_parquet(units)
g, h = parcels.geometry.to_numpy(), shapes.geometry.to_numpy()
unit, parcel = shapely.STRtree(g).query(h, predicate="intersects")
parcels = parcels.iloc[parcel].assign(unit=shapes["unit"].to_numpy()[unit])
parcels["m2"] = polygon_areas(shapely.intersection(g[parcel], h[unit]))
said = triples(parcels.groupby(["unit", "land_class"])["m2"].sum())
"""
LONG_S: Final = 10.0
"""What takes longer on the clock is measured once."""
FLOORS: Final = ("floor: columns", "floor: columns, known cuts")
_WAYS: Final = {
    FLOORS[0]: (IMPORTS, READ),
    FLOORS[1]: (KNOWN, CUT),
    OURS_NAME: (IMPORTS, OURS),
    "STRtree, intersection": (IMPORTS, TREE),
    "geopandas.overlay": (IMPORTS, OVERLAY),
}

Triples = list[list[int | str | float]]


def prepare(root: Path, blocks: int) -> int:
    """Write parcels, both kinds of units and the cuts that they need; the number of parcels."""
    count = land.parcels(root / "parcels.parquet", blocks)
    land.counties(root / "counties.parquet")
    land.zones(root / "zones.parquet")
    for units in UNITS:
        known_cuts(root / "parcels.parquet", root / f"{units}.parquet")
    return count


def known_cuts(parcels: Path, units: Path) -> None:
    """Write beside the units which shapes are cut with which pieces, by row group."""
    outlines = gpd.read_parquet(units).geometry.to_numpy()
    file = pq.ParquetFile(parcels)
    found = np.empty((file.num_row_groups, 3), dtype=object)
    for group in range(file.num_row_groups):
        raw = file.read_row_group(group, columns=["geometry"])["geometry"].to_numpy()
        shapes = shapely.from_wkb(raw)
        bounds = shapely.bounds(shapes)
        side = float(np.quantile((bounds[:, 2:] - bounds[:, :2]).max(axis=1), 0.98))
        if not group:
            pieces = cut_into_pieces(outlines, np.arange(len(outlines)), side)
        parcel, _, cutter = pieces.meetings(bounds)
        shape, piece = shapes[parcel], pieces.shapes[cutter]
        crossed = ~shapely.contains_properly(piece, shape) & shapely.intersects(piece, shape)
        rows, at = np.unique(parcel[crossed], return_inverse=True)
        found[group] = [rows, at, shapely.to_wkb(piece[crossed])]
    np.save(f"{units}.cuts.npy", found, allow_pickle=True)


def differences(ours: Triples, theirs: Triples) -> tuple[float, float]:
    """Difference of the totals, and the greatest of a unit and class, in m2."""
    mine = {(unit, kind): float(m2) for unit, kind, m2 in ours}
    other = {(unit, kind): float(m2) for unit, kind, m2 in theirs}
    cells = [abs(mine.get(key, 0.0) - other.get(key, 0.0)) for key in mine.keys() | other.keys()]
    return sum(other.values()) - sum(mine.values()), max(cells)


def report() -> Findings:
    """Both kinds of units over 100,000 parcels."""
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        count = prepare(Path(folder), 1)
        for units in UNITS:
            taken = in_turns(
                {way: partial(run, way, Path(folder), units) for way in _WAYS},
                long_s=LONG_S,
            )
            rows += _rows(units, taken)
    return Findings(
        "Area of class within units",
        f"{count:,} parcels, 100 counties that tile the land or 100 zones of several parts; file "
        "to table, imports apart. All ways add ellipsoidal areas of the pieces; their tables are "
        "equal to 0.01 m2 in every unit and class. Ratios are of CPU time, to ours.",
        (
            Table(
                ("units", "way", "CPU s", "wall s", "MB", "times ours"),
                tuple(rows),
                (None, None, 3, 3, 0, 2),
            ),
        ),
        _why(rows),
    )


def run(way: str, root: Path, units: str) -> Alone:
    """Cost of one way over parcels and units that :func:`prepare` wrote."""
    imports, work = _WAYS[way]
    return once(imports, work, str(root / "parcels.parquet"), str(root / f"{units}.parquet"))


def _rows(units: str, taken: dict[str, list[Alone]]) -> list[tuple[Cell, ...]]:
    ours = taken[OURS_NAME]
    rows: list[tuple[Cell, ...]] = []
    for way, runs in taken.items():
        if runs[0].said is not None:
            assert differences(ours[0].said, runs[0].said)[1] < 0.01
        cpu = spread(run.cpu_s for run in runs)
        peak = max(run.peak_mb for run in runs)
        ratio = cpu.median / spread(run.cpu_s for run in ours).median
        rows.append((units, way, cpu, spread(run.wall_s for run in runs), peak, ratio))
    return rows


def _why(rows: list[tuple[Cell, ...]]) -> str:
    cpu = {(row[0], row[1]): row[2] for row in rows if isinstance(row[2], Spread)}
    said = []
    for units in UNITS:
        ours, floor = cpu[units, OURS_NAME], cpu[units, FLOORS[1]]
        middle, least = ours.median / floor.median, ours.least / floor.least
        said.append(f"{least:.2f} for {units} (of the medians {middle:.2f})")
    return (
        "Ours over the floor with known cuts, by the least of the turns, which other work disturbs "
        f"the least: {', '.join(said)}; the goal is 1.5. What is left above the floor is finding "
        "out which shapes are crossed (boxes against the grid, prepared predicates), whether units "
        "and the shapes near an outline are valid and whether units overlap each other, reading "
        "the units and cutting them into pieces. Smaller pieces win less in the cuts than making "
        "them costs; asking pieces instead of parcels whether units overlap costs more too."
    )


def growing(blocks: tuple[int, ...] = (1, 3, 10)) -> Findings:
    """Time by the number of parcels, in counties; the slow ways are left out above 300,000."""
    lines: dict[str, list[tuple[float, float]]] = {}
    rows: list[tuple[Cell, ...]] = []
    for number in blocks:
        ways = [OURS_NAME, *FLOORS, *(["geopandas.overlay"] if number <= 3 else [])]
        with tempfile.TemporaryDirectory() as folder:
            count = prepare(Path(folder), number)
            taken = in_turns(
                {way: partial(run, way, Path(folder), "counties") for way in ways}, long_s=LONG_S
            )
        for way, runs in taken.items():
            cpu = spread(run.cpu_s for run in runs)
            lines.setdefault(way, []).append((float(count), cpu.median))
            rows.append((count, way, cpu, max(run.peak_mb for run in runs)))
    plot = Growth(
        "Area of class within counties",
        "parcels",
        "CPU seconds",
        {way: tuple(points) for way, points in lines.items()},
    )
    return Findings(
        "Area of class within counties, growing",
        "The ways of *Area of class within units*, from 100,000 to a million parcels.",
        (Table(("parcels", "way", "CPU s", "MB"), tuple(rows), (0, None, 3, 0)),),
        plots=(plot,),
    )
