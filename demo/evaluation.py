"""Zone footprints with the evaluation figures of a year, derived from the parcels."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from demo.draws import chance
from demo.parcels import Ground
from geo.area import ellipsoidal_area_m2
from geo.units import M2_PER_HA, M2_PER_MU

YEAR: Final = 2025
"""Year of the economic figures."""

_CYCLE_YEARS: Final = 3
_INDUSTRIAL: Final = ("industrial", "mining", "warehousing")
_HIGH_TECH: Final = (
    "电子",
    "医药",
    "航空",
    "新能源",
    "锂电",
    "光",
    "智能",
    "新材料",
    "物联网",
    "集成电路",
)

KNOWN_NOTE: Final = "批准面积据公开资料，轮廓为演示"
DRAWN_NOTE: Final = "面积与轮廓均为演示"


@dataclass(frozen=True)
class Records:
    """What is on record about the land of all zones.

    Attributes:
        land: Cells, for the land that may be built on.
        parcels: All parcels with dates, and ``idle_open`` where an idle case is open.
        batch: The batch ledger.
        supply: The supply ledger.
        as_of: Reference day.
    """

    land: Ground
    parcels: pd.DataFrame
    batch: pd.DataFrame
    supply: pd.DataFrame
    as_of: dt.date


def footprints(
    zones: pd.DataFrame, outlines: gpd.GeoSeries, records: Records, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """One row per zone.

    Args:
        zones: Zone table with the ``approved_area_ha`` drawn and ``approved_area_known``.
        outlines: Footprints on the index of ``zones``, EPSG:4490.
        records: What is on record about their land.
        rng: Source.

    Returns:
        RangeIndex, EPSG:4490. Areas in m2 of the ellipsoid; ``developable_m2`` >= ``ready_m2`` >=
        ``supplied_m2`` >= ``built_m2``; the economic figures are those of :data:`YEAR`.
    """
    facts = pd.DataFrame(
        {
            "zone_id": zones["zone_id"],
            "name": zones["name_zh"],
            "name_en": zones["name_en"],
            "level": zones["level"],
            "kind": zones["kind"],
            "county_adcode": zones["county_adcode"],
            "prefecture_adcode": zones["prefecture_adcode"],
            "leading_industries": zones["leading_industries"],
            "approved_area_ha": zones["approved_area_ha"],
            "approved_area_known": zones["approved_area_known"].astype("bool"),
            "note": np.where(zones["approved_area_known"], KNOWN_NOTE, DRAWN_NOTE),
            "demonstration": True,
        }
    )
    out = gpd.GeoDataFrame(facts, geometry=outlines, crs=outlines.crs)
    out["area_ellipsoidal_m2"] = ellipsoidal_area_m2(out)
    used = _land_use(out, records)
    return out.assign(**used, **_disposal(out, used, records, rng), **_economy(out, used, rng))


def _disposal(
    out: gpd.GeoDataFrame,
    used: dict[str, pd.Series],
    records: Records,
    rng: np.random.Generator,
) -> dict[str, pd.Series]:
    """How fast the zone digests its approvals, and whether an environmental case is open."""
    zone, today = out["zone_id"], pd.Timestamp(records.as_of)
    left = zone.map(records.batch.groupby("zone_id")["unsupplied_m2"].sum()).fillna(0.0)
    since = today - pd.DateOffset(years=_CYCLE_YEARS)
    recent = records.supply[records.supply["signed_on"] > since]
    yearly = zone.map(recent.groupby("zone_id")["supplied_m2"].sum()) / _CYCLE_YEARS
    cycle = (left + used["not_started_m2"]) / yearly
    return {
        "digestion_years": cycle.round(2),
        "environment_open": pd.Series(chance(0.06, len(out), rng).astype("float64")),
    }


def _land_use(out: gpd.GeoDataFrame, records: Records) -> dict[str, pd.Series]:
    """Areas of the zone by how far they have come."""
    land, parcels, batches = records.land, records.parcels, records.batch
    area, zone = parcels["area_ellipsoidal_m2"], parcels["zone_id"]

    def total(mask: pd.Series) -> pd.Series:
        sums = area[mask].groupby(zone[mask]).sum()
        filled: pd.Series = out["zone_id"].map(sums).fillna(0.0).astype("float64").round(2)
        return filled

    supplied = parcels["signed_on"].notna()
    finished = parcels["finished_on"].notna()
    acquired = parcels["batch_id"].isin(batches.loc[batches["acquisition"] == "完成", "batch_id"])
    idle = parcels["idle_open"]
    cells = land.cells.groupby("zone")[["block_m2", "area_m2"]].sum()
    # Streets and the reserve that is not approved yet belong to the zone, not to its parcels.
    buildable = cells["block_m2"] / cells["area_m2"] * out["area_ellipsoidal_m2"]
    return {
        "developable_m2": np.maximum(buildable * 0.985, total(supplied | acquired)).round(2),
        "ready_m2": total(supplied | acquired),
        "supplied_m2": total(supplied),
        "built_m2": total(finished),
        "built_industrial_m2": total(finished & parcels["analysis_class"].isin(_INDUSTRIAL)),
        "not_started_m2": total(supplied & parcels["started_on"].isna()),
        "unsupplied_m2": total(~supplied),
        "idle_m2": total(idle),
    }


def _economy(
    out: gpd.GeoDataFrame, used: dict[str, pd.Series], rng: np.random.Generator
) -> dict[str, pd.Series]:
    """Yearly figures that grow with the land built on, the level and the industry."""
    n = len(out)
    built, industrial = used["built_m2"], used["built_industrial_m2"]
    national = (out["level"] == "national").to_numpy()
    bonded = (out["kind"] == "cbz").to_numpy()
    quality = np.exp(rng.normal(0.0, 0.38, n)) * np.where(national, 1.35, 0.9)
    tax = built / M2_PER_MU * 9.5 * quality * np.where(bonded, 0.4, 1.0)
    revenue = industrial / M2_PER_MU * 480.0 * quality * rng.uniform(0.8, 1.25, n) / 10_000.0
    added = revenue * 10_000.0 * rng.uniform(0.19, 0.27, n)
    assets = industrial / M2_PER_HA * 4100.0 * quality**0.5 * rng.uniform(0.85, 1.15, n)
    ratio = np.where(national, 1.02, 0.86) * rng.uniform(0.85, 1.2, n)
    words = out["leading_industries"].fillna("")
    modern = sum(words.str.contains(word).astype("float64") for word in _HIGH_TECH)
    share = (0.12 + 0.09 * modern + rng.uniform(0.0, 0.1, n)).clip(upper=0.65)
    return {
        "figures_year": pd.Series(YEAR, index=out.index),
        "high_tech_m2": (industrial * share).round(2),
        "floor_area_m2": (built * ratio).round(0),
        "industrial_floor_area_m2": (industrial * ratio * 0.95).round(0),
        "building_area_m2": (built * rng.uniform(0.3, 0.46, n)).round(0),
        "fixed_assets_wan": assets.round(0),
        "tax_wan": tax.round(0),
        "revenue_yi": revenue.round(2),
        "industrial_value_added_wan": added.round(0),
        "energy_tce": (added * rng.uniform(0.35, 1.1, n)).round(0),
        "emission_eq": (added / 900.0 * rng.uniform(0.4, 1.6, n)).round(1),
        "enterprises": (industrial / M2_PER_HA / rng.uniform(4.0, 7.0, n)).round(0),
    }
