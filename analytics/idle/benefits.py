"""What a plan brings: quota of the next year, land by zone, tax at the zone's mean per mu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from analytics.disposal.options import STARTS, SUPPLIED, SUPPLIED_BUILT, TAKEN_BACK
from domain.rules import RuleSet
from geo.units import M2_PER_HA, M2_PER_MU

Verdict = Literal["both", "failed", "unknown"]

AREAS: Final[dict[str, float]] = {
    "built_area_km2": 1e6,
    "built_area_ha": M2_PER_HA,
    "developed_area_km2": 1e6,
    "approved_area_ha": M2_PER_HA,
    "administered_area_km2": 1e6,
}
"""Areas that tax is divided by, the best first, and m2 of their unit."""
_WAN: Final[dict[str, float]] = {"亿元": 10_000.0, "万元": 1.0}
_WHOLE_YEAR: Final = "year"


@dataclass(frozen=True, slots=True)
class Quota:
    """What the two tasks mean for the quota of new construction land of the next year.

    Attributes:
        verdict: ``both`` met, one ``failed``, or ``unknown`` where a task is not set.
        change: Ratio of the quota by the factor method; NaN where unknown.
        rule: Id of the rule; empty where unknown.
    """

    verdict: Verdict
    change: float
    rule: str


def quota(*, unsupplied_met: bool | None, idle_met: bool | None, rules: RuleSet) -> Quota:
    """The consequence for the quota; the notice speaks of provinces, a county is seen alike.

    Args:
        unsupplied_met: Whether the task for approved, unsupplied land is met; None if not set.
        idle_met: Whether the task for idle land is met; None if not set.
        rules: The rules of ``approvals``.
    """
    if unsupplied_met is None or idle_met is None:
        return Quota("unknown", float("nan"), "")
    met = unsupplied_met and idle_met
    rule = "APPR-QUOTA-UP" if met else "APPR-QUOTA-DOWN"
    if rule not in rules:
        return Quota("unknown", float("nan"), "")
    change = rules.value(rule)
    return Quota("both" if met else "failed", change if met else -change, rule)


def tax_per_mu(indicators: pd.DataFrame) -> pd.DataFrame:
    """Mean tax per mu of the zones of which tax and area of one full year are on record.

    Args:
        indicators: The table ``zone_indicators``.

    Returns:
        One row a zone (index ``zone_id``), the latest such year: ``tax_wan_mu`` (10,000 CNY per
        mu), ``year`` (text), ``area`` (indicator that it was divided by), ``source``,
        ``confidence``. Zones without both are not in it: nothing is imputed.
    """
    whole = indicators[indicators["period"] == _WHOLE_YEAR]
    value = pd.to_numeric(whole["value"], errors="coerce")
    tax = whole[(whole["indicator"] == "tax") & whole["unit"].isin(_WAN) & (value > 0)]
    area = whole[whole["indicator"].isin(AREAS) & (value > 0)]
    tax = tax.assign(wan=value[tax.index] * tax["unit"].map(_WAN))
    area = area.assign(m2=value[area.index] * area["indicator"].map(AREAS))
    area["order"] = area["indicator"].map({name: i for i, name in enumerate(AREAS)})
    both = tax.merge(
        area[["zone_id", "year", "indicator", "m2", "order"]],
        on=["zone_id", "year"],
        suffixes=("", "_area"),
    )
    both = both.sort_values(["year", "order"], ascending=[False, True]).drop_duplicates("zone_id")
    out = both.assign(
        tax_wan_mu=both["wan"] / (both["m2"] / M2_PER_MU), area=both["indicator_area"]
    )
    return out.set_index("zone_id")[["tax_wan_mu", "year", "area", "source", "confidence"]]


def land_by_zone(chosen: pd.DataFrame, taxes: pd.DataFrame) -> pd.DataFrame:
    """Land that a plan frees, supplies or brings into use, by zone, with an estimate of tax.

    Args:
        chosen: Chosen candidates (``zone_id``, ``option``, ``area_m2``).
        taxes: Result of :func:`tax_per_mu`.

    Returns:
        One row a zone that gains land (index ``zone_id``, empty text outside zones), most land
        first: ``freed_m2`` (back in the pool), ``supplied_m2``, ``used_m2`` (started), ``all_m2``,
        ``tax_wan`` a year at the zone's mean (missing without one), and ``year``, ``area``,
        ``source``, ``confidence`` of that mean.
    """
    kinds = {"freed_m2": TAKEN_BACK, "supplied_m2": SUPPLIED, "used_m2": (*STARTS, *SUPPLIED_BUILT)}
    zone = chosen["zone_id"].astype("object").fillna("").astype("str")
    out = pd.DataFrame(
        {
            name: chosen["area_m2"].where(chosen["option"].isin(options), 0.0).groupby(zone).sum()
            for name, options in kinds.items()
        }
    )
    out["all_m2"] = out.sum(axis=1)
    out = out[out["all_m2"] > 0].join(taxes)
    out["tax_wan"] = out["all_m2"] / M2_PER_MU * out["tax_wan_mu"].astype("float64")
    out.index.name = "zone_id"
    names = ["freed_m2", "supplied_m2", "used_m2", "all_m2", "tax_wan"]
    out = out[[*names, "year", "area", "source", "confidence"]]
    return out.sort_values("all_m2", ascending=False, kind="stable")
