"""Candidates of disposal for tests and benchmarks, made without parcels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.disposal.options import COLUMNS

MADE = (
    "area_m2", "months", "staff_days", "cost_wan", "own_wan", "income_wan", "effort_wan",
    "idle_m2", "unsupplied_m2", "old_m2", "stock_m2", "digested_m2",
)  # fmt: skip


def candidates(records):
    """One row a record; what it does not name is zero, open, and of county A."""
    out = pd.DataFrame(list(records), columns=list(COLUMNS))
    numbers = [c for c in COLUMNS if c in MADE]
    out[numbers] = out[numbers].astype("float64").fillna(0.0)
    out["permitted"] = out["permitted"].astype("boolean").fillna(value=True).astype("bool")
    for flag in ("price_assumed", "capped", "assumed", "recorded"):
        out[flag] = out[flag].astype("boolean").fillna(value=False).astype("bool")
    out["county_adcode"] = out["county_adcode"].astype("object").fillna("A")
    text = ["item", "ref", "name", "zone_id", "kind", "option", "barred_by", "needs", "rule"]
    out[[*text, "certainty"]] = out[[*text, "certainty"]].astype("object").fillna("")
    out["own_wan"] = out["own_wan"].where(out["own_wan"] > 0, out["cost_wan"])
    out["effort_wan"] = out["effort_wan"].where(
        out["effort_wan"] > 0, out["cost_wan"] + out["staff_days"] * 0.1
    )
    return out


def idle(item, option, area, cost, **more):
    """One way for one piece of idle land."""
    return {
        "item": item,
        "ref": item,
        "kind": "idle",
        "option": option,
        "area_m2": area,
        "idle_m2": area,
        "cost_wan": cost,
        "months": 6.0,
        **more,
    }


def supply(item, option, area, cost, **more):
    """One way for one piece of unsupplied land."""
    row = idle(item, option, area, cost, **more)
    gone = area if option in ("S2", "S3", "S5") else 0.0
    extra = {"kind": "unsupplied", "idle_m2": 0.0, "unsupplied_m2": area, "digested_m2": area}
    return {**row, **extra, "old_m2": more.get("old_m2", 0.0), "stock_m2": -gone}


def drawn(rng: np.random.Generator, items: int, counties: int = 1, options: int = 3):
    """Items drawn at random, each with some of the options."""
    rows = []
    for i in range(items):
        area = float(rng.integers(1, 60)) * 1000
        county = f"C{rng.integers(counties)}"
        unsupplied = rng.random() < 0.4
        names = ("S1", "S2", "S3") if unsupplied else ("D1", "D4", "D9")
        for option in names[: rng.integers(1, options + 1)]:
            make = supply if unsupplied else idle
            rows.append(
                make(
                    f"p{i}",
                    option,
                    area,
                    float(rng.integers(1, 200)),
                    county_adcode=county,
                    months=float(rng.integers(2, 15)),
                    staff_days=float(rng.integers(1, 30)),
                    capped=option == "D9",
                    old_m2=area if unsupplied and rng.random() < 0.5 else 0.0,
                )
            )
    return candidates(rows)


def many(parcels: int, counties: int = 100, seed: int = 3):
    """Candidates of the size of a province, vectorised; about five options an item."""
    rng = np.random.default_rng(seed)
    county = rng.integers(counties, size=parcels)
    unsupplied = rng.random(parcels) < 0.3
    area = np.round(rng.lognormal(9.5, 0.9, parcels), 2)
    price = area * rng.uniform(120, 600, parcels) / 1e4
    cheap = rng.uniform(0.5, 1.5, parcels)
    table = {
        "D1": (3, 8, 0.0, 0.0), "D2": (8, 20, 3.0, 0.0), "D4": (8, 25, 0.0, 1.0),
        "D4B": (12, 30, 0.0, 1.25), "D7": (4, 12, 0.0, 0.0), "D9": (6, 6, 0.0, 0.0),
        "S1": (9, 15, 60.0, 0.0), "S2": (4, 10, 10.0, 0.0), "S3": (6, 12, 0.0, 0.0),
        "S4": (12, 25, 60.0, 0.0), "S5": (14, 25, 40.0, 0.0), "S6": (10, 20, 20.0, 0.0),
    }  # fmt: skip
    parts = []
    for option, (months, days, yuan, share) in table.items():
        takes = (unsupplied == option.startswith("S")) & (rng.random(parcels) < 0.6)
        at = np.flatnonzero(takes)
        a = area[at]
        cost = np.round(yuan * a / 1e4 * cheap[at] + share * price[at], 3)
        staff = np.round(days * cheap[at], 1)
        supplied = option.startswith("S")
        gone = option in ("S2", "S3", "S5", "D9")
        parts.append(
            pd.DataFrame(
                {
                    "item": [f"p:{i}" for i in at],
                    "option": option,
                    "county_adcode": [f"C{c:03d}" for c in county[at]],
                    "kind": "unsupplied" if supplied else "idle",
                    "area_m2": a,
                    "months": float(months),
                    "staff_days": staff,
                    "cost_wan": cost,
                    "own_wan": cost * (0.2 if option == "D4B" else 1.0),
                    "effort_wan": cost + 0.08 * staff,
                    "idle_m2": 0.0 if supplied else a,
                    "unsupplied_m2": a if supplied else 0.0,
                    "old_m2": np.where(at % 2 == 0, a, 0.0) if supplied else 0.0,
                    "stock_m2": -a if gone else 0.0,
                    "digested_m2": a if supplied else 0.0,
                    "capped": option == "D9",
                }
            )
        )
    return candidates(pd.concat(parts).to_dict("records"))
