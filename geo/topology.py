"""Quality of polygon layers: validity with reasons, duplicates, overlaps, slivers.

Nothing here repairs anything. All functions take arrays of geometries or a frame and answer for the
whole layer at once.
"""

from __future__ import annotations

import re
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import shape_defects
from geo.crs import require_projected
from geo.neighbours import duplicates, examine
from geo.rings import rings_of
from geo.tiles import Layer

_REASON: Final = re.compile(r"^(?P<kind>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")

Geometries = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]


def validity(gdf: gpd.GeoDataFrame) -> pd.DataFrame:
    """Whether each geometry is valid, and where and why not.

    Args:
        gdf: n features; a missing geometry counts as valid (it is another finding).

    Returns:
        n rows on the index of ``gdf``: ``valid`` (bool), ``reason`` (text of GEOS, empty where
        valid), ``x``, ``y`` (float64 place of the first fault, NaN where unknown).
    """
    geometries = gdf.geometry.to_numpy()
    valid = shapely.is_valid(geometries) | shapely.is_missing(geometries)
    reason = np.full(len(gdf), "", dtype=object)
    place = np.full((len(gdf), 2), np.nan)
    for i, text in zip(
        np.flatnonzero(~valid), shapely.is_valid_reason(geometries[~valid]), strict=True
    ):
        match = _REASON.match(text)
        if match is None:
            continue
        reason[i] = match["kind"].strip()
        if match["x"] is not None:
            place[i] = float(match["x"]), float(match["y"])
    return pd.DataFrame(
        {"valid": valid, "reason": reason, "x": place[:, 0], "y": place[:, 1]}, index=gdf.index
    )


def duplicate_groups(gdf: gpd.GeoDataFrame) -> pd.Series:
    """Groups of features with exactly the same shape.

    Ring orientation, start vertex and part order do not matter.

    Returns:
        Int64 Series on the index of ``gdf``, named ``group``: a number shared by equal features,
        missing for every feature that stands alone.
    """
    first = duplicates(_layer(gdf))
    leader = np.where(first < 0, np.arange(len(gdf)), first)
    shared = np.isin(leader, first[first >= 0])
    out = pd.Series(pd.NA, index=gdf.index, dtype="Int64", name="group")
    out.iloc[np.flatnonzero(shared)] = pd.factorize(leader[shared])[0]
    return out


def _layer(gdf: gpd.GeoDataFrame) -> Layer:
    geometries = gdf.geometry.to_numpy()
    return Layer(shapely.bounds(geometries), geometries.__getitem__)


def overlaps(gdf: gpd.GeoDataFrame, *, min_area_m2: float) -> pd.DataFrame:
    """Pairs of features whose interiors meet.

    Args:
        gdf: n valid polygons in a projected CRS in metres.
        min_area_m2: Pairs sharing this much or less are left out.

    Returns:
        One row a pair, RangeIndex: ``left`` and ``right`` (labels of ``gdf``, left first in
        order), ``area_m2`` (float64, shared area). Of equal shapes only the first takes part; see
        :func:`duplicate_groups`.

    Raises:
        MissingCRSError: ``gdf.crs`` is None.
        NotProjectedError: The coordinates are not metres.
    """
    require_projected(gdf)
    pairs = examine(_layer(gdf), min_overlap_m2=min_area_m2).pairs
    labels = gdf.index.to_numpy()
    return pd.DataFrame(
        {
            "left": labels[pairs["left"]],
            "right": labels[pairs["right"]],
            "area_m2": pairs["area_m2"],
        }
    )


def slivers(gdf: gpd.GeoDataFrame, *, max_area_m2: float, min_thinness: float) -> pd.Series:
    """Features that are small and thin, as overlays leave them.

    Args:
        gdf: n polygons in a projected CRS in metres.
        max_area_m2: Larger features are none.
        min_thinness: Least perimeter squared over ``4 pi area``; a circle has 1.

    Returns:
        bool Series on the index of ``gdf``, named ``sliver``.

    Raises:
        MissingCRSError: ``gdf.crs`` is None.
        NotProjectedError: The coordinates are not metres.
    """
    require_projected(gdf)
    geometries = gdf.geometry.to_numpy()
    area = np.nan_to_num(shapely.area(geometries))
    perimeter = np.nan_to_num(shapely.length(geometries))
    thinness = np.divide(
        perimeter**2, 4.0 * np.pi * area, out=np.full(len(gdf), np.inf), where=area > 0
    )
    thin = (area < max_area_m2) & (thinness > min_thinness) & ~shapely.is_missing(geometries)
    return pd.Series(thin, index=gdf.index, name="sliver", dtype="bool")


def repeated_vertices(gdf: gpd.GeoDataFrame, *, tolerance: float) -> pd.Series:
    """Number of vertices of each feature that lie on the one before.

    Args:
        gdf: n features.
        tolerance: Greatest distance between two such vertices, in units of the CRS.

    Returns:
        int64 Series on the index of ``gdf``, named ``repeated``.
    """
    rings = rings_of(gdf.geometry.to_numpy())
    counts = shape_defects.repeated_vertices(rings, len(gdf), tolerance=tolerance)
    return pd.Series(counts, index=gdf.index, name="repeated", dtype="int64")
