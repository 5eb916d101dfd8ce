"""Where the demonstration zones lie: near the real point, inside their county, apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from demo.cells import Lattice, cell_outlines, lattice
from demo.draws import Flags, Floats, Geometries, Ints
from domain import boundaries, reference
from geo.crs import CGCS2000, gauss_kruger, zone_of
from geo.units import M2_PER_HA

CELLS: Final = 4950
"""Cells of all zones together, which gives about 20,000 parcels."""

_SHARES: Final = (1.0, 0.85, 0.7, 0.55, 0.4, 0.3)
"""Sizes that are tried for a zone of unknown area, by length."""

_CLEARANCE_M: Final = 350.0  # the county lines are generalised by up to 300 m
_EARTH_RADIUS_M: Final = 6_371_000.0
_PLANE: Final = CRS.from_proj4("+proj=laea +lat_0=27.3 +lon_0=116 +ellps=GRS80 +units=m")

# Drawn areas in hectares where no source gives one: (median, spread of the logarithm).
_TYPICAL_HA: Final = {
    ("national", "etdz"): (1900.0, 0.3),
    ("national", "htdz"): (1600.0, 0.3),
    ("national", "cbz"): (150.0, 0.3),
    ("provincial", "htdz"): (850.0, 0.35),
    ("provincial", "etdz"): (800.0, 0.35),
    ("provincial", "industrial_park"): (620.0, 0.35),
}
_OTHERWISE_HA: Final = (450.0, 0.35)


@dataclass(frozen=True)
class Site:
    """One zone on the ground.

    Attributes:
        zone: Row of the zone table (position).
        gk_zone: Number of the 3-degree zone of its centre.
        lattice: Its cells, in planar metres of that zone.
    """

    zone: int
    gk_zone: int
    lattice: Lattice


def standing_zones() -> gpd.GeoDataFrame:
    """Zones that get a footprint: those with a place that are not merged, overlaid or managed."""
    zones = reference.zones()
    stands = (zones["status"] == "active") & zones.geometry.notna()
    return zones[stands].reset_index(drop=True)


def areas_ha(zones: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Area of each zone: as approved where known, else drawn (and cut to fit by :func:`sites`).

    Returns:
        ``approved_area_ha`` (float64) and ``approved_area_known`` on the index of ``zones``.
    """
    pairs = zip(zones["level"], zones["kind"], strict=True)
    median, spread = np.array([_TYPICAL_HA.get(pair, _OTHERWISE_HA) for pair in pairs]).T
    drawn = median * np.exp(spread * rng.standard_normal(len(zones)))
    known = zones["approved_area_ha"].notna()
    return pd.DataFrame(
        {
            "approved_area_ha": zones["approved_area_ha"].where(known, drawn.round(2)),
            "approved_area_known": known,
        }
    )


def sites(
    zones: gpd.GeoDataFrame, areas: pd.DataFrame, rng: np.random.Generator
) -> tuple[list[Site], pd.Series]:
    """Cells of every zone, largest zones placed first.

    Args:
        zones: Rows of :func:`standing_zones`.
        areas: Rows of :func:`areas_ha`, on the same index.
        rng: Source of shapes and places.

    Returns:
        One site per zone in the order of ``zones``, and their areas in hectares on the ellipsoid:
        those asked for, but a drawn area that fits nowhere in its county is cut.

    Raises:
        ValueError: A county has no room for a zone of known area.
    """
    wanted = areas["approved_area_ha"]
    cell_m2 = float(wanted.sum()) * M2_PER_HA / CELLS
    shapes = [lattice(ha * M2_PER_HA, cell_m2, rng) for ha in wanted]
    radii = np.array([shape.radius for shape in shapes])
    centres, scale = _centres(zones, radii, areas["approved_area_known"].to_numpy(), rng)
    plane_to_degrees = Transformer.from_crs(_PLANE, CGCS2000, always_xy=True)
    lon, lat = plane_to_degrees.transform(centres[:, 0], centres[:, 1])
    found = []
    for k, shape in enumerate(shapes):
        number = zone_of(float(lon[k]))
        to_gk = Transformer.from_crs(CGCS2000, gauss_kruger(number, prefixed=False), always_xy=True)
        x, y = to_gk.transform(lon[k], lat[k])
        # Planar areas of the zone's CRS exceed those on the ellipsoid by the square of this.
        stretch = 1.0 + (x - 500_000.0) ** 2 / (2.0 * _EARTH_RADIUS_M**2)
        corners = shape.corners * (scale[k] * stretch) + np.array([x, y])
        found.append(Site(k, number, Lattice(corners, shape.margins, shape.rank)))
    return found, (wanted * scale**2).where(scale == 1.0, (wanted * scale**2).round(2))


