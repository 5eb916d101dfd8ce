"""Land use: parcels by class per prefecture, county or zone; land cover and its change."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, cast

import altair as alt
import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.land_use import by_outline, by_unit, share_of, wide
from domain import boundaries, formats
from domain.land_classes import GROUP_OF, GROUPS, groups
from export.references import cited
from layers.catalogue import base
from layers.catalogue.parcels import PARCELS_AT_ONCE, land_use
from layers.graduated import graduated
from layers.palette import LAND
from layers.spec import BoundLayer, Field
from store import Version
from views import address, data
from views.charts import ROW_HEIGHT, show_chart
from views.consolidation.words import brief
from views.context import Context
from views.cover import show_cover
from views.day import default_day
from views.downloads import download_table
from views.frame import (
    Figure,
    demonstration_ribbon,
    empty_state,
    key_figures,
    section,
    source_line,
    title_line,
)
from views.map_panel import show_map
from views.places import By, Place, choose_level, choose_place, follow_click, named, unit_shapes

VIEWS: Final = ("parcels", "rasters")
DETAILS: Final = ("group", "class")
_MAP_HEIGHT: Final = 430
_MAP_KEY: Final = "land-use-map"
_UNITS_ID: Final = "land_use_units"
_LEADING: Final = 4
_ROOM: Final = 1.8

Detail = Literal["group", "class"]


def page(ctx: Context) -> None:
    """Draw the page."""
    view = _choice(ctx, "view", "land-view", VIEWS)
    if view == "rasters":
        show_cover(ctx)
        return
    version = data.choose_version(ctx)
    if version is None:
        _title(ctx, ctx.t("data.province"), None)
        empty_state(ctx.t("land_use.empty"), next_step=ctx.t("land_use.empty_next"))
        return
    _parcels(ctx, version)


def _title(ctx: Context, place: str, version: Version | None) -> None:
    title_line(
        ctx,
        ctx.t("land_use.title"),
        place=place,
        as_of=default_day(version).isoformat(),
        version=cited(version) if version else "",
        help_text=ctx.t("land_use.help"),
    )


def _parcels(ctx: Context, version: Version) -> None:
    everything = data.parcels(ctx, version)
    follow_click(_MAP_KEY, _UNITS_ID)
    place = choose_place(ctx, everything)
    by = choose_level(ctx, place)
    detail = cast("Detail", _choice(ctx, "detail", "detail", DETAILS))
    _title(ctx, place.name(ctx), version)
    if version.demonstration:
        demonstration_ribbon(ctx)
    here = place.within(everything)
    if here.empty:
        empty_state(ctx.t("land_use.no_rows"), next_step=ctx.t("land_use.no_rows_next"))
        return
    cut = by == "zone_id" and _cut_by_outline(ctx, here)
    _key_figures(ctx, by_unit(here, by=None))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(
            ctx, here, _summed(ctx, here, version, place, by, "group", cut=cut), place, by, version
        )
    with right:
        _chart(ctx, by_unit(here, by=None, detail=detail), detail, version)
    out = _table(ctx, _summed(ctx, here, version, place, by, detail, cut=cut), by, detail)
    source_line(ctx.t("land_use.source", version=cited(version)))
    t = ctx.t
    download_table(
        ctx,
        out,
        key="land-use-download",
        name=t("land_use.file_name", place=place.name(ctx)),
        kinds=dict.fromkeys(out.columns[1:], "area"),
        notes={
            t("data.note_version"): cited(version),
            t("data.note_place"): place.name(ctx),
            t("data.note_area"): f"{t('data.note_area_text')}, {t(f'unit.{ctx.unit}')}",
        },
        demonstration=version.demonstration,
    )


def _choice(ctx: Context, name: str, key: str, options: tuple[str, ...]) -> str:
    """One of a few words in the sidebar, the first one by default; its code in the address."""
    address.seed(key, options, options[0])
    with st.sidebar:
        chosen = st.segmented_control(
            ctx.t(f"land_use.{name}"),
            options,
            required=True,
            format_func=lambda option: ctx.t(f"land_use.{name}_{option}"),
            key=key,
            persist_state="session",
        )
    address.keep(key, options[0])
    return chosen or options[0]


def _cut_by_outline(ctx: Context, here: gpd.GeoDataFrame) -> bool:
    """Whether zones are summed by their outlines; on where no parcel names its zone."""
    if data.footprints(ctx) is None:
        return False
    st.session_state.setdefault("cut", bool(here["zone_id"].isna().all()))
    with st.sidebar:
        return st.toggle(ctx.t("land_use.cut"), key="cut", help=ctx.t("land_use.cut_help"))


def _summed(
    ctx: Context,
    here: gpd.GeoDataFrame,
    version: Version,
    place: Place,
    by: By,
    detail: Detail,
    *,
    cut: bool,
) -> pd.DataFrame:
    found = data.footprints(ctx) if cut else None
    if found is None:
        return by_unit(here, by=by, detail=detail)
    # Versions never change, so their ids name the result.
    return _cut(version.id, version.sha256, found[0].id, place, detail, _here=here, _zones=found[1])


@st.cache_data(max_entries=16, show_spinner=False)
def _cut(
    version: str,
    sha256: str,
    zones: str,
    place: Place,
    detail: Detail,
    *,
    _here: gpd.GeoDataFrame,
    _zones: gpd.GeoDataFrame,
) -> pd.DataFrame:
    del version, sha256, zones, place
    return by_outline(_here, _zones, unit_column="zone_id", detail=detail)


def _key_figures(ctx: Context, table: pd.DataFrame) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    whole = table[["count", "area_m2"]].sum()
    figures = [
        Figure(
            t("land_use.figure.all"),
            formats.area(whole["area_m2"], ctx.unit),
            unit,
            t("land_use.figure.note_all", count=formats.count(whole["count"])),
        )
    ]
    for row in table.nlargest(_LEADING, "area_m2").to_dict("records"):
        note = t(
            "land_use.figure.note",
            count=formats.count(row["count"]),
            share=formats.share(row["share"]),
        )
        label = t(f"land_use.group.{row['land_class']}")
        figures.append(Figure(label, formats.area(row["area_m2"], ctx.unit), unit, note))
    key_figures(figures)


def _map(
    ctx: Context,
    here: gpd.GeoDataFrame,
    table: pd.DataFrame,
    place: Place,
    by: By,
    version: Version,
) -> None:
    layers = [
        base.neighbour().bind(boundaries.layer("neighbour")),
        base.province().bind(boundaries.layer("province")),
    ]
    parcels = not place.whole_province and len(here) <= PARCELS_AT_ONCE
    if not (place.county or place.zone):
        layers.extend(_units(ctx, table, by, version))
    layers += [
        replace(base.county(), listed=False).bind(boundaries.layer("county")),
        replace(base.prefecture(), listed=False).bind(boundaries.layer("prefecture")),
    ]
    if parcels:
        shown = here.assign(land_group=groups(here["analysis_class"]))
        layers.append(land_use().bind(shown, demonstration=version.demonstration))
    show_map(ctx, layers, key=_MAP_KEY, height=_MAP_HEIGHT, bounds=place.bounds(here))


def _units(ctx: Context, table: pd.DataFrame, by: By, version: Version) -> list[BoundLayer]:
    """Units coloured by the share of one class, chosen in the sidebar."""
    t = ctx.t
    present = [name for name in GROUPS if name in set(table["land_class"])]
    address.seed("land-class", present, present[0])
    with st.sidebar:
        chosen = st.selectbox(
            t("land_use.map_class"),
            present,
            format_func=lambda name: t(f"land_use.group.{name}"),
            key="land-class",
        )
    address.keep("land-class", present[0])
    frame = unit_shapes(ctx, by).merge(share_of(table, chosen), left_on="unit", right_index=True)
    if frame.empty:
        return []
    spec, classes = graduated(
        _UNITS_ID,
        t("land_use.map_share", name=t(f"land_use.group.{chosen}")),
        "share",
        frame["share"],
        label_format=formats.share,
        id_column="unit",
        fields=(
            Field("share", "land_use.field.share", "share"),
            Field("area_m2", "land_use.field.area", "area"),
            Field("count", "land_use.field.count", "count"),
        ),
        source=cited(version),
    )
    frame[spec.column] = classes
    return [spec.bind(frame.reset_index(drop=True), demonstration=version.demonstration)]


def _chart(ctx: Context, table: pd.DataFrame, detail: Detail, version: Version) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("land_use.chart"))
    frame = pd.DataFrame(
        {
            "name": [t(f"land_use.{detail}.{key}") for key in table["land_class"]],
            "area": [formats.in_unit(m2, ctx.unit) for m2 in table["area_m2"]],
            "label": [
                f"{formats.area(m2, ctx.unit)} · {formats.share(share)}"
                for m2, share in zip(table["area_m2"], table["share"], strict=True)
            ],
            "colour": [LAND[_group_of(key, detail)] for key in table["land_class"]],
        }
    )
    # Room behind the longest bar for its figure.
    longest = alt.Scale(domainMax=frame["area"].max() * _ROOM)
    chart = alt.Chart(frame).encode(
        x=alt.X(
            "area:Q",
            title=t("land_use.chart_value", unit=unit),
            scale=longest,
            axis=alt.Axis(tickCount=4),
        ),
        y=alt.Y("name:N", sort="-x", title=None),
        tooltip=["name:N", "label:N"],
    )
    bar = chart.mark_bar(height={"band": 0.68}, stroke="#6B6B6B", strokeWidth=0.5).encode(
        color=alt.Color("colour:N", scale=None)
    )
    text = chart.mark_text(align="left", dx=4).encode(text="label:N")
    layered = alt.LayerChart(layer=[bar, text]).properties(height=ROW_HEIGHT * len(frame) + 50)
    show_chart(layered, key="land-use-chart", source=t("land_use.source", version=cited(version)))


def _group_of(key: str, detail: Detail) -> str:
    return key if detail == "group" else GROUP_OF.get(key, "unknown")


def _table(ctx: Context, table: pd.DataFrame, by: By, detail: Detail) -> pd.DataFrame:
    t = ctx.t
    section(t("land_use.table", unit=t(f"unit.{ctx.unit}")), help_text=t("land_use.table_help"))
    areas = wide(table)
    areas.loc[_SUM] = areas.sum()
    out = pd.DataFrame(
        {
            _heading(ctx, name, detail): [
                round(formats.in_unit(m2, ctx.unit), 2) for m2 in areas[name]
            ]
            for name in ["total", *areas.columns.drop("total")]
        }
    )
    units = pd.Series(areas.index, index=out.index)
    names = brief(ctx, named(ctx, units, by)).mask(units == _SUM, t("land_use.col.total"))
    out.insert(0, t("land_use.col.unit"), names)
    config = dict.fromkeys(out.columns[1:], st.column_config.NumberColumn(format="accounting"))
    config[t("land_use.col.unit")] = st.column_config.TextColumn(pinned=True)
    st.dataframe(out, hide_index=True, key="land-use-table", column_config=config)
    return out


_SUM: Final = "="


def _heading(ctx: Context, name: str, detail: Detail) -> str:
    return ctx.t("land_use.col.total" if name == "total" else f"land_use.{detail}.{name}")
