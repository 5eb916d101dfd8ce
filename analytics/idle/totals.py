"""Totals of parcel statuses per prefecture, county or zone: always count and area."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.idle.status import NOT_STARTED, STATUSES, SUSPECTED
from domain.keys import numbered
from domain.parcels import AREA
from geo.errors import SchemaError

By = Literal["prefecture_adcode", "county_adcode", "zone_id"]
OUTSIDE: Final = ""
"""Unit of parcels that name no unit, so that totals add up."""


def counts_and_areas(parcels: pd.DataFrame, status: pd.DataFrame, *, by: By) -> pd.DataFrame:
    """Count and area of every status in every unit.

    Args:
        parcels: n parcels with ``by`` and ``area_ellipsoidal_m2``.
        status: Result of :func:`analytics.idle.status.parcel_status` on the same index.
        by: Column of the unit.

    Returns:
        One row per unit and status that occur: ``unit`` (text, empty where a parcel names none),
        ``status``, ``count`` (int64), ``area_m2`` (float64); sorted by unit, then by the order of
        :data:`analytics.idle.status.STATUSES`. Counts and areas add up to those of ``parcels``.

    Raises:
        SchemaError: ``by`` or the area column is absent.
    """
    cells = _cells(parcels, status, by)
    out = cells.groupby(["unit", "status"], sort=False)[["count", "area_m2"]].sum().reset_index()
    order = out["status"].map({name: i for i, name in enumerate(STATUSES)})
    return (
        out.assign(_order=order)
        .sort_values(["unit", "_order"], ignore_index=True)
        .drop(columns="_order")
    )


def summarise(parcels: pd.DataFrame, status: pd.DataFrame, *, by: By | None) -> pd.DataFrame:
    """The figures of the idle-land table per unit.

    Suspected and determined land that is sealed or in agreed temporary use is listed apart
    (``excluded``) and not part of ``suspected``, ``determined`` and ``idle``.

    Args:
        parcels: n parcels with ``by`` and ``area_ellipsoidal_m2``.
        status: Result of :func:`analytics.idle.status.parcel_status` on the same index.
        by: Column of the unit; None sums everything into one row with the unit ``""``.

    Returns:
        One row per unit, sorted by ``idle_area_m2`` downwards, RangeIndex. ``unit``; for each of
        ``all``, ``unsupplied``, ``supplied``, ``not_started``, ``due_soon``, ``overdue``,
        ``suspected``, ``determined``, ``idle``, ``excluded``, ``unknown``: ``<name>_count`` (int64)
        and ``<name>_area_m2`` (float64); ``idle_share`` = idle area / supplied area
        (土地闲置率, product formula), ``nonuse_share`` = (unsupplied + not started) / all area. A
        share whose denominator is zero is missing.
    """
    cells = _cells(parcels, status, by)
    out = pd.DataFrame(index=pd.Index(sorted(cells["unit"].unique()), name="unit"))
    for name, flag in _memberships(cells).items():
        sums = cells[flag].groupby("unit")[["count", "area_m2"]].sum()
        sums = sums.reindex(out.index, fill_value=0)
        out[f"{name}_count"] = sums["count"].astype("int64")
        out[f"{name}_area_m2"] = sums["area_m2"].astype("float64")
    out["idle_share"] = _share(out["idle_area_m2"], out["supplied_area_m2"])
    unused = out["unsupplied_area_m2"] + out["not_started_area_m2"]
    out["nonuse_share"] = _share(unused, out["all_area_m2"])
    return (
        out.reset_index()
        .sort_values(["idle_area_m2", "unit"], ascending=[False, True])
        .reset_index(drop=True)
    )


def _cells(parcels: pd.DataFrame, status: pd.DataFrame, by: By | None) -> pd.DataFrame:
    """Parcels of one unit and one state as one row: there are few of these, whatever is summed."""
    absent = [name for name in (by, AREA) if name is not None and name not in parcels.columns]
    if absent:
        raise SchemaError(
            f"missing columns: {', '.join(absent)}", values={"columns": ", ".join(absent)}
        )
    n = len(parcels)
    unit, units = numbered(parcels[by]) if by else (np.full(n, -1), pd.Index([], dtype="str"))
    state, states = numbered(status["status"])
    started = status["started"].to_numpy(dtype=bool)
    excluded = (status["excluded"] != "").to_numpy(dtype=bool)
    cell = ((unit + 1) * (len(states) + 1) + state + 1) * 4 + started * 2 + excluded
    # By place: whatever labels the rows bear, these are sums over all of them.
    area = pd.Series(parcels[AREA].to_numpy(dtype="float64", na_value=np.nan))
    sums = area.groupby(cell).agg(["size", "sum"])
    key = sums.index.to_numpy()
    place, rest = np.divmod(key // 4, len(states) + 1)
    names = np.array([OUTSIDE, *units], dtype=object)[place]
    stands = np.array([None, *states], dtype=object)[rest]
    out = pd.DataFrame(
        {
            "unit": pd.Series(names, dtype="str"),
            "status": pd.Series(stands, dtype="str"),
            "excluded": key % 2 == 1,
            "count": sums["size"].to_numpy(),
            "area_m2": sums["sum"].to_numpy(),
        }
    )
    waiting = out["status"].isin([*NOT_STARTED, "determined"]) & (key // 2 % 2 == 0)
    return out.assign(waiting=waiting)


def _memberships(cells: pd.DataFrame) -> dict[str, pd.Series]:
    status, excluded = cells["status"], cells["excluded"]
    suspected, determined = status.isin(SUSPECTED), status == "determined"
    return {
        "all": status.notna(),
        "unsupplied": status == "unsupplied",
        "supplied": status != "unsupplied",
        "not_started": cells["waiting"],
        "due_soon": status == "due_soon",
        "overdue": status == "overdue",
        "suspected": suspected & ~excluded,
        "determined": determined & ~excluded,
        "idle": (suspected | determined) & ~excluded,
        "excluded": excluded,
        "unknown": status == "unknown_start",
    }


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0, np.nan)).astype("float64")
