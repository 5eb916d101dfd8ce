"""Words that the parts of the figures share."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from domain import formats
from views.context import Context
from views.idle import words
from views.idle.figures_data import Both
from views.markup import plain

_NAMED: Final = 5
"""Batches in error that are named; the ledger page lists all."""


def figure_name(ctx: Context, key: str) -> str:
    """Name of a figure."""
    return ctx.t(f"figures.name.{key}")


def area_label(ctx: Context, key: str) -> str:
    """A heading with the unit of areas."""
    return ctx.t(key, unit=ctx.t(f"unit.{ctx.unit}"))


def status_words(ctx: Context, status: pd.Series) -> pd.Series:
    """Statuses in words; missing ones stay missing."""
    return words.statuses(ctx, status)


def note_left_out(ctx: Context, land: Both) -> None:
    """Say which batches no figure counts; nothing where all are counted."""
    out = land.left_out
    if not out.count:
        return
    shown = plain(ctx.t.pick("、", ", ").join(out.names[:_NAMED]))
    more = ctx.t("figures.more") if out.count > _NAMED else ""
    st.warning(
        ctx.t(
            "figures.left_out",
            count=formats.count(out.count),
            area=formats.area(out.area_m2, ctx.unit),
            unit=ctx.t(f"unit.{ctx.unit}"),
            names=shown + more,
        )
    )
