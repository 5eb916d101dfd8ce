"""Targets: every target of the action plan against published figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics import targets
from domain import formats, reference
from domain.rules import load_rules
from layers.palette import INK, STATUS
from views import data, tables
from views.charts import ROW_HEIGHT, show_chart
from views.context import Context
from views.frame import Figure, empty_state, key_figures, section, source_line, title_line

STATE_COLOURS: Final = {
    "met": STATUS["completed"],
    "near": STATUS["in_progress"],
    "on_the_way": STATUS["due_soon"],
    "missed": STATUS["suspected_a1"],
    "no_data": "#C9CED3",
    "qualitative": "#E4E7EA",
}
_WORDS: Final = {
    ">=": "at_least",
    ">": "more",
    "<=": "at_most",
    "=": "exactly",
    "~": "about",
    "between": "between",
}
_EVIDENCE: Final = ("period", "value", "unit", "scope", "role", "source", "confidence", "note")
_NO_TIER: Final = "none"
_WIDTHS: Final = {
    "subject": 168,
    "target": 108,
    "actual": 128,
    "share": 84,
    "state": 72,
    "clause": 120,
    "due": 80,
}
"""Columns of the table with their widths in pixels."""
_PERIOD_WIDTH: Final = 120
_DECEMBER: Final = 12

Row = dict[Hashable, Any]
"""One row of the progress table."""


def page(ctx: Context) -> None:
    """Draw the page."""
    t = ctx.t
    as_of = data.choose_day(ctx, None)
    title_line(
        ctx,
        t("targets.title"),
        place=t("targets.place"),
        as_of=as_of.isoformat(),
        version=t("targets.plan"),
        help_text=t("targets.help"),
    )
    progress, evidence = _figures(as_of)
    _key_figures(ctx, progress)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _industries(ctx, progress)
    with right:
        chosen = _table(ctx, _filtered(ctx, progress))
    if chosen is not None:
        _detail(ctx, progress, evidence, chosen)
    _rules(ctx, as_of)


@st.cache_data(max_entries=4, show_spinner=False)
def _figures(as_of: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Progress with the tier of industries, and the evidence rows, by target id."""
    plan, actuals = reference.table("targets"), reference.table("actuals")
    rules = load_rules("targets", as_of=as_of)
    progress = targets.progress(plan, actuals, as_of=as_of, rules=rules)
    tiers = reference.table("sectors").dropna(subset="target_id").set_index("target_id")["tier"]
    progress["tier"] = progress["target_id"].map(tiers).fillna(_NO_TIER)
    return progress.set_index("target_id", drop=False), targets.evidence(plan, actuals, as_of=as_of)


def _key_figures(ctx: Context, progress: pd.DataFrame) -> None:
    t, counts = ctx.t, targets.summary(progress)
    note = {"n": int(counts["qualitative"])}
    total = t("targets.of_total", n=len(progress))
    key_figures(
        [
            Figure(
                t(f"targets.state.{state}"),
                formats.count(counts[state]),
                unit=total,
                note=t(f"targets.note.{state}", **note),
            )
            for state in targets.STATES
            if state != "qualitative"
        ]
    )


def _industries(ctx: Context, progress: pd.DataFrame) -> None:
    """The 14 industries as bars toward their target, in the order of the plan."""
    t = ctx.t
    section(t("targets.chart.title"))
    rows = progress[progress["tier"] != _NO_TIER]
    frame = pd.DataFrame(
        {
            "name": [t(f"targets.sector.{i}") for i in rows["target_id"]],
            "tier": [t(f"targets.filter.tier_{tier}") for tier in rows["tier"]],
            "share": rows["share"].to_numpy(),
            "state": [t(f"targets.state.{state}") for state in rows["state"]],
            "label": [_bar_label(ctx, row) for row in rows.to_dict("records")],
        }
    )
    show_chart(_industry_chart(ctx, frame), key="targets-chart", source=t("targets.chart.source"))


def _bar_label(ctx: Context, row: Row) -> str:
    return _actual(ctx, row) or ctx.t("targets.chart.none")


def _industry_chart(ctx: Context, frame: pd.DataFrame) -> alt.LayerChart:
    order = list(frame["name"])
    present = {ctx.t(f"targets.state.{name}"): fill for name, fill in STATE_COLOURS.items()}
    present = {name: fill for name, fill in present.items() if (frame["state"] == name).any()}
    colours = alt.Scale(domain=list(present), range=list(present.values()))
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=order, title=None),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("tier:N"), alt.Tooltip("label:N")],
    )
    share = alt.X(
        "share:Q",
        title=ctx.t("targets.chart.axis"),
        scale=alt.Scale(domain=[0, 2.2]),
        axis=alt.Axis(format="%", values=[0, 0.5, 1]),
    )
    bar = base.mark_bar(height={"band": 0.68}).encode(
        x=share, color=alt.Color("state:N", scale=colours, legend=alt.Legend(columns=4))
    )
    known = alt.datum.share
    at = base.transform_calculate(at=f"isValid({known}) ? {known} : 0").encode(
        x=alt.X("at:Q"), text="label:N"
    )
    # A white seam keeps the figures legible where they cross the line of the target.
    seam = at.mark_text(align="left", dx=4, color="#FFFFFF", stroke="#FFFFFF", strokeWidth=4)
    text = at.mark_text(align="left", dx=4, color=INK)
    goal = (
        alt.Chart(pd.DataFrame({"x": [1.0]}))
        .mark_rule(color=INK, strokeDash=[3, 3])
        .encode(x="x:Q")
    )
    return alt.LayerChart(layer=[bar, goal, seam, text]).properties(
        height=ROW_HEIGHT * len(frame) + 60
    )


