"""Tabulation from 10,000 parcels to ten million: time and memory of a worker, by executor.

``python -m benchmarks.scale 10000 1000000`` measures these sizes only and prints the rows.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import shapely

from benchmarks import land
from benchmarks.document import Cell, Findings, Growth, Table
from benchmarks.processes import measure
from benchmarks.tilings import ORIGIN, Shapes, tiling

Row = tuple[Cell, ...]

SIZES: Final = (10_000, 100_000, 1_000_000, 5_000_000, 10_000_000)
BLOCK: Final = 100_000
"""Parcels of a block of the generator, roughly."""
REPEATED: Final = 1_000_000
"""Sizes up to this are measured three times; the median counts."""
COUNTRY: Final = 2_500
"""Units of a country, for the cost of making them ready."""
FIXED_SIDE: Final = 10
LABELS: Final = {"counties": "counties", "zones": "zones", "fixed": "counties, larger"}
_POLL_S: Final = 0.1
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_KB_PER_MB: Final = 1024

ABOUT: Final = """Units over all parcels, file to table, with imports and start of workers. Counties
and zones grow in number with the land, as in a country; 100 counties over the same land show what
the parcels alone cost. Medians where there are several runs. MB of the largest worker alone, with
its libraries, and of all together. All executors gave the same totals to the last bit. The load is
that of the minute before; where it is above 2, other work held the cores and the wall time says
little.

The second table is of the files: a worker reads classes, areas and boxes, and shapes only of row
groups that an outline runs through. The third is of units made ready for 300 million parcels, which
every worker does once; above the import of the libraries."""

COMMON = """
import sys, geopandas as gpd, geo.tabulate
from pathlib import Path
from geo.executors import DaskCluster, Here, Processes
def work(executor):
    source = geo.tabulate.ParcelFile(sys.argv[1], "land_class", "area_m2")
    found = geo.tabulate.tabulate(source, gpd.read_parquet(sys.argv[2]), executor=executor)
    total = found.table.to_numpy().sum()
    Path(sys.argv[3]).write_text(f"{total.hex()} {found.outside.sum().hex()}")
if __name__ == "__main__":
"""
WAYS = {
    "one process": "    work(Here())\n",
    "2 processes": "    work(Processes(2))\n",
    "dask, 2 workers": """
    from distributed import LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1",
                      dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        work(DaskCluster(cluster.scheduler_address))
