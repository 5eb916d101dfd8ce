"""Digests of the files that ship with the product, to say which state of them a result rests on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from domain.paths import DATA

_KEPT = 64


def of_reference(table: str) -> str:
    """SHA-256 of a reference table, hexadecimal.

    Raises:
        FileNotFoundError: There is no such table.
    """
    return _digest(DATA / "reference" / f"{table}.csv")


def of_rules(subject: str) -> str:
    """SHA-256 of a rule file, hexadecimal.

    Raises:
        FileNotFoundError: There is no such subject.
    """
    return _digest(DATA / "rules" / f"{subject}.toml")


def of_boundaries() -> str:
    """SHA-256 of the boundaries of the province, hexadecimal."""
    return _digest(DATA / "boundaries" / "jiangxi.gpkg")


def _digest(path: Path) -> str:
    seen = path.stat()
    return _read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=_KEPT)
def _read(path: Path, changed: int, size: int) -> str:
    """The digest, read again only where the file was changed."""
    del changed, size
    return hashlib.sha256(path.read_bytes()).hexdigest()
