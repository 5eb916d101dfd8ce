"""The terms of the consolidation score, each with value, points, state and source.

Points are between 0 and 1; 1 speaks for the pair. A term whose facts are missing is ``unknown``: it
has no points, and is neither counted as zero nor guessed.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from domain.rules import RuleSet

Term = Literal[
    "level",
    "size",
    "adjacency",
    "barrier",
    "industry",
    "pressure",
    "benefit",
    "disposal",
    "ranking",
    "environment",
]
TERMS: Final[tuple[Term, ...]] = get_args(Term)

EVIDENCE: Final = (
    "use_rate",
    "tax_per_mu",
    "digestion_years",
    "idle_share",
    "environment_open",
    "safety_open",
)
"""Columns an evidence table may have, by zone: built ÷ developable land (ratio), tax in 10k CNY per
mu, years of the digestion cycle, idle share (ratio), open environmental and safety cases (0 or
1)."""

PARTS: Final = ("value", "points", "state", "source", "date", "precision", "verdict")
"""Columns of a term: facts as text; 0 to 1; ``known``, ``demonstration`` or ``unknown``; where the
facts come from, both sides apart where they differ; year or years of the facts; how exact they
are; ``for``, ``neutral``, ``against`` or ``unknown``."""

_SIDES: Final = ("host", "absorbed")
_FOR: Final = 2 / 3
_AGAINST: Final = 1 / 3


def level(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """National over provincial is full; equal levels get ``CON-SAME-LEVEL``."""
    above = (pairs["host_level"] == "national") & (pairs["absorbed_level"] == "provincial")
    points = pd.Series(1.0, index=pairs.index).where(above, rules.value("CON-SAME-LEVEL"))
    value = pairs["host_level"] + ">" + pairs["absorbed_level"]
    return _term(value, points, "zones")


def size(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Full where the absorbed zone is small against the host, falling to 0 at ``CON-SIZE-MAX``.

    The value is both areas in m2, approved ones or else those of the outlines.
    """
    host, absorbed = pairs["host_area_m2"], pairs["absorbed_area_m2"]
    ratio = absorbed / host.where(host > 0)
    points = _ramp(ratio, low=rules.value("CON-SIZE-MAX"), high=rules.value("CON-SIZE-FULL"))
    value = host.round(0).astype("string") + ">" + absorbed.round(0).astype("string")
    made_up = pairs["host_area_demonstration"] | pairs["absorbed_area_demonstration"]
    return _term(
        value.where(points.notna()),
        points,
        _both(pairs, "area_from"),
        demonstration=made_up,
    )


