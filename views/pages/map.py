"""Map: layers of the province, filters, and a card for whatever is clicked."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd
import streamlit as st

from domain.paths import STATIC
from export.references import cited
from layers.catalogue.zones import placed
from layers.spec import is_demonstration
from views import data, map_cards, map_filters, map_layers
from views.consolidation.words import brief
from views.context import Context
from views.day import default_day
from views.facts import show_card
from views.frame import demonstration_ribbon, empty_state, title_line
from views.map_layers import Scene
from views.map_panel import Click, show_map

_HEIGHT: Final = 600


def page(ctx: Context) -> None:
    """Draw the map page."""
    version = data.choose_version(ctx)
    day = data.choose_day(ctx, version) if version else default_day(None)
    filters = map_filters.ask(ctx, with_parcels=version is not None)
    scene = map_layers.scene(ctx, filters, version, day)
    shown = version if scene.lazy else None
    title_line(
        ctx,
        ctx.t("nav.map"),
        place=map_layers.place_name(ctx, filters.adcode),
        as_of=day.isoformat(),
        version=cited(shown) if shown else "",
    )
    if is_demonstration(scene.layers):
        demonstration_ribbon(ctx)
    left, right = st.columns([0.68, 0.32], gap="small")
    with left:
        if scene.empty:
            empty_state(ctx.t("map.nothing"), next_step=ctx.t("map.nothing_next"))
        click = show_map(
            ctx,
            scene.layers,
            key="map",
            height=_HEIGHT,
            bounds=data.frame(version),
            home=filters.home,
            tall=True,
            lazy_parcels=scene.lazy,
        )
    st.html(STATIC / "ganyuan" / "card.css")
    with right, st.container(height=_HEIGHT, key="map-side"):
        _side(ctx, click, scene, day)


def _side(ctx: Context, click: Click | None, scene: Scene, day: dt.date) -> None:
    card = map_cards.card(ctx, click, scene, day) if click else None
    if card is not None:
        show_card(ctx, card)
        return
    st.caption(ctx.t("map.click_hint"))
    _list(ctx, scene)
    _unplaced(ctx, scene)


def _list(ctx: Context, scene: Scene) -> None:
    """What passes the filter, by name."""
    column = map_layers.names(ctx)
    chinese = ctx.t.language == "zh_CN"
    county = "county" if chinese else "county_en"
    parts = [
        frame[[column, county]]
        .rename(columns={county: "county"})
        .assign(kind=ctx.t(f"map.group_{group}"))
        for group, frame in (("zones", scene.zones), ("clusters", scene.clusters))
        if len(frame)
    ]
    if not parts:
        return
    table = pd.concat(parts, ignore_index=True)
    table[column] = brief(ctx, table[column])
    columns = [column, *(["kind"] if len(parts) > 1 else []), "county"]
    st.dataframe(
        table[columns],
        key="map-list",
        hide_index=True,
        row_height=26,
        column_config={
            column: st.column_config.TextColumn(ctx.t("map.field.name"), width=180),
            "kind": st.column_config.TextColumn(ctx.t("map.field.kind"), width=70),
            "county": st.column_config.TextColumn(
                ctx.t("map.field.county_short"), width=70 if chinese else 110
            ),
        },
    )


def _unplaced(ctx: Context, scene: Scene) -> None:
    """Zones and clusters that no source places: listed, since the map cannot show them."""
    column = map_layers.names(ctx)
    names = [
        name
        for frame in (scene.zones, scene.clusters)
        if len(frame)
        for name in frame.drop(index=placed(frame).index)[column]
    ]
    if names:
        st.caption(ctx.t("map.unplaced", n=len(names), names=ctx.t("map.comma").join(names)))
