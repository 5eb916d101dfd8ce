"""Intensive use: zones ranked by type, their rates with the check, the way into each zone."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

from analytics.evaluation.intensity import RATES
from domain import formats
from domain.indicators import ZONE_TYPES
from domain.schemes import IntensityScheme, intensity_scheme
from export.workbook import Kind
from layers.palette import ACCENT
from views import tables
from views.charts import MUTED, show_chart
from views.context import Context
from views.downloads import download_table, rule_notes
from views.evaluation import words
from views.evaluation.run import Run
from views.evaluation.zone import choose_zone, show_zone
from views.frame import empty_state, section, source_line

_TABLE_HEIGHT: Final = 430
_CHART_HEIGHT: Final = 260
_BINS: Final = 20


def show_intensity(ctx: Context, run: Run) -> None:
    """Draw the part."""
    t, scheme = ctx.t, intensity_scheme()
    scores, rates = run.intensity.scores, run.intensity.rates
    listed = chosen_zones(run, scores)
    section(t("evaluation.intensity.title", n=len(listed)), help_text=t("evaluation.rank_help"))
    st.caption(t("evaluation.intensity.scheme", status=words.certainty(ctx, scheme.status)))
    if listed.empty:
        empty_state(t("evaluation.none_left"), next_step=t("evaluation.none_left_next"))
        return
    _table(ctx, run, scheme, listed, rates)
    shown = words_table(ctx, run, scheme, listed, rates)
    download_table(
        ctx,
        shown,
        key="evaluation-intensity",
        name=t("evaluation.intensity.file", year=run.figures.year),
        kinds=table_kinds(ctx, shown),
        notes=words.notes(ctx, run, scheme_notes(ctx, run, scheme)),
        demonstration=run.demonstration,
    )
    with st.expander(t("evaluation.chart.spread")):
        _spread(ctx, listed)
    zone = choose_zone(ctx, run, listed.index)
    if zone:
        show_zone(
            ctx,
            run,
            scheme,
            run.intensity.table,
            scores.loc[[zone]].iloc[0],
            rates.loc[[zone]].iloc[0],
            zone,
        )


def chosen_zones(run: Run, scores: pd.DataFrame) -> pd.DataFrame:
    """Zones of the choice, by type and rank; those without a rank last."""
    here = scores[scores.index.isin(run.listed)]
    return here.sort_values(["zone_type", "rank", "score"], ascending=[True, True, False])


def _table(
    ctx: Context, run: Run, scheme: IntensityScheme, listed: pd.DataFrame, rates: pd.DataFrame
) -> None:
    t = ctx.t
    shown = words_table(ctx, run, scheme, listed, rates)
    number, progress = st.column_config.NumberColumn, st.column_config.ProgressColumn
    columns: dict[str, Any] = {
        t("evaluation.col.score"): progress(min_value=0, max_value=100, format="%.1f", width=110),
        t("evaluation.col.zone"): st.column_config.TextColumn(width=195),
        t("evaluation.col.type"): st.column_config.TextColumn(help=t("evaluation.by_share_help")),
        t("evaluation.col.known"): tables.share_column(help=t("evaluation.col.known_help")),
    }
    columns |= {_target(ctx, scheme, target.id): number(format="%.1f") for target in scheme.target}
    columns |= {
        t(f"evaluation.rate.{name}"): tables.share_column() for name in (*RATES, "use_rate")
    }
    st.dataframe(
        tables.shown(shown, columns),
        hide_index=True,
        height=_TABLE_HEIGHT,
        placeholder=formats.MISSING,
        key="evaluation-intensity-table",
        on_select=words.follow("evaluation-intensity-table", list(listed.index)),
        selection_mode="single-row",
        column_config=columns,
    )
    source_line(t("evaluation.source_line", year=run.figures.year, day=run.day.isoformat()))


def words_table(
    ctx: Context,
    run: Run,
    scheme: IntensityScheme,
    listed: pd.DataFrame,
    rates: pd.DataFrame,
) -> pd.DataFrame:
    """The table as it is shown and exported: one row a zone."""
    t = ctx.t
    facts, check = run.figures.facts.loc[listed.index], rates.loc[listed.index]
    out: dict[str, Any] = {
        t("evaluation.col.rank"): listed["rank"],
        t("evaluation.col.zone"): words.names_of(ctx, run, listed.index),
        t("evaluation.col.type"): [
            words.type_name(ctx, code) + ("" if basis != "by_share" else t("evaluation.by_share"))
            for code, basis in zip(listed["zone_type"], listed["type_basis"], strict=True)
        ],
        t("evaluation.col.score"): listed["score"],
    }
    out |= {_target(ctx, scheme, one.id): listed[one.id] for one in scheme.target}
    out[t("evaluation.col.known")] = listed["known_share"]
    out |= {t(f"evaluation.rate.{name}"): check[name] for name in (*RATES, "use_rate")}
    out[t("evaluation.col.identity")] = [t(f"evaluation.identity.{s}") for s in check["state"]]
    out[t("evaluation.col.year")] = _years(ctx, facts)
    out[t("evaluation.col.demonstration")] = [
        t("evaluation.yes") if made_up else "" for made_up in facts["demonstration"]
    ]
    return pd.DataFrame(out, index=listed.index)


def _years(ctx: Context, facts: pd.DataFrame) -> list[str]:
    """Year of the entered row; told where it is an older one or there is none."""
    pairs = zip(facts["year"], facts["older"], strict=True)
    return [
        ctx.t("evaluation.not_entered")
        if formats.is_missing(year)
        else ctx.t("evaluation.older_year", year=year)
        if older
        else str(year)
        for year, older in pairs
    ]


def _target(ctx: Context, scheme: IntensityScheme, code: str) -> str:
    target = next(one for one in scheme.target if one.id == code)
    return ctx.t.pick(target.title_zh, target.title_en)


def _spread(ctx: Context, listed: pd.DataFrame) -> None:
    """How the scores of the zones lie, by type."""
    t = ctx.t
    known = listed[listed["score"].notna()]
    if known.empty:
        st.caption(t("evaluation.no_scores"))
        return
    frame = pd.DataFrame(
        {
            "score": known["score"],
            "type": [words.type_name(ctx, code) for code in known["zone_type"]],
        }
    )
    colours = alt.Scale(
        domain=[ctx.t.pick(*names) for names in ZONE_TYPES.values()], range=[ACCENT, MUTED]
    )
    zones = t("evaluation.chart.zones")
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("score:Q", bin=alt.Bin(maxbins=_BINS), title=t("evaluation.col.score")),
            y=alt.Y("count():Q", title=zones, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("type:N", scale=colours),
            tooltip=[alt.Tooltip("type:N"), alt.Tooltip("count():Q", title=zones)],
        )
        .properties(height=_CHART_HEIGHT)
    )
    show_chart(chart, key="evaluation-spread", source=t("evaluation.chart.spread_note"))


def table_kinds(ctx: Context, shown: pd.DataFrame) -> dict[str, Kind]:
    """Kinds of the columns of the table that are no texts."""
    t = ctx.t
    texts = {
        t(f"evaluation.col.{name}")
        for name in ("zone", "type", "identity", "year", "demonstration")
    }
    shares = {t("evaluation.col.known")} | {
        t(f"evaluation.rate.{name}") for name in (*RATES, "use_rate")
    }
    kinds: dict[str, Kind] = {str(c): "number" for c in shown if c not in texts}
    kinds |= dict.fromkeys(shares, "share")
    return kinds | {t("evaluation.col.rank"): "count"}


def scheme_notes(ctx: Context, run: Run, scheme: IntensityScheme) -> dict[str, str]:
    """Scheme and rules that the results rest on, for a file."""
    t = ctx.t
    used = pd.Series(["INT-IDENTITY", "INT-TYPE-SHARE", "INT-KNOWN-MIN", "INT-COVERED-MIN"])
    return {
        t("evaluation.note_scheme"): f"{scheme.id} · "
        f"{t.pick(scheme.title_zh, scheme.title_en)} · {words.certainty(ctx, scheme.status)}",
        t("evaluation.note_source"): words.source_of(ctx, scheme),
        **rule_notes(ctx, run.rules, used[used.isin(list(run.rules))]),
    }
