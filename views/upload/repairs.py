"""Proposed repairs of invalid shapes: seen before and after, carried out with consent only."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats
from ingest import Inspection
from ingest.evidence import Repair
from views.context import Context
from views.upload.shelf import Held
from views.upload.sketch import as_image, data_url, repair_picture

_PICTURE_PX: Final = 64
_SHOWN: Final = 4
_REASONS: Final = (
    "self-intersection",
    "ring self-intersection",
    "hole lies outside shell",
    "nested shells",
    "nested holes",
    "duplicate rings",
    "too few points",
    "interior is disconnected",
    "invalid coordinate",
    "ring is not closed",
)


def reason_words(ctx: Context, reason: str) -> str:
    """What is wrong with a shape, in the language of the page."""
    plain = reason.partition("[")[0].strip().lower()
    for known in _REASONS:
        if plain.startswith(known):
            return ctx.t(f"upload.reason_{known.replace(' ', '_').replace('-', '_')}")
    return reason


def table(ctx: Context, repairs: Sequence[Repair]) -> pd.DataFrame:
    """Repairs as they are listed: consent, row, areas in m2, difference, picture."""
    return pd.DataFrame(
        {
            "accepted": [r.accepted for r in repairs],
            "row": [r.row for r in repairs],
            "reason": [reason_words(ctx, r.reason) for r in repairs],
            "before": [r.area_before_m2 for r in repairs],
            "after": [r.area_after_m2 for r in repairs],
            "difference": [round(r.area_after_m2 - r.area_before_m2, 3) for r in repairs],
            "parts": [r.parts for r in repairs],
            "picture": [data_url(repair_picture(r.before_wkb, r.after_wkb)) for r in repairs],
        }
    )


def show_repairs(ctx: Context, held: Held, inspection: Inspection) -> None:
    """The proposals; what is ticked is carried out by a new check."""
    t, repairs = ctx.t, inspection.report.repairs
    st.caption(t("upload.repairs_hint"))
    plain = table(ctx, repairs)
    version = len(inspection.choices.repair_rows)
    with st.form(f"upload_repairs_{held.digest[:12]}_{version}", border=False):
        edited = st.data_editor(
            plain,
            hide_index=True,
            key=f"upload_repair_table_{held.digest[:12]}_{version}",
            disabled=[name for name in plain.columns if name != "accepted"],
            row_height=_PICTURE_PX,
            height=min(330, (_PICTURE_PX + 1) * len(plain) + 40),
            alt=t("upload.repairs"),
            column_config=_columns(ctx),
        )
        one, every = st.columns([1, 1])
        chosen = one.form_submit_button(t("upload.repair_chosen"), type="primary", width="stretch")
        whole = every.form_submit_button(t("upload.repair_all", n=len(repairs)), width="stretch")
    rows = [int(r) for r in edited.loc[edited["accepted"], "row"]]
    if whole:
        rows = [r.row for r in repairs]
    if chosen or whole:
        _consent(ctx, held, inspection, rows)
    _large(ctx, repairs)


def _columns(ctx: Context) -> dict[str, Any]:
    t, config = ctx.t, st.column_config
    return {
        "accepted": config.CheckboxColumn(t("upload.consent"), width=64),
        "row": config.NumberColumn(t("upload.row"), width=58),
        "reason": config.TextColumn(t("upload.reason_wrong"), width=110),
        "before": config.NumberColumn(t("upload.area_before"), width=105, format="%.1f"),
        "after": config.NumberColumn(t("upload.area_after"), width=105, format="%.1f"),
        "difference": config.NumberColumn(t("upload.area_difference"), width=90, format="%+.1f"),
        "parts": config.NumberColumn(t("upload.parts"), width=56),
        "picture": config.ImageColumn(t("upload.before_after"), width=160),
    }


def _consent(ctx: Context, held: Held, inspection: Inspection, rows: list[int]) -> None:
    agreed = tuple(sorted(rows))
    if agreed == inspection.choices.repair_rows:
        st.info(ctx.t("upload.repair_nothing"))
        return
    held.start(inspection.choices.model_copy(update={"repair_rows": agreed}))
    st.rerun()


def _large(ctx: Context, repairs: Sequence[Repair]) -> None:
    """The first few in a size in which a bow can be seen."""
    drawn = []
    for repair in repairs[:_SHOWN]:
        svg = repair_picture(repair.before_wkb, repair.after_wkb, width=340, height=150)
        if not svg:
            continue
        words = ctx.t(
            "upload.repair_words",
            row=repair.row,
            reason=reason_words(ctx, repair.reason),
            before=formats.number(repair.area_before_m2, 1),
            after=formats.number(repair.area_after_m2, 1),
        )
        drawn.append(
            f"<figure>{as_image(svg, words)}<figcaption>{escape(words)}</figcaption></figure>"
        )
    if drawn:
        st.html(f'<div class="gy-repairs">{"".join(drawn)}</div>')
