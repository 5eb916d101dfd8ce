"""Figures sorted: rankings by area and rate, causes and ways of disposal, ages."""

from __future__ import annotations

from typing import Final, Literal

import altair as alt
import pandas as pd
import streamlit as st

from analytics.idle_breakdown import breakdown, pyramid, ranking
from analytics.idle_definitions import DEFINITIONS
from domain import formats
from export.references import cited
from layers.palette import ACCENT, RAMP
from views import address
from views.charts import MUTED, ROW_HEIGHT, show_chart
from views.consolidation_words import brief
from views.context import Context
from views.downloads import download_table
from views.frame import empty_state, section, source_line
from views.idle.figures_data import both, table_of
from views.idle.figures_words import (
    area_label,
    areas,
    figure_name,
    in_unit,
    labelled_bars,
    note_left_out,
    numbers,
)
from views.idle.run import IdleRun
from views.places import named

SORTS: Final = ("area", "share", "count")
_BARS: Final = 12
"""Bars of a ranking; the table beside them holds every unit."""
_HEIGHT: Final = 360
_COHORT_COLOURS: Final = {"before": MUTED, "old": RAMP[2], "new": ACCENT}
_BAR: Final = {"band": 0.72}


def show_ranking(ctx: Context, run: IdleRun) -> None:
    """Units by one figure, with the rank by area and by share side by side."""
    t = ctx.t
    table = table_of(ctx, run, run.by)
    note_left_out(ctx, run, both(ctx, run))
    keys = [key for key in DEFINITIONS if key in set(table["figure"])]
    address.seed("idle-figure", keys, "unused" if "unused" in keys else "idle")
    address.seed("idle-figure-sort", SORTS, SORTS[0])
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        figure = st.selectbox(
            t("figures.col.figure"),
            keys,
            format_func=lambda key: figure_name(ctx, key),
            key="idle-figure",
            help=t("figures.ranking.help"),
        )
    with right:
        sort = st.segmented_control(
            t("figures.ranking.sort"),
            SORTS,
            required=True,
            format_func=lambda key: t(f"figures.ranking.sort_{key}"),
            key="idle-figure-sort",
        )
    address.keep("idle-figure", "unused" if "unused" in keys else "idle")
    address.keep("idle-figure-sort", SORTS[0])
    ranked = _sorted(ranking(table, figure), sort or SORTS[0])
    st.caption(t(f"figures.def.{figure}"))
    _ranking(ctx, run, ranked, figure)


def _sorted(ranked: pd.DataFrame, sort: str) -> pd.DataFrame:
    return ranked.sort_values(
        [f"rank_{sort}", "unit"], na_position="last", ignore_index=True, kind="stable"
    )


