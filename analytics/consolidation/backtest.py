"""Would the candidates have shown what really happened? A check on the clean real cases.

Each case is replayed with what was known before its year: indicators and links of earlier years,
national status by the year of approval. Industries, places, clusters and names are those of
today, which the cases may have shaped. Nothing here feeds back: no default weight is fitted, and
the fitted weights below are shown only to say how little nine cases can fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import comb
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation import candidates as consolidation
from analytics.consolidation.terms import TERMS
from domain.rules import RuleSet

Values = npt.NDArray[np.float64]

LISTS: Final = ("hosts", "prefecture")
"""Candidate hosts of the absorbed zone; all pairs of the prefecture."""
RANKINGS: Final = ("score", "nearest", "industry", "random", "fitted", "fitted_in_sample")
FITTED: Final = ("level", "adjacency", "industry")
"""Terms known of nearly every pair; the weights of the others are not fitted."""

_BEHIND: Final = 1000.0
_STEPS: Final = 10
_SURE: Final = 0.95
_RESAMPLES: Final = 10_000
_TIE: Final = 1e-9
_HALVINGS: Final = 60


@dataclass(frozen=True)
class Replay:
    """The lists in which one case stands.

    Attributes:
        case: Row of ``zone_merges``.
        outcome: ``ranked``, ``not_admissible`` or ``not_listed``.
        lists: For each of :data:`LISTS` its pairs, and the position of the real one; empty
            unless ``ranked``.
    """

    case: pd.Series
    outcome: str
    lists: dict[str, tuple[pd.DataFrame, int]] = field(repr=False)


@dataclass(frozen=True)
class Backtest:
    """What the check found.

    Attributes:
        cases: One row per case: ``case_id``, ``year``, ids and names, ``outcome``; for each list
            ``<list>_of`` (length) and for each ranking ``<list>_<ranking>`` (worst rank that its
            ties allow; missing where it is not in the list).
        table: One row per ranking and list: ``hit_1``, ``hit_3``, ``mrr`` (expected over the
            orders of ties, cases outside the list counted as misses), ``mrr_low`` and
            ``mrr_high`` (bootstrap over cases), ``sure_1`` and ``sure_3`` (cases that are hits
            in whatever order of ties) with ``_low`` and ``_high`` (Clopper-Pearson), all
            intervals at 95 %.
        fitted: Shares of :data:`FITTED` fitted to all cases.
    """

    cases: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    fitted: dict[str, float]


def clean_cases(merges: pd.DataFrame) -> pd.DataFrame:
    """Sourced cases of zone with zone, from the table ``zone_merges``."""
    clean = (
        (merges["is_consolidation"] == "1")
        & (merges["confidence"] == "sourced")
        & merges["action"].isin(consolidation.REAL_ACTIONS)
    )
    names = {"absorbing_zone_id": "host_id", "absorbed_zone_id": "absorbed_id"}
    return merges[clean].rename(columns=names).reset_index(drop=True)


def known_before(inputs: consolidation.Inputs, year: int) -> consolidation.Inputs:
    """The inputs with what was known before a year, as far as the tables tell.

    National zones approved in that year or later count as provincial; cases of that year or
    later are unknown. Evaluation figures are of today and left out.
    """
    zones = inputs.zones.copy()
    later = (zones["level"] == "national") & (zones["approved_year"] >= year)
    zones["level"] = zones["level"].mask(later, "provincial")
    merges = inputs.merges[pd.to_numeric(inputs.merges["year"]) < year]
    return replace(inputs, zones=zones, merges=merges, evidence=None)


def replays(inputs: consolidation.Inputs, *, rules: RuleSet) -> list[Replay]:
    """The lists of every clean case, with what was known before its year.

    Args:
        inputs: The reference tables; ``zones`` with ``approved_year``.
        rules: The rules ``consolidation``.
    """
    out = []
    for _, case in clean_cases(inputs.merges).iterrows():
        year = int(case["year"])
        pairs = consolidation.candidates(
            known_before(inputs, year), as_of=dt.date(year - 1, 12, 31), rules=rules, replay=True
        )
        out.append(_replay(case, pairs, inputs.zones))
    return out


def _replay(case: pd.Series, pairs: pd.DataFrame, zones: pd.DataFrame) -> Replay:
    absorbed = case["absorbed_id"]
    if pd.isna(absorbed) or absorbed not in set(zones["zone_id"]):
        return Replay(case, "not_listed", {})
    same = pairs["absorbed_id"] == absorbed
    real = same & (pairs["host_id"] == case["host_id"])
    if not real.any():
        return Replay(case, "not_admissible", {})
    prefecture = pairs.loc[real, "host_prefecture_adcode"].iloc[0]
    inside = pairs["host_prefecture_adcode"] == prefecture
    lists = {}
    for name, mask in zip(LISTS, (same, inside), strict=True):
        lists[name] = (pairs[mask].reset_index(drop=True), int(real[mask].to_numpy().argmax()))
    return Replay(case, "ranked", lists)


def run(inputs: consolidation.Inputs, *, rules: RuleSet) -> Backtest:
    """Replay every case and hold the ranking against naive ones.

    Args:
        inputs: The reference tables.
        rules: The rules ``consolidation``.
    """
    found = replays(inputs, rules=rules)
    default = np.array([rules.value(f"CON-W-{term.upper()}") for term in TERMS])
    grid = _grid(default)
    gains = np.array([[_gain(replay, weights) for weights in grid] for replay in found])
    picked = [
        _best(np.delete(gains, i, axis=0).sum(axis=0), grid, default) for i in range(len(found))
    ]
    overall = _best(gains.sum(axis=0), grid, default)
    weights = {"score": [default] * len(found), "fitted": [grid[i] for i in picked]}
    weights["fitted_in_sample"] = [grid[overall]] * len(found)
    rows = [_facts(replay) for replay in found]
    table = []
    for name, ranking in product(LISTS, RANKINGS):
        places = [
            _place(replay, name, ranking, weights.get(ranking, [default] * len(found))[i])
            for i, replay in enumerate(found)
        ]
        for row, place in zip(rows, places, strict=True):
            row[f"{name}_{ranking}"] = sum(place) if place else pd.NA
        table.append({"ranking": ranking, "list": name, **_figures(places, rules)})
    fitted = grid[overall][[TERMS.index(term) for term in FITTED]]
    shares = dict(zip(FITTED, (fitted / fitted.sum()).round(3).tolist(), strict=True))
    return Backtest(_typed(pd.DataFrame(rows)), pd.DataFrame(table), shares)


def clopper_pearson(hits: int, of: int, *, sure: float = _SURE) -> tuple[float, float]:
    """Exact interval of a share of ``hits`` out of ``of``: both tails hold half of the rest."""
    tail = (1 - sure) / 2
    low = 0.0 if hits == 0 else _crossing(lambda p: 1 - _below(hits - 1, of, p), tail)
    high = 1.0 if hits == of else 1 - _crossing(lambda p: _below(hits, of, 1 - p), tail)
    return low, high


def _below(most: int, of: int, p: float) -> float:
    """Probability of at most so many hits."""
    return sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(most + 1))


def _crossing(rising: Callable[[float], float], level: float) -> float:
    """Where a function that rises from 0 to 1 reaches a level."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < level else (low, middle)
    return (low + high) / 2


