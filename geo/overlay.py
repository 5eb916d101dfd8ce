"""Area of each class inside each unit, by cutting parcels with unit outlines.

A parcel that lies properly inside a unit is never cut; only those that touch an outline are. The
result is a table: the pieces themselves are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import ellipsoidal_areas
from geo.crs import require_geographic
from geo.errors import GanyuanError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
_ROUNDING: Final = 1e-9
Shapes = npt.NDArray[np.object_]


class OverlayError(GanyuanError):
    """The layers cannot be cut with each other: different systems or broken geometry."""

    code = "OVL-001"


@dataclass(frozen=True)
class Tabulation:
    """Areas by unit and class, in m2.

    Attributes:
        table: One row per unit on the index of the units, one column per class, float64; zero
            where they do not meet.
        outside: Area of each class in no unit, on the columns of ``table``.
        repeated: Area of each class that was counted more than once because units overlap.
        counts: The form of ``table``: parcels that lie in the unit at least in part, int64.
        outside_counts: Parcels of each class that lie outside at least in part, int64.
    """

    table: pd.DataFrame
    outside: pd.Series
    repeated: pd.Series
    counts: pd.DataFrame
    outside_counts: pd.Series


def area_by_class(
    parcels: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    class_column: str,
    area_column: str | None = None,
) -> Tabulation:
    """Area of each class of parcels inside each unit.

    For units that do not overlap, ``table`` and ``outside`` add up to the area of the parcels; in
    general ``table + outside - repeated`` does.

    Args:
        parcels: n valid polygons in EPSG:4490 (or other degrees) with ``class_column``.
        units: k valid polygons in the same CRS.
        class_column: Column of classes; rows without a class are refused.
        area_column: Column of ``parcels`` in m2 that totals rest on; a cut parcel contributes its
            share of it. None takes the ellipsoidal area of the parcels and pieces.

    Returns:
        The areas in m2.

    Raises:
        MissingCRSError: A layer has no CRS.
        NotGeographicError: A layer is projected.
        OverlayError: The two CRS differ, a geometry is invalid or a class is missing.
    """
    _require_same_system(parcels, units)
    shapes, outlines = _shapes(parcels, "parcels"), _shapes(units, "units")
    codes, classes = pd.factorize(parcels[class_column], sort=True)
    if (codes < 0).any():
        raise OverlayError(
            f"parcels without {class_column}; fill it before tabulating",
            rows=parcels.index[codes < 0].tolist(),
            values={"reason": class_column},
        )
    whole = ellipsoidal_areas(shapes)
    total = whole if area_column is None else parcels[area_column].to_numpy(dtype=np.float64)
    parcel, unit, share = _shares(shapes, outlines, whole)
    weight = share * total[parcel]
    k, m = len(outlines), len(classes)
    cells = np.bincount(unit * m + codes[parcel], weights=weight, minlength=k * m)
    covered = np.bincount(parcel, weights=weight, minlength=len(shapes))
    outside, repeated = np.maximum(total - covered, 0.0), np.maximum(covered - total, 0.0)
    # A sliver below rounding is no part of a parcel.
    beyond = outside > total * _ROUNDING
    met = np.bincount(unit * m + codes[parcel], minlength=k * m).reshape(k, m)
    columns = pd.Index(classes, name=class_column)
    return Tabulation(
        table=pd.DataFrame(cells.reshape(k, m), index=units.index, columns=columns),
        outside=pd.Series(np.bincount(codes, weights=outside, minlength=m), index=columns),
        repeated=pd.Series(np.bincount(codes, weights=repeated, minlength=m), index=columns),
        counts=pd.DataFrame(met, index=units.index, columns=columns),
        outside_counts=pd.Series(np.bincount(codes[beyond], minlength=m), index=columns),
    )


def _shares(shapes: Shapes, outlines: Shapes, whole: Floats) -> tuple[Ints, Ints, Floats]:
    """Every meeting of a parcel and a unit: their positions and the share of the parcel inside."""
    shapely.prepare(outlines)
    parcel, unit = shapely.STRtree(outlines).query(shapes)
    inside = shapely.contains_properly(outlines[unit], shapes[parcel])
    share = inside.astype(np.float64)
    touching = ~inside & shapely.intersects(outlines[unit], shapes[parcel])
    pieces = shapely.intersection(shapes[parcel[touching]], outlines[unit[touching]])
    base = whole[parcel[touching]]
    cut = _polygon_areas(pieces)
    share[touching] = np.divide(cut, base, out=np.zeros_like(cut), where=base > 0)
    real = share > _ROUNDING
    return parcel[real], unit[real], share[real]


def _polygon_areas(pieces: Shapes) -> Floats:
    """Ellipsoidal areas; a piece may be a collection of polygons, lines and points."""
    parts, owner = shapely.get_parts(pieces, return_index=True)
    # Cutting along a shared edge leaves collections one level deep, whose parts are multipolygons.
    sums = np.bincount(owner, weights=ellipsoidal_areas(parts), minlength=len(pieces))
    return np.asarray(sums, dtype=np.float64)


def _require_same_system(parcels: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> None:
    require_geographic(parcels)
    require_geographic(units)
    if parcels.crs != units.crs:
        raise OverlayError(
            f"parcels are in {parcels.crs.name}, units in {units.crs.name}; use one system",
            values={"reason": f"{parcels.crs.name} / {units.crs.name}"},
        )


def _shapes(layer: gpd.GeoDataFrame, name: str) -> Shapes:
    shapes: Shapes = layer.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if broken.any():
        raise OverlayError(
            f"{int(broken.sum())} {name} have invalid outlines; repair them at import",
            rows=layer.index[broken].tolist(),
            values={"reason": name},
        )
    return shapes
