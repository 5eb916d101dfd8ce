"""Bands of class rasters, cut into runs of cells of one code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from geo.raster_source import Bools, CellAreas, ClassRaster, Codes, Ints
from geo.scanlines import Edges, Spans

BAND_ROWS: Final = 256
"""Rows read at a time, or one row of tiles where those are higher."""
_BAND_CELLS: Final = 1 << 24
_PIECE_CELLS: Final = 1 << 20
"""Cells that are looked at together; the arrays stay in the cache of a core."""


@dataclass(frozen=True)
class Band:
    """A window of a raster that ends at the edges of its tiles.

    Attributes:
        window: Where it lies.
        areas: Areas of its cells.
        spans: Cells of units in it, by rows and columns of the window; None means all cells.
    """

    window: Window
    areas: CellAreas
    spans: Spans | None


@dataclass(frozen=True)
class Runs:
    """Runs of cells in one row of a band, by row and column.

    Attributes:
        row: Row in the band.
        first: First column.
        end: Column after the last one.
        codes: Code of each run in each raster.
        gone: Whether a mask denies data in each raster; None where there is no mask.
    """

    row: Ints
    first: Ints
    end: Ints
    codes: tuple[Codes, ...]
    gone: tuple[Bools | None, ...]


def bands_of(raster: ClassRaster, edges: Edges | None) -> Iterator[Band]:
    """Bands that hold all cells of the polygons whose edges are given, or of the raster.

    Tiles without such a cell are left out, and no tile is in two bands.
    """
    data = raster.dataset
    tile_rows, tile_columns = data.block_shapes[0]
    height = tile_rows * max(1, BAND_ROWS // tile_rows)
    most = max(1, _BAND_CELLS // (height * tile_columns))
    for top in range(0, data.height, height):
        bottom = min(top + height, data.height)
        spans = None if edges is None else edges.spans(top, bottom, data.width)
        tiles = -(-data.width // tile_columns)
        for first, last in _touched(spans, tiles, tile_columns, most):
            left, right = first * tile_columns, min(last * tile_columns, data.width)
            window = Window(left, top, right - left, bottom - top)
            inside = None if spans is None else _clipped(spans, top, left, right)
            yield Band(window, raster.cell_areas(window), inside)


def _touched(spans: Spans | None, tiles: int, width: int, most: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most ``most`` tiles beside each other that hold a cell of a span."""
    wanted = np.ones(tiles, dtype=bool)
    if spans is not None:
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


def runs_of(raster: ClassRaster, band: Band, *others: ClassRaster) -> Runs:
    """Runs of cells that carry one code in every raster.

    Where cell areas are given at the lines of a lattice, runs end there too.
    """
    rasters = (raster, *others)
    layers = [one.read(band.window) for one in rasters]
    masks = [one.read_gone(band.window) for one in rasters]
    height, width = layers[0].shape
    rows = max(1, _PIECE_CELLS // width)
    starts = []
    for top in range(0, height, rows):
        looked_at = [a[top : top + rows] for a in (*layers, *masks) if a is not None]
        found = _starts(looked_at, band.areas.step)
        starts.append(found + top * width)
    start = np.concatenate(starts)
    row_start = np.arange(height) * width
    row = np.repeat(
        np.arange(height), np.diff(np.searchsorted(start, row_start), append=len(start))
    )
    begin = row_start[row]
    first = start - begin
    end = np.append(start[1:], height * width) - begin
    return Runs(
        row=row,
        first=first,
        end=end,
        codes=tuple(layer.ravel()[start] for layer in layers),
        gone=tuple(None if mask is None else mask.ravel()[start] for mask in masks),
    )


def _starts(layers: Sequence[npt.NDArray[np.generic]], step: int) -> Ints:
    """Flat positions at which a run begins."""
    begins = np.empty(layers[0].shape, dtype=bool)
    flat = begins.ravel()
    one = layers[0].ravel()
    np.not_equal(one[1:], one[:-1], out=flat[1:])
    for layer in layers[1:]:
        other = layer.ravel()
        flat[1:] |= other[1:] != other[:-1]
    begins[:, 0] = True
    if step:
        begins[:, ::step] = True
    return np.flatnonzero(flat)


def within_spans(runs: Runs, band: Band) -> tuple[Runs, Ints]:
    """The parts of runs that lie in the spans of a band, and the owner of each.

    A run in two spans comes twice.
    """
    spans, width = band.spans, int(band.window.width)
    if spans is None:
        return runs, np.zeros(len(runs.row), dtype=np.intp)
    start = runs.row * width + runs.first
    begin, end = spans.row * width + spans.first, spans.row * width + spans.end
    low = np.searchsorted(start, begin, side="right") - 1
    counts = np.searchsorted(start, end, side="left") - low
    span = np.repeat(np.arange(len(low)), counts)
    offset = np.repeat(np.cumsum(counts) - counts, counts)
    run = np.arange(len(span)) - offset + low[span]
    piece = Runs(
        row=runs.row[run],
        first=np.maximum(runs.first[run], spans.first[span]),
        end=np.minimum(runs.end[run], spans.end[span]),
        codes=tuple(code[run] for code in runs.codes),
        gone=tuple(None if gone is None else gone[run] for gone in runs.gone),
    )
    return piece, spans.owner[span]
