"""Outlines of zones towards each other: the gap between them, and what lies in it.

The shortest link of two outlines is found in the 3-degree zone of the province's middle and
measured on the ellipsoid. What it crosses is told by :mod:`analytics.consolidation.barriers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from analytics.consolidation import barriers
from analytics.consolidation.barriers import Overlay
from geo.area import ellipsoidal_area_m2
from geo.crs import CGCS2000, gauss_kruger, zone_of

Shapes = npt.NDArray[Any]

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_M_PER_KM: Final = 1000.0
COLUMNS: Final = (
    "gap_km",
    "overlap_m2",
    "outlines_demonstration",
    *barriers.COLUMNS,
)


def between(
    outlines: gpd.GeoDataFrame,
    overlays: Sequence[Overlay] = (),
    *,
    reach_km: float,
    demonstration: bool = False,
) -> pd.DataFrame:
    """Every two zones whose outlines lie within reach of each other.

    Args:
        outlines: ``zone_id`` and polygons, EPSG:4490; of several rows of a zone all count. Rows
            without a shape are left out.
        overlays: What a link should not cross; without any nothing is known of barriers.
        reach_km: Largest gap that is listed.
        demonstration: The outlines are made up.

    Returns:
        Both orders of each two zones, index ``host_id``, ``absorbed_id``, with :data:`COLUMNS`:
        ``gap_km`` (0 where they touch), ``overlap_m2`` of the ellipsoid,
        ``outlines_demonstration``, and :func:`analytics.consolidation.barriers.crossed` of their
        shortest link; what is measured between made-up outlines is made up as well.
    """
    shapes = _one_each(outlines)
    crs = gauss_kruger(zone_of(_middle(shapes)), prefixed=False)
    flat = shapes.to_crs(crs)
    left, right = _near(flat.geometry.to_numpy(), reach_km)
    one, other = (flat.geometry.to_numpy()[at] for at in (left, right))
    links = shapely.shortest_line(one, other)
    gap = _length_km(links, crs)
    out = pd.DataFrame(
        {
            "host_id": shapes.index.to_numpy()[left],
            "absorbed_id": shapes.index.to_numpy()[right],
            "gap_km": gap,
            "overlap_m2": _overlaps(one, other, crs),
            "outlines_demonstration": demonstration,
        }
    ).join(barriers.crossed(links, gap, overlays, crs))
    if demonstration:
        out["barrier_demonstration"] = pd.array([True] * len(out), dtype="boolean")
    out = out[out["gap_km"] <= reach_km]
    back = out.rename(columns={"host_id": "absorbed_id", "absorbed_id": "host_id"})
    both = pd.concat([out, back]).set_index(["host_id", "absorbed_id"]).sort_index()
    return both[list(COLUMNS)]


def areas(outlines: gpd.GeoDataFrame, *, demonstration: bool = False) -> pd.DataFrame:
    """Areas of the outlines, index ``zone_id``: ``area_m2`` of the ellipsoid, ``demonstration``."""
    shapes = _one_each(outlines)
    return pd.DataFrame(
        {"area_m2": ellipsoidal_area_m2(shapes), "demonstration": demonstration}, index=shapes.index
    )


def _one_each(outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One shape a zone, index ``zone_id``."""
    rows = outlines[outlines.geometry.notna() & ~outlines.geometry.is_empty]
    rows = rows[rows["zone_id"].notna()]
    made = shapely.make_valid(rows.geometry.to_numpy())
    return gpd.GeoDataFrame(
        rows[["zone_id"]].reset_index(drop=True), geometry=made, crs=rows.crs
    ).dissolve("zone_id")


def _middle(shapes: gpd.GeoDataFrame) -> float:
    if shapes.empty:
        return 117.0
    west, _, east, _ = shapes.total_bounds
    return float((west + east) / 2)


def _near(shapes: Shapes, reach_km: float) -> tuple[Shapes, Shapes]:
    """Positions of every two shapes within reach, each two once."""
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="dwithin", distance=1.01 * reach_km * _M_PER_KM)
    once = left < right
    return left[once], right[once]


def _length_km(links: Shapes, crs: pyproj.CRS) -> Shapes:
    ends = gpd.GeoSeries(links, crs=crs).to_crs(CGCS2000).to_numpy()
    xy = [shapely.get_coordinates(shapely.get_point(ends, at)) for at in (0, -1)]
    _, _, metres = _GEOD.inv(xy[0][:, 0], xy[0][:, 1], xy[1][:, 0], xy[1][:, 1])
    return np.asarray(metres, dtype="float64") / _M_PER_KM


def _overlaps(one: Shapes, other: Shapes, crs: pyproj.CRS) -> Shapes:
    """Area on which each two shapes lie on each other, m2 of the ellipsoid."""
    out = np.zeros(len(one))
    touching = np.flatnonzero(shapely.intersects(one, other))
    common = gpd.GeoSeries(shapely.intersection(one[touching], other[touching]), crs=crs)
    polygons = [_polygons(shape) for shape in common]
    degrees = gpd.GeoDataFrame(geometry=polygons, crs=crs).to_crs(CGCS2000)
    out[touching] = ellipsoidal_area_m2(degrees).to_numpy()
    return out


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a mixed intersection."""
    parts = [p for p in shapely.get_parts(shape) if isinstance(p, shapely.Polygon)]
    return shapely.MultiPolygon(parts)
