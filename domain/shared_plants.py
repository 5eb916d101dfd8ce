"""Plants that several enterprises share: whether their land can be split between the tenants.

A plant is named within its zone; its land is split by the floor area of each tenant, so every
tenant must state the same land and its own floor area.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

COLUMNS: Final = ("plant_id", "plant_land_m2", "floor_area_m2")
"""What a tenant states."""


def names(rows: pd.DataFrame) -> pd.Series:
    """Year, zone and plant of each row as one text; missing where the row names no plant."""
    year = rows["year"].astype("Float64").astype("string")
    zone = rows["zone_id"].astype("string").fillna("")
    return (year + "/" + zone + "/" + rows["plant_id"].astype("string")).rename("plant")


def faults(rows: pd.DataFrame) -> pd.Series:
    """Why the land of a shared plant cannot be split.

    Args:
        rows: n enterprises with ``year``, ``zone_id`` and :data:`COLUMNS`, m2; all tenants of a
            plant are among them.

    Returns:
        string Series on the same index: ``conflict`` (the tenants state different land, or a floor
        area is below zero), ``incomplete`` (the row has a figure and no plant, the land of the
        plant is missing, or floor areas are missing or add up to nothing), or empty: it can be
        split, or nothing says that there is a plant.
    """
    plant = names(rows)
    land, floor = (rows[name].astype("float64") for name in COLUMNS[1:])
    tenants = pd.DataFrame({"plant": plant, "land": land, "floor": floor})
    groups = tenants.groupby("plant")
    differ = groups["land"].transform("nunique") > 1
    below = (floor < 0).groupby(plant).transform("any")
    unknown = floor.isna().groupby(plant).transform("any") | (groups["floor"].transform("sum") <= 0)
    named = plant.notna()
    conflict = named & (differ | below.fillna(value=False).astype(bool))
    lacking = named & (land.isna() | unknown.fillna(value=False).astype(bool))
    lacking |= ~named & (land.notna() | floor.notna())
    out = pd.Series("", index=rows.index, dtype="string")
    return out.mask(lacking.astype(bool), "incomplete").mask(conflict.astype(bool), "conflict")
