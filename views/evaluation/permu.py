"""Per-mu evaluation of zones (亩产评价): scheme, score, class, vetoes, and what each rests on."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.evaluation import permu, permu_classes, zone_figures
from analytics.evaluation.permu import Evaluation
from domain import formats
from domain.permu_schemes import PermuScheme
from domain.reference import zone_prefectures
from views import address, tables
from views.context import Context
from views.downloads import download_table
from views.evaluation import words
from views.evaluation.enterprises import show_enterprises
from views.evaluation.run import Run
from views.evaluation.scheme import (
    choose_scheme,
    column_config,
    permu_kinds,
    result_columns,
    scheme_line,
    scheme_notes,
    scheme_table,
    value_columns,
)
from views.evaluation.term_table import show_lacking, show_terms
from views.evaluation.zone import choose_zone
from views.frame import Figure, door, empty_state, key_figures, section, source_line
from views.markup import plain

SUBJECT: Final = "evaluation-per"
SUBJECTS: Final = ("zones", "enterprises")
_TABLE_HEIGHT: Final = 430


def of_enterprises() -> bool:
    """Whether enterprises are chosen, for what is drawn above the choice."""
    return address.chosen(SUBJECT) == "enterprises"


def show_permu(ctx: Context, run: Run) -> None:
    """Draw the part: zones or enterprises."""
    t = ctx.t
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        subject = address.switch(
            SUBJECT,
            SUBJECTS,
            SUBJECTS[0],
            label=t("evaluation.permu.subject"),
            names=lambda name: t(f"evaluation.permu.subject_{name}"),
        )
    enterprises = subject == "enterprises"
    with right:
        scheme = choose_scheme(ctx, "enterprise" if enterprises else "zone")
    if enterprises:
        show_enterprises(ctx, run, scheme)
    elif run.nothing_known:
        empty_state(t("evaluation.empty"), next_step=t("evaluation.empty_next"))
        door(ctx, "upload", t("evaluation.to_template"))
    else:
        _show_zones(ctx, run, scheme)


def _show_zones(ctx: Context, run: Run, scheme: PermuScheme) -> None:
    t = ctx.t
    found = evaluated(run, scheme)
    listed = chosen_zones(run, found.table)
    section(t("evaluation.permu.title", n=len(listed)), help_text=t("evaluation.permu.help"))
    st.caption(plain(scheme_line(ctx, scheme)))
    if listed.empty:
        empty_state(t("evaluation.none_left"), next_step=t("evaluation.none_left_next"))
        return
    _classes(ctx, scheme, listed)
    shown = permu_table(ctx, run, scheme, found, listed)
    _draw(ctx, shown, list(listed.index))
    source_line(t("evaluation.source_line", year=run.figures.year, day=run.day.isoformat()))
    download_table(
        ctx,
        shown,
        key="evaluation-permu",
        name=t("evaluation.permu.file", year=run.figures.year),
        kinds=permu_kinds(ctx, shown),
        notes=words.notes(ctx, run, scheme_notes(ctx, scheme)),
        demonstration=run.demonstration,
    )
    zone = choose_zone(ctx, run, listed.index)
    if zone:
        _detail(ctx, run, scheme, found, zone)
    scheme_table(ctx, scheme)


def evaluated(run: Run, scheme: PermuScheme) -> Evaluation:
    """Score and class of all zones, ranked over all of them."""
    units = zone_figures.units(run.figures, zone_prefectures()).loc[run.everything.index]
    return permu.evaluate(units, scheme, as_of=run.day)


def chosen_zones(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """Zones of the choice by their rank."""
    here = table[table.index.isin(run.listed)]
    return here.sort_values(["rank", "score"], ascending=[True, False])


def _classes(ctx: Context, scheme: PermuScheme, listed: pd.DataFrame) -> None:
    """How many zones are in each class, and how many are not ranked."""
    t = ctx.t
    counts = permu_classes.counts(listed, scheme)
    before = permu_classes.counts(listed, scheme, before_veto=True)
    cells = [
        Figure(
            t("evaluation.permu.class", name=name),
            formats.count(counts[name]),
            unit=t("evaluation.unit.zones"),
            note=t("evaluation.permu.before_veto", n=formats.count(before[name])),
        )
        for name in counts.index
    ]
    out = int((listed["not_ranked"] != "").sum())
    cells.append(
        Figure(
            t("evaluation.permu.not_ranked"),
            formats.count(out),
            unit=t("evaluation.unit.zones"),
            note=t("evaluation.permu.not_ranked_note"),
        )
    )
    key_figures(cells)


def permu_table(
    ctx: Context, run: Run, scheme: PermuScheme, found: Evaluation, listed: pd.DataFrame
) -> pd.DataFrame:
    """One row a zone, as it is shown and exported."""
    t = ctx.t
    facts = run.figures.facts.loc[listed.index]
    out: dict[str, Any] = {
        t("evaluation.col.rank"): listed["rank"],
        t("evaluation.col.zone"): words.names_of(ctx, run, listed.index),
        t("evaluation.col.class"): listed["class"],
        t("evaluation.col.score"): listed["score"],
        t("evaluation.col.known"): listed["known_share"],
    }
    out |= value_columns(ctx, scheme, found, listed.index)
    out |= result_columns(ctx, scheme, listed)
    out[t("evaluation.col.year")] = [
        formats.MISSING if formats.is_missing(year) else str(year) for year in facts["year"]
    ]
    out[t("evaluation.col.demonstration")] = [
        t("evaluation.yes") if made_up else "" for made_up in facts["demonstration"]
    ]
    return pd.DataFrame(out, index=listed.index)


def _draw(ctx: Context, shown: pd.DataFrame, zones: list[str]) -> None:
    columns = column_config(ctx, shown)
    st.dataframe(
        tables.shown(shown, columns),
        hide_index=True,
        height=_TABLE_HEIGHT,
        placeholder=formats.MISSING,
        key="evaluation-permu-table",
        on_select=words.follow("evaluation-permu-table", zones),
        selection_mode="single-row",
        column_config=columns,
    )


def _detail(ctx: Context, run: Run, scheme: PermuScheme, found: Evaluation, zone: str) -> None:
    """The terms of one zone, each with its figures and where they come from."""
    t = ctx.t
    section(plain(t("evaluation.zone.title", zone=words.zone_name(ctx, run, zone))))
    show_terms(
        ctx, scheme, found, zone, key="evaluation-terms",
        side=lambda names, _: words.side_text(ctx, run, zone, names),
    )  # fmt: skip
    show_lacking(
        ctx, found, zone, to=t("evaluation.to_template"),
        name=lambda name: words.figure_name(ctx, name),
    )  # fmt: skip
