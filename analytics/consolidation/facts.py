"""What the terms of a pair rest on: facts of both zones, where they lie, what they make."""

from __future__ import annotations

import datetime as dt
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from analytics import industries, industry_profile, road_distance
from analytics.consolidation import barriers
from analytics.consolidation.terms import EVIDENCE
from domain.rules import RuleSet
from geo.units import M2_PER_HA

_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_PER_ZONE: Final = ("level", "kind", "status", "name_zh", "name_en", "county_adcode")
_ENDS: Final = ["host_id", "absorbed_id"]
_BETWEEN: Final = {
    "gap_km": "float64",
    "overlap_m2": "float64",
    "outlines_demonstration": "boolean",
    **barriers.COLUMNS,
}
"""Columns of :func:`analytics.consolidation.places.between`."""


def zone_facts(
    zones: gpd.GeoDataFrame,
    indicators: pd.DataFrame,
    evidence: pd.DataFrame | None,
    areas: pd.DataFrame | None,
    *,
    as_of: dt.date,
    rules: RuleSet,
) -> pd.DataFrame:
    """Everything that the terms need of a zone, index ``zone_id``.

    Args:
        zones: Development zones.
        indicators: The table ``zone_indicators``.
        evidence: See :class:`analytics.consolidation.candidates.Inputs`.
        areas: See :class:`analytics.consolidation.candidates.Inputs`.
        as_of: Indicators of later years are left out.
        rules: The rules ``consolidation``.
    """
    facts = pd.DataFrame(zones.set_index("zone_id")[[*_PER_ZONE, "prefecture_adcode"]])
    facts["lon"], facts["lat"] = zones.geometry.x.to_numpy(), zones.geometry.y.to_numpy()
    precision = zones["lonlat_precision"].fillna("county").str.contains("town").to_numpy()
    facts["error_km"] = np.where(
        precision, rules.value("CON-POSITION-TOWN"), rules.value("CON-POSITION-COUNTY")
    )
    named, year = _bottom(indicators, as_of)
    facts["bottom"], facts["assessed"] = facts.index.isin(named), year
    facts = facts.assign(**_areas(zones, areas, facts.index), **_evidence(evidence, facts.index))
    mean = facts.groupby("prefecture_adcode")["tax_per_mu"].transform("mean")
    facts["tax_ratio"] = facts["tax_per_mu"] / mean.where(mean > 0)
    return facts


def _evidence(evidence: pd.DataFrame | None, index: pd.Index) -> dict[str, pd.Series]:
    given = evidence if evidence is not None else pd.DataFrame()
    none = pd.Series(dtype="object")
    out: dict[str, pd.Series] = {}
    for figure in EVIDENCE:
        numbers = given.get(figure, none).reindex(index).astype("float64")
        out[figure] = numbers
        for part in ("origin", "year"):
            told = given.get(f"{figure}_{part}", none).reindex(index).astype("string")
            out[f"{figure}_{part}"] = told.where(numbers.notna())
    mark = given.get("demonstration", none).reindex(index).astype("boolean")
    return out | {"demonstration": mark.fillna(value=False).astype(bool)}


def _areas(
    zones: pd.DataFrame, areas: pd.DataFrame | None, index: pd.Index
) -> dict[str, pd.Series]:
    """Approved area, else that of the outline; areas of zero or less are no areas."""
    given = areas if areas is not None else pd.DataFrame()
    none = pd.Series(dtype="object")
    approved = zones["approved_area_ha"].astype("float64").set_axis(index) * M2_PER_HA
    approved = approved.where(approved > 0)
    drawn = given.get("area_m2", none).reindex(index).astype("float64")
    drawn = drawn.where(drawn > 0)
    mark = given.get("demonstration", none).reindex(index).astype("boolean").fillna(value=False)
    area = approved.fillna(drawn)
    source = pd.Series("approved", index=index, dtype="string").where(approved.notna(), "outlines")
    return {
        "area_m2": area,
        "area_from": source.where(area.notna()),
        "area_demonstration": mark.astype(bool) & approved.isna(),
    }