def _facts(replay: Replay) -> dict[str, object]:
    case = replay.case
    columns = ("case_id", "year", "host_id", "absorbing_name_zh", "absorbed_id", "absorbed_name_zh")
    row: dict[str, object] = {column: case[column] for column in columns}
    row["outcome"] = replay.outcome
    for name in LISTS:
        row[f"{name}_of"] = len(replay.lists[name][0]) if replay.lists else pd.NA
    ends = replay.lists["hosts"] if replay.lists else None
    row["distance_km"] = float(ends[0]["distance_km"].iloc[ends[1]]) if ends else np.nan
    return row


def _typed(cases: pd.DataFrame) -> pd.DataFrame:
    counts = [c for c in cases if str(c).startswith(LISTS)]
    return cases.astype(dict.fromkeys(counts, "Int64"))


def _place(replay: Replay, name: str, ranking: str, weights: Values) -> tuple[int, int] | None:
    """How many stand before the real pair, and how many share its place, itself among them."""
    if not replay.lists:
        return None
    pairs, at = replay.lists[name]
    value = _value(pairs, ranking, weights)
    return int((value > value[at] + _TIE).sum()), int((np.abs(value - value[at]) <= _TIE).sum())


def _value(pairs: pd.DataFrame, ranking: str, weights: Values) -> Values:
    """What a ranking goes by, more first; finite, what is missing last."""
    if ranking == "random":
        return np.zeros(len(pairs))
    if ranking == "nearest":
        distance = pairs["distance_km"].mask(pairs["same_point"], 0.0)
        return np.asarray(-distance.fillna(_BEHIND).to_numpy(dtype="float64"))
    if ranking == "industry":
        return np.asarray(pairs["industry_points"].fillna(-1.0).to_numpy(dtype="float64"))
    return _score(pairs, weights)


