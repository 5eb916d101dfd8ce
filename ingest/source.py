"""What a reader hands on: rows of one layer as the sender wrote them, read a stretch at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ingest.evidence import EncodingEvidence, FileEntry
from ingest.model import Finding
from ingest.placing import Declared

Format = Literal[
    "shapefile",
    "geopackage",
    "filegdb",
    "geojson",
    "kml",
    "dxf",
    "boundary_points",
    "csv",
    "xlsx",
]

_WINDOWS: Final = 8
"""Places over a file from which a sample is taken."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of rows.

    Attributes:
        start: Its first row, from 0.
        fields: m rows of the sender's fields, RangeIndex from ``start``; text decoded.
        geometries: m two-dimensional geometries in the coordinates of the file, None where there
            is none or none that can be read.
        faults: m codes of rows that cannot be used; empty text where nothing is known against one.
        findings: What was odd in these rows; row numbers count over the whole file.
    """

    start: int
    fields: pd.DataFrame
    geometries: npt.NDArray[np.object_]
    faults: npt.NDArray[np.object_]
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.fields)


@dataclass(frozen=True)
class Source:
    """One layer, opened. Every record of the file is in some chunk.

    Attributes:
        format: File format.
        rows: Records in the file, those marked as deleted included.
        names: The sender's fields, unique.
        has_shapes: Rows have geometries.
        encoding: How the text was read.
        declared: CRS that the file states.
        dated: Date that the file states for itself.
        findings: What was odd about the file.
        read: Reads the rows from a start to an end; any stretch, any number of times.
        layers: Layers to choose from.
        layer: The layer that was read.
        files: Its files.
    """

    format: Format
    rows: int
    names: tuple[str, ...]
    has_shapes: bool
    encoding: EncodingEvidence
    declared: Declared
    dated: dt.date | None
    findings: tuple[Finding, ...]
    read: Callable[[int, int], Chunk]
    layers: tuple[str, ...] = ()
    layer: str = ""
    files: tuple[FileEntry, ...] = ()

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows, in order, at most ``size`` at a time."""
        for start in range(0, self.rows, size):
            yield self.read(start, min(start + size, self.rows))

    def sample(self, rows: int) -> Iterator[Chunk]:
        """About ``rows`` rows from several places spread over the file; all of a small one."""
        if self.rows <= rows:
            yield self.read(0, self.rows)
            return
        width = max(1, rows // _WINDOWS)
        for start in np.linspace(0, self.rows - width, _WINDOWS, dtype=int):
            yield self.read(int(start), int(start) + width)


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A file with several layers, before one is chosen."""

    layers: tuple[str, ...]
    files: tuple[FileEntry, ...] = field(default=())
