"""Overview: the province at a glance, and doors to the other pages."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Final

import geopandas as gpd
import pandas as pd
import streamlit as st

from analytics.consolidation import candidates as consolidation
from analytics.consolidation.published import published_inputs
from analytics.idle.faults import left_out, without_left_out
from analytics.idle.totals import summarise
from analytics.overview import (
    FIGURES,
    Headline,
    PrefectureFigure,
    entered,
    headlines,
    prefecture_figures,
    standing,
)
from domain import boundaries, formats, reference
from domain.rules import load_rules
from export.references import cited
from layers.catalogue import base
from layers.graduated import graduated
from layers.palette import ACCENT
from store import Version
from views import charts, data
from views.context import Context
from views.frame import (
    Figure,
    demonstration_ribbon,
    door,
    empty_state,
    key_figures,
    title_line,
)
from views.idle.run import faults_on
from views.kept_ledgers import kept_ledger
from views.map_panel import show_map

_DOORS = (
    "map", "browse", "land-use", "idle", "evaluation", "consolidation", "belt", "targets", "upload",
    "reports",
)  # fmt: skip
_MAP_HEIGHT = 400
_DATED: Final = re.compile(r".*?\d{4}-\d{2}-\d{2}")


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    figure = _chosen(ctx)
    current = data.current_version(ctx)
    version = cited(current) if current and figure.from_parcels else ""
    title_line(
        ctx,
        t("overview.title"),
        place=t("overview.place"),
        as_of=t("overview.year", year=figure.year) if figure.year else data.as_of(ctx).isoformat(),
        version=version,
        help_text=t("overview.help"),
    )
    if figure.from_parcels and current and current.demonstration:
        demonstration_ribbon(ctx)
    _key_figures(ctx)
    table = _table(ctx, current if figure.from_parcels else None)
    if figure.from_parcels and current is None:
        empty_state(t("overview.no_parcels"), next_step=t("overview.no_parcels_next"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(ctx, table, figure, demonstration=bool(current and current.demonstration))
    with right:
        _ranking(ctx, table, figure, version)
    _doors(ctx)


def _chosen(ctx: Context) -> PrefectureFigure:
    by_id = {f.id: f for f in FIGURES}
    with st.sidebar:
        chosen = st.radio(
            ctx.t("overview.figure"),
            list(by_id),
            format_func=lambda name: ctx.t(f"overview.figure_{name}"),
            key="overview-figure",
        )
    return by_id[chosen or FIGURES[0].id]


def _key_figures(ctx: Context) -> None:
    t = ctx.t
    figures = [_headline(ctx, line) for line in headlines(reference.table("actuals"))]
    alive = standing(reference.table("zones"))
    zones = Figure(
        t("overview.headline_zones"),
        formats.count(alive.sum()),
        t("unit.zones"),
        t("overview.zones_note", gone=formats.count((~alive).sum())),
    )
    key_figures([zones, *figures])


def _headline(ctx: Context, line: Headline) -> Figure:
    return Figure(
        ctx.t(f"overview.headline_{line.id}"),
        formats.number(line.value),
        ctx.t.get(f"unit.{line.unit}", line.unit),
        ctx.t("overview.period_source", period=_period(ctx, line), source=_brief(line.source)),
        ctx.t("overview.period_source", period=line.period, source=line.source),
    )


def _period(ctx: Context, line: Headline) -> str:
    """The period in words of the page, as far as they are known."""
    if line.period.isdigit():
        return ctx.t("overview.year", year=line.period)
    return ctx.t.get(f"overview.period.{line.period}", line.period)


def _brief(source: str) -> str:
    """Who said it and on which day; the full source is shown when hovering."""
    found = _DATED.match(source)
    return found.group() if found else source


def _table(ctx: Context, version: Version | None) -> pd.DataFrame:
    land = None
    if version:
        day = data.as_of(ctx)
        parcels = data.judged(ctx, version, day)
        faults = faults_on(ctx, version, day, parcels)
        sound = without_left_out(parcels, faults)
        land = summarise(sound, sound, by="prefecture_adcode")
        _note_left_out(ctx, left_out(parcels, faults).iloc[-1])
    return prefecture_figures(
        reference.table("prefectures"), reference.zones(), reference.clusters(), land
    )


def _note_left_out(ctx: Context, out: pd.Series) -> None:
    """Say which parcels no figure counts; nothing where all are counted."""
    if out["count"]:
        st.caption(
            ctx.t(
                "overview.left_out",
                count=formats.count(out["count"]),
                area=formats.area(out["area_m2"], ctx.unit),
                unit=ctx.t(f"unit.{ctx.unit}"),
            )
        )


def _unit(ctx: Context, figure: PrefectureFigure) -> str:
    if figure.format == "area":
        return ctx.t(f"unit.{ctx.unit}")
    return ctx.t(figure.unit) if figure.unit else ""


def _title(ctx: Context, figure: PrefectureFigure) -> str:
    name = ctx.t(f"overview.figure_{figure.id}")
    year = figure.year or data.as_of(ctx).isoformat()
    unit = _unit(ctx, figure) or ctx.t("overview.share_of")
    return ctx.t("overview.map_title", figure=name, year=year, unit=unit)


def _written(ctx: Context, figure: PrefectureFigure, value: float) -> str:
    if figure.format == "area":
        return formats.area(value, ctx.unit)
    if figure.format == "share":
        return formats.share(value)
    if figure.format == "count":
        return formats.count(value)
    return formats.MISSING if formats.is_missing(value) else f"{value:,.1f}"


def _map(
    ctx: Context, table: pd.DataFrame, figure: PrefectureFigure, *, demonstration: bool
) -> None:
    shapes = boundaries.layer("prefecture").set_index("adcode", drop=False)
    frame = gpd.GeoDataFrame(
        shapes.join(table[[figure.id]]), geometry="geometry", crs=shapes.crs
    ).reset_index(drop=True)
    spec, classes = graduated(
        "overview",
        _title(ctx, figure),
        figure.id,
        frame[figure.id],
        label_format=lambda value: _written(ctx, figure, value),
    )
    frame[spec.column] = classes
    bound = spec.bind(frame, demonstration=figure.from_parcels and demonstration)
    show_map(
        ctx,
        [
            base.neighbour().bind(boundaries.layer("neighbour")),
            bound,
            base.prefecture().bind(frame),
        ],
        key="overview-map",
        height=_MAP_HEIGHT,
    )


def _ranking(ctx: Context, table: pd.DataFrame, figure: PrefectureFigure, version: str) -> None:
    name = "name_zh" if ctx.t.language == "zh_CN" else "name_en"
    rows = table[[name, figure.id]].rename(columns={name: "name", figure.id: "value"})
    rows["text"] = [_written(ctx, figure, value) for value in rows["value"]]
    chart = charts.bars(
        rows.reset_index(drop=True),
        value="value",
        category="name",
        value_title=_title(ctx, figure),
        colour=ACCENT,
        text="text",
    )
    source = (
        ctx.t("overview.source_parcels", version=version)
        if figure.from_parcels
        else ctx.t(f"overview.source_{figure.id}")
    )
    charts.show_chart(chart, key="overview-ranking", source=source)


def _doors(ctx: Context) -> None:
    told = {"evaluation": _entered(ctx), "consolidation": _pairs(ctx)}
    with st.container(key="gy-doors"):
        for path in _DOORS:
            key = path.replace("-", "_")
            with st.container(key=f"gy-door-{path}", gap=None):
                door(ctx, path, ctx.t(f"nav.{key}"))
                st.caption(told.get(path) or ctx.t(f"overview.door_{key}"))


def _entered(ctx: Context) -> str:
    """How many zones have yearly figures; empty where none has."""
    found = entered(kept_ledger(ctx.store, "indicators", ctx.viewer)[1], as_of=data.as_of(ctx))
    if found is None:
        return ""
    said = ctx.t("overview.entered", n=formats.count(found.zones), year=found.year)
    return said + (ctx.t("overview.made_up") if found.demonstration else "")


def _pairs(ctx: Context) -> str:
    return ctx.t("overview.pairs", n=formats.count(_published_pairs(data.as_of(ctx))))


@lru_cache(maxsize=8)
def _published_pairs(day: dt.date) -> int:
    """Pairs that the published lists alone give a rank: nothing made up is among their facts."""
    rules = load_rules("consolidation", as_of=day)
    pairs = consolidation.candidates(published_inputs(), as_of=day, rules=rules)
    return int(pairs["enough_known"].sum())
