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
    "level", "adjacency", "industry", "pressure", "benefit", "disposal", "ranking", "environment"
]
TERMS: Final[tuple[Term, ...]] = get_args(Term)

EVIDENCE: Final = ("use_rate", "tax_per_mu", "digestion_years", "idle_share", "environment_open")
"""Columns an evidence table may have, by zone: built ÷ developable land (ratio), tax in 10k CNY per
mu, years of the digestion cycle, idle share (ratio), open environmental proceedings (0 or 1)."""

_FOR: Final = 2 / 3
_AGAINST: Final = 1 / 3


def level(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """National over provincial is full; equal levels get ``CON-SAME-LEVEL``."""
    above = (pairs["host_level"] == "national") & (pairs["absorbed_level"] == "provincial")
    points = pd.Series(1.0, index=pairs.index).where(above, rules.value("CON-SAME-LEVEL"))
    value = pairs["host_level"] + ">" + pairs["absorbed_level"]
    return _term(value, points, "zones")


def adjacency(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Full up to ``CON-DISTANCE-FULL`` or in one county, falling to 0 at ``CON-DISTANCE-MAX``.

    Neighbouring counties get at least ``CON-NEIGHBOUR``: seats lie far apart in large counties.
    The value is the distance in km; ``same_point`` where both zones are placed at one seat.
    """
    full, limit = rules.value("CON-DISTANCE-FULL"), rules.value("CON-DISTANCE-MAX")
    distance = pairs["distance_km"]
    by_distance = _ramp(distance, low=limit, high=full)
    floor = pd.Series(np.nan, index=pairs.index).mask(
        pairs["neighbours"], rules.value("CON-NEIGHBOUR")
    )
    points = pd.concat([by_distance, floor], axis=1).max(axis=1)
    points = points.mask(pairs["same_county"], 1.0)
    value = distance.round(1).astype("string").mask(pairs["same_point"], "same_point")
    return _term(value, points, "seats")


def industry(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Shared sectors over ``CON-SHARED-FULL``, at most 1; unknown where a zone names none."""
    known = (pairs["host_sectors"] > 0) & (pairs["absorbed_sectors"] > 0)
    points = (pairs["shared_count"] / rules.value("CON-SHARED-FULL")).clip(upper=1.0)
    return _term(pairs["shared_sectors"].where(known), points.where(known), "industries")


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
    return _term(value.where(known), points, "evidence", demonstration=_is_demonstration(pairs))


def ranking(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Known only where one side was named in a bottom group of the provincial assessment."""
    del rules
    host, absorbed = pairs["host_bottom"], pairs["absorbed_bottom"]
    points = pd.Series(np.nan, index=pairs.index).mask(absorbed, 1.0).mask(host, 0.0)
    value = pd.Series(pd.NA, index=pairs.index, dtype="string")
    value = value.mask(absorbed, "absorbed_bottom").mask(host, "host_bottom")
    return _term(value, points, "assessment")


def environment(pairs: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Open proceedings at the host speak against, at the absorbed for a pair; none is neutral."""
    del rules
    host, absorbed = pairs["host_environment_open"], pairs["absorbed_environment_open"]
    known = host.notna() & absorbed.notna()
    points = ((1 - host) * (1 + absorbed) / 2).where(known)
    value = _pair_text(host, absorbed)
    return _term(value.where(known), points, "evidence", demonstration=_is_demonstration(pairs))


_SIDES: Final = ("host", "absorbed")


def _two_sided(pairs: pd.DataFrame, column: str, low: float, high: float) -> pd.DataFrame:
    host, absorbed = pairs[f"host_{column}"], pairs[f"absorbed_{column}"]
    known = host.notna() & absorbed.notna()
    points = (_ramp(host, low=low, high=high) + 1 - _ramp(absorbed, low=low, high=high)) / 2
    value = _pair_text(host, absorbed)
    return _term(
        value.where(known), points.where(known), "evidence", demonstration=_is_demonstration(pairs)
    )


def _ramp(value: pd.Series, *, low: float, high: float) -> pd.Series:
    """0 at ``low``, 1 at ``high``, straight between; also downwards."""
    return ((value - low) / (high - low)).clip(lower=0.0, upper=1.0)


def _pair_text(left: pd.Series, right: pd.Series, *, joiner: str = ">") -> pd.Series:
    """Two figures as text; a missing one leaves its place empty."""
    texts = [side.round(4).astype("string").fillna("") for side in (left, right)]
    return texts[0] + joiner + texts[1]


def _is_demonstration(pairs: pd.DataFrame) -> pd.Series:
    return pairs["host_demonstration"] | pairs["absorbed_demonstration"]


def _term(
    value: pd.Series, points: pd.Series, source: str, *, demonstration: pd.Series | None = None
) -> pd.DataFrame:
    known = points.notna()
    state = pd.Series("unknown", index=points.index, dtype="string").mask(known, "known")
    if demonstration is not None:
        state = state.mask(known & demonstration, "demonstration")
    verdict = pd.Series("neutral", index=points.index, dtype="string")
    verdict = verdict.mask(points >= _FOR, "for").mask(points <= _AGAINST, "against")
    return pd.DataFrame(
        {
            "value": value.astype("string"),
            "points": points.astype("float64"),
            "state": state,
            "source": pd.Series(source, index=points.index, dtype="string").where(known),
            "verdict": verdict.where(known, "unknown"),
        }
    )


RULES: Final = {
    "level": level,
    "adjacency": adjacency,
    "industry": industry,
    "pressure": pressure,
    "benefit": benefit,
    "disposal": disposal,
    "ranking": ranking,
    "environment": environment,
}
"""How each term is worked out."""
