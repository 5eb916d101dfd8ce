"""What is wrong with the inputs of consolidation: weights, outlines, industries, areas.

A fault of a zone takes no pair off the list: the figure concerned is left out and the fault is told
with its code. Only weights that cannot be used stop the work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final, NoReturn

import pandas as pd

from analytics import industry_profile
from analytics.consolidation.candidates import Inputs, WeightsError
from analytics.consolidation.facts import industry_texts
from analytics.consolidation.terms import TERMS
from analytics.evaluation.intensity import AREAS
from analytics.evaluation.zone_figures import ZoneFigures
from domain.rules import RuleSet
from geo.errors import GanyuanError

_ROUNDING: Final = 1e-6
_SLACK_M2: Final = 1.0


class OutlinesOverlapError(GanyuanError):
    """Outlines of zones lie on each other, so no distance is taken from them."""

    code = "CND-002"


class UnknownIndustryError(GanyuanError):
    """Leading industries hold words that lead to no sector."""

    code = "CND-003"


class NegativeFigureError(GanyuanError):
    """Figures of zones are below zero and are left out."""

    code = "CND-004"


class NestingError(GanyuanError):
    """A part of the land of a zone is larger than the whole; the rate is left out."""

    code = "CND-006"


def weights(given: Mapping[str, float], *, rules: RuleSet) -> dict[str, float]:
    """A full set of weights as values of rules; terms that are not named weigh nothing.

    Args:
        given: Points by term.
        rules: The rules ``consolidation``; the set adds up to ``CON-WEIGHTS-SUM``.

    Returns:
        Values for :func:`analytics.consolidation.candidates.with_values`.

    Raises:
        WeightsError: A term is unknown, a weight is no number, infinite or below zero, or the
            set does not add up.
    """
    strange = sorted(set(given) - set(TERMS))
    if strange:
        _refuse(f"{', '.join(strange)}: not one of {', '.join(TERMS)}")
    for term, value in given.items():
        if not math.isfinite(value):
            _refuse(f"{term} = {value}: not a number")
        if value < 0:
            _refuse(f"{term} = {value:g}: below zero")
    total, wanted = math.fsum(given.values()), rules.value("CON-WEIGHTS-SUM")
    if abs(total - wanted) > _ROUNDING:
        _refuse(f"the weights add up to {total:g}, not {wanted:g}")
    return {f"CON-W-{term.upper()}": float(given.get(term, 0.0)) for term in TERMS}


def faults(inputs: Inputs, known: ZoneFigures | None, *, rules: RuleSet) -> list[GanyuanError]:
    """Every fault of the inputs, one entry a kind, with the zones concerned as rows.

    Args:
        inputs: What the score rests on.
        known: Figures of zones as they came; None without any.
        rules: The rules ``consolidation``.
    """
    found: list[GanyuanError | None] = [
        _overlaps(inputs, rules),
        _unknown_words(inputs),
    ]
    if known is not None:
        found += [_negative(known), _nesting(known)]
    return [fault for fault in found if fault is not None]


def usable(known: ZoneFigures) -> ZoneFigures:
    """The figures without those below zero."""
    return replace(known, figures=known.figures.where(~(known.figures < 0)))


def _overlaps(inputs: Inputs, rules: RuleSet) -> GanyuanError | None:
    if inputs.outlines is None:
        return None
    over = inputs.outlines[inputs.outlines["overlap_m2"] > rules.value("CON-OVERLAP")]
    rows = [f"{a} × {b}" for a, b in over.index if a < b]
    if not rows:
        return None
    area = float(over["overlap_m2"].max())
    return OutlinesOverlapError(
        f"outlines of {len(rows)} pairs of zones lie on each other; correct them and import again",
        rows=rows,
        values={"count": len(rows), "area": f"{area:.0f}"},
    )


def _unknown_words(inputs: Inputs) -> GanyuanError | None:
    texts = industry_texts(inputs.zones, inputs.evidence)["text"]
    strange = industry_profile.basis(texts, inputs.words)["unknown_words"]
    strange = strange[strange != ""]
    if strange.empty:
        return None
    words = sorted({word for text in strange for word in text.split(";")})
    return UnknownIndustryError(
        f"{len(words)} words of leading industries lead to no sector: {', '.join(words[:20])}",
        rows=strange.index.tolist(),
        values={"count": len(words), "words": "、".join(words[:20])},
    )


def _negative(known: ZoneFigures) -> GanyuanError | None:
    below = known.figures < 0
    if not below.any(axis=None):
        return None
    columns = [str(c) for c in below.columns[below.any()]]
    rows = [str(zone) for zone in below.index[below.any(axis=1)]]
    return NegativeFigureError(
        f"figures below zero ({', '.join(columns)}) are left out; correct and import again",
        rows=rows,
        values={"columns": ", ".join(columns)},
    )


def _nesting(known: ZoneFigures) -> GanyuanError | None:
    """Parts of land larger than the whole they are part of, both of one source."""
    wrong = pd.Series(data=False, index=known.figures.index)
    for whole, part in pairwise(AREAS):
        one_source = known.origin[whole] == known.origin[part]
        larger = known.figures[part] > known.figures[whole] + _SLACK_M2
        wrong |= (one_source & larger).fillna(value=False)
    if not wrong.any():
        return None
    return NestingError(
        f"{int(wrong.sum())} zones have more supplied or built land than they can have",
        rows=wrong.index[wrong].tolist(),
        values={"count": int(wrong.sum())},
    )


def _refuse(detail: str) -> NoReturn:
    raise WeightsError(
        f"the weights cannot be used: {detail}; give numbers of at least zero that add up",
        values={"detail": detail},
    )
