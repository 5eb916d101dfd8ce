"""Shapes of a .shp, a stretch of records at a time, by array arithmetic.

Only what can be read in one way is read here: polygons of one ring, and of one clockwise ring with
counter-clockwise ones inside it that make a valid polygon. Everything else (several outer rings,
rings the wrong way round, odd offsets) goes to GDAL, which is the reference reader.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely

from geo.rings import ranges
from ingest.model import Finding
from ingest.readers.shp import HEADER, MULTIPATCH, POLYGONS, RECORD_HEADER, Index, write_index

_FIXED: Final = 44
_LEAST: Final = 4
_WORD: Final = 4
_SLACK: Final = 1 << 20
_WASTE: Final = 2

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Shapes:
    """A stretch of shapes.

    Attributes:
        geometries: m two-dimensional polygons and multipolygons; None where there is none.
        faults: m codes; empty text where nothing is known against a shape.
        findings: One for every fault; row numbers from 1 over the whole file.
    """

    geometries: Objects
    faults: Objects
    findings: tuple[Finding, ...]


@dataclass
class _Block:
    """Records as words of four bytes, and what their headers say."""

    words: npt.NDArray[np.int32]
    content: Ints
    kind: Ints
    parts: Ints
    points: Ints
    sound: Bools
    own: Bools = field(init=False)

    def __post_init__(self) -> None:
        self.own = self.sound & (self.parts > 0)


class ShapeReader:
    """Reads shapes of one .shp by row range.

    Args:
        index: Where the records are.
        scratch: Private folder in which GDAL finds the .shp and an index, and no table.
    """

    def __init__(self, index: Index, scratch: Path) -> None:
        self._index = index
        self._scratch = scratch

    def read(self, start: int, stop: int) -> Shapes:
        """Shapes of the rows ``start`` to ``stop``."""
        index = self._index
        offsets, lengths = index.offsets[start:stop], index.lengths[start:stop]
        m = len(offsets)
        geometries = np.full(m, None, dtype=object)
        faults = np.full(m, "", dtype=object)
        there = (
            (offsets >= HEADER)
            & (lengths >= _WORD)
            & (offsets + RECORD_HEADER + lengths <= index.size)
        )
        faults[~there] = "GEO-003"
        rows = np.flatnonzero(there)
        if len(rows):
            block = self._block(offsets[rows], lengths[rows])
            self._fill(block, rows, geometries, faults, start)
        findings = tuple(
            Finding(code=str(faults[i]), row=start + int(i) + 1)
            for i in np.flatnonzero(faults != "")
        )
        return Shapes(geometries, faults, findings)

    def _fill(
        self, block: _Block, rows: Ints, geometries: Objects, faults: Objects, start: int
    ) -> None:
        """Geometries and faults of the records of a block."""
        wrong = ~block.sound
        faults[rows[wrong]] = np.where(block.kind[wrong] == MULTIPATCH, "VEC-002", "GEO-003")
        foreign = block.sound & ~np.isin(block.kind, [0, *POLYGONS])
        faults[rows[foreign]] = "GEO-004"
        block.own &= ~foreign
        mine, shapes, endless = _own_polygons(block)
        geometries[rows[mine]] = shapes
        faults[rows[endless]] = "VEC-001"
        left = block.own.copy()
        left[mine] = False
        left[endless] = False
        for_gdal = rows[left]
        if len(for_gdal):
            read = self._by_gdal(for_gdal + start)
            geometries[for_gdal] = read
            faults[for_gdal[shapely.is_missing(read)]] = "GEO-003"

    def _block(self, offsets: Ints, lengths: Ints) -> _Block:
        """Records in memory: as one stretch of the file where they lie together."""
        low = int(offsets.min())
        high = int((offsets + RECORD_HEADER + lengths).max())
        size = int((lengths + RECORD_HEADER).sum())
        with self._index.path.open("rb") as f:
            if high - low <= _WASTE * size + _SLACK:
                f.seek(low)
                data, begins = f.read(high - low), offsets - low
            else:
                pieces = []
                for offset, length in zip(offsets.tolist(), lengths.tolist(), strict=True):
                    f.seek(offset)
                    pieces.append(
                        f.read(length + RECORD_HEADER).ljust(-(-length // 4) * 4 + 8, b"\0")
                    )
                data = b"".join(pieces)
                sizes = np.array([len(piece) for piece in pieces], dtype=np.int64)
                begins = np.cumsum(sizes) - sizes
        return _headers(data, begins, lengths)

    def _by_gdal(self, rows: Ints) -> Objects:
        """Shapes of single rows as GDAL reads them; None where it cannot."""
        target = self._scratch / "shapes.shp"
        if not target.exists():
            self._scratch.mkdir(exist_ok=True)
            target.symlink_to(self._index.path.resolve())
            write_index(self._index, target.with_suffix(".shx"))
        try:
            return _gdal(target, rows)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, ValueError):
            found = np.full(len(rows), None, dtype=object)
            for i, row in enumerate(rows):
                try:
                    found[i : i + 1] = _gdal(target, np.array([row]))
                except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, ValueError):
                    continue
            return found


def _gdal(path: Path, rows: Ints) -> Objects:
    # What GDAL would warn of is found again by the checks, with its row.
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore")
        _, _, wkb, _ = pyogrio.raw.read(path, fids=rows, columns=[])
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    return np.asarray(shapely.force_2d(shapes), dtype=object)


def _headers(data: bytes, begins: Ints, lengths: Ints) -> _Block:
    """What the records of a block say about themselves."""
    padded = data + b"\0" * (-len(data) % 4 + _FIXED + RECORD_HEADER)
    words = np.frombuffer(padded, "<i4")
    whole = begins % 4 == 0
    content = np.where(whole, begins, 0) // 4 + RECORD_HEADER // 4
    stated = words[content - 1].byteswap().astype(np.int64) * 2
    kind = words[content].astype(np.int64)
    areal = np.isin(kind, list(POLYGONS)) & (lengths >= _FIXED)
    parts = np.where(areal, words[content + 9], 0).astype(np.int64)
    points = np.where(areal, words[content + 10], 0).astype(np.int64)
    sound = whole & (stated == lengths) & (kind != MULTIPATCH)
    sound &= ~np.isin(kind, list(POLYGONS)) | areal
    sound &= (
        (parts >= 0)
        & (points >= 0)
        & (_FIXED + 4 * parts + 16 * points <= np.maximum(lengths, _FIXED))
    )
    sound &= (parts > 0) == (points > 0)
    parts, points = np.where(sound, parts, 0), np.where(sound, points, 0)
    return _Block(words, content, kind, parts, points, sound)


def _own_polygons(block: _Block) -> tuple[Ints, Objects, Ints]:
    """Polygons of the records that can be read in one way only.

    Returns:
        Places of the records in the block, their polygons, and places of records with a
        coordinate that is no number.
    """
    rows = np.flatnonzero(block.own)
    parts, points, content = block.parts[rows], block.points[rows], block.content[rows]
    firsts = block.words[ranges(content + 11, parts)].astype(np.int64)
    record = np.repeat(np.arange(len(rows)), parts)
    first_ring = np.cumsum(parts) - parts
    ends = np.append(firsts[1:], 0)
    ends[first_ring + parts - 1] = points
    sizes = ends - firsts
    bad_ring = (sizes < _LEAST) | (firsts < 0) | (ends > points[record])
    good = ~_any(bad_ring, record, len(rows))
    good &= firsts[first_ring] == 0
    rows, parts, points, content = rows[good], parts[good], points[good], content[good]
    keep = good[record]
    sizes, record = sizes[keep], np.repeat(np.arange(len(rows)), parts)
    xy = block.words[ranges(content + 11 + parts, 4 * points)].view(np.float64).reshape(-1, 2)
    ring_start = np.cumsum(sizes) - sizes
    first_ring = np.cumsum(parts) - parts
    strange = np.asarray(~np.isfinite(xy).all(axis=1))
    endless = _any(strange, np.repeat(np.arange(len(rows)), points), len(rows))
    open_ring = (xy[ring_start] != xy[ring_start + sizes - 1]).any(axis=1)
    plain = ~endless & ~_any(open_ring, record, len(rows))
    several = plain & (parts > 1)
    if several.any():
        plain &= ~several | _one_shell(xy, ring_start, sizes, record, first_ring, len(rows))
    shapes = _polygons(xy, ring_start, sizes, record, parts, plain)
    mine = np.flatnonzero(plain)
    doubtful = parts[mine] > 1
    doubtful[doubtful] = ~shapely.is_valid(shapes[doubtful])
    return rows[mine[~doubtful]], shapes[~doubtful], rows[endless]


def _any(flags: Bools, group: Ints, n: int) -> Bools:
    """Which groups hold a flag."""
    return np.bincount(group[flags], minlength=n) > 0


def _one_shell(
    xy: Floats, start: Ints, sizes: Ints, record: Ints, first_ring: Ints, n: int
) -> Bools:
    """Records whose first ring is clockwise and around all others, which run the other way."""
    local = xy - np.repeat(xy[start], sizes, axis=0)
    cross = np.zeros(len(xy))
    cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
    cross[start + sizes - 1] = 0.0
    area = np.add.reduceat(cross, start)
    low, high = np.minimum.reduceat(xy, start), np.maximum.reduceat(xy, start)
    shell = first_ring[record]
    is_first = shell == np.arange(len(record))
    inside = (low >= low[shell]).all(axis=1) & (high <= high[shell]).all(axis=1)
    wrong = np.where(is_first, area >= 0, (area <= 0) | ~inside)
    return ~_any(wrong, record, n)


def _polygons(
    xy: Floats, start: Ints, sizes: Ints, record: Ints, parts: Ints, wanted: Bools
) -> Objects:
    """Polygons of the wanted records from their rings."""
    if not wanted.any():
        return np.array([], dtype=object)
    if not wanted.all():
        rings = wanted[record]
        xy = xy[ranges(start[rings], sizes[rings])]
        sizes, parts = sizes[rings], parts[wanted]
    ring_ends = np.concatenate([[0], np.cumsum(sizes)])
    part_ends = np.concatenate([[0], np.cumsum(parts)])
    kind = shapely.GeometryType.POLYGON
    return np.asarray(shapely.from_ragged_array(kind, xy, (ring_ends, part_ends)), dtype=object)
