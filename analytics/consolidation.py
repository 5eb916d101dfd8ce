"""Pairs of zones that may be studied for consolidation (整合研究对象).

A pair is a host and a zone that it might absorb or manage. The result is a list for study with
every term in sight, never a recommendation. The plan (四(八)) names the idea, zones that are near
and of similar industry; weights and limits are product defaults.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from analytics import industries
from analytics.consolidation_terms import EVIDENCE, RULES, TERMS
from domain.rules import RuleSet

REAL_ACTIONS: Final = ("integration", "merge", "one_zone_multi_parks")
"""Actions of ``zone_merges`` in which both partners were zones before."""

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_ROUNDING: Final = 1e-9
_BEHIND: Final = 1000.0
"""Taken from the score of pairs of which too little is known, so that they come last."""
_PER_ZONE: Final = ("level", "kind", "status", "name_zh", "name_en", "county_adcode")


@dataclass(frozen=True)
class Inputs:
    """What the score rests on.

    Attributes:
        zones: :func:`domain.reference.zones`.
        clusters: :func:`domain.reference.clusters`.
        indicators: The table ``zone_indicators``.
        merges: The table ``zone_merges``.
        words: The table ``industry_words``.
        neighbours: Result of :func:`county_neighbours`.
        evidence: Evaluation figures by ``zone_id`` (index) with any of
            :data:`~analytics.consolidation_terms.EVIDENCE` and ``demonstration`` bool; None
            where there are none.
    """

    zones: gpd.GeoDataFrame
    clusters: pd.DataFrame
    indicators: pd.DataFrame
    merges: pd.DataFrame
    words: pd.DataFrame
    neighbours: frozenset[tuple[str, str]]
    evidence: pd.DataFrame | None = None


def county_neighbours(counties: gpd.GeoDataFrame) -> frozenset[tuple[str, str]]:
    """Ordered pairs of codes of counties that touch.

    Args:
        counties: Polygons with ``adcode``.
    """
    left, right = counties.sindex.query(counties.geometry, predicate="intersects")
    codes = counties["adcode"].to_numpy()
    apart = left != right
    return frozenset(zip(codes[left[apart]], codes[right[apart]], strict=True))


def links(zones: pd.DataFrame, merges: pd.DataFrame) -> pd.DataFrame:
    """Zones that are joined already: merged, one zone with several parks, or managed.

    An absorbed zone may keep its name, code and area; a link says who runs it.

    Args:
        zones: Development zones.
        merges: The table ``zone_merges``; a later ``split`` of a pair undoes its link.

    Returns:
        ``host_id``, ``absorbed_id``, ``action``, ``case_id``, ``year``, ``source``, RangeIndex;
        both ends are listed zones.
    """
    names = {"absorbing_zone_id": "host_id", "absorbed_zone_id": "absorbed_id"}
    rows = merges.rename(columns=names)
    known = rows["absorbed_id"].isin(zones["zone_id"]) & rows["host_id"].isin(zones["zone_id"])
    joined = rows[known & (rows["is_consolidation"] == "1") & (rows["confidence"] != "recalled")]
    split = rows[rows["action"] == "split"]
    pair = ["host_id", "absorbed_id"]
    undone = joined.set_index(pair).index.isin(split.set_index(pair).index)
    columns = [*pair, "action", "case_id", "year", "source"]
    return joined.loc[~undone, columns].reset_index(drop=True)


def candidates(
    inputs: Inputs,
    *,
    as_of: dt.date,
    rules: RuleSet,
    demonstration: bool = False,
    replay: bool = False,
) -> pd.DataFrame:
    """Every admissible pair with every term.

    Admissible: one prefecture; host not below the absorbed zone in level and no bonded zone;
    one county, neighbouring counties, or at most ``CON-DISTANCE-MAX`` between the placed seats;
    neither merged, an overlay, nor linked to another zone.

    Args:
        inputs: What the score rests on.
        as_of: Indicators of later years are left out.
        rules: The rules ``consolidation``.
        demonstration: Count demonstration evaluation figures too; they are shown either way.
        replay: Admit zones that are linked or merged today as absorbed ones, to see where real
            cases would have stood; attributes stay those of today.

    Returns:
        One row a pair, RangeIndex, best first: ``host_id``, ``absorbed_id`` with names, levels
        and codes; ``distance_km`` (missing where both stand at one seat or one has no place),
        ``same_point``, ``same_county``, ``neighbours``, ``position_error_km``; for each term
        ``<term>_value``, ``_points``, ``_state``, ``_source``, ``_verdict``; ``score`` 0-100
        over the counted terms, ``known_share`` (weight of the counted terms over all weight),
        ``enough_known`` (at least ``CON-KNOWN-MIN``) and ``rank`` (1 best; equal scores share the
        better rank; missing where too little is known, and those pairs come last).
    """
    zones = _zone_facts(inputs, as_of, rules)
    pairs = _pairs(inputs, zones, rules, replay=replay)
    terms = [RULES[term](pairs, rules).add_prefix(f"{term}_") for term in TERMS]
    out = pd.concat([pairs, *terms], axis=1)
    return rescore(out, rules=rules, demonstration=demonstration)


def rescore(pairs: pd.DataFrame, *, rules: RuleSet, demonstration: bool = False) -> pd.DataFrame:
    """Weigh terms again, without working them out again; see :func:`candidates`."""
    counted_states = ["known", "demonstration"] if demonstration else ["known"]
    weights = pd.Series({term: rules.value(f"CON-W-{term.upper()}") for term in TERMS})
    points = pairs[[f"{term}_points" for term in TERMS]].set_axis(list(TERMS), axis=1)
    states = pairs[[f"{term}_state" for term in TERMS]].set_axis(list(TERMS), axis=1)
    counted = states.isin(counted_states)
    weight = counted.mul(weights, axis=1).sum(axis=1)
    total = points.where(counted, 0.0).mul(weights, axis=1).sum(axis=1)
    score = (100 * total / weight.where(weight > 0)).round(6)
    known = weight / weights.sum()
    enough = known >= rules.value("CON-KNOWN-MIN") - _ROUNDING
    out = pairs.assign(score=score, known_share=known, enough_known=enough)
    out = out.sort_values(
        ["enough_known", "score", "known_share", "host_id", "absorbed_id"],
        ascending=[False, False, False, True, True],
        ignore_index=True,
    )
    rank = out["score"].where(out["enough_known"]).rank(method="min", ascending=False)
    return out.assign(rank=rank.astype("Int64"))


def with_values(rules: RuleSet, values: Mapping[str, float]) -> RuleSet:
    """The same rules with other values, for sliders; their titles and articles stay.

    Raises:
        RuleError: A rule is absent.
    """
    changed = {key: rules.rule(key).model_copy(update={"value": v}) for key, v in values.items()}
    return RuleSet([changed.get(key, rule) for key, rule in rules.items()])


def hit_rate(
    replayed: pd.DataFrame, zones: pd.DataFrame, merges: pd.DataFrame, *, rules: RuleSet
) -> pd.DataFrame:
    """Where the real cases stand in the list of their own absorber.

    Args:
        replayed: :func:`candidates` with ``replay``.
        zones: Development zones.
        merges: The table ``zone_merges``.
        rules: The rules ``consolidation``.

    Returns:
        One row for each clean real case (zone with zone, sourced): ``case_id``, ``year``,
        ``host_id``, ``absorbed_id``, ``absorbed_name_zh``, ``outcome`` (``ranked``,
        ``not_admissible``, ``not_listed``), ``rank`` within the absorber's list (equal scores
        share the worse rank), ``of`` its length, ``hit`` (rank within ``CON-HIT-K``) and
        ``by_chance``, the probability of a hit in a list without any order.
    """
    real = merges[
        (merges["is_consolidation"] == "1")
        & (merges["confidence"] == "sourced")
        & merges["action"].isin(REAL_ACTIONS)
    ].rename(columns={"absorbing_zone_id": "host_id", "absorbed_zone_id": "absorbed_id"})
    order = replayed["score"].where(replayed["enough_known"], replayed["score"] - _BEHIND)
    own = replayed[["host_id", "absorbed_id"]].assign(
        rank=order.groupby(replayed["host_id"]).rank(method="max", ascending=False),
        of=order.groupby(replayed["host_id"]).transform("size"),
    )
    columns = [
        "case_id",
        "year",
        "host_id",
        "absorbing_name_zh",
        "absorbed_id",
        "absorbed_name_zh",
        "source",
    ]
    out = real[columns].merge(own, on=["host_id", "absorbed_id"], how="left")
    listed = out["absorbed_id"].isin(zones["zone_id"])
    out["outcome"] = np.select(
        [(~listed).to_numpy(), out["rank"].isna().to_numpy()],
        ["not_listed", "not_admissible"],
        default="ranked",
    )
    first = rules.value("CON-HIT-K")
    out["hit"] = (out["rank"] <= first).fillna(value=False).astype(bool)
    out["by_chance"] = (first / out["of"]).clip(upper=1.0).fillna(0.0)
    return out


def _zone_facts(inputs: Inputs, as_of: dt.date, rules: RuleSet) -> pd.DataFrame:
    """Everything the terms need, by zone id."""
    zones = inputs.zones
    facts = pd.DataFrame(zones.set_index("zone_id")[[*_PER_ZONE, "prefecture_adcode"]])
    facts["lon"], facts["lat"] = zones.geometry.x.to_numpy(), zones.geometry.y.to_numpy()
    precision = zones["lonlat_precision"].fillna("county").str.contains("town").to_numpy()
    facts["error_km"] = np.where(
        precision, rules.value("CON-POSITION-TOWN"), rules.value("CON-POSITION-COUNTY")
    )
    facts["bottom"] = facts.index.isin(_bottom(inputs.indicators, as_of))
    evidence = inputs.evidence if inputs.evidence is not None else pd.DataFrame()
    for column in EVIDENCE:
        values = evidence.get(column, pd.Series(dtype="float64"))
        facts[column] = values.reindex(facts.index).astype("float64")
    mark = evidence.get("demonstration", pd.Series(dtype="boolean"))
    facts["demonstration"] = mark.reindex(facts.index).astype("boolean").fillna(value=False)
    facts["demonstration"] = facts["demonstration"].astype(bool)
    mean = facts.groupby("prefecture_adcode")["tax_per_mu"].transform("mean")
    facts["tax_ratio"] = facts["tax_per_mu"] / mean.where(mean > 0)
    return facts


def _bottom(indicators: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Zones that were in the last group of the latest assessment that names one."""
    rows = indicators[indicators["indicator"].str.startswith("bottom_province_assessment")]
    year = pd.to_numeric(rows["year"])
    known = rows[year <= as_of.year]
    latest = year[known.index] == year[known.index].max()
    return pd.Series(known.loc[latest, "zone_id"])


