"""The three rates of every zone, checked: their product against built over developable land."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analytics.evaluation.intensity import AREAS, RATES, rates
from analytics.evaluation.zone_figures import ZoneFigures
from domain.rules import RuleSet

STATES: Final = ("holds", "stated_differs", "not_nested", "missing")
"""``holds``: the product is built over developable land, and rates that were entered agree with
those of the areas; ``stated_differs``: an entered rate does not; ``not_nested``: areas that cannot
be true, or a whole of zero; ``missing``: an area is missing."""

_PER_CENT: Final = 100.0
_SLACK_M2: Final = 1.0


def checked(known: ZoneFigures, *, rules: RuleSet) -> pd.DataFrame:
    """Rates of every zone with their check.

    Args:
        known: The figures.
        rules: The rules ``intensity``; ``INT-IDENTITY`` is the tolerance.

    Returns:
        On the index of the zones, ratios: :data:`~analytics.evaluation.intensity.RATES`,
        ``product`` of the three, ``use_rate`` (built over developable land, worked out by
        itself), ``gap`` (product less it), ``state`` (:data:`STATES`), ``differs`` (entered
        rates that do not agree, joined by ``;``), ``one_source`` (bool, all four areas come from
        one source). Rates are missing where areas are or cannot be true; a part may exceed its
        whole by 1 m2.
    """
    areas = known.figures[list(AREAS)]
    gone = areas.isna().any(axis=1)
    true = (areas > 0).iloc[:, :3].all(axis=1) & (areas["built_m2"] >= 0)
    for whole, part in pairwise(AREAS):
        true &= areas[part] <= areas[whole] + _SLACK_M2
    nested = areas.where(true & ~gone).cummin(axis=1)
    found = rates(nested)
    out = found[list(RATES)].assign(product=found["use_rate"])
    out["use_rate"] = nested["built_m2"] / nested["developable_m2"]
    out["gap"] = out["product"] - out["use_rate"]
    limit = rules.value("INT-IDENTITY")
    stated = known.stated.reindex(columns=[*RATES, "use_rate"]) / _PER_CENT
    # Rates are entered with two decimals of a per cent, so that rounding is within the tolerance.
    apart = (stated - out[stated.columns]).abs() > limit
    named = np.array(stated.columns, dtype=object)
    out["differs"] = [";".join(named[row]) for row in apart.to_numpy()]
    out["state"] = np.select(
        [gone, ~true, apart.any(axis=1) | (out["gap"].abs() > limit)],
        ["missing", "not_nested", "stated_differs"],
        "holds",
    )
    origin = known.origin[list(AREAS)]
    same = origin.eq(origin.iloc[:, 0], axis=0).all(axis=1)
    return out.assign(one_source=same & ~gone)