def _score(pairs: pd.DataFrame, weights: Values) -> Values:
    """The score under other weights; pairs of which too little is known come last."""
    known = pairs[[f"{term}_state" for term in TERMS]].isin(["known"]).to_numpy()
    points = np.where(known, pairs[[f"{term}_points" for term in TERMS]].to_numpy("float64"), 0.0)
    weight = known @ weights
    score = np.where(weight > 0, points @ weights / np.where(weight > 0, weight, 1.0), 0.0)
    behind = np.where(pairs["enough_known"].to_numpy(dtype=bool), 0.0, _BEHIND)
    return np.asarray((100 * score).round(6) - behind)


def _figures(places: Sequence[tuple[int, int] | None], rules: RuleSet) -> dict[str, float]:
    reciprocal = np.array([_reciprocal(place) for place in places])
    rng = np.random.default_rng(int(rules.value("CON-ROBUST-SEED")))
    drawn = rng.integers(0, len(places), size=(_RESAMPLES, len(places)))
    means = reciprocal[drawn].mean(axis=1)
    low, high = np.quantile(means, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    out = {"mrr": float(reciprocal.mean()), "mrr_low": float(low), "mrr_high": float(high)}
    for k in (1, int(rules.value("CON-HIT-K"))):
        name = "1" if k == 1 else "3"
        expected = [min(max((k - p[0]) / p[1], 0.0), 1.0) if p else 0.0 for p in places]
        sure = sum(bool(p) and sum(p or ()) <= k for p in places)
        out[f"hit_{name}"] = float(np.mean(expected))
        out[f"sure_{name}"] = sure
        out[f"sure_{name}_low"], out[f"sure_{name}_high"] = clopper_pearson(sure, len(places))
    return out


def _reciprocal(place: tuple[int, int] | None) -> float:
    """Mean of one over the rank, over the orders of ties."""
    if place is None:
        return 0.0
    before, tied = place
    return sum(1 / rank for rank in range(before + 1, before + tied + 1)) / tied


def _grid(default: Values) -> Values:
    """Every way to share out the weight of :data:`FITTED` in tenths; the others as they are."""
    at = [TERMS.index(term) for term in FITTED]
    total = default[at].sum()
    rows = []
    for first, second in product(range(_STEPS + 1), repeat=2):
        if first + second <= _STEPS:
            row = default.copy()
            row[at] = np.array([first, second, _STEPS - first - second]) / _STEPS * total
            rows.append(row)
    return np.array(rows)


def _gain(replay: Replay, weights: Values) -> float:
    """What a fit tries to raise: reciprocal rank, both lists added."""
    return sum(_reciprocal(_place(replay, name, "fitted", weights)) for name in LISTS)


def _best(gains: Values, grid: Values, default: Values) -> int:
    """The best weights; of equal ones those nearest to the default."""
    top = np.flatnonzero(gains >= gains.max() - _TIE)
    return int(top[np.argmin(np.abs(grid[top] - default).sum(axis=1))])