def _pairs(inputs: Inputs, zones: pd.DataFrame, rules: RuleSet, *, replay: bool) -> pd.DataFrame:
    active = zones["status"] == "active"
    linked = zones.index.isin(links(inputs.zones, inputs.merges)["absorbed_id"])
    free = active & ~linked
    may_join = (zones["status"] != "overlay") if replay else free
    may_host = free & (zones["kind"] != "cbz")
    host = zones[may_host].reset_index(names="id").add_prefix("host_")
    absorbed = zones[may_join].reset_index(names="id").add_prefix("absorbed_")
    pairs = host.merge(
        absorbed, left_on="host_prefecture_adcode", right_on="absorbed_prefecture_adcode"
    )
    national = (pairs["host_level"] == "national") | (pairs["absorbed_level"] != "national")
    pairs = pairs[(pairs["host_id"] != pairs["absorbed_id"]) & national]
    pairs = _places(pairs, inputs.neighbours)
    near = pairs["distance_km"] <= rules.value("CON-DISTANCE-MAX")
    pairs = pairs[pairs["same_county"] | pairs["neighbours"] | near | pairs["same_point"]]
    return _industries(pairs.reset_index(drop=True), inputs)


def _places(pairs: pd.DataFrame, neighbours: frozenset[tuple[str, str]]) -> pd.DataFrame:
    placed = pairs["host_lon"].notna() & pairs["absorbed_lon"].notna()
    same = (pairs["host_lon"] == pairs["absorbed_lon"]) & (
        pairs["host_lat"] == pairs["absorbed_lat"]
    )
    ends = pairs[["host_lon", "host_lat", "absorbed_lon", "absorbed_lat"]].fillna(0.0).to_numpy()
    _, _, metres = _GEOD.inv(ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3])
    touching = pd.MultiIndex.from_tuples(sorted(neighbours) or [("", "")])
    counties = pd.MultiIndex.from_frame(pairs[["host_county_adcode", "absorbed_county_adcode"]])
    return pairs.assign(
        distance_km=pd.Series(np.asarray(metres) / 1000, index=pairs.index).where(placed & ~same),
        same_point=placed & same,
        same_county=pairs["host_county_adcode"] == pairs["absorbed_county_adcode"],
        neighbours=counties.isin(touching),
        position_error_km=pairs["host_error_km"] + pairs["absorbed_error_km"],
    )


def _industries(pairs: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    zones = inputs.zones.set_index("zone_id")
    named = industries.sectors(zones["leading_industries"], inputs.words)
    sectors = industries.with_clusters(named, zones["name_zh"], inputs.clusters)
    host, absorbed = sectors.loc[pairs["host_id"]], sectors.loc[pairs["absorbed_id"]]
    common = industries.shared(host, absorbed).to_numpy()
    return pairs.assign(
        host_sectors=host.sum(axis=1).to_numpy(),
        absorbed_sectors=absorbed.sum(axis=1).to_numpy(),
        shared_count=(host.to_numpy() & absorbed.to_numpy()).sum(axis=1),
        shared_sectors=pd.Series(common, index=pairs.index, dtype="string"),
    )
