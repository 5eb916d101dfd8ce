"""Land-cover rasters on the land-use page: areas per unit and change between two years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt
import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.land_use import change_in_groups, changed_area, in_groups, legend_groups, net_change
from domain import boundaries, formats
from geo.raster import change_matrix, class_areas
from layers.catalogue import base
from layers.graduated import graduated
from layers.palette import DIVERGING
from layers.spec import Field, spoken
from store import RasterInfo
from views import address
from views.charts import ROW_HEIGHT, show_chart
from views.context import Context
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

_BUILT: Final = "other_built"
_CROPLAND: Final = "cropland"
_HEIGHT: Final = 380
_TWO: Final = 2


@dataclass(frozen=True)
class _Pair:
    """Two rasters and what became of the first.

    Attributes:
        before, after: The rasters.
        units: Counties (or prefectures) under them: ``unit``, ``name``, ``name_en``, geometry.
        areas_before, areas_after: Area of each group in each unit, m2, on the index of ``units``.
        matrix: Change matrix of the groups, m2.
        net: Gains and losses of the groups.
        skipped_m2: Area that lacks data in one of the two.
    """

    before: RasterInfo
    after: RasterInfo
    units: gpd.GeoDataFrame
    areas_before: pd.DataFrame
    areas_after: pd.DataFrame
    matrix: pd.DataFrame
    net: pd.DataFrame
    skipped_m2: float


def show_cover(ctx: Context) -> None:
    """Draw the comparison of two land-cover rasters."""
    t = ctx.t
    found = sorted(ctx.store.rasters(ctx.viewer), key=lambda info: (info.year or 0, info.name))
    if len(found) < _TWO:
        _title(ctx, found)
    if not found:
        empty_state(t("land_use.raster.empty"), next_step=t("land_use.raster.empty_next"))
        return
    if len(found) == 1:
        empty_state(t("land_use.raster.one"), next_step=t("land_use.raster.empty_next"))
        return
    chosen = _chosen(ctx, found)
    _title(ctx, chosen or ())
    if chosen is None:
        empty_state(t("land_use.raster.same"))
        return
    pair = _pair(*chosen)
    if pair.before.demonstration or pair.after.demonstration:
        demonstration_ribbon(ctx)
    _figures(ctx, pair)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(ctx, pair)
    with right:
        _net_chart(ctx, pair)
    _net_table(ctx, pair)
    _matrix(ctx, pair)
    _units(ctx, pair)
    st.caption(t("land_use.raster.note"))


def _title(ctx: Context, shown: Sequence[RasterInfo]) -> None:
    years = ctx.t.pick("、", ", ").join(_year(ctx, info) for info in shown)
    title_line(
        ctx,
        ctx.t("land_use.title"),
        place=ctx.t("land_use.raster.place"),
        as_of=years or formats.MISSING,
        version=" / ".join(info.name for info in shown),
        help_text=ctx.t("land_use.help"),
    )


def _chosen(ctx: Context, found: list[RasterInfo]) -> tuple[RasterInfo, RasterInfo] | None:
    by_name = {info.name: info for info in found}
    names = list(by_name)
    picks = [_raster(ctx, by_name, *pick) for pick in (("before", names[0]), ("after", names[-1]))]
    before, after = picks
    return None if before.name == after.name else (before, after)


def _raster(ctx: Context, by_name: dict[str, RasterInfo], which: str, default: str) -> RasterInfo:
    key = f"raster-{which}"
    address.seed(key, list(by_name), default)
    with st.sidebar:
        chosen = st.selectbox(
            ctx.t(f"land_use.raster.{which}"),
            list(by_name),
            format_func=lambda name: by_name[name].title,
            key=key,
        )
    address.keep(key, default)
    return by_name[chosen or default]


def _pair(before: RasterInfo, after: RasterInfo) -> _Pair:
    return _compared(before.sha256, after.sha256, _before=before, _after=after)


@st.cache_resource(max_entries=8, show_spinner=True)
def _compared(sha_before: str, sha_after: str, *, _before: RasterInfo, _after: RasterInfo) -> _Pair:
    del sha_before, sha_after
    units = _under(_after)
    groups = legend_groups(_before.legend), legend_groups(_after.legend)
    first, second = (
        in_groups(class_areas(info.path, units).area_m2, group_of)
        for info, group_of in zip((_before, _after), groups, strict=True)
    )
    change = change_matrix(_before.path, _after.path, within=units)
    matrix = change_in_groups(change.area_m2, *groups)
    return _Pair(
        _before, _after, units, first, second, matrix, net_change(matrix), change.skipped_m2
    )


def _under(info: RasterInfo) -> gpd.GeoDataFrame:
    """Counties of the raster's prefecture; prefectures under a raster of the province."""
    if info.prefecture_adcode is None:
        units = boundaries.layer("prefecture")
    else:
        units = boundaries.layer("county")
        units = units[units["city_adcode"] == info.prefecture_adcode]
    units = units.assign(unit=units["adcode"].astype("str"))
    return units[["unit", "name", "name_en", "geometry"]].reset_index(drop=True)


