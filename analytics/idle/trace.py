"""From supplied land back to the batch that it was approved in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.keys import places, within
from domain.parcels import AREA


def not_started_of(
    parcels: pd.DataFrame, supplies: pd.DataFrame, links: pd.DataFrame | None
) -> pd.DataFrame:
    """Which batch each parcel draws on, and with how much of its area.

    The links of the supply come first, for they alone know of several batches; then the batch that
    the parcel names itself, then that of its supply.

    Args:
        parcels: n parcels with ``batch_id``, ``supply_no``, ``area_ellipsoidal_m2``.
        supplies: Supply ledger with ``supply_no`` and ``batch_id``.
        links: ``supply_no``, ``batch_id``, ``area_m2``; None where there are none.

    Returns:
        One row per parcel and batch: ``label`` of the parcel, ``batch_id`` (missing where no batch
        is known), ``share`` of the parcel, ``area_m2``. Shares of a parcel add up to one.
    """
    rows = pd.DataFrame(
        {
            "label": parcels.index,
            "supply_no": parcels["supply_no"].astype("object").to_numpy(),
            "own": parcels["batch_id"].astype("object").to_numpy(),
            "whole_m2": parcels[AREA].to_numpy(dtype="float64"),
        }
    )
    at = places(parcels["supply_no"], supplies["supply_no"])
    of_supply = np.append(supplies["batch_id"].to_numpy(dtype=object), [None])[at]
    rows["own"] = rows["own"].where(rows["own"].notna(), of_supply)
    mine = links if links is None else links[within(links["supply_no"], parcels["supply_no"])]
    linked = _shares(mine)
    out = rows.merge(linked, on="supply_no", how="left")
    single = out["share"].isna()
    out["batch_id"] = out["batch_id"].where(~single, out["own"])
    out["share"] = out["share"].fillna(1.0)
    out["area_m2"] = out["whole_m2"] * out["share"]
    return out.loc[:, ["label", "batch_id", "share", "area_m2"]]


def _shares(links: pd.DataFrame | None) -> pd.DataFrame:
    """What part of each supply comes from each of its batches."""
    if links is None or links.empty:
        empty = pd.DataFrame(columns=["supply_no", "batch_id", "share"])
        return empty.astype({"share": "float64", "supply_no": "object", "batch_id": "object"})
    used = links[links["area_m2"] > 0]
    sums = used.groupby(["supply_no", "batch_id"], as_index=False)["area_m2"].sum()
    whole = sums.groupby("supply_no")["area_m2"].transform("sum")
    out: pd.DataFrame = sums.assign(share=sums["area_m2"] / whole).drop(columns="area_m2")
    return out.astype({"supply_no": "object", "batch_id": "object"})
