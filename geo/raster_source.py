"""Class rasters as they are opened: their system, their grid, the areas of their cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS, Proj
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from geo.area import quadrangle_areas_m2
from geo.errors import GanyuanError
from geo.range_reader import RangeFile, RemoteRaster
from geo.scanlines import Edges, edges_of

Source = str | PathLike[str] | RemoteRaster
Codes = npt.NDArray[np.unsignedinteger[Any]]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Dataset = Any  # rasterio ships no types

_CACHE_MB: Final = 64
LATTICE: Final = 256
"""Cells between two points at which the areal scale of a projection is asked for."""
GONE: Final = -2
"""Slot of a code that stands for cells without data."""
UNSEEN: Final = -1
"""Slot of a code that has not occurred."""
# CGCS2000 and WGS 84 agree far below a cell; the degrees are used as they are.
_ALIKE: Final = ("China 2000", "World Geodetic System 1984", "CGCS2000", "WGS 84")
_GRID_TOLERANCE: Final = 1e-6


class RasterError(GanyuanError):
    """The raster cannot be tabulated; subclasses say why."""


class DifferentGridError(GanyuanError):
    """Two rasters do not share cells, so their cells cannot be compared."""

    code = "RAS-002"


class RasterWithoutSystemError(RasterError):
    """The raster states no coordinate reference system, or no position."""

    code = "RAS-004"


class RasterDatumError(RasterError):
    """The raster is neither on CGCS2000 nor on WGS 84."""

    code = "RAS-005"


class RasterCellsError(RasterError):
    """The cells are no whole-number codes of 8 or 16 bits."""

    code = "RAS-006"


class DamagedRasterError(RasterError):
    """The file is no GeoTIFF, or a part of it cannot be read."""

    code = "RAS-007"


@dataclass(frozen=True)
class ClassRaster:
    """An open raster of class codes.

    Attributes:
        dataset: The open file.
        crs: Its system.
    """

    dataset: Dataset
    crs: CRS

    @property
    def name(self) -> str:
        """Path or address without its folders."""
        return str(self.dataset.name).rsplit("/", maxsplit=1)[-1]

    @property
    def nodata(self) -> int | None:
        """Code of cells without data, if a code says so."""
        value = self.dataset.nodata
        return None if value is None or value != int(value) else int(value)

    @property
    def code_range(self) -> int:
        """One more than the largest code that a cell can hold."""
        return int(np.iinfo(self.dataset.dtypes[0]).max) + 1

    @property
    def has_mask(self) -> bool:
        """Whether a mask beside the codes says where there is data."""
        flags = self.dataset.mask_flag_enums[0]
        return MaskFlags.nodata not in flags and MaskFlags.all_valid not in flags

    @property
    def cells(self) -> int:
        """Cells of the whole raster."""
        return int(self.dataset.width * self.dataset.height)

    def room(self, cells: int) -> Codes:
        """Memory for the codes of so many cells."""
        return np.empty(cells, dtype=self.dataset.dtypes[0])

    def layer(self, window: Window, room: Codes) -> Layer:
        """Codes of a window.

        Args:
            window: What to read.
            room: Where to; the layer holds its codes until it is written to again. Memory that the
                system hands out anew for every window costs as much as decoding the tiles.

        Raises:
            DamagedRasterError: A part of the file cannot be decoded.
        """
        size = self.code_range
        slots = np.full(size + 1, UNSEEN, dtype=np.int32)
        slots[size] = GONE
        if self.nodata is not None and 0 <= self.nodata < size:
            slots[self.nodata] = GONE
        with _reading(self.name):
            height, width = int(window.height), int(window.width)
            codes = room[: height * width].reshape(height, width)
            self.dataset.read(1, window=window, out=codes)
            if self.has_mask:
                gone = self.dataset.read_masks(1, window=window) == 0
                codes = codes.astype(np.uint16 if codes.itemsize == 1 else np.uint32)
                codes[gone] = size
        return Layer(codes, slots)

    @cached_property
    def _projection(self) -> Proj:
        return Proj(self.crs)

    def edges(self, polygons: gpd.GeoDataFrame) -> Edges:
        """Edges of polygons in cells; CGCS2000 and WGS 84 degrees are taken as one.

        Args:
            polygons: n polygons with longitudes and latitudes in degrees.
        """
        geometry = polygons.geometry.set_crs(self.crs.geodetic_crs, allow_override=True)
        if not self.crs.is_geographic:
            geometry = geometry.to_crs(self.crs)
        return edges_of(geometry.to_numpy(), (~self.dataset.transform)[:6])

    def cell_areas(self, window: Window) -> CellAreas:
        """Areas of the cells of a window in m2; a degree raster must not be rotated."""
        transform = self.dataset.transform
        top, left = int(window.row_off), int(window.col_off)
        height, width = int(window.height), int(window.width)
        if self.crs.is_geographic:
            edges = transform.f + transform.e * np.arange(top, top + height + 1)
            north, south = np.maximum(edges[:-1], edges[1:]), np.minimum(edges[:-1], edges[1:])
            alike = quadrangle_areas_m2(south, north, abs(transform.a))[:, None]
            return CellAreas(alike, np.zeros_like(alike))
        # Lattice lines and the middles between them.
        columns = np.arange(2 * -(-width // LATTICE) + 1) * (LATTICE / 2.0)
        rows = np.arange(height) + 0.5
        # The scale is smooth; between the first and the last row of a band it is a line.
        ends = np.array([rows[0], rows[-1]])
        across, down = left + columns[None, :], top + ends[:, None]
        x = transform.a * across + transform.b * down + transform.c
        y = transform.d * across + transform.e * down + transform.f
        project = self._projection
        factors = project.get_factors(*project(x.ravel(), y.ravel(), inverse=True))
        unit = self.crs.axis_info[0].unit_conversion_factor
        planar = abs(transform.determinant) * unit**2
        area = planar / np.asarray(factors.areal_scale).reshape(x.shape)
        share = ((rows - rows[0]) / max(rows[-1] - rows[0], 1.0))[:, None]
        area = area[0] * (1.0 - share) + area[1] * share
        low, middle, high = area[:, 0:-1:2], area[:, 1::2], area[:, 2::2]
        # Simpson's mean, so that the curve of the scale between two lines is no bias.
        rise = high - low
        return CellAreas((low + 4.0 * middle + high) / 6.0 - rise / 2.0, rise)


@dataclass(frozen=True)
class Layer:
    """Codes of cells.

    Attributes:
        codes: One row a row of cells, unsigned; one more than the largest code of the file where a
            mask denies data.
        slots: For each code ``GONE`` if it stands for cells without data, else ``UNSEEN``; int32.
    """

    codes: Codes
    slots: npt.NDArray[np.int32]


@dataclass(frozen=True)
class CellAreas:
    """Areas of cells of a window in m2.

    Attributes:
        at: One row a row of the window, one column a stretch between two lattice lines: the area
            at its first line. One column for all where cells of a row are alike.
        rise: What it gains up to the next line.
    """

    at: Floats
    rise: Floats


@contextmanager
def opened(source: Source) -> Iterator[ClassRaster]:
    """A class raster, local or behind a server, opened as a GeoTIFF and nothing else.

    Raises:
        RasterError: It cannot be opened, or its system or codes do not serve.
        RemoteRasterError: The server of a remote raster refuses or answers wrongly.
    """
    if isinstance(source, RemoteRaster):
        with (
            RangeFile(source) as remote,
            _blaming(remote),
            _dataset(remote.key, opener=remote.opener) as dataset,
        ):
            yield _checked(dataset)
        return
    with _dataset(fspath(source)) as dataset:
        yield _checked(dataset)


@contextmanager
def _blaming(remote: RangeFile) -> Iterator[None]:
    """GDAL may take a failed read for cells without data: what the server did outweighs that."""
    try:
        yield
    except RasterError:
        remote.require_whole()
        raise
    remote.require_whole()


@contextmanager
def _dataset(path: str, **options: Any) -> Iterator[Dataset]:  # noqa: ANN401 - rasterio's own
    # Files beside a raster are no part of it, and each would cost a request. Every tile is read
    # once, so GDAL need not keep tiles in a twentieth of the machine's memory, as it would.
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_CACHEMAX=_CACHE_MB):
        with _reading(path.rsplit("/", maxsplit=1)[-1]):
            dataset = rasterio.open(path, driver="GTiff", **options)
        with dataset:
            yield dataset


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except (RasterioError, OSError) as err:
        raise DamagedRasterError(
            f"{name} cannot be read: {err}; check the file and register it again",
            values={"name": name},
        ) from err


def _checked(dataset: Dataset) -> ClassRaster:
    name = str(dataset.name).rsplit("/", maxsplit=1)[-1]
    if dataset.crs is None or dataset.transform.is_identity:
        raise RasterWithoutSystemError(
            f"{name} states no CRS or no position (no CRS); assign it and register it again",
            values={"name": name},
        )
    kind = np.dtype(dataset.dtypes[0])
    if kind not in (np.dtype("uint8"), np.dtype("uint16")):
        raise RasterCellsError(
            f"{name} holds {kind}; class rasters hold uint8 or uint16",
            values={"name": name, "kind": kind},
        )
    crs = CRS.from_user_input(dataset.crs)
    base = crs.geodetic_crs
    datum = base.datum.name if base is not None and base.datum is not None else ""
    if not any(alike in datum for alike in _ALIKE):
        raise RasterDatumError(
            f"{name} is on {crs.name}; only CGCS2000 and WGS 84 rasters are read",
            values={"name": name, "system": crs.name},
        )
    return ClassRaster(dataset, crs)


def require_same_grid(first: ClassRaster, second: ClassRaster) -> None:
    """Refuse two rasters whose cells are not the same.

    Raises:
        DifferentGridError: System, size or position differ.
    """
    one, two = first.dataset, second.dataset
    shift = ~one.transform * two.transform
    same = (
        one.crs == two.crs
        and one.shape == two.shape
        and shift.almost_equals(rasterio.Affine.identity(), precision=_GRID_TOLERANCE)
    )
    if not same:
        raise DifferentGridError(
            f"{first.name} and {second.name} differ in system, size or position of their cells; "
            "resample one to the grid of the other",
            values={"first": first.name, "second": second.name},
        )
