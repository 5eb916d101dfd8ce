"""Figures sorted: rankings by area and rate, causes and ways of disposal, ages."""

from __future__ import annotations

from typing import Any, Final, Literal

import altair as alt
import pandas as pd
import streamlit as st

from analytics.idle.breakdown import breakdown, pyramid, ranking
from analytics.idle.definitions import DEFINITIONS
from analytics.idle.rows import rows_behind, rows_of_age, rows_of_code
from domain import formats
from export.references import cited
from layers.palette import ACCENT, RAMP
from views import address
from views.charts import MUTED, ROW_HEIGHT, show_chart
from views.consolidation.words import brief
from views.context import Context
from views.downloads import download_table
from views.frame import empty_state, section, source_line
from views.idle.figures_data import Both, both, table_of
from views.idle.figures_rows import Behind, chosen_row, show_behind, table_key
from views.idle.figures_words import (
    area_label,
    figure_name,
    formatted,
    in_unit,
    labelled_bars,
    note_left_out,
    notes_of,
    share_words,
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
    names = brief(ctx, named(ctx, ranked["unit"], run.by)).reset_index(drop=True)
    area = area_label(ctx, "figures.col.area")
    shares = [share_words(ctx, figure, value) for value in ranked["share"]]
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
        event: Any = st.dataframe(
            formatted(ctx, shown, areas=[area, change], counts=[t("figures.col.count")]),
            hide_index=True,
            height=_HEIGHT,
            key=table_key("idle-ranking-table", [figure, *ranked["unit"]]),
            placeholder=formats.MISSING,
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                t("figures.col.unit"): st.column_config.TextColumn(pinned=True),
                t("figures.col.share"): st.column_config.TextColumn(alignment="right"),
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
    row = chosen_row(event, len(ranked))
    if row is None:
        st.caption(t("figures.choose_unit"))
    else:
        unit = str(ranked["unit"].iloc[row])
        _unit_rows(ctx, run, figure, unit, str(names.iloc[row]))
    source_line(t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _unit_rows(ctx: Context, run: IdleRun, figure: str, unit: str, name: str) -> None:
    """The rows behind one unit's number."""
    land = both(ctx, run)
    rows = rows_behind(land.now, land.before, figure, rules=land.rules, by=run.by, unit=unit)
    behind = Behind(
        ctx.t("figures.of", figure=figure_name(ctx, figure), unit=name),
        rows,
        notes=notes_of(ctx, run, land, figure),
    )
    show_behind(ctx, run, behind, key="idle-unit-rows")


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


def show_causes(ctx: Context, run: IdleRun) -> None:
    """Idle land by cause and route, unsupplied land by reason and way to dispose."""
    land = both(ctx, run)
    note_left_out(ctx, run, land)
    figures: tuple[Literal["idle", "unsupplied"], ...] = ("idle", "unsupplied")
    columns: tuple[Literal["cause", "route"], ...] = ("cause", "route")
    for figure in figures:
        if figure == "unsupplied" and land.now.batches.empty:
            continue
        # One under the other: side by side the last columns would be cut off.
        for column in columns:
            _by_code(ctx, run, land, figure, column)
    st.caption(ctx.t("figures.now_recorded") + ctx.t("figures.choose_code"))
    source_line(ctx.t("figures.source", version=cited(run.version), date=run.day.isoformat()))


def _by_code(
    ctx: Context,
    run: IdleRun,
    land: Both,
    figure: Literal["idle", "unsupplied"],
    column: Literal["cause", "route"],
) -> None:
    """Land of a figure by code, and the rows of the code that is chosen."""
    found = breakdown(land.now, land.before, figure=figure, column=column)
    section(ctx.t(f"figures.by.{figure}_{column}"))
    row = _causes(ctx, found, f"{figure}-{column}")
    if row is None:
        return
    code = str(found["code"].iloc[row])
    rows = rows_of_code(land.now, figure=figure, column=column, code=code)
    words = _code(ctx, code, f"{figure}-{column}")
    name = ctx.t("figures.of", figure=figure_name(ctx, figure), unit=words)
    notes = notes_of(ctx, run, land, figure)
    show_behind(ctx, run, Behind(name, rows, notes=notes), key=f"idle-rows-{figure}-{column}")


def _causes(ctx: Context, found: pd.DataFrame, key: str) -> int | None:
    """Draw the table; gives the position of the row that is chosen."""
    t = ctx.t
    if found.empty:
        empty_state(t("figures.no_rows"))
        return None
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
    counts = [t("figures.col.count"), t("figures.col.change_count")]
    event: Any = st.dataframe(
        formatted(ctx, shown, areas=[area, change], counts=counts),
        hide_index=True,
        key=table_key(f"idle-by-{key}", found["code"].tolist()),
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={t("figures.col.part"): st.column_config.TextColumn(alignment="right")},
    )
    return chosen_row(event, len(found))


def _code(ctx: Context, code: str, key: str) -> str:
    """Words of a code; a reason that the batch ledger alone knows stays as it was written."""
    if not code:
        return ctx.t("figures.none_recorded")
    domain, kind = key.split("-")
    prefix = f"idle.{kind}" if domain == "idle" else f"figures.unsupplied_{kind}"
    return ctx.t.get(f"{prefix}.{code}", code)


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
    filled = (found["count"].gt(0) | found["unsupplied_m2"].ne(0)).to_numpy()
    shown = pd.DataFrame(
        {
            t("figures.col.cohort"): frame["cohort"],
            t("figures.col.age"): frame["age"],
            t("figures.age.count"): frame["count"],
            area: frame["area"],
            t("figures.col.part"): frame["share"].map(formats.share),
        }
    )[filled]
    listed = found[filled]
    event: Any = st.dataframe(
        formatted(ctx, shown, areas=[area], counts=[t("figures.age.count")]),
        hide_index=True,
        key=table_key("idle-pyramid-table", [*listed["cohort"], *listed["from_years"]]),
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        column_config={t("figures.col.part"): st.column_config.TextColumn(alignment="right")},
    )
    row = chosen_row(event, len(listed))
    if row is None:
        st.caption(t("figures.choose_age"))
    else:
        _age_rows(ctx, run, land, listed.iloc[row])
    source_line(t("idle.source.ledger", date=run.day.isoformat()))


def _age_rows(ctx: Context, run: IdleRun, land: Both, bar: pd.Series) -> None:
    """The batches of one age and vintage."""
    a, b = float(bar["from_years"]), float(bar["to_years"])
    rows = rows_of_age(land.now, cohort=bar["cohort"], from_years=a, to_years=b, rules=land.rules)
    part = ctx.t("figures.of", figure=ctx.t(f"figures.cohort.{bar['cohort']}"),
                 unit=age_words(ctx, a, b))  # fmt: skip
    name = ctx.t("figures.of", figure=figure_name(ctx, "unsupplied"), unit=part)
    notes = notes_of(ctx, run, land, "unsupplied")
    show_behind(ctx, run, Behind(name, rows, notes=notes), key="idle-age-rows")


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
