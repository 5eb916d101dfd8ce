"""The evaluation of many zones in a few figures."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analytics.evaluation.zone_figures import ZoneFigures


@dataclass(frozen=True)
class Summary:
    """Figures of a choice of zones.

    Attributes:
        zones: How many they are.
        entered: Of them with a row of the year.
        older: Of them with an older row in its place.
        ranked: Of them with a rank of intensity.
        median_score: Median of the known scores; None without any.
        rates_hold: Of them whose rates agree.
        rates_wrong: Of them whose rates or areas cannot be true.
        rates_missing: Of them that lack an area.
        differ: Entered figures that differ from computed ones.
        differ_zones: Zones that these are of.
    """

    zones: int
    entered: int
    older: int
    ranked: int
    median_score: float | None
    rates_hold: int
    rates_wrong: int
    rates_missing: int
    differ: int
    differ_zones: int


def summary(
    zones: pd.Index,
    known: ZoneFigures,
    *,
    scores: pd.DataFrame,
    rates: pd.DataFrame,
    comparison: pd.DataFrame,
) -> Summary:
    """Count a choice of zones.

    Args:
        zones: Their ids, in the index of every table.
        known: The figures.
        scores: :func:`analytics.evaluation.intensity_score.scores`.
        rates: :func:`analytics.evaluation.zone_rates.checked`.
        comparison: :func:`analytics.evaluation.zone_figures.comparison`.
    """
    facts, states = known.facts.loc[zones], rates.loc[zones, "state"]
    mine = scores.loc[zones]
    found = mine["score"].dropna()
    apart = comparison[comparison["zone"].isin(zones) & (comparison["state"] == "differ")]
    return Summary(
        zones=len(zones),
        entered=int((facts["year"].notna() & ~facts["older"]).sum()),
        older=int(facts["older"].sum()),
        ranked=int(mine["rank"].notna().sum()),
        median_score=float(found.median()) if len(found) else None,
        rates_hold=int((states == "holds").sum()),
        rates_wrong=int(states.isin(["stated_differs", "not_nested"]).sum()),
        rates_missing=int((states == "missing").sum()),
        differ=len(apart),
        differ_zones=int(apart["zone"].nunique()),
    )
