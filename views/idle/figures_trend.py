"""How the figures of a place move: over days of one version, or over stored versions."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.idle.definitions import DEFINITIONS
from analytics.idle.rows import rows_behind
from analytics.idle.trend import MOST, month_ends, year_ends
from domain import formats
from export.references import cited
from store import Version
from views import address
from views.charts import show_chart
from views.context import Context
from views.day import FIRST_DAY, default_day
from views.frame import source_line
from views.idle.figures_data import land_at, trend_of
from views.idle.figures_rows import Behind, chosen_row, show_behind, table_key
from views.idle.figures_words import (
    area_label,
    figure_name,
    formatted,
    in_unit,
    notes_of,
    share_words,
)
from views.idle.run import IdleRun

OVER: Final = ("years", "months", "versions")
_FIRST: Final = "unused"
_HEIGHT: Final = 240


def show_trend(ctx: Context, run: IdleRun) -> None:
    """One figure over at most twelve points, as chart and table."""
    t = ctx.t
    address.seed("idle-trend", OVER, OVER[0])
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        over = st.segmented_control(
            t("figures.trend.over"),
            OVER,
            required=True,
            format_func=lambda key: t(f"figures.trend.over_{key}"),
            key="idle-trend",
            help=t("figures.trend.help", most=MOST),
        )
    address.keep("idle-trend", OVER[0])
    points = _points(ctx, run, over or OVER[0])
    found = trend_of(ctx, run, points)
    keys = [key for key in DEFINITIONS if key in set(found["figure"])]
    address.seed("idle-trend-figure", keys, _FIRST if _FIRST in keys else "idle")
    with right:
        figure = st.selectbox(
            t("figures.col.figure"),
            keys,
            format_func=lambda key: figure_name(ctx, key),
            key="idle-trend-figure",
        )
    address.keep("idle-trend-figure", _FIRST if _FIRST in keys else "idle")
    rows = found[found["figure"] == figure]
    _chart(ctx, rows, figure)
    row = _table(ctx, rows, figure)
    if row is None:
        st.caption(t("figures.choose_point"))
    else:
        _point_rows(ctx, run, points[int(rows["position"].iloc[row])], figure)
    source_line(t("figures.trend.source", version=cited(run.version)))


def _points(ctx: Context, run: IdleRun, over: str) -> list[tuple[str, Version, dt.date]]:
    if over == "versions":
        history = ctx.store.history(run.version.dataset, ctx.viewer)
        upto = [
            v for v in sorted(history, key=lambda v: v.number) if v.number <= run.version.number
        ]
        return [(v.id, v, default_day(v)) for v in upto[-MOST:]]
    ends = year_ends if over == "years" else month_ends
    days = ends(run.day, first=min(FIRST_DAY, run.day))
    return [(day.isoformat(), run.version, day) for day in days]


def _chart(ctx: Context, rows: pd.DataFrame, figure: str) -> None:
    """Area as a line, of the cycle its years, with count and share at each point."""
    years = DEFINITIONS[figure].kind == "years"
    title = figure_name(ctx, figure) if years else area_label(ctx, "figures.col.area")
    shares = [share_words(ctx, figure, share) for share in rows["share"]]
    frame = pd.DataFrame(
        {
            "label": rows["label"],
            "area": rows["share"] if years else in_unit(ctx, rows["area_m2"]),
            "text": [
                " · ".join((formats.area(m2, ctx.unit), formats.count(n), share))
                for m2, n, share in zip(rows["area_m2"], rows["count"], shares, strict=True)
            ],
        }
    ).dropna(subset=["area"])
    base = alt.Chart(frame).encode(
        x=alt.X("label:N", title=None, sort=list(frame["label"]), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("area:Q", title=title, scale=alt.Scale(zero=True)),
        tooltip=[alt.Tooltip("label:N", title=figure_name(ctx, figure)), alt.Tooltip("text:N")],
    )
    written = alt.Text("area:Q", format=",.2f" if years else ",.0f")
    label = base.mark_text(dy=-12).encode(text=written)
    chart = alt.LayerChart(layer=[base.mark_line(), base.mark_point(filled=True), label])
    show_chart(chart.properties(height=_HEIGHT), key="idle-trend-chart", source="")


def _point_rows(
    ctx: Context, run: IdleRun, point: tuple[str, Version, dt.date], figure: str
) -> None:
    """The rows behind a figure at one point: of its version, judged on its day."""
    label, version, day = point
    with st.spinner(ctx.t("figures.working")):
        land = land_at(ctx, run, version, day)
        rows = rows_behind(land.now, None, figure, rules=land.rules)
    behind = Behind(
        ctx.t("figures.of", figure=figure_name(ctx, figure), unit=label),
        rows,
        version=version,
        day=day.isoformat(),
        notes=notes_of(ctx, run, land, figure),
    )
    show_behind(ctx, run, behind, key="idle-trend-rows")


def _table(ctx: Context, rows: pd.DataFrame, figure: str) -> int | None:
    """Draw the table; gives the position of the point that is chosen."""
    t = ctx.t
    area, change = area_label(ctx, "figures.col.area"), area_label(ctx, "figures.trend.change_area")
    since = area_label(ctx, "figures.trend.since_first")
    shown = pd.DataFrame(
        {
            t("figures.trend.point"): rows["label"],
            t("figures.trend.day"): rows["day"].dt.date,
            t("figures.col.count"): rows["count"],
            area: in_unit(ctx, rows["area_m2"]),
            t("figures.col.share"): [share_words(ctx, figure, share) for share in rows["share"]],
            t("figures.trend.change_count"): rows["change_count"],
            change: in_unit(ctx, rows["change_m2"]),
            since: in_unit(ctx, rows["since_first_m2"]),
        }
    )
    counts = [t("figures.col.count"), t("figures.trend.change_count")]
    event: Any = st.dataframe(
        formatted(ctx, shown, areas=[area, change, since], counts=counts),
        hide_index=True,
        key=table_key("idle-trend-table", [figure, *rows["label"]]),
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={t("figures.col.share"): st.column_config.TextColumn(alignment="right")},
    )
    return chosen_row(event, len(rows))