""",
}
NOTHING = "import geopandas, geo.tabulate"
READY = """
import sys, geopandas as gpd
from geo.tabulate_rows import Plan, PreparedUnits
units = gpd.read_parquet(sys.argv[1])
PreparedUnits(units.geometry.to_numpy(), Plan(300_000_000, 0.003, tuple(units.total_bounds)))
"""


@dataclass(frozen=True)
class Seen:
    """What a run took.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Processor seconds of all its processes, read every tenth of a second.
        worker_mb: Highest resident memory of the largest worker, with the libraries that it
            shares; where there is no worker, of the process itself.
        sum_mb: Highest memory of all its processes, shared pages counted once.
    """

    wall_s: float
    cpu_s: float
    worker_mb: float
    sum_mb: float


def observe(code: str, *arguments: str) -> Seen:
    """Run Python code with arguments and watch each of its processes."""
    seen: dict[int, tuple[int, float, float]] = {}
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(over, seen))
    watcher.start()
    try:
        cost = measure(code, *arguments)
    finally:
        over.set()
        watcher.join()
    workers = [mb for depth, _, mb in seen.values() if depth > 1]
    largest = max(workers or [mb for _, _, mb in seen.values()], default=0.0)
    return Seen(cost.wall_s, sum(cpu for _, cpu, _ in seen.values()), largest, cost.peak_mb)


def _watch(over: threading.Event, seen: dict[int, tuple[int, float, float]]) -> None:
    while not over.wait(_POLL_S):
        for pid, depth in _below(os.getpid(), 1):
            try:
                facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
            if peak:
                cpu = (int(facts[11]) + int(facts[12])) / _TICKS
                seen[pid] = depth, cpu, int(peak[0]) / _KB_PER_MB


def _below(pid: int, depth: int) -> list[tuple[int, int]]:
    """Processes that a process has started, with their distance from it."""
    found: list[tuple[int, int]] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [(child, depth), *_below(child, depth + 1)]
    except OSError:
        return found
    return found


def counties(path: Path, side: int, width_m: float = land.COUNTY_M) -> None:
    """Write side by side counties of about 2,600 vertices that share their edges."""
    scale = width_m / 1000.0
    coarse = shapely.segmentize(tiling(side, cell=1000.0, most=14)[: side * side], 1.6)
    _write(shapely.transform(coarse, lambda xy: (xy - ORIGIN) * scale + ORIGIN), path)


def zones(path: Path, side: int) -> None:
    """Write a zone of 1,600 vertices and about 23 km2 for each county."""
    rng = np.random.default_rng(9)
    angle = np.linspace(0, 2 * np.pi, 1600, endpoint=False)
    shapes = []
    for i in range(side * side):
        radius = 2_700 * (1 + 0.25 * np.sin(angle * 5 + i) + 0.005 * rng.standard_normal(1600))
        middle = (np.array([i % side, i // side]) + 0.5) * land.COUNTY_M + ORIGIN
        ring = np.c_[np.cos(angle), np.sin(angle)] * radius[:, None]
        shapes.append(shapely.Polygon(ring + middle))
    _write(np.array(shapes, dtype=object), path)


def _write(shapes: Shapes, path: Path) -> None:
    whole = shapes[shapely.is_valid(shapes)]
    frame = gpd.GeoDataFrame({"unit": np.arange(len(whole))}, geometry=whole, crs=4527)
    frame.to_crs(4490).to_parquet(path)


def world(folder: Path, size: int) -> tuple[int, dict[str, Path]]:
    """Write about so many parcels, and units over all of them.

    Returns:
        Number of parcels, and the files of units: ``counties`` and ``zones`` grow in number with
        the land, ``fixed`` are always 100 counties, which grow in size.
    """
    blocks = max(1, round(size / BLOCK))
    path = folder / "parcels.parquet"
    count = land.parcels(path, blocks)
    if size < BLOCK:
        some = pq.read_table(path).slice(0, size)
        pq.write_table(some, path, compression="zstd", row_group_size=land.ROW_GROUP)
        count = len(some)
    width = int(np.ceil(np.sqrt(blocks))) * land.SIDE * land.CELL
    side = int(np.ceil(width / land.COUNTY_M))
    files = {name: folder / f"{name}.parquet" for name in ("counties", "zones", "fixed")}
    counties(files["counties"], side)
    zones(files["zones"], side)
    counties(files["fixed"], FIXED_SIDE, width / FIXED_SIDE)
    return count, files


def timed(folder: Path, units: Path, way: str, times: int) -> tuple[Seen, str]:
    """The median run of one way, and its totals to the last bit."""
    script, totals = folder / "work.py", folder / "totals"
    script.write_text(COMMON + WAYS[way])
    run = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
    given = str(folder / "parcels.parquet"), str(units), str(totals)
    runs = [observe(run, *given) for _ in range(times)]
    middle = Seen(
        *(
            statistics.median(getattr(one, name) for one in runs)
            for name in ("wall_s", "cpu_s", "worker_mb", "sum_mb")
        )
    )
    return middle, totals.read_text()


def rows_of(size: int, ways: Sequence[str]) -> tuple[list[Row], Row]:
    """Rows of the table for one size, and one about its file."""
    times = 3 if size <= REPEATED else 1
    out: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count, files = world(folder, size)
        for label, path in files.items():
            units = f"{pq.read_metadata(path).num_rows:,} {LABELS[label]}"
            totals = set()
            for way in ways if label == "counties" else ways[:1]:
                load = os.getloadavg()[0]
                seen, total = timed(folder, path, way, times)
                totals.add(total)
                out.append(
                    (count, units, way, times, seen.wall_s, seen.cpu_s, seen.worker_mb,
                     seen.sum_mb, load)
                )  # fmt: skip
                print(*out[-1], sep=", ", file=sys.stderr, flush=True)
            assert len(totals) == 1, "the executors disagree"
        return out, _file_row(folder / "parcels.parquet")


def _file_row(path: Path) -> Row:
    facts = pq.read_metadata(path)
    chunks = [
        facts.row_group(group).column(i)
        for group in range(facts.num_row_groups)
        for i in range(facts.num_columns)
    ]
    needed = sum(
        chunk.total_compressed_size
        for chunk in chunks
        if chunk.path_in_schema.startswith(("bbox", "land_class", "area_m2"))
    )
    size = path.stat().st_size / 1e6
    return facts.num_rows, facts.num_row_groups, size, needed / 1e6, facts.serialized_size / 1e3


def ready_row(kind: Callable[[Path, int], None], units: int) -> Row:
    """What a worker pays before its first row group, above the import of the libraries."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "units.parquet"
        kind(path, round(units**0.5))
        runs = [(observe(READY, str(path)), observe(NOTHING)) for _ in range(3)]
        cpu = statistics.median(one.cpu_s - bare.cpu_s for one, bare in runs)
        mb = statistics.median(one.worker_mb - bare.worker_mb for one, bare in runs)
        return f"{units:,} {kind.__name__}", path.stat().st_size / 1e6, cpu, mb


