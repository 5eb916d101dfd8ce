"""The inputs of consolidation that ship with the product: published facts of zones, in full."""

from __future__ import annotations

from functools import cache

import pandas as pd

from analytics.consolidation.candidates import Inputs, county_neighbours
from domain import boundaries, reference


def published_inputs(
    evidence: pd.DataFrame | None = None,
    *,
    outlines: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
    roads: pd.DataFrame | None = None,
) -> Inputs:
    """The reference tables as consolidation reads them.

    Args:
        evidence: Evaluation figures by zone; None for none. This and the others as in
            :class:`analytics.consolidation.candidates.Inputs`.
        outlines: Outlines towards each other.
        areas: Areas of outlines.
        roads: Distances by road.
    """
    return Inputs(
        zones=reference.zones(),
        clusters=reference.clusters(),
        indicators=reference.table("zone_indicators"),
        merges=reference.table("zone_merges"),
        words=reference.table("industry_words"),
        neighbours=_neighbours(),
        evidence=evidence,
        outlines=outlines,
        areas=areas,
        roads=roads,
    )


@cache
def _neighbours() -> frozenset[tuple[str, str]]:
    return county_neighbours(boundaries.layer("county"))
