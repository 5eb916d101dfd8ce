"""List of the pairs on the consolidation page."""

from __future__ import annotations

import streamlit as st

from domain import formats
from views import consolidation_robust as robust
from views import consolidation_words as words
from views.consolidation_map import HEIGHT
from views.consolidation_study import Study, pair_ids
from views.context import Context
from views.frame import section, source_line


def show_list(ctx: Context, study: Study) -> int | None:
    """Draw the pairs; returns the position of the selected row, None without one."""
    t, pairs = ctx.t, study.pairs
    section(t("consolidation.table.title", n=len(pairs)))
    listed = words.table(ctx, pairs)
    shown = robust.with_columns(ctx, listed, pair_ids(pairs), study.standing)
    robust.summary(ctx, pair_ids(pairs), study.standing, study.rules)
    event = st.dataframe(
        shown,
        column_config=words.columns(ctx, listed) | robust.columns(ctx, study.rules),
        hide_index=True,
        height=HEIGHT - 90,
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        key="consolidation-table",
    )
    source_line(t("consolidation.table.source"))
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(pairs) else None
