"""Every batch with its state: what may lapse and what has waited longest comes first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics.approval_states import STATES
from analytics.reconciliation import totals
from domain import boundaries, formats
from domain.rules import load_rules
from export.references import cited
from views import address
from views.context import Context
from views.downloads import download_table, rule_notes
from views.frame import empty_state, source_line
from views.idle import words as page_words
from views.idle.batches_data import rows_of
from views.idle.batches_file import choose_batch
from views.idle.batches_words import articles, missing, names_of, state_column, state_words
from views.idle.figures_words import area_label, areas, in_unit
from views.idle.run import IdleRun
from views.markup import plain
from views.places import named

SHOWN: Final = 5_000
"""Rows that a browser bears; the files hold all."""
_HEIGHT: Final = 400
_STATES: Final = "idle-batch-states"
_SEARCHED: Final = ("batch_id", "approval_no", "office", "unsupplied_cause", "disposal_path")


def show_batch_list(ctx: Context, run: IdleRun) -> None:
    """Draw the list; a row that is chosen opens its batch.

    Args:
        ctx: The run of the page.
        run: What the page is about; with batches.
    """
    t, rows = ctx.t, rows_of(ctx, run)
    found = _filtered(ctx, rows)
    if found.empty:
        empty_state(t("batches.list.none"), next_step=t("batches.list.none_next"))
        return
    st.caption(plain(_count_line(ctx, found)))
    shown = batch_table(ctx, run, found.head(SHOWN))
    key = f"idle-batches-{st.session_state.setdefault('idle-batch-round', 0)}"
    state = t("batches.col.state")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        shown.assign(**{state: pd.Series([[w] for w in shown[state]], index=shown.index)}),
        hide_index=True,
        height=_HEIGHT,
        key=key,
        placeholder=formats.MISSING,
        on_select=partial(row_chosen, key, found["batch_id"].head(SHOWN).astype(str).tolist()),
        selection_mode="single-row",
        column_config={
            state: state_column(ctx),
            names_of(ctx)["batch_id"]: text(width=230),
            t("batches.col.days"): number(help=t("batches.col.days_help"), format="localized"),
            t("idle.field.certainty"): text(help=t("idle.mark_help")),
            **areas(*_areas(ctx)),
        },
    )
    _download(ctx, run, found)
    source_line(t("batches.source", date=run.day.isoformat()))


def _areas(ctx: Context) -> list[str]:
    kinds = ("unsupplied", "approved", "supplied", "written_off")
    return [area_label(ctx, f"idle.batches.{kind}") for kind in kinds]


def _filtered(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that the person asks for, by state and by text."""
    t = ctx.t
    there = rows["state"].value_counts()
    options = [state for state in STATES if state in there.index]
    address.seed_many(_STATES, options, [])
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        chosen = st.multiselect(
            t("batches.col.state"),
            options,
            format_func=lambda key: (
                f"{t(f'batches.state.{key}')} {formats.count(there.get(key, 0))}"
            ),
            placeholder=t("batches.list.all_states"),
            key=_STATES,
            label_visibility="collapsed",
        )
    with right:
        text = st.text_input(
            t("batches.list.search"),
            placeholder=t("batches.list.search_help"),
            key="idle-batch-search",
            label_visibility="collapsed",
        )
    address.keep_many(_STATES, [])
    return matching(ctx, rows, chosen, text)


def matching(ctx: Context, rows: pd.DataFrame, states: Sequence[str], text: str) -> pd.DataFrame:
    """Batches of some states (of all where none is named) that hold a text."""
    out = rows[rows["state"].isin(states)] if states else rows
    wanted = text.strip().casefold()
    if not wanted:
        return out
    county = out["county_adcode"].map(
        {code: boundaries.name_of(code, ctx.t.language) for code in out["county_adcode"].unique()}
    )
    keep = county.str.casefold().str.contains(wanted, regex=False)
    for name in _SEARCHED:
        texts = out[name].fillna("").astype(str).str.casefold()
        keep |= texts.str.contains(wanted, regex=False)
    return out[keep.fillna(value=False).astype(bool)]


