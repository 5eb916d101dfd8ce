"""The parser's process: cancelled, limited, broken or doubled, it leaves nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.i18n import LANGUAGES
from domain.issues import explain
from ingest import Inspection, inspect_bytes, sandbox
from ingest.pipeline import SAMPLE_ROWS
from scripts.build_samples import shapefile_zip, with_defects
from tests.unit.bad_uploads import BAD_FILES
from tests.upload_world import EAST, NORTH, layer, squares

SMALL = layer(squares(3))
PATIENCE = sandbox.Limits(wall_s=120)


@cache
def large() -> bytes:
    """A layer of so many rows that two processes work through it."""
    i = np.arange(5 * SAMPLE_ROWS + 1)
    x, y = EAST + 25.0 * (i % 400), NORTH + 25.0 * (i // 400)
    return layer(shapely.box(x, y, x + 20.0, y + 20.0), {"DKBH": i.astype(str)})


def stats() -> Iterator[tuple[int, int, int]]:
    """Number, parent and group of every process that has not ended."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] not in {"Z", "X"}:
            yield int(path.parent.name), int(fields[1]), int(fields[2])


class Watch:
    """Sees the processes of an inspection while it goes on, and does something at a moment."""

    def __init__(self, act: Callable[[Watch], None], *, stage: str = "unpack", share: float = 0.0):
        self.groups: set[int] = set()
        self.done = False
        self._act, self._stage, self._share = act, stage, share

    def __call__(self, stage: str, share: float) -> None:
        own = os.getpid()
        self.groups |= {pid for pid, parent, group in stats() if parent == own and pid == group}
        if not self.done and stage == self._stage and share >= self._share:
            self.done = True
            self._act(self)

    def alive(self) -> list[int]:
        return [pid for pid, _, group in stats() if group in self.groups]

    def gone(self) -> bool:
        """Whether every process ends within a time that even a busy machine can keep."""
        until = time.monotonic() + 60
        while self.alive() and time.monotonic() < until:
            time.sleep(0.02)
        return bool(self.groups) and not self.alive()


def in_words(found: Inspection, code: str) -> list[str]:
    """Texts of a refusal in both languages."""
    assert (found.status, found.report.refused_by) == ("refused", code)
    (issue,) = found.issues
    assert (issue.code, issue.severity, issue.rows) == (code, "error", ())
    texts = [issue.message(language) for language in LANGUAGES]
    assert all(text and "{" not in text for text in texts)
    assert (found.report.rows_ok, found.accepted_file, len(found.quarantined())) == (0, None, 0)
    return texts


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def left(temp: Path) -> list[str]:
    gc.collect()
    return sorted(p.name for p in temp.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "share"), [("unpack", 0.0), ("check", 0.1)])
def test_sbx_004_cancelling_ends_every_process(temp: Path, stage: str, share: float):
    cancel = threading.Event()
    watch = Watch(lambda _: cancel.set(), stage=stage, share=share)
    with pytest.raises(sandbox.CancelledError) as caught:
        inspect_bytes(large(), name="a.zip", on_stage=watch, cancel=cancel, limits=PATIENCE)
    assert watch.done
    assert watch.gone()
    assert caught.value.code == "SBX-004"
    texts = [explain(caught.value, language) for language in LANGUAGES]
    assert all(text and "{" not in text for text in texts)
    del caught
    assert left(temp) == []


def test_sbx_004_a_child_that_never_speaks_is_cancelled_with_its_own_children(tmp_path: Path):
    mark = tmp_path / "grandchild"
    (tmp_path / "deaf.py").write_text(
        "import pathlib, signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "started = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(mark)!r}).write_text(str(started.pid))\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    cancel = threading.Event()

    def when_begun() -> None:
        until = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        cancel.set()

    beside = threading.Thread(target=when_begun)
    beside.start()
    with pytest.raises(sandbox.CancelledError):
        sandbox.run("deaf", {}, workdir=tmp_path, limits=PATIENCE, cancel=cancel)
    beside.join()
    watch = Watch(lambda _: None)
    watch.groups.add(os.getpgid(int(mark.read_text())) if _alive(int(mark.read_text())) else -1)
    assert watch.gone()


