"""Counts on class rasters against other engines, and the extremes: noise, nothing, many codes."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely import Polygon, box

from geo import raster_bands
from geo.area import quadrangle_areas_m2
from geo.raster import RasterError, change_matrix, class_areas
from geo.raster_runs import compiled

ROOT = Path(__file__).parents[2]
WEST, NORTH, STEP = 115.0, 28.0, 0.0003


def write(path, cells, *, mask=None, nodata=0, **options):
    cells = np.asarray(cells)
    if "crs" not in options:
        options |= {"crs": "EPSG:4490", "transform": from_origin(WEST, NORTH, STEP, STEP)}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(
        path, "w", driver="GTiff", width=cells.shape[1], height=cells.shape[0], count=1,
        dtype=cells.dtype, nodata=nodata, **options,
    ) as raster:  # fmt: skip
        raster.write(cells, 1)
        if mask is not None:
            raster.write_mask(mask)
    return path


def noise(shape, most=9, seed=0, kind="uint8"):
    """Every cell drawn by itself: runs are as short as they can be."""
    return np.random.default_rng(seed).integers(0, most + 1, shape).astype(kind)


def blob(x, y, radius, seed, points=40):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = radius * rng.uniform(0.4, 1.0, points)
    return Polygon(np.c_[x + reach * np.cos(angle), y + reach * np.sin(angle)])


def units():
    """Crooked units that overlap, one with a hole and one that leaves the raster."""
    holed = blob(115.1, 27.9, 0.08, 1) - box(115.09, 27.89, 115.11, 27.91)
    shapes = [holed, blob(115.15, 27.92, 0.05, 2), blob(115.0, 28.0, 0.06, 3)]
    return gpd.GeoDataFrame(geometry=shapes, index=["a", "b", "c"], crs=4490)


def row_areas(rows):
    edges = NORTH - STEP * np.arange(rows + 1)
    return quadrangle_areas_m2(edges[1:], edges[:-1], STEP)


def crosstab(old, new, keep):
    """The second engine: pandas, on single cells."""
    before, after = (pd.Series(a[keep].astype(int)) for a in (old, new))
    codes = sorted({*before, *after})
    table = pd.crosstab(before, after)
    return codes, table.reindex(index=codes, columns=codes, fill_value=0).to_numpy()


def bincount(old, new, weights=None):
    """The usual way: whole arrays and one number for each pair."""
    key = old.astype(np.intp) * 65_536 + new
    values, at = np.unique(key, return_inverse=True)
    return values, np.bincount(at.ravel(), None if weights is None else weights.ravel())


def pairs(change):
    """Cells and areas of the pairs that occur, by one number."""
    cells, area = change.cells.to_numpy(), change.area_m2.to_numpy()
    codes = change.cells.index.to_numpy()
    before, after = np.nonzero(cells)
    key = codes[before] * 65_536 + codes[after]
    return key.tolist(), cells[before, after].tolist(), area[before, after]


@pytest.mark.parametrize("most", [1, 9, 250])
def test_change_of_noise_is_what_bincount_and_pandas_count(tmp_path, most):
    old, new = noise((300, 700), most, 1), noise((300, 700), most, 2)
    tiles = {"tiled": True, "blockxsize": 128, "blockysize": 128}
    out = change_matrix(
        write(tmp_path / "a.tif", old, **tiles), write(tmp_path / "b.tif", new, **tiles)
    )
    known = (old > 0) & (new > 0)
    codes, table = crosstab(old, new, known)
    assert out.cells.index.tolist() == out.cells.columns.tolist() == codes
    assert (out.cells.to_numpy() == table).all()
    weights = np.broadcast_to(row_areas(300)[:, None], old.shape)
    values, area = bincount(old[known], new[known], weights[known])
    key, _, ours = pairs(out)
    assert key == values.tolist()
    assert ours == pytest.approx(area, rel=1e-12)
    assert out.skipped_m2 == pytest.approx(weights[~known].sum(), rel=1e-12)


def test_classes_of_noise_are_what_rasterstats_counts(tmp_path):
    rasterstats = pytest.importorskip("rasterstats", reason="a peer for tests only")
    cells = noise((600, 700), 6, 3)
    path = write(tmp_path / "a.tif", cells)
    place = units().iloc[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = rasterstats.zonal_stats(
            place, str(path), categorical=True, nodata=0, boundless=False
        )
    ours = class_areas(path, place).cells
    for (_, row), counts in zip(ours.iterrows(), theirs, strict=True):
        assert row[row > 0].to_dict() == counts


def test_classes_of_noise_are_those_of_single_centres(tmp_path):
    """No mask at all: every centre is asked whether it lies within."""
    cells = noise((600, 700), 6, 4)
    out = class_areas(write(tmp_path / "a.tif", cells), units())
    x = WEST + (np.arange(700) + 0.5) * STEP
    y = NORTH - (np.arange(600) + 0.5) * STEP
    area = row_areas(600)
    for label, shape in units().geometry.items():
        inside = shapely.contains_xy(shape, *np.meshgrid(x, y))
        counts = np.bincount(cells[inside], minlength=7)[1:]
        assert out.cells.loc[label].tolist() == counts.tolist()
        weights = np.broadcast_to(area[:, None], cells.shape)[inside]
        summed = np.bincount(cells[inside], weights, minlength=7)
        assert out.area_m2.loc[label].to_numpy() == pytest.approx(summed[1:], rel=1e-12)
        assert out.nodata_m2[label] == pytest.approx(summed[0], rel=1e-12)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_where_there_is_no_data_there_are_no_classes(tmp_path, kind):
    path = write(tmp_path / "a.tif", np.zeros((40, 600), dtype=kind))
    out = class_areas(path, units())
    assert out.cells.shape == (3, 0)
    whole = row_areas(40).sum() * 600
    everywhere = gpd.GeoDataFrame(geometry=[box(114, 27, 117, 29)], crs=4490)
    assert class_areas(path, everywhere).nodata_m2[0] == pytest.approx(whole)
    change = change_matrix(path, path)
    assert change.cells.shape == (0, 0)
    assert change.skipped_m2 == pytest.approx(whole)


def test_codes_at_the_ends_of_their_range(tmp_path):
    wide = np.array([[0, 1, 65_534, 65_535], [65_535, 65_535, 0, 1]], dtype="uint16")
    out = change_matrix(
        write(tmp_path / "a.tif", wide, nodata=None),
        write(tmp_path / "b.tif", wide[::-1], nodata=65_535),
    )
    key, cells, _ = pairs(out)
    pair = [(0, 65_534), (65_534, 0), (65_535, 0), (65_535, 1)]
    assert key == [before * 65_536 + after for before, after in pair]
    assert cells == [1, 1, 1, 2]
    assert out.skipped_m2 == pytest.approx(3 * row_areas(1)[0], rel=1e-4)


def test_years_of_different_cells(tmp_path):
    """One year in bytes with a mask, the other in 16 bits with a code for no data."""
    old, new = noise((60, 300), 255, 5), noise((60, 300), 900, 6, "uint16")
    mask = np.where(noise((60, 300), 3, 7) > 0, 255, 0).astype("uint8")
    before = write(tmp_path / "a.tif", old, mask=mask, nodata=None)
    after = write(tmp_path / "b.tif", new, nodata=900)
    known = (mask > 0) & (new != 900)
    values, count = bincount(old[known], new[known])
    key, cells, _ = pairs(change_matrix(before, after))
    assert key == values.tolist()
    assert cells == count.tolist()
    assert change_matrix(after, before).cells.T.equals(change_matrix(before, after).cells)


@pytest.mark.parametrize("side", ["before", "after"])
def test_too_many_codes_in_either_year(tmp_path, side):
    many = np.arange(1, 1_101, dtype="uint16").reshape(22, 50)
    few = np.ones_like(many)
    years = [write(tmp_path / "a.tif", many), write(tmp_path / "b.tif", few)]
    with pytest.raises(RasterError, match="RAS-012"):
        change_matrix(*(years if side == "before" else years[::-1]))


def test_too_many_codes_of_all_bands_together(tmp_path, monkeypatch):
    monkeypatch.setattr(raster_bands, "BAND_CELLS", 1)
    codes = np.repeat(np.arange(1, 1_102, dtype="uint16"), 16).reshape(-1, 16)
    path = write(tmp_path / "a.tif", codes, blockysize=16)
    with pytest.raises(RasterError, match="RAS-012"):
        change_matrix(path, path)
    good = write(tmp_path / "b.tif", codes[:1_000], blockysize=16)
    assert change_matrix(good, good).cells.shape == (1_000, 1_000)


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 600)),
    kind=st.sampled_from(["uint8", "uint16"]),
    most=st.sampled_from([1, 3, 200]),
    projected=st.booleans(),
    masked=st.booleans(),
    run=st.integers(1, 300),
    seed=st.integers(0, 1_000),
)
@settings(max_examples=60, deadline=None)
def test_any_raster_has_the_cells_and_the_area_of_single_cells(
    tmp_path_factory, shape, kind, most, projected, masked, run, seed
):
    folder = tmp_path_factory.mktemp("r")
    old, new = (
        np.repeat(noise(shape, most, seed + i, kind), run, axis=1)[:, : shape[1]] for i in (0, 1)
    )
    where = {"crs": "EPSG:4527", "transform": from_origin(39_400_000, 3_100_000, 30, 30)}
    options = where if projected else {}
    mask = np.where(noise(shape, 4, seed + 2) > 0, 255, 0).astype("uint8") if masked else None
    gone = (mask == 0) if masked else (old == 0)
    before = write(folder / "a.tif", old, mask=mask, nodata=None if masked else 0, **options)
    after = write(folder / "b.tif", new, **options)
    out = change_matrix(before, after)
    known = ~gone & (new > 0)
    values, count = bincount(old[known], new[known])
    key, cells, _ = pairs(out)
    assert (key, cells) == (values.tolist(), count.tolist())
    everywhere = gpd.GeoDataFrame(geometry=[box(105, 20, 125, 35)], crs=4490)
    areas = class_areas(after, everywhere)
    assert out.area_m2.to_numpy().sum() + out.skipped_m2 == pytest.approx(
        areas.area_m2.to_numpy().sum() + areas.nodata_m2.sum(), rel=1e-12
    )
    if not projected:
        whole = row_areas(shape[0]).sum() * shape[1]
        assert areas.area_m2.to_numpy().sum() + areas.nodata_m2.sum() == pytest.approx(whole)


@pytest.fixture
def bands_of_a_tile(monkeypatch):
    """Many bands of one tile each, as large rasters have."""
    monkeypatch.setattr(raster_bands, "BAND_CELLS", 1)


@pytest.mark.usefixtures("bands_of_a_tile")
def test_threads_count_the_same_to_the_last_bit(tmp_path, monkeypatch):
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 64}
    old = write(tmp_path / "a.tif", noise((500, 700), 9, 8), **tiles)
    new = write(tmp_path / "b.tif", noise((500, 700), 9, 9), **tiles)
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(raster_bands, "_THREADS", threads)
        found.append((change_matrix(old, new), class_areas(old, units())))
    for change, areas in found[1:]:
        assert change.cells.equals(found[0][0].cells)
        assert change.area_m2.equals(found[0][0].area_m2)
        assert change.skipped_m2 == found[0][0].skipped_m2
        assert areas.area_m2.equals(found[0][1].area_m2)
        assert areas.nodata_m2.equals(found[0][1].nodata_m2)


@pytest.mark.usefixtures("bands_of_a_tile")
def test_a_file_that_breaks_off_is_told_by_threads_too(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(raster_bands, "_THREADS", 2)
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"}
    path = write(tmp_path / "a.tif", noise((500, 700), 200, 8), **tiles)
    path.write_bytes(path.read_bytes()[:150_000])
    with pytest.raises(RasterError, match="RAS-007"):
        change_matrix(path, path)
    assert capfd.readouterr().err == ""


def test_without_a_folder_for_machine_code_it_is_compiled_anew(monkeypatch):
    real = numba.njit

    def njit(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(lambda x: x + 1)(2) == 3


def test_pages_do_not_load_the_compiler():
    code = "import sys, geo.raster; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