def _bottom(indicators: pd.DataFrame, as_of: dt.date) -> tuple[pd.Series, str]:
    """Zones in the last group of the latest assessment that names one, and its year."""
    rows = indicators[indicators["indicator"].str.startswith("bottom_province_assessment")]
    year = pd.to_numeric(rows["year"])
    known = rows[year <= as_of.year]
    latest = year[known.index] == year[known.index].max()
    told = str(int(year[known.index].max())) if len(known) else ""
    return pd.Series(known.loc[latest, "zone_id"]), told


def with_places(
    pairs: pd.DataFrame,
    neighbours: frozenset[tuple[str, str]],
    outlines: pd.DataFrame | None,
    roads: pd.DataFrame | None,
    *,
    demonstration: bool,
    limit_m2: float,
) -> pd.DataFrame:
    """Add where the zones of each pair lie towards each other.

    Args:
        pairs: Facts of both sides.
        neighbours: Ordered pairs of codes of counties that touch.
        outlines: :func:`analytics.consolidation.places.between`.
        roads: :func:`analytics.road_distance.distances`.
        demonstration: Made-up outlines and roads count.
        limit_m2: Outlines that lie on each other by more than this measure no distance.
    """
    pairs = _joined(pairs, outlines, _BETWEEN)
    pairs = _roads(pairs, roads, demonstration=demonstration)
    seats, same = _seats(pairs)
    # Roads are entered at the seats: of two zones at one seat they tell nothing.
    told = list(road_distance.COLUMNS)
    pairs[told] = pairs[told].where(~same)
    usable = (demonstration | ~pairs["outlines_demonstration"]) & ~(pairs["overlap_m2"] > limit_m2)
    gap = pairs["gap_km"].where(usable)
    basis = pd.Series(pd.NA, index=pairs.index, dtype="string")
    basis = basis.mask(seats.notna(), "seats").mask(same, "same_point")
    touching = pd.MultiIndex.from_tuples(sorted(neighbours) or [("", "")])
    counties = pd.MultiIndex.from_frame(pairs[["host_county_adcode", "absorbed_county_adcode"]])
    return pairs.assign(
        seats_km=seats,
        distance_km=gap.fillna(seats),
        distance_basis=basis.mask(gap.notna(), "outlines"),
        same_point=same & gap.isna(),
        same_county=pairs["host_county_adcode"] == pairs["absorbed_county_adcode"],
        same_prefecture=pairs["host_prefecture_adcode"] == pairs["absorbed_prefecture_adcode"],
        neighbours=counties.isin(touching),
        position_error_km=pairs["host_error_km"] + pairs["absorbed_error_km"],
        assessed=pairs["host_assessed"],
    )


def _joined(
    pairs: pd.DataFrame, table: pd.DataFrame | None, columns: dict[str, str]
) -> pd.DataFrame:
    """Columns of a table by ordered pair; missing where it has none."""
    keys = pd.MultiIndex.from_frame(pairs[_ENDS])
    given = table if table is not None else pd.DataFrame(index=keys[:0])
    found = given.reindex(index=keys, columns=list(columns)).set_axis(pairs.index)
    found = found.astype(columns)
    flags = [name for name, dtype in columns.items() if dtype == "boolean"]
    found[flags] = found[flags].fillna(value=False).astype(bool)
    return pairs.join(found)


def _roads(pairs: pd.DataFrame, roads: pd.DataFrame | None, *, demonstration: bool) -> pd.DataFrame:
    """Distances by road, or why there is none; made-up roads count on request only."""
    pairs = _joined(pairs, roads, road_distance.COLUMNS)
    counts = demonstration | ~pairs["road_demonstration"]
    told = list(road_distance.COLUMNS)[:-1]
    pairs[told] = pairs[told].where(counts)
    return pairs


