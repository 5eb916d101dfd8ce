"""Small holes that the features of a layer leave between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.features import Features

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

_TOUCH_M: Final = 1e-3


@dataclass(frozen=True)
class GapRule:
    """Which holes between features count as gaps.

    Attributes:
        most_m2: Larger holes are left open on purpose.
        reach_m: Holes longer than this in east or north are not looked for.
        least_m2: Smaller holes come from rounding.
    """

    most_m2: float
    reach_m: float
    least_m2: float = 0.01


def gaps_of(
    features: Features,
    where: Ints,
    loose: Bools,
    touching: Bools,
    cell: tuple[float, float, float, float],
    rule: GapRule,
) -> pd.DataFrame:
    """Small holes in the union of a tile's features whose middle lies in its cell.

    A hole is bounded by loose edges, so it is a hole in the union of the features that have one;
    holes of that union which other features fill are none. A feature that touches no other can
    have a hole of its own only. Where the rim of a hole crosses an overlap, rounding of the
    crossing may leave it open and therefore unseen.

    Args:
        features: n valid polygons in metres: all that lie within the reach of the cell.
        where: n positions in the layer.
        loose: n booleans: the feature has an edge that it shares with no other.
        touching: n booleans: it is loose and meets another feature.
        cell: Part of the plane (west, south, east, north), open at the east and north.
        rule: Which holes are gaps.

    Returns:
        One row a gap: ``row`` and ``other`` (positions in the layer, -1 where there is none),
        ``area_m2``, ``x``, ``y``.
    """
    rims = touching | (loose & _with_holes(features))
    rims &= _near(features.boxes, cell, rule.reach_m / 2.0)
    if not rims.any():
        return pd.DataFrame()
    union = shapely.disjoint_subset_union_all(features.at(np.flatnonzero(rims)))
    # The rings of the union would not do: parts that touch in points enclose holes together.
    margin = (2.0 * rule.reach_m + 1.0) * np.array([-1.0, -1.0, 1.0, 1.0])
    around = shapely.box(*(shapely.bounds(union) + margin))
    holes = shapely.get_parts(shapely.difference(around, union))
    box = shapely.bounds(holes)
    x, y = (box[:, 0] + box[:, 2]) / 2.0, (box[:, 1] + box[:, 3]) / 2.0
    here = (x >= cell[0]) & (x < cell[2]) & (y >= cell[1]) & (y < cell[3])
    here &= (box[:, 2] - box[:, 0] <= rule.reach_m) & (box[:, 3] - box[:, 1] <= rule.reach_m)
    holes = _without(holes[here], features.at(np.flatnonzero(loose & ~rims)))
    area = shapely.area(holes)
    small = (area <= rule.most_m2) & (area >= rule.least_m2)
    holes, area = holes[small], area[small]
    inside = shapely.point_on_surface(holes)
    place, feature = features.meeting(shapely.bounds(inside).reshape(-1, 4))
    covered = shapely.intersects(inside[place], features.at(feature))
    filled = np.zeros(len(holes), dtype=bool)
    filled[place[covered]] = True
    holes, area, inside = holes[~filled], area[~filled], inside[~filled]
    hole, row = _beside(holes, features)
    ranked = pd.DataFrame({"hole": hole, "row": where[row]}).sort_values(["hole", "row"])
    nth = ranked.groupby("hole").cumcount()
    first = ranked[nth == 0].set_index("hole")["row"].reindex(np.arange(len(holes)))
    second = ranked[nth == 1].set_index("hole")["row"].reindex(np.arange(len(holes)))
    return pd.DataFrame(
        {
            "row": first.fillna(-1).to_numpy(dtype=np.int64),
            "other": second.fillna(-1).to_numpy(dtype=np.int64),
            "area_m2": area,
            "x": shapely.get_x(inside),
            "y": shapely.get_y(inside),
        }
    )


def _beside(holes: Shapes, features: Features) -> tuple[Ints, Ints]:
    """Pairs of holes and the features that touch them."""
    margin = _TOUCH_M * np.array([-1.0, -1.0, 1.0, 1.0])
    hole, row = features.meeting(shapely.bounds(holes).reshape(-1, 4) + margin)
    touch = shapely.dwithin(holes[hole], features.at(row), _TOUCH_M)
    return hole[touch], row[touch]


def _near(box: Floats, cell: tuple[float, float, float, float], reach: float) -> Bools:
    """Features that a hole with its middle in the cell can lie beside.

    Features at the edge of a tile have loose edges only because their neighbours are not there.
    """
    near = (box[:, 0] <= cell[2] + reach) & (box[:, 2] >= cell[0] - reach)
    near &= (box[:, 1] <= cell[3] + reach) & (box[:, 3] >= cell[1] - reach)
    return np.asarray(near, dtype=bool)


def _with_holes(features: Features) -> Bools:
    """Features that have a hole."""
    holes = features.rings.owner[features.rings.hole]
    return np.bincount(holes, minlength=len(features)) > 0


def _without(holes: Shapes, islands: Shapes) -> Shapes:
    """Holes less the features inside them that touch nothing."""
    out = holes.copy()
    hole, island = shapely.STRtree(islands).query(holes, predicate="contains")
    for i in np.unique(hole):
        out[i] = shapely.difference(
            out[i], shapely.multipolygons(shapely.get_parts(islands[island[hole == i]]))
        )
    return out