def _filtered(ctx: Context, progress: pd.DataFrame) -> pd.DataFrame:
    t = ctx.t
    with st.sidebar:
        states = st.multiselect(
            t("targets.filter.state"),
            list(targets.STATES),
            format_func=lambda s: t(f"targets.state.{s}"),
            placeholder=t("targets.filter.any"),
            key="targets-state",
        )
        tiers = st.multiselect(
            t("targets.filter.tier"),
            ["2", "6", "N", _NO_TIER],
            format_func=lambda s: t(f"targets.filter.tier_{s}"),
            placeholder=t("targets.filter.any"),
            key="targets-tier",
        )
        clauses = st.multiselect(
            t("targets.filter.clause"),
            list(progress["clause"].unique()),
            format_func=lambda s: t.get(f"targets.clause.{s}", s),
            placeholder=t("targets.filter.any"),
            key="targets-clause",
        )
    keep = progress["state"].isin(states or targets.STATES)
    keep &= progress["tier"].isin(tiers or progress["tier"].unique())
    keep &= progress["clause"].isin(clauses or progress["clause"].unique())
    return progress[keep]


def _table(ctx: Context, progress: pd.DataFrame) -> str | None:
    """The table; returns the target that is open."""
    t = ctx.t
    section(t("targets.table.title", n=len(progress)))
    if progress.empty:
        empty_state(t("targets.none_left"), next_step=t("targets.none_left_next"))
        return None
    records = progress.to_dict("records")
    shown = pd.DataFrame(
        {
            "id": list(progress["target_id"]),
            "clause": [t.get(f"targets.clause.{c}", c) for c in progress["clause"]],
            "subject": [
                _subject(ctx, i, s)
                for i, s in zip(progress["target_id"], progress["subject"], strict=True)
            ],
            "target": [_target(ctx, row) for row in records],
            "due": [_due(ctx, row) for row in records],
            "actual": [_actual(ctx, row) or formats.MISSING for row in records],
            "share": progress["share"].to_numpy(),
            "state": [t(f"targets.state.{s}") for s in progress["state"]],
        }
    )
    columns: dict[str, Any] = {
        name: st.column_config.TextColumn(t(f"targets.col.{name}"), width=width)
        for name, width in _WIDTHS.items()
    }
    columns["share"] = tables.share_bar(t("targets.col.share"), width=_WIDTHS["share"])
    event = st.dataframe(
        tables.shown(shown, columns),
        column_config=columns,
        column_order=list(_WIDTHS),
        hide_index=True,
        height=ROW_HEIGHT * 16,
        on_select="rerun",
        selection_mode="single-row",
        key="targets-table",
    )
    source_line(t("targets.source_line"))
    rows = event.selection.rows
    return str(shown["id"].iloc[rows[0] if rows and rows[0] < len(shown) else 0])


def _detail(ctx: Context, progress: pd.DataFrame, evidence: pd.DataFrame, target_id: str) -> None:
    """One target: what decided its state, and every figure with its source."""
    t = ctx.t
    row = progress.loc[target_id].to_dict()
    subject = _subject(ctx, target_id, row["subject"])
    section(t("targets.detail", id=target_id, subject=subject))
    year = row["met_since"]
    lines = [t(f"targets.reason.{row['reason']}", year=year)]
    if not formats.is_missing(row["part_since"]):
        lines.append(t("targets.part_since", year=row["part_since"]))
    if row["conflict"]:
        lines.append(t("targets.conflict"))
    state = t(f"targets.state.{row['state']}")
    st.markdown(f"**{state}** · " + " ".join(lines))
    _pace(ctx, row)
    _evidence(ctx, evidence[evidence["target_id"] == target_id])
    if not formats.is_missing(row["proxy_of"]):
        st.caption(t("targets.proxy", id=row["proxy_of"]))
        _evidence(ctx, evidence[evidence["target_id"] == row["proxy_of"]], key="targets-proxy")


