"""Alerts: which counties and zones are beyond a limit, by which rule, and whom it concerns."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.idle.alerts import KINDS, UNCHECKED
from analytics.idle.rows import ALERT_FIGURES, rows_of_alert
from domain import formats
from domain.rules import RuleSet, load_rules
from export.references import cited
from views.consolidation.words import brief
from views.context import Context
from views.downloads import download_table, rule_notes
from views.frame import empty_state, section, source_line
from views.idle.figures_data import alerts_of, both, whole_run
from views.idle.figures_rows import Behind, chosen_row, show_behind, table_key
from views.idle.figures_words import (
    area_label,
    figure_name,
    formatted,
    in_unit,
    note_left_out,
    notes_of,
    years_words,
)
from views.idle.run import IdleRun
from views.places import named

_HEIGHT: Final = 380


def show_alerts(ctx: Context, run: IdleRun) -> None:
    """Every alert of the place, with the rules that the limits come from."""
    t = ctx.t
    note_left_out(ctx, run, both(ctx, run))
    found = alerts_of(ctx, run)
    rules = RuleSet(
        [
            *load_rules("approvals", as_of=run.day).values(),
            *load_rules("alerts", as_of=run.day).values(),
        ]
    )
    section(t("figures.alerts.title", count=len(found)), help_text=t("figures.alerts.help"))
    if found.empty:
        empty_state(t("figures.alerts.none"))
    else:
        _table(ctx, run, _chosen(ctx, found), rules)
    for key in UNCHECKED:
        if key in rules:
            rule = rules[key]
            title = t.pick(rule.title_zh, rule.title_en)
            value = formats.share(rule.value)
            st.caption(t("figures.alerts.unchecked", rule=key, title=title, value=value))
    source_line(t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _chosen(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The alerts of the kinds that are picked; all where none is."""
    counts = found["kind"].value_counts()
    kinds = st.pills(
        ctx.t("figures.alerts.filter"),
        [kind for kind in KINDS if kind in counts],
        selection_mode="multi",
        format_func=lambda kind: f"{ctx.t(f'figures.alert.{kind}')} {counts[kind]}",
        key="idle-alert-kinds",
        label_visibility="collapsed",
    )
    return found[found["kind"].isin(kinds)] if kinds else found


def _table(ctx: Context, run: IdleRun, found: pd.DataFrame, rules: RuleSet) -> None:
    t = ctx.t
    area = area_label(ctx, "figures.col.area")
    by_zone = found["by"] == "zone_id"
    names = named(ctx, found["unit"], "county_adcode").mask(
        by_zone, named(ctx, found["unit"], "zone_id")
    )
    names = brief(ctx, names).reset_index(drop=True)
    shown = pd.DataFrame(
        {
            t("figures.alerts.kind"): [t(f"figures.alert.{kind}") for kind in found["kind"]],
            t("figures.col.unit"): names,
            t("figures.alerts.value"): [
                _value(ctx, *pair) for pair in zip(found["kind"], found["value"], strict=True)
            ],
            t("figures.alerts.limit"): [
                _value(ctx, *pair) for pair in zip(found["kind"], found["limit"], strict=True)
            ],
            t("figures.col.count"): found["count"].to_numpy(),
            area: in_unit(ctx, found["area_m2"]),
            t("figures.alerts.concerns"): [
                t(f"figures.concerns.{key}") for key in found["concerns"]
            ],
            t("figures.alerts.rule"): found["rule"].to_numpy(),
            t("figures.alerts.article"): [
                t.pick(rules[key].article, rules[key].article_en) for key in found["rule"]
            ],
            t("figures.alerts.mark"): [
                "" if key == "sourced" else t(f"idle.mark.{key}") for key in found["certainty"]
            ],
        }
    )
    right = st.column_config.TextColumn(alignment="right")
    ids = [*found["kind"], *found["unit"]]
    event: Any = st.dataframe(
        formatted(ctx, shown, areas=[area], counts=[t("figures.col.count")]),
        hide_index=True,
        height=_HEIGHT,
        key=table_key("idle-alerts", ids),
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            t("figures.alerts.value"): right,
            t("figures.alerts.limit"): right,
            t("figures.alerts.mark"): st.column_config.TextColumn(help=t("idle.mark_help")),
        },
    )
    download_table(
        ctx,
        shown,
        key="idle-alerts-file",
        name=t("figures.alerts.file", date=run.day.isoformat()),
        kinds={area: "area", t("figures.col.count"): "count"},
        notes={
            t("data.note_version"): cited(run.version),
            t("data.note_day"): run.day.isoformat(),
            t("data.note_place"): run.place.name(ctx),
            **rule_notes(ctx, rules, found["rule"]),
        },
        demonstration=run.version.demonstration,
    )
    row = chosen_row(event, len(found))
    if row is None:
        st.caption(t("figures.choose_alert"))
    else:
        _alert_rows(ctx, run, found.iloc[row], str(names.iloc[row]))


def _alert_rows(ctx: Context, run: IdleRun, alert: pd.Series, name: str) -> None:
    """The figures that an alert rests on, and their rows, wherever in the province they lie."""
    t, kind = ctx.t, alert["kind"]
    with st.spinner(t("figures.working")):
        land = both(ctx, whole_run(ctx, run))
        rows = rows_of_alert(
            land.now, kind, by=alert["by"], unit=str(alert["unit"]), rules=land.rules
        )
    notes: dict[str, str] = {}
    for figure in ALERT_FIGURES[kind]:
        words = t(f"figures.def.{figure}")
        st.caption(f"{figure_name(ctx, figure)}{t('figures.colon')}{words}")
        notes |= notes_of(ctx, run, land, figure)
    title = t("figures.of", figure=t(f"figures.alert.{kind}"), unit=name)
    show_behind(ctx, run, Behind(title, rows, notes=notes), key="idle-alert-rows")


def _value(ctx: Context, kind: str, value: float) -> str:
    if kind == "cycle":
        if math.isinf(value):
            return ctx.t("figures.alerts.endless")
        return years_words(ctx, value)
    if kind == "net_decline":
        unit = ctx.t(f"unit.{ctx.unit}")
        return f"{formats.area(value, ctx.unit)} {unit}"
    return formats.share(value)
