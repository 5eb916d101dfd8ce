"""All rows of a layer with shapes: chunk by chunk to disk, then what only the whole can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.schema import AREA
from geo.area import ellipsoidal_areas
from ingest import checks, crs_candidates
from ingest.evidence import CrsEvidence, PlaceTotal, Repair
from ingest.model import Finding, RefusedError
from ingest.results import result_paths
from ingest.rows import Prepared, Settled, prepare
from ingest.run import Opened, Run
from ingest.spill import Buckets, Shapes, VersionFile, curve

CHUNK_ROWS: Final = 50_000
"""Rows that are worked through at once; the memory of an inspection hangs on it."""

_SHARE_OF_ROWS: Final = 0.7
_SHARE_OF_NEIGHBOURS: Final = 0.9


def sampled_areas(geometries: npt.NDArray[np.object_], evidence: CrsEvidence) -> pd.Series:
    """Ellipsoidal areas in m2 of sampled shapes; NaN where a shape is missing or invalid."""
    usable = np.flatnonzero(~shapely.is_missing(geometries) & shapely.is_valid(geometries))
    out = np.full(len(geometries), np.nan)
    degrees = crs_candidates.to_geographic(
        geometries[usable], evidence.chosen or 0, swapped=evidence.swapped
    )
    out[usable] = ellipsoidal_areas(degrees)
    return pd.Series(out)


def inspect(run: Run, opened: Opened, settled: Settled) -> None:
    """Check every row and part the good from the quarantined.

    Raises:
        RefusedError: No row is good.
    """
    run.stage("check")
    workdir = Path(run.job.workdir)
    degrees = crs_candidates.to_geographic(
        _usable(opened.geometries), settled.epsg, swapped=settled.swapped
    )
    sample = curve(checks.geographic_frame(degrees, pd.RangeIndex(len(degrees))).geometry)
    with (
        Shapes(workdir / "shapes.bin") as shapes,
        Buckets(workdir / "buckets", sample, opened.source.rows) as buckets,
    ):
        gathered = _Gathered(shapes)
        for chunk in opened.source.chunks(CHUNK_ROWS):
            done = prepare(chunk, settled)
            run.findings.add(done.findings)
            gathered.add(done)
            if len(done.accepted):
                buckets.add(done.accepted)
            run.tell("check", _SHARE_OF_ROWS * (chunk.start + len(chunk)) / opened.source.rows)
        if not gathered.rows:
            raise RefusedError("FIL-020")
        run.findings.add(gathered.repeated_ids(settled.key))
        _neighbours(run, gathered, settled)
        run.tell("check", _SHARE_OF_NEIGHBOURS)
        run.stage("write")
        _write(buckets, workdir)
    quarantined = gathered.quarantined()
    quarantined.to_parquet(result_paths(workdir).quarantined)
    run.facts |= {
        "rows_ok": gathered.rows,
        "rows_quarantined": len(quarantined),
        "places": gathered.places(),
        "repairs": tuple(gathered.repairs),
    }


def _usable(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    there = ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
    return geometries[there]


class _Gathered:
    """What is kept of all chunks: a few numbers a row, and everything about rows kept out."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.repairs: list[Repair] = []
        self.rows = 0
        self._source_rows: list[npt.NDArray[np.int64]] = []
        self._bounds: list[npt.NDArray[np.float64]] = []
        self._ids: list[pd.Series] = []
        self._quarantined: list[pd.DataFrame] = []
        self._places: list[pd.DataFrame] = []

    def add(self, done: Prepared) -> None:
        self.rows += len(done.accepted)
        self.repairs += done.repairs
        self.shapes.add(done.metres)
        self._source_rows.append(done.accepted["source_row"].to_numpy(dtype=np.int64))
        self._bounds.append(shapely.bounds(done.metres).reshape(-1, 4))
        self._ids.append(done.ids)
        self._quarantined.append(done.quarantined)
        if len(done.accepted):
            self._places.append(_by_county(done.accepted))

    @property
    def source_rows(self) -> npt.NDArray[np.int64]:
        """Rows of the sender that the shapes belong to, in order."""
        return np.concatenate(self._source_rows)

    @property
    def bounds(self) -> npt.NDArray[np.float64]:
        """Frames of the shapes in metres."""
        return np.concatenate(self._bounds)

    def quarantined(self) -> pd.DataFrame:
        """All rows kept out."""
        return pd.concat(self._quarantined, ignore_index=True)

    def places(self) -> tuple[PlaceTotal, ...]:
        """Good rows by county, the most first."""
        if not self._places:
            return ()
        found = pd.concat(self._places).groupby(level=0).agg(_HOW_TO_SUM)
        found = found.sort_values("rows", ascending=False).reset_index(names="adcode")
        found["area_m2"] = found.pop("area").round(2)
        found["frame"] = found[["minx", "miny", "maxx", "maxy"]].apply(tuple, axis="columns")
        lines = found[["adcode", "rows", "area_m2", "frame"]].to_dict("records")
        return tuple(PlaceTotal.model_validate(line) for line in lines)

    def repeated_ids(self, key: str) -> list[Finding]:
        """Rows without a name, and rows whose name was used before."""
        ids = pd.concat(self._ids)
        return checks.identities(ids.rename(key))


_HOW_TO_SUM: Final = {
    "rows": "sum",
    "area": "sum",
    "minx": "min",
    "miny": "min",
    "maxx": "max",
    "maxy": "max",
}


def _by_county(accepted: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows, area and bounds by county code; rows of no known county stand under a dash."""
    table = accepted.bounds.assign(rows=1, area=accepted[AREA])
    grouped = table.groupby(accepted["county_adcode"].fillna("—").to_numpy())
    return pd.DataFrame(grouped.agg(_HOW_TO_SUM))


def _neighbours(run: Run, gathered: _Gathered, settled: Settled) -> None:
    """Duplicates, overlaps, gaps and slivers between rows."""
    positions = np.arange(gathered.rows)
    metres = checks.metric_frame(gathered.shapes.load(positions), settled.metres)
    rows = pd.Series(gathered.source_rows)
    run.findings.add(checks.neighbours(metres, rows, run.rules))


def _write(buckets: Buckets, workdir: Path) -> None:
    """The good rows in the form in which the store keeps them."""
    version = VersionFile(result_paths(workdir).accepted)
    for frame in buckets:
        version.add(frame)
    version.close()
