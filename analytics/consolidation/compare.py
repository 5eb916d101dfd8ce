"""Two zones of a pair side by side: what is known of each, where from, of which year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.consolidation.candidates import Inputs
from analytics.consolidation.evidence import BASIS
from analytics.consolidation.facts import industry_texts
from analytics.evaluation import zone_figures
from analytics.evaluation.intensity import RATES
from analytics.evaluation.zone_figures import ZoneFigures
from domain.rules import RuleSet
from geo.units import M2_PER_HA

Kind = Literal["code", "text", "area", "number", "count", "share", "flag", "km"]
FACTS: Final[Mapping[str, Kind]] = {
    "level": "code",
    "area_m2": "area",
    "leading_industries": "text",
    "clusters": "text",
    "revenue_yi": "number",
    "tax_per_mu": "number",
    "development_rate": "share",
    "supply_rate": "share",
    "built_rate": "share",
    "use_rate": "share",
    "idle_m2": "area",
    "idle_share": "share",
    "idle_parcels": "count",
    "digestion_years": "number",
    "assessment_rank": "text",
    "environment_open": "flag",
    "safety_open": "flag",
    "position": "km",
}
"""What is compared, in order, and how it is written. ``position`` is the error of the seat in km; 0
where the outline is known."""

_RANK: Final = "rank_province_assessment"


@dataclass(frozen=True)
class Ground:
    """What a comparison is made from.

    Attributes:
        inputs: What the score rests on.
        known: Figures of zones, those made up among them.
        rates: :func:`analytics.evaluation.zone_rates.checked`.
        facts: :func:`analytics.consolidation.whatif.figures`.
        idle_parcels: Number of idle parcels by zone; made-up ones too.
        parcels_demonstration: The parcels are made up.
        as_of: Assessments of later years are left out.
        rules: The rules ``consolidation``.
    """

    inputs: Inputs
    known: ZoneFigures = field(repr=False)
    rates: pd.DataFrame = field(repr=False)
    facts: pd.DataFrame = field(repr=False)
    idle_parcels: pd.Series = field(repr=False)
    parcels_demonstration: bool
    as_of: dt.date
    rules: RuleSet


def compare(host_id: str, absorbed_id: str, ground: Ground) -> pd.DataFrame:
    """Facts of both zones.

    Returns:
        Index :data:`FACTS`: for ``host`` and ``absorbed`` the value (number, text or missing),
        ``<side>_origin`` (``zones``, ``outlines``, ``clusters``, ``published``, ``assessment``,
        ``seats``, one of :data:`analytics.evaluation.zone_figures.SOURCES`, or missing),
        ``<side>_year`` (text, or missing) and ``<side>_demonstration`` (bool).
    """
    sides = {
        side: _facts(zone, ground) for side, zone in (("host", host_id), ("absorbed", absorbed_id))
    }
    out = pd.DataFrame(index=pd.Index(list(FACTS), name="fact"))
    for side, told in sides.items():
        for at, part in enumerate(("", "_origin", "_year", "_demonstration")):
            values = [told.get(fact, _NOTHING)[at] for fact in FACTS]
            out[f"{side}{part}"] = pd.Series(values, index=out.index, dtype="object")
    marks = ["host_demonstration", "absorbed_demonstration"]
    return out.astype(dict.fromkeys(marks, "bool"))


Told = tuple[object, str | None, str | None, bool]
_NOTHING: Final[Told] = (None, None, None, False)


def _facts(zone: str, ground: Ground) -> dict[str, Told]:
    """Everything that is known of one zone; what is missing is left out."""
    row = ground.inputs.zones.set_index("zone_id").loc[zone]
    out: dict[str, Told] = {"level": (row["level"], "zones", None, False)}
    out |= _industries(zone, ground)
    out |= _area(zone, row, ground) | _position(zone, row, ground) | _clusters(row, ground)
    out |= _figures(zone, ground) | _revenue(zone, ground) | _rank(zone, ground)
    return out


def _industries(zone: str, ground: Ground) -> dict[str, Told]:
    told = industry_texts(ground.inputs.zones, ground.inputs.evidence).loc[zone]
    if pd.isna(told["text"]):
        return {}
    origin = "entered" if told["origin"] == "industries_entered" else "zones"
    year = str(told["year"]) or None
    return {"leading_industries": (told["text"], origin, year, bool(told["demonstration"]))}


def _area(zone: str, row: pd.Series, ground: Ground) -> dict[str, Told]:
    if not pd.isna(row["approved_area_ha"]):
        area = float(row["approved_area_ha"]) * M2_PER_HA
        return {"area_m2": (area, "zones", None, False)}
    areas = ground.inputs.areas
    if areas is None or zone not in areas.index:
        return {}
    made_up = bool(areas.loc[zone, "demonstration"])
    return {"area_m2": (float(areas["area_m2"].loc[zone]), "outlines", None, made_up)}


def _position(zone: str, row: pd.Series, ground: Ground) -> dict[str, Told]:
    areas = ground.inputs.areas
    if areas is not None and zone in areas.index:
        return {"position": (0.0, "outlines", None, bool(areas.loc[zone, "demonstration"]))}
    if row.geometry is None or row.geometry.is_empty:
        return {}
    town = "town" in str(row["lonlat_precision"])
    error = ground.rules.value("CON-POSITION-TOWN" if town else "CON-POSITION-COUNTY")
    return {"position": (error, "seats", None, False)}


def _clusters(row: pd.Series, ground: Ground) -> dict[str, Told]:
    clusters = ground.inputs.clusters
    names = clusters.loc[clusters["host_zone"] == row["name_zh"], "name_zh"]
    return {"clusters": (";".join(names), "clusters", None, False)} if len(names) else {}


def _figures(zone: str, ground: Ground) -> dict[str, Told]:
    """Evaluation figures with their origin."""
    known, evidence = ground.known, ground.inputs.evidence
    if zone not in known.figures.index:
        return {}
    made_up = bool(known.facts.loc[zone, "demonstration"])
    values = known.figures.loc[zone].to_dict() | ground.rates.loc[zone, list(RATES)].to_dict()
    if evidence is not None and zone in evidence.index:
        values |= evidence.loc[zone, list(BASIS)].to_dict()
    out: dict[str, Told] = {}
    for fact in FACTS:
        basis = BASIS.get(fact, "built_m2" if fact in RATES else fact)
        if fact in values and pd.notna(values[fact]):
            year = zone_figures.years_of(known, basis)[zone]
            origin = str(known.origin.loc[zone, basis]) or None
            told = None if pd.isna(year) else str(int(year))
            out[fact] = (float(values[fact]), origin, told, made_up)
    if zone in ground.idle_parcels.index:
        idle = float(ground.idle_parcels.loc[zone])
        out["idle_parcels"] = (idle, "parcels", None, ground.parcels_demonstration)
    return out


def _revenue(zone: str, ground: Ground) -> dict[str, Told]:
    """Revenue as it is entered or stated; a published one comes before a made-up one."""
    known, facts = ground.known, ground.facts
    published = bool(facts["revenue_from"].eq("published").fillna(value=False).loc[zone])
    if zone in known.figures.index:
        made_up = bool(known.facts["demonstration"].loc[zone])
        wan = float(known.figures["revenue_wan"].loc[zone])
        if not np.isnan(wan) and not (made_up and published):
            year = zone_figures.years_of(known, "revenue_wan")[zone]
            origin = str(known.origin.loc[zone, "revenue_wan"])
            told = None if pd.isna(year) else str(int(year))
            return {"revenue_yi": (wan / zone_figures.WAN_PER_YI, origin, told, made_up)}
    if not published:
        return {}
    told = str(int(facts["revenue_year"].loc[zone]))
    return {"revenue_yi": (float(facts["revenue_yi"].loc[zone]), "published", told, False)}


def _rank(zone: str, ground: Ground) -> dict[str, Told]:
    """Place in the latest whole-year assessment that names the zone."""
    rows = ground.inputs.indicators
    rows = rows[(rows["zone_id"] == zone) & (rows["indicator"] == _RANK)]
    rows = rows.assign(number=pd.to_numeric(rows["year"]))
    rows = rows[(rows["number"] <= ground.as_of.year) & (rows["period"] == "year")]
    if rows.empty:
        return {}
    last = rows.sort_values("number").iloc[-1]
    return {"assessment_rank": (str(last["value"]), "assessment", str(last["year"]), False)}
