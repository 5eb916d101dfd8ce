"""Figures of zones as evidence for the terms of a pair, each with its origin and year."""

from __future__ import annotations

from typing import Final

import pandas as pd

from analytics.consolidation.checks import usable
from analytics.consolidation.terms import EVIDENCE
from analytics.evaluation import zone_figures
from analytics.evaluation.zone_figures import ZoneFigures

BASIS: Final = {
    "use_rate": "built_m2",
    "tax_per_mu": "tax_wan",
    "digestion_years": "digestion_years",
    "idle_share": "idle_m2",
    "environment_open": "environment_open",
    "safety_open": "safety_open",
}
"""Figure whose origin and year stand for a piece of evidence."""


def evidence(known: ZoneFigures) -> pd.DataFrame:
    """What :class:`analytics.consolidation.candidates.Inputs` takes as ``evidence``.

    Figures below zero, and rates of parts larger than their whole, are left out.

    Args:
        known: What is known of every zone.

    Returns:
        Index ``zone_id``: float64 columns :data:`~analytics.consolidation.terms.EVIDENCE`; for
        each ``<figure>_origin`` (one of :data:`analytics.evaluation.zone_figures.SOURCES`) and
        ``<figure>_year`` (text), missing where the figure is or has none; the entered
        ``leading_industries`` with their year; ``demonstration`` bool.
    """
    sound = usable(known)
    out = zone_figures.evidence(sound)
    out["safety_open"] = sound.figures["safety_open"].astype("float64")
    for figure in EVIDENCE:
        origin = sound.origin[BASIS[figure]].astype("string").where(out[figure].notna())
        out[f"{figure}_origin"] = origin.mask(origin == "")
        year = zone_figures.years_of(sound, BASIS[figure]).astype("string")
        out[f"{figure}_year"] = year.where(out[figure].notna())
    texts = sound.facts["leading_industries"].str.strip()
    out["leading_industries"] = texts.mask(texts == "")
    year = sound.facts["year"].astype("string")
    out["leading_industries_year"] = year.where(out["leading_industries"].notna())
    return out
