"""How far a score could move if what is missing were known, and what is missing of which zone."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from analytics.consolidation.candidates import Inputs
from analytics.consolidation.facts import industry_texts
from analytics.consolidation.terms import EVIDENCE, TERMS
from domain.rules import RuleSet

GAPS: Final = ("position", "outline", "industries", "area", *EVIDENCE)
"""What may be missing of a zone."""


def bounds(pairs: pd.DataFrame, *, rules: RuleSet, demonstration: bool = False) -> pd.DataFrame:
    """Least and largest score that a pair could have over all terms.

    The score is the mean over the terms that are counted. Were those missing to get no points, or
    all of them, the mean over all terms would lie at the ends given here; the score itself always
    lies between them.

    Args:
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        rules: The rules it was scored with.
        demonstration: Demonstration figures are counted.

    Returns:
        On the index of ``pairs``: ``score_low`` and ``score_high`` (0-100, float64; missing where
        all weights are zero) and ``missing`` (terms with a weight that are not counted, joined by
        ``;``, string).
    """
    states = ["known", "demonstration"] if demonstration else ["known"]
    weights = np.array([rules.value(f"CON-W-{term.upper()}") for term in TERMS])
    counted = pairs[[f"{term}_state" for term in TERMS]].isin(states).to_numpy(dtype=bool)
    points = pairs[[f"{term}_points" for term in TERMS]].to_numpy(dtype="float64")
    sure = np.where(counted, points, 0.0) @ weights
    whole = weights.sum()
    scale = 100 / whole if whole > 0 else np.nan
    names = np.array(TERMS, dtype=object)
    lacking = ~counted & (weights > 0)
    return pd.DataFrame(
        {
            "score_low": (sure * scale).round(6),
            "score_high": ((sure + ~counted @ weights) * scale).round(6),
            "missing": pd.Series([";".join(names[row]) for row in lacking], dtype="string").array,
        },
        index=pairs.index,
    )


def gaps(inputs: Inputs, pairs: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """What is missing of every active zone, and what it does to its scores.

    Args:
        inputs: What the score rests on.
        pairs: :func:`analytics.consolidation.candidates.candidates`.
        told: :func:`bounds` of them.

    Returns:
        One row for each active zone, also those in no pair, index ``zone_id``: ``missing``
        (:data:`GAPS`, joined by ``;``), ``pairs`` (in how many it stands, int64), and of its best
        pair ``score``, ``score_low``, ``score_high`` (float64; missing without a pair).
    """
    zones = inputs.zones[inputs.zones["status"] == "active"].set_index("zone_id")
    lacks = pd.DataFrame(index=zones.index)
    lacks["position"] = zones.geometry.isna() | zones.geometry.is_empty
    areas = inputs.areas if inputs.areas is not None else pd.DataFrame(index=zones.index[:0])
    lacks["outline"] = ~zones.index.isin(areas.index)
    named = pairs.drop_duplicates("host_id").set_index("host_id")["host_sectors"]
    other = pairs.drop_duplicates("absorbed_id").set_index("absorbed_id")["absorbed_sectors"]
    sectors = named.reindex(zones.index).fillna(other.reindex(zones.index))
    blank = industry_texts(zones.reset_index(), inputs.evidence)["text"].isna()
    lacks["industries"] = (sectors == 0).where(sectors.notna(), blank)
    lacks["area"] = zones["approved_area_ha"].isna() & lacks["outline"]
    evidence = inputs.evidence if inputs.evidence is not None else pd.DataFrame()
    for figure in EVIDENCE:
        given = evidence.get(figure, pd.Series(dtype="float64")).reindex(zones.index)
        lacks[figure] = given.isna()
    out = _best(pairs, told).reindex(zones.index)
    out["pairs"] = out["pairs"].fillna(0).astype("int64")
    flags = lacks[list(GAPS)].to_numpy(dtype=bool)
    names = np.array(GAPS, dtype=object)
    out["missing"] = pd.array([";".join(names[row]) for row in flags], dtype="string")
    return out[["missing", "pairs", "score", "score_low", "score_high"]]


def _best(pairs: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Number of pairs of each zone, and the scores of the first of them."""
    rows = pairs[["score"]].join(told[["score_low", "score_high"]])
    sides = [rows.assign(zone_id=pairs[end]) for end in ("host_id", "absorbed_id")]
    long = pd.concat(sides).sort_index(kind="stable")
    first = long.drop_duplicates("zone_id").set_index("zone_id")
    return first.assign(pairs=long.groupby("zone_id").size())
