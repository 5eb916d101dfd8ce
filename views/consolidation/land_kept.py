"""Land of the units of a plan as a scenario keeps it, and back into the fields of the page."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.land import SIDES, Side, kept_land, parts_of
from analytics.consolidation.scenario import LandKept, Scenario
from domain import formats
from domain.formats import AreaUnit
from views.consolidation.land import HELD, area_key, plan_land, plan_lands
from views.consolidation.outlines import Outlines, draw_plan
from views.context import Context

UNITS: Final[tuple[AreaUnit, ...]] = ("ha", "mu")


def land_to_keep(
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
    drawn = draw_plan(held, pairs, lands) if lands and held is not None else None
    return kept_land(lands, drawn)


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
                held[name, one.side] = Side(parts_of(one), source=one.source)
            else:
                for measure in UNITS:
                    state[area_key(measure, one.side, name)] = formats.in_unit(one.area_m2, measure)