def _alive(pid: int) -> bool:
    return any(pid == other for other, _, _ in stats())


def test_sbx_004_cancelled_before_it_began(temp: Path):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(sandbox.CancelledError):
        inspect_bytes(SMALL, name="a.zip", cancel=cancel, limits=PATIENCE)
    assert left(temp) == []


def watching() -> list[str]:
    """Threads that wait for somebody to cancel."""
    return [thread.name for thread in threading.enumerate() if "_watch" in thread.name]


def test_an_event_that_nobody_sets_changes_nothing():
    found = inspect_bytes(SMALL, name="a.zip", cancel=threading.Event(), limits=PATIENCE)
    assert found.status == "accepted"
    until = time.monotonic() + 60
    while watching() and time.monotonic() < until:
        time.sleep(0.02)
    assert not watching()


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"wall_s": 0.05}, "SBX-001"),
        ({"memory_bytes": 300 * 1024**2}, "SBX-002"),
        ({"file_bytes": 2_000}, "SBX-002"),
    ],
)
def test_sbx_001_and_002_limits_end_an_inspection_in_words(temp: Path, limits, code: str):
    found = inspect_bytes(SMALL, name="a.zip", limits=sandbox.Limits(**limits))
    in_words(found, code)
    del found
    assert left(temp) == []


@pytest.mark.slow
def test_sbx_002_processor_time_ends_an_inspection_in_words():
    watch = Watch(lambda _: None)
    limits = sandbox.Limits(wall_s=120, cpu_s=1)
    in_words(inspect_bytes(large(), name="a.zip", limits=limits, on_stage=watch), "SBX-002")
    assert watch.gone()


@pytest.mark.slow
@pytest.mark.parametrize("which", ["workers", "all"])
def test_sbx_002_a_killed_process_ends_the_inspection_and_hangs_nothing(temp: Path, which: str):
    def kill(watch: Watch) -> None:
        victims = [pid for pid in watch.alive() if which == "all" or pid not in watch.groups]
        assert len(victims) >= (3 if which == "all" else 2)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)

    watch = Watch(kill, stage="check", share=0.01)
    found = inspect_bytes(large(), name="a.zip", on_stage=watch, limits=PATIENCE)
    assert watch.done
    assert watch.gone()
    texts = in_words(found, "SBX-002")
    reason = "SIGKILL" if which == "all" else "exit 1"
    assert all(reason in text for text in texts)
    del found
    assert left(temp) == []


def plain(found: Inspection) -> dict[str, object]:
    return found.report.model_dump(exclude={"seconds"})


def test_two_inspections_at_once_give_what_one_after_the_other_gives():
    uploads = [SMALL, shapefile_zip(with_defects(), stem="b"), SMALL]

    def one(data: bytes) -> Inspection:
        return inspect_bytes(data, name="a.zip", limits=PATIENCE)

    with ThreadPoolExecutor(len(uploads)) as pool:
        together = list(pool.map(one, uploads))
    for data, found in zip(uploads, together, strict=True):
        alone = one(data)
        assert plain(found) == plain(alone)
        pd.testing.assert_frame_equal(pd.DataFrame(found.rows()), pd.DataFrame(alone.rows()))
        pd.testing.assert_frame_equal(found.quarantined(), alone.quarantined())
    assert plain(together[0]) == plain(together[2])
    assert len({found.original[1].parent for found in together}) == len(uploads)


@pytest.mark.slow
def test_twenty_inspections_leave_nothing(temp: Path):
    bad = [data for data, _ in BAD_FILES.values()]
    uploads = [SMALL, *bad, shapefile_zip(with_defects(), stem="b")] * 2
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda data: inspect_bytes(data, name="a.zip"), uploads[:20]))
    assert len(found) == 20
    assert {one.status for one in found} >= {"accepted", "refused"}
    assert all(one.original[1].parent.parent == temp for one in found)
    assert len(left(temp)) == 20
    kept = found.pop(0)
    del found
    assert left(temp) == [kept.original[1].parent.name]
    assert len(kept.rows()) == kept.report.rows_ok
    del kept
    assert left(temp) == []
