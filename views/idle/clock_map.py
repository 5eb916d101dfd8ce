"""The map of what comes: units by area ahead, inside one the parcels by their next event."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from analytics.idle.calendar import next_events
from analytics.idle.deadlines import KINDS, Kind
from domain import formats
from domain.parcels import AREA
from layers.catalogue.parcels import PARCELS_AT_ONCE
from layers.palette import STATUS
from layers.spec import BoundLayer, Field, LayerClass, LayerSpec, Symbol
from layers.web import Bounds
from views.context import Context
from views.idle.map import ground, with_shapes
from views.idle.run import IdleRun
from views.idle.worklist import open_case
from views.map_panel import show_map
from views.places import follow_click

MAP_KEY: Final = "idle-clock-map"
UNITS_ID: Final = "idle_coming_units"
PARCELS_ID: Final = "idle_coming"
_EDGE: Final = "#6B6B6B"

COLOURS: Final[dict[Kind, str]] = {
    "start_due": STATUS["overdue"],
    "extended_start": STATUS["due_soon"],
    "suspected_a": STATUS["suspected_a1"],
    "suspected_b": "#F2B58A",
    "two_years": STATUS["suspected_a2"],
    "notice_due": "#7B3FA0",
    "material_due": "#B48FC7",
    "pay_due": "#00817F",
    "deregister_due": STATUS["determined"],
    "temporary_end": STATUS["in_progress"],
    "lapse": "#7A7A7A",
    "batch_due": "#BDBDBD",
}
"""Colour of each kind of event: that of the status that it brings, where it brings one."""


def follow_coming() -> None:
    """Go where this map was clicked in the last run: into a unit, or to the case of a parcel.

    Call it before :func:`views.places.choose_place`, where the worklist follows its own map.
    """
    selected = getattr(st.session_state.get(MAP_KEY), "selected", None)
    seen = st.session_state.get(f"{MAP_KEY}-followed")
    if selected != seen and isinstance(selected, (list, tuple)) and selected[0] == PARCELS_ID:
        open_case(str(selected[1]))
    follow_click(MAP_KEY, UNITS_ID)


def coming_map(ctx: Context, run: IdleRun, found: pd.DataFrame, *, height: int) -> None:
    """Draw the map.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        found: Events within the horizon (:func:`analytics.idle.calendar.events`).
        height: In pixels.
    """
    ahead = next_events(found)
    place = run.place
    layers = ground(
        ctx,
        run,
        _amounts(run, ahead),
        layer_id=UNITS_ID,
        title="clock.layer.units",
        area="area_m2",
        fields=(
            Field("count", "clock.layer.count", "count"),
            Field("area_m2", "idle.field.area", "area"),
        ),
    )
    bounds: Bounds | None = None
    if not place.whole_province and len(ahead):
        parcels, bounds = _parcels(ctx, run, ahead)
        layers += parcels
    show_map(ctx, layers, key=MAP_KEY, height=height, bounds=bounds)
    if len(ahead) > PARCELS_AT_ONCE and not place.whole_province:
        st.caption(ctx.t("clock.map_first", count=formats.count(PARCELS_AT_ONCE)))


def _amounts(run: IdleRun, ahead: pd.DataFrame) -> pd.DataFrame:
    """Count and area of the parcels that have an event ahead, by ``unit``."""
    unit = run.parcels.loc[ahead.index, run.by].astype("object").fillna("").rename("unit")
    area = run.parcels.loc[ahead.index, AREA]
    sums = {"count": area.groupby(unit).size(), "area_m2": area.groupby(unit).sum()}
    return pd.DataFrame(sums).reset_index()


def _parcels(
    ctx: Context, run: IdleRun, ahead: pd.DataFrame
) -> tuple[list[BoundLayer], Bounds | None]:
    """Parcels in the colour of their next event, the soonest if there are too many."""
    soonest = ahead.sort_values("days", kind="stable").head(PARCELS_AT_ONCE)
    rows = run.parcels.loc[soonest.index, ["parcel_id", "name", "holder", AREA]]
    rows = rows.assign(kind=soonest["kind"], on=soonest["on"], days=soonest["days"])
    drawn = with_shapes(ctx.store.map_index(run.version, ctx.viewer), rows)
    if drawn.empty:
        return [], None
    west, south, east, north = np.asarray(drawn.total_bounds, dtype="float64").tolist()
    layer = coming_layer().bind(drawn, demonstration=run.version.demonstration)
    return [layer], (west, south, east, north)


def coming_layer() -> LayerSpec:
    """Parcels coloured by their next event; needs ``kind``, ``on`` and ``days``."""
    return LayerSpec(
        id=PARCELS_ID,
        title="clock.layer.parcels",
        geometry="polygon",
        column="kind",
        classes=tuple(
            LayerClass(
                kind,
                f"clock.kind.{kind}",
                Symbol(fill=COLOURS[kind], stroke=_EDGE, weight=0.5),
            )
            for kind in KINDS
        ),
        source="idle.source.parcels",
        id_column="parcel_id",
        name_column="parcel_id",
        fields=(
            Field("name", "idle.field.name"),
            Field("holder", "idle.field.holder"),
            Field(AREA, "idle.field.area", "area"),
            Field("on", "clock.col.on", "date"),
            Field("days", "clock.col.days", "count"),
        ),
        area_column=AREA,
    )
