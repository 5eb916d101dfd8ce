"""A small prefecture for tests of pairs: zones whose scores are known by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from analytics.consolidation import candidates as consolidation
from domain.rules import load_rules

DAY = dt.date(2026, 6, 1)
RULES = load_rules("consolidation", as_of=DAY)
DEGREE_KM = 110.79
"""Of a meridian at 26 degrees north."""
WORDS = pd.DataFrame(
    {
        "word": ["电子", "汽车", "新能源汽车", "新能源", "新材料", "食品"],
        "sector_code": ["electronics", "automotive", "automotive", "energy", pd.NA, "food"],
    },
    dtype="string",
)
NO_MERGES = pd.DataFrame(
    columns=[
        "case_id",
        "year",
        "action",
        "is_consolidation",
        "absorbing_zone_id",
        "absorbing_name_zh",
        "absorbed_zone_id",
        "absorbed_name_zh",
        "source",
        "confidence",
    ],
    dtype="string",
)
NO_INDICATORS = pd.DataFrame(
    columns=["zone_id", "indicator", "year", "period", "value", "source"], dtype="string"
)
NO_CLUSTERS = pd.DataFrame(columns=["host_zone", "sector_code", "name_zh"], dtype="string")
NATIONAL = {"level": "national", "kind": "etdz"}


def zone(zone_id, *, lat=26.0, county="c1", **changes):
    """A provincial zone of 100 ha with electronics and food."""
    return {
        "zone_id": zone_id,
        "name_zh": f"区{zone_id}",
        "name_en": f"Zone {zone_id}",
        "level": "provincial",
        "kind": "industrial_park",
        "status": "active",
        "prefecture_adcode": "p1",
        "county_adcode": county,
        "leading_industries": "电子;食品",
        "lonlat_precision": "county",
        "approved_area_ha": 100.0,
        "geometry": None if lat is None else shapely.Point(115.0, lat),
    } | changes


def world(*zones, **changes):
    """Inputs of the zones; nothing else is known."""
    frame = gpd.GeoDataFrame(list(zones), geometry="geometry", crs=4490)
    frame["approved_area_ha"] = frame["approved_area_ha"].astype("float64")
    base = consolidation.Inputs(
        frame, NO_CLUSTERS, NO_INDICATORS, NO_MERGES, WORDS, neighbours=frozenset()
    )
    return replace(base, **changes)


def moved(**values):
    """The rules with some values moved; ``across=1`` is CON-ACROSS."""
    named = {f"CON-{name.upper().replace('_', '-')}": float(v) for name, v in values.items()}
    return consolidation.with_values(RULES, named)


def pairs(inputs, **options):
    """Candidates by ``host>absorbed``."""
    rules = options.pop("rules", RULES)
    found = consolidation.candidates(inputs, as_of=DAY, rules=rules, **options)
    return found.set_index(found["host_id"] + ">" + found["absorbed_id"])


def evidence(**zones):
    """Evaluation figures by zone; ``A={"use_rate": 0.9}``."""
    return pd.DataFrame.from_dict(zones, orient="index").assign(demonstration=False)
