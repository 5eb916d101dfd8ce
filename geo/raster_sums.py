"""Cells and areas of one band of a class raster by unit and code, or by the codes of two years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.raster_source import CellAreas, Layer, RasterError
from geo.scanlines import Spans

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Ints = npt.NDArray[np.intp]


class TooManyCodesError(RasterError):
    """The cells hold so many different values that they are no classes."""

    code = "RAS-012"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the raster holds more than {most} values; register classes, not heights or counts",
            values={"most": most},
        )


@dataclass(frozen=True)
class BandSums:
    """Sums of a band with one row for each of c codes.

    Attributes:
        codes: c codes; of two layers those of the second.
        columns: k positions of units, or k codes of the first of two layers.
        cells: c by k, int64.
        areas: The same form in m2.
        owners: u positions of units in the band.
        gone: Area without data in each of them, in m2.
    """

    codes: Ints
    columns: Ints
    cells: Counts
    areas: Floats
    owners: Ints
    gone: Floats


def sums_of(layers: Sequence[Layer], spans: Spans, areas: CellAreas, *, most: int) -> BandSums:
    """Sums over the cells of spans.

    Args:
        layers: One layer of codes, or two of the same cells.
        spans: Cells that are counted, once for every span that holds them.
        areas: Areas of the cells.
        most: Codes that a layer may hold.

    Raises:
        TooManyCodesError: A layer holds more.
    """
    from geo.raster_runs import tally  # noqa: PLC0415 - pages must not pay for the compiler

    first, last = layers[0], layers[-1]
    kind = np.result_type(first.codes, last.codes)
    owners, owner = np.unique(spans.owner, return_inverse=True)
    room = [min(most, len(layer.slots)) for layer in (first, last)]
    alone = len(layers) == 1
    shape = (room[1], len(owners) if alone else room[0])
    # Pages of the system that no code reaches are never touched.
    cells, summed = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    seen = [np.zeros(size, dtype=np.intp) for size in room]
    gone = np.zeros(len(owners))
    old_count, new_count = tally(
        first.codes.astype(kind, copy=False), last.codes.astype(kind, copy=False),
        owner, spans.row, spans.first, spans.end, areas.at, areas.rise, alone,
        first.slots, last.slots, seen[0], seen[1], cells, summed, gone,
    )  # fmt: skip
    if new_count < 0:
        raise TooManyCodesError(most)
    columns = owners if alone else seen[0][:old_count]
    part = slice(new_count), slice(len(columns))
    return BandSums(
        seen[1][:new_count], columns, cells[part].copy(), summed[part].copy(), owners, gone
    )
