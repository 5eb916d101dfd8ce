"""Outlines of the units of a scenario, from the very version that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from analytics.consolidation.land import shapes_of
from analytics.consolidation.outline import (
    PARTS,
    Units,
    no_units,
    plan_units,
    zone_outlines,
)
from analytics.consolidation.scenario import Scenario
from domain.rules import load_rules
from geo.errors import GanyuanError
from store import Store, Version, Viewer

State = Literal["drawn", "none", "gone"]
_ROLE: Final = "outlines"


@dataclass(frozen=True)
class ScenarioOutlines:
    """What can be drawn of the units of a scenario.

    Attributes:
        units: Outlines with their figures.
        state: ``drawn``; ``none`` where the scenario rests on no outlines; ``gone`` where those
            that it rests on cannot be read any more, or not by the viewer.
        version: The version that it rests on, as cited; empty without one.
        demonstration: The outlines are made up.
    """

    units: Units = field(repr=False)
    state: State
    version: str = ""
    demonstration: bool = False


def no_outlines(state: State = "none", version: str = "") -> ScenarioOutlines:
    """Nothing to draw."""
    return ScenarioOutlines(no_units(), state, version)


def outlines_of(store: Store, viewer: Viewer, scenario: Scenario) -> ScenarioOutlines:
    """Outlines of the units of a scenario; never of a later version than it rests on.

    Args:
        store: Where the outlines are.
        viewer: Who asks; sees no outlines of other prefectures.
        scenario: The scenario.
    """
    named = [b for b in scenario.basis if (b.origin, b.name) == ("dataset", _ROLE)]
    if not named:
        return no_outlines()
    basis = named[0]
    version = _version(store, viewer, basis.version, basis.digest)
    if version is None:
        return no_outlines("gone", basis.version)
    try:
        rows = store.read(version, viewer, columns=["zone_id"])
    except GanyuanError:
        return no_outlines("gone", basis.version)
    units = units_of(scenario, zone_outlines(rows))
    return ScenarioOutlines(units, "drawn", basis.version, version.demonstration)


def units_of(scenario: Scenario, outlines: gpd.GeoSeries) -> Units:
    """Outlines of the units of a scenario.

    Args:
        scenario: The scenario.
        outlines: :func:`analytics.consolidation.outline.zone_outlines`.
    """
    chosen = scenario.choices
    rules = chosen.rules(load_rules("consolidation", as_of=chosen.day))
    land = {unit.host_id: shapes_of(unit.land) for unit in scenario.result.units if unit.land}
    return plan_units(pairs_of(scenario), outlines, rules=rules, land=land)


def pairs_of(scenario: Scenario) -> pd.DataFrame:
    """The chosen pairs: ``host_id``, ``absorbed_id``, ``form``, ``score``, ``distance_km``."""
    columns = ("host_id", "absorbed_id", "form", "score", "distance_km")
    rows = [[getattr(pair, column) for column in columns] for pair in scenario.result.pairs]
    text = dict.fromkeys(columns[:3], "object")
    number = dict.fromkeys(columns[3:], "float64")
    return pd.DataFrame(rows, columns=list(columns)).astype({**text, **number})


def changes(units: Units) -> pd.Series:
    """How much of each unit is not the host as it is, in m2, by host, the largest first.

    Zones that are joined, land added and land taken out count; zones held in trust change nothing.
    """
    moved = units.shapes[units.shapes["part"].isin([PARTS[1], *PARTS[3:5]])]
    total: pd.Series = moved.groupby("host_id")["area_m2"].sum()
    return total.sort_values(ascending=False, kind="stable")


def _version(store: Store, viewer: Viewer, cited: str, digest: str) -> Version | None:
    """The version that is cited, where it is there and still the same."""
    name, _, number = cited.partition(" ")[0].rpartition("@")
    if not number.isdecimal():
        return None
    try:
        found = store.version(name, viewer, int(number))
    except GanyuanError:
        return None
    return found if found.sha256 == digest else None