def _centres(
    zones: gpd.GeoDataFrame, radii: Floats, known: Flags, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Centre of each zone in the plane, the nearest free place inside the county, and its scale."""
    points = shapely.get_coordinates(zones.geometry.to_crs(_PLANE).to_numpy())
    counties = boundaries.layer("county").set_index("adcode").geometry.to_crs(_PLANE)
    out, scale = np.zeros_like(points), np.ones(len(points))
    placed: list[int] = []
    for k in np.argsort(-radii, kind="stable"):
        county = counties[zones["county_adcode"].iloc[k]]
        candidates = points[k] + _spiral(rng)
        room = _room(county, candidates, out[placed], radii[placed] * scale[placed])
        for share in _SHARES[: 1 if known[k] else None]:
            free = room > radii[k] * share + _CLEARANCE_M
            if free.any():
                break
        else:
            raise ValueError(f"no free place for {zones['zone_id'].iloc[k]} in its county")
        out[k], scale[k] = candidates[np.argmax(free)], share
        placed.append(int(k))
    return out, scale


def _room(
    county: shapely.MultiPolygon, candidates: Floats, centres: Floats, radii: Floats
) -> Floats:
    """Distance of each place to the county line or the next zone; 0 outside the county."""
    points = np.asarray(shapely.points(candidates), dtype=object)
    shapely.prepare(county)
    inside = shapely.contains(county, points)
    room = np.zeros(len(points))
    room[inside] = shapely.distance(shapely.boundary(county), points[inside])
    if len(centres):
        apart = candidates[:, None, :] - centres[None, :, :]
        gap = np.hypot(apart[..., 0], apart[..., 1]) - radii[None, :]
        room = np.minimum(room, gap.min(axis=1))
    return np.asarray(room, dtype="float64")


def _spiral(rng: np.random.Generator) -> Floats:
    """Offsets in metres, near ones first, out to about 40 km."""
    step = np.arange(1600)
    angle = step * 2.399963 + rng.uniform(0.0, 2.0 * np.pi)  # the golden angle fills evenly
    distance = 1500.0 + 950.0 * np.sqrt(step)
    return np.asarray(distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def to_degrees(xy: Floats, gk_zone: Ints) -> Floats:
    """Planar coordinates of several 3-degree zones in degrees.

    Args:
        xy: float64 (n, 2) metres.
        gk_zone: int64 (n,) number of the 3-degree zone of each point.
    """
    out = np.empty_like(xy)
    for number in np.unique(gk_zone):
        mask = gk_zone == number
        crs = gauss_kruger(int(number), prefixed=False)
        transformer = Transformer.from_crs(crs, CGCS2000, always_xy=True)
        out[mask] = np.stack(transformer.transform(xy[mask, 0], xy[mask, 1]), axis=1)
    return out


def footprints(found: list[Site]) -> Geometries:
    """Outline of each zone in degrees: its cells joined."""
    corners = np.concatenate([site.lattice.corners for site in found])
    counts = [len(site.lattice.corners) for site in found]
    owner = np.repeat(np.arange(len(found)), counts)
    gk_zone = np.repeat([site.gk_zone for site in found], counts)
    degrees = to_degrees(corners.reshape(-1, 2), np.repeat(gk_zone, 4)).reshape(-1, 4, 2)
    cells = cell_outlines(degrees)
    return np.array(
        [shapely.coverage_union_all(cells[owner == k]) for k in range(len(found))], dtype=object
    )
