"""The rows to correct as a GeoPackage, in the coordinate system of the sender."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import correction_marks as marks

_AREAL: Final = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_MOMENT: Final = "2000-01-01T00:00:00.000Z"
_OPTIONS: Final = {"FID": "gy_fid", "GEOMETRY_NAME": "gy_geom", "SPATIAL_INDEX": "YES"}


def held(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Shapes that a layer of polygons keeps as they are: invalid ones too, but finite areas only.

    A missing shape counts as kept.
    """
    areal = np.isin(shapely.get_type_id(shapes), _AREAL) & ~shapely.is_empty(shapes)
    return np.asarray(shapely.is_missing(shapes) | (areal & _finite(shapes)), dtype=np.bool_)


def _finite(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    out = np.ones(len(shapes), dtype=np.bool_)
    out[index[~np.isfinite(coordinates).all(axis=1)]] = False
    return out


def geopackage(table: pd.DataFrame, shapes: npt.NDArray[np.object_], epsg: int) -> bytes:
    """One layer of polygons with every row; a shape that it cannot hold stands as hexadecimal WKB.

    Args:
        table: m rows, RangeIndex.
        shapes: m shapes in the coordinates of ``epsg``.
        epsg: The sender's system.
    """
    fits = held(shapes)
    kept = shapely.force_2d(shapes)
    kept[~fits] = None
    out = table.copy()
    if not fits.all():
        hexed = pd.Series(shapely.to_wkb(shapes, hex=True), dtype="string", index=table.index)
        out[marks.SHAPE] = hexed.mask(fits)
    frame = gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(list(kept), crs=epsg))
    return _written(frame, marks.LAYER, "MultiPolygon")


def points_package(table: pd.DataFrame, shapes: npt.NDArray[np.object_], epsg: int) -> bytes | None:
    """A point for every shape that the layer of polygons cannot hold; None where none has one."""
    rows = np.flatnonzero(~held(shapes))
    points = [_first_point(shapes[row]) for row in rows]
    if not any(points):
        return None
    frame = gpd.GeoDataFrame(
        table.iloc[rows].reset_index(drop=True), geometry=gpd.GeoSeries(points, crs=epsg)
    )
    return _written(frame, "GY_POSITIONS", "Point")


def _first_point(shape: shapely.Geometry) -> shapely.Point | None:
    xy = shapely.get_coordinates(shape)
    finite = xy[np.isfinite(xy).all(axis=1)]
    return shapely.Point(finite[0]) if len(finite) else None


def _written(frame: gpd.GeoDataFrame, layer: str, geometry_type: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ganyuan-") as folder:
        path = Path(folder) / "package.gpkg"
        frame.to_file(
            path,
            layer=layer,
            driver="GPKG",
            engine="pyogrio",
            geometry_type=geometry_type,
            promote_to_multi=geometry_type.startswith("Multi"),
            layer_options=_OPTIONS,
        )
        _stop_the_clock(path)
        return path.read_bytes()


def _stop_the_clock(path: Path) -> None:
    """Take the moment of writing out of the file, so that the same rows give the same bytes."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (_MOMENT,))
