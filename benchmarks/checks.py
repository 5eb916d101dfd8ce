"""Checks of 100,000 parcels with defects against what is done otherwise; memory at a million.

Figures are CPU seconds of one process, medians of one run, and their ratios. Every pair of figures
is of equal results, which is asserted.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from benchmarks.tilings import tiling, with_defects
from domain.rules import load_rules
from geo.area import ellipsoidal_areas
from geo.neighbours import GapRule, Neighbourhood, examine
from geo.rings import Rings, rings_of
from geo.tiles import Layer, layer_of
from ingest import check_cells, check_codes, check_dates, check_places, check_shapes, county_lines
from ingest.checking import chunk_checks
from ingest.drawn import drawn
from ingest.found import Found, Rows

SIDE = 316  # 99,856 parcels
EPSG = 4527
LEAST_M2 = 0.01
GAP = GapRule(most_m2=5_000.0, reach_m=500.0)
REPETITIONS = 3
COPIES = 10
_PIECE = 5_000
AS_OF = dt.date(2026, 11, 23)
_TEXTS = (
    "parcel_id", "name", "county_adcode", "land_class", "approval_no", "supply_no", "supply_mode",
)  # fmt: skip

Shapes = npt.NDArray[np.object_]


def cpu(work: Callable[[], object], *, repetitions: int = REPETITIONS) -> float:
    """Median CPU time of a call in seconds."""
    taken = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


@dataclass(frozen=True)
class Compared:
    """One task done in two ways with equal results.

    Attributes:
        what: The task.
        ours_s: CPU seconds here.
        theirs_s: CPU seconds of the other way.
        how: The other way.
    """

    what: str
    ours_s: float
    theirs_s: float
    how: str


@dataclass(frozen=True)
class Million:
    """The search through a million parcels.

    Attributes:
        parcels: How many there were.
        pairs: Pairs that overlap.
        cpu_s: CPU seconds.
        above_mb: Memory above the boxes and stored shapes.
    """

    parcels: int
    pairs: int
    cpu_s: float
    above_mb: float


@dataclass(frozen=True)
class Figures:
    """What the measurements gave.

    Attributes:
        parcels: Parcels of the layer.
        vertices: Vertices of one on average.
        compared: Tasks in two ways.
        rows: CPU seconds of checks of single rows, by check.
        million: The search through a million parcels.
    """

    parcels: int
    vertices: float
    compared: list[Compared]
    rows: dict[str, float]
    million: Million


def figures() -> Figures:
    """The measurements as data."""
    shapes = with_defects(tiling(SIDE, seed=1))
    degrees = gpd.GeoSeries(list(shapes), crs=EPSG).to_crs(4490).to_numpy()
    return Figures(
        parcels=len(shapes),
        vertices=float(shapely.get_num_coordinates(shapes).mean()),
        compared=[*_layer(shapes), *_areas(degrees), *_county_lines(shapes)],
        rows=_rows(shapes, degrees),
        million=_million(shapes),
    )


def report(*, found: Figures | None = None) -> str:
    """Markdown tables of the measurements.

    Args:
        found: Figures at hand; None measures.
    """
    found = figures() if found is None else found
    large = found.million
    lines = [
        "## Checks",
        "",
        f"{found.parcels:,} parcels of {found.vertices:.0f} vertices with duplicates, overlaps and",
        "gaps; CPU seconds, equal results.",
        "",
        "| what | here | otherwise | how otherwise | ratio |",
        "|---|---:|---:|---|---:|",
        *(
            f"| {one.what} | {one.ours_s:.2f} | {one.theirs_s:.2f} | {one.how} | "
            f"{one.theirs_s / one.ours_s:.1f} |"
            for one in found.compared
        ),
        "",
        "| check of single rows | CPU s |",
        "|---|---:|",
        *(f"| {what} | {taken:.2f} |" for what, taken in found.rows.items()),
        "",
        (
            f"{large.parcels:,} parcels, duplicates, overlaps ({large.pairs:,} pairs) and gaps: "
            f"{large.cpu_s:.1f} CPU s, {large.above_mb:.0f} MB above the boxes and stored shapes."
        ),
    ]
    return "\n".join(lines)


def _layer(shapes: Shapes) -> list[Compared]:
    layer = layer_of(shapes)
    found = examine(layer, min_overlap_m2=LEAST_M2, gap=GAP)
    left, right, area = naive_overlaps(shapes)
    first = found.duplicate_of < 0
    once = first[left] & first[right]
    pairs = found.pairs
    assert len(pairs) == once.sum()
    assert abs(pairs["area_m2"].sum() - area[once].sum()) < 1e-3
    assert set(zip(pairs["left"], pairs["right"], strict=True)) == set(
        zip(left[once].tolist(), right[once].tolist(), strict=True)
    )
    overlaps = cpu(lambda: examine(layer, min_overlap_m2=LEAST_M2))
    naive = cpu(lambda: naive_overlaps(shapes), repetitions=1)
    everything = cpu(lambda: examine(layer, min_overlap_m2=LEAST_M2, gap=GAP))
    union = cpu(lambda: naive_gaps(shapes), repetitions=1)
    return [
        Compared("duplicates and overlaps", overlaps, naive, "STRtree, intersection"),
        Compared(
            "duplicates, overlaps and gaps", everything, naive + union, "the same, union of all"
        ),
    ]


def naive_overlaps(
    shapes: Shapes,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Pairs that share an area, by cutting every pair that meets."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    area = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    large = area > LEAST_M2
    return left[large], right[large], area[large]


def naive_gaps(shapes: Shapes) -> Shapes:
    """Holes in the union of everything."""
    union = shapely.union_all(shapes)
    return np.asarray(shapely.get_parts(shapely.difference(union.envelope, union)), dtype=object)


def _areas(degrees: Shapes) -> list[Compared]:
    geod = Geod(a=6378137, rf=298.257222101)
    some = degrees[::20]
    exact = np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in some])
    assert np.abs(ellipsoidal_areas(some) / exact - 1.0).max() < 1e-7
    ours = cpu(lambda: ellipsoidal_areas(degrees))
    loop = cpu(lambda: [geod.geometry_area_perimeter(s) for s in some], repetitions=1) * 20
    series = gpd.GeoSeries(list(degrees), crs=4490)
    projected = cpu(lambda: series.to_crs("ESRI:54034").area)
    return [
        Compared("ellipsoidal areas", ours, loop, "pyproj.Geod, one by one (from a twentieth)"),
        Compared(
            "ellipsoidal areas", ours, projected, "equal-area projection (300 times less exact)"
        ),
    ]


def _county_lines(shapes: Shapes) -> list[Compared]:
    rng = np.random.default_rng(0)
    outlines, _ = county_lines.outlines(EPSG)
    frame = shapely.total_bounds(outlines)
    xy = rng.uniform(frame[:2], frame[2:], (10 * len(shapes), 2))
    lines = county_lines.near_lines(EPSG, 300.0)
    rings = shapely.get_rings(shapely.get_parts(outlines))
    points = shapely.points(xy)

    def tree() -> npt.NDArray[np.intp]:
        found: npt.NDArray[np.intp] = shapely.STRtree(rings).query(
            points[:10_000], predicate="dwithin", distance=300.0
        )
        return np.unique(found[0])

    assert np.array_equal(np.flatnonzero(lines.near(xy[:10_000])), tree())
    ours = cpu(lambda: lines.near(xy))
    theirs = cpu(tree, repetitions=1) * len(xy) / 10_000
    return [
        Compared("a million points near county lines", ours, theirs, "STRtree of lines (from 1 %)")
    ]


def _frame(n: int) -> pd.DataFrame:
    """Attributes of a parcel file as offices send them."""
    serial = pd.Series(np.arange(n))
    year = (2012 + serial % 12).astype(str)
    day = pd.to_datetime(year + "-03-01")
    code = serial.astype(str).str.zfill(5)
    return pd.DataFrame(
        {
            "parcel_id": "360121001002GB" + code,
            "name": "某某电子信息产业园" + (serial % 500).astype(str),
            "county_adcode": "360121",
            "land_class": pd.Series(["0601", "0701", "0809", "1003"])[serial % 4].to_numpy(),
            "area_stated_m2": 40_000.0,
            "approval_no": "赣国土资核〔" + year + "〕" + (serial % 300).astype(str) + "号",
            "approved_on": day.astype("datetime64[ms]"),
            "supply_no": "360121" + year + "A" + code,
            "supply_mode": "挂牌出让",
            "signed_on": (day + pd.Timedelta(days=90)).astype("datetime64[ms]"),
            "price_wan": 1_200.0,
            "start_due": (day + pd.Timedelta(days=400)).astype("datetime64[ms]"),
        }
    ).astype(dict.fromkeys(_TEXTS, "string"))


def _rows(shapes: Shapes, degrees: Shapes) -> dict[str, float]:
    frame = _frame(len(shapes)).assign(
        area_planar_m2=shapely.area(shapes), area_ellipsoidal_m2=ellipsoidal_areas(degrees)
    )
    numbers = np.arange(1, len(shapes) + 1)
    rules = load_rules("ingest", as_of=AS_OF)
    reach = rules.value("ING-COUNTY-LINE")
    rows = Rows("parcels", frame, numbers, rules, drawn(shapes, EPSG, reach_m=reach))
    checks: dict[str, Callable[[], list[Found]]] = {
        "shapes": lambda: check_shapes.shape_checks(rows),
        "places": lambda: check_places.place_checks(rows),
        "cells": lambda: check_cells.cell_checks(rows),
        "dates": lambda: check_dates.date_checks(rows, AS_OF),
        "official numbers": lambda: check_codes.code_checks(rows),
        "all of these and areas and classes": lambda: chunk_checks(rows, as_of=AS_OF),
    }
    return {what: cpu(check) for what, check in checks.items()}


def _examined(path: str) -> tuple[float, float, int, int]:
    """Search a million parcels whose shapes are made when they are asked for."""
    stored = np.load(path, allow_pickle=True)
    n, step = len(stored), SIDE * 200.0 + 1_000.0
    pieces = [stored[i : i + _PIECE] for i in range(0, n, _PIECE)]
    one = np.concatenate([shapely.bounds(shapely.from_wkb(piece)) for piece in pieces])
    bounds = np.concatenate([one + np.array([i * step, 0, i * step, 0]) for i in range(COPIES)])

    def load(where: npt.NDArray[np.intp]) -> Rings:
        rings = rings_of(shapely.from_wkb(stored[where % n])).by_owner()
        east = ((where // n) * step)[rings.owner]
        rings.xy[:, 0] += np.repeat(east, np.diff(rings.start))
        return rings

    before = _resident_mb()
    start = time.process_time()
    found: Neighbourhood = examine(Layer(bounds, load), min_overlap_m2=LEAST_M2, gap=GAP)
    taken = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return taken, peak - before, len(bounds), len(found.pairs)


def _resident_mb() -> float:
    """Memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _million(shapes: Shapes) -> Million:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "shapes.npy")
        np.save(path, shapely.to_wkb(shapes), allow_pickle=True)
        with ProcessPoolExecutor(1, context) as pool:
            taken, peak, n, pairs = pool.submit(_examined, path).result()
    return Million(n, pairs, taken, peak)


if __name__ == "__main__":
    print(report())