def adjacency(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Full up to ``CON-DISTANCE-FULL`` or in one county, falling to 0 at ``CON-DISTANCE-MAX``.

    By road where a road distance is known (limits times ``CON-ROAD-FACTOR``), else between the
    outlines, else between the seats. Neighbouring counties get at least ``CON-NEIGHBOUR``: seats
    lie far apart in large counties. The value is the distance in km; ``same_point`` where both
    zones are placed at one seat.
    """
    full, limit = rules.value("CON-DISTANCE-FULL"), rules.value("CON-DISTANCE-MAX")
    factor = rules.value("CON-ROAD-FACTOR")
    straight = _ramp(pairs["distance_km"], low=limit, high=full)
    by_road = _ramp(pairs["road_km"], low=limit * factor, high=full * factor)
    floor = pd.Series(np.nan, index=pairs.index).mask(
        pairs["neighbours"], rules.value("CON-NEIGHBOUR")
    )
    points = pd.concat([by_road.fillna(straight), floor], axis=1).max(axis=1)
    points = points.mask(pairs["same_county"], 1.0)
    value = pairs["distance_km"].round(1).astype("string").mask(pairs["same_point"], "same_point")
    value = value.mask(pairs["road_km"].notna(), pairs["road_km"].round(1).astype("string"))
    by_roads = pairs["road_km"].notna()
    source = pairs["distance_basis"].replace("same_point", "seats")
    source = source.mask(by_roads, "roads|" + pairs["road_network"].fillna("")).fillna("seats")
    outlined = (pairs["distance_basis"] == "outlines") & ~by_roads
    made_up = outlined & pairs["outlines_demonstration"] | by_roads & pairs["road_demonstration"]
    return _term(
        value,
        points,
        source,
        demonstration=made_up,
        date=pairs["road_day"].where(by_roads).fillna(""),
        precision=_position(pairs),
    )


def barrier(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Full where the shortest link of the outlines crosses nothing, 0 at ``CON-BARRIER-MAX``.

    Known between outlines where every overlay covers the whole link; what one of them does not
    cover can only lower the points, so a link that has none anyway is known as well. The value is
    ``share|km|kinds``.
    """
    share = pairs["barrier_share"]
    points = _ramp(share, low=rules.value("CON-BARRIER-MAX"), high=0.0)
    points = points.where(pairs["barrier_covered"] | (points == 0.0))
    value = share.round(4).astype("string") + "|" + pairs["barrier_km"].round(2).astype("string")
    value = value + "|" + pairs["barrier_kinds"].fillna("")
    cover = pd.Series("cover_inferred", index=pairs.index, dtype="string")
    return _term(
        value.where(points.notna()),
        points,
        "overlays|" + pairs["barrier_datasets"].fillna(""),
        demonstration=pairs["barrier_demonstration"],
        date=pairs["barrier_day"].fillna(""),
        precision=cover.mask(pairs["barrier_stated"], "cover_stated"),
    )


def industry(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Cosine of the profiles over the sectors; unknown where a zone has no profile.

    The value is ``cosine|shared sectors``.
    """
    del rules
    points = pairs["industry_cosine"]
    value = points.round(4).astype("string") + "|" + pairs["shared_sectors"]
    return _term(
        value.where(points.notna()),
        points,
        _both(pairs, "industries_origin"),
        demonstration=pairs["host_industries_demonstration"]
        | pairs["absorbed_industries_demonstration"],
        date=_both(pairs, "industries_year"),
        precision="words",
    )


def pressure(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Host built out, absorbed not: mean of both ramps between the two limits."""
    return _two_sided(
        pairs, "use_rate", rules.value("CON-PRESSURE-ABSORBED"), rules.value("CON-PRESSURE-HOST")
    )


def benefit(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Tax per mu against the mean of the zones of the prefecture, ramps between the limits."""
    return _two_sided(
        pairs, "tax_ratio", rules.value("CON-BENEFIT-ABSORBED"), rules.value("CON-BENEFIT-HOST")
    )


def disposal(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Host digests in time with little idle land; absorbed does not. Each side counts half.

    Known where both sides have an idle share or both have a digestion cycle; what one side lacks
    is not held against it. The value is ``years|idle share`` of both sides.
    """
    years, idle = (
        pairs[[f"host_{name}", f"absorbed_{name}"]].set_axis(list(_SIDES), axis=1)
        for name in ("digestion_years", "idle_share")
    )
    limit = rules.value("CON-DIGESTION")
    host = ~(years["host"] > limit) & ~(idle["host"] > rules.value("CON-IDLE-HOST"))
    absorbed = (years["absorbed"] > limit) | (idle["absorbed"] > rules.value("CON-IDLE-ABSORBED"))
    known = years.notna().all(axis=1) | idle.notna().all(axis=1)
    points = ((host.astype("float64") + absorbed.astype("float64")) / 2).where(known)
    value = (
        _pair_text(years["host"], idle["host"], joiner="|")
        + ">"
        + _pair_text(years["absorbed"], idle["absorbed"], joiner="|")
    )
    return _evidence(pairs, value.where(known), points, ("digestion_years", "idle_share"))


def ranking(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Known only where one side was named in a bottom group of the provincial assessment."""
    del rules
    host, absorbed = pairs["host_bottom"], pairs["absorbed_bottom"]
    points = pd.Series(np.nan, index=pairs.index).mask(absorbed, 1.0).mask(host, 0.0)
    value = pd.Series(pd.NA, index=pairs.index, dtype="string")
    value = value.mask(absorbed, "absorbed_bottom").mask(host, "host_bottom")
    return _term(value, points, "assessment", date=pairs["assessed"])


def environment(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Open environmental or safety cases at the host speak against, at the absorbed for a pair.

    None is neutral. A side is known where either case is; the value is ``environment|safety`` of
    both sides.
    """
    del rules
    names = ("environment_open", "safety_open")
    open_at = {
        side: pairs[[f"{side}_{name}" for name in names]].max(axis=1, skipna=True)
        for side in _SIDES
    }
    known = open_at["host"].notna() & open_at["absorbed"].notna()
    points = ((1 - open_at["host"]) * (1 + open_at["absorbed"]) / 2).where(known)
    sides = [
        _pair_text(*(pairs[f"{side}_{name}"] for name in names), joiner="|") for side in _SIDES
    ]
    return _evidence(pairs, (sides[0] + ">" + sides[1]).where(known), points, names)


def _two_sided(pairs: pd.DataFrame, column: str, low: float, high: float) -> pd.DataFrame:
    host, absorbed = pairs[f"host_{column}"], pairs[f"absorbed_{column}"]
    known = host.notna() & absorbed.notna()
    points = (_ramp(host, low=low, high=high) + 1 - _ramp(absorbed, low=low, high=high)) / 2
    value = _pair_text(host, absorbed)
    figure = "tax_per_mu" if column == "tax_ratio" else column
    return _evidence(pairs, value.where(known), points.where(known), (figure,))


def _ramp(value: pd.Series, *, low: float, high: float) -> pd.Series:
    """0 at ``low``, 1 at ``high``, straight between; also downwards."""
    return ((value - low) / (high - low)).clip(lower=0.0, upper=1.0)


def _pair_text(left: pd.Series, right: pd.Series, *, joiner: str = ">") -> pd.Series:
    """Two figures as text; a missing one leaves its place empty."""
    texts = [side.round(4).astype("string").fillna("") for side in (left, right)]
    return texts[0] + joiner + texts[1]


def _both(pairs: pd.DataFrame, column: str) -> pd.Series:
    """Texts of both sides as ``host>absorbed``; one text where they are the same."""
    host, absorbed = (pairs[f"{side}_{column}"].fillna("") for side in _SIDES)
    return (host + ">" + absorbed).mask(host == absorbed, host)


def _position(pairs: pd.DataFrame) -> pd.Series:
    """How exact a distance is.

    ``roads|error|ways`` with the error of both seats and the straight ways from them to the
    network, ``outlines`` where they are measured, else ``seats|error``; in km.
    """
    error = pairs["position_error_km"].round(1).astype("string")
    found = ("seats|" + error).mask(pairs["distance_basis"] == "outlines", "outlines")
    ways = "roads|" + error + "|" + pairs["access_km"].round(1).astype("string")
    return found.mask(pairs["road_km"].notna(), ways)


def _evidence(
    pairs: pd.DataFrame, value: pd.Series, points: pd.Series, figures: tuple[str, ...]
) -> pd.DataFrame:
    """A term of evaluation figures: where they come from, and of which years they are."""
    told = {}
    for part in ("origin", "year"):
        sides = pd.DataFrame(index=pairs.index)
        for side in _SIDES:
            first, *others = (pairs[f"{side}_{figure}_{part}"] for figure in figures)
            for other in others:
                first = first.fillna(other)
            sides[f"{side}_told"] = first
        told[part] = _both(sides.astype("string"), "told")
    source = told["origin"].mask(told["origin"] == "", "evidence")
    made_up = pairs["host_demonstration"] | pairs["absorbed_demonstration"]
    return _term(value, points, source, demonstration=made_up, date=told["year"])


def _term(
    value: pd.Series,
    points: pd.Series,
    source: pd.Series | str,
    *,
    demonstration: pd.Series | None = None,
    date: pd.Series | str = "",
    precision: pd.Series | str = "",
) -> pd.DataFrame:
    known = points.notna()
    state = pd.Series("unknown", index=points.index, dtype="string").mask(known, "known")
    if demonstration is not None:
        state = state.mask(known & demonstration, "demonstration")
    verdict = pd.Series("neutral", index=points.index, dtype="string")
    verdict = verdict.mask(points >= _FOR, "for").mask(points <= _AGAINST, "against")
    texts = {
        name: pd.Series(given, index=points.index, dtype="string").where(known)
        for name, given in (("source", source), ("date", date), ("precision", precision))
    }
    return pd.DataFrame(
        {
            "value": value.astype("string"),
            "points": points.astype("float64"),
            "state": state,
            **texts,
            "verdict": verdict.where(known, "unknown"),
        }
    )


RULES: Final = {
    "level": level,
    "size": size,
    "adjacency": adjacency,
    "barrier": barrier,
    "industry": industry,
    "pressure": pressure,
    "benefit": benefit,
    "disposal": disposal,
    "ranking": ranking,
    "environment": environment,
}
"""How each term is worked out."""
