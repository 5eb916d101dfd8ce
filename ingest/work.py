"""The rows of a layer, worked through chunk by chunk; each process writes its own files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.schema import AREA
from ingest.checking import FileTotals
from ingest.crew import Crew, alone, hands
from ingest.evidence import Repair
from ingest.found import Found
from ingest.model import Finding
from ingest.ring_file import RingWriter, Stretch
from ingest.rows import Prepared, prepare
from ingest.settled import Settled
from ingest.source import Source
from ingest.spill import BucketPlan, BucketWriter

CHUNK_ROWS: Final = 25_000
"""Rows that are worked through at once; the memory of an inspection hangs on it."""

PLACE_SUMS: Final = {
    "rows": "sum",
    "area": "sum",
    "west": "min",
    "south": "min",
    "east": "max",
    "north": "max",
}
"""How figures of one county are put together."""


@dataclass(frozen=True)
class Task:
    """What every chunk needs.

    Attributes:
        source: The layer.
        settled: What holds for all its rows.
        plan: The buckets for good rows.
        folder: Private folder; each process makes its own in it.
    """

    source: Source
    settled: Settled
    plan: BucketPlan
    folder: Path


@dataclass(frozen=True)
class Done:
    """What is kept of a chunk besides the rows in the buckets.

    Attributes:
        stop: First row after the chunk, from 0.
        source_rows: Rows of the sender that are good, from 1.
        bounds: Their frames in metres.
        shapes: Where their shapes in metres lie.
        ids: Names of all rows as given.
        quarantined: Rows kept out.
        places: Rows, area and frame by county code.
        findings: What was found.
        totals: What is judged over the whole file.
        areas: Planar areas of the good rows in m2.
        repairs: Proposed repairs.
    """

    stop: int
    source_rows: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.float64]
    shapes: Stretch
    ids: pd.Series
    quarantined: pd.DataFrame
    places: pd.DataFrame
    findings: list[Finding | Found]
    totals: FileTotals
    areas: npt.NDArray[np.float64]
    repairs: list[Repair]


class _Worker:
    """Works through chunks; good rows go into the files of its folder."""

    def __init__(self, task: Task, folder: Path) -> None:
        self._task = task
        self._rows = BucketWriter(task.plan, folder)
        self._rings = RingWriter(folder / "rings.bin")

    def work(self, start: int) -> Done:
        """Work through the chunk that begins at a row."""
        task = self._task
        stop = min(start + CHUNK_ROWS, task.source.rows)
        return self._kept(prepare(task.source.read(start, stop), task.settled), stop)

    def _kept(self, done: Prepared, stop: int) -> Done:
        degrees = self._rows.add(done.accepted)
        return Done(
            stop=stop,
            source_rows=done.accepted["source_row"].to_numpy(dtype=np.int64),
            bounds=done.drawn.boxes,
            shapes=self._rings.add(done.drawn.rings, len(done.accepted)),
            ids=done.ids,
            quarantined=done.quarantined,
            places=_by_county(done.accepted, degrees),
            findings=done.findings,
            totals=done.totals,
            areas=done.accepted["area_planar_m2"].to_numpy(dtype=np.float64),
            repairs=done.repairs,
        )

    def close(self) -> None:
        """End the files."""
        self._rows.close()
        self._rings.close()


def work_through(task: Task) -> Iterator[Done]:
    """All chunks in order.

    Raises:
        RefusedError: A reader finds that the file cannot be read after all.
    """
    starts = range(0, task.source.rows, CHUNK_ROWS)
    if alone(task.source.rows):
        worker = _Worker(task, task.folder / "0")
        yield from map(worker.work, starts)
        worker.close()
    else:
        yield from Crew(partial(_Worker, task), task.folder, hands()).run(starts)


def _by_county(accepted: gpd.GeoDataFrame, bounds: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Rows, area and frame by county code; rows of no known county stand under a dash."""
    table = pd.DataFrame(bounds, columns=["west", "south", "east", "north"])
    table["rows"], table["area"] = 1, accepted[AREA].to_numpy()
    codes = accepted["county_adcode"].astype(object).fillna("—").to_numpy()
    return pd.DataFrame(table.groupby(codes).agg(PLACE_SUMS))
