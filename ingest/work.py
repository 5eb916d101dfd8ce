"""The rows of a large layer, worked through by two processes at once.

The processes are forked from the one that has opened the file, so they share what it has read and
stay under its limits; each writes its own bucket files.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.schema import AREA
from ingest.checking import FileTotals
from ingest.evidence import Repair
from ingest.found import Found
from ingest.model import Finding, RefusedError
from ingest.rows import Prepared, prepare
from ingest.settled import Settled
from ingest.source import Source
from ingest.spill import BucketPlan, BucketWriter, packed

CHUNK_ROWS: Final = 25_000
"""Rows that are worked through at once; the memory of an inspection hangs on it."""

_ALONE: Final = 100_000
"""Rows up to which a second process costs more than it saves."""

_PROCESSES: Final = 2

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
        shapes: Their shapes in metres, as :func:`ingest.spill.packed` gives them.
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
    shapes: tuple[bytes, npt.NDArray[np.int64]]
    ids: pd.Series
    quarantined: pd.DataFrame
    places: pd.DataFrame
    findings: list[Finding | Found]
    totals: FileTotals
    areas: npt.NDArray[np.float64]
    repairs: list[Repair]


class _Worker:
    """One process at work."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._folder = task.folder / str(os.getpid())
        self._writer = BucketWriter(task.plan, self._folder)

    def chunk(self, start: int) -> Done:
        task = self._task
        stop = min(start + CHUNK_ROWS, task.source.rows)
        done = prepare(task.source.read(start, stop), task.settled)
        return self._kept(done, stop)

    def _kept(self, done: Prepared, stop: int) -> Done:
        degrees = self._writer.add(done.accepted)
        return Done(
            stop=stop,
            source_rows=done.accepted["source_row"].to_numpy(dtype=np.int64),
            bounds=shapely.bounds(done.metres).reshape(-1, 4),
            shapes=packed(done.metres),
            ids=done.ids,
            quarantined=done.quarantined,
            places=_by_county(done.accepted, degrees),
            findings=done.findings,
            totals=done.totals,
            areas=done.accepted["area_planar_m2"].to_numpy(dtype=np.float64),
            repairs=done.repairs,
        )

    def leave(self, start: int) -> Path:
        """Work through a chunk and leave it in a file for the process that gathers."""
        path = self._folder / f"{start}.done"
        with path.open("wb") as file:
            pickle.dump(self.chunk(start), file, protocol=pickle.HIGHEST_PROTOCOL)
        return path

    def close(self) -> None:
        self._writer.close()


_worker: list[_Worker] = []
"""The worker of this process; set once, when the process begins."""


def _begin(task: Task) -> None:
    _worker[:] = [_Worker(task)]


def _chunk(start: int) -> Path | RefusedError:
    """The file in which a chunk was left.

    A result of megabytes would keep the pipe between the processes busy, and one that is killed
    in the middle of it would leave the other waiting for the rest for ever.
    """
    try:
        return _worker[0].leave(start)
    except RefusedError as refused:
        return refused


def _end(_: int) -> None:
    _worker[0].close()


def work_through(task: Task) -> Iterator[Done]:
    """All chunks in order.

    Raises:
        RefusedError: A reader finds that the file cannot be read after all.
    """
    starts = range(0, task.source.rows, CHUNK_ROWS)
    processes = min(_PROCESSES, os.cpu_count() or 1)
    if task.source.rows <= _ALONE or processes == 1:
        worker = _Worker(task)
        for start in starts:
            yield worker.chunk(start)
        worker.close()
        return
    yield from _together(task, starts, processes)


def _together(task: Task, starts: Sequence[int], processes: int) -> Iterator[Done]:
    pools = [
        ProcessPoolExecutor(
            1, multiprocessing.get_context("fork"), initializer=_begin, initargs=(task,)
        )
        for _ in range(processes)
    ]
    try:
        waiting = deque(
            pools[i % processes].submit(_chunk, start) for i, start in enumerate(starts)
        )
        while waiting:
            left = waiting.popleft().result()
            if isinstance(left, RefusedError):
                raise left
            yield _taken(left)
        for pool in pools:
            pool.submit(_end, 0).result()
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def _taken(path: Path) -> Done:
    """A chunk that a process of ours has left; its file goes."""
    with path.open("rb") as file:
        done: Done = pickle.load(file)  # noqa: S301 - written by our own fork, in our own folder
    path.unlink()
    return done


def _by_county(accepted: gpd.GeoDataFrame, bounds: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Rows, area and frame by county code; rows of no known county stand under a dash."""
    table = pd.DataFrame(bounds, columns=["west", "south", "east", "north"])
    table["rows"], table["area"] = 1, accepted[AREA].to_numpy()
    codes = accepted["county_adcode"].astype(object).fillna("—").to_numpy()
    return pd.DataFrame(table.groupby(codes).agg(PLACE_SUMS))
