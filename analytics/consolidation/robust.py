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

import hashlib
from collections.abc import MutableMapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.consolidation.terms import TERMS
from domain.rules import RuleSet

Values = npt.NDArray[np.float64]
Memory = MutableMapping[bytes, Values]
"""How often pairs stand among the first, by all that it depends on: weights are not among it."""

TIE: Final = 5e-7
"""Scores, in points, this near are equal: ranks are made of scores with six decimals."""
NIL: Final = 1e-12
PERCENT: Final = 100.0


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

    The first of :func:`standings`, which see.
    """
    return standings(pairs, rules=rules, demonstration=demonstration, first=first)[0]


def standings(
    pairs: pd.DataFrame,
    *,
    rules: RuleSet,
    demonstration: bool = False,
    first: int | None = None,
    memory: Memory | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How often each ranked pair stands among the first k, and the moves that change its rank.

    Weights are drawn evenly from all weightings that add to one (Dirichlet with every parameter
    1), ``CON-ROBUST-DRAWS`` times from the seed ``CON-ROBUST-SEED``. Equal scores share the
    better rank.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        rules: The rules ``consolidation``.
        demonstration: Demonstration figures are counted, as in the scores.
        first: Length of the leading group; ``CON-ROBUST-K`` by default.
        memory: Answers from before; new ones are added. It never changes an answer.

    Returns:
        One row per ranked pair, RangeIndex, in the order given: ``host_id``, ``absorbed_id``,
        ``rank``, ``in_first`` (share of the weightings), ``nearest_term`` and ``nearest_share``
        (the single weight whose least change takes it across the border of the first k, and
        that change; missing where none does), ``standing``: ``robust`` (among the first, in at
        least ``CON-ROBUST-SHARE`` of the weightings, and no weight alone takes it out within
        ``CON-ROBUST-MOVE``), ``outside`` (the same, the other way round) or ``fragile``; and
        :func:`thresholds` of the same pairs.
    """
    k = int(rules.value("CON-ROBUST-K")) if first is None else first
    ranked = pairs[pairs["enough_known"] & pairs["score"].notna()].reset_index(drop=True)
    out = ranked[["host_id", "absorbed_id", "rank"]].copy()
    points, known = _terms(ranked, demonstration)
    out["in_first"] = in_first(points, known, rules, k, memory)
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
    return out.assign(standing=pd.Series(standing, dtype="string")), moves


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
    # Pages that show no ranks must not pay for the compiler.
    from analytics.consolidation.moves import events  # noqa: PLC0415

    weight, total = float(weights[term]), float(weights.sum())
    of = np.column_stack([points @ weights, known @ weights, points[:, term], known[:, term]])
    found = events(of, weight, k, TIE / PERCENT, NIL)
    names = ("rank_down", "rank_up", "first_down", "first_up")
    out = pd.DataFrame(
        {n: -row if n.endswith("down") else row for n, row in zip(names, found, strict=True)}
    ).assign(weight=weight, share=weight / total if total > 0 else np.nan)
    for what in ("rank", "first"):
        ends = (out[f"{what}_{end}"].to_numpy() for end in ("down", "up"))
        out[f"{what}_share"] = np.fmin(*(_share_change(end, weight, total) for end in ends))
    return out


def _share_change(move: Values, weight: float, total: float) -> Values:
    """A move of a weight as the size of the change of its share."""
    after = total + move
    share = np.where(after > NIL, (weight + move) / np.where(after > NIL, after, 1.0), 0.0)
    change: Values = np.abs(share - weight / total) if total > 0 else np.full(len(move), np.nan)
    return np.where(np.isnan(move), np.nan, change)


def in_first(
    points: Values, known: Values, rules: RuleSet, k: int, memory: Memory | None
) -> Values:
    """Share of random weightings in which each pair stands among the first k.

    Args:
        points: (n, m) points of the terms, 0 for what is not counted.
        known: (n, m) 1 for what is counted, else 0.
        rules: The rules ``consolidation``.
        k: Length of the leading group.
        memory: Answers from before; new ones are added.
    """
    draws, seed = int(rules.value("CON-ROBUST-DRAWS")), int(rules.value("CON-ROBUST-SEED"))
    # Pairs come in the order of their ranks, which weights change: what is remembered has its own.
    order = np.lexsort(np.hstack([points, known]).T)
    points, known = points[order], known[order]
    digest = hashlib.blake2b(f"{draws} {seed} {k} {points.shape}".encode())
    for part in (points, known):
        digest.update(np.ascontiguousarray(part).tobytes())
    key = digest.digest()
    found = memory.get(key) if memory is not None else None
    if found is None:
        weights = np.random.default_rng(seed).dirichlet(np.ones(points.shape[1]), size=draws)
        found = hits(points, known, weights, k) / draws
        if memory is not None:
            memory[key] = found
    out = np.empty_like(found)
    out[order] = found
    return out


def hits(points: Values, known: Values, weights: Values, k: int) -> Values:
    """In how many weightings each pair stands among the first k, by scores of six decimals.

    Args:
        points: See :func:`in_first`.
        known: The same.
        weights: (draws, m).
        k: Length of the leading group.
    """
    # Pages that show no ranks must not pay for the compiler.
    from analytics.consolidation.moves import leading  # noqa: PLC0415

    if k >= len(points):
        return np.full(len(points), float(len(weights)))
    by_term = [np.ascontiguousarray(part.T) for part in (points, known)]
    return leading(by_term[0], by_term[1], weights, k, NIL)
