"""Whether each batch adds up: stated, traced and mapped figures side by side, in square metres."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from analytics.reconciliation import VERDICTS, Totals, totals
from domain import formats
from domain.rules import RuleSet, load_rules
from export.references import cited
from views import address
from views.context import Context
from views.downloads import download_table, rule_notes
from views.frame import empty_state, source_line
from views.idle import words as page_words
from views.idle.batches_data import rows_of
from views.idle.batches_list import SHOWN, row_chosen
from views.idle.batches_words import listing, names_of, verdicts
from views.idle.case_timeline import certainty_mark
from views.idle.run import IdleRun
from views.markup import plain
from views.places import named

RULES: Final = ("REC-TOLERANCE-M2", "REC-TOLERANCE-SHARE")
FIGURES: Final = (
    "approved_m2",
    "stated_supplied_m2",
    "traced_supplied_m2",
    "traced_difference_m2",
    "spatial_supplied_m2",
    "stated_unsupplied_m2",
    "traced_unsupplied_m2",
    "spatial_unsupplied_m2",
    "stated_written_off_m2",
    "traced_written_off_m2",
    "stated_gap_m2",
    "spatial_m2",
    "spatial_difference_m2",
    "tolerance_m2",
    "later_m2",
    "orphan_m2",
)
"""Areas of a batch in the order of the table."""
_NAMED: Final = 5
_HEIGHT: Final = 380
_VERDICTS: Final = "idle-batch-verdicts"


def show_reconciliation(ctx: Context, run: IdleRun) -> None:
    """Draw the accounts, those that do not add up first; a row opens its batch.

    Args:
        ctx: The run of the page.
        run: What the page is about; with batches.
    """
    t = ctx.t
    rows = gravest_first(rows_of(ctx, run))
    if rows.empty:
        empty_state(t("batches.reconcile.none", date=run.day.isoformat()))
        return
    _left_out(ctx, rows, totals(rows))
    found = _filtered(ctx, rows)
    rules = load_rules("reconciliation", as_of=run.day)
    st.html(_lead_html(ctx, found, rules))
    # Whole square metres are read; the files hold what was measured.
    shown = reconciled_table(ctx, found.head(SHOWN)).round(0)
    key = f"idle-reconciled-{st.session_state.setdefault('idle-batch-round', 0)}"
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    figures = [t(f"batches.rec.{name}") for name in FIGURES]
    config = {name: number(format="localized") for name in figures}
    config[t("batches.col.verdict")] = text(pinned=True, width=112)
    config[names_of(ctx)["batch_id"]] = text(pinned=True, width=220)
    st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT,
        key=key,
        placeholder=formats.MISSING,
        on_select=partial(row_chosen, key, found["batch_id"].head(SHOWN).astype(str).tolist()),
        selection_mode="single-row",
        column_config=config,
    )
    _download(ctx, run, found, rules)
    source_line(t("batches.source", date=run.day.isoformat()))


def gravest_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Batches approved until the day, the gravest verdict first, then the largest difference.

    Args:
        rows: Result of :func:`views.idle.batches_data.batch_rows`.
    """
    judged = rows[rows["verdict"].notna()]
    gaps = ["traced_difference_m2", "stated_gap_m2", "spatial_difference_m2"]
    order = pd.DataFrame(
        {
            "verdict": judged["verdict"].map({key: i for i, key in enumerate(VERDICTS)}),
            "gap": -judged[gaps].abs().max(axis=1),
            "batch_id": judged["batch_id"],
        }
    )
    return judged.loc[order.sort_values(["verdict", "gap", "batch_id"]).index]


