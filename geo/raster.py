"""Class rasters by windows: areas per unit, and the change between two of them.

A cell belongs to the unit that holds its centre. Cells without data are never counted. The area of
a cell is exact on the ellipsoid for geographic rasters; for projected ones the planar area is
divided by the areal scale of the projection.

Cells are not counted one by one but in runs of one code, which land cover has in plenty, by
compiled code (:mod:`geo.raster_runs`), and units are runs of cells too (:mod:`geo.scanlines`): no
mask is drawn. Memory is that of a band for each thread.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import require_geographic
from geo.overlay import BrokenUnitsError
from geo.raster_bands import summed
from geo.raster_source import (
    DifferentGridError,
    RasterError,
    Source,
    opened,
    require_same_grid,
)
from geo.raster_sums import BandSums, TooManyCodesError

__all__ = [
    "BrokenUnitsError", "Change", "ClassAreas", "DifferentGridError", "RasterError",
    "TooManyCodesError", "UnknownCodesError", "change_matrix", "class_areas",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_CODES: Final = 1 << 16
MOST_CODES: Final = 1000
"""A raster with more codes than this shows no classes."""


class UnknownCodesError(RasterError):
    """Cells carry codes that the legend of the raster does not know."""

    code = "RAS-003"


@dataclass(frozen=True)
class ClassAreas:
    """Cells and areas of each class inside each unit.

    Attributes:
        cells: One row per unit on the index of the units, one column per code present, int64.
        area_m2: The same form in m2, float64.
        nodata_m2: Area of the cells without data inside each unit.
    """

    cells: pd.DataFrame
    area_m2: pd.DataFrame
    nodata_m2: pd.Series


@dataclass(frozen=True)
class Change:
    """What became what between two rasters.

    Attributes:
        cells: int64, rows are codes before, columns codes after.
        area_m2: float64, the same form in m2.
        skipped_m2: Area of the cells that lack data in one of the two.
    """

    cells: pd.DataFrame
    area_m2: pd.DataFrame
    skipped_m2: float


def class_areas(
    source: Source, units: gpd.GeoDataFrame, *, legend: Collection[int] | None = None
) -> ClassAreas:
    """Cells and areas of each class inside each unit, in one pass over what the units cover.

    Args:
        source: Raster of whole-number codes, local or remote; only its first band is read.
        units: k polygons with longitudes and latitudes in degrees (EPSG:4490). They may overlap;
            missing ones hold no cell.
        legend: Codes that may occur; None allows all.

    Returns:
        Tables on the index of ``units``; a unit off the raster has zero everywhere.

    Raises:
        MissingCRSError: ``units`` have no CRS.
        NotGeographicError: ``units`` are projected.
        BrokenUnitsError: Outlines are invalid; rows are labels of ``units``.
        RasterError: The raster cannot be read, has no CRS, another datum, no whole-number codes,
            or codes that the legend does not know.
        RemoteRasterError: The server of a remote raster refuses.
    """
    _require_sound(units)
    tally = _Tally(len(units))
    gone = np.zeros(len(units))
    with opened(source) as raster:
        edges = raster.edges(units)
        with closing(summed([source], [raster], edges, most=MOST_CODES)) as bands:
            for sums in bands:
                tally.add(sums, sums.columns)
                gone[sums.owners] += sums.gone
    _require_known(tally.codes, legend)
    columns = pd.Index(tally.codes, name="code", dtype="int64")
    cells, areas = tally.tables()
    return ClassAreas(
        cells=pd.DataFrame(cells, units.index, columns),
        area_m2=pd.DataFrame(areas, units.index, columns),
        nodata_m2=pd.Series(gone, index=units.index, dtype="float64"),
    )


def change_matrix(
    before: Source,
    after: Source,
    *,
    within: gpd.GeoDataFrame | None = None,
    legend: Collection[int] | None = None,
) -> Change:
    """What became what between two rasters of one grid, read in bands.

    Args:
        before: Raster of the earlier year.
        after: Raster of the later year, on the same grid.
        within: Polygons in degrees that limit the count (their union); None counts every cell.
        legend: Codes that may occur; None allows all.

    Raises:
        DifferentGridError: CRS, size or transform differ.
        RasterError: A raster cannot be read, has no CRS, another datum, no whole-number codes, or
            codes that the legend does not know.
        MissingCRSError: ``within`` has no CRS.
        NotGeographicError: ``within`` is projected.
        BrokenUnitsError: Its outlines are invalid; rows are its labels.
        RemoteRasterError: The server of a remote raster refuses.
    """
    tally, before_codes, skipped = _Tally(MOST_CODES), _Slots(), 0.0
    with opened(before) as first, opened(after) as second:
        require_same_grid(first, second)
        edges = None
        if within is not None:
            _require_sound(within)
            whole = shapely.union_all(within.geometry.to_numpy())
            edges = first.edges(gpd.GeoDataFrame(geometry=[whole], crs=within.crs))
        with closing(summed([before, after], [first, second], edges, most=MOST_CODES)) as bands:
            for sums in bands:
                tally.add(sums, before_codes.of(sums.columns))
                skipped += float(sums.gone.sum())
    return _change(tally, before_codes, skipped, legend)


def _change(
    tally: _Tally, before: _Slots, skipped: float, legend: Collection[int] | None
) -> Change:
    codes = sorted({*before.codes, *tally.codes})
    _require_known(codes, legend)
    index = pd.Index(codes, name="before", dtype="int64")
    columns = pd.Index(codes, name="after", dtype="int64")
    at = np.ix_(np.searchsorted(codes, before.codes), np.searchsorted(codes, tally.codes))
    counted = np.zeros((len(codes), len(codes)), dtype=np.int64)
    areas = np.zeros((len(codes), len(codes)), dtype=np.float64)
    order = before.of(np.array(before.codes, dtype=np.intp))
    cells, summed_m2 = tally.tables()
    counted[at], areas[at] = cells[order], summed_m2[order]
    return Change(
        cells=pd.DataFrame(counted, index, columns),
        area_m2=pd.DataFrame(areas, index, columns),
        skipped_m2=skipped,
    )


class _Slots:
    """Numbers for codes in the order in which they occur."""

    def __init__(self) -> None:
        self._slot = np.full(_CODES, -1, dtype=np.intp)
        self._seen: list[int] = []

    @property
    def codes(self) -> list[int]:
        return sorted(self._seen)

    def of(self, codes: Ints) -> Ints:
        """Number of each code, a new one for those that are new."""
        for new in codes[self._slot[codes] < 0].tolist():
            if len(self._seen) == MOST_CODES:
                raise TooManyCodesError(MOST_CODES)
            self._slot[new] = len(self._seen)
            self._seen.append(new)
        return self._slot[codes]


class _Tally:
    """Sums by column and code; a row for each code that has occurred."""

    def __init__(self, columns: int) -> None:
        self._slots = _Slots()
        self._cells = np.zeros((0, columns), dtype=np.int64)
        self._areas = np.zeros((0, columns), dtype=np.float64)

    @property
    def codes(self) -> list[int]:
        return self._slots.codes

    def tables(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Cells and areas, one row a column of this tally, one column a code in order."""
        order = self._slots.of(np.array(self.codes, dtype=np.intp))
        return self._cells[order].T, self._areas[order].T

    def add(self, sums: BandSums, columns: Ints) -> None:
        """Add the sums of a band, whose columns are these here."""
        slots = self._slots.of(sums.codes)
        rows = len(self.codes) - len(self._cells)
        if rows:
            self._cells = np.pad(self._cells, ((0, rows), (0, 0)))
            self._areas = np.pad(self._areas, ((0, rows), (0, 0)))
        at = np.ix_(slots, columns)
        self._cells[at] += sums.cells
        self._areas[at] += sums.areas


def _require_sound(units: gpd.GeoDataFrame) -> None:
    require_geographic(units)
    outlines = units.geometry.to_numpy()
    broken = ~shapely.is_valid(outlines) & ~shapely.is_missing(outlines)
    if broken.any():
        raise BrokenUnitsError(
            f"{int(broken.sum())} units have invalid outlines; repair them at import",
            rows=units.index[broken].tolist(),
            values={"count": int(broken.sum())},
        )


def _require_known(codes: Collection[int], legend: Collection[int] | None) -> None:
    strange = [] if legend is None else sorted(set(codes) - {int(code) for code in legend})
    if strange:
        text = ", ".join(map(str, strange))
        raise UnknownCodesError(
            f"cells carry the codes {text}, which are not in the legend; "
            "register the raster with the legend of its product",
            values={"codes": text},
        )
