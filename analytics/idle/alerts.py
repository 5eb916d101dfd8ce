"""Which counties and zones are beyond a limit that a sanction or a warning hangs on.

An alert says that a limit is exceeded by the figures at hand and who it concerns; whether anything
follows is for the office in charge to say.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.idle.definitions import DEFINITIONS, WEAKER
from domain.rules import Rule, RuleSet, Status

Kind = Literal["cycle", "top_share", "net_decline", "zone_outside", "zone_undeveloped", "zone_idle"]
KINDS: Final[tuple[Kind, ...]] = (
    "cycle",
    "top_share",
    "net_decline",
    "zone_outside",
    "zone_undeveloped",
    "zone_idle",
)
COLUMNS: Final = (
    "kind",
    "by",
    "unit",
    "value",
    "limit",
    "count",
    "area_m2",
    "rule",
    "article",
    "certainty",
    "concerns",
)
CONCERNS: Final[dict[Kind, str]] = {
    "cycle": "county_government",
    "top_share": "county_government",
    "net_decline": "county_government",
    "zone_outside": "zone_committee",
    "zone_undeveloped": "zone_committee",
    "zone_idle": "zone_committee",
}
"""Who has to act, as a key of the pages' texts."""
UNCHECKED: Final = ("ALERT-ZONE-STANDARD",)
"""Limits that no ledger has the facts for; a page says so instead of nothing."""

# A figure that equals its limit in exact arithmetic must not exceed it by rounding.
_ROUNDING: Final = 1e-9


def alerts(
    counties: pd.DataFrame, zones: pd.DataFrame, *, approvals: RuleSet, rules: RuleSet
) -> pd.DataFrame:
    """Every unit beyond a limit that is in force.

    A figure equal to its limit is within it. Land that names no unit is in no alert.

    Args:
        counties: Result of :func:`analytics.idle.figures.figures` by ``county_adcode``.
        zones: The same by ``zone_id``.
        approvals: The rules of ``approvals`` in force on the day.
        rules: The rules of ``alerts`` in force on the day.

    Returns:
        One row an alert, in the order of :data:`KINDS`, the worst first: ``kind``, ``by``
        (county_adcode, zone_id), ``unit``, ``value`` (float64; infinite for a cycle of a county
        that digests nothing; m2 for ``net_decline``, else years or ratio), ``limit`` (of
        ``top_share`` the share of the last county that is listed), ``count``
        (Int64) and ``area_m2`` of the land behind the figure, ``rule``, ``article``,
        ``certainty`` (the weakest of limit and formula), ``concerns`` (key of who has to act).
    """
    undeveloped = _undeveloped(zones)
    idle = _of(zones, "idle")
    parts = [
        _above("cycle", _cycle(counties), approvals.get("APPR-CYCLE-LIMIT"), "default"),
        _top(_of(counties, "nonuse_3y"), approvals.get("APPR-SHARE-TOP")),
        _above("net_decline", _net(counties), rules.get("ALERT-NET-DECLINE"), "default"),
        _above("zone_outside", undeveloped, rules.get("ALERT-ZONE-OUTSIDE"), "default"),
        _above("zone_undeveloped", undeveloped, rules.get("ALERT-ZONE-UNDEVELOPED"), "default"),
        _above("zone_idle", idle, rules.get("ALERT-ZONE-IDLE"), DEFINITIONS["idle"].certainty),
    ]
    found = [part for part in parts if len(part)]
    if not found:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"count": "Int64", "value": "float64"})
    return pd.concat(found, ignore_index=True).loc[:, list(COLUMNS)]


def _of(table: pd.DataFrame, figure: str) -> pd.DataFrame:
    rows = table[(table["figure"] == figure) & (table["unit"] != "")]
    out: pd.DataFrame = rows[["unit", "count", "area_m2", "share"]].rename(
        columns={"share": "value"}
    )
    return out


def _cycle(counties: pd.DataFrame) -> pd.DataFrame:
    """Years of each county; without end where there is a stock and nothing was digested."""
    out = _of(counties, "cycle")
    stuck = out["value"].isna() & (out["area_m2"] > 0)
    return out.assign(value=out["value"].mask(stuck, np.inf))


def _net(counties: pd.DataFrame) -> pd.DataFrame:
    rows = counties[(counties["figure"] == "net_status") & (counties["unit"] != "")]
    return pd.DataFrame(
        {
            "unit": rows["unit"],
            "count": rows["count"],
            "area_m2": rows["area_m2"],
            "value": rows["change_m2"],
        }
    )


def _undeveloped(zones: pd.DataFrame) -> pd.DataFrame:
    """Share of a zone's drawn land that is not supplied, or supplied and not started."""
    kinds = ("unsupplied_drawn", "not_started")
    parts = zones[zones["figure"].isin(kinds) & (zones["unit"] != "")]
    sums = parts.groupby("unit")[["count", "area_m2"]].sum()
    whole = zones[zones["figure"] == "unsupplied_drawn"].set_index("unit")["of_m2"]
    whole = whole.reindex(sums.index)
    value = sums["area_m2"] / whole.where(whole > 0)
    return sums.assign(value=value).reset_index()


def _above(kind: Kind, found: pd.DataFrame, rule: Rule | None, certainty: Status) -> pd.DataFrame:
    """Rows above the limit of a rule; none where the rule is not in force."""
    if rule is None:
        return found.iloc[:0]
    slack = _ROUNDING * max(abs(rule.value), 1.0)
    beyond = found[found["value"] > rule.value + slack]
    return _told(kind, beyond.assign(limit=rule.value), rule, certainty)


def _top(found: pd.DataFrame, rule: Rule | None) -> pd.DataFrame:
    """The counties with the highest shares; whoever ties with the last one is listed too."""
    used = found[found["value"] > 0]
    if rule is None or used.empty:
        return used.iloc[:0]
    rank = used["value"].rank(method="min", ascending=False)
    listed = used[rank <= rule.value]
    certainty = DEFINITIONS["nonuse_3y"].certainty
    return _told("top_share", listed.assign(limit=listed["value"].min()), rule, certainty)


def _told(kind: Kind, rows: pd.DataFrame, rule: Rule, certainty: Status) -> pd.DataFrame:
    out = rows.assign(
        kind=kind,
        by="zone_id" if kind.startswith("zone") else "county_adcode",
        rule=rule.id,
        article=rule.article,
        certainty=max(certainty, rule.status, key=WEAKER.index),
        concerns=CONCERNS[kind],
    )
    out["count"] = out["count"].astype("Int64")
    return out.sort_values(["value", "unit"], ascending=[False, True])
