"""What lies between the two zones of a pair: distance and barriers, with their origin and day."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats
from views import tables
from views.consolidation import words
from views.context import Context

TERMS: Final = ("adjacency", "barrier")
"""Terms that are of the pair and of neither zone alone."""


def between(ctx: Context, pair: pd.Series) -> pd.DataFrame:
    """One row a term, in words.

    Args:
        ctx: The run.
        pair: A row of :func:`analytics.consolidation.candidates.candidates`.

    Returns:
        RangeIndex, text: ``fact``, ``value``, ``origin``.
    """
    rows = [
        (
            ctx.t(f"consolidation.between.{term}"),
            words.value(ctx, pair, term),
            _told(ctx, pair, term),
        )
        for term in TERMS
    ]
    return pd.DataFrame(rows, columns=["fact", "value", "origin"], dtype="string")


def show_between(ctx: Context, pair: pd.Series) -> None:
    """Draw it under the comparison of both zones."""
    shown = between(ctx, pair)
    heads = {"fact": "fact", "value": "between", "origin": "origin"}
    config: dict[str, Any] = {}
    for name, head in heads.items():
        label = ctx.t(f"consolidation.col.{head}")
        width = tables.text_width([label, *shown[name]])
        config[name] = st.column_config.TextColumn(label, width=width)
    st.dataframe(
        shown, column_config=config, hide_index=True, height="content",
        key="consolidation-between",
    )  # fmt: skip


def _told(ctx: Context, pair: pd.Series, term: str) -> str:
    """Source and day of a term, and whether it is made up."""
    if pair[f"{term}_state"] == "unknown":
        return formats.MISSING
    parts = [words.source(ctx, pair, term)]
    if not formats.is_missing(pair[f"{term}_date"]) and pair[f"{term}_date"]:
        parts.append(words.date(ctx, pair, term))
    if pair[f"{term}_state"] == "demonstration":
        parts.append(ctx.t("consolidation.state.demonstration"))
    return " · ".join(parts)
