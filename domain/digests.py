"""Digests of files that ship with the product and of frames: which state a result rests on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import pandas as pd

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


def of_frame(frame: pd.DataFrame) -> str:
    """SHA-256 of the columns, index and cells of a frame, hexadecimal.

    Args:
        frame: Any rows; cells of object columns are hashable.
    """
    cells = pd.util.hash_pandas_object(frame).to_numpy().tobytes()
    return hashlib.sha256("\x1f".join(map(str, frame.columns)).encode() + cells).hexdigest()


def _digest(path: Path) -> str:
    seen = path.stat()
    return _read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=_KEPT)
def _read(path: Path, changed: int, size: int) -> str:
    """The digest, read again only where the file was changed."""
    del changed, size
    return hashlib.sha256(path.read_bytes()).hexdigest()
