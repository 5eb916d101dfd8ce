"""Intensive use of a zone's land: the three rates and the identity that ties them together.

Source of the formulas: TD/T 1029-2010 and the yearly national notice. Development rate × supply
rate × completion rate = built ÷ developable; the identity serves as a check of entered figures.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import pandas as pd

from domain.rules import RuleSet
from geo.errors import SchemaError

AREAS: Final = ("developable_m2", "ready_m2", "supplied_m2", "built_m2")
"""Developable land, of it ready for supply (已达供地条件), of it supplied, of it built; in m2."""
RATES: Final = ("development_rate", "supply_rate", "built_rate")


def rates(zones: pd.DataFrame) -> pd.DataFrame:
    """The three rates and their product.

    Args:
        zones: n zones with the columns :data:`AREAS`, float64 in m2; missing ones are allowed.

    Returns:
        float64 columns :data:`RATES` and ``use_rate`` (their product) on the index of ``zones``;
        missing where an area is missing or the one it is divided by is zero.

    Raises:
        SchemaError: A column is absent, an area is negative, or a part exceeds its whole.
    """
    _require_nested(zones)
    out = pd.DataFrame(index=zones.index)
    for name, (whole, part) in zip(RATES, pairwise(AREAS), strict=True):
        out[name] = zones[part] / zones[whole].where(zones[whole] > 0)
    out["use_rate"] = out[list(RATES)].prod(axis=1, skipna=False)
    return out


def identity_gap(
    development: pd.Series, supply: pd.Series, built: pd.Series, stated: pd.Series
) -> pd.Series:
    """Product of three stated rates less the stated overall rate, as ratios on the same index."""
    return (development * supply * built - stated).rename("identity_gap")


def identity_holds(gap: pd.Series, *, rules: RuleSet) -> pd.Series:
    """Whether stated rates agree within ``INT-IDENTITY``; False where a rate is missing.

    Args:
        gap: Result of :func:`identity_gap`.
        rules: The rules ``intensity``.
    """
    return (gap.abs() <= rules.value("INT-IDENTITY")).rename("identity_holds")


def identity(
    stated: pd.DataFrame, areas: pd.DataFrame | None = None, *, rules: RuleSet
) -> pd.DataFrame:
    """Check of the rates that a report or a workbook states.

    Args:
        stated: n zones with any of :data:`RATES` and ``use_rate``, as ratios.
        areas: Any of :data:`AREAS` of the same zones, m2, for the second check.
        rules: The rules ``intensity``.

    Returns:
        On the index of ``stated``: ``product`` of the three rates, ``stated`` overall rate,
        ``gap`` (product less stated), ``holds`` (boolean within ``INT-IDENTITY``; missing where a
        rate is), ``by_area`` (built over developable land) and ``area_gap`` (stated less it).
    """
    known = stated.reindex(columns=[*RATES, "use_rate"]).astype("float64")
    land = pd.DataFrame(index=stated.index) if areas is None else areas.reindex(stated.index)
    land = land.reindex(columns=list(AREAS)).astype("float64")
    whole = land["developable_m2"]
    by_area = land["built_m2"] / whole.where(whole > 0)
    product = known[list(RATES)].prod(axis=1, skipna=False)
    development, supply, built = (known[name] for name in RATES)
    gap = identity_gap(development, supply, built, known["use_rate"])
    holds = identity_holds(gap, rules=rules).astype("boolean").mask(gap.isna())
    return pd.DataFrame(
        {
            "product": product,
            "stated": known["use_rate"],
            "gap": gap,
            "holds": holds,
            "by_area": by_area,
            "area_gap": known["use_rate"] - by_area,
        }
    )


def _require_nested(zones: pd.DataFrame) -> None:
    absent = [name for name in AREAS if name not in zones]
    if absent:
        raise SchemaError(
            f"the zones lack {', '.join(absent)}", values={"columns": ", ".join(absent)}
        )
    areas = zones[list(AREAS)]
    bad = (areas < 0).any(axis=1)
    for whole, part in pairwise(AREAS):
        bad |= areas[part] > areas[whole]
    if bad.any():
        raise SchemaError(
            "built <= supplied <= ready <= developable must hold, none below zero",
            rows=zones.index[bad].tolist(),
            values={"columns": ", ".join(AREAS)},
        )
