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

from analytics.consolidation import facts as consolidation_facts
from analytics.consolidation.terms import RULES, TERMS
from domain.rules import RuleSet
from geo.errors import GanyuanError

REAL_ACTIONS: Final = ("integration", "merge", "one_zone_multi_parks")
"""Actions of ``zone_merges`` in which both partners were zones before."""

_ROUNDING: Final = 1e-9
_BEHIND: Final = 1000.0
"""Taken from the score of pairs of which too little is known, so that they come last."""


class WeightsError(GanyuanError):
    """Weights are unknown, no numbers, below zero, or do not add up."""

    code = "CND-001"


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
            :data:`~analytics.consolidation.terms.EVIDENCE`, ``<figure>_origin`` and
            ``<figure>_year`` of each, ``leading_industries`` and ``leading_industries_year`` as
            entered, and ``demonstration`` bool; None where there are none.
        outlines: :func:`analytics.consolidation.places.between`; None without outlines.
        areas: By ``zone_id`` (index): ``area_m2`` of outlines and ``demonstration`` bool; used
            where no approved area is known. None without outlines.
        roads: :func:`analytics.road_distance.distances`; None without a network.
        lifted: Hosts whose open cases do not bar them where ``CON-VETO`` is 1.
    """

    zones: gpd.GeoDataFrame
    clusters: pd.DataFrame
    indicators: pd.DataFrame
    merges: pd.DataFrame
    words: pd.DataFrame
    neighbours: frozenset[tuple[str, str]]
    evidence: pd.DataFrame | None = None
    outlines: pd.DataFrame | None = None
    areas: pd.DataFrame | None = None
    roads: pd.DataFrame | None = None
    lifted: frozenset[str] = frozenset()


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

    Admissible: one prefecture, unless ``CON-ACROSS`` is 1; host not below the absorbed zone in
    level and no bonded zone; one county, neighbouring counties, or at most ``CON-DISTANCE-MAX``
    between the outlines, or else the placed seats; neither merged, an overlay, nor linked to
    another zone. Where ``CON-VETO`` is 1, no host has an open environmental or safety case, but
    for those that are lifted.

    Args:
        inputs: What the score rests on.
        as_of: Indicators of later years are left out.
        rules: The rules ``consolidation``.
        demonstration: Count demonstration figures and outlines too; figures are shown either way.
        replay: Admit zones that are linked or merged today as absorbed ones, to see where real
            cases would have stood; attributes stay those of today.

    Returns:
        One row a pair, RangeIndex, best first: ``host_id``, ``absorbed_id`` with names, levels
        and codes; ``distance_km`` (missing where both stand at one seat or one has no place)
        with ``distance_basis`` (``outlines``, ``seats``, ``same_point`` or missing),
        ``road_km``, ``road_gap``, ``overlap_m2``, ``same_point``, ``same_county``,
        ``same_prefecture``, ``neighbours``, ``position_error_km``; for each term ``<term>_`` with
        :data:`~analytics.consolidation.terms.PARTS`; ``vetoes`` of the host (``environment``,
        ``safety``, joined by ``;``), ``vetoes_counted``; ``score`` 0-100
        over the counted terms, ``known_share`` (weight of the counted terms over all weight),
        ``enough_known`` (at least ``CON-KNOWN-MIN``) and ``rank`` (1 best; equal scores share the
        better rank; missing where too little is known, and those pairs come last).
    """
    pairs = termed(inputs, as_of=as_of, rules=rules, demonstration=demonstration, replay=replay)
    return rescore(pairs, rules=rules, demonstration=demonstration)


