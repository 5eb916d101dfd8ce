"""A layer that an upload offers, before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ingest.evidence import FileEntry
from ingest.source import Source

Rank = Literal[0, 1, 2]
"""Layers of a lower rank are taken first: shapes, then point texts, then tables."""


@dataclass(frozen=True)
class Layer:
    """A layer that can be opened.

    Attributes:
        name: Name in its file; empty where the file is the layer.
        open: Reads it.
        rank: Place among the layers of an archive.
        files: The sender's files that it is made of.
    """

    name: str
    open: Callable[[], Source] = field(repr=False)
    rank: Rank = 0
    files: tuple[FileEntry, ...] = ()
