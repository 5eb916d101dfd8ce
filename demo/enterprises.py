"""Yearly figures of invented enterprises: most there, some wrong, missing, or in one plant.

Names say that they are made up, and the place in their credit codes does not exist.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from demo.draws import Floats, Ints, chance
from demo.evaluation import YEAR
from domain.credit_codes import check_character
from domain.indicators import KEY, MADE_UP, record_ids
from geo.units import M2_PER_HA, M2_PER_MU

ZONES: Final = 40
"""Zones whose enterprises are on record: those with the least industrial land."""

PLANTS: Final = 14
"""Plants that several enterprises share."""

TORN: Final = 2
"""Of the shared plants, those whose land cannot be split: figures contradict or are missing."""

MISTYPED: Final = 3
"""Enterprises whose credit code has a wrong last character."""

OVERCOUNTED: Final = 3
"""Zones whose enterprises state more land than the zone itself."""

SOURCE: Final = f"{MADE_UP}：企业亩产评价填报（虚构）"

_FEWEST, _MOST = 9, 22
_TENANTS: Final = (3, 6)
_LAND_HA: Final = 5.0
_LAND_SPREAD: Final = 0.75
_LEAST_HA, _MOST_HA = 0.4, 40.0
_FULL: Final = 0.93
_TOO_MUCH: Final = 1.08
_BODY: Final = "91000000DEM{serial:05d}N"
_NAMES: Final = {
    "13": "农产品", "14": "食品", "17": "纺织", "22": "纸品", "26": "化工", "27": "医药",
    "29": "橡塑", "30": "陶瓷建材", "32": "铜业", "33": "金属制品", "34": "机械", "35": "专用设备",
    "36": "汽车部件", "38": "电池电气", "39": "电子",
}  # fmt: skip
_UTILITIES: Final = {"44": "热力", "46": "供水"}
_OFTEN_MISSING: Final = (
    (0.1, ("energy_tce", "emission_eq")),
    (0.04, ("industrial_value_added_wan",)),
    (0.06, ("rd_wan",)),
    (0.03, ("certified_m2", "uncertified_m2", "rented_m2")),
    (0.07, ("safety_open", "environment_open")),
)
"""Figures that an enterprise leaves out together, and how often."""


@dataclass(frozen=True)
class _Frame:
    """Which enterprise lies where: zones by position, and how their land splits."""

    zone: Ints
    land_m2: Floats


def reported(zones: pd.DataFrame, rng: np.random.Generator, *, as_of: dt.date) -> pd.DataFrame:
    """Rows of the ledger ``enterprises`` for the year of the newest figures.

    Args:
        zones: Rows of :func:`demo.indicators.reported`.
        rng: A source that nothing else draws from.
        as_of: Reference day; production began before it.

    Returns:
        RangeIndex; areas in m2, money in 10k CNY. In most of :data:`ZONES` zones the land of
        enterprises stays below the built industrial land of the zone, in :data:`OVERCOUNTED` it is
        more; some are tenants of :data:`PLANTS` shared plants.
    """
    here = zones[(zones["year"] == YEAR) & zones["built_industrial_m2"].notna()]
    here = here.sort_values(["built_industrial_m2", "zone_id"]).head(ZONES).reset_index(drop=True)
    frame = _frame(here, rng)
    n = len(frame.zone)
    out = _identity(here, frame, rng, as_of).assign(
        **_money(here, frame, rng), **_flags(n, rng), **_land(frame, rng)
    )
    out = _gaps(out, rng)
    out = _shared(out, frame, rng)
    out.insert(0, KEY, record_ids(out["credit_code"], out["year"]))
    return out


def _frame(zones: pd.DataFrame, rng: np.random.Generator) -> _Frame:
    counts = rng.integers(_FEWEST, _MOST, len(zones))
    zone = np.repeat(np.arange(len(zones)), counts)
    drawn = np.exp(rng.normal(np.log(_LAND_HA), _LAND_SPREAD, len(zone)))
    land = np.clip(drawn, _LEAST_HA, _MOST_HA) * M2_PER_HA
    whole = zones["built_industrial_m2"].to_numpy(dtype="float64")
    total = np.bincount(zone, land)
    scale = np.minimum(1.0, _FULL * whole / total)
    scale[:OVERCOUNTED] = _TOO_MUCH * whole[:OVERCOUNTED] / total[:OVERCOUNTED]
    return _Frame(zone, np.round(land * scale[zone], 2))


def _identity(
    zones: pd.DataFrame, frame: _Frame, rng: np.random.Generator, as_of: dt.date
) -> pd.DataFrame:
    n = len(frame.zone)
    words = _NAMES | _UTILITIES
    utility = chance(0.02, n, rng)
    codes = np.where(utility, rng.choice(list(_UTILITIES), n), rng.choice(list(_NAMES), n)).astype(
        object
    )
    serial = range(1, n + 1)
    bodies = [_BODY.format(serial=k) for k in serial]
    credit = [body + check_character(body) for body in bodies]
    for row in rng.choice(n, MISTYPED, replace=False):
        credit[row] = credit[row][:-1] + ("2" if credit[row][-1] == "1" else "1")
    years = rng.gamma(2.2, 4.0, n) + 0.4
    days = (pd.Timestamp(as_of) - pd.to_timedelta((years * 365.25).round(), unit="D")).normalize()
    started = pd.Series(days.to_numpy(dtype="datetime64[ms]"))
    at = zones.iloc[frame.zone].reset_index(drop=True)
    return pd.DataFrame(
        {
            "credit_code": pd.Series(credit, dtype="string"),
            "name": pd.Series(
                [
                    f"示范{words[c]}{k:04d}号企业（虚构）"
                    for c, k in zip(codes, serial, strict=True)
                ],
                dtype="string",
            ),
            "year": float(YEAR),
            "zone_id": at["zone_id"].astype("string"),
            "zone_name": at["zone_name"].astype("string"),
            "industry_code": pd.Series(codes, dtype="string"),
            "kind": pd.Series(np.where(utility, "utility", "industrial"), dtype="string"),
            "started_on": started.mask(chance(0.04, n, rng)),
            "figures_source": pd.Series(SOURCE, index=range(n), dtype="string"),
            "note": pd.Series("演示", index=range(n), dtype="string"),
        }
    )


def _land(frame: _Frame, rng: np.random.Generator) -> dict[str, Floats]:
    """Most land has a certificate; some is rented, some waits for one."""
    n = len(frame.zone)
    waiting = np.where(chance(0.15, n, rng), rng.uniform(0.05, 0.4, n), 0.0)
    rented = np.where(chance(0.1, n, rng), rng.uniform(0.1, 1.0, n), 0.0) * (1.0 - waiting)
    parts = {"uncertified_m2": waiting, "rented_m2": rented, "certified_m2": 1 - waiting - rented}
    return {name: np.round(share * frame.land_m2, 2) for name, share in parts.items()}


def _money(zones: pd.DataFrame, frame: _Frame, rng: np.random.Generator) -> dict[str, Floats]:
    """Yields that scatter around the tax per mu of the zone."""
    n, mu = len(frame.zone), frame.land_m2 / M2_PER_MU
    whole = zones["tax_wan"] / (zones["built_industrial_m2"] / M2_PER_MU)
    per_mu = whole.to_numpy(dtype="float64")[frame.zone] * np.exp(rng.normal(-0.35, 0.8, n))
    gross = np.nan_to_num(per_mu, nan=5.0) * mu
    added = gross * rng.uniform(2.2, 5.0, n)
    revenue = added * rng.uniform(2.8, 5.0, n)
    refunded = chance(0.06, n, rng)
    tax = np.where(refunded, gross * rng.uniform(-0.3, 0.4, n), gross)
    stated = refunded & chance(0.6, n, rng)
    return {
        "tax_wan": np.round(tax, 1),
        "tax_before_refund_wan": np.where(stated, np.round(gross, 1), np.nan),
        "revenue_wan": np.round(revenue, 0),
        "industrial_value_added_wan": np.round(added, 0),
        "employees": np.maximum(np.round(revenue / rng.uniform(70.0, 170.0, n)), 3.0),
        "rd_wan": np.round(revenue * rng.uniform(0.0, 0.05, n), 0),
        "energy_tce": np.round(added / np.exp(rng.normal(1.0, 0.7, n)), 1),
        "emission_eq": np.round(added / np.exp(rng.normal(3.2, 0.8, n)), 2),
    }


def _flags(n: int, rng: np.random.Generator) -> dict[str, pd.Series]:
    shares = {
        "above_scale": 0.72,
        "in_contract_building": 0.02,
        "environment_open": 0.035,
        "safety_open": 0.03,
        "tax_open": 0.01,
        "credit_open": 0.01,
    }
    return {
        name: pd.Series(chance(share, n, rng), dtype="boolean") for name, share in shares.items()
    }


def _gaps(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    out = rows.copy()
    for share, names in _OFTEN_MISSING:
        gone = chance(share, len(rows), rng)
        for name in names:
            out[name] = out[name].mask(gone)
    return out


def _shared(rows: pd.DataFrame, frame: _Frame, rng: np.random.Generator) -> pd.DataFrame:
    """Neighbours of a zone move into one plant: no land of their own, but floor area in it."""
    out = rows.assign(
        plant_id=pd.Series(pd.NA, index=rows.index, dtype="string"),
        plant_land_m2=np.nan,
        floor_area_m2=np.nan,
    )
    own = ["certified_m2", "uncertified_m2", "rented_m2"]
    places = rng.choice(int(frame.zone.max()) + 1, PLANTS, replace=False)
    for number, place in enumerate(sorted(places)):
        inside = np.flatnonzero(frame.zone == place)[: int(rng.integers(*_TENANTS))]
        land = frame.land_m2[inside]
        out.loc[inside, own] = np.nan
        out.loc[inside, "plant_id"] = f"演示标准厂房{number + 1:02d}"
        out.loc[inside, "plant_land_m2"] = round(float(land.sum()), 2)
        out.loc[inside, "floor_area_m2"] = np.round(land * rng.uniform(1.2, 1.6, len(inside)), 0)
        if number == 0:
            out.loc[inside[0], "plant_land_m2"] *= 2
        elif number < TORN:
            out.loc[inside[0], "floor_area_m2"] = np.nan
    return out
