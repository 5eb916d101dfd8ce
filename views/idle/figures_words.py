"""Words that the parts of the figures share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from analytics.idle.definitions import DEFINITIONS, rules_behind
from analytics.idle.faults import left_out
from domain import formats
from domain.rules import Rule
from layers.palette import ACCENT
from views.charts import ROW_HEIGHT
from views.context import Context
from views.facts import Fact
from views.idle import words
from views.idle.figures_data import Both
from views.idle.run import IdleRun
from views.markup import plain

_NAMED: Final = 5
"""Batches in error that are named; the ledger page lists all."""
_ROOM: Final = 1.6
"""Length of the value axis over that of the longest bar."""


def figure_name(ctx: Context, key: str) -> str:
    """Name of a figure."""
    return ctx.t(f"figures.name.{key}")


def area_label(ctx: Context, key: str) -> str:
    """A heading with the unit of areas."""
    return ctx.t(key, unit=ctx.t(f"unit.{ctx.unit}"))


def in_unit(ctx: Context, area_m2: pd.Series) -> list[float]:
    """Areas as numbers of the unit, as exact as they are written."""
    return [round(formats.in_unit(m2, ctx.unit), 2 if ctx.unit == "ha" else 1) for m2 in area_m2]


def numbers(*columns: str) -> dict[str, Any]:
    """Columns of a table whose numbers have thousands separated and a minus sign."""
    return {name: st.column_config.NumberColumn(format="localized") for name in columns}


def areas(*columns: str) -> dict[str, Any]:
    """Columns of areas that are never negative, with two decimals throughout."""
    return {name: st.column_config.NumberColumn(format="accounting") for name in columns}


def share_words(ctx: Context, figure: str, value: float) -> str:
    """The share of a figure as it is written; of the cycle it is a number of years."""
    if DEFINITIONS[figure].kind == "years":
        return years_words(ctx, value)
    return formats.share(value)


def years_words(ctx: Context, value: float) -> str:
    """A number of years, with two decimals so that a column of them stands in line."""
    if formats.is_missing(value):
        return formats.MISSING
    return ctx.t("figures.years", value=f"{value:,.2f}")


def formatted(
    ctx: Context, table: pd.DataFrame, *, areas: Sequence[str] = (), counts: Sequence[str] = ()
) -> Styler:
    """A table whose numbers are written as everywhere else, and still sort as numbers.

    Args:
        ctx: The run of the page.
        table: Columns named as they are shown.
        areas: Columns of areas in the chosen unit: hectares with two decimals, mu with one.
        counts: Columns of whole numbers.
    """
    decimals = 2 if ctx.unit == "ha" else 1

    def written(places: int) -> Callable[[Any], str]:
        return lambda v: formats.MISSING if formats.is_missing(v) else f"{v:,.{places}f}"

    how: Any = {
        **dict.fromkeys(areas, written(decimals)),
        **dict.fromkeys(counts, written(0)),
    }
    # Labels of rows say nothing here, and a style needs them to be unique.
    return table.reset_index(drop=True).style.format(how)


def labelled_bars(
    frame: pd.DataFrame, *, value: str, category: str, title: str, text: str
) -> alt.LayerChart:
    """Horizontal bars in the order of the rows, with room for a long text behind each.

    Args:
        frame: One row a bar.
        value: Column of the lengths.
        category: Column of the names.
        title: Title of the value axis.
        text: Column of the texts.
    """
    longest = float(frame[value].max()) if len(frame) else 0.0
    scale = alt.Scale(zero=True, domainMax=longest * _ROOM) if longest > 0 else alt.Scale(zero=True)
    base = alt.Chart(frame).encode(
        x=alt.X(f"{value}:Q", title=title, scale=scale),
        y=alt.Y(f"{category}:N", title=None, sort=list(frame[category])),
        tooltip=[f"{category}:N", alt.Tooltip(f"{text}:N", title=title)],
    )
    bar = base.mark_bar(color=ACCENT, height={"band": 0.68})
    words_ = base.mark_text(align="left", dx=4).encode(text=alt.Text(f"{text}:N"))
    height = ROW_HEIGHT * max(len(frame), 1) + 36
    return alt.LayerChart(layer=[bar, words_]).properties(height=height)


def rule_fact(ctx: Context, rule: Rule) -> Fact:
    """A rule as a line of a card."""
    pick = ctx.t.pick
    return Fact(
        rule.id,
        pick(rule.title_zh, rule.title_en),
        rule.source,
        rule.status,
        pick(rule.article, rule.article_en),
    )


def notes_of(ctx: Context, run: IdleRun, land: Both, figure: str) -> dict[str, str]:
    """Definition and rules of a figure, for the last sheet of a file."""
    rules = rules_behind(DEFINITIONS[figure], run.rules, land.rules)
    words_ = {rule.id: rule_fact(ctx, rule).value for rule in rules}
    return {figure_name(ctx, figure): ctx.t(f"figures.def.{figure}"), **words_}


def status_words(ctx: Context, status: pd.Series) -> pd.Series:
    """Statuses in words; missing ones stay missing."""
    return words.statuses(ctx, status)


def note_left_out(ctx: Context, run: IdleRun, land: Both) -> None:
    """Say which parcels and batches no figure counts; nothing where all are counted."""
    parts = [part for part in (_parcels_out(ctx, run), _batches_out(ctx, land)) if part]
    if parts:
        st.warning(ctx.t("figures.left_out", parts=ctx.t.pick("；", "; ").join(parts)))


def _parcels_out(ctx: Context, run: IdleRun) -> str:
    if run.faults.empty:
        return ""
    out = left_out(run.everything, run.faults).iloc[-1]
    if not out["count"]:
        return ""
    return ctx.t(
        "figures.left_out_parcels",
        count=formats.count(out["count"]),
        area=formats.area(out["area_m2"], ctx.unit),
        unit=ctx.t(f"unit.{ctx.unit}"),
    )


def _batches_out(ctx: Context, land: Both) -> str:
    out = land.left_out
    if not out.count:
        return ""
    shown = plain(ctx.t.pick("、", ", ").join(out.names[:_NAMED]))
    more = ctx.t("figures.more") if out.count > _NAMED else ""
    return ctx.t(
        "figures.left_out_batches",
        count=formats.count(out.count),
        area=formats.area(out.area_m2, ctx.unit),
        unit=ctx.t(f"unit.{ctx.unit}"),
        names=shown + more,
    )
