"""Stores with parcels all over the province, for measurements of the map."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

import demo
from benchmarks.tilings import ORIGIN, tiling
from domain import boundaries
from geo.area import ellipsoidal_areas, planar_area_m2
from store import Store, Version, Viewer

DATASET = "survey"
CELL = 120.0
"""Side of a parcel in metres: about 1.4 ha."""
GAP = 1.05
"""Distance of two blocks in their sides."""
BENCH = Viewer("bench")


def store_of(root: Path, count: int) -> tuple[Store, Version]:
    """A store with about ``count`` parcels: a block in each county, attributes as invented ones.

    Args:
        root: Folder of the store.
        count: Number of parcels; 0 makes one, as a version has at least one row.
    """
    store = Store(root)
    frame = parcels(count) if count else parcels(1).iloc[:1]
    version = store.commit(
        DATASET,
        frame,
        kind="parcels",
        viewer=BENCH,
        reason="bench",
        demonstration=True,
        passport={"as_of": demo.AS_OF.isoformat()},
    )
    return store, version


def parcels(count: int) -> gpd.GeoDataFrame:
    """About ``count`` parcels of 16 vertices on average, in blocks about the seats of counties."""
    counties = boundaries.layer("county")
    side = max(1, int(np.ceil(np.sqrt(count / len(counties)))))
    block = tiling(side, cell=CELL)[: side * side]
    life = demo.world().parcels
    zone_of = life.drop_duplicates("county_adcode").set_index("county_adcode")["zone_id"]
    rng = np.random.default_rng(7)
    taken: set[tuple[int, int]] = set()
    out, made = [], 0
    for _, county in counties.iterrows():
        middle = gpd.GeoSeries(
            gpd.points_from_xy([county["label_lon"]], [county["label_lat"]]), crs=counties.crs
        ).to_crs(4527)
        corner = _free(np.array([middle.x.iloc[0], middle.y.iloc[0]]), side * CELL * GAP, taken)
        shift = corner - np.array(ORIGIN)
        shapes = shapely.transform(block, lambda xy, by=shift: xy + by)  # type: ignore[misc]
        rows = life.iloc[rng.integers(0, len(life), len(shapes))].reset_index(drop=True)
        planar = gpd.GeoSeries(shapes, crs=4527)
        frame = rows.set_geometry(planar.to_crs(counties.crs))
        frame["area_planar_m2"] = planar_area_m2(gpd.GeoDataFrame(geometry=planar))
        frame["area_ellipsoidal_m2"] = ellipsoidal_areas(frame.geometry.to_numpy())
        frame["county_adcode"] = county["adcode"]
        frame["prefecture_adcode"] = county["city_adcode"]
        frame["zone_id"] = zone_of.get(county["adcode"], pd.NA)
        numbers = np.arange(made, made + len(frame)).astype(str)
        frame["parcel_id"] = np.char.add(f"{county['adcode']}-", np.char.zfill(numbers, 7))
        out.append(frame)
        made += len(frame)
    whole = gpd.GeoDataFrame(pd.concat(out, ignore_index=True), crs=counties.crs)
    whole["parcel_id"] = whole["parcel_id"].astype("string")
    whole["county_adcode"] = whole["county_adcode"].astype("string")
    whole["prefecture_adcode"] = whole["prefecture_adcode"].astype("string")
    whole["zone_id"] = whole["zone_id"].astype("string")
    return whole


def _free(
    wanted: npt.NDArray[np.float64], side: float, taken: set[tuple[int, int]]
) -> npt.NDArray[np.float64]:
    """Corner of the place on a lattice that is nearest to a point and not taken yet."""
    x, y = np.floor(wanted / side).astype(int).tolist()
    near = sorted(
        ((x + i, y + j) for i in range(-6, 7) for j in range(-6, 7)),
        key=lambda at: (at[0] - x) ** 2 + (at[1] - y) ** 2,
    )
    chosen = next(at for at in near if at not in taken)
    taken.add(chosen)
    return np.array(chosen, dtype=np.float64) * side
