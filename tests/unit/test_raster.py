"""Class rasters of a few cells whose answers are known by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Geod
from rasterio.transform import from_origin
from shapely import Polygon, box

from geo.area import quadrangle_areas_m2
from geo.errors import MissingCRSError, NotGeographicError
from geo.raster import STRIP_ROWS, DifferentGridError, RasterError, change_matrix, class_areas

GEOD = Geod(a=6378137, rf=298.257222101)
STEP = 0.01


def write(path, cells, *, crs="EPSG:4326", transform=None, nodata=0, dtype="uint8"):
    data = np.asarray(cells)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=data.shape[1],
        height=data.shape[0],
        count=1,
        dtype=dtype,
        crs=crs,
        nodata=nodata,
        transform=transform or from_origin(115.0, 28.0, STEP, STEP),
    ) as raster:
        raster.write(data.astype(dtype), 1)
    return path


def units(*shapes, crs=4490):
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def square(column, row, width, height):
    """Cells column.. and row.. from the north-west corner."""
    west, north = 115.0 + column * STEP, 28.0 - row * STEP
    return box(west, north - height * STEP, west + width * STEP, north)


CELLS = [[1, 1, 2, 2], [1, 0, 2, 2], [3, 3, 3, 0], [3, 3, 3, 3]]


def row_area(row):
    north = 28.0 - row * STEP
    return quadrangle_areas_m2(np.array([north - STEP]), np.array([north]), STEP)[0]


def test_cells_per_unit_and_nodata_apart(tmp_path):
    path = write(tmp_path / "a.tif", CELLS)
    out = class_areas(path, units(square(0, 0, 2, 2), square(2, 0, 2, 4), square(40, 40, 1, 1)))
    assert out.cells.columns.tolist() == [1, 2, 3]
    assert out.cells.to_numpy().tolist() == [[3, 0, 0], [0, 4, 3], [0, 0, 0]]
    assert out.nodata_m2.tolist() == pytest.approx([row_area(1), row_area(2), 0.0])
    first = 2 * row_area(0) + row_area(1)
    assert out.area_m2.loc[0, 1] == pytest.approx(first, rel=1e-12)


def test_cell_area_is_that_of_the_ellipsoid():
    lon = np.linspace(115, 116, 2001)
    ring = [*((x, 27.0) for x in lon), *((x, 28.0) for x in lon[::-1])]
    geodesic = abs(GEOD.geometry_area_perimeter(Polygon(ring))[0])
    out = quadrangle_areas_m2(np.array([27.0]), np.array([28.0]), 1.0)[0]
    assert out == pytest.approx(geodesic, rel=1e-7)


def test_a_cell_belongs_where_its_centre_is(tmp_path):
    path = write(tmp_path / "a.tif", np.ones((4, 4)))
    out = class_areas(path, units(square(0, 0, 1.4, 1.4), square(0, 0, 1.6, 1.6)))
    assert out.cells[1].tolist() == [1, 4]


def test_units_that_tile_the_raster_keep_the_total(tmp_path):
    rng = np.random.default_rng(3)
    path = write(tmp_path / "a.tif", rng.integers(0, 5, (40, 60)))
    tiles = units(*(square(10 * i, 8 * j, 10, 8) for i in range(6) for j in range(5)))
    out = class_areas(path, tiles)
    whole = sum(row_area(row) * 60 for row in range(40))
    assert out.area_m2.sum().sum() + out.nodata_m2.sum() == pytest.approx(whole)
    assert 0 not in out.cells.columns


def test_windows_higher_than_a_strip(tmp_path):
    path = write(tmp_path / "a.tif", np.ones((STRIP_ROWS + 7, 3)))
    out = class_areas(path, units(square(0, 0, 3, STRIP_ROWS + 7)))
    assert out.cells.loc[0, 1] == 3 * (STRIP_ROWS + 7)


def test_a_projected_raster_is_corrected_by_its_areal_scale(tmp_path):
    # 150 km east of the central meridian the Gauss-Krueger plane is 0.055 % too large.
    transform = from_origin(39_650_000, 3_100_000, 30, 30)
    path = write(tmp_path / "gk.tif", np.ones((10, 10)), crs="EPSG:4527", transform=transform)
    frame = units(box(39_650_000, 3_099_700, 39_650_300, 3_100_000), crs=4527).to_crs(4490)
    out = class_areas(path, frame)
    assert out.cells.loc[0, 1] == 100
    geodesic = abs(GEOD.geometry_area_perimeter(frame.geometry[0])[0])
    assert out.area_m2.loc[0, 1] == pytest.approx(geodesic, rel=1e-6)
    assert abs(out.area_m2.loc[0, 1] / 90_000 - 1) > 4e-4


def test_codes_beyond_a_byte(tmp_path):
    path = write(tmp_path / "a.tif", [[7, 40_000]], dtype="uint16")
    assert class_areas(path, units(square(0, 0, 2, 1))).cells.columns.tolist() == [7, 40_000]
    change = change_matrix(path, path)
    assert change.cells.loc[40_000, 40_000] == 1
    assert change.cells.to_numpy().sum() == 2


def test_change_by_hand(tmp_path):
    old = write(tmp_path / "old.tif", [[1, 1, 2], [2, 0, 1]])
    new = write(tmp_path / "new.tif", [[1, 8, 2], [8, 8, 0]])
    out = change_matrix(old, new)
    assert out.cells.index.tolist() == [1, 2, 8]
    assert out.cells.loc[1, 1] == 1
    assert out.cells.loc[1, 8] == 1
    assert out.cells.loc[2, 2] == 1
    assert out.cells.loc[2, 8] == 1
    assert out.cells.to_numpy().sum() == 4
    assert out.skipped_m2 == pytest.approx(2 * row_area(1))
    total = 3 * row_area(0) + 3 * row_area(1)
    assert out.area_m2.to_numpy().sum() + out.skipped_m2 == pytest.approx(total)


def test_change_agrees_with_the_areas_of_both_years_and_stays_within(tmp_path):
    rng = np.random.default_rng(4)
    old = write(tmp_path / "old.tif", rng.integers(1, 6, (300, 20)))
    new = write(tmp_path / "new.tif", rng.integers(1, 6, (300, 20)))
    place = units(square(3, 5, 10, 280))
    out = change_matrix(old, new, within=place)
    before, after = class_areas(old, place).area_m2.loc[0], class_areas(new, place).area_m2.loc[0]
    assert out.area_m2.sum(axis=1).to_numpy() == pytest.approx(before.to_numpy())
    assert out.area_m2.sum(axis=0).to_numpy() == pytest.approx(after.to_numpy())
    nowhere = change_matrix(old, new, within=units(square(900, 900, 1, 1)))
    assert nowhere.cells.empty


@pytest.mark.parametrize(
    "other",
    [
        {"transform": from_origin(115.0 + STEP / 10, 28.0, STEP, STEP)},
        {"transform": from_origin(115.0, 28.0, STEP * 1.001, STEP)},
        {"crs": "EPSG:4490"},
        {"cells": np.ones((4, 5))},
    ],
)
def test_other_grids_are_refused(tmp_path, other):
    old = write(tmp_path / "old.tif", CELLS)
    options = {"cells": CELLS, **other}
    new = write(tmp_path / "new.tif", options.pop("cells"), **options)
    with pytest.raises(DifferentGridError, match="RAS-002"):
        change_matrix(old, new)


def test_what_is_no_class_raster_is_refused(tmp_path):
    place = units(square(0, 0, 1, 1))
    with pytest.raises(RasterError, match="float32"):
        class_areas(write(tmp_path / "f.tif", CELLS, dtype="float32"), place)
    with pytest.raises(RasterError, match="Xian"):
        class_areas(write(tmp_path / "x.tif", CELLS, crs="EPSG:4610"), place)
    with pytest.raises(RasterError, match="no CRS"):
        class_areas(write(tmp_path / "n.tif", CELLS, crs=None), place)


def test_units_need_degrees(tmp_path):
    path = write(tmp_path / "a.tif", CELLS)
    with pytest.raises(NotGeographicError):
        class_areas(path, units(square(0, 0, 1, 1)).to_crs(4527))
    with pytest.raises(MissingCRSError):
        class_areas(path, units(square(0, 0, 1, 1), crs=None))
