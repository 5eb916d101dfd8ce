"""List of the pairs on the consolidation page, with a small bar for each term, and as a file."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from analytics.consolidation.terms import TERMS
from domain import formats
from export.workbook import Kind
from views import tables
from views.consolidation import robust, words
from views.consolidation.map import HEIGHT
from views.consolidation.study import Study, pair_ids
from views.context import Context
from views.downloads import download_table
from views.frame import section, source_line

_ABOVE: Final = 150
"""Room of what stands above and below the list beside the map."""
_NUMBERS: Final[dict[str, Kind]] = {
    "rank": "count",
    "score": "number",
    "score_low": "number",
    "score_high": "number",
    "distance": "number",
    "known": "share",
    "in_first": "share",
    "rank_move": "share",
}


def show_list(ctx: Context, study: Study) -> int | None:
    """Draw the pairs; returns the position of the selected row, None without one."""
    t, pairs = ctx.t, study.pairs
    section(t("consolidation.table.title", n=len(pairs)))
    listed = words.table(ctx, pairs, study.told)
    shown = robust.with_columns(ctx, listed, pair_ids(pairs), study.standing)
    robust.summary(ctx, pair_ids(pairs), study.standing, study.rules)
    columns = words.columns(ctx, listed) | robust.columns(ctx, study.rules)
    event = st.dataframe(
        tables.shown(shown, columns),
        column_config=columns,
        hide_index=True,
        height=HEIGHT - _ABOVE,
        placeholder=formats.MISSING,
        on_select="rerun",
        selection_mode="single-row",
        key="consolidation-table",
    )
    _downloads(ctx, study, shown)
    source_line(t("consolidation.table.source"))
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(pairs) else None


def _downloads(ctx: Context, study: Study, shown: pd.DataFrame) -> None:
    """The list as XLSX and CSV: all terms with facts and points, what is missing, the bounds."""
    titles = _titles(ctx, study)
    numbers = {name: _NUMBERS.get(name, "number") for name in (*_NUMBERS, *TERMS)}
    notes = {
        ctx.t("consolidation.file.day"): study.as_of.isoformat(),
        ctx.t("consolidation.file.rests_on"): study.version or ctx.t("consolidation.version"),
        ctx.t("consolidation.file.wording"): ctx.t("consolidation.file.wording_text"),
        ctx.t("consolidation.file.source"): ctx.t("consolidation.table.source"),
        **{
            f"{rule.id} {ctx.t.pick(rule.title_zh, rule.title_en)}": (
                f"{formats.number(rule.value, 2)} {rule.unit} · "
                + ctx.t(f"consolidation.status.{rule.status}")
            )
            for rule in study.rules.values()
        },
    }
    download_table(
        ctx,
        lambda: _file(ctx, study, shown).rename(columns=titles),
        key="consolidation-download",
        name=ctx.t("consolidation.file.name"),
        kinds={titles[name]: kind for name, kind in numbers.items()},
        notes=notes,
        demonstration=study.demonstration,
    )


def _file(ctx: Context, study: Study, shown: pd.DataFrame) -> pd.DataFrame:
    """The list with full names, and the facts of every term in words."""
    pick = "zh" if ctx.t.language == "zh_CN" else "en"
    out = shown.drop(columns="adds").assign(
        host=study.pairs[f"host_name_{pick}"], absorbed=study.pairs[f"absorbed_name_{pick}"]
    )
    rows = [pair for _, pair in study.pairs.iterrows()]
    for term in TERMS:
        out[f"{term}_facts"] = [words.value(ctx, pair, term) for pair in rows]
        out[f"{term}_source"] = [words.source(ctx, pair, term) for pair in rows]
    return out


def _titles(ctx: Context, study: Study) -> dict[str, str]:
    """Headings of the file, by column."""
    t = ctx.t
    own = robust.columns(ctx, study.rules)
    out: dict[str, str] = {name: str(config["label"]) for name, config in own.items()}
    facts, source = t("consolidation.col.value"), t("consolidation.col.source")
    for term in TERMS:
        name = t(f"consolidation.term.{term}")
        out[term] = f"{name} 0-100"
        out[f"{term}_facts"], out[f"{term}_source"] = f"{name} · {facts}", f"{name} · {source}"
    for name in words.LISTED:
        out[name] = t(f"consolidation.col.{name}")
    return out
