"""Map of the consolidation page: hosts, zones they might take, links, and the pair that is open."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.consolidation import card as consolidation_card
from analytics.consolidation.outline import placed, unit_bounds
from domain import boundaries, formats
from views.consolidation.opened import Opened, pair_of
from views.consolidation.outlines import (
    Unit,
    arithmetic_line,
    draw_unit,
    held_outlines,
    map_layers,
)
from views.consolidation.study import Study, pair_ids
from views.consolidation.whatif import Asked, others_of, unit_of
from views.context import Context
from views.map_panel import show_map

HEIGHT: Final = 540


def show_pairs(ctx: Context, study: Study, row: int | None) -> str:
    """Zones and links; a row that was just selected moves the view to its pair.

    Args:
        ctx: The run of the page.
        study: What the page shows.
        row: Selected row of the list; None without one.

    Returns:
        The pair whose link or outline was clicked, else empty text.
    """
    drawn = study.pairs[study.pairs["enough_known"]].head(study.drawn)
    chosen = _opened(study).before_click(row)
    unit = _open_unit(ctx, study, chosen)
    held = held_outlines(study.base.outlines, study.rules)
    open_unit = draw_unit(held, unit)
    shapes = open_unit.shapes
    zones = placed(study.inputs.zones, shapes)
    lines = [
        consolidation_card.link_lines(study.linked, zones, link="existing"),
        consolidation_card.link_lines(drawn, zones, link="candidate"),
    ]
    links = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), crs=zones.crs)
    links["link"] = links["link"].mask(links["id"] == chosen, "selected")
    parts = consolidation_card.zone_parts(drawn, study.linked, zones)
    mine = study.pairs["host_id"].eq(unit.host) & study.pairs["absorbed_id"].isin(unit.absorbed)
    layers = map_layers(ctx, held, shapes, links=links, parts=parts, pairs=study.pairs[mine])
    click = show_map(
        ctx, layers, key="consolidation", height=HEIGHT, bounds=_view(study, row, shapes)
    )
    line = arithmetic_line(ctx, open_unit) if unit.form == "merge" else ""
    if line:
        st.markdown(line)
    unlinked = drawn["same_point"] & ~pair_ids(drawn).isin(links["id"])
    where = ctx.t(
        "consolidation.legend_position",
        town=formats.number(study.rules.value("CON-POSITION-TOWN"), 0),
        county=formats.number(study.rules.value("CON-POSITION-COUNTY"), 0),
    )
    more = ctx.t("consolidation.legend_same", n=int(unlinked.sum())) if unlinked.any() else ""
    st.caption(where + more)
    return pair_of(click, pair_ids(study.pairs[mine]), shapes)


def _open_unit(ctx: Context, study: Study, chosen: str) -> Unit:
    """The unit whose card is open."""
    keys = pair_ids(study.pairs)
    rows = study.pairs[keys == chosen] if (keys == chosen).any() else study.pairs
    return unit_of(ctx, asked_pair(study, rows.iloc[0]))


def asked_pair(study: Study, pair: pd.Series) -> Asked:
    """What the card of a pair is about.

    Args:
        study: What the page shows.
        pair: One row of its pairs.
    """
    return Asked(pair, others=others_of(study.pairs, pair))


def choose(study: Study, row: int | None, clicked: str) -> int:
    """Position of the pair whose card is open: the last row or shape that was selected."""
    return _opened(study).choose(row, clicked)


def _opened(study: Study) -> Opened:
    return Opened("consolidation", pair_ids(study.pairs))


def _view(
    study: Study, row: int | None, shapes: gpd.GeoDataFrame
) -> tuple[float, float, float, float] | None:
    """The selected pair with its outlines, else the chosen prefecture, else the province."""
    if row is not None:
        pair, zones = study.pairs.iloc[row], study.inputs.zones
        ends = zones[zones["zone_id"].isin([pair["host_id"], pair["absorbed_id"]])].geometry
        return unit_bounds(shapes, ends) or consolidation_card.pair_bounds(pair, zones)
    if study.place:
        west, south, east, north = boundaries.geometry_of(study.place).bounds
        return west, south, east, north
    return None
