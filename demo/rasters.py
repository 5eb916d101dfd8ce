"""Two land-cover rasters over one prefecture, six years apart, growing around its zones."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin

from domain import boundaries
from geo.crs import CGCS2000
from store import Store, Viewer

PREFECTURE: Final = "360500"  # 新余
YEARS: Final = (2018, 2023)
LEGEND: Final = {
    1: "cropland",
    2: "forest",
    3: "forest",
    4: "grassland",
    5: "water",
    7: "unused",
    8: "built_mixed",
    9: "wetland",
}
"""Codes of the annual China land cover (CLCD) as far as they occur, and their analysis class."""

SOURCE: Final = "演示数据，按 CLCD 编码生成，非真实地表覆盖"

_CELL: Final = 0.00027  # degrees, about 30 m
_DEVIATION: Final = 0.743  # of smoothly drawn-out white noise, on either side of the knots
_CROPLAND, _FOREST, _GRASS, _WATER, _BARE, _BUILT = 1, 2, 4, 5, 7, 8

Codes = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]


def write(store: Store, zones: gpd.GeoDataFrame, *, seed: int, viewer: Viewer, reason: str) -> None:
    """Make the rasters and register them as ``landcover-2018`` and ``landcover-2023``.

    Args:
        store: Where to register them.
        zones: Zone footprints.
        seed: Any number.
        viewer: Who registers them.
        reason: Why.
    """
    codes, transform = cover(zones, seed=seed)
    for year, values in zip(YEARS, codes, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cover.tif"
            _save(path, values, transform)
            store.put_raster(
                f"landcover-{year}",
                path,
                title=f"新余市{year}年土地覆盖（演示）",
                source=SOURCE,
                viewer=viewer,
                reason=reason,
                year=year,
                prefecture_adcode=PREFECTURE,
                legend=LEGEND,
                demonstration=True,
            )


def _save(path: Path, values: Codes, transform: Affine) -> None:
    height, width = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=1,
        dtype="uint8",
        crs=f"EPSG:{CGCS2000}",
        transform=transform,
        nodata=0,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
    ) as raster:
        raster.write(values, 1)


def cover(zones: gpd.GeoDataFrame, *, seed: int) -> tuple[tuple[Codes, Codes], Affine]:
    """Codes of both years on one grid; 0 outside the prefecture.

    Built-up land of the first year stays built up in the second.
    """
    outline = boundaries.geometry_of(PREFECTURE)
    west, south, east, north = outline.bounds
    width, height = int((east - west) / _CELL) + 1, int((north - south) / _CELL) + 1
    transform = from_origin(west, north, _CELL, _CELL)
    shape = (height, width)
    rng = np.random.default_rng([seed, 30])
    relief = _terrain(shape, 7, rng)
    moisture = _terrain(shape, 12, rng)
    patches = _noise(shape, 90, rng)
    codes = np.full(shape, _CROPLAND, dtype=np.uint8)
    codes[relief > _limit(relief, 0.47)] = _FOREST
    codes[(relief > _limit(relief, 0.44)) & (codes == _CROPLAND)] = _GRASS
    codes[moisture > _limit(moisture, 0.972)] = _WATER
    codes[(patches > _limit(patches, 0.996)) & (codes != _WATER)] = _BARE
    pull = _pull(zones, shape, transform)
    town = pull + 0.5 * patches + 0.25 * _noise(shape, 160, rng)
    inside = rasterize([outline], out_shape=shape, transform=transform, dtype="uint8") == 1
    dry = inside & (codes != _WATER)
    found = []
    for share in (0.052, 0.068):  # built-up share of the prefecture
        limit = np.quantile(town[dry][::7], 1.0 - share)
        found.append(np.where(inside, np.where(dry & (town > limit), _BUILT, codes), 0))
    first, second = (values.astype(np.uint8) for values in found)
    return (first, second), transform


def _pull(zones: gpd.GeoDataFrame, shape: tuple[int, int], transform: Affine) -> Field:
    """How strongly each cell is drawn to be built on: near zones and county seats."""
    rows, columns = (np.arange(size, dtype=np.float32) for size in shape)
    pull = np.zeros(shape, dtype=np.float32)
    mine = zones[zones["prefecture_adcode"] == PREFECTURE]
    counties = boundaries.layer("county")
    seats = counties[counties["city_adcode"] == PREFECTURE]
    middle = mine.geometry.representative_point()
    points = [(x, y, 1.8, 75.0) for x, y in zip(middle.x, middle.y, strict=True)]
    points += [
        (x, y, 1.5, 60.0) for x, y in zip(seats["label_lon"], seats["label_lat"], strict=True)
    ]
    for x, y, weight, reach in points:
        column, row = (x - transform.c) / transform.a, (y - transform.f) / transform.e
        down = np.exp(-((rows - np.float32(row)) ** 2) / np.float32(2 * reach**2))
        across = np.exp(-((columns - np.float32(column)) ** 2) / np.float32(2 * reach**2))
        pull += np.float32(weight) * np.outer(down, across)
    return pull


def _limit(field: Field, share: float) -> float:
    """Value below which a share of the field lies, from every sixteenth cell."""
    return float(np.quantile(field[::4, ::4], share))


def _noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> Field:
    """Smooth noise with mean 0 and deviation 1, drawn on a coarse grid and stretched."""
    coarse = rng.standard_normal((cells + 2, cells + 2)).astype(np.float32)
    down, across = (_stretching(size, cells + 2) for size in shape)
    return np.asarray((down @ coarse) @ across.T / np.float32(_DEVIATION), dtype=np.float32)


def _stretching(size: int, knots: int) -> Field:
    """Matrix (size, knots) that draws values at knots out to ``size`` values, smoothly."""
    at = np.linspace(0, knots - 1.001, size, dtype=np.float32)
    low = at.astype(np.intp)
    weight = _ease(at - low)
    matrix = np.zeros((size, knots), dtype=np.float32)
    matrix[np.arange(size), low] = 1 - weight
    matrix[np.arange(size), low + 1] = weight
    return matrix


def _terrain(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> Field:
    """Noise of several sizes, as hills with ridges and hollows."""
    total = _noise(shape, cells, rng)
    for k in range(1, 5):
        total += _noise(shape, cells * 2**k, rng) * np.float32(0.6**k)
    return total


def _ease(t: Field) -> Field:
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)