def _count_line(ctx: Context, found: pd.DataFrame) -> str:
    """Number and areas; what is oversupplied is in no area and is counted."""
    t, unit = ctx.t, ctx.t(f"unit.{ctx.unit}")
    summed = totals(found)
    line = t(
        "batches.list.count",
        count=formats.count(len(found)),
        approved=formats.area(summed.approved_m2, ctx.unit),
        unsupplied=formats.area(summed.unsupplied_m2, ctx.unit),
        unit=unit,
    )
    if summed.left_out:
        area = formats.area(summed.left_out_m2, ctx.unit)
        line += t("batches.left_out", count=formats.count(summed.left_out), area=area, unit=unit)
    more = t("batches.list.cut", shown=formats.count(SHOWN)) if len(found) > SHOWN else ""
    return line + more


def batch_table(ctx: Context, run: IdleRun, rows: pd.DataFrame) -> pd.DataFrame:
    """The list as it is shown and exported: words instead of keys, areas in the chosen unit.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        rows: Some rows of :func:`views.idle.batches_data.batch_rows`.

    Returns:
        On the labels of ``rows``; columns named in the language of the page.
    """
    t, name = ctx.t, names_of(ctx)
    article = articles(ctx, load_rules("approvals", as_of=run.day))
    left, approved, supplied, off = _areas(ctx)
    verdict = page_words.translated(rows["verdict"], lambda key: t(f"batches.verdict.{key}"))
    return pd.DataFrame(
        {
            t("batches.col.state"): state_words(ctx, rows["state"]),
            name["batch_id"]: rows["batch_id"],
            t("idle.field.county"): named(ctx, rows["county_adcode"], "county_adcode"),
            name["approved_on"]: rows["approved_on"].dt.date,
            left: in_unit(ctx, rows["unsupplied_m2"]),
            approved: in_unit(ctx, rows["approved_m2"]),
            t("batches.col.days"): rows["days_to_next"],
            name["unsupplied_cause"]: rows["unsupplied_cause"],
            name["disposal_path"]: rows["disposal_path"],
            name["disposal_due"]: rows["disposal_due"].dt.date,
            supplied: in_unit(ctx, rows["traced_supplied_m2"]),
            off: in_unit(ctx, rows["traced_written_off_m2"]),
            t("batches.col.verdict"): verdict,
            t("idle.field.missing"): page_words.translated(
                rows["missing"], lambda keys: missing(ctx, keys)
            ),
            t("idle.field.rule"): rows["rule"],
            t("idle.field.article"): rows["rule"].map(article),
            t("idle.field.certainty"): page_words.translated(
                rows["certainty"], lambda key: t.get(f"idle.mark.{key}", "")
            ),
            name["approval_no"]: rows["approval_no"],
            name["office"]: rows["office"],
        },
        index=rows.index,
    )


def _download(ctx: Context, run: IdleRun, found: pd.DataFrame) -> None:
    t, name = ctx.t, names_of(ctx)
    download_table(
        ctx,
        partial(batch_table, ctx, run, found),
        key="idle-batches-file",
        name=t("batches.list.file", date=run.day.isoformat()),
        kinds={
            **dict.fromkeys(_areas(ctx), "area"),
            name["approved_on"]: "date",
            name["disposal_due"]: "date",
            t("batches.col.days"): "count",
        },
        notes={
            t("data.note_version"): cited(run.version),
            t("data.note_day"): run.day.isoformat(),
            t("data.note_place"): run.place.name(ctx),
            **rule_notes(ctx, load_rules("approvals", as_of=run.day), found["rule"]),
        },
        demonstration=bool(found["demonstration"].any()),
    )


def row_chosen(key: str, ids: Sequence[str]) -> None:
    """Open the batch whose row was chosen."""
    event: Any = st.session_state[key]
    rows = event["selection"]["rows"]
    # A selection may outlive a filter that made the list shorter.
    if rows and rows[0] < len(ids):
        choose_batch(ids[rows[0]])
