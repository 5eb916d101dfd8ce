"""Tiles that were made lately, within a limit of memory."""

from __future__ import annotations

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

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The bytes of a key, made where they are not at hand."""
        with self._lock:
            found = self._kept.get(key)
        if found is not None:
            return found
        made = make()
        with self._lock:
            if len(made) <= self._kept.maxsize:
                self._kept[key] = made
        return made