def _year(ctx: Context, info: RasterInfo) -> str:
    return str(info.year) if info.year else ctx.t("land_use.year_unknown")


def _group(ctx: Context, name: str) -> str:
    """Name of a land-cover group; rasters know fewer of them, and under other names."""
    return ctx.t.get(f"land_use.cover.{name}", ctx.t(f"land_use.group.{name}"))


def _figures(ctx: Context, pair: _Pair) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    net = pair.net.reindex([_BUILT, _CROPLAND]).fillna(0.0)
    built, cropland = net.to_dict("records")
    changed, share = changed_area(pair.matrix)
    years = {"before": _year(ctx, pair.before), "after": _year(ctx, pair.after)}
    labels = {key: t(f"land_use.raster.figure_{key}", year=year) for key, year in years.items()}

    def figure(label: str, area_m2: float, note: str = "") -> Figure:
        return Figure(label, formats.area(area_m2, ctx.unit), unit, note)

    key_figures(
        [
            figure(labels["before"], built["before"]),
            figure(labels["after"], built["after"]),
            figure(t("land_use.raster.figure_net"), built["net"], formats.share(built["share"])),
            figure(
                t("land_use.raster.figure_cropland"),
                cropland["net"],
                formats.share(cropland["share"]),
            ),
            figure(
                t("land_use.raster.figure_changed"),
                changed,
                t("land_use.raster.figure_share", share=formats.share(share)),
            ),
        ]
    )


def _map(ctx: Context, pair: _Pair) -> None:
    title = ctx.t("land_use.raster.map", unit=ctx.t(f"unit.{ctx.unit}"))
    frame = pair.units.copy()
    before, after = (
        table.get(_BUILT, pd.Series(0.0, index=table.index))
        for table in (pair.areas_before, pair.areas_after)
    )
    frame["net_m2"] = after.sub(before).to_numpy()
    spec, classes = graduated(
        "cover_units",
        title,
        "net_m2",
        frame["net_m2"],
        label_format=lambda value: formats.area(value, ctx.unit),
        id_column="unit",
        label_column="name",
        fields=(Field("net_m2", title, "area"),),
        source=pair.after.source,
    )
    frame[spec.column] = classes
    demonstration = pair.before.demonstration or pair.after.demonstration
    west, south, east, north = frame.total_bounds
    show_map(
        ctx,
        [
            base.neighbour().bind(boundaries.layer("neighbour")),
            base.province().bind(boundaries.layer("province")),
            spec.bind(frame, demonstration=demonstration),
            base.prefecture().bind(boundaries.layer("prefecture")),
        ],
        key="cover-map",
        height=_HEIGHT,
        bounds=(float(west), float(south), float(east), float(north)),
    )


