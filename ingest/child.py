"""What the child does once it is limited: check its guard, inspect, write the results."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pyogrio

from ingest.model import Job
from ingest.pipeline import inspect_file
from ingest.results import result_paths
from ingest.sandbox import ALLOWED_DRIVERS, UnguardedError


def require_guard() -> None:
    """Refuse to work where GDAL has more drivers than the white list names.

    Raises:
        UnguardedError: It has.
    """
    loaded = set(pyogrio.list_drivers())
    if not loaded <= ALLOWED_DRIVERS:
        raise UnguardedError(f"unexpected GDAL drivers: {sorted(loaded - ALLOWED_DRIVERS)}")


def serve(job_json: str, *, tell: Callable[[str, float], None]) -> None:
    """Inspect the file of a job and write what was found into its folder.

    Raises:
        UnguardedError: See :func:`require_guard`.
    """
    require_guard()
    # What is loaded by now stays until the end: no collection needs to look at it again, and no
    # forked process gets a copy of it for having been looked at.
    gc.freeze()
    job = Job.model_validate_json(job_json)
    report = inspect_file(job, tell)
    path = result_paths(Path(job.workdir)).report
    path.write_text(report.model_dump_json(), encoding="utf-8")
