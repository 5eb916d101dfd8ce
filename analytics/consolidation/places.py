"""Outlines of zones towards each other: the gap between them, and what lies in it.

The shortest link of two outlines is found in the 3-degree zone of the province's middle and
measured on the ellipsoid. What it crosses of red line or permanent farmland is a share of its
length; land that lies in several overlays counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.area import ellipsoidal_area_m2
from geo.crs import CGCS2000, gauss_kruger, zone_of

Shapes = npt.NDArray[Any]

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_M_PER_KM: Final = 1000.0
COLUMNS: Final = (
    "gap_km",
    "overlap_m2",
    "barrier_share",
    "barrier_km",
    "barrier_kinds",
    "outlines_demonstration",
    "barrier_demonstration",
)


def between(
    outlines: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame | None = None,
    *,
    reach_km: float,
    covered: Iterable[str] | None = None,
    demonstration: bool = False,
    barriers_demonstration: bool = False,
) -> pd.DataFrame:
    """Every two zones whose outlines lie within reach of each other.

    Args:
        outlines: ``zone_id`` and polygons, EPSG:4490; of several rows of a zone all count. Rows
            without a shape are left out.
        barriers: Polygons that a link should not cross, with ``category``, EPSG:4490; None where
            none are known.
        reach_km: Largest gap that is listed.
        covered: Zones where barriers are known; None for all. A link between two such zones that
            crosses none crosses none; elsewhere it is unknown.
        demonstration: The outlines are made up.
        barriers_demonstration: The barriers are made up.

    Returns:
        Both orders of each two zones, index ``host_id``, ``absorbed_id``, with :data:`COLUMNS`:
        ``gap_km`` (0 where they touch), ``overlap_m2`` of the ellipsoid, ``barrier_share`` of the
        link and ``barrier_km`` (0 where there is no gap; missing where unknown),
        ``barrier_kinds`` (categories crossed, joined by ``;``), and both marks.
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
            "barrier_demonstration": demonstration or barriers_demonstration,
        }
    )
    out = out.assign(**_crossed(links, gap, barriers, crs))
    if covered is not None:
        known = out[["host_id", "absorbed_id"]].isin(set(covered)).all(axis=1)
        told = ["barrier_share", "barrier_km", "barrier_kinds"]
        out[told] = out[told].where(known)
    out = out[out["gap_km"] <= reach_km]
    back = out.rename(columns={"host_id": "absorbed_id", "absorbed_id": "host_id"})
    both = pd.concat([out, back]).set_index(["host_id", "absorbed_id"]).sort_index()
    return both[list(COLUMNS)].astype({"barrier_kinds": "string"})


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


def _crossed(
    links: Shapes, gap_km: Shapes, barriers: gpd.GeoDataFrame | None, crs: pyproj.CRS
) -> dict[str, Shapes | pd.Series]:
    """Share, length and kinds of what each link crosses."""
    none = np.full(len(links), np.nan)
    if barriers is None:
        kinds = pd.Series(pd.NA, index=range(len(links)), dtype="string")
        return {"barrier_share": none, "barrier_km": none, "barrier_kinds": kinds}
    rows = barriers[barriers.geometry.notna()]
    shapes = shapely.make_valid(rows.to_crs(crs).geometry.to_numpy())
    names = rows.get("category", pd.Series("", index=rows.index)).fillna("").to_numpy(dtype=object)
    share, kinds_of = np.zeros(len(links)), [""] * len(links)
    at, of = shapely.STRtree(shapes).query(links, predicate="intersects")
    for link in np.unique(at):
        met = of[at == link]
        pieces = shapely.intersection(links[link], shapes[met])
        inside = float(shapely.length(shapely.union_all(pieces)))
        whole = float(shapely.length(links[link]))
        share[link] = inside / whole if whole else 0.0
        through = shapely.length(pieces) > 0
        kinds_of[link] = ";".join(sorted({str(n) for n in names[met][through] if n}))
    return {
        "barrier_share": np.clip(share, 0.0, 1.0),
        "barrier_km": np.clip(share, 0.0, 1.0) * gap_km,
        "barrier_kinds": pd.Series(kinds_of, dtype="string"),
    }