def _ranking(ctx: Context, run: IdleRun, ranked: pd.DataFrame, figure: str) -> None:
    t = ctx.t
    names = brief(ctx, named(ctx, ranked["unit"], run.by))
    area = area_label(ctx, "figures.col.area")
    shares = [_share(ctx, figure, value) for value in ranked["share"]]
    left, right = st.columns([2, 3], gap="medium")
    with left:
        top = ranked.head(_BARS)
        frame = pd.DataFrame(
            {
                "unit": names.head(_BARS),
                "area": in_unit(ctx, top["area_m2"]),
                "label": [
                    f"{formats.area(m2, ctx.unit)} · {share}"
                    for m2, share in zip(top["area_m2"], shares, strict=False)
                ],
            }
        )
        chart = labelled_bars(frame, value="area", category="unit", title=area, text="label")
        show_chart(chart, key="idle-ranking", source="")
    shown = _ranking_table(ctx, ranked, names, shares)
    change = area_label(ctx, "figures.col.change_area")
    with right:
        st.dataframe(
            shown,
            hide_index=True,
            height=_HEIGHT,
            key="idle-ranking-table",
            placeholder=formats.MISSING,
            column_config={
                t("figures.col.unit"): st.column_config.TextColumn(pinned=True),
                t("figures.col.share"): st.column_config.TextColumn(alignment="right"),
                **areas(area),
                **numbers(change, t("figures.col.count")),
            },
        )
        download_table(
            ctx,
            shown,
            key="idle-ranking-file",
            name=t("figures.file_ranking", figure=figure_name(ctx, figure), date=run.day),
            kinds={area: "area", change: "area", t("figures.col.count"): "count"},
            notes={
                t("data.note_version"): cited(run.version),
                t("data.note_day"): run.day.isoformat(),
                t("data.note_place"): run.place.name(ctx),
                figure_name(ctx, figure): t(f"figures.def.{figure}"),
            },
            demonstration=run.version.demonstration,
        )
    source_line(t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _ranking_table(
    ctx: Context, ranked: pd.DataFrame, names: pd.Series, shares: list[str]
) -> pd.DataFrame:
    t = ctx.t
    return pd.DataFrame(
        {
            t("figures.col.unit"): names,
            area_label(ctx, "figures.col.area"): in_unit(ctx, ranked["area_m2"]),
            t("figures.col.rank_area"): ranked["rank_area"],
            t("figures.col.share"): shares,
            t("figures.col.rank_share"): ranked["rank_share"],
            t("figures.col.count"): ranked["count"],
            t("figures.col.rank_count"): ranked["rank_count"],
            area_label(ctx, "figures.col.change_area"): in_unit(ctx, ranked["change_m2"]),
        }
    )


def _share(ctx: Context, figure: str, value: float) -> str:
    if DEFINITIONS[figure].kind == "years":
        return ctx.t("figures.years", value=formats.number(value))
    return formats.share(value)


def show_causes(ctx: Context, run: IdleRun) -> None:
    """Idle land by cause and route, unsupplied land by reason and way to dispose."""
    land = both(ctx, run)
    note_left_out(ctx, run, land)
    figures: tuple[Literal["idle", "unsupplied"], ...] = ("idle", "unsupplied")
    columns: tuple[Literal["cause", "route"], ...] = ("cause", "route")
    for figure in figures:
        if figure == "unsupplied" and land.now.batches.empty:
            continue
        sides = st.columns(2, gap="medium")
        for column, side in zip(columns, sides, strict=True):
            with side:
                found = breakdown(land.now, land.before, figure=figure, column=column)
                section(ctx.t(f"figures.by.{figure}_{column}"))
                _causes(ctx, found, f"{figure}-{column}")
    st.caption(ctx.t("figures.now_recorded"))
    source_line(ctx.t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _causes(ctx: Context, found: pd.DataFrame, key: str) -> None:
    t = ctx.t
    if found.empty:
        empty_state(t("figures.no_rows"))
        return
    area, change = area_label(ctx, "figures.col.area"), area_label(ctx, "figures.col.change_area")
    shown = pd.DataFrame(
        {
            t("figures.col.code"): [_code(ctx, code, key) for code in found["code"]],
            t("figures.col.count"): found["count"],
            area: in_unit(ctx, found["area_m2"]),
            t("figures.col.part"): found["share"].map(formats.share),
            t("figures.col.change_count"): found["change_count"],
            change: in_unit(ctx, found["change_m2"]),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        key=f"idle-by-{key}",
        placeholder=formats.MISSING,
        column_config={
            **areas(area),
            **numbers(change, t("figures.col.count"), t("figures.col.change_count")),
            t("figures.col.part"): st.column_config.TextColumn(alignment="right"),
        },
    )


def _code(ctx: Context, code: str, key: str) -> str:
    """Words of a code; reasons of the batch ledger are words already."""
    if not code:
        return ctx.t("figures.none_recorded")
    kind = "cause" if key.endswith("cause") else "route"
    return ctx.t.get(f"idle.{kind}.{code}", code)


def show_age(ctx: Context, run: IdleRun) -> None:
    """Unsupplied land by the age of its approval and by vintage, as counts and as areas."""
    t = ctx.t
    land = both(ctx, run)
    note_left_out(ctx, run, land)
    if land.now.batches.empty:
        empty_state(t("idle.batches.empty"), next_step=t("idle.batches.empty_next"))
        return
    found = pyramid(land.now, rules=land.rules)
    frame = pd.DataFrame(
        {
            "age": [
                age_words(ctx, a, b)
                for a, b in zip(found["from_years"], found["to_years"], strict=True)
            ],
            "cohort": found["cohort"].map(
                {key: t(f"figures.cohort.{key}") for key in _COHORT_COLOURS}
            ),
            "area": in_unit(ctx, found["unsupplied_m2"]),
            "count": found["count"],
            "share": found["share"],
        }
    )
    section(t("figures.age.title"), help_text=t("figures.age.help"))
    sides = st.columns(2, gap="medium")
    titles = {"area": area_label(ctx, "figures.col.area"), "count": t("figures.age.count")}
    for (value, title), side in zip(titles.items(), sides, strict=True):
        with side:
            chart = _pyramid(ctx, frame, value, title)
            show_chart(chart, key=f"idle-pyramid-{value}", source="")
    area = titles["area"]
    shown = pd.DataFrame(
        {
            t("figures.col.cohort"): frame["cohort"],
            t("figures.col.age"): frame["age"],
            t("figures.age.count"): frame["count"],
            area: frame["area"],
            t("figures.col.part"): frame["share"].map(formats.share),
        }
    )[found["count"].gt(0) | found["unsupplied_m2"].ne(0)]
    st.dataframe(
        shown,
        hide_index=True,
        key="idle-pyramid-table",
        column_config={
            **areas(area),
            **numbers(t("figures.age.count")),
            t("figures.col.part"): st.column_config.TextColumn(alignment="right"),
        },
    )
    source_line(t("idle.source.ledger", date=run.day.isoformat()))


def _pyramid(ctx: Context, frame: pd.DataFrame, value: str, title: str) -> alt.LayerChart:
    """Bars by age, stacked by vintage, the youngest at the foot, the sum behind each."""
    ages = list(dict.fromkeys(frame["age"]))[::-1]
    names = {ctx.t(f"figures.cohort.{key}"): colour for key, colour in _COHORT_COLOURS.items()}
    y = alt.Y("age:N", title=None, sort=ages)
    bar = (
        alt.Chart(frame)
        .mark_bar(height=_BAR)
        .encode(
            x=alt.X(f"{value}:Q", title=title, stack="zero"),
            y=y,
            color=alt.Color(
                "cohort:N", scale=alt.Scale(domain=list(names), range=list(names.values()))
            ),
            tooltip=["cohort:N", "age:N", alt.Tooltip(f"{value}:Q", title=title, format=",.2f")],
        )
    )
    sums = frame.groupby("age", as_index=False)[[value]].sum()
    decimals = ",.0f" if value == "count" else ",.2f"
    text = (
        alt.Chart(sums)
        .mark_text(align="left", dx=4)
        .encode(x=alt.X(f"{value}:Q"), y=y, text=alt.Text(f"{value}:Q", format=decimals))
    )
    return alt.LayerChart(layer=[bar, text]).properties(height=ROW_HEIGHT * len(ages) + 60)


def age_words(ctx: Context, a: float, b: float) -> str:
    """An age bucket in words."""
    if a == 0:
        return ctx.t("idle.batches.age_below", b=f"{b:g}")
    if b == float("inf"):
        return ctx.t("idle.batches.age_from", a=f"{a:g}")
    return ctx.t("idle.batches.age_between", a=f"{a:g}", b=f"{b:g}")
