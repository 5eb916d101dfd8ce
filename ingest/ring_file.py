"""Shapes on disk as flat rings, for checks that look at neighbours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from geo.rings import Rings, ranges

_VERTEX: Final = 16
"""Bytes of two coordinates."""


@dataclass(frozen=True)
class Stretch:
    """Where the rings of m rows lie.

    Attributes:
        path: File of their coordinates.
        first: Number of the first vertex in it.
        rings: m numbers of rings.
        vertices: Numbers of vertices of all these rings, one behind the other.
        hole: Which of them are inner ones.
    """

    path: Path
    first: int
    rings: npt.NDArray[np.int32]
    vertices: npt.NDArray[np.int32]
    hole: npt.NDArray[np.bool_]


class RingWriter:
    """Puts rings into a file of its own.

    Args:
        path: File to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._vertices = 0

    def add(self, rings: Rings, rows: int) -> Stretch:
        """Append the rings of the next rows, which stand by owner."""
        first, self._vertices = self._vertices, self._vertices + len(rings.xy)
        self._file.write(np.asarray(rings.xy, dtype=np.float64).tobytes())
        self._file.flush()  # others read what is told of from here on
        return Stretch(
            path=self._path,
            first=first,
            rings=np.bincount(rings.owner, minlength=rows).astype(np.int32),
            vertices=np.diff(rings.start).astype(np.int32),
            hole=rings.hole,
        )

    def close(self) -> None:
        """End the file."""
        self._file.close()


class RingFiles:
    """Rings of all rows, wherever they lie.

    Args:
        stretches: Rows in order.
    """

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        names = list(dict.fromkeys(stretch.path for stretch in stretches))
        self._files = [name.open("rb", buffering=0) for name in names]
        self._rings = np.concatenate([s.rings for s in stretches]).astype(np.int64)
        self._vertices = np.concatenate([s.vertices for s in stretches]).astype(np.int64)
        self._hole = np.concatenate([s.hole for s in stretches])
        self._first_ring = np.cumsum(self._rings) - self._rings
        begins, self._file = [], np.zeros(len(self._rings), dtype=np.int8)
        row = 0
        for stretch in stretches:
            sizes = np.concatenate([[0], np.cumsum(stretch.vertices, dtype=np.int64)])
            ring = np.concatenate([[0], np.cumsum(stretch.rings, dtype=np.int64)])
            begins.append(stretch.first + sizes[ring[:-1]])
            self._file[row : row + len(stretch.rings)] = names.index(stretch.path)
            row += len(stretch.rings)
        self._begin = np.concatenate(begins)
        upto = np.concatenate([[0], np.cumsum(self._vertices)])
        self._size = upto[self._first_ring + self._rings] - upto[self._first_ring]

    def load(self, rows: npt.NDArray[np.intp]) -> Rings:
        """Rings of some rows in rising order, with owners from 0."""
        count = self._rings[rows]
        which = ranges(self._first_ring[rows], count)
        vertices = self._vertices[which]
        xy = np.empty((int(vertices.sum()), 2))
        self._read(rows, xy)
        owner = np.repeat(np.arange(len(rows)), count)
        return Rings.in_order(xy, vertices, owner, self._hole[which])

    def _read(self, rows: npt.NDArray[np.intp], xy: npt.NDArray[np.float64]) -> None:
        """Coordinates of rows; those that lie behind one another are read at once."""
        begin, size, file = self._begin[rows], self._size[rows], self._file[rows]
        apart = (begin[1:] != (begin + size)[:-1]) | (file[1:] != file[:-1])
        borders = [0, *(np.flatnonzero(apart) + 1).tolist(), len(rows)]
        at = 0
        for a, b in pairwise(borders):
            if a == b:
                continue
            length = int(begin[b - 1] + size[b - 1] - begin[a])
            handle = self._files[int(file[a])].fileno()
            raw = os.pread(handle, length * _VERTEX, int(begin[a]) * _VERTEX)
            if len(raw) != length * _VERTEX:
                raise OSError(f"stored shapes are cut: {len(raw)} bytes of {length * _VERTEX}")
            xy[at : at + length] = np.frombuffer(raw, dtype=np.float64).reshape(-1, 2)
            at += length

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()
