"""Class rasters by windows: areas per unit, and the change between two of them.

A cell belongs to the unit that holds its centre. Cells without data are never counted. The area of
a cell is exact on the ellipsoid for geographic rasters; for projected ones the planar area is
divided by the areal scale of the projection.

Cells are not counted one by one but in runs of one code, which land cover has in plenty, and units
are runs of cells too (:mod:`geo.scanlines`): no mask is drawn. Memory is that of one band.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import require_geographic
from geo.raster_bands import Band, Runs, bands_of, runs_of, within_spans
from geo.raster_source import (
    ClassRaster,
    DifferentGridError,
    RasterError,
    Source,
    opened,
    require_same_grid,
)

__all__ = [
    "Change", "ClassAreas", "DifferentGridError", "RasterError", "TooManyCodesError",
    "UnknownCodesError", "change_matrix", "class_areas",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_CODES: Final = 1 << 16
_GONE: Final = -1
MOST_CODES: Final = 1000
"""A raster with more codes than this shows no classes."""


class UnknownCodesError(RasterError):
    """Cells carry codes that the legend of the raster does not know."""

    code = "RAS-003"


class TooManyCodesError(RasterError):
    """The cells hold so many different values that they are no classes."""

    code = "RAS-012"


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
        units: k polygons with longitudes and latitudes in degrees (EPSG:4490). They may overlap.
        legend: Codes that may occur; None allows all.

    Returns:
        Tables on the index of ``units``; a unit off the raster has zero everywhere.

    Raises:
        MissingCRSError: ``units`` have no CRS.
        NotGeographicError: ``units`` are projected.
        RasterError: The raster cannot be read, has no CRS, another datum, no whole-number codes,
            or codes that the legend does not know.
        RemoteRasterError: The server of a remote raster refuses.
    """
    require_geographic(units)
    tally = _Tally(len(units))
    with opened(source) as raster:
        edges = raster.edges(units)
        for band in bands_of(raster, edges):
            runs = runs_of(raster, band)
            piece, owner = within_spans(runs, band)
            tally.add(owner, _code(piece, 0, raster), piece, band)
    _require_known(tally.codes, legend)
    columns = pd.Index(tally.codes, name="code", dtype="int64")
    cells, areas = tally.tables()
    return ClassAreas(
        cells=pd.DataFrame(cells, units.index, columns),
        area_m2=pd.DataFrame(areas, units.index, columns),
        nodata_m2=pd.Series(tally.gone, index=units.index, dtype="float64"),
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
        NotGeographicError: ``within`` is projected.
        RemoteRasterError: The server of a remote raster refuses.
    """
    # The codes before take the place of units.
    with opened(before) as first, opened(after) as second:
        require_same_grid(first, second)
        tally = _Tally(first.code_range)
        edges = None
        if within is not None:
            require_geographic(within)
            whole = shapely.union_all(within.geometry.to_numpy())
            edges = first.edges(gpd.GeoDataFrame(geometry=[whole], crs=within.crs))
        for band in bands_of(first, edges):
            runs = runs_of(first, band, second)
            piece = runs if edges is None else within_spans(runs, band)[0]
            old, new = _code(piece, 0, first), _code(piece, 1, second)
            gone = (old == _GONE) | (new == _GONE)
            tally.add(np.where(gone, 0, old), np.where(gone, _GONE, new), piece, band)
    return _change(tally, legend)


def _change(tally: _Tally, legend: Collection[int] | None) -> Change:
    cells, areas = tally.tables()
    old = np.flatnonzero(cells.any(axis=1))
    codes = sorted({*old.tolist(), *tally.codes})
    _require_known(codes, legend)
    index = pd.Index(codes, name="before", dtype="int64")
    columns = pd.Index(codes, name="after", dtype="int64")
    at = np.ix_(np.searchsorted(codes, old), np.searchsorted(codes, tally.codes))
    counted = np.zeros((len(codes), len(codes)), dtype=np.int64)
    summed = np.zeros((len(codes), len(codes)), dtype=np.float64)
    counted[at], summed[at] = cells[old], areas[old]
    return Change(
        cells=pd.DataFrame(counted, index, columns),
        area_m2=pd.DataFrame(summed, index, columns),
        skipped_m2=float(tally.gone.sum()),
    )


def _code(runs: Runs, which: int, raster: ClassRaster) -> Ints:
    """Codes of one raster, -1 where it has no data."""
    code = runs.codes[which].astype(np.intp)
    if raster.nodata is not None:
        code[code == raster.nodata] = _GONE
    if runs.gone[which] is not None:
        code[runs.gone[which]] = _GONE
    return code


class _Tally:
    """Sums by unit and code; a column for each code that has occurred."""

    def __init__(self, units: int) -> None:
        self._units = units
        self._column = np.full(_CODES, -1, dtype=np.intp)
        self._seen: list[int] = []
        self._cells = np.zeros((0, units), dtype=np.int64)
        self._areas = np.zeros((0, units), dtype=np.float64)
        self.gone = np.zeros(units, dtype=np.float64)

    @property
    def codes(self) -> list[int]:
        return sorted(self._seen)

    def tables(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Cells and areas, one row a unit, one column a code in order."""
        order = np.argsort(self._seen).astype(np.intp)
        return self._cells[order].T, self._areas[order].T

    def add(self, unit: Ints, code: Ints, runs: Runs, band: Band) -> None:
        """Add runs of cells, each in a unit and of a code or without one."""
        area = band.areas.of_runs(runs.row, runs.first, runs.end)
        known = code != _GONE
        if not known.all():
            self.gone += np.bincount(unit[~known], weights=area[~known], minlength=self._units)
            unit, code, area = unit[known], code[known], area[known]
        cells = (runs.end - runs.first)[known]
        for new in np.flatnonzero(np.bincount(code, minlength=1)):
            if self._column[new] < 0:
                self._column[new] = len(self._seen)
                self._seen.append(int(new))
                if len(self._seen) > MOST_CODES:
                    raise TooManyCodesError(
                        f"the raster holds more than {MOST_CODES} values; register classes, "
                        "not heights or counts",
                        values={"most": MOST_CODES},
                    )
                self._cells = np.vstack([self._cells, np.zeros((1, self._units), np.int64)])
                self._areas = np.vstack([self._areas, np.zeros((1, self._units))])
        # Only units of this band are touched: there may be thousands of others.
        here = np.flatnonzero(np.bincount(unit, minlength=1))
        place = np.zeros(self._units, dtype=np.intp)
        place[here] = np.arange(len(here))
        k = len(self._seen)
        key = self._column[code] * len(here) + place[unit]
        shape = (k, len(here))
        n = np.bincount(key, weights=cells, minlength=k * len(here)).reshape(shape)
        self._cells[:, here] += n.astype(np.int64)
        self._areas[:, here] += np.bincount(key, weights=area, minlength=k * len(here)).reshape(
            shape
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
