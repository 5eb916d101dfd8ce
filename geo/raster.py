"""Class rasters by windows: areas per unit, and the change between two of them.

A cell belongs to the unit that holds its centre. Cells without data are never counted. The area of
a cell is exact on the ellipsoid for geographic rasters; for projected ones the planar area is
divided by the areal scale of the projection, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from pyproj import CRS, Proj
from rasterio.features import geometry_mask
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from geo.area import quadrangle_areas_m2
from geo.crs import require_geographic
from geo.errors import GanyuanError

Source = str | PathLike[str]
Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Dataset = Any  # rasterio ships no types

STRIP_ROWS: Final = 256
"""Rows read at a time."""
# CGCS2000 and WGS 84 agree far below a cell; the degrees are used as they are.
_ALIKE: Final = ("China 2000", "World Geodetic System 1984", "CGCS2000", "WGS 84")
_GRID_TOLERANCE: Final = 1e-6
_SMALL: Final = 1 << 16


class RasterError(GanyuanError):
    """The raster cannot be tabulated: no CRS, no class codes, or an unknown datum."""

    code = "RAS-001"


class DifferentGridError(GanyuanError):
    """Two rasters do not share cells, so their cells cannot be compared."""

    code = "RAS-002"


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


def class_areas(source: Source, units: gpd.GeoDataFrame) -> ClassAreas:
    """Cells and areas of each class inside each unit, one window per unit.

    Args:
        source: Raster of whole-number codes; only its first band is read.
        units: k polygons with longitudes and latitudes in degrees (EPSG:4490).

    Returns:
        Tables on the index of ``units``; a unit off the raster has zero everywhere.

    Raises:
        MissingCRSError: ``units`` have no CRS.
        NotGeographicError: ``units`` are projected.
        RasterError: The raster has no CRS, another datum, or no whole-number codes.
    """
    require_geographic(units)
    with _opened(source) as raster:
        outlines = _in_crs_of(raster, units)
        found = [_tally_unit(raster, outline) for outline in outlines]
    codes = sorted({code for cells, _, _ in found for code in cells})
    columns = pd.Index(codes, name="code", dtype="int64")
    cells = [[counts.get(code, 0) for code in codes] for counts, _, _ in found]
    areas = [[sums.get(code, 0.0) for code in codes] for _, sums, _ in found]
    shape = (len(found), len(codes))
    return ClassAreas(
        cells=pd.DataFrame(np.array(cells, np.int64).reshape(shape), units.index, columns),
        area_m2=pd.DataFrame(np.array(areas, np.float64).reshape(shape), units.index, columns),
        nodata_m2=pd.Series([gap for _, _, gap in found], index=units.index, dtype="float64"),
    )


def change_matrix(
    before: Source, after: Source, *, within: gpd.GeoDataFrame | None = None
) -> Change:
    """What became what between two rasters of one grid, read in strips.

    Args:
        before: Raster of the earlier year.
        after: Raster of the later year, on the same grid.
        within: Polygons in degrees that limit the count (their union); None counts every cell.

    Raises:
        DifferentGridError: CRS, size or transform differ.
        RasterError: A raster has no CRS, another datum, or no whole-number codes.
        NotGeographicError: ``within`` is projected.
    """
    with _opened(before) as first, _opened(after) as second:
        _require_same_grid(first, second)
        outline = None
        if within is not None:
            require_geographic(within)
            outline = shapely.union_all(_in_crs_of(first, within))
        window = _window(first, outline)
        # Two codes become one number; small numbers are counted without sorting.
        shift = 1 << (8 * max(np.dtype(raster.dtypes[0]).itemsize for raster in (first, second)))
        counts: dict[int, int] = {}
        sums: dict[int, float] = {}
        skipped = 0.0
        for strip in _strips(window):
            old, old_gone = _read(first, strip)
            new, new_gone = _read(second, strip)
            inside = _inside(first, strip, outline)
            gone = old_gone | new_gone
            area = _row_areas(first, strip)
            pairs = old * shift + new
            _tally(pairs, inside & ~gone, area, counts, sums)
            skipped += float((inside & gone).sum(axis=1) @ area)
    return Change(_matrix(counts, shift, "int64"), _matrix(sums, shift, "float64"), skipped)


@contextmanager
def _opened(source: Source) -> Iterator[Dataset]:
    with rasterio.open(source) as raster:
        if raster.crs is None:
            raise RasterError(
                f"{raster.name} states no CRS; assign it and register it again",
                values={"reason": "no CRS"},
            )
        if np.dtype(raster.dtypes[0]) not in (np.dtype("uint8"), np.dtype("uint16")):
            raise RasterError(
                f"{raster.name} holds {raster.dtypes[0]}; class rasters hold uint8 or uint16",
                values={"reason": raster.dtypes[0]},
            )
        yield raster


def _in_crs_of(raster: Dataset, units: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Outlines of the units in the raster's CRS; CGCS2000 and WGS 84 degrees are taken as one."""
    target = CRS.from_user_input(raster.crs)
    base = target.geodetic_crs
    datum = base.datum.name if base is not None and base.datum is not None else ""
    if not any(name in datum for name in _ALIKE):
        raise RasterError(
            f"{raster.name} is on {target.name}; only CGCS2000 and WGS 84 rasters are read",
            values={"reason": target.name},
        )
    geometry = units.geometry.set_crs(base, allow_override=True)
    if not target.is_geographic:
        geometry = geometry.to_crs(target)
    out: npt.NDArray[np.object_] = geometry.to_numpy()
    return out


