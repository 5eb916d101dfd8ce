"""One style for every chart of the product."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd
import streamlit as st

from layers.palette import ACCENT, COUNTY_LINE, INK
from views.frame import source_line

FONT: Final = "'Noto Sans SC', 'Noto Sans CJK SC', sans-serif"
MUTED: Final = "#A9B4BF"
"""Bars that are context, not the answer."""
GRID: Final = "#ECECEC"
ROW_HEIGHT: Final = 24
"""Height of one horizontal bar in pixels."""

_BEYOND: Final = 1.2
_AXIS_ROOM: Final = 36

AnyChart = alt.Chart | alt.LayerChart


def styled(chart: AnyChart) -> AnyChart:
    """The chart with the fonts, colours and grid of the product.

    Args:
        chart: A finished chart without configuration of its own.

    Returns:
        A new chart; the argument stays as it is.
    """
    out: AnyChart = (
        chart.configure(background="#FFFFFF", font=FONT)
        .configure_view(strokeWidth=0)
        .configure_axis(
            domainColor=COUNTY_LINE,
            tickColor=COUNTY_LINE,
            gridColor=GRID,
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=260,
        )
        .configure_legend(
            orient="top",
            title=None,
            labelColor=INK,
            labelFontSize=12,
            labelLimit=320,
            symbolStrokeWidth=1,
        )
        .configure_text(color=INK, fontSize=12, font=FONT)
        .configure_bar(color=ACCENT)
        .configure_line(color=ACCENT, strokeWidth=2)
        .configure_point(color=ACCENT, size=60)
    )
    return out


def show_chart(chart: AnyChart, *, key: str, source: str) -> None:
    """Draw a chart over the full width, with the line that names its source.

    Args:
        chart: A finished chart without configuration of its own.
        key: Key of the widget.
        source: Where the figures come from, in the words of the page.
    """
    st.altair_chart(styled(chart), width="stretch", theme=None, key=key)
    if source:
        source_line(source)


def _room(values: pd.Series) -> alt.Scale:
    """From zero to a little beyond the longest bar, whose figure stands behind it."""
    longest = values.max()
    return (
        alt.Scale(zero=True, domainMax=longest * _BEYOND) if longest > 0 else alt.Scale(zero=True)
    )


def bars(
    frame: pd.DataFrame,
    *,
    value: str,
    category: str,
    value_title: str,
    colour: str = ACCENT,
    text: str | None = None,
    sort: str | list[str] = "-x",
) -> alt.LayerChart:
    """Horizontal bars with their figures behind them.

    Args:
        frame: One row a bar.
        value: Column of the lengths; the axis begins at zero.
        category: Column of the names.
        value_title: Title of the value axis with its unit.
        colour: Fill of the bars.
        text: Column of the figures as text; the value itself where None.
        sort: Vega sort of the names; longest first by default.
    """
    base = alt.Chart(frame).encode(
        x=alt.X(f"{value}:Q", title=value_title, scale=_room(frame[value])),
        y=alt.Y(f"{category}:N", title=None, sort=sort),
        tooltip=[f"{category}:N", alt.Tooltip(f"{text or value}", title=value_title)],
    )
    label = alt.Text(f"{text}:N") if text else alt.Text(f"{value}:Q", format=",.4~g")
    bar = base.mark_bar(color=colour, height={"band": 0.68})
    figure = base.mark_text(align="left", dx=4).encode(text=label)
    height = ROW_HEIGHT * max(len(frame), 1) + _AXIS_ROOM
    return alt.LayerChart(layer=[bar, figure]).properties(height=height)
