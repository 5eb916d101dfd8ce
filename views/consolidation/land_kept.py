"""Land of the units of a plan as a scenario keeps it, and back into the fields of the page."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from analytics.consolidation.scenario import LandKept, LandSide, Scenario
from domain import formats
from domain.formats import AreaUnit
from geo.crs import CGCS2000
from views.consolidation.land import (
    HELD,
    SIDES,
    Side,
    area_key,
    counted_land,
    plan_land,
    plan_lands,
)
from views.consolidation.outlines import Outlines, draw_plan
from views.context import Context

_DECIMALS: Final = 9
"""Of degrees: a tenth of a millimetre."""
UNITS: Final[tuple[AreaUnit, ...]] = ("ha", "mu")


def kept_land(
    ctx: Context, held: Outlines | None, pairs: pd.DataFrame
) -> dict[str, tuple[LandKept, ...]]:
    """Land of every unit of a plan, by host.

    Args:
        ctx: The run of the page.
        held: Outlines that the plan is drawn with.
        pairs: Chosen pairs.

    Raises:
        GanyuanError: Land does not fit the outline of its unit.
    """
    lands = plan_lands(ctx, pairs)
    if not lands:
        return {}
    units = None if held is None else draw_plan(held, pairs, lands)
    out = {}
    for host, land in lands.items():
        if units is not None and land.drawn and host in units.faults:
            raise units.faults[host]
        areas = counted_land(land, None if units is None else units.merged.get(host))
        sides: tuple[tuple[LandSide, Side, float], ...] = (
            ("expanded", land.expanded, areas[0]), ("removed", land.removed, areas[1]),
        )  # fmt: skip
        out[host] = tuple(
            LandKept(side=side, area_m2=area, shapes=_told(one), source=one.source)
            for side, one, area in sides
            if area or len(one.parts)
        )
    return out


def _told(side: Side) -> tuple[str, ...]:
    return tuple(shapely.to_wkt(part, rounding_precision=_DECIMALS) for part in side.parts)


def hold_land(scenario: Scenario) -> None:
    """Land of the units of a scenario stands in the fields of the plan, in place of any other."""
    state = st.session_state
    held = state.setdefault(HELD, {})
    for name, side in list(held):
        if name.startswith(plan_land("")):
            del held[name, side]
    for key in list(state):
        if any(str(key).startswith(area_key("ha", side, plan_land(""))[:-3]) for side in SIDES):
            del state[key]
    for unit in scenario.result.units:
        name = plan_land(unit.host_id)
        for one in unit.land:
            if one.shapes:
                shapes = gpd.GeoSeries.from_wkt(list(one.shapes), crs=CGCS2000)
                held[name, one.side] = Side(shapes, 0.0, one.source)
            else:
                for measure in UNITS:
                    state[area_key(measure, one.side, name)] = formats.in_unit(one.area_m2, measure)
