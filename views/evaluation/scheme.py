"""Schemes of per-mu evaluation on the page: the choice, what they say, results in their words."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.evaluation.permu import Evaluation
from domain import formats
from domain.permu_schemes import PermuScheme, Subject, permu_schemes
from export.workbook import Kind
from views import address, tables
from views.context import Context
from views.evaluation import words
from views.markup import plain

KEYS: Final[dict[Subject, str]] = {
    "zone": "evaluation-scheme",
    "enterprise": "evaluation-firm-scheme",
}
"""Key of the choice, by what is scored."""

_MARKS: Final = ("not_positive", "instead")
_BEST: Final = 150
"""Top of the bar of a score: full marks under a cap of 1.5."""


def schemes_of(subject: Subject) -> dict[str, PermuScheme]:
    """Schemes that score zones or enterprises, by their id; those named after Jiangxi first."""
    mine = {key: one for key, one in permu_schemes().items() if one.subject == subject}
    return dict(sorted(mine.items(), key=lambda pair: not pair[0].startswith("jiangxi")))


def choose_scheme(ctx: Context, subject: Subject) -> PermuScheme:
    """Draw the choice of a scheme."""
    schemes, key = schemes_of(subject), KEYS[subject]
    codes = list(schemes)
    address.seed(key, codes, codes[0])
    chosen = st.selectbox(
        ctx.t("evaluation.permu.scheme"),
        codes,
        format_func=lambda code: ctx.t.pick(schemes[code].title_zh, schemes[code].title_en),
        key=key,
        help=ctx.t("evaluation.permu.scheme_help"),
    )
    address.keep(key, codes[0])
    return schemes[chosen or codes[0]]


def scheme_chosen(subject: Subject) -> PermuScheme:
    """The scheme that :func:`choose_scheme` shows, for what is drawn above it."""
    schemes = schemes_of(subject)
    return schemes.get(address.chosen(KEYS[subject]), next(iter(schemes.values())))


def scheme_line(ctx: Context, scheme: PermuScheme) -> str:
    """Certainty, benchmark, cap and source of a scheme in one line."""
    t = ctx.t
    region = scheme.benchmark.by or f"all_{scheme.subject}"
    return t(
        "evaluation.permu.line",
        status=words.certainty(ctx, scheme.status),
        factor=formats.number(scheme.benchmark.factor, 2),
        cap=formats.number(scheme.cap, 2),
        region=t(f"evaluation.permu.region.{region}"),
        source=words.source_of(ctx, scheme),
    )


def scheme_table(ctx: Context, scheme: PermuScheme) -> None:
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
        t("evaluation.note_source"): words.source_of(ctx, scheme),
    }


def result_columns(ctx: Context, scheme: PermuScheme, listed: pd.DataFrame) -> dict[str, Any]:
    """Vetoes, reasons and marks of evaluated units in words.

    Args:
        ctx: The run.
        scheme: The scheme.
        listed: Rows of :attr:`analytics.evaluation.permu.Evaluation.table`.
    """
    t = ctx.t
    return {
        t("evaluation.col.vetoes"): [vetoes_text(ctx, scheme, v) for v in listed["vetoes"]],
        t("evaluation.col.vetoes_unknown"): [
            vetoes_text(ctx, scheme, v) for v in listed["vetoes_unknown"]
        ],
        t("evaluation.col.not_ranked"): [reasons_text(ctx, r) for r in listed["not_ranked"]],
        t("evaluation.col.marks"): [marks_text(ctx, scheme, m) for m in listed["marks"]],
    }


def value_columns(
    ctx: Context, scheme: PermuScheme, found: Evaluation, labels: pd.Index
) -> dict[str, pd.Series]:
    """Value of every indicator of some units, by heading with unit."""
    t = ctx.t
    values = found.terms.pivot_table(index="unit_label", columns="indicator", values="value")
    out = {}
    for figure in scheme.indicator:
        unit = t(f"evaluation.unit.{figure.unit}")
        title = words.title_of(ctx, figure)
        head = t("evaluation.with_unit", name=title, unit=unit) if unit else title
        column = values[figure.id] if figure.id in values else pd.Series(dtype="float64")
        out[head] = column.reindex(labels)
    return out


def column_config(ctx: Context, shown: pd.DataFrame) -> dict[str, Any]:
    """How the columns of a table of evaluated units are drawn."""
    t = ctx.t
    number = st.column_config.NumberColumn
    heads = [str(c) for c in shown if pd.api.types.is_float_dtype(shown[c].dtype)]
    columns: dict[str, Any] = {head: number(format="%.2f") for head in heads}
    return columns | {
        t("evaluation.col.score"): st.column_config.ProgressColumn(
            min_value=0, max_value=_BEST, format="%.1f", help=t("evaluation.permu.score_help")
        ),
        t("evaluation.col.known"): tables.share_column(),
    }


def vetoes_text(ctx: Context, scheme: PermuScheme, columns: object) -> str:
    """Names of vetoes whose columns are joined by ``;``."""
    titles = {one.column: ctx.t.pick(one.title_zh, one.title_en) for one in scheme.veto}
    names = [] if formats.is_missing(columns) else str(columns).split(";")
    return ctx.t("evaluation.joiner").join(titles.get(name, name) for name in names)


def reasons_text(ctx: Context, reasons: object) -> str:
    """Why a unit is not ranked, in words."""
    names = [] if formats.is_missing(reasons) else str(reasons).split(";")
    return ctx.t("evaluation.joiner").join(
        ctx.t.get(f"evaluation.reason.{name}", name) for name in names
    )


def marks_text(ctx: Context, scheme: PermuScheme, marks: object) -> str:
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
