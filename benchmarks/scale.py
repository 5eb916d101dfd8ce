"""Tabulation from 100,000 parcels to millions: time, and memory of a worker, by executor."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import land
from benchmarks.processes import measure

COMMON = """
import sys, geopandas as gpd, geo.tabulate
from geo.executors import DaskCluster, Here, Processes
def work(executor):
    source = geo.tabulate.ParcelFile(sys.argv[1], "land_class", "area_m2")
    found = geo.tabulate.tabulate(source, gpd.read_parquet(sys.argv[2]), executor=executor)
    print(f"{found.table.to_numpy().sum():.6f}")
if __name__ == "__main__":
"""
WAYS = {
    "one process": "    work(Here())\n",
    "2 processes": "    work(Processes(2))\n",
    "dask, 2 workers": """
    from distributed import LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                      host="127.0.0.1", silence_logs=50) as cluster:
        work(DaskCluster(cluster.scheduler_address))
""",
}


def report(blocks: tuple[int, ...] = (1, 10), ways: tuple[str, ...] = tuple(WAYS)) -> str:
    """Markdown table of the measurements; blocks have about 100,000 parcels."""
    rows = []
    for count in blocks:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            n = land.parcels(root / "parcels.parquet", count)
            land.counties(root / "counties.parquet")
            for way in ways:
                script = root / "work.py"
                script.write_text(COMMON + WAYS[way])
                run = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
                cost = measure(run, str(root / "parcels.parquet"), str(root / "counties.parquet"))
                rows.append(f"| {n:,} | {way} | {cost.wall_s:.1f} | {cost.peak_mb:.0f} |")
    return "\n".join(
        [
            "## Tabulation, growing",
            "",
            "Counties, file to table, with imports and start of workers; MB of all processes.",
            f"Load {os.getloadavg()[0]:.1f} at the end.",
            "",
            "| parcels | executor | wall s | MB |",
            "|---:|---|---:|---:|",
            *rows,
        ]
    )


if __name__ == "__main__":
    print(report())
