"""Charts of the belt page: revenue by year, and the strip along the axis."""

from __future__ import annotations

import altair as alt
import geopandas as gpd
import pandas as pd

from layers.palette import ACCENT, INK, ZONE_KIND
from views.charts import MUTED, ROW_HEIGHT
from views.context import Context

_CLUSTER = "#E37D30"
_TOP = 210
_PAD = {"left": 5, "right": 5, "top": 5, "bottom": 5}
_TURNS = 3
_CROWDED_KM = 8.0
"""A station this close to the next one leaves its name to the hover text."""
_AXIS = alt.Axis(minExtent=80, maxExtent=80)
"""Both charts of the strip give their vertical axis the same room, so that chainages align."""


def revenue(ctx: Context, series: pd.DataFrame, *, target: float) -> alt.LayerChart:
    """Figures by year against the target.

    Args:
        ctx: The run.
        series: Rows with ``year``, ``number``, ``contradicted`` and ``words``.
        target: Drawn as a line, in the unit of ``number``.
    """
    t = ctx.t
    frame = pd.DataFrame(
        {
            "label": [f"{y} · {w}" for y, w in zip(series["year"], series["words"], strict=True)],
            "number": series["number"].to_numpy(),
            "colour": series["contradicted"].map({True: MUTED, False: ACCENT}).to_numpy(),
            "source": series["source"].to_numpy(),
        }
    )
    bar = (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.68})
        .encode(
            x=alt.X("number:Q", title=t("belt.chart.axis"), scale=alt.Scale(zero=True)),
            y=alt.Y("label:N", sort=list(frame["label"]), title=None),
            color=alt.Color("colour:N", scale=None),
            tooltip=["label:N", "source:N"],
        )
    )
    goal = pd.DataFrame({"x": [target], "text": [t("belt.chart.goal", value=f"{target:,.0f}")]})
    rule = alt.Chart(goal).mark_rule(color=INK, strokeDash=[3, 3]).encode(x="x:Q")
    name = (
        alt.Chart(goal)
        .mark_text(align="right", dx=-4, dy=6, baseline="top", y=0)
        .encode(x="x:Q", text="text:N")
    )
    height = ROW_HEIGHT * len(frame)
    return alt.LayerChart(layer=[bar, rule, name]).properties(height=height)


def strip_revenue(ctx: Context, places: gpd.GeoDataFrame, *, length_km: float) -> alt.LayerChart:
    """Clusters with a published revenue along the axis.

    Args:
        ctx: The run.
        places: Result of :func:`analytics.belt.places`.
        length_km: Length of the axis.
    """
    known = _named(ctx, places[places["revenue_yi"].notna()])
    points = alt.Chart(known).encode(
        x=alt.X(
            "chainage_km:Q",
            scale=_along(length_km),
            title=ctx.t("belt.strip.x"),
            axis=alt.Axis(tickCount=14),
        ),
        y=alt.Y(
            "revenue_yi:Q", title=ctx.t("belt.strip.y"), scale=alt.Scale(zero=True), axis=_AXIS
        ),
        tooltip=[
            "name:N",
            alt.Tooltip("revenue_yi:Q"),
            alt.Tooltip("revenue_year:N"),
            alt.Tooltip("chainage_km:Q", format=".1f"),
        ],
    )
    stems = points.mark_rule(color=MUTED).encode(y2=alt.datum(0))
    dots = points.mark_point(filled=True, size=80, color=_CLUSTER, opacity=1)
    named = points.transform_calculate(
        label="datum.name + ' ' + format(datum.revenue_yi, ',') + ' (' + datum.revenue_year + ')'"
    )
    # Neighbours along the axis write on several heights, so that they do not cover each other.
    names = [
        named.transform_filter(alt.datum.turn == turn)
        .mark_text(align="left", dx=7, dy=-4 - 14 * turn)
        .encode(text="label:N")
        for turn in range(_TURNS)
    ]
    return alt.LayerChart(layer=[stems, dots, *names]).properties(height=_TOP, padding=_PAD)


def strip_rows(
    ctx: Context, places: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, *, length_km: float
) -> alt.LayerChart:
    """What has no published revenue, in rows of its own: never at zero; stations below.

    Args:
        ctx: The run.
        places: Result of :func:`analytics.belt.places`.
        stations: Result of :func:`analytics.belt.stations`.
        length_km: Length of the axis.
    """
    rows = {name: ctx.t(f"belt.strip.{name}") for name in ("unknown", "zones", "stations")}
    below = _rows_below(ctx, places, stations, rows)
    base = alt.Chart(below).encode(
        x=alt.X(
            "chainage_km:Q",
            scale=_along(length_km),
            title=None,
            # Invisible figures keep the room that those of the chart above take.
            axis=alt.Axis(orient="top", tickCount=14, labelOpacity=0, domain=False, ticks=False),
        ),
        y=alt.Y("row:N", sort=list(rows.values()), title=ctx.t("belt.strip.kind"), axis=_AXIS),
        tooltip=[
            "name:N",
            alt.Tooltip("chainage_km:Q", format=".1f"),
            alt.Tooltip("distance_km:Q", format=".1f"),
        ],
    )
    marks = base.mark_point(filled=True, size=70, opacity=0.9).encode(
        shape=alt.Shape("glyph:N", scale=None), color=alt.Color("colour:N", scale=None)
    )
    names = (
        base.transform_filter(alt.datum.named)
        .mark_text(align="right", angle=300, dx=-8, dy=3, fontSize=11)
        .encode(text="name:N")
    )
    # The names of the stations hang below the plot.
    return alt.LayerChart(layer=[marks, names]).properties(
        height=180, padding=_PAD | {"bottom": 40}
    )


def _rows_below(
    ctx: Context, places: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, rows: dict[str, str]
) -> pd.DataFrame:
    found = _named(ctx, places)
    cluster = found["place_kind"] == "cluster"
    unknown = found[cluster & found["revenue_yi"].isna()]
    ticks = pd.DataFrame(stations[["chainage_km", "distance_km"]]).assign(
        name=stations[ctx.t.pick("station_zh", "station_en")],
        named=~stations["proxy"] & ~(stations["chainage_km"].diff(-1).abs() < _CROWDED_KM),
    )
    return pd.concat(
        [
            unknown.assign(row=rows["unknown"], glyph="circle", colour=_CLUSTER, named=False),
            found[~cluster].assign(
                row=rows["zones"], glyph="diamond", colour=ZONE_KIND["htdz"], named=False
            ),
            ticks.assign(row=rows["stations"], glyph="square", colour=ACCENT),
        ],
        ignore_index=True,
    )


def _named(ctx: Context, places: gpd.GeoDataFrame) -> pd.DataFrame:
    columns = ["place_kind", "revenue_yi", "revenue_year", "chainage_km", "distance_km"]
    frame = pd.DataFrame(places[columns]).reset_index(drop=True)
    names = places[ctx.t.pick("name_zh", "name_en")].to_numpy()
    return frame.assign(name=names, turn=frame.index.to_numpy() % _TURNS)


def _along(length_km: float) -> alt.Scale:
    return alt.Scale(domain=[0, length_km], nice=False)
