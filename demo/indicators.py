"""Yearly figures of zones as their offices would enter them: mostly there, some wrong, some not."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from demo.draws import Flags, chance
from demo.evaluation import YEAR, Records
from domain.indicators import KEY, MADE_UP, record_ids
from geo.units import M2_PER_HA

YEARS: Final = (YEAR - 1, YEAR)
"""Years that offices have reported."""

SILENT: Final = 7
"""Zones with a footprint whose office reported nothing."""

MISCOUNTED: Final = 4
"""Zones whose entered built land is not what their parcels give."""

SOURCE: Final = f"{MADE_UP}：园区统计年报（虚构）"

_MISCOUNT: Final = 0.94
_RATE_ERROR: Final = 3.0  # points of the one rate that contradicts its areas
_INCOMPLETE: Final = 1 / 6
_RATED: Final = 0.3
_TYPED: Final = 0.7
_SAFETY: Final = 0.04
_WAN_PER_YI: Final = 10_000.0
_PER_CENT: Final = 100.0

_SAME: Final = (
    "developable_m2",
    "ready_m2",
    "supplied_m2",
    "built_m2",
    "built_industrial_m2",
    "high_tech_m2",
    "unsupplied_m2",
    "not_started_m2",
    "idle_m2",
    "floor_area_m2",
    "building_area_m2",
    "industrial_floor_area_m2",
    "fixed_assets_wan",
    "tax_wan",
    "industrial_value_added_wan",
    "energy_tce",
    "emission_eq",
    "enterprises",
    "digestion_years",
)
"""Figures that the footprints have too."""

_OF_BUILT: Final = (
    "built_m2",
    "built_industrial_m2",
    "high_tech_m2",
    "residential_m2",
    "building_area_m2",
    "industrial_footprint_m2",
)
_FLOORS: Final = ("floor_area_m2", "industrial_floor_area_m2")
_MONEY: Final = (
    "fixed_assets_wan",
    "industrial_revenue_wan",
    "revenue_wan",
    "industrial_tax_wan",
    "tax_wan",
    "tax_before_refund_wan",
    "industrial_value_added_wan",
    "energy_tce",
    "emission_eq",
)
_COUNTS: Final = ("enterprises", "employees", "population")
_DUE: Final = (
    ("due_m2", "due_disposed_m2"),
    ("idle_due_m2", "idle_disposed_m2"),
    ("paid_due_m2", "paid_m2"),
    ("listed_due_m2", "listed_m2"),
)
_OFTEN_MISSING: Final = (
    ("energy_tce", "emission_eq"),
    ("fixed_assets_wan", "industrial_footprint_m2"),
    ("floor_area_m2", "building_area_m2", "industrial_floor_area_m2"),
    ("population", "residential_m2"),
    ("high_tech_m2", "tax_before_refund_wan"),
    ("ready_m2", "unbuildable_m2"),
    tuple(name for pair in _DUE[2:] for name in pair),
)
"""Figures that an office has together or not at all."""


def reported(zones: gpd.GeoDataFrame, records: Records, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of the ledger ``indicators`` for :data:`YEARS`.

    The figures of :data:`~demo.evaluation.YEAR` are those of the footprints, but for the built land
    of :data:`MISCOUNTED` zones; the year before is a little smaller. A sixth of the zones lack some
    figures, :data:`SILENT` have no row, and one rate contradicts its areas.

    Args:
        zones: Rows of :func:`demo.evaluation.footprints`.
        records: What is on record about their land.
        rng: A source that nothing else draws from.

    Returns:
        RangeIndex, two rows a zone that reports; areas in m2, money in 10k CNY, rates in per cent.
    """
    now = _figures(zones, records, rng)
    now = _miscounted(now, rng)
    before = _year_before(now, rng)
    rated = chance(_RATED, len(now), rng)
    both = [_with_rates(rows, rated) for rows in (before, now)]
    wrong = int(np.flatnonzero(rated)[0])
    both[1]["supply_rate"] -= np.where(np.arange(len(now)) == wrong, _RATE_ERROR, 0.0)
    gaps = _gaps(now, wrong, rng)
    speaks = np.ones(len(now), dtype=bool)
    others = np.flatnonzero(np.arange(len(now)) != wrong)
    speaks[rng.choice(others, SILENT, replace=False)] = False
    rows = [
        one.mask(gaps.reindex(columns=one.columns, fill_value=False)).assign(year=float(year))
        for year, one in zip(YEARS, both, strict=True)
    ]
    out = pd.concat([one[speaks] for one in rows], ignore_index=True)
    out.insert(0, KEY, record_ids(out["zone_id"], out["year"]))
    return out


