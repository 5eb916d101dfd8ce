"""All rows of a layer with shapes: chunk by chunk to disk, then what only the whole can tell."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import ellipsoidal_areas
from geo.crs import CGCS2000
from geo.neighbours import Looked
from geo.tiles import Layer, Tile
from ingest import checks, crs_candidates
from ingest.check_layer import layer_checks
from ingest.checking import FileTotals, file_checks
from ingest.crew import Calls, Crew, alone, hands
from ingest.evidence import CrsEvidence, PlaceTotal, Repair
from ingest.model import RefusedError
from ingest.results import result_paths
from ingest.ring_file import RingFiles, Stretch
from ingest.run import Opened, Run
from ingest.settled import Settled
from ingest.spill import BucketPlan, VersionFile, buckets, curve, version_schema
from ingest.work import PLACE_SUMS, Done, Task, work_through

_SHARE_OF_ROWS: Final = 0.6


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
    columns = version_schema(settled.kind, list(opened.mapping.rest.values()))
    plan = BucketPlan(columns, _sampled_curve(opened, settled), opened.source.rows)
    task = Task(opened.source, settled, plan, workdir / "buckets")
    gathered = _Gathered()
    for done in work_through(task):
        run.findings.add(done.findings)
        gathered.add(done)
        run.tell("check", _SHARE_OF_ROWS * done.stop / opened.source.rows)
    if not gathered.rows:
        raise RefusedError("FIL-020")
    with _beside(gathered.rows, partial(_write, task, result_paths(workdir).accepted)) as written:
        _neighbours(run, gathered, settled, workdir / "neighbours")
        run.findings.add(checks.identities(gathered.ids(settled.key)))
        run.findings.add(file_checks(gathered.totals, run.rules))
        run.stage("write")
        written()
    gathered.quarantined().to_parquet(result_paths(workdir).quarantined)
    run.facts |= {
        "rows_ok": gathered.rows,
        "rows_quarantined": opened.source.rows - gathered.rows,
        "places": gathered.places(),
        "repairs": tuple(gathered.repairs),
    }


def _sampled_curve(opened: Opened, settled: Settled) -> npt.NDArray[np.uint32]:
    shapes = opened.geometries
    there = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    degrees = crs_candidates.to_geographic(there, settled.epsg, swapped=settled.swapped)
    finite = np.isfinite(shapely.bounds(degrees).reshape(-1, 4)).all(axis=1)
    return curve(gpd.GeoSeries(list(degrees[finite]), crs=CGCS2000))


class _Gathered:
    """What is kept of all chunks: a few numbers a row, and everything about rows kept out."""

    def __init__(self) -> None:
        self._shapes: list[Stretch] = []
        self.repairs: list[Repair] = []
        self.rows = 0
        self._source_rows: list[npt.NDArray[np.int64]] = []
        self._bounds: list[npt.NDArray[np.float64]] = []
        self._ids: list[pd.Series] = []
        self._quarantined: list[pd.DataFrame] = []
        self._places: list[pd.DataFrame] = []
        self._areas: list[npt.NDArray[np.float64]] = []
        self.totals = FileTotals()

    def add(self, done: Done) -> None:
        self.rows += len(done.source_rows)
        self.repairs += done.repairs
        self._shapes.append(done.shapes)
        self._source_rows.append(done.source_rows)
        self._bounds.append(done.bounds)
        self._ids.append(done.ids)
        self._quarantined.append(done.quarantined)
        self._places.append(done.places)
        self._areas.append(done.areas)
        self.totals += done.totals

    @property
    def source_rows(self) -> npt.NDArray[np.int64]:
        """Rows of the sender that the shapes belong to, in order."""
        return np.concatenate(self._source_rows)

    @property
    def bounds(self) -> npt.NDArray[np.float64]:
        """Frames of the shapes in metres."""
        return np.concatenate(self._bounds)

    def rings(self) -> RingFiles:
        """The shapes in metres."""
        return RingFiles(self._shapes)

    @property
    def areas(self) -> npt.NDArray[np.float64]:
        """Their planar areas in m2."""
        return np.concatenate(self._areas)

    def ids(self, key: str) -> pd.Series:
        """Names of all rows of the file as given."""
        ids: pd.Series = pd.concat(self._ids)
        return ids.rename(key)

    def quarantined(self) -> pd.DataFrame:
        """All rows kept out."""
        return pd.concat(self._quarantined, ignore_index=True)

    def places(self) -> tuple[PlaceTotal, ...]:
        """Good rows by county, the most first."""
        found = pd.concat(self._places).groupby(level=0).agg(PLACE_SUMS)
        found = found.sort_values("rows", ascending=False).reset_index(names="adcode")
        found["area_m2"] = found.pop("area").round(2)
        found["frame"] = found[["west", "south", "east", "north"]].apply(tuple, axis="columns")
        lines = found[["adcode", "rows", "area_m2", "frame"]].to_dict("records")
        return tuple(PlaceTotal.model_validate(line) for line in lines)


@contextmanager
def _beside(rows: int, work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Something that is done in a process beside; of a small layer, when it is waited for.

    Yields:
        Waits for the end of the work.
    """
    if alone(rows):
        yield work
        return
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    try:
        yield partial(_ended, process)
    finally:
        process.kill()
        process.join()


def _ended(process: BaseProcess) -> None:
    process.join()
    if process.exitcode:
        raise OSError(f"the rows could not be written; the process ended with {process.exitcode}")


def _neighbours(run: Run, gathered: _Gathered, settled: Settled, folder: Path) -> None:
    """Duplicates, overlaps and gaps between rows."""

    def tell(done: int) -> None:
        share = _SHARE_OF_ROWS + (1.0 - _SHARE_OF_ROWS) * done / gathered.rows
        run.tell("check", min(share, 1.0))

    with gathered.rings() as rings:
        found = layer_checks(
            settled.kind,
            Layer(gathered.bounds, rings.load),
            gathered.source_rows,
            run.rules,
            areas=gathered.areas,
            spread=map if alone(gathered.rows) else partial(_shared_out, folder),
            tell=tell,
        )
    run.findings.add(found)


def _shared_out(
    folder: Path, look: Callable[[Tile], Looked], tiles: Iterable[Tile]
) -> Iterator[Looked]:
    return Crew[Tile, Looked](lambda _: Calls(look), folder, hands()).run(tiles)


def _write(task: Task, path: Path) -> None:
    """The good rows in the form in which the store keeps them."""
    version = VersionFile(path, task.plan.columns)
    for table in buckets(task.plan, sorted(task.folder.iterdir())):
        version.add(table)
    version.close()
