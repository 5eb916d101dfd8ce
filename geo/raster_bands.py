"""Bands of class rasters: what is read together, and the sums of it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

import numpy as np
import rasterio
from rasterio.windows import Window

from geo.range_reader import RemoteRaster
from geo.raster_source import CellAreas, ClassRaster, Source, opened
from geo.raster_sums import BandSums, sums_of
from geo.scanlines import Edges, Spans

BAND_ROWS: Final = 256
"""Rows read at a time, or one row of tiles where those are higher."""
BAND_CELLS: Final = 1 << 23
"""Cells read at a time, if tiles allow it; several bands may be at hand, one a thread."""
_THREADS: Final = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Band:
    """A window of a raster that ends at the edges of its tiles.

    Attributes:
        window: Where it lies.
        areas: Areas of its cells.
        spans: Cells of units in it, by rows and columns of the window.
    """

    window: Window
    areas: CellAreas
    spans: Spans


def bands_of(raster: ClassRaster, edges: Edges | None) -> Iterator[Band]:
    """Bands that hold all cells of the polygons whose edges are given, or of the raster.

    Tiles without such a cell are left out, and no tile is in two bands.
    """
    data = raster.dataset
    height, most, tile_columns = _form(raster)
    for top in range(0, data.height, height):
        bottom = min(top + height, data.height)
        spans = (
            _whole_rows(top, bottom, data.width)
            if edges is None
            else edges.spans(top, bottom, data.width)
        )
        tiles = -(-data.width // tile_columns)
        for first, last in _touched(spans, tiles, tile_columns, most):
            left, right = first * tile_columns, min(last * tile_columns, data.width)
            window = Window(left, top, right - left, bottom - top)
            yield Band(window, raster.cell_areas(window), _clipped(spans, top, left, right))


def _form(raster: ClassRaster) -> tuple[int, int, int]:
    """Rows of a band, tiles beside each other in it, and columns of a tile."""
    tile_rows, tile_columns = raster.dataset.block_shapes[0]
    height = tile_rows * max(1, BAND_ROWS // tile_rows)
    return height, max(1, BAND_CELLS // (height * tile_columns)), tile_columns


def _whole_rows(top: int, bottom: int, width: int) -> Spans:
    rows = np.arange(top, bottom)
    zero = np.zeros_like(rows)
    return Spans(zero, rows, zero, zero + width)


def _touched(spans: Spans, tiles: int, width: int, most: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most ``most`` tiles beside each other that hold a cell of a span."""
    steps = np.bincount(spans.first // width, minlength=tiles + 1)
    steps = steps - np.bincount((spans.end - 1) // width + 1, minlength=tiles + 1)
    wanted = np.cumsum(steps)[:tiles] > 0
    change = np.flatnonzero(np.diff(np.r_[False, wanted, False]))
    for first, last in zip(change[0::2].tolist(), change[1::2].tolist(), strict=True):
        for start in range(first, last, most):
            yield start, min(start + most, last)


def _clipped(spans: Spans, top: int, left: int, right: int) -> Spans:
    first = np.maximum(spans.first, left)
    end = np.minimum(spans.end, right)
    here = np.flatnonzero(end > first)
    return Spans(spans.owner[here], spans.row[here] - top, first[here] - left, end[here] - left)


def summed(
    sources: Sequence[Source], rasters: Sequence[ClassRaster], edges: Edges | None, *, most: int
) -> Generator[BandSums, None, None]:
    """Sums of every band, in the order of the bands.

    Files of many bands are read by several threads, each with a file handle of its own; the order
    of the sums does not depend on it. A remote raster is read by one.

    Args:
        sources: One raster, or two of the same grid.
        rasters: The same, opened.
        edges: Outlines that limit what is counted; None counts every cell.
        most: Codes that a band may hold.

    Raises:
        TooManyCodesError: A band holds more.
        DamagedRasterError: A part of a file cannot be decoded.
    """
    bands = bands_of(rasters[0], edges)
    remote = any(isinstance(source, RemoteRaster) for source in sources)
    if rasters[0].cells <= BAND_CELLS or _THREADS == 1 or remote:
        reader = _Reader(rasters)
        for band in bands:
            yield reader.sums(band, most)
        return
    idle: SimpleQueue[_Reader] = SimpleQueue()

    def work(band: Band) -> BandSums:
        reader = idle.get()
        try:
            # The handlers of errors belong to a thread.
            with rasterio.Env():
                return reader.sums(band, most)
        finally:
            idle.put(reader)

    with ExitStack() as files, ThreadPoolExecutor(_THREADS) as pool:
        idle.put(_Reader(rasters))
        for _ in range(_THREADS - 1):
            idle.put(_Reader([files.enter_context(opened(source)) for source in sources]))
        yield from _in_order(pool.submit(work, band) for band in bands)


class _Reader:
    """Open rasters and memory for a band of each."""

    def __init__(self, rasters: Sequence[ClassRaster]) -> None:
        height, tiles, columns = _form(rasters[0])
        most = min(height * tiles * columns, rasters[0].cells)
        self._rasters = [(raster, raster.room(most)) for raster in rasters]

    def sums(self, band: Band, most: int) -> BandSums:
        layers = [raster.layer(band.window, room) for raster, room in self._rasters]
        return sums_of(layers, band.spans, band.areas, most=most)


def _in_order(begun: Iterable[Future[BandSums]]) -> Iterator[BandSums]:
    """Results in order, with no more begun ahead than there are threads."""
    waiting: deque[Future[BandSums]] = deque()
    for future in begun:
        waiting.append(future)
        if len(waiting) > _THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
