"""Per-mu evaluation of zones (亩产评价): scheme, score, class, vetoes, and what each rests on."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.evaluation import permu, permu_classes, zone_figures
from analytics.evaluation.permu import Evaluation
from domain import formats
from domain.permu_schemes import PermuScheme, permu_schemes
from domain.reference import zone_prefectures
from export.workbook import Kind
from views import address, tables
from views.context import Context
from views.downloads import download_table
from views.evaluation import words
from views.evaluation.run import Run
from views.evaluation.zone import choose_zone
from views.frame import Figure, door, empty_state, key_figures, section, source_line
from views.markup import plain

SCHEME: Final = "evaluation-scheme"
_TABLE_HEIGHT: Final = 430
_MARKS: Final = ("not_positive", "instead")


def show_permu(ctx: Context, run: Run) -> None:
    """Draw the part."""
    t = ctx.t
    scheme = _choose_scheme(ctx, zone_schemes())
    found = evaluated(run, scheme)
    listed = chosen_zones(run, found.table)
    section(t("evaluation.permu.title", n=len(listed)), help_text=t("evaluation.permu.help"))
    st.caption(plain(_scheme_line(ctx, scheme)))
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
    _scheme_table(ctx, scheme)


def zone_schemes() -> dict[str, PermuScheme]:
    """Schemes that score zones, by their id."""
    return {key: one for key, one in permu_schemes().items() if one.subject == "zone"}


def evaluated(run: Run, scheme: PermuScheme) -> Evaluation:
    """Score and class of all zones, ranked over all of them."""
    units = zone_figures.units(run.figures, zone_prefectures()).loc[run.everything.index]
    return permu.evaluate(units, scheme, as_of=run.day)


def _choose_scheme(ctx: Context, schemes: dict[str, PermuScheme]) -> PermuScheme:
    codes = list(schemes)
    address.seed(SCHEME, codes, codes[0])
    chosen = st.selectbox(
        ctx.t("evaluation.permu.scheme"),
        codes,
        format_func=lambda code: ctx.t.pick(schemes[code].title_zh, schemes[code].title_en),
        key=SCHEME,
        help=ctx.t("evaluation.permu.scheme_help"),
    )
    address.keep(SCHEME, codes[0])
    return schemes[chosen or codes[0]]


def _scheme_line(ctx: Context, scheme: PermuScheme) -> str:
    t = ctx.t
    return t(
        "evaluation.permu.line",
        status=words.certainty(ctx, scheme.status),
        factor=formats.number(scheme.benchmark.factor, 2),
        cap=formats.number(scheme.cap, 2),
        region=t(f"evaluation.permu.region.{scheme.benchmark.by or 'all'}"),
        source=scheme.source,
    )


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
    values = found.terms.pivot_table(index="unit_label", columns="indicator", values="value")
    for figure in scheme.indicator:
        unit = t(f"evaluation.unit.{figure.unit}")
        head = t("evaluation.with_unit", name=words.title_of(ctx, figure), unit=unit)
        column = values[figure.id] if figure.id in values else pd.Series(dtype="float64")
        out[head] = column.reindex(listed.index)
    out[t("evaluation.col.vetoes")] = [_vetoes(ctx, scheme, v) for v in listed["vetoes"]]
    out[t("evaluation.col.vetoes_unknown")] = [
        _vetoes(ctx, scheme, v) for v in listed["vetoes_unknown"]
    ]
    out[t("evaluation.col.not_ranked")] = [_reasons(ctx, r) for r in listed["not_ranked"]]
    out[t("evaluation.col.marks")] = [_marks(ctx, scheme, m) for m in listed["marks"]]
    out[t("evaluation.col.year")] = [
        formats.MISSING if formats.is_missing(year) else str(year) for year in facts["year"]
    ]
    out[t("evaluation.col.demonstration")] = [
        t("evaluation.yes") if made_up else "" for made_up in facts["demonstration"]
    ]
    return pd.DataFrame(out, index=listed.index)


def _draw(ctx: Context, shown: pd.DataFrame, zones: list[str]) -> None:
    t = ctx.t
    number = st.column_config.NumberColumn
    heads = [str(c) for c in shown if pd.api.types.is_float_dtype(shown[c].dtype)]
    columns: dict[str, Any] = {head: number(format="%.2f") for head in heads}
    columns |= {
        t("evaluation.col.score"): st.column_config.ProgressColumn(
            min_value=0, max_value=150, format="%.1f", help=t("evaluation.permu.score_help")
        ),
        t("evaluation.col.known"): tables.share_column(),
    }
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
    by_id = {one.id: one for one in scheme.indicator}
    mine = found.terms[found.terms["unit_label"] == zone]
    rows = []
    for row in mine.to_dict("records"):
        figure = by_id[str(row["indicator"])]
        rows.append(
            {
                "indicator": words.title_of(ctx, figure),
                "value": words.quotient_text(ctx, figure, row["value"]),
                "benchmark": words.quotient_text(ctx, figure, row["benchmark"]),
                "ratio": row["ratio"],
                "counted": row["counted"],
                "weight": row["weight"],
                "points": row["points"],
                "state": t(f"evaluation.term.{row['state']}"),
                "above": words.side_text(ctx, run, zone, figure.numerator),
                "below": words.side_text(ctx, run, zone, figure.denominator),
                "formula": t.pick(figure.formula_zh, figure.formula_en),
                "certainty": words.certainty(ctx, figure.status),
            }
        )
    table = pd.DataFrame(rows)
    section(plain(t("evaluation.zone.title", zone=words.zone_name(ctx, run, zone))))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    heads = {name: t(f"evaluation.chain.{name}") for name in table}
    columns = {
        heads["ratio"]: number(format="%.2f"),
        heads["counted"]: number(format="%.2f", help=t("evaluation.chain.counted_help")),
        heads["weight"]: tables.share_column(),
        heads["points"]: number(format="%.1f"),
        heads["above"]: text(width="large"),
        heads["below"]: text(width="large"),
    }
    st.dataframe(
        tables.shown(table.rename(columns=heads), columns),
        hide_index=True,
        placeholder=formats.MISSING,
        key="evaluation-terms",
        column_config=columns,
    )
    lacking = ";".join(str(names) for names in mine["missing"] if str(names))
    if lacking:
        joined = words.figure_names(ctx, ";".join(dict.fromkeys(lacking.split(";"))))
        n = len(set(lacking.split(";")))
        st.warning(plain(t("evaluation.fill_in", n=n, names=joined)))
        door(ctx, "upload", t("evaluation.to_template"))


def _scheme_table(ctx: Context, scheme: PermuScheme) -> None:
    """Weights, benchmark, classes and vetoes of the scheme."""
    t = ctx.t
    with st.expander(t("evaluation.permu.scheme_open")):
        table = pd.DataFrame(
            {
                t("evaluation.chain.indicator"): [
                    words.title_of(ctx, one) for one in scheme.indicator
                ],
                t("evaluation.chain.weight"): [one.weight for one in scheme.indicator],
                t("evaluation.chain.formula"): [
                    t.pick(one.formula_zh, one.formula_en) for one in scheme.indicator
                ],
                t("evaluation.chain.certainty"): [
                    words.certainty(ctx, one.status) for one in scheme.indicator
                ],
            }
        )
        columns = {t("evaluation.chain.weight"): tables.share_column()}
        st.dataframe(
            tables.shown(table, columns),
            hide_index=True,
            key="evaluation-scheme-table",
            column_config=columns,
        )
        cuts = t("evaluation.joiner").join(
            f"{one.name} ≤ {formats.share(one.upto)}" for one in scheme.classes
        )
        vetoes = t("evaluation.joiner").join(
            t(
                "evaluation.permu.veto",
                name=t.pick(one.title_zh, one.title_en),
                best=one.at_best,
            )
            for one in scheme.veto
        )
        st.markdown(plain(t("evaluation.permu.cuts", cuts=cuts, vetoes=vetoes or "—")))


def scheme_notes(ctx: Context, scheme: PermuScheme) -> dict[str, str]:
    """The scheme that the results rest on, for a file."""
    t = ctx.t
    return {
        t("evaluation.note_scheme"): f"{scheme.id} · "
        f"{t.pick(scheme.title_zh, scheme.title_en)} · {words.certainty(ctx, scheme.status)}",
        t("evaluation.note_source"): scheme.source,
    }


def _vetoes(ctx: Context, scheme: PermuScheme, columns: object) -> str:
    titles = {one.column: ctx.t.pick(one.title_zh, one.title_en) for one in scheme.veto}
    names = [] if formats.is_missing(columns) else str(columns).split(";")
    return ctx.t("evaluation.joiner").join(titles.get(name, name) for name in names)


def _reasons(ctx: Context, reasons: object) -> str:
    names = [] if formats.is_missing(reasons) else str(reasons).split(";")
    return ctx.t("evaluation.joiner").join(
        ctx.t.get(f"evaluation.reason.{name}", name) for name in names
    )


def _marks(ctx: Context, scheme: PermuScheme, marks: object) -> str:
    """Marks of a unit in words; those of an indicator name it."""
    titles = {one.id: words.title_of(ctx, one) for one in scheme.indicator}
    out = []
    for mark in [] if formats.is_missing(marks) else str(marks).split(";"):
        kind, _, indicator = mark.partition(":")
        if kind in _MARKS:
            out.append(ctx.t(f"evaluation.mark.{kind}", name=titles.get(indicator, indicator)))
        else:
            out.append(ctx.t.get(f"evaluation.mark.{kind}", kind))
    return ctx.t("evaluation.joiner").join(out)


def permu_kinds(ctx: Context, shown: pd.DataFrame) -> dict[str, Kind]:
    """Kinds of the columns of the table that are no texts."""
    kinds: dict[str, Kind] = {
        str(c): "number" for c in shown if pd.api.types.is_float_dtype(shown[c].dtype)
    }
    kinds[ctx.t("evaluation.col.known")] = "share"
    kinds[ctx.t("evaluation.col.rank")] = "count"
    return kinds
