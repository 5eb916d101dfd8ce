"""A demonstration road network: invented lines that join most zones of two prefectures.

One zone of each prefecture lies off the network and the two prefectures are not joined, so that it
can be seen what a pair without a way by road looks like.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from scipy.sparse import csgraph

from demo.draws import Floats
from geo.crs import CGCS2000

NAME: Final = "演示公路网"
PREFECTURES: Final = ("360100", "360700")
NOTE: Final = "演示数据，按种子生成，线位均为虚构"

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_BENDS: Final = 14
_SWAY: Final = 0.06  # of the length of a road, sideways
_CROSS_ROADS: Final = 3


def network(zones: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Lines of the network.

    Args:
        zones: Zones with ``prefecture_adcode`` and points, EPSG:4490.
        rng: Source.

    Returns:
        RangeIndex, EPSG:4490, one line a road.
    """
    lines: list[shapely.LineString] = []
    for code in PREFECTURES:
        here = zones[(zones["prefecture_adcode"] == code) & zones.geometry.notna()]
        points = np.unique(np.column_stack([here.geometry.x, here.geometry.y]), axis=0)
        lines += _joined(points, rng)
    return gpd.GeoDataFrame(geometry=lines, crs=CGCS2000)


def facts(lines: gpd.GeoDataFrame) -> dict[str, object]:
    """What is told of the network beside its lines, as of one that was sent."""
    return {
        "file": NOTE,
        "lines": len(lines),
        "vertices": int(shapely.get_num_coordinates(lines.geometry.to_numpy()).sum()),
        "length_km": round(_length_m(lines) / 1e3, 3),
        "epsg": CGCS2000,
        "crs": "2000国家大地坐标系 经纬度",
        "crs_en": "China Geodetic Coordinate System 2000",
        "left_out": 0,
    }


def _length_m(lines: gpd.GeoDataFrame) -> float:
    return float(sum(_GEOD.geometry_length(line) for line in lines.geometry))


def _joined(points: Floats, rng: np.random.Generator) -> list[shapely.LineString]:
    """A tree over all points but the remotest, with some roads across."""
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    nearest = np.where(away > 0, away, np.inf).min(axis=1)
    joined = np.flatnonzero(np.arange(len(points)) != np.argmax(nearest))
    inner = away[np.ix_(joined, joined)]
    tree = csgraph.minimum_spanning_tree(inner).tocoo()
    ends = [*zip(tree.row, tree.col, strict=True)]
    ends += [tuple(rng.choice(len(joined), 2, replace=False)) for _ in range(_CROSS_ROADS)]
    return [_road(points[joined[a]], points[joined[b]], rng) for a, b in ends]


def _road(start: Floats, end: Floats, rng: np.random.Generator) -> shapely.LineString:
    """A winding way from one point to another."""
    share = np.linspace(0.0, 1.0, _BENDS)
    sideways = np.array([start[1] - end[1], end[0] - start[0]])
    sway = _SWAY * np.sin(np.pi * share) * rng.normal(0.6, 0.8, _BENDS)
    return shapely.LineString(start + np.outer(share, end - start) + np.outer(sway, sideways))
