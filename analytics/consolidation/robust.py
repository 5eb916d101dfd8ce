"""How far the rank of a pair depends on the weights: single weights moved, random weightings.

The score of a pair is the weighted mean of the points of its known terms, ``N / D`` with
``N = sum(w * a)`` and ``D = sum(w)`` over what is known of it. Moving one weight by ``d`` gives
``(N + d * k * a) / (D + d * k)`` with ``k`` 1 where the term is known and 0 where not. Two pairs
p and q change places where::

    (N_q + d k_q a_q) (D_p + d k_p) - (N_p + d k_p a_p) (D_q + d k_q) = 0

a quadratic in d; linear where one of them does not know the term, and, where both know the same
terms, reduced to ``d = (N_q - N_p) / (a_p - a_q)``. Scores do not change when all weights are
scaled, so a move of one weight ``w -> w + d`` is a move of its share from ``w / W`` to
``(w + d) / (W + d)`` with the others keeping their proportions. Which pairs are ranked at all
(``enough_known``) is held as it is: that is a matter of facts.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation.terms import TERMS
from domain.rules import RuleSet

Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_TIE: Final = 5e-7
"""Scores, in points, this near are equal: ranks are made of scores with six decimals."""
_NIL: Final = 1e-12
_CHUNK: Final = 256
_PERCENT: Final = 100.0


def thresholds(
    pairs: pd.DataFrame, *, rules: RuleSet, demonstration: bool = False, first: int | None = None
) -> pd.DataFrame:
    """How far each weight must move, alone, to change the rank of each pair.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`, scored with ``rules``.
        rules: The rules ``consolidation``.
        demonstration: Demonstration figures are counted, as in the scores.
        first: Length of the leading group; ``CON-ROBUST-K`` by default.

    Returns:
        One row per ranked pair and term, RangeIndex: ``host_id``, ``absorbed_id``, ``term``,
        ``weight``, ``share``; for each of ``rank`` (the rank changes) and ``first`` (it enters or
        leaves the first k) the nearest moves ``<what>_down`` (<= 0) and ``<what>_up`` (>= 0) of
        the weight, NaN where none does it (a weight is not moved below 0), and ``<what>_share``,
        the smaller of the two as a change of the weight's share.
    """
    k = int(rules.value("CON-ROBUST-K")) if first is None else first
    ranked = pairs[pairs["enough_known"] & pairs["score"].notna()].reset_index(drop=True)
    points, known = _terms(ranked, demonstration)
    weights = _weights(rules)
    parts = [
        _one_term(points, known, weights, term, k).assign(
            host_id=ranked["host_id"], absorbed_id=ranked["absorbed_id"], term=name
        )
        for term, name in enumerate(TERMS)
    ]
    order = ["host_id", "absorbed_id", "term", "weight", "share"]
    order += [f"{what}_{end}" for what in ("rank", "first") for end in ("down", "up", "share")]
    return pd.concat(parts, ignore_index=True)[order]


def stability(
    pairs: pd.DataFrame, *, rules: RuleSet, demonstration: bool = False, first: int | None = None
) -> pd.DataFrame:
    """How often each ranked pair stands among the first k under random weights.

    Weights are drawn evenly from all weightings that add to one (Dirichlet with every parameter
    1), ``CON-ROBUST-DRAWS`` times from the seed ``CON-ROBUST-SEED``. Equal scores share the
    better rank.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        rules: The rules ``consolidation``.
        demonstration: Demonstration figures are counted, as in the scores.
        first: Length of the leading group; ``CON-ROBUST-K`` by default.

    Returns:
        One row per ranked pair, RangeIndex, in the order given: ``host_id``, ``absorbed_id``,
        ``rank``, ``in_first`` (share of the weightings), ``nearest_term`` and ``nearest_share``
        (the single weight whose least change takes it across the border of the first k, and
        that change; missing where none does), ``standing``: ``robust`` (among the first, in at
        least ``CON-ROBUST-SHARE`` of the weightings, and no weight alone takes it out within
        ``CON-ROBUST-MOVE``), ``outside`` (the same, the other way round) or ``fragile``.
    """
    k = int(rules.value("CON-ROBUST-K")) if first is None else first
    ranked = pairs[pairs["enough_known"] & pairs["score"].notna()].reset_index(drop=True)
    out = ranked[["host_id", "absorbed_id", "rank"]].copy()
    points, known = _terms(ranked, demonstration)
    out["in_first"] = _in_first(points, known, rules, k)
    moves = thresholds(ranked, rules=rules, demonstration=demonstration, first=k)
    table = moves["first_share"].to_numpy().reshape(len(TERMS), -1).T
    none = np.isnan(table).all(axis=1)
    nearest = np.where(np.isnan(table), np.inf, table).argmin(axis=1)
    names = pd.Series(np.array(TERMS)[nearest], dtype="string")
    out["nearest_term"] = names.mask(none)
    out["nearest_share"] = table[np.arange(len(table)), nearest]
    safe = (out["nearest_share"] >= rules.value("CON-ROBUST-MOVE")).to_numpy() | none
    leading = (out["rank"] <= k).fillna(value=False).to_numpy(dtype=bool)
    often = rules.value("CON-ROBUST-SHARE")
    inside = leading & safe & (out["in_first"] >= often).to_numpy()
    outside = ~leading & safe & (out["in_first"] <= 1 - often).to_numpy()
    standing = np.select([inside, outside], ["robust", "outside"], default="fragile")
    return out.assign(standing=pd.Series(standing, dtype="string"))


def nearest(moves: pd.DataFrame) -> pd.DataFrame:
    """The least move of a single weight that changes the rank of each pair.

    Args:
        moves: :func:`thresholds`.

    Returns:
        Index host and absorbed zone joined by ``>``: ``term`` and ``share`` (change of the
        weight's share); pairs whose rank no weight changes alone are absent.
    """
    found = moves[moves["rank_share"].notna()].sort_values("rank_share", kind="stable")
    found = found.assign(pair=found["host_id"] + ">" + found["absorbed_id"])
    found = found.drop_duplicates("pair").set_index("pair")
    return found[["term", "rank_share"]].rename(columns={"rank_share": "share"})


def turning_points(moves: pd.DataFrame) -> pd.DataFrame:
    """At which weight, instead of by which move, the rank changes and the first k are crossed.

    Args:
        moves: :func:`thresholds`.

    Returns:
        The same rows: ``term``, ``weight``, ``share``, ``rank_share``, and ``rank_low``,
        ``rank_high``, ``first_low``, ``first_high``, weights; NaN where no move does it.
    """
    out = moves[["term", "weight", "share", "rank_share"]].copy()
    for what in ("rank", "first"):
        for end, move in (("low", "down"), ("high", "up")):
            out[f"{what}_{end}"] = moves["weight"] + moves[f"{what}_{move}"]
    return out


def _weights(rules: RuleSet) -> Values:
    return np.array([rules.value(f"CON-W-{term.upper()}") for term in TERMS], dtype="float64")


def _terms(pairs: pd.DataFrame, demonstration: bool) -> tuple[Values, Values]:  # noqa: FBT001
    """(n, m) points with 0 for what is not counted, and 1 or 0 for what is."""
    states = ["known", "demonstration"] if demonstration else ["known"]
    known = pairs[[f"{term}_state" for term in TERMS]].isin(states).to_numpy()
    points = pairs[[f"{term}_points" for term in TERMS]].to_numpy(dtype="float64")
    return np.where(known, points, 0.0), known.astype("float64")


def _one_term(points: Values, known: Values, weights: Values, term: int, k: int) -> pd.DataFrame:
    top, bottom = points @ weights, known @ weights
    a, has, w = points[:, term], known[:, term], float(weights[term])
    n, total = len(points), float(weights.sum())
    found = {
        name: np.full(n, np.nan) for name in ("rank_down", "rank_up", "first_down", "first_up")
    }
    for begin in range(0, n, _CHUNK):
        rows = np.arange(begin, min(begin + _CHUNK, n))
        curve = _curves(top, bottom, a, has, rows)
        for name, sign in (("down", -1.0), ("up", 1.0)):
            rank, group = _events(curve, sign, w if sign < 0 else np.inf, k)
            found[f"rank_{name}"][rows], found[f"first_{name}"][rows] = sign * rank, sign * group
    out = pd.DataFrame(found).assign(weight=w, share=w / total if total > 0 else np.nan)
    for what in ("rank", "first"):
        ends = [_share_change(out[f"{what}_{end}"].to_numpy(), w, total) for end in ("down", "up")]
        out[f"{what}_share"] = np.fmin(*ends)
    return out


def _share_change(move: Values, weight: float, total: float) -> Values:
    """A move of a weight as the size of the change of its share."""
    after = total + move
    share = np.where(after > _NIL, (weight + move) / np.where(after > _NIL, after, 1.0), 0.0)
    change: Values = np.abs(share - weight / total) if total > 0 else np.full(len(move), np.nan)
    return np.where(np.isnan(move), np.nan, change)


def _curves(
    top: Values, bottom: Values, a: Values, has: Values, rows: Codes
) -> tuple[Values, Values, Values]:
    """Coefficients c0, c1, c2 by (pair of ``rows``, other pair); above 0 the other is better."""
    n_p, d_p, a_p, k_p = top[rows, None], bottom[rows, None], a[rows, None], has[rows, None]
    n_q, d_q, a_q, k_q = top[None], bottom[None], a[None], has[None]
    c0 = n_q * d_p - n_p * d_q
    c1 = k_q * a_q * d_p + n_q * k_p - k_p * a_p * d_q - n_p * k_q
    c2 = k_p * k_q * (a_q - a_p)
    scale = np.maximum(d_p * d_q, _NIL)
    c0 = np.where(np.abs(c0) <= _TIE / _PERCENT * scale, 0.0, c0)
    c1 = np.where(np.abs(c1) <= _NIL * (d_p + d_q), 0.0, c1)
    return c0, c1, np.where(np.abs(c2) <= _NIL, 0.0, c2)


def _events(
    curve: tuple[Values, Values, Values], sign: float, reach: float, k: int
) -> tuple[Values, Values]:
    """Nearest distance at which the rank changes, and at which the first k are crossed.

    Along the move each other pair is better or not; it changes at the simple roots of its curve.
    """
    c0, c1, c2 = curve[0], sign * curve[1], curve[2]
    better_now = c0 > 0
    # Just after the start, a tie is broken by the next coefficient that is not 0.
    soon = np.where(c0 != 0, c0, np.where(c1 != 0, c1, c2)) > 0
    first, second = _roots(c0, c1, c2)
    flips = np.concatenate([np.where(soon & ~better_now, 0.0, np.inf), first, second], axis=1)
    step = np.concatenate([np.ones_like(c0), np.where(soon, -1, 1), np.where(soon, 1, -1)], axis=1)
    flips = np.where(flips <= reach, flips, np.inf)
    step = np.where(np.isfinite(flips), step, 0).astype(np.int64)
    return _walk(flips, step, better_now.sum(axis=1), k)


def _walk(flips: Values, step: Codes, ahead: Codes, k: int) -> tuple[Values, Values]:
    """Where the number of better pairs first differs, and where it first crosses k."""
    order = np.argsort(flips, axis=1, kind="stable")
    at = np.take_along_axis(flips, order, axis=1)
    count = ahead[:, None] + np.cumsum(np.take_along_axis(step, order, axis=1), axis=1)
    # Flips at one place count together: only the last of them shows the new number.
    last = np.ones(at.shape, dtype=bool)
    last[:, :-1] = at[:, 1:] > at[:, :-1] + _NIL
    real = last & np.isfinite(at)
    changed = real & (count != ahead[:, None])
    crossed = real & ((count < k) != (ahead < k)[:, None])
    return _first_of(at, changed), _first_of(at, crossed)


def _first_of(at: Values, marks: npt.NDArray[np.bool_]) -> Values:
    """Place of the first mark of each row; NaN without one."""
    return np.where(marks.any(axis=1), at[np.arange(len(at)), marks.argmax(axis=1)], np.nan)


def _roots(c0: Values, c1: Values, c2: Values) -> Values:
    """The two places above 0 where the curve crosses 0, in order; infinite where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where(c1 != 0, -c0 / c1, np.inf)
        under = c1 * c1 - 4 * c2 * c0
        half = -0.5 * (c1 + np.where(c1 >= 0, 1.0, -1.0) * np.sqrt(np.maximum(under, 0.0)))
        one = np.where(half != 0, c0 / half, np.inf)
        two = np.where(half != 0, half / c2, np.inf)
    square = c2 != 0
    crossing = under > _NIL * np.maximum(c1 * c1, _NIL)
    first = np.where(square, np.where(crossing, one, np.inf), line)
    second = np.where(square & crossing, two, np.inf)
    both = np.stack([first, second])
    both = np.where(np.isfinite(both) & (both > _NIL), both, np.inf)
    return np.asarray(np.sort(both, axis=0), dtype="float64")


def _in_first(points: Values, known: Values, rules: RuleSet, k: int) -> Values:
    """Share of random weightings in which each pair stands among the first k."""
    draws, n = int(rules.value("CON-ROBUST-DRAWS")), len(points)
    rng = np.random.default_rng(int(rules.value("CON-ROBUST-SEED")))
    weights = rng.dirichlet(np.ones(points.shape[1]), size=draws)
    hits = np.zeros(n)
    for begin in range(0, draws, _CHUNK):
        part = weights[begin : begin + _CHUNK]
        scores = (_PERCENT * (part @ points.T) / np.maximum(part @ known.T, _NIL)).round(6)
        if k < n:
            least = np.partition(scores, n - k, axis=1)[:, n - k, None]
            hits += (scores >= least).sum(axis=0)
        else:
            hits += len(part)
    return hits / draws
