"""Which field of the file became which column; changed by hand, remembered for the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from domain import schema
from ingest import Inspection, Report
from store import Store, Viewer
from views.context import Context
from views.markup import plain
from views.upload.shelf import Held

_NONE: Final = ""
_UNMAPPED_SHOWN: Final = 20


def subject(report: Report) -> str:
    """Under which name the mapping of files of this layout is remembered."""
    return f"mapping:{report.fingerprint}"


def recalled(store: Store, report: Report, viewer: Viewer) -> dict[str, str]:
    """The mapping that the office remembered for files of this layout; empty where there is none.

    Fields that the file does not have are left out.
    """
    if not report.fingerprint:
        return {}
    kept = store.remembered(subject(report), viewer) or {}
    fields = kept.get("fields")
    if not isinstance(fields, Mapping):
        return {}
    there = {m.source for m in report.mapping} | set(report.unmapped) | {_NONE}
    known = {c.column for c in schema.columns(report.kind)}
    return {str(c): str(f) for c, f in fields.items() if c in known and f in there}


def apply_recalled(ctx: Context, held: Held, inspection: Inspection) -> bool:
    """Check again with the mapping that the office remembered, where it says something else.

    Returns:
        Whether a check was started.
    """
    report = inspection.report
    if held.recalled == subject(report) or report.fingerprint in held.asked:
        return False
    held.asked.add(report.fingerprint)
    fields = recalled(ctx.store, report, ctx.viewer)
    now = {m.column: m.source for m in report.mapping}
    if not fields or all(now.get(column, _NONE) == field for column, field in fields.items()):
        return False
    held.recalled = subject(report)
    held.start(inspection.choices.model_copy(update={"fields": fields}))
    return True


def mapping_table(ctx: Context, report: Report) -> pd.DataFrame:
    """Columns of the kind: ``column``, ``name``, ``source``, ``unit``, ``sample`` and ``how``."""
    known = {c.column: c for c in schema.columns(report.kind)}
    return pd.DataFrame(
        [
            {
                "column": m.column,
                "name": ctx.t.pick(known[m.column].zh, known[m.column].en)
                + (" *" if known[m.column].required else ""),
                "source": m.source or _NONE,
                "unit": m.unit,
                "sample": m.sample,
                "how": ctx.t(f"upload.how_{m.how}"),
            }
            for m in report.mapping
        ]
    )


def show_mapping(ctx: Context, held: Held, inspection: Inspection) -> None:
    """The mapping as a table; changes take effect with the button below."""
    t, report = ctx.t, inspection.report
    if held.recalled:
        _recalled_line(ctx, held, inspection)
    rows = mapping_table(ctx, report)
    fields = [
        _NONE,
        *dict.fromkeys([*(m.source for m in report.mapping if m.source), *report.unmapped]),
    ]
    # Only headings of yearly figures name units.
    units = ["unit"] if any(m.unit for m in report.mapping) else []
    mark = f"{held.digest[:12]}_{abs(hash(tuple(inspection.choices.fields.items())))}"
    with st.form(f"upload_mapping_{mark}", border=False):
        edited = st.data_editor(
            rows,
            hide_index=True,
            key=f"upload_mapping_table_{mark}",
            disabled=["column", "name", "unit", "sample", "how"],
            column_order=["name", "source", *units, "sample", "how"],
            height=330,
            alt=t("upload.mapping"),
            placeholder="—",
            column_config={
                "name": st.column_config.TextColumn(t("upload.column"), width=150),
                "source": st.column_config.SelectboxColumn(
                    t("upload.source_field"), options=fields, width=190
                ),
                "unit": st.column_config.TextColumn(t("upload.read_in"), width=80),
                "sample": st.column_config.TextColumn(t("upload.sample"), width=210),
                "how": st.column_config.TextColumn(t("upload.how"), width=120),
            },
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.form_submit_button(t("upload.mapping_apply"), type="primary")
            keep = st.checkbox(t("upload.remember"), value=True, key=f"upload_remember_{mark}")
    if report.unmapped:
        names = plain(ctx.t.pick("、", ", ").join(report.unmapped[:_UNMAPPED_SHOWN]))
        st.caption(t("upload.unmapped", names=names))
    if pressed:
        _apply(ctx, held, inspection, rows, edited, keep=keep)


def _apply(
    ctx: Context,
    held: Held,
    inspection: Inspection,
    rows: pd.DataFrame,
    edited: pd.DataFrame,
    *,
    keep: bool,
) -> None:
    """Check again with the changed mapping, and remember all of it."""
    sources = edited["source"].fillna(_NONE)
    changed = sources != rows["source"]
    asked = dict(zip(edited["column"][changed], sources[changed], strict=True))
    fields = {**inspection.choices.fields, **asked}
    if keep:
        whole = dict(zip(edited["column"], sources, strict=True))
        by_hand = {c: f for c, f in whole.items() if c in fields or f}
        ctx.store.remember(subject(inspection.report), {"fields": by_hand}, viewer=ctx.viewer)
        held.asked.add(inspection.report.fingerprint)
    if not asked:
        st.info(ctx.t("upload.mapping_kept") if keep else ctx.t("upload.mapping_unchanged"))
        return
    held.start(inspection.choices.model_copy(update={"fields": fields}))
    st.rerun()


def _recalled_line(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Say that a remembered mapping was applied, and let it be forgotten."""
    with st.container(horizontal=True, vertical_alignment="center", key="upload_recalled"):
        st.markdown(ctx.t("upload.recalled"))
        if st.button(ctx.t("upload.forget"), key="upload_forget", type="tertiary"):
            ctx.store.remember(subject(inspection.report), {}, viewer=ctx.viewer)
            held.recalled = ""
            held.start(inspection.choices.model_copy(update={"fields": {}}))
            st.rerun()
