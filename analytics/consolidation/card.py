"""What a page or the command line shows of a pair: its terms, its line on a map."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analytics.consolidation.terms import PARTS, TERMS
from domain.rules import RuleSet
from geo.crs import CGCS2000

_NEAR_DEG: Final = 0.2
_FAR_DEG: Final = 0.55
"""Room round a pair on the map, in degrees."""


def terms(pair: pd.Series, *, rules: RuleSet, demonstration: bool = False) -> pd.DataFrame:
    """The terms of one pair, one row each.

    Args:
        pair: A row of :func:`analytics.consolidation.candidates.candidates`.
        rules: The rules it was scored with.
        demonstration: Demonstration figures are counted.

    Returns:
        ``term``, :data:`~analytics.consolidation.terms.PARTS` with ``points`` as 0-100,
        ``weight``, and ``contribution`` to the score (points times weight over the weight that is
        counted; missing where a term is not counted; they add up to the score), RangeIndex, in
        the order of :data:`~analytics.consolidation.terms.TERMS`.
    """
    rows = [{part: pair[f"{term}_{part}"] for part in PARTS} for term in TERMS]
    weights = [rules.value(f"CON-W-{term.upper()}") for term in TERMS]
    out = pd.DataFrame(rows).assign(term=list(TERMS), weight=weights)
    out["points"] = 100 * out["points"].astype("float64")
    counted = out["state"].isin(["known", "demonstration"] if demonstration else ["known"])
    total = out["weight"].where(counted, 0.0).sum()
    share = out["weight"].where(counted) / (total if total > 0 else np.nan)
    return out.assign(contribution=out["points"] * share)


def points(pairs: pd.DataFrame) -> pd.DataFrame:
    """Points of every term as 0-100, one column a term, on the index of ``pairs``."""
    columns = [f"{term}_points" for term in TERMS]
    return 100 * pairs[columns].set_axis(list(TERMS), axis=1)


def link_lines(pairs: pd.DataFrame, zones: gpd.GeoDataFrame, *, link: str) -> gpd.GeoDataFrame:
    """Straight lines from host to absorbed zone.

    Args:
        pairs: ``host_id`` and ``absorbed_id``; ``score`` and ``distance_km`` where there are.
        zones: Development zones with their points, EPSG:4490.
        link: Class of the lines on the map.

    Returns:
        One line for each pair whose ends stand at different places, RangeIndex, EPSG:4490:
        ``id`` (``host>absorbed``), ``name``, ``name_en``, ``host_id``, ``absorbed_id``, ``score``,
        ``distance_km``, ``link``.
    """
    points = zones.set_index("zone_id").geometry
    names, english = (zones.set_index("zone_id")[name] for name in ("name_zh", "name_en"))
    ends = [points.reindex(pairs[side]).to_numpy() for side in ("host_id", "absorbed_id")]
    drawn = np.array(
        [a is not None and b is not None and not a.equals(b) for a, b in zip(*ends, strict=True)],
        dtype=bool,
    )
    rows = pairs[drawn].reset_index(drop=True)
    lines = [shapely.LineString([a, b]) for a, b, ok in zip(*ends, drawn, strict=True) if ok]
    frame = pd.DataFrame(
        {
            "id": rows["host_id"] + ">" + rows["absorbed_id"],
            "name": rows["host_id"].map(names) + " ← " + rows["absorbed_id"].map(names),
            "name_en": rows["host_id"].map(english) + " ← " + rows["absorbed_id"].map(english),
            "host_id": rows["host_id"],
            "absorbed_id": rows["absorbed_id"],
            "score": rows.get("score", np.nan),
            "distance_km": rows.get("distance_km", np.nan),
            "link": link,
        }
    )
    return gpd.GeoDataFrame(frame, geometry=lines, crs=CGCS2000)


def pair_bounds(
    pair: pd.Series, zones: gpd.GeoDataFrame
) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a view of both zones; None where neither has a place.

    There is more room to the south and east, where the legend of the map lies.

    Args:
        pair: ``host_id`` and ``absorbed_id``.
        zones: Development zones with their points, EPSG:4490.
    """
    ends = zones[zones["zone_id"].isin([pair["host_id"], pair["absorbed_id"]])]
    placed = ends[ends.geometry.notna()]
    if placed.empty:
        return None
    west, south, east, north = map(float, placed.total_bounds)
    return west - _NEAR_DEG, south - _FAR_DEG, east + _FAR_DEG, north + _NEAR_DEG


def zone_parts(
    pairs: pd.DataFrame, linked: pd.DataFrame, zones: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """The zones of the pairs with the part they play.

    Args:
        pairs: Candidates with ``host_id`` and ``absorbed_id``.
        linked: Existing links with the same columns.
        zones: Development zones.

    Returns:
        Placed zones with ``part`` (``host``, ``absorbed``, ``both`` or ``linked``), their index.
    """
    ids = zones["zone_id"]
    host, absorbed = ids.isin(pairs["host_id"]), ids.isin(pairs["absorbed_id"])
    joined = ids.isin(linked["host_id"]) | ids.isin(linked["absorbed_id"])
    part = np.select(
        [(host & absorbed).to_numpy(), host.to_numpy(), absorbed.to_numpy(), joined.to_numpy()],
        ["both", "host", "absorbed", "linked"],
        default="",
    )
    out = zones.assign(part=part)
    return out[(out["part"] != "") & out.geometry.notna()]