def report(
    sizes: Sequence[int] = SIZES, ways: Sequence[str] = tuple(WAYS), *, country: bool = True
) -> Findings:
    """Curves of time and memory, the files they were measured on, and units made ready.

    Args:
        sizes: Numbers of parcels.
        ways: Executors.
        country: Also the units of a country.
    """
    found = [rows_of(size, ways) for size in sizes]
    return findings(
        [row for rows, _ in found for row in rows],
        [row for _, row in found],
        [
            ready_row(counties, FIXED_SIDE**2),
            *([ready_row(zones, COUNTRY), ready_row(counties, COUNTRY)] if country else []),
        ],
    )


def findings(runs: Sequence[Row], files: Sequence[Row], ready: Sequence[Row]) -> Findings:
    """The measurements in words, tables and curves."""
    columns = ("parcels", "units", "executor", "runs", "wall s", "CPU s", "MB, worker", "MB, all")
    whole = Table((*columns, "load"), tuple(runs), (0, None, None, 0, 1, 1, 0, 0, 1))
    on_file = ("parcels", "row groups", "MB", "MB of classes, areas and boxes", "kB of footer")
    return Findings(
        "Tabulation, growing",
        ABOUT,
        (
            whole,
            Table(on_file, tuple(files), (0, 0, 1, 1, 0)),
            Table(("units", "MB of file", "CPU s", "MB"), tuple(ready), (None, 0, 1, 0)),
        ),
        plots=(
            _curve(runs, "Processor time by executor", "processor seconds", 5),
            _curve(runs, "Memory of the largest worker", "MB", 6),
        ),
    )


def _curve(runs: Sequence[Row], title: str, y: str, column: int) -> Growth:
    """A line for each executor, over counties that grow in number with the land."""
    series: dict[str, list[tuple[float, float]]] = {}
    for row in runs:
        if str(row[1]).endswith(" counties"):
            point = float(cast("int", row[0])), float(cast("float", row[column]))
            series.setdefault(str(row[2]), []).append(point)
    return Growth(title, "parcels", y, {name: tuple(points) for name, points in series.items()})


if __name__ == "__main__":
    for chosen in [int(text) for text in sys.argv[1:]] or SIZES:
        rows_of(chosen, tuple(WAYS))
