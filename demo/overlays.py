"""Demonstration overlays: red line and permanent farmland in the gaps between some zones.

Invented shapes at invented places. Each dataset says in which prefectures it is complete, and they
differ, so that of some pairs a barrier is known, of some it is known that there is none, and of the
others nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from demo.draws import Floats
from domain import boundaries
from geo.crs import CGCS2000, gauss_kruger, zone_of

RED_LINE, FARMLAND, RANGE = "生态保护红线", "永久基本农田", "数据范围"
DATASETS: Final[Mapping[str, str]] = {"red-line": RED_LINE, "permanent-farmland": FARMLAND}
"""Category of each dataset."""
COMPLETE: Final[Mapping[str, tuple[str, ...]]] = {
    "red-line": ("360100", "360400", "360700", "360900", "361100"),
    "permanent-farmland": ("360100", "360700", "360900", "361000"),
}
"""Prefectures in which each dataset is complete; invented."""
NOTE: Final = "演示数据，按种子生成，非真实红线或基本农田"

_SHARE: Final = {"red-line": 0.16, "permanent-farmland": 0.2}  # of the gaps that get a shape
_WIDTH: Final = (0.06, 0.7)  # of a gap
_GAP_M: Final = (1_500.0, 40_000.0)
_CLEAR_M: Final = 150.0
_CORNERS: Final = 18


def overlays(zones: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, gpd.GeoDataFrame]:
    """Rows of every dataset, by its name.

    Args:
        zones: Footprints of zones with ``prefecture_adcode``, EPSG:4490.
        rng: Source.

    Returns:
        Frames of the kind ``overlay``, EPSG:4490, with ``prefecture_adcode`` and ``county_adcode``;
        one row of the category ``数据范围`` for each prefecture in which the dataset is complete.
    """
    crs = gauss_kruger(zone_of(float(np.mean(zones.total_bounds[[0, 2]]))), prefixed=False)
    flat = zones.to_crs(crs)
    counties = boundaries.layer("county").set_index("adcode").geometry
    parts = {
        name: [
            _within(flat[flat["prefecture_adcode"] == code], _SHARE[name], rng)
            for code in COMPLETE[name]
        ]
        for name in DATASETS
    }
    return {
        name: _frame(name, gpd.GeoSeries(np.concatenate(found), crs=crs), counties)
        for name, found in parts.items()
    }


def _within(zones: gpd.GeoDataFrame, share: float, rng: np.random.Generator) -> Floats:
    """Shapes in the gaps between the zones of a prefecture, clear of every zone."""
    shapes = zones.geometry.to_numpy()
    left, right = np.triu_indices(len(shapes), k=1)
    links = shapely.shortest_line(shapes[left], shapes[right])
    length = shapely.length(links)
    chosen = (length > _GAP_M[0]) & (length < _GAP_M[1]) & (rng.random(len(links)) < share)
    made = [
        _blob(links[k], length[k] * rng.uniform(*_WIDTH) / 2, rng) for k in np.nonzero(chosen)[0]
    ]
    land = shapely.union_all(made)
    built = shapely.buffer(shapely.union_all(shapes), _CLEAR_M)
    pieces = shapely.get_parts(shapely.difference(land, built))
    return np.asarray(pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON])


def _blob(link: shapely.LineString, radius: float, rng: np.random.Generator) -> shapely.Polygon:
    """A rounded shape on the middle of a link that is about as long as wide."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(link, 0.5, normalized=True))[0]
    angle = np.linspace(0.0, 2 * np.pi, _CORNERS, endpoint=False)
    away = radius * rng.uniform(0.75, 1.25, _CORNERS)
    return shapely.Polygon(
        middle + away[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    )


def _frame(name: str, shapes: gpd.GeoSeries, counties: gpd.GeoSeries) -> gpd.GeoDataFrame:
    category = DATASETS[name]
    land = gpd.GeoDataFrame(geometry=shapes.to_crs(CGCS2000).reset_index(drop=True))
    cover = boundaries.layer("prefecture").set_index("adcode").loc[list(COMPLETE[name])]
    ranges = gpd.GeoDataFrame(geometry=cover.geometry.to_numpy(), crs=CGCS2000)
    rows = pd.concat(
        [
            _in_county(ranges, counties).assign(category=RANGE),
            _in_county(land, counties).assign(category=category),
        ],
        ignore_index=True,
    )
    rows["prefecture_adcode"] = rows["county_adcode"].str[:4] + "00"
    rows["feature_id"] = [f"{name}-{i:04d}" for i in range(1, len(rows) + 1)]
    return gpd.GeoDataFrame(rows.assign(name=f"演示{category}", note=NOTE), crs=CGCS2000)


def _in_county(shapes: gpd.GeoDataFrame, counties: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Shapes with the county of a point inside, as uploads have it; those in none are left out."""
    points = shapes.geometry.representative_point()
    at, county = counties.sindex.query(points, predicate="within")
    return shapes.iloc[at].assign(county_adcode=counties.index.to_numpy()[county])
