"""Figures of approved-not-used land sorted, by age, and by cause or way of disposal."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from analytics import approvals
from analytics.approvals import TOLERANCE_M2
from analytics.idle.figures import Land, balance_on, cohorts
from domain.parcels import AREA
from domain.rules import RuleSet


def ranking(table: pd.DataFrame, figure: str) -> pd.DataFrame:
    """One figure of every unit with its rank by area, by count and by share.

    Equal values share the better rank, and the next one is counted on from there (1, 2, 2, 4). A
    missing share has no rank.

    Args:
        table: Result of :func:`figures`.
        figure: Key of the figure.

    Returns:
        Rows of ``table``, most area first, with ``rank_area``, ``rank_count``, ``rank_share``
        (Int64).
    """
    out = table[table["figure"] == figure]
    ranks = {"rank_area": "area_m2", "rank_count": "count", "rank_share": "share"}
    ranked = {
        name: out[column].astype("float64").rank(method="min", ascending=False).astype("Int64")
        for name, column in ranks.items()
    }
    return out.assign(**ranked).sort_values(
        ["area_m2", "unit"], ascending=[False, True], ignore_index=True
    )


def pyramid(land: Land, *, rules: RuleSet) -> pd.DataFrame:
    """Unsupplied land by the age of its approval, one column of bars a vintage.

    Returns:
        Rows of :func:`analytics.approvals.ageing` for each of ``before``, ``old``, ``new``:
        ``cohort``, ``from_years``, ``to_years``, ``count``, ``unsupplied_m2``, ``share`` of the
        unsupplied area of all vintages. Counts and areas add up to those of the ledger.

    Raises:
        OversuppliedError: See :func:`sound`.
    """
    found = balance_on(land, land.day)
    years = found["approved_on"].dt.year
    parts = [
        approvals.ageing(found[years.between(*span)], as_of=land.day, rules=rules).assign(
            cohort=cohort
        )
        for cohort, span in cohorts(rules).items()
    ]
    out = pd.concat(parts, ignore_index=True)
    total = out["unsupplied_m2"].sum()
    out["share"] = out["unsupplied_m2"] / total if total > 0 else np.nan
    return out


def breakdown(
    now: Land,
    before: Land | None,
    *,
    figure: Literal["idle", "unsupplied"],
    column: Literal["cause", "route"],
) -> pd.DataFrame:
    """Idle land by cause or disposal route, or unsupplied land by reason or way to dispose.

    Args:
        now: The land on the day of the report.
        before: The same on the baseline day; None leaves the changes missing.
        figure: ``idle`` sums suspected and determined parcels, ``unsupplied`` batches.
        column: What to sum by.

    Returns:
        One row a code, most area first; the empty code where none is on record: ``code``,
        ``count`` (Int64), ``area_m2``, ``share`` (of all land of the figure), ``change_count``,
        ``change_m2``. Sums are those of the figure.
    """
    sums = [_by_code(land, figure, column) for land in (now, before) if land is not None]
    out = sums[0]
    if before is not None:
        both = out.index.union(sums[1].index)
        out = out.reindex(both, fill_value=0)
        change = out - sums[1].reindex(both, fill_value=0)
    else:
        change = out * np.nan
    total = out["area_m2"].sum()
    out = out.assign(
        share=out["area_m2"] / total if total > 0 else np.nan,
        change_count=change["count"],
        change_m2=change["area_m2"],
    )
    out = out.astype({"count": "Int64", "change_count": "Int64"}).rename_axis("code").reset_index()
    return out.sort_values(["area_m2", "code"], ascending=[False, True], ignore_index=True)


def _by_code(
    land: Land, figure: Literal["idle", "unsupplied"], column: Literal["cause", "route"]
) -> pd.DataFrame:
    if figure == "idle":
        status = land.parcels["status"]
        idle = status.str.startswith("suspected") | (status == "determined")
        rows = land.parcels[idle & (land.parcels["excluded"] == "")]
        code = rows["idle_cause" if column == "cause" else "disposal_route"]
        area = rows[AREA]
    else:
        found = balance_on(land, land.day)
        rows = found[found["unsupplied_m2"] > TOLERANCE_M2]
        names = land.batches["unsupplied_cause" if column == "cause" else "disposal_path"]
        code, area = names.reindex(rows.index), rows["unsupplied_m2"]
    key = code.astype("object").fillna("").astype("str")
    groups = area.astype("float64").groupby(key)
    return pd.DataFrame({"count": groups.size(), "area_m2": groups.sum()})