def _left_out(ctx: Context, rows: pd.DataFrame, summed: Totals) -> None:
    """Name the oversupplied batches and say that no sum holds them."""
    if not summed.left_out:
        return
    names = rows.loc[rows["verdict"] == "oversupplied", "batch_id"].astype(str).tolist()
    st.warning(
        ctx.t(
            "batches.reconcile.oversupplied",
            count=formats.count(summed.left_out),
            area=formats.area(summed.left_out_m2, ctx.unit),
            unit=ctx.t(f"unit.{ctx.unit}"),
            excess=formats.count(summed.excess_m2),
            names=plain(listing(ctx, names, _NAMED)),
        )
    )


def _filtered(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    t = ctx.t
    there = rows["verdict"].value_counts()
    options = [key for key in VERDICTS if key in there.index]
    address.seed_many(_VERDICTS, options, [])
    chosen = st.pills(
        t("batches.col.verdict"),
        options,
        selection_mode="multi",
        format_func=lambda key: f"{t(f'batches.verdict.{key}')} {formats.count(there.get(key, 0))}",
        key=_VERDICTS,
        label_visibility="collapsed",
    )
    address.keep_many(_VERDICTS, [])
    return rows[rows["verdict"].isin(chosen)] if chosen else rows


def _lead_html(ctx: Context, found: pd.DataFrame, rules: RuleSet) -> str:
    """The sums, and the tolerances with their marks and what is beyond them."""
    t, count, summed = ctx.t, formats.count, totals(found)
    line = t(
        "batches.reconcile.sums",
        batches=count(summed.batches),
        approved=count(summed.approved_m2),
        supplied=count(summed.supplied_m2),
        written_off=count(summed.written_off_m2),
        unsupplied=count(summed.unsupplied_m2),
    )
    ledger, share = (rules.rule(key) for key in RULES)
    told = t(
        "batches.reconcile.tolerance",
        ledger=count(ledger.value),
        share=formats.share(share.value),
        beyond=count((found["spatial_within"] == False).sum()),  # noqa: E712 - missing is neither
    )
    mark = certainty_mark(t, ledger.status)
    return f'<div class="gy-source" style="font-size:13px">{line}<br>{told}{mark}</div>'


def reconciled_table(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """The accounts as they are shown and exported; areas in square metres.

    Args:
        ctx: The run of the page.
        rows: Result of :func:`gravest_first`, or some of its rows.

    Returns:
        On the labels of ``rows``; columns named in the language of the page.
    """
    t, name = ctx.t, names_of(ctx)
    within = rows["spatial_within"].map({True: t("case.yes"), False: t("case.no")})
    return pd.DataFrame(
        {
            t("batches.col.verdict"): page_words.translated(
                rows["verdict"], lambda key: t(f"batches.verdict.{key}")
            ),
            name["batch_id"]: rows["batch_id"],
            **{t(f"batches.rec.{key}"): rows[key] for key in FIGURES},
            t("batches.rec.within"): within,
            t("batches.rec.also"): page_words.translated(
                rows["also"], lambda keys: verdicts(ctx, keys)
            ),
            t("idle.field.county"): named(ctx, rows["county_adcode"], "county_adcode"),
        },
        index=rows.index,
    )


def _download(ctx: Context, run: IdleRun, found: pd.DataFrame, rules: RuleSet) -> None:
    t = ctx.t
    summed = totals(found)
    left_out = t(
        "batches.reconcile.left_out_note",
        count=formats.count(summed.left_out),
        area=formats.count(summed.left_out_m2),
    )
    download_table(
        ctx,
        partial(reconciled_table, ctx, found),
        key="idle-reconciled-file",
        name=t("batches.reconcile.file", date=run.day.isoformat()),
        kinds={t(f"batches.rec.{name}"): "area" for name in FIGURES},
        notes={
            t("data.note_version"): cited(run.version),
            t("data.note_day"): run.day.isoformat(),
            t("data.note_place"): run.place.name(ctx),
            t("batches.reconcile.unit"): t("batches.reconcile.unit_m2"),
            t("batches.verdict.oversupplied"): left_out,
            **rule_notes(ctx, rules, pd.Series(RULES)),
        },
        demonstration=bool(found["demonstration"].any()),
    )
