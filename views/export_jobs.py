"""Exports under way: made in the background, so that a large one does not hold up the page.

Jobs live in the process under a key that nobody can guess and belong to one viewer; their files
lie in a temporary folder and go with the oldest jobs, or when the process ends.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import streamlit as st

from export.dataset_types import CancelledError, ExportResult, Tell
from store import Viewer

_AT_ONCE: Final = 2
_MOST_JOBS: Final = 12

Work = Callable[[Path, Tell], ExportResult]


@dataclass
class Job:
    """One export.

    Attributes:
        key: Unguessable name.
        owner: Whose it is.
        folder: Where its file appears.
        share: Share of the work that is done.
        future: The result, or what went wrong.
    """

    key: str
    owner: Viewer
    folder: Path
    share: float = 0.0
    future: Future[ExportResult] = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether the file is still being made."""
        return not self.future.done()

    def tell(self, share: float) -> None:
        """Note how much is done; ends the work once somebody stopped it."""
        if self._stop.is_set():
            raise CancelledError("the export was stopped")
        self.share = share

    def stop(self) -> None:
        """Let the work end at the next piece."""
        self._stop.set()


class Jobs:
    """The exports of a process; all sessions share them."""

    def __init__(self, *, most: int = _MOST_JOBS) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="ganyuan-exports-"))
        weakref.finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="export")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._most = most

    def start(self, owner: Viewer, work: Work) -> Job:
        """Begin an export; the oldest ones make way.

        Args:
            owner: Whose it is.
            work: Writes into the folder it is given and tells how far it is.
        """
        key = secrets.token_urlsafe(16)
        job = Job(key, owner, self._root / key)
        job.folder.mkdir()
        job.future = self._pool.submit(work, job.folder, job.tell)
        with self._lock:
            self._jobs[key] = job
            old = [*self._jobs][: -self._most]
        for name in old:
            self.drop(name)
        return job

    def get(self, key: str, viewer: Viewer) -> Job | None:
        """The job of a viewer under a key; None once it is gone."""
        with self._lock:
            job = self._jobs.get(key)
        return job if job is not None and job.owner == viewer else None

    def drop(self, key: str) -> None:
        """Stop a job and delete its file."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.stop()
            job.future.add_done_callback(lambda _done: shutil.rmtree(job.folder, True))  # noqa: FBT003


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The exports of this process."""
    return Jobs()
