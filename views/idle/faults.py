"""Rows in error: how many count in no figure, and the list of what is wrong and what to do."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.idle.faults import CODES, left_out
from domain import formats
from domain.issues import catalogue
from domain.schema import AREA, LEDGER, columns
from export.references import cited
from views import address
from views.context import Context
from views.downloads import download_table
from views.frame import empty_state, source_line
from views.idle.run import IdleRun
from views.idle.worklist import open_case, visits

_KIND: Final = "idle-fault"
_HEIGHT: Final = 400
_ROW_HEIGHT: Final = 58
"""Room for the three lines that the longest sentences take."""
_SHOWN: Final = 2_000


def fault_line(ctx: Context, run: IdleRun) -> str:
    """How many rows are in error and how much area is left out; empty where none is."""
    if run.faults.empty:
        return ""
    t, out = ctx.t, left_out(run.everything, run.faults).iloc[-1]
    ledger = run.faults[(run.faults["table"] != "parcels") & ~run.faults["counts_in_figures"]]
    return t(
        "idle.faults.line",
        count=formats.count(len(run.faults)),
        left=formats.count(out["count"]),
        area=formats.area(out["area_m2"], ctx.unit),
        unit=t(f"unit.{ctx.unit}"),
        rows=formats.count(ledger[["table", "label"]].drop_duplicates().shape[0]),
    )


def show_faults(ctx: Context, run: IdleRun) -> None:
    """Draw the list of faults; a parcel that is chosen opens its case.

    Args:
        ctx: The run of the page.
        run: What the page is about.
    """
    t = ctx.t
    if run.faults.empty:
        empty_state(t("idle.faults.none"))
        return
    there = run.faults["fault"].value_counts()
    kinds = [fault for fault in CODES if fault in there.index]
    address.seed(_KIND, ["", *kinds], "")

    def label(fault: str) -> str:
        if not fault:
            return t("idle.faults.all", count=formats.count(len(run.faults)))
        return f"{CODES[fault]} {t(f'idle.fault.{fault}')} ({formats.count(there[fault])})"

    chosen = st.selectbox(t("idle.faults.kind"), ["", *kinds], format_func=label, key=_KIND)
    address.keep(_KIND, "")
    rows = run.faults[run.faults["fault"] == chosen] if chosen else run.faults
    _table(ctx, run, rows)


def _table(ctx: Context, run: IdleRun, rows: pd.DataFrame) -> None:
    t, key = ctx.t, f"idle-faults-{visits()}"
    shown = rows.head(_SHOWN)
    if len(rows) > _SHOWN:
        st.caption(t("idle.faults.cut", shown=formats.count(_SHOWN), n=formats.count(len(rows))))
    ids = [
        name if table == "parcels" else ""
        for name, table in zip(shown["key"].astype(str), shown["table"], strict=True)
    ]
    st.dataframe(
        faults_table(ctx, shown),
        hide_index=True,
        height=_HEIGHT,
        row_height=_ROW_HEIGHT,
        key=key,
        placeholder=formats.MISSING,
        on_select=partial(_row_chosen, key, ids),
        selection_mode="single-row",
        column_config={
            t("idle.faults.what"): st.column_config.TextColumn(width=430),
            t("idle.faults.mend"): st.column_config.TextColumn(width=300),
        },
    )
    download_table(
        ctx,
        partial(faults_table, ctx, rows),
        key="idle-faults-file",
        name=t("idle.faults.file", date=run.day.isoformat()),
        kinds={},
        notes={
            t("data.note_version"): cited(run.version),
            t("data.note_day"): run.day.isoformat(),
            t("data.note_place"): run.place.name(ctx),
        },
        demonstration=run.version.demonstration,
    )
    source_line(t("idle.source.version", version=cited(run.version), date=run.day.isoformat()))


def faults_table(ctx: Context, faults: pd.DataFrame) -> pd.DataFrame:
    """Faults in words: code, row, what is wrong, what to do, and whether it counts.

    Args:
        ctx: The run of the page.
        faults: Rows of :func:`analytics.idle.faults.find_faults`.
    """
    t, issues = ctx.t, catalogue()
    language = t.language
    details = [_named(ctx, text) for text in faults["detail"]]
    lines = zip(faults["code"], faults["key"], details, strict=True)
    return pd.DataFrame(
        {
            t("idle.faults.code"): faults["code"],
            t("idle.faults.table"): [t(f"idle.faults.table_{name}") for name in faults["table"]],
            t("idle.faults.key"): faults["key"],
            t("idle.faults.what"): [
                issues[code].what(language, key=key, detail=detail) for code, key, detail in lines
            ],
            t("idle.faults.mend"): [issues[code].mend(language) for code in faults["code"]],
            t("idle.faults.counts"): [
                t("idle.faults.counted" if counts else "idle.faults.left_out")
                for counts in faults["counts_in_figures"]
            ],
        },
        index=faults.index,
    )


def _named(ctx: Context, detail: str) -> str:
    """The columns and values of a fault with the names that the forms give them."""
    names = _columns()
    parts = []
    for pair in detail.split("; "):
        name, _, value = pair.partition("=")
        label = ctx.t.pick(*names[name]) if name in names else name
        parts.append(f"{label} {value or formats.MISSING}".strip())
    return ctx.t.pick("，", ", ").join(parts)


@cache
def _columns() -> dict[str, tuple[str, str]]:
    """Chinese and English name of every column that a fault may name."""
    found = {c.column: (c.zh, c.en) for kind in (*LEDGER, "parcels") for c in columns(kind)}
    return {
        **found,
        AREA: ("图形面积（m²）", "measured area (m2)"),
        "linked_m2": ("分摊合计（m²）", "sum of links (m2)"),
    }


def _row_chosen(key: str, ids: list[str]) -> None:
    event: Any = st.session_state[key]
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(ids) and ids[rows[0]]:
        open_case(ids[rows[0]])
