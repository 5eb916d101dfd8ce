"""Checked files that wait for a decision, so that a reload or a visit elsewhere loses none.

They live in the memory of the process, under a key that nobody can guess and that stands in the
address of the page; the oldest go first when there are too many. Nothing of them is in the store.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from ingest import Choices, Inspection
from store import Version

_MOST_FILES: Final = 16
_MOST_BYTES: Final = 600 * 1024**2


@dataclass
class Held:
    """A file in the hands of one person.

    Attributes:
        name: Name that the sender gave it.
        data: Its bytes.
        viewer: Whose it is.
        digest: SHA-256 of the bytes.
        inspection: What was found out last; None before the first check ended.
        published: The choices under which it was published, and the version.
    """

    name: str
    data: bytes
    viewer: str
    digest: str = field(init=False)
    inspection: Inspection | None = None
    published: tuple[Choices, Version] | None = None

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.data).hexdigest()


class Shelf:
    """Files by key; all sessions of the process share it."""

    def __init__(self, *, most_files: int = _MOST_FILES, most_bytes: int = _MOST_BYTES) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()
        self._most_files = most_files
        self._most_bytes = most_bytes

    def put(self, held: Held) -> str:
        """Keep a file; the new one always fits."""
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._held[key] = held
            while len(self._held) > 1 and self._too_much():
                self._held.popitem(last=False)
        return key

    def _too_much(self) -> bool:
        used = sum(len(held.data) for held in self._held.values())
        return len(self._held) > self._most_files or used > self._most_bytes

    def get(self, key: str, viewer: str) -> Held | None:
        """The file of a person under a key; None once it is gone."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held.viewer != viewer:
                return None
            self._held.move_to_end(key)
            return held

    def drop(self, key: str) -> None:
        """Forget a file."""
        with self._lock:
            self._held.pop(key, None)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The shelf of the process."""
    return Shelf()