def termed(
    inputs: Inputs,
    *,
    as_of: dt.date,
    rules: RuleSet,
    demonstration: bool = False,
    replay: bool = False,
) -> pd.DataFrame:
    """The pairs of :func:`candidates` with their terms, not weighed yet: no weight counts here.

    Args:
        inputs: See :func:`candidates`, as for the others.
        as_of: Likewise.
        rules: Likewise; weights are not asked for.
        demonstration: Likewise.
        replay: Likewise.

    Returns:
        What :func:`rescore` weighs, RangeIndex.
    """
    zones = consolidation_facts.zone_facts(
        inputs.zones, inputs.indicators, inputs.evidence, inputs.areas, as_of=as_of, rules=rules
    )
    pairs = _pairs(inputs, zones, rules, replay=replay, demonstration=demonstration)
    terms = [RULES[term](pairs, rules).add_prefix(f"{term}_") for term in TERMS]
    return pd.concat([pairs, *terms], axis=1)


def rescore(pairs: pd.DataFrame, *, rules: RuleSet, demonstration: bool = False) -> pd.DataFrame:
    """Weigh terms again, without working them out again; see :func:`candidates`.

    Raises:
        WeightsError: A weight is no number or below zero.
    """
    counted_states = ["known", "demonstration"] if demonstration else ["known"]
    weights = _weights(rules)
    points = pairs[[f"{term}_points" for term in TERMS]].set_axis(list(TERMS), axis=1)
    states = pairs[[f"{term}_state" for term in TERMS]].set_axis(list(TERMS), axis=1)
    counted = states.isin(counted_states)
    weight = counted.mul(weights, axis=1).sum(axis=1)
    total = points.where(counted, 0.0).mul(weights, axis=1).sum(axis=1)
    score = (100 * total / weight.where(weight > 0)).round(6)
    known = weight / (weights.sum() or np.nan)
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


def _weights(rules: RuleSet) -> pd.Series:
    out = pd.Series({term: rules.value(f"CON-W-{term.upper()}") for term in TERMS})
    wrong = out[~np.isfinite(out) | (out < 0)]
    if len(wrong):
        detail = ", ".join(f"{term} = {value:g}" for term, value in wrong.items())
        raise WeightsError(
            f"the weights cannot be used: {detail}; give numbers of at least zero",
            values={"detail": detail},
        )
    return out


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


def _pairs(
    inputs: Inputs, zones: pd.DataFrame, rules: RuleSet, *, replay: bool, demonstration: bool
) -> pd.DataFrame:
    """Admissible pairs with what the terms rest on, RangeIndex."""
    active = zones["status"] == "active"
    linked = zones.index.isin(links(inputs.zones, inputs.merges)["absorbed_id"])
    free = active & ~linked
    may_join = (zones["status"] != "overlay") if replay else free
    may_host = free & (zones["kind"] != "cbz")
    host = zones[may_host].reset_index(names="id").add_prefix("host_")
    absorbed = zones[may_join].reset_index(names="id").add_prefix("absorbed_")
    if rules.value("CON-ACROSS"):
        pairs = host.merge(absorbed, how="cross")
    else:
        pairs = host.merge(
            absorbed, left_on="host_prefecture_adcode", right_on="absorbed_prefecture_adcode"
        )
    national = (pairs["host_level"] == "national") | (pairs["absorbed_level"] != "national")
    pairs = pairs[(pairs["host_id"] != pairs["absorbed_id"]) & national].reset_index(drop=True)
    pairs = consolidation_facts.with_places(
        pairs,
        inputs.neighbours,
        inputs.outlines,
        inputs.roads,
        demonstration=demonstration,
        limit_m2=rules.value("CON-OVERLAP"),
    )
    pairs = consolidation_facts.with_vetoes(
        pairs, demonstration=demonstration, lifted=inputs.lifted
    )
    near = pairs["distance_km"] <= rules.value("CON-DISTANCE-MAX")
    pairs = pairs[pairs["same_county"] | pairs["neighbours"] | near | pairs["same_point"]]
    if rules.value("CON-VETO"):
        pairs = pairs[~pairs["vetoes_counted"]]
    return consolidation_facts.with_industries(
        pairs.reset_index(drop=True), inputs.zones, inputs.words, inputs.clusters, inputs.evidence
    )
