"""Tiles that were made lately, within a limit of memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from typing import Final

from cachetools import LRUCache

_LIMIT: Final = 96 * 1024 * 1024


class TileCache:
    """Bytes by key; the least recently used go first.

    Args:
        limit: Bytes that are kept.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._kept: LRUCache[Hashable, bytes] = LRUCache(limit, getsizeof=len)
        self._lock = threading.Lock()
        # More threads than cores that all make tiles only get in each other's way.
        self._making = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The bytes of a key, made where they are not at hand."""
        found = self._at_hand(key)
        if found is not None:
            return found
        with self._making:
            # Somebody else may have made it meanwhile.
            found = self._at_hand(key)
            made = make() if found is None else found
        with self._lock:
            if len(made) <= self._kept.maxsize:
                self._kept[key] = made
        return made

    def _at_hand(self, key: Hashable) -> bytes | None:
        with self._lock:
            kept: bytes | None = self._kept.get(key)
            return kept
