"""QGIS without a window: ``qgis_process`` on files."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.alone import Alone


def program() -> str | None:
    """The program, past the script of Debian whose options it does not know; None without QGIS."""
    return shutil.which("qgis_process.bin") or shutil.which("qgis_process")


def version() -> str:
    """Name and number of the QGIS that is installed."""
    return _run(["--version"]).splitlines()[0].split("-")[0]


def start() -> Alone:
    """Cost of starting and naming the algorithms, which every run pays."""
    return _cost(["list"])


def algorithm(name: str, **given: object) -> Alone:
    """Run an algorithm.

    Args:
        name: Such as ``native:intersection``.
        given: Its parameters.

    Returns:
        Its cost, start and all.
    """
    return _cost(["run", name, "--", *(f"{key}={value}" for key, value in given.items())])


def _cost(arguments: list[str]) -> Alone:
    os.sync()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    _run(arguments)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Alone(cpu, 0.0, wall)


def _run(arguments: list[str]) -> str:
    found = program()
    assert found is not None
    home = Path(tempfile.gettempdir()) / "ganyuan-qgis"
    home.mkdir(mode=0o700, exist_ok=True)
    ours = "PYTHON", "GDAL_SKIP"
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    clean |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    done = subprocess.run(
        [found, *arguments], capture_output=True, text=True, check=False, env=clean
    )
    if done.returncode:
        raise RuntimeError(f"QGIS ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
