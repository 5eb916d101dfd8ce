"""Figures of a unit before and after: as a table, as bars, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.consolidation.whatif import Card, bar_lengths
from domain import formats
from layers.palette import ACCENT
from views import places, tables
from views.charts import show_chart
from views.consolidation import words
from views.context import Context
from views.downloads import download_table

SHOWN: Final = {
    "area_m2": 2, "revenue_yi": 1, "tax_per_mu": 2, "sectors": 0, "idle_parcels": 0,
    "idle_share": 1, "digestion_years": 1, "bodies": 0,
}  # fmt: skip
"""Figures of the card in order, and their decimals."""
SIDES: Final = ("host", "absorbed", "after")
_AREAS: Final = frozenset({"area_m2"})
_SHARES: Final = frozenset({"idle_share"})
_COLOURS: Final = {"host": "#C8631B", "absorbed": "#F0B27A", "after": ACCENT}
_BAR: Final = 16
_APART: Final = 0.3
"""Of the room of a figure, between it and the next one."""
_LEGEND: Final = 56
"""Pixels that the legend takes of the height."""
_ROOM: Final = 1.35
"""Bars end before the figures behind them do."""


def card_table(ctx: Context, found: Card, *, key: str) -> None:
    """Draw the figures of both sides and of the unit, and whose figure is missing.

    Args:
        ctx: The run of the page.
        found: The card.
        key: Key of the table.
    """
    t = ctx.t
    shown = pd.DataFrame(
        {
            "figure": [figure_name(ctx, name) for name in SHOWN],
            **{side: [_told(ctx, found, name, side) for name in SHOWN] for side in SIDES},
            "missing": [_missing(ctx, found.figures.loc[name, "missing"]) for name in SHOWN],
        }
    )
    text = st.column_config.TextColumn
    config: dict[str, Any] = {
        "figure": text(t("conplan.col.figure"), width=tables.text_width(shown["figure"])),
        **{side: text(t(f"conplan.side.{side}"), alignment="right") for side in SIDES},
        "missing": text(
            t("conplan.col.missing"),
            width=tables.text_width([t("conplan.col.missing"), *shown["missing"]]),
        ),
    }
    st.dataframe(shown, column_config=config, hide_index=True, height="content", key=key)


def before_after_chart(ctx: Context, found: Card, *, key: str) -> None:
    """Draw the known figures as bars; each figure has a scale of its own.

    Args:
        ctx: The run of the page.
        found: The card.
        key: Key of the chart.
    """
    t = ctx.t
    lengths = bar_lengths(found.figures.loc[list(SHOWN), list(SIDES)])
    rows = [
        {
            "figure": figure_name(ctx, name),
            "side": t(f"conplan.side.{side}"),
            "length": lengths.loc[name, side],
            "told": _told(ctx, found, name, side),
        }
        for name in SHOWN
        for side in SIDES
        if not formats.is_missing(lengths.loc[name, side])
    ]
    if not rows:
        return
    frame = pd.DataFrame(rows)
    sides = [t(f"conplan.side.{side}") for side in SIDES]
    base = alt.Chart(frame).encode(
        x=alt.X("length:Q", title=None, axis=None, scale=alt.Scale(domain=[0, _ROOM])),
        y=alt.Y(
            "figure:N",
            title=None,
            scale=alt.Scale(paddingInner=_APART),
            sort=[figure_name(ctx, name) for name in SHOWN],
        ),
        yOffset=alt.YOffset("side:N", sort=sides),
        tooltip=[alt.Tooltip(f"{c}:N", title=t(f"conunit.col.{c}")) for c in
                 ("figure", "side", "told")],
    )  # fmt: skip
    colours = alt.Scale(domain=sides, range=[_COLOURS[side] for side in SIDES])
    # The legend begins right of the names of the figures: three sides do not fit in one line.
    legend = alt.Legend(columns=2)
    bars = base.mark_bar(height={"band": 0.85}).encode(
        color=alt.Color("side:N", scale=colours, legend=legend)
    )
    labels = base.mark_text(align="left", dx=4, fontSize=11).encode(text="told:N")
    bands = len(SIDES) * frame["figure"].nunique() / (1 - _APART)
    height = round(_BAR * bands) + _LEGEND
    chart = alt.LayerChart(layer=[bars, labels]).properties(height=height)
    show_chart(chart, key=key, source=t("conunit.bars_note"))


def card_file(
    ctx: Context, found: Card, *, key: str, notes: Mapping[str, str], demonstration: bool
) -> None:
    """Draw the buttons for the card as a file.

    Args:
        ctx: The run of the page.
        found: The card.
        key: Key of the buttons.
        notes: What else it says, and what it rests on.
        demonstration: Made-up figures are among it.
    """
    t = ctx.t
    sides = ("host", "absorbed", "before", "after")

    def table() -> pd.DataFrame:
        return pd.DataFrame(
            {
                t("conplan.col.figure"): [figure_name(ctx, name) for name in SHOWN],
                **{
                    t(f"conplan.side.{side}"): [_number(ctx, found, n, side) for n in SHOWN]
                    for side in sides
                },
                t("conplan.col.missing"): [
                    _missing(ctx, found.figures.loc[name, "missing"]) for name in SHOWN
                ],
            }
        )

    download_table(
        ctx,
        table,
        key=key,
        name=t("conunit.file_name"),
        kinds={t(f"conplan.side.{side}"): "number" for side in sides},
        notes=notes,
        demonstration=demonstration,
    )


def figure_name(ctx: Context, name: str) -> str:
    """A figure of the card with its unit."""
    return ctx.t(f"conplan.what.{name}", unit=ctx.t(f"unit.{ctx.unit}"))


def _value(found: Card, name: str, side: str) -> float:
    return float(found.figures[side].astype("float64")[name])


def _told(ctx: Context, found: Card, name: str, side: str) -> str:
    value = _value(found, name, side)
    if formats.is_missing(value):
        return formats.MISSING
    if name in _AREAS:
        return formats.area(value, ctx.unit)
    return formats.share(value) if name in _SHARES else formats.number(value, SHOWN[name])


def _number(ctx: Context, found: Card, name: str, side: str) -> float | None:
    """The figure as a number of the unit that its name tells; shares as they are."""
    value = _value(found, name, side)
    if formats.is_missing(value):
        return None
    return formats.in_unit(value, ctx.unit) if name in _AREAS else value


def _missing(ctx: Context, zones: object) -> str:
    """Which zones lack a figure, in words."""
    t, names = ctx.t, places.unit_names(ctx, "zone_id")
    if str(zones) == "year":
        return t("conplan.other_year")
    listed = [words.short(names.get(zone, zone)) for zone in str(zones).split(";") if zone]
    return t.pick("、", ", ").join(listed)