def _require_same_grid(first: Dataset, second: Dataset) -> None:
    shift = ~first.transform * second.transform
    same = (
        first.crs == second.crs
        and first.shape == second.shape
        and shift.almost_equals(rasterio.Affine.identity(), precision=_GRID_TOLERANCE)
    )
    if not same:
        raise DifferentGridError(
            f"{first.name} and {second.name} differ in system, size or position of their cells; "
            "resample one to the grid of the other",
            values={"first": first.name, "second": second.name},
        )


def _tally_unit(
    raster: Dataset, outline: BaseGeometry | None
) -> tuple[dict[int, int], dict[int, float], float]:
    counts: dict[int, int] = {}
    sums: dict[int, float] = {}
    gap = 0.0
    if outline is None or outline.is_empty:
        return counts, sums, gap
    for strip in _strips(_window(raster, outline)):
        codes, gone = _read(raster, strip)
        inside = _inside(raster, strip, outline)
        area = _row_areas(raster, strip)
        _tally(codes, inside & ~gone, area, counts, sums)
        gap += float((inside & gone).sum(axis=1) @ area)
    return counts, sums, gap


def _tally(
    codes: Codes,
    counted: npt.NDArray[np.bool_],
    row_area: Floats,
    counts: dict[int, int],
    sums: dict[int, float],
) -> None:
    """Add the cells of one strip: counted per row and code, weighted by the row's cell area."""
    rows, _ = np.nonzero(counted)
    present, position = _ranked(codes[counted])
    k = len(present)
    table = np.bincount(rows * k + position, minlength=len(row_area) * k)
    table = table.reshape(len(row_area), k)
    for code, n, area in zip(present, table.sum(axis=0), row_area @ table, strict=True):
        counts[int(code)] = counts.get(int(code), 0) + int(n)
        sums[int(code)] = sums.get(int(code), 0.0) + float(area)


def _ranked(codes: Codes) -> tuple[Codes, Codes]:
    """The distinct codes, and the position of each cell's code among them."""
    if len(codes) == 0 or codes.max() >= _SMALL:
        present, position = np.unique(codes, return_inverse=True)
        return present, position.astype(np.int64)
    present = np.flatnonzero(np.bincount(codes))
    rank = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    rank[present] = np.arange(len(present))
    return present, rank[codes]


def _matrix(values: dict[int, Any], shift: int, dtype: str) -> pd.DataFrame:
    pairs = [divmod(key, shift) for key in values]
    codes = sorted({code for pair in pairs for code in pair})
    out = pd.DataFrame(
        0,
        index=pd.Index(codes, name="before", dtype="int64"),
        columns=pd.Index(codes, name="after", dtype="int64"),
        dtype=dtype,
    )
    for (old, new), value in zip(pairs, values.values(), strict=True):
        out.loc[old, new] = value
    return out


def _window(raster: Dataset, outline: BaseGeometry | None) -> Window:
    """The smallest window of whole cells that holds the outline, cut at the raster's edge."""
    if outline is None:
        return Window(0, 0, raster.width, raster.height)
    west, south, east, north = outline.bounds
    corners = [
        ~raster.transform * xy
        for xy in ((west, south), (west, north), (east, south), (east, north))
    ]
    columns, rows = np.array(corners).T
    left, right = max(0, int(np.floor(columns.min()))), int(np.ceil(columns.max()))
    top, bottom = max(0, int(np.floor(rows.min()))), int(np.ceil(rows.max()))
    width = max(0, min(right, raster.width) - left)
    height = max(0, min(bottom, raster.height) - top)
    return Window(left, top, width, height)


def _strips(window: Window) -> Iterator[Window]:
    if window.width <= 0:
        return
    for row in range(0, window.height, STRIP_ROWS):
        rows = min(STRIP_ROWS, window.height - row)
        yield Window(window.col_off, window.row_off + row, window.width, rows)


def _read(raster: Dataset, window: Window) -> tuple[Codes, npt.NDArray[np.bool_]]:
    """Codes of a window, and where there is no data."""
    codes = raster.read(1, window=window).astype(np.int64)
    return codes, raster.read_masks(1, window=window) == 0


def _inside(raster: Dataset, window: Window, outline: BaseGeometry | None) -> npt.NDArray[np.bool_]:
    shape = (int(window.height), int(window.width))
    if outline is None:
        return np.ones(shape, dtype=bool)
    inside: npt.NDArray[np.bool_] = geometry_mask(
        [outline], out_shape=shape, transform=raster.window_transform(window), invert=True
    )
    return inside


def _row_areas(raster: Dataset, window: Window) -> Floats:
    """Area in m2 of one cell of each row of a window; rotated rasters keep their planar area."""
    transform = raster.window_transform(window)
    crs = CRS.from_user_input(raster.crs)
    rows = np.arange(int(window.height) + 1)
    edges = transform.f + transform.e * rows
    if crs.is_geographic:
        north, south = np.maximum(edges[:-1], edges[1:]), np.minimum(edges[:-1], edges[1:])
        return quadrangle_areas_m2(south, north, abs(transform.a))
    planar = abs(transform.determinant) * crs.axis_info[0].unit_conversion_factor ** 2
    middle = np.full(int(window.height), window.width / 2.0)
    x, y = transform * (middle, rows[:-1] + 0.5)
    project = Proj(crs)
    scale = project.get_factors(*project(x, y, inverse=True)).areal_scale
    return np.asarray(planar / np.asarray(scale), dtype=np.float64)
