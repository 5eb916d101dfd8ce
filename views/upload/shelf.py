"""Files under check, so that a reload, a closed page or a visit elsewhere loses none.

They live in the process, under a key that nobody can guess and that stands in the address of the
page; the oldest go first when there are too many. Nothing of them is in the store.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import streamlit as st

from geo.errors import GanyuanError
from ingest import Choices, Inspection, Known
from ingest.workdir import WorkFolder
from store import Version
from views.upload.check import Check

_MOST_FILES: Final = 16
_MOST_BYTES: Final = 600 * 1024**2


@dataclass(frozen=True, slots=True)
class Conflict:
    """A publication that somebody else was quicker than.

    Attributes:
        dataset: The dataset.
        seen: Number of the version that the publisher took for the current one.
        current: Number of the version that stands now.
        who: Publisher as typed.
        reason: Reason as typed.
    """

    dataset: str
    seen: int
    current: int
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """A publication that stands.

    Attributes:
        choices: Decisions under which the rows were published.
        version: The version; None for records of a ledger.
        records: Ledger records that were inserted or changed.
        dataset: Dataset or ledger.
    """

    choices: Choices
    version: Version | None
    records: int
    dataset: str


class Held:
    """A file in the hands of one person.

    Args:
        name: Name that the sender gave it.
        data: Its bytes; they go to a private folder that lives as long as this object.
        viewer: Whose it is.
        known: Finds out what its rows may refer to.

    Attributes:
        digest: SHA-256 of the bytes.
        choices: What the person has decided so far.
        check: The check that runs; None while none does.
        inspection: What was found out last; None before the first check ended.
        failure: Why the last check gave nothing; None where it did, or was cancelled.
        skipped: Questions that the person left open on purpose.
        recalled: Mark of the remembered mapping that was applied; empty where none was.
        asked: Marks of field names for which the memory of the office was asked.
        published: The publication that stands.
        conflict: A publication that waits for a decision.
        memory: Things worked out from :attr:`inspection`, by name.
    """

    def __init__(
        self, name: str, data: bytes, viewer: str, known: Callable[[], Known] = Known
    ) -> None:
        self.name, self.viewer = name, viewer
        self._known = known
        self.size = len(data)
        self.digest = hashlib.sha256(data).hexdigest()
        self._folder = WorkFolder()
        self.path: Path = self._folder.path / "upload"
        self.path.write_bytes(data)
        self.choices = Choices()
        self.check: Check | None = None
        self.inspection: Inspection | None = None
        self.failure: GanyuanError | OSError | None = None
        self.skipped: set[str] = set()
        self.recalled = ""
        self.asked: set[str] = set()
        self.published: Done | None = None
        self.conflict: Conflict | None = None
        self.memory: dict[str, Any] = {}

    def start(self, choices: Choices | None = None) -> None:
        """Check the file under these decisions; a check that runs already ends."""
        if self.check is not None:
            self.check.cancel()
        self.choices = choices or self.choices
        self.failure, self.conflict = None, None
        self.check = Check(self.path, self.name, self.choices, self._known)

    def take(self) -> None:
        """Take over what a check found that has ended; after a cancelled one all is as before."""
        check = self.check
        if check is None or not check.done:
            return
        self.check = None
        if check.inspection is not None:
            self.inspection, self.choices = check.inspection, check.choices
            self.memory.clear()
            return
        if self.inspection is not None:
            self.choices = self.inspection.choices
        if not check.cancelled:
            self.failure = check.failure or GanyuanError("the check ended without a result")

    def drop(self) -> None:
        """End what runs."""
        if self.check is not None:
            self.check.cancel()

    @property
    def is_published(self) -> bool:
        """What is on the page stands already."""
        done, found = self.published, self.inspection
        return done is not None and found is not None and done.choices == found.choices


@dataclass
class Shelf:
    """Files by key; all sessions of the process share it.

    Attributes:
        most_files: Files that it holds.
        most_bytes: Bytes of uploads that it holds.
    """

    most_files: int = _MOST_FILES
    most_bytes: int = _MOST_BYTES
    _held: OrderedDict[str, Held] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, held: Held) -> str:
        """Keep a file; the new one always fits."""
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._held[key] = held
            while len(self._held) > 1 and self._too_much():
                self._held.popitem(last=False)[1].drop()
        return key

    def _too_much(self) -> bool:
        used = sum(held.size for held in self._held.values())
        return len(self._held) > self.most_files or used > self.most_bytes

    def get(self, key: str, viewer: str) -> Held | None:
        """The file of a person under a key; None once it is gone."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held.viewer != viewer:
                return None
            self._held.move_to_end(key)
            return held

    def drop(self, key: str) -> None:
        """Forget a file and end its check."""
        with self._lock:
            held = self._held.pop(key, None)
        if held is not None:
            held.drop()


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The shelf of the process."""
    return Shelf()
