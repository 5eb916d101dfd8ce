"""Area of class within units from a stored file, against what people write otherwise.

The floor is what no way can do without: reading classes, areas and boxes, and adding up once.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import land
from benchmarks.alone import least

IMPORTS = """
import geopandas as gpd, numpy as np, pyarrow.parquet as pq, shapely
import geo.tabulate
from geo.area import ellipsoidal_areas
path, units = sys.argv[1:3]
"""
FLOOR = """
file, total = pq.ParquetFile(path, read_dictionary=["land_class"]), 0.0
for group in range(file.num_row_groups):
    table = file.read_row_group(group, columns=["land_class", "area_m2", "bbox"], use_threads=False)
    code = table["land_class"].combine_chunks().indices.to_numpy()
    total += np.bincount(code, weights=table["area_m2"].to_numpy()).sum()
"""
OURS = """
source = geo.tabulate.ParcelFile(path, "land_class", "area_m2")
found = geo.tabulate.tabulate(source, gpd.read_parquet(units))
print(f"{found.table.to_numpy().sum():.4f}")
"""
OVERLAY = """
parcels, shapes = gpd.read_parquet(path), gpd.read_parquet(units)
pieces = gpd.overlay(parcels[["land_class", "geometry"]], shapes, keep_geom_type=True)
pieces["m2"] = ellipsoidal_areas(pieces.geometry.to_numpy())
print(f"{pieces.groupby(['unit', 'land_class'])['m2'].sum().sum():.4f}")
"""
TREE = """
parcels, shapes = gpd.read_parquet(path), gpd.read_parquet(units)
g, h = parcels.geometry.to_numpy(), shapes.geometry.to_numpy()
unit, parcel = shapely.STRtree(g).query(h, predicate="intersects")
m2 = ellipsoidal_areas(shapely.get_parts(shapely.intersection(g[parcel], h[unit])))
print(f"{m2.sum():.4f}")
"""


def report(blocks: int = 1, times: int = 3) -> str:
    """Markdown table of the measurements on about ``100,000 * blocks`` parcels."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = root / "parcels.parquet"
        count = land.parcels(path, blocks)
        land.counties(root / "counties.parquet")
        land.zones(root / "zones.parquet")
        rows = []
        for units in ("counties", "zones"):
            given = str(path), str(root / f"{units}.parquet")
            floor = least(IMPORTS, FLOOR, *given, times=times)
            ours = least(IMPORTS, OURS, *given, times=times)
            rows.append(f"| {units} | floor | {floor.cpu_s:.3f} | {floor.peak_mb:.0f} | |")
            rows.append(f"| {units} | ours | {ours.cpu_s:.2f} | {ours.peak_mb:.0f} | 1 |")
            for name, code in (("STRtree, intersection", TREE), ("geopandas.overlay", OVERLAY)):
                cost = least(IMPORTS, code, *given, times=1)
                ratio = cost.cpu_s / ours.cpu_s
                rows.append(
                    f"| {units} | {name} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f} | {ratio:.1f} |"
                )
    load = os.getloadavg()[0]
    return "\n".join(
        [
            "## Area of class within units",
            "",
            f"{count:,} parcels, 100 counties or zones, file to table; load {load:.1f} at the end.",
            "",
            "| units | way | CPU s | MB | ratio |",
            "|---|---|---:|---:|---:|",
            *rows,
        ]
    )


if __name__ == "__main__":
    print(report())