def _pace(ctx: Context, row: Row) -> None:
    """Target, base, gap and pace in one line of figures, as far as they are known."""
    t = ctx.t
    unit = _unit(ctx, row["unit"])
    wanted = unit if row["kind"] == "quantity" else ""
    figures = [Figure(t("targets.col.target"), _wanted(ctx, row), wanted, note=_due(ctx, row))]
    if not formats.is_missing(row["actual_number"]):
        year = str(row["actual_year"])
        figures.append(Figure(t("targets.col.actual"), _figure(ctx, row), unit, note=year))
    for name, year in (("gap", ""), ("pace_seen", row["base_year"]), ("pace_needed", "")):
        value = row[name]
        if isinstance(value, float) and not formats.is_missing(value):
            label = t(f"targets.{name}", year=year) if year else t(f"targets.{name}")
            figures.append(Figure(label, formats.number(value, 1), unit=unit))
    key_figures(figures)


def _evidence(ctx: Context, rows: pd.DataFrame, *, key: str = "targets-evidence") -> None:
    t = ctx.t
    if rows.empty:
        st.caption(t("targets.evidence_none"))
        return
    st.caption(t("targets.evidence_title", n=len(rows)))
    records = rows.to_dict("records")
    shown = rows.assign(
        period=[_period(ctx, row) for row in records],
        value=[_value(ctx, row) for row in records],
        unit=[_unit(ctx, unit) for unit in rows["unit"]],
        scope=[t.get(f"targets.scope.{scope}", scope) for scope in rows["scope"]],
        role=[t(f"targets.role.{role}") for role in rows["role"]],
        confidence=[t.get(f"targets.confidence.{c}", c) for c in rows["confidence"]],
    )[list(_EVIDENCE)]
    st.dataframe(
        shown,
        column_config={
            c: st.column_config.TextColumn(
                t(f"targets.col.{c}"), width=_PERIOD_WIDTH if c == "period" else None
            )
            for c in _EVIDENCE
        },
        hide_index=True,
        placeholder=formats.MISSING,
        key=key,
    )


def _value(ctx: Context, row: Row) -> str:
    """A published figure with what its period says about it; other values as recorded."""
    if formats.is_missing(row["number"]):
        return str(row["value"])
    return ctx.t(f"targets.q.{row['qualifier']}", value=formats.number(row["number"], 2))


def _period(ctx: Context, row: Row) -> str:
    """Year and month where the period is one; the recorded words where it is not."""
    if formats.is_missing(row["year"]):
        return formats.MISSING
    if row["partial"]:
        return ctx.t.get(f"targets.period.{row['period']}", str(row["period"]))
    return f"{row['year']}" if row["month"] == _DECEMBER else f"{row['year']}-{row['month']:02d}"


def _rules(ctx: Context, as_of: dt.date) -> None:
    rules = load_rules("targets", as_of=as_of)
    with st.expander(ctx.t("targets.rules_title")):
        st.markdown(
            ctx.t(
                "targets.rules_text",
                near=formats.share(rules.value("TGT-NEAR")),
                about=formats.share(rules.value("TGT-ABOUT")),
                close=formats.share(1 - rules.value("TGT-CLOSE")),
            )
        )


def _subject(ctx: Context, target_id: str, fallback: object) -> str:
    return ctx.t.get(f"targets.subject.{target_id}", str(fallback))


def _unit(ctx: Context, unit: object) -> str:
    return "" if formats.is_missing(unit) else ctx.t.get(f"targets.unit.{unit}", str(unit))


def _target(ctx: Context, row: Row) -> str:
    """The target with its unit."""
    unit = _unit(ctx, row["unit"]) if row["kind"] == "quantity" else ""
    return f"{_wanted(ctx, row)} {unit}".strip()


def _wanted(ctx: Context, row: Row) -> str:
    """The target without unit; in words where it has no figure."""
    t, comparator = ctx.t, str(row["comparator"])
    if row["kind"] == "relative":
        return t("targets.target.relative")
    if row["kind"] != "quantity":
        return t(f"targets.target.{comparator}")
    low, high = (formats.number(float(str(row[end])), 2) for end in ("low", "high"))
    return t(f"targets.target.{_WORDS[comparator]}", low=low, high=high)


def _due(ctx: Context, row: Row) -> str:
    if row["yearly"]:
        return ctx.t("targets.due.yearly")
    span = str(row["due"]).startswith("2019-")
    kind = "span" if span else "about" if row["about"] else "year"
    return ctx.t(f"targets.due.{kind}", year=row["due_year"])


def _figure(ctx: Context, row: Row) -> str:
    """The latest figure with its qualifier."""
    value = formats.number(float(str(row["actual_number"])), 1)
    return ctx.t(f"targets.q.{row['actual_qualifier']}", value=value)


def _actual(ctx: Context, row: Row) -> str:
    """The latest figure with its qualifier and year; empty where there is none."""
    if formats.is_missing(row["actual_number"]):
        return ""
    return ctx.t("targets.at_year", value=_figure(ctx, row), year=row["actual_year"])