def _figures(zones: gpd.GeoDataFrame, records: Records, rng: np.random.Generator) -> pd.DataFrame:
    """The figures of the newest year, complete."""
    n, built, industrial = len(zones), zones["built_m2"], zones["built_industrial_m2"]
    evaluation = zones["area_ellipsoidal_m2"].round(2)
    revenue = (zones["revenue_yi"] * _WAN_PER_YI).round(0)
    employees = (industrial / M2_PER_HA * rng.uniform(45.0, 95.0, n)).round(0)
    led = industrial >= built / 2
    kinds = pd.Series(np.where(led, "industry_led", "mixed"), index=zones.index, dtype="string")
    facts = {
        "zone_id": zones["zone_id"],
        "zone_name": zones["name"],
        "zone_type": kinds.where(chance(_TYPED, n, rng)),
        "leading_industries": zones["leading_industries"],
        "evaluation_m2": evaluation,
        "unbuildable_m2": (evaluation - zones["developable_m2"]).clip(lower=0.0).round(2),
        **{name: zones[name] for name in _SAME},
        "residential_m2": _residential(zones, records),
        "industrial_footprint_m2": (industrial * rng.uniform(0.48, 0.72, n)).round(0),
        "industrial_revenue_wan": (revenue * rng.uniform(0.86, 0.97, n)).round(0),
        "revenue_wan": revenue,
        "industrial_tax_wan": (zones["tax_wan"] * rng.uniform(0.68, 0.93, n)).round(0),
        "tax_before_refund_wan": (zones["tax_wan"] * rng.uniform(1.01, 1.12, n)).round(0),
        "employees": employees,
        "population": (employees * rng.uniform(0.2, 1.6, n)).round(0),
        **_management(zones, rng),
        "environment_open": zones["environment_open"].eq(1.0).astype("boolean"),
        "safety_open": pd.Series(chance(_SAFETY, n, rng), index=zones.index, dtype="boolean"),
        "figures_source": pd.Series(SOURCE, index=zones.index, dtype="string"),
        "note": pd.Series("演示", index=zones.index, dtype="string"),
    }
    out = pd.DataFrame(facts, index=zones.index)
    # A zone that supplied nothing for three years has no cycle to report.
    out["digestion_years"] = out["digestion_years"].where(np.isfinite(out["digestion_years"]))
    return out


def _residential(zones: gpd.GeoDataFrame, records: Records) -> pd.Series:
    """Built homes by the parcels, as for the other built land."""
    parcels = records.parcels
    homes = parcels["finished_on"].notna() & (parcels["analysis_class"] == "residential")
    area = parcels["area_ellipsoidal_m2"][homes].groupby(parcels["zone_id"][homes]).sum()
    found: pd.Series = zones["zone_id"].map(area).fillna(0.0).astype("float64").round(2)
    return found


def _management(zones: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, pd.Series]:
    """What should have been done about land, and how much of it was."""
    n = len(zones)
    shares = {
        "due_m2": rng.uniform(0.0, 0.02, n) * chance(0.8, n, rng),
        "paid_due_m2": rng.uniform(0.86, 0.97, n),
        "listed_due_m2": rng.uniform(0.3, 0.6, n),
    }
    whole = {name: (zones["supplied_m2"] * share).round(2) for name, share in shares.items()}
    whole["idle_due_m2"] = (zones["idle_m2"] * rng.uniform(0.3, 1.0, n)).round(2)
    done = {"due_m2": 0.5, "idle_due_m2": 0.4, "paid_due_m2": 0.96, "listed_due_m2": 0.97}
    out: dict[str, pd.Series] = {}
    for due, part in _DUE:
        out[due] = whole[due]
        out[part] = (whole[due] * rng.uniform(done[due], 1.0, n)).round(2)
    return out


def _miscounted(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Some offices leave out a plant: their built land and its parts are too small."""
    out = rows.copy()
    some = rng.choice(len(rows), MISCOUNTED, replace=False)
    for name in (*_OF_BUILT, *_FLOORS):
        out.loc[some, name] = (out.loc[some, name] * _MISCOUNT).round(2)
    return out


def _year_before(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same zones a year earlier: less ready, supplied, built and earned, more left over."""
    n, out = len(rows), rows.copy()
    ready = rng.uniform(0.975, 1.0, n)
    supplied = ready * rng.uniform(0.975, 1.0, n)
    built = supplied * rng.uniform(0.965, 1.0, n)
    money, counts = rng.uniform(0.86, 1.0, n), rng.uniform(0.95, 1.0, n)
    out["ready_m2"] = (rows["ready_m2"] * ready).round(2)
    out["supplied_m2"] = (rows["supplied_m2"] * supplied).round(2)
    out["unsupplied_m2"] = (rows["unsupplied_m2"] * rng.uniform(1.0, 1.12, n)).round(2)
    dues = [name for pair in _DUE for name in pair]
    for name in (*_OF_BUILT, *_FLOORS, "idle_m2", "not_started_m2", *dues):
        out[name] = (rows[name] * built).round(2)
    for name in _MONEY:
        out[name] = (rows[name] * money).round(1)
    for name in _COUNTS:
        out[name] = (rows[name] * counts).round(0)
    out["digestion_years"] = (rows["digestion_years"] * rng.uniform(1.0, 1.1, n)).round(2)
    return out


def _with_rates(rows: pd.DataFrame, rated: Flags) -> pd.DataFrame:
    """Rates as an office would print them, where it does."""
    chain = ("developable_m2", "ready_m2", "supplied_m2", "built_m2")
    names = ("development_rate", "supply_rate", "built_rate")
    out = rows.copy()
    for name, whole, part in zip(names, chain[:-1], chain[1:], strict=True):
        out[name] = (rows[part] / rows[whole] * _PER_CENT).round(2).where(rated)
    product = (out[list(names)] / _PER_CENT).prod(axis=1, skipna=False)
    out["use_rate"] = (product * _PER_CENT).round(2)
    return out


def _gaps(rows: pd.DataFrame, wrong: int, rng: np.random.Generator) -> pd.DataFrame:
    """Which cells stay empty; the zone with the wrong rate has all of its areas."""
    gaps = pd.DataFrame(data=False, index=rows.index, columns=rows.columns)
    for row in np.flatnonzero(chance(_INCOMPLETE, len(rows), rng)):
        for k in rng.choice(len(_OFTEN_MISSING), 2, replace=False):
            gaps.loc[row, list(_OFTEN_MISSING[k])] = row != wrong
    return gaps
