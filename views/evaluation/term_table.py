"""Indicators of one zone or enterprise in a per-mu evaluation, and what was not filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from analytics.evaluation.permu import Evaluation
from domain import formats
from domain.permu_schemes import PermuIndicator, PermuScheme
from views import tables
from views.context import Context
from views.evaluation import words
from views.frame import door
from views.markup import plain

Side = Callable[[tuple[str, ...], object], str]
"""Says figures above or below the line of an indicator, by their names and their sum."""


def show_terms(
    ctx: Context, scheme: PermuScheme, found: Evaluation, unit: str, *, side: Side, key: str
) -> None:
    """Draw every indicator with its value, benchmark, points and figures.

    Args:
        ctx: The run of the page.
        scheme: The scheme.
        found: The evaluation.
        unit: Label of the zone or enterprise.
        side: How figures are said.
        key: Key of the table.
    """
    t = ctx.t
    by_id = {one.id: one for one in scheme.indicator}
    marks = str(found.table.loc[[unit], "marks"].iloc[0]).split(";")
    rows = []
    for row in _of(found, unit).to_dict("records"):
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
                "above": side(_above(figure, marks), row["numerator"]),
                "below": side(figure.denominator, row["denominator"]),
                "formula": t.pick(figure.formula_zh, figure.formula_en),
                "certainty": words.certainty(ctx, figure.status),
            }
        )
    table = pd.DataFrame(rows)
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    heads = {name: t(f"evaluation.chain.{name}") for name in table}
    columns: dict[str, Any] = {
        heads["ratio"]: number(format="%.2f"),
        heads["counted"]: number(format="%.2f", help=t("evaluation.chain.counted_help")),
        heads["weight"]: tables.share_column(),
        heads["points"]: number(format="%.1f"),
    }
    for name in ("above", "below"):
        width = tables.text_width([heads[name], *table[name]])
        columns[heads[name]] = text(width=width)
    st.dataframe(
        tables.shown(table.rename(columns=heads), columns),
        hide_index=True,
        placeholder=formats.MISSING,
        key=key,
        column_config=columns,
    )


def show_lacking(
    ctx: Context, found: Evaluation, unit: str, *, name: Callable[[str], str], to: str
) -> None:
    """Draw which figures were not filled in, with the way to the template; nothing without any.

    Args:
        ctx: The run of the page.
        found: The evaluation.
        unit: Label of the zone or enterprise.
        name: How a figure is named.
        to: Text of the door to the template.
    """
    t = ctx.t
    lacking = dict.fromkeys(
        one for names in _of(found, unit)["missing"] for one in str(names).split(";") if one
    )
    if lacking:
        named = t("evaluation.joiner").join(name(one) for one in lacking)
        st.warning(plain(t("evaluation.fill_in", n=len(lacking), names=named)))
        door(ctx, "upload", to)


def _of(found: Evaluation, unit: str) -> pd.DataFrame:
    return found.terms[found.terms["unit_label"] == unit]


def _above(figure: PermuIndicator, marks: list[str]) -> tuple[str, ...]:
    """Figures above the line: where tax before refunds was given, it stands there."""
    if f"instead:{figure.id}" not in marks:
        return figure.numerator
    return (figure.instead, *figure.numerator[1:])
