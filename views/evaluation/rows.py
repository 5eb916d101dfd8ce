"""Figures of one zone, each with every source that has it and the rows behind it."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats, schema
from domain.indicators import definitions, figures
from domain.parcels import columns as parcel_columns
from views import data
from views.context import Context
from views.evaluation import words
from views.evaluation.run import Run
from views.frame import door, section, source_line
from views.markup import plain
from views.zone_figures import parcels_behind

_HEIGHT: Final = 320
_SHOWN: Final = 500
"""Parcels that are listed at once."""
_PARCEL_COLUMNS: Final = (
    "parcel_id", "name", "holder", "signed_on", "started_on", "finished_on", "batch_id",
    "supply_no", "land_class_name",
)  # fmt: skip


def show_rows(ctx: Context, run: Run, zone: str) -> None:
    """Draw the table of figures; the one that is chosen opens to its rows."""
    t = ctx.t
    section(t("evaluation.data.title"), help_text=t("evaluation.data.help"))
    names = list(figures())
    sources = [name for name in run.figures.sources if name in run.known.cited or name == "entered"]
    shown = pd.DataFrame({t("evaluation.data.figure"): [words.figure_name(ctx, n) for n in names]})
    shown[t("evaluation.data.used")] = [
        words.figure_text(ctx, n, run.figures.figures.loc[zone, n]) for n in names
    ]
    shown[t("evaluation.data.origin")] = [words.origin_text(ctx, run, zone, n) for n in names]
    for source in sources:
        frame = run.figures.sources[source]
        shown[t(f"evaluation.source.{source}")] = [
            words.figure_text(ctx, n, frame.loc[zone, n]) if n in frame else "" for n in names
        ]
    event: Any = st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT,
        key="evaluation-figures",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = event.selection.rows
    if not rows or rows[0] >= len(names):
        st.caption(t("evaluation.data.choose"))
        return
    _behind(ctx, run, zone, names[rows[0]])


def _behind(ctx: Context, run: Run, zone: str, figure: str) -> None:
    """What one figure means, and the rows that each source took it from."""
    t = ctx.t
    section(plain(words.figure_name(ctx, figure)))
    meaning = definitions()[figure]
    st.caption(plain(t.pick(meaning.definition_zh, meaning.definition_en)))
    if formats.is_missing(run.figures.figures.loc[zone, figure]):
        st.info(t("evaluation.data.missing"))
        door(ctx, "upload", t("evaluation.to_template"))
    _entered(ctx, zone, figure)
    _parcels(ctx, run, zone, figure)


def _entered(ctx: Context, zone: str, figure: str) -> None:
    """Rows of the ledger of yearly figures, every year that stands."""
    t = ctx.t
    ledger = data.ledger(ctx, "indicators")
    rows = ledger[(ledger["zone_id"] == zone).fillna(value=False).astype("bool")]
    rows = rows.sort_values("year", ascending=False)
    if rows.empty:
        return
    st.markdown(t("evaluation.data.entered_rows"))
    st.dataframe(
        pd.DataFrame(
            {
                t("evaluation.data.record"): list(rows["record_id"]),
                t("evaluation.col.year"): [f"{year:.0f}" for year in rows["year"]],
                words.figure_name(ctx, figure): [
                    words.figure_text(ctx, figure, value) for value in rows[figure]
                ],
                t("evaluation.data.figures_source"): list(rows["figures_source"]),
                t("evaluation.data.note"): list(rows["note"]),
                t("evaluation.data.changed_by"): list(rows["changed_by"]),
                t("evaluation.data.changed_at"): [formats.date(at) for at in rows["changed_at"]],
                t("evaluation.col.demonstration"): [
                    t("evaluation.yes") if made_up else "" for made_up in rows["demonstration"]
                ],
            }
        ),
        hide_index=True,
        placeholder=formats.MISSING,
        key="evaluation-entered-rows",
    )
    door(ctx, "audit", t("evaluation.data.to_audit"))


def _parcels(ctx: Context, run: Run, zone: str, figure: str) -> None:
    """Parcels whose area is the computed figure."""
    t = ctx.t
    found = parcels_behind(ctx, run.known, zone, figure)
    if found is None or run.known.version is None:
        return
    total = float(found["area_ellipsoidal_m2"].sum())
    st.markdown(
        plain(
            t(
                "evaluation.data.parcels",
                n=formats.count(len(found)),
                area=words.figure_text(ctx, figure, total),
                version=run.known.cited["parcels"],
                day=run.day.isoformat(),
            )
        )
    )
    heads = {c.column: t.pick(c.zh, c.en) for c in parcel_columns()}
    kept = [name for name in _PARCEL_COLUMNS if name in found]
    area = t("evaluation.data.area", unit=t(f"unit.{ctx.unit}"))
    rows = found.head(_SHOWN)
    shown = rows[kept].rename(columns=heads)
    shown[t("idle.status")] = [t(f"idle.status.{code}") for code in rows["status"]]
    shown[area] = [formats.in_unit(m2, ctx.unit) for m2 in rows["area_ellipsoidal_m2"]]
    dates = {
        heads[name]: st.column_config.DateColumn(format="YYYY-MM-DD")
        for name in kept
        if (column := schema.column("parcels", name)) is not None and column.dtype == "date"
    }
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=formats.MISSING,
        key="evaluation-parcels",
        column_config=dates | {area: st.column_config.NumberColumn(format="accounting")},
    )
    if len(found) > _SHOWN:
        source_line(t("evaluation.data.cut", shown=_SHOWN, n=len(found)))
    query = data.dataset_query(run.known.version.dataset)
    door(ctx, "idle", t("evaluation.data.to_idle"), query={**query, "zone": zone})
