"""Entered figures beside those that are worked out, zone by zone."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.evaluation import zone_figures
from domain import formats
from export.workbook import Kind
from views import address, tables
from views.context import Context
from views.downloads import download_table, rule_notes
from views.evaluation import words
from views.evaluation.rows import show_rows
from views.evaluation.run import Run
from views.evaluation.zone import choose_zone
from views.frame import door, empty_state, section, source_line

STATE: Final = "evaluation-state"
STATES: Final = ("differ", "agree", "entered_only", "computed_only")
_ALL: Final = "all"
_TABLE_HEIGHT: Final = 430


def comparison(run: Run) -> pd.DataFrame:
    """Entered and computed figures of the zones of the choice; the largest differences first."""
    table = zone_figures.comparison(run.figures, rules=run.rules)
    here = table[table["zone"].isin(run.listed)]
    order = here["relative"].abs().sort_values(ascending=False, na_position="last").index
    return here.loc[order]


def show_compare(ctx: Context, run: Run) -> None:
    """Draw the part."""
    t = ctx.t
    table = comparison(run)
    section(t("evaluation.compare.title"), help_text=t("evaluation.compare.help"))
    limit = formats.share(run.rules.value("INT-DIFFERENCE"))
    st.caption(t("evaluation.compare.note", limit=limit, day=run.day.isoformat()))
    if not (table["state"].isin(["differ", "agree", "entered_only"])).any():
        empty_state(t("evaluation.compare.none"), next_step=t("evaluation.compare.none_next"))
        door(ctx, "upload", t("evaluation.to_template"))
    state = _choose_state(ctx, table)
    mine = table if state == _ALL else table[table["state"] == state]
    if mine.empty:
        empty_state(t("evaluation.none_left"), next_step=t("evaluation.none_left_next"))
        return
    shown = comparison_table(ctx, run, mine)
    columns = _columns(ctx, shown)
    st.dataframe(
        tables.shown(shown, columns),
        hide_index=True,
        height=_TABLE_HEIGHT,
        placeholder=formats.MISSING,
        key="evaluation-compare-table",
        on_select=words.follow("evaluation-compare-table", list(mine["zone"])),
        selection_mode="single-row",
        column_config=columns,
    )
    source_line(t("evaluation.source_line", year=run.figures.year, day=run.day.isoformat()))
    used = pd.Series(["INT-DIFFERENCE", "INT-COVERED-MIN"])
    download_table(
        ctx,
        shown,
        key="evaluation-compare",
        name=t("evaluation.compare.file", year=run.figures.year),
        kinds=comparison_kinds(ctx),
        notes=words.notes(
            ctx,
            run,
            {
                t("data.note_filter"): t(f"evaluation.compare.state_{state}"),
                **rule_notes(ctx, run.rules, used),
            },
        ),
        demonstration=run.demonstration,
    )
    zone = choose_zone(ctx, run, run.listed)
    if zone:
        show_rows(ctx, run, zone)


def _choose_state(ctx: Context, table: pd.DataFrame) -> str:
    t = ctx.t
    counted = table["state"].value_counts()
    codes = [_ALL, *STATES]
    names = {
        code: t(
            "evaluation.control.counted",
            name=t(f"evaluation.compare.state_{code}"),
            n=formats.count(counted.get(code, 0)),
        )
        for code in STATES
    }
    names[_ALL] = t(
        "evaluation.control.counted",
        name=t("evaluation.compare.state_all"),
        n=formats.count(len(table)),
    )
    opening = "differ" if counted.get("differ", 0) else _ALL
    label = t("evaluation.compare.state")
    return address.switch(STATE, codes, opening, label=label, names=names.__getitem__)


def comparison_table(ctx: Context, run: Run, mine: pd.DataFrame) -> pd.DataFrame:
    """Rows as they are shown and exported; areas in the chosen unit."""
    t = ctx.t
    names = list(mine["figure"])
    out: dict[str, Any] = {
        t("evaluation.col.zone"): words.names_of(ctx, run, pd.Index(mine["zone"])),
        t("evaluation.data.figure"): [words.figure_name(ctx, name) for name in names],
        t("evaluation.compare.unit"): [words.unit_name(ctx, name) for name in names],
    }
    for column in ("entered", "computed", "difference"):
        out[t(f"evaluation.compare.{column}")] = [
            words.figure_value(ctx, name, value)
            for name, value in zip(names, mine[column], strict=True)
        ]
    out[t("evaluation.compare.relative")] = list(mine["relative"])
    out[t("evaluation.compare.state")] = [
        t(f"evaluation.compare.state_{state}") for state in mine["state"]
    ]
    out[t("evaluation.compare.source")] = [
        t(f"evaluation.source.{source}") if source else "" for source in mine["source"]
    ]
    out[t("evaluation.compare.year")] = [
        formats.MISSING if formats.is_missing(year) else str(year) for year in mine["year"]
    ]
    out[t("evaluation.col.demonstration")] = [
        t("evaluation.yes") if made_up else "" for made_up in mine["demonstration"]
    ]
    return pd.DataFrame(out)


def _columns(ctx: Context, shown: pd.DataFrame) -> dict[str, Any]:
    t = ctx.t
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        t(f"evaluation.compare.{name}"): number(format="accounting")
        for name in ("entered", "computed")
    }
    columns[t("evaluation.compare.difference")] = number(format="%.2f")
    columns[t("evaluation.compare.relative")] = tables.share_column()
    for name in (t("evaluation.compare.state"), t("evaluation.compare.source")):
        width = tables.text_width([name, *shown[name]])
        columns[name] = st.column_config.TextColumn(width=width)
    return columns


def comparison_kinds(ctx: Context) -> dict[str, Kind]:
    """Kinds of the columns of the table that are no texts."""
    t = ctx.t
    kinds: dict[str, Kind] = {
        t(f"evaluation.compare.{name}"): "number" for name in ("entered", "computed", "difference")
    }
    return kinds | {t("evaluation.compare.relative"): "share"}
