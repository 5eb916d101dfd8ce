"""Charts of the belt page: revenue by year, and the strip along the axis."""

from __future__ import annotations

import altair as alt
import geopandas as gpd
import pandas as pd

from layers.palette import ACCENT, INK, ZONE_KIND
from views.charts import MUTED, ROW_HEIGHT
from views.context import Context

_CLUSTER = "#E37D30"
_TOP = 190


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
    height = ROW_HEIGHT * len(frame) + 20
    return alt.LayerChart(layer=[bar, rule, name]).properties(height=height)


def strip(
    ctx: Context, places: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, *, length_km: float
) -> alt.VConcatChart:
    """Position along the axis against revenue; what has no revenue stands below, never at zero.

    Args:
        ctx: The run.
        places: Result of :func:`analytics.belt.places`.
        stations: Result of :func:`analytics.belt.stations`.
        length_km: Length of the axis.
    """
    t = ctx.t
    columns = [
        "name_zh",
        "name_en",
        "place_kind",
        "revenue_yi",
        "revenue_year",
        "chainage_km",
        "distance_km",
    ]
    frame = pd.DataFrame(places[columns])
    frame["name"] = frame[t.pick("name_zh", "name_en")]
    clusters = frame[frame["place_kind"] == "cluster"]
    known, unknown = (
        clusters[clusters["revenue_yi"].notna()],
        clusters[clusters["revenue_yi"].isna()],
    )
    below = pd.concat(
        [
            unknown.assign(row=t("belt.strip.unknown"), glyph="circle", colour=_CLUSTER),
            frame[frame["place_kind"] == "zone"].assign(
                row=t("belt.strip.zones"), glyph="diamond", colour=ZONE_KIND["htdz"]
            ),
            pd.DataFrame(
                {
                    "name": stations["station_zh"],
                    "chainage_km": stations["chainage_km"],
                    "distance_km": stations["distance_km"],
                    "row": t("belt.strip.stations"),
                    "glyph": "square",
                    "colour": ACCENT,
                }
            ),
        ],
        ignore_index=True,
    )
    scale = alt.Scale(domain=[0, length_km], nice=False)
    upper = _revenue_points(ctx, known, scale)
    lower = _rows_below(ctx, below, scale)
    both = alt.VConcatChart(vconcat=[upper, lower], spacing=4)
    shared: alt.VConcatChart = both.resolve_scale(x="shared")
    return shared


def _revenue_points(ctx: Context, known: pd.DataFrame, scale: alt.Scale) -> alt.LayerChart:
    points = alt.Chart(known).encode(
        x=alt.X("chainage_km:Q", scale=scale, axis=alt.Axis(labels=False, title=None)),
        y=alt.Y("revenue_yi:Q", title=ctx.t("belt.strip.y"), scale=alt.Scale(zero=True)),
        tooltip=[
            "name:N",
            alt.Tooltip("revenue_yi:Q"),
            alt.Tooltip("revenue_year:N"),
            alt.Tooltip("chainage_km:Q", format=".1f"),
        ],
    )
    stems = points.mark_rule(color=MUTED).encode(y2=alt.datum(0))
    dots = points.mark_point(filled=True, size=80, color=_CLUSTER, opacity=1)
    names = (
        points.transform_calculate(
            label="datum.name + ' ' + format(datum.revenue_yi, ',')"
            " + ' (' + datum.revenue_year + ')'"
        )
        .mark_text(align="left", dx=7, dy=-4)
        .encode(text="label:N")
    )
    return alt.LayerChart(layer=[stems, dots, names]).properties(height=_TOP, width="container")


def _rows_below(ctx: Context, below: pd.DataFrame, scale: alt.Scale) -> alt.LayerChart:
    order = [ctx.t(f"belt.strip.{row}") for row in ("unknown", "zones", "stations")]
    base = alt.Chart(below).encode(
        x=alt.X("chainage_km:Q", scale=scale, title=ctx.t("belt.strip.x")),
        y=alt.Y("row:N", sort=order, title=None),
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
        base.transform_filter(alt.datum.row == order[-1])
        .mark_text(align="center", dy=16, fontSize=11)
        .encode(text="name:N")
    )
    return alt.LayerChart(layer=[marks, names]).properties(height=110, width="container")
