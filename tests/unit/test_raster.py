"""Class rasters of a few cells whose answers are known by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Geod
from rasterio.features import geometry_mask
from rasterio.transform import from_origin
from shapely import Polygon, box

from geo.area import quadrangle_areas_m2
from geo.errors import MissingCRSError, NotGeographicError
from geo.overlay import BrokenUnitsError
from geo.raster import DifferentGridError, RasterError, change_matrix, class_areas
from geo.raster_bands import BAND_ROWS

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


def test_windows_higher_than_a_band(tmp_path):
    path = write(tmp_path / "a.tif", np.ones((BAND_ROWS + 7, 3)))
    out = class_areas(path, units(square(0, 0, 3, BAND_ROWS + 7)))
    assert out.cells.loc[0, 1] == 3 * (BAND_ROWS + 7)


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
    with pytest.raises(RasterError, match=r"RAS-006.*float32"):
        class_areas(write(tmp_path / "f.tif", CELLS, dtype="float32"), place)
    with pytest.raises(RasterError, match=r"RAS-005.*Xian"):
        class_areas(write(tmp_path / "x.tif", CELLS, crs="EPSG:4610"), place)
    with pytest.raises(RasterError, match="RAS-004"):
        class_areas(write(tmp_path / "n.tif", CELLS, crs=None), place)


def test_units_need_degrees(tmp_path):
    path = write(tmp_path / "a.tif", CELLS)
    with pytest.raises(NotGeographicError):
        class_areas(path, units(square(0, 0, 1, 1)).to_crs(4527))
    with pytest.raises(MissingCRSError):
        class_areas(path, units(square(0, 0, 1, 1), crs=None))


def test_units_that_cross_themselves_are_named(tmp_path):
    path = write(tmp_path / "a.tif", CELLS)
    bow = Polygon([(115, 28), (115.04, 27.96), (115.04, 28), (115, 27.96)])
    bad = units(square(0, 0, 1, 1), bow, None).rename(index={1: "east"})
    for work in (lambda: class_areas(path, bad), lambda: change_matrix(path, path, within=bad)):
        with pytest.raises(BrokenUnitsError, match="OVL-008") as caught:
            work()
        assert caught.value.rows == ("east",)
    good = bad.drop(index="east")
    assert class_areas(path, good).cells[1].tolist() == [1, 0]
    assert change_matrix(path, path, within=good).cells.to_numpy().tolist() == [[1]]
    with pytest.raises(NotGeographicError):
        change_matrix(path, path, within=good.to_crs(4527))
    with pytest.raises(MissingCRSError):
        change_matrix(path, path, within=units(square(0, 0, 1, 1), crs=None))


def test_codes_that_the_legend_does_not_know(tmp_path):
    path = write(tmp_path / "a.tif", CELLS)
    place = units(square(0, 0, 4, 4))
    assert class_areas(path, place, legend={1, 2, 3}).cells.to_numpy().sum() == 14
    with pytest.raises(RasterError, match="RAS-003") as caught:
        class_areas(path, place, legend={1, 2})
    assert caught.value.values["codes"] == "3"
    with pytest.raises(RasterError, match="RAS-003"):
        change_matrix(path, path, legend={2, 3})


def test_a_file_that_is_no_raster_or_cut_short(tmp_path):
    place = units(square(0, 0, 300, 300))
    (tmp_path / "a.tif").write_text("not a raster")
    with pytest.raises(RasterError, match="RAS-007"):
        class_areas(tmp_path / "a.tif", place)
    noise = np.random.default_rng(1).integers(1, 200, (300, 300))
    whole = write(tmp_path / "whole.tif", noise)
    whole.write_bytes(whole.read_bytes()[:40_000])
    with pytest.raises(RasterError, match="RAS-007"):
        class_areas(whole, place)
    with pytest.raises(RasterError, match="RAS-007"):
        class_areas(tmp_path / "absent.tif", place)


def test_more_values_than_classes(tmp_path):
    rows = np.arange(1, 1101).reshape(22, 50)
    path = write(tmp_path / "a.tif", rows, dtype="uint16")
    with pytest.raises(RasterError, match="RAS-012"):
        class_areas(path, units(square(0, 0, 50, 22)))
    assert class_areas(path, units(square(0, 0, 50, 20))).cells.shape == (1, 1000)


def naive(path, shapes, crs=None):
    """Every cell by itself: mask by GDAL, area by the ring of the cell on the ellipsoid."""
    with rasterio.open(path) as raster:
        codes, transform = raster.read(1), raster.transform
        frame = shapes if crs is None else shapes.to_crs(crs)
        masks = [
            geometry_mask([shape], codes.shape, transform, invert=True) for shape in frame.geometry
        ]
    return codes, [
        {int(code): int((codes[mask] == code).sum()) for code in np.unique(codes[mask])}
        for mask in masks
    ]


@pytest.mark.parametrize("tiled", [True, False])
def test_units_of_any_shape_have_the_cells_that_gdal_gives_them(tmp_path, tiled):
    """A second engine: masks drawn by GDAL, one a unit, over several tiles; units overlap."""
    rng = np.random.default_rng(8)
    cells = rng.integers(0, 6, (700, 900))
    cells[200:400, 100:700] = 4
    path = tmp_path / "a.tif"
    options = {"tiled": True, "blockxsize": 128, "blockysize": 128} if tiled else {}
    with rasterio.open(
        path, "w", driver="GTiff", width=900, height=700, count=1, dtype="uint8", nodata=0,
        crs="EPSG:4490", transform=from_origin(115.0, 28.0, 0.0003, 0.0003), **options,
    ) as raster:  # fmt: skip
        raster.write(cells.astype("uint8"), 1)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    shapes = []
    for _ in range(12):
        x, y = 115.0 + rng.uniform(-0.02, 0.28), 28.0 - rng.uniform(-0.02, 0.22)
        radius = 0.03 * rng.uniform(0.3, 1.0, 60)
        ring = np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)]
        shapes.append(Polygon(ring).difference(box(x - 0.004, y - 0.004, x + 0.003, y + 0.004)))
    place = units(*shapes)
    _, expected = naive(path, place)
    out = class_areas(path, place)
    for row, counts in enumerate(expected):
        gone = counts.pop(0, 0)
        assert out.cells.loc[row][out.cells.loc[row] > 0].to_dict() == counts
        assert (out.nodata_m2[row] > 0) == (gone > 0)


def test_a_mask_beside_the_codes_is_obeyed(tmp_path):
    path = tmp_path / "masked.tif"
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(
        path, "w", driver="GTiff", width=3, height=2, count=1, dtype="uint8", crs="EPSG:4490",
        transform=from_origin(115.0, 28.0, STEP, STEP),
    ) as raster:  # fmt: skip
        raster.write(np.array([[1, 1, 2], [2, 2, 2]], dtype="uint8"), 1)
        raster.write_mask(np.array([[255, 0, 255], [255, 255, 0]], dtype="uint8"))
    out = class_areas(path, units(square(0, 0, 3, 2)))
    assert out.cells.loc[0].to_dict() == {1: 1, 2: 3}
    assert out.nodata_m2[0] == pytest.approx(row_area(0) + row_area(1))
    assert change_matrix(path, path).skipped_m2 == pytest.approx(row_area(0) + row_area(1))


def test_a_projected_raster_as_wide_as_a_prefecture_has_the_area_of_the_ellipsoid(tmp_path):
    """The scale changes by 1e-3 over the window, and the area is still right to 1e-7."""
    west, north, step = 39_500_000, 3_100_000, 250
    path = write(
        tmp_path / "gk.tif", np.ones((600, 900)), crs="EPSG:4527",
        transform=from_origin(west, north, step, step),
    )  # fmt: skip
    frame = box(west, north - 600 * step, west + 900 * step, north)
    dense = units(frame.segmentize(1000.0), crs=4527).to_crs(4490)
    out = class_areas(path, units(box(110, 20, 125, 35)))
    assert out.cells.loc[0, 1] == 540_000
    geodesic = abs(GEOD.geometry_area_perimeter(dense.geometry[0])[0])
    assert out.area_m2.loc[0, 1] == pytest.approx(geodesic, rel=2e-7)
    assert abs(out.area_m2.loc[0, 1] / frame.area - 1) > 1e-4
