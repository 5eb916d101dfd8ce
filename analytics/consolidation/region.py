"""Pairs and facts of one prefecture: the same for the list, the optimum, fronts and scenarios."""

from __future__ import annotations

import pandas as pd


def pairs_in(pairs: pd.DataFrame, code: str) -> pd.DataFrame:
    """Pairs of which a side lies in a prefecture.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        code: Code of the prefecture; empty for the whole province.

    Returns:
        The rows in their order, RangeIndex; ranks stay those of the province.
    """
    if not code:
        return pairs
    sides = pairs[["host_prefecture_adcode", "absorbed_prefecture_adcode"]]
    return pairs[(sides == code).any(axis=1)].reset_index(drop=True)


def facts_in(facts: pd.DataFrame, pairs: pd.DataFrame, code: str) -> pd.DataFrame:
    """Zones that count in a plan of a prefecture: all of its own, and partners from elsewhere.

    Args:
        facts: :func:`analytics.consolidation.whatif.figures`.
        pairs: :func:`pairs_in` of the prefecture.
        code: Code of the prefecture; empty for the whole province.

    Returns:
        The rows in their order, on their index.
    """
    if not code:
        return facts
    named = facts.index.isin([*pairs["host_id"], *pairs["absorbed_id"]])
    return facts[(facts["prefecture_adcode"] == code) | named]
