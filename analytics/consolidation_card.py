"""What a page or the command line shows of a pair: terms, before and after, lines on a map."""

from __future__ import annotations

import datetime as dt
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analytics import intensity
from analytics.consolidation_terms import EVIDENCE, PARTS, TERMS
from domain.rules import RuleSet
from geo.crs import CGCS2000
from geo.units import M2_PER_HA, M2_PER_MU

_REVENUE: Final = "operating_revenue"
_NEAR_DEG: Final = 0.2
_FAR_DEG: Final = 0.55
"""Room round a pair on the map, in degrees."""


def evidence(footprints: pd.DataFrame, *, demonstration: bool) -> pd.DataFrame:
    """Evaluation figures of zones from the dataset of their outlines.

    Args:
        footprints: Rows with ``zone_id`` and any of :data:`analytics.intensity.AREAS` (m2),
            ``tax_wan`` (10k CNY a year; divided by built land, not by the approved area),
            ``idle_m2`` (over supplied land), ``digestion_years``, ``idle_share``,
            ``environment_open``.
        demonstration: The dataset is made up.

    Returns:
        One row a zone, index ``zone_id``, float64 columns
        :data:`~analytics.consolidation_terms.EVIDENCE` (missing where an input is) and
        ``demonstration``.

    Raises:
        SchemaError: The areas do not nest; see :func:`analytics.intensity.rates`.
    """
    rows = pd.DataFrame(footprints).drop_duplicates("zone_id").set_index("zone_id")
    out = pd.DataFrame(np.nan, index=rows.index, columns=list(EVIDENCE), dtype="float64")
    if set(intensity.AREAS) <= set(rows):
        areas = rows[list(intensity.AREAS)].astype("float64")
        out["use_rate"] = intensity.rates(areas)["use_rate"]
        if "tax_wan" in rows:
            mu = areas["built_m2"] / M2_PER_MU
            out["tax_per_mu"] = rows["tax_wan"].astype("float64") / mu.where(mu > 0)
    if {"idle_m2", "supplied_m2"} <= set(rows):
        supplied = rows["supplied_m2"].astype("float64")
        out["idle_share"] = rows["idle_m2"].astype("float64") / supplied.where(supplied > 0)
    for name in ("digestion_years", "idle_share", "environment_open"):
        if name in rows:
            out[name] = rows[name].astype("float64")
    return out.assign(demonstration=demonstration)


def terms(pair: pd.Series, *, rules: RuleSet, demonstration: bool = False) -> pd.DataFrame:
    """The terms of one pair, one row each.

    Args:
        pair: A row of :func:`analytics.consolidation.candidates`.
        rules: The rules it was scored with.
        demonstration: Demonstration figures are counted.

    Returns:
        ``term``, :data:`~analytics.consolidation_terms.PARTS` with ``points`` as 0-100,
        ``weight``, and ``contribution`` to the score (points times weight over the weight that is
        counted; missing where a term is not counted; they add up to the score), RangeIndex, in
        the order of :data:`~analytics.consolidation_terms.TERMS`.
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


def before_after(
    host_id: str,
    absorbed_id: str,
    *,
    zones: pd.DataFrame,
    indicators: pd.DataFrame,
    clusters: pd.DataFrame,
    as_of: dt.date,
) -> pd.DataFrame:
    """Approved area, revenue and clusters of both zones and of the two together.

    Args:
        host_id: Zone id of the host.
        absorbed_id: Zone id of the other.
        zones: Development zones with ``approved_area_ha``.
        indicators: The table ``zone_indicators``.
        clusters: The table ``clusters``.
        as_of: Indicators of later years are left out.

    Returns:
        Three rows ``host``, ``absorbed``, ``together``: ``approved_area_m2`` float64,
        ``revenue_yi`` float64 with ``revenue_year`` Int64 and ``revenue_bound`` bool (a lower
        bound), ``revenue_source``, ``clusters`` (names joined by ``;``), ``cluster_count``.
        ``together`` is missing where one side is, or where the revenue years differ.
    """
    ids = [host_id, absorbed_id]
    facts = zones.set_index("zone_id").loc[ids]
    revenue = _revenue(indicators, as_of).reindex(ids)
    out = pd.DataFrame(index=["host", "absorbed"])
    out["approved_area_m2"] = facts["approved_area_ha"].to_numpy(dtype="float64") * M2_PER_HA
    for column in revenue:
        out[str(column)] = revenue[column].to_numpy()
    hosted = clusters[clusters["host_zone"].isin(facts["name_zh"])]
    names = hosted.groupby("host_zone")["name_zh"].agg(";".join)
    out["clusters"] = names.reindex(facts["name_zh"]).fillna("").to_numpy()
    out["cluster_count"] = (
        hosted.groupby("host_zone").size().reindex(facts["name_zh"], fill_value=0).to_numpy()
    )
    both = pd.concat([out, _together(out)])
    return both.astype({"revenue_year": "Int64", "cluster_count": "int64"})


def _together(sides: pd.DataFrame) -> pd.DataFrame:
    years = sides["revenue_year"]
    same_year = years.notna().all() and years.iloc[0] == years.iloc[1]
    row = {
        "approved_area_m2": sides["approved_area_m2"].sum(skipna=False),
        "revenue_yi": sides["revenue_yi"].sum(skipna=False) if same_year else np.nan,
        "revenue_year": sides["revenue_year"].iloc[0] if same_year else pd.NA,
        "revenue_bound": bool(sides["revenue_bound"].any()),
        "revenue_source": "",
        "clusters": ";".join(text for text in sides["clusters"] if text),
        "cluster_count": sides["cluster_count"].sum(),
    }
    return pd.DataFrame([row], index=["together"])


def _revenue(indicators: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Latest whole-year operating revenue of each zone."""
    whole = (indicators["indicator"] == _REVENUE) & (indicators["period"] == "year")
    rows = indicators[whole].copy()
    rows["revenue_year"] = pd.to_numeric(rows["year"]).astype("Int64")
    rows["revenue_bound"] = rows["value"].str.startswith(">")
    rows["revenue_yi"] = pd.to_numeric(rows["value"].str.lstrip(">")).astype("float64")
    rows["revenue_source"] = rows["source"]
    rows = rows[rows["revenue_year"] <= as_of.year].sort_values("revenue_year")
    latest = rows.drop_duplicates("zone_id", keep="last").set_index("zone_id")
    return latest[["revenue_yi", "revenue_year", "revenue_bound", "revenue_source"]].astype(
        {"revenue_bound": "boolean"}
    )


def link_lines(pairs: pd.DataFrame, zones: gpd.GeoDataFrame, *, link: str) -> gpd.GeoDataFrame:
    """Straight lines from host to absorbed zone.

    Args:
        pairs: ``host_id`` and ``absorbed_id``; ``score`` where there is one.
        zones: Development zones with their points, EPSG:4490.
        link: Class of the lines on the map.

    Returns:
        One line for each pair whose ends stand at different places, RangeIndex, EPSG:4490:
        ``id`` (``host>absorbed``), ``name``, ``name_en``, ``host_id``, ``absorbed_id``, ``score``,
        ``link``.
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