def _net_chart(ctx: Context, pair: _Pair) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    section(t("land_use.raster.net", unit=unit))
    net = pair.net["net"].sort_values(ascending=False)
    frame = pd.DataFrame(
        {
            "name": [_group(ctx, name) for name in net.index],
            "net": [formats.in_unit(m2, ctx.unit) for m2 in net],
            "label": [formats.area(m2, ctx.unit) for m2 in net],
        }
    )
    positive = alt.datum.net >= 0
    y = alt.Y("name:N", sort=list(frame["name"]), title=None)
    x = alt.X("net:Q", title=None, scale=alt.Scale(padding=60))
    bar = (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.68})
        .encode(
            x=x,
            y=y,
            color=alt.condition(positive, alt.value(DIVERGING[-1]), alt.value(DIVERGING[0])),
            tooltip=["name:N", "label:N"],
        )
    )
    gained = alt.Chart(frame).transform_filter(positive).mark_text(align="left", dx=4)
    lost = alt.Chart(frame).transform_filter(~positive).mark_text(align="right", dx=-4)
    texts = [part.encode(x=x, y=y, text="label:N") for part in (gained, lost)]
    chart = alt.LayerChart(layer=[bar, *texts]).properties(height=ROW_HEIGHT * len(frame) + 40)
    show_chart(chart, key="cover-net", source=_sources(ctx, pair))


def _sources(ctx: Context, pair: _Pair) -> str:
    distinct = dict.fromkeys((pair.before.source, pair.after.source))
    return ctx.t("land_use.raster.source", source="；".join(distinct))


def _net_table(ctx: Context, pair: _Pair) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    years = {"before": _year(ctx, pair.before), "after": _year(ctx, pair.after)}
    labels = {
        key: t(f"land_use.raster.{key}_area", year=year, unit=unit) for key, year in years.items()
    }
    labels |= {key: t(f"land_use.raster.{key}", unit=unit) for key in ("lost", "gained")}
    labels["net"] = t("land_use.raster.net_area", unit=unit)
    table = pd.DataFrame(
        {t("land_use.raster.class"): [_group(ctx, name) for name in pair.net.index]}
    )
    for key, label in labels.items():
        table[label] = [formats.area(m2, ctx.unit) for m2 in pair.net[key]]
    table[t("land_use.raster.net_share")] = [formats.share(v) for v in pair.net["share"]]
    right = st.column_config.TextColumn(alignment="right")
    config = dict.fromkeys(table.columns[1:], right)
    st.dataframe(table, hide_index=True, key="cover-net-table", column_config=config)


def _matrix(ctx: Context, pair: _Pair) -> None:
    t = ctx.t
    section(
        t(
            "land_use.raster.matrix",
            unit=t(f"unit.{ctx.unit}"),
            before=_year(ctx, pair.before),
            after=_year(ctx, pair.after),
        ),
        help_text=t("land_use.raster.matrix_help"),
    )
    table = _written(ctx, pair.matrix)
    table.insert(0, t("land_use.raster.class"), [_group(ctx, name) for name in pair.matrix.index])
    right = st.column_config.TextColumn(alignment="right")
    config = dict.fromkeys(table.columns[1:], right)
    st.dataframe(table, hide_index=True, key="cover-matrix", column_config=config)
    skipped = formats.area(pair.skipped_m2, ctx.unit)
    st.caption(t("land_use.raster.skipped", area=skipped, unit=t(f"unit.{ctx.unit}")))


def _units(ctx: Context, pair: _Pair) -> None:
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    for info, areas in ((pair.before, pair.areas_before), (pair.after, pair.areas_after)):
        section(t("land_use.raster.units", unit=unit, title=info.title))
        table = _written(ctx, areas)
        names = pair.units[spoken(pair.units, "name", t)]
        table.insert(0, t("land_use.col.unit"), names.to_numpy())
        sums = areas.sum(axis=1)
        table[t("land_use.col.total")] = [formats.area(m2, ctx.unit) for m2 in sums]
        right = st.column_config.TextColumn(alignment="right")
        config = dict.fromkeys(table.columns[1:], right)
        key = f"cover-units-{info.name}"
        st.dataframe(table, hide_index=True, key=key, column_config=config)
    source_line(_sources(ctx, pair))


def _written(ctx: Context, areas: pd.DataFrame) -> pd.DataFrame:
    """Areas in m2 as text in the chosen unit, columns named by group."""
    return pd.DataFrame(
        {
            _group(ctx, name): [formats.area(m2, ctx.unit) for m2 in areas[name]]
            for name in areas.columns
        }
    )