def _seats(pairs: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Distance between the seats in km, and whether both zones stand at one seat."""
    placed = pairs["host_lon"].notna() & pairs["absorbed_lon"].notna()
    same = (pairs["host_lon"] == pairs["absorbed_lon"]) & (
        pairs["host_lat"] == pairs["absorbed_lat"]
    )
    ends = pairs[["host_lon", "host_lat", "absorbed_lon", "absorbed_lat"]].fillna(0.0).to_numpy()
    _, _, metres = _GEOD.inv(ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3])
    seats = pd.Series(np.asarray(metres) / 1000, index=pairs.index).where(placed & ~same)
    return seats, placed & same


def with_vetoes(
    pairs: pd.DataFrame, *, demonstration: bool, lifted: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """Add what is open at the host, and whether it counts.

    Made-up cases count on request only, and those of hosts in ``lifted`` never.
    """
    environment = pairs["host_environment_open"] > 0
    safety = pairs["host_safety_open"] > 0
    told = pd.Series("", index=pairs.index, dtype="string")
    told = told.mask(environment, "environment").mask(safety, "safety")
    told = told.mask(environment & safety, "environment;safety")
    counts = (environment | safety) & (demonstration | ~pairs["host_demonstration"])
    counts &= ~pairs["host_id"].isin(lifted)
    return pairs.assign(vetoes=told, vetoes_counted=counts)


def industry_texts(zones: pd.DataFrame, evidence: pd.DataFrame | None) -> pd.DataFrame:
    """Leading industries of every zone: as the list of zones names them, else as they were entered.

    Args:
        zones: Development zones.
        evidence: See :class:`analytics.consolidation.candidates.Inputs`.

    Returns:
        Index ``zone_id``: ``text`` (separated by ``;``, missing where neither names any),
        ``origin`` (``industries`` or ``industries_entered``), ``year`` (text, empty for listed
        ones) and ``demonstration`` (bool, an entered text is made up).
    """
    listed = zones.set_index("zone_id")["leading_industries"].astype("string")
    listed = listed.mask(listed.str.strip() == "")
    given = evidence if evidence is not None else pd.DataFrame()
    none = pd.Series(dtype="object")
    entered = given.get("leading_industries", none).reindex(listed.index).astype("string")
    used = listed.isna() & entered.notna()
    year = given.get("leading_industries_year", none).reindex(listed.index).astype("string")
    mark = given.get("demonstration", none).reindex(listed.index).astype("boolean")
    origin = pd.Series("industries", index=listed.index, dtype="string")
    return pd.DataFrame(
        {
            "text": listed.fillna(entered),
            "origin": origin.mask(used, "industries_entered"),
            "year": year.where(used).fillna(""),
            "demonstration": used & mark.fillna(value=False).astype(bool),
        }
    )


def with_industries(
    pairs: pd.DataFrame,
    zones: pd.DataFrame,
    words: pd.DataFrame,
    clusters: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add the likeness of the industries of both zones, and the sectors that they share.

    Args:
        pairs: ``host_id`` and ``absorbed_id``.
        zones: Development zones.
        words: The table ``industry_words``.
        clusters: The table ``clusters``; a cluster that a zone hosts adds its sector.
        evidence: What :func:`industry_texts` takes where the list names none.
    """
    texts = industry_texts(zones, evidence)
    named = industries.sectors(texts["text"], words)
    sectors = industries.with_clusters(named, zones.set_index("zone_id")["name_zh"], clusters)
    profiles = industry_profile.from_sectors(sectors)
    host, absorbed = (sectors.loc[pairs[end]] for end in _ENDS)
    alike = industry_profile.cosine(
        profiles.loc[pairs["host_id"]], profiles.loc[pairs["absorbed_id"]]
    )
    common = industries.shared(host, absorbed).to_numpy()
    told = {
        f"{end.removesuffix('id')}industries_{part}": texts.loc[pairs[end], part].to_numpy()
        for end in _ENDS
        for part in ("origin", "year", "demonstration")
    }
    return pairs.assign(
        **told,
        host_sectors=host.sum(axis=1).to_numpy(),
        absorbed_sectors=absorbed.sum(axis=1).to_numpy(),
        industry_cosine=alike.to_numpy(),
        shared_count=(host.to_numpy() & absorbed.to_numpy()).sum(axis=1),
        shared_sectors=pd.Series(common, index=pairs.index, dtype="string"),
    )
