"""Area of each class inside each unit, by cutting parcels with unit outlines.

A parcel that lies properly inside a unit is never cut; only those that touch an outline are. The
result is a table: the pieces themselves are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import require_geographic
from geo.errors import GanyuanError
from geo.tabulate_rows import PreparedUnits, Sums, plan_of, tally

Shapes = npt.NDArray[np.object_]


class OverlayError(GanyuanError):
    """The layers cannot be cut with each other: different systems or broken geometry."""

    code = "OVL-001"


class BrokenUnitsError(OverlayError):
    """Outlines of units are invalid."""

    code = "OVL-008"


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
        overlaps: Units that overlap where there are parcels: ``first`` and ``second`` (labels),
            ``parcels`` (int64) and ``area_m2`` of them in both.
    """

    table: pd.DataFrame
    outside: pd.Series
    repeated: pd.Series
    counts: pd.DataFrame
    outside_counts: pd.Series
    overlaps: pd.DataFrame


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
    bounds = shapely.bounds(shapes)
    prepared = PreparedUnits(outlines, plan_of(bounds))
    area = None if area_column is None else parcels[area_column].to_numpy(dtype=np.float64)
    sums = tally(prepared, bounds, codes, len(classes), area, shapes.__getitem__)
    return tabulation_of(sums, units.index, pd.Index(classes, name=class_column))


def tabulation_of(sums: Sums, units: pd.Index, classes: pd.Index) -> Tabulation:
    """Sums with their labels."""
    pairs = sorted(sums.shared)
    return Tabulation(
        table=pd.DataFrame(sums.cells, index=units, columns=classes),
        outside=pd.Series(sums.outside, index=classes),
        repeated=pd.Series(sums.repeated, index=classes),
        counts=pd.DataFrame(sums.counts, index=units, columns=classes),
        outside_counts=pd.Series(sums.outside_counts, index=classes),
        overlaps=pd.DataFrame(
            {
                "first": [units[one] for one, _ in pairs],
                "second": [units[other] for _, other in pairs],
                "parcels": np.array([sums.shared[pair][0] for pair in pairs], dtype=np.int64),
                "area_m2": np.array([sums.shared[pair][1] for pair in pairs], dtype=np.float64),
            }
        ),
    )


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
