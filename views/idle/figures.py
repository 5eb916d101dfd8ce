"""The figures of the idle-land page: four numbers each, and what is behind every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.idle.definitions import DEFINITIONS, certainty_of, rules_behind
from analytics.idle.rows import rows_behind
from domain import formats
from domain.paths import STATIC
from export.references import cited
from views import address
from views.context import Context
from views.facts import Card, Fact, fact, show_card
from views.frame import empty_state, section, source_line
from views.idle.figures_alerts import show_alerts
from views.idle.figures_data import Both, both, table_of
from views.idle.figures_parts import show_age, show_causes, show_ranking
from views.idle.figures_rows import Behind, chosen_row, show_behind, table_key
from views.idle.figures_trend import show_trend
from views.idle.figures_words import (
    area_label,
    figure_name,
    formatted,
    in_unit,
    note_left_out,
    notes_of,
    rule_fact,
    share_words,
)
from views.idle.run import IdleRun

VIEW: Final = "idle-figures-view"
SUMMARY: Final = "summary"
_HEIGHT: Final = 420


def show_figures(ctx: Context, run: IdleRun) -> None:
    """Draw the figures of the run's place.

    Args:
        ctx: The run of the page.
        run: What the page is about.
    """
    views: dict[str, Callable[[Context, IdleRun], None]] = {
        SUMMARY: _summary,
        "ranking": show_ranking,
        "causes": show_causes,
        "age": show_age,
        "trend": show_trend,
        "alerts": show_alerts,
    }
    chosen = address.switch(
        VIEW,
        list(views),
        SUMMARY,
        label=ctx.t("figures.view"),
        names=lambda name: ctx.t(f"figures.view_{name}"),
    )
    views[chosen](ctx, run)


def _summary(ctx: Context, run: IdleRun) -> None:
    t = ctx.t
    table = table_of(ctx, run, None)
    if table.empty:
        empty_state(t("figures.empty"))
        return
    land = both(ctx, run)
    note_left_out(ctx, run, land)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        chosen = _four_numbers(ctx, table, land)
    with right:
        row = table[table["figure"] == chosen].iloc[0]
        st.html(STATIC / "ganyuan" / "card.css")
        show_card(ctx, definition_card(ctx, run, land, row))
    _rows(ctx, run, land, chosen)
    source_line(t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _four_numbers(ctx: Context, table: pd.DataFrame, land: Both) -> str:
    """Count, area, share and change of every figure; gives the one that is selected."""
    t = ctx.t
    config = st.column_config
    area, change = area_label(ctx, "figures.col.area"), area_label(ctx, "figures.col.change_area")
    shown = pd.DataFrame(
        {
            t("figures.col.figure"): [figure_name(ctx, key) for key in table["figure"]],
            t("figures.col.count"): table["count"],
            area: in_unit(ctx, table["area_m2"]),
            t("figures.col.share"): [
                share_words(ctx, row["figure"], row["share"]) for row in table.to_dict("records")
            ],
            t("figures.col.change_count"): table["change_count"],
            change: in_unit(ctx, table["change_m2"]),
        }
    )
    counts = [t("figures.col.count"), t("figures.col.change_count")]
    section(t("figures.summary", baseline=land.before.day.isoformat()), help_text=t("figures.help"))
    event: Any = st.dataframe(
        formatted(ctx, shown, areas=[area, change], counts=counts),
        hide_index=True,
        height=_HEIGHT,
        key=table_key("idle-figures", table["figure"].tolist()),
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            t("figures.col.figure"): config.TextColumn(pinned=True),
            t("figures.col.share"): config.TextColumn(
                alignment="right", help=t("figures.col.share_help")
            ),
        },
    )
    return str(table["figure"].iloc[chosen_row(event, len(table)) or 0])


def definition_card(ctx: Context, run: IdleRun, land: Both, row: pd.Series) -> Card:
    """What a figure means, what it is made of here, and which rules it rests on.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        land: The land behind the figures.
        row: One row of :func:`analytics.idle.figures.figures`.
    """
    t, key = ctx.t, str(row["figure"])
    definition = DEFINITIONS[key]
    rules = rules_behind(definition, run.rules, land.rules)
    certainty = certainty_of(definition, run.rules, land.rules)
    result = share_words(ctx, key, row["share"])
    made = [
        Fact(t("figures.card.formula"), t(f"figures.def.{key}"), definition.source, certainty),
        Fact(t("figures.card.numerator"), _counted(ctx, row["count"], row["area_m2"])),
        Fact(t("figures.card.denominator"), _denominator(ctx, definition.kind, row)),
        Fact(t("figures.card.result"), result, note=_by_count(ctx, row)),
        fact(
            t("figures.card.before", baseline=land.before.day.isoformat()),
            _counted(ctx, row["before_count"], row["before_m2"]),
        ),
        Fact(t("figures.card.basis"), t(f"figures.basis.{definition.basis}")),
    ]
    return Card(
        title=figure_name(ctx, key),
        kind=t("figures.card.kind", place=run.place.name(ctx), date=run.day.isoformat()),
        facts=(("", made), (t("figures.card.rules"), [rule_fact(ctx, rule) for rule in rules])),
        demonstration=run.version.demonstration,
        source=cited(run.version),
    )


def _counted(ctx: Context, count: Any, area_m2: Any) -> str:  # noqa: ANN401 - cells
    if formats.is_missing(area_m2):
        return formats.MISSING
    return ctx.t(
        "figures.counted",
        count=formats.count(count),
        area=formats.area(area_m2, ctx.unit),
        unit=ctx.t(f"unit.{ctx.unit}"),
    )


def _denominator(ctx: Context, kind: str, row: pd.Series) -> str:
    if kind == "years":
        pace = formats.area(row["of_m2"], ctx.unit)
        return ctx.t("figures.pace", area=pace, unit=ctx.t(f"unit.{ctx.unit}"))
    return _counted(ctx, row["of_count"], row["of_m2"])


def _by_count(ctx: Context, row: pd.Series) -> str:
    if formats.is_missing(row["share_count"]):
        return ""
    return ctx.t("figures.by_count", share=formats.share(row["share_count"]))


def _rows(ctx: Context, run: IdleRun, land: Both, figure: str) -> None:
    """The rows behind the selected figure, with the files."""
    rows = rows_behind(land.now, land.before, figure, rules=land.rules)
    notes = notes_of(ctx, run, land, figure)
    behind = Behind(figure_name(ctx, figure), rows, notes=notes)
    show_behind(ctx, run, behind, key="idle-figure-rows")
