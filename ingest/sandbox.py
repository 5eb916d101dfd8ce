"""Runs the parser of foreign bytes in a child process that can be limited and killed.

GDAL opens files by content, so a document named ``parcels.shp`` could read files of the server or
call its network. The child therefore gets an environment of its own, in which every driver but a
white list is skipped; GDAL reads that variable once, when it is first loaded, so it has to stand
before the child imports anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final

import pyogrio

from domain.paths import ROOT
from geo.errors import GanyuanError

ALLOWED_DRIVERS: Final = frozenset({"ESRI Shapefile", "GPKG", "OpenFileGDB", "MEM"})
"""GDAL drivers that the child may use; all other formats are read by parsers of our own."""

_CANCEL_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Attributes:
        wall_s: Seconds until it is killed.
        cpu_s: Processor seconds until the system kills it.
        memory_bytes: Address space.
        file_bytes: Largest file that it may write.
    """

    wall_s: float = 300.0
    cpu_s: int = 240
    memory_bytes: int = 4 * 1024**3
    file_bytes: int = 3 * 1024**3


class TimeLimitError(GanyuanError):
    """The file kept the parser busy for longer than allowed."""

    code = "SBX-001"


class ResourceLimitError(GanyuanError):
    """The parser was ended by the system: memory, processor time or a crash."""

    code = "SBX-002"


class CancelledError(GanyuanError):
    """A person ended the check of a file."""

    code = "SBX-004"


class UnguardedError(GanyuanError):
    """The child found drivers loaded that the white list does not name."""

    code = "SBX-003"


@cache
def skipped_drivers() -> str:
    """Value of ``GDAL_SKIP``: every driver of the installed GDAL but the allowed ones.

    The drivers that this process has, and those that it denies itself: a list written here would
    miss what the next GDAL adds. The child looks again before it opens anything.
    """
    denied = os.environ.get("GDAL_SKIP", "").split(",")
    names = dict.fromkeys([*pyogrio.list_drivers(), *filter(None, denied)])
    return ",".join(name for name in names if name not in ALLOWED_DRIVERS)


def environment(home: Path) -> dict[str, str]:
    """Environment of the child: nothing of the server's, and GDAL on a leash."""
    return {
        **_plain_environment(),
        "GDAL_SKIP": skipped_drivers(),
        "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
        "PROJ_NETWORK": "OFF",
        "HOME": str(home),
        "TMPDIR": str(home),
    }


def _plain_environment() -> dict[str, str]:
    inherited = ("PATH", "SYSTEMROOT", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in inherited if name in os.environ} | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # One thread a child: a few uploads at once must not fight for the processors.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def run(
    module: str,
    arguments: Mapping[str, str],
    *,
    workdir: Path,
    limits: Limits,
    on_line: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> None:
    """Run a module of this project under limits and wait for its end.

    Args:
        module: Module name, run as ``python -m``.
        arguments: Sent to its standard input as one JSON object.
        workdir: Private folder; home and temporary folder of the child.
        limits: What it may use; the child sets all but the wall time on itself first of all.
        on_line: Called with every line that it prints.
        cancel: Ends the child when it is set.

    Raises:
        CancelledError: A person ended it.
        TimeLimitError: The wall time is over; the child and its children are killed.
        ResourceLimitError: It ended by a signal or an error.
    """
    command = [sys.executable, "-m", module]
    log = workdir / "child.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - own interpreter, fixed arguments
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=workdir,
            env=environment(workdir),
            start_new_session=True,
        )
    payload = {**arguments, "limits": _limits_json(limits)}
    timer = threading.Timer(limits.wall_s, _kill, args=(process,))
    timer.start()
    threading.Thread(target=_end_group_with, args=(process,), daemon=True).start()
    over = threading.Event()
    if cancel is not None:
        threading.Thread(target=_watch, args=(process, cancel, over), daemon=True).start()
    try:
        _converse(process, json.dumps(payload).encode(), on_line)
    finally:
        expired = not timer.is_alive()
        over.set()
        timer.cancel()
        _kill(process)
        process.wait()
    if cancel is not None and cancel.is_set():
        raise CancelledError("the check was cancelled")
    if expired:
        raise TimeLimitError(
            f"the file kept the parser busy for {limits.wall_s:.0f} s",
            values={"seconds": round(limits.wall_s)},
        )
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise ResourceLimitError(
            f"the parser ended with {process.returncode}: {tail}",
            values={"reason": _reason(process.returncode)},
        )


def _watch(
    process: subprocess.Popen[bytes], cancel: threading.Event, over: threading.Event
) -> None:
    """End the child as soon as a person wants it."""
    while not over.is_set():
        if cancel.wait(_CANCEL_POLL_S):
            _kill(process)
            return


def _limits_json(limits: Limits) -> str:
    return json.dumps(
        {
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
        }
    )


def _converse(
    process: subprocess.Popen[bytes], payload: bytes, on_line: Callable[[str], None] | None
) -> None:
    """Send the job, hand on what the child prints, and wait until it closes its output."""
    stdin, stdout = _pipe(process.stdin), _pipe(process.stdout)
    with stdout:
        # A child that was ended before it read its job leaves a broken pipe; the pipe is closed.
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(payload)
        for line in stdout:
            if on_line is not None:
                on_line(line.decode("utf-8", "replace").strip())
    process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ResourceLimitError("the child has no pipe", values={"reason": "pipe"})
    return pipe


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and everything that it started; its session is its own.

    What it started may outlive it and hold on to its output, so the group is ended in any case.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_group_with(process: subprocess.Popen[bytes]) -> None:
    """Wait for the child and end what it leaves behind; else its output would never close."""
    process.wait()
    _kill(process)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    return signal.Signals(-code).name
