"""The rows behind a number: which parcels, batches or cases it counts; a parcel opens its case."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from domain import formats
from export.references import cited
from store import Version
from views.consolidation.words import brief
from views.context import Context
from views.downloads import download_table
from views.frame import section
from views.idle.figures_words import area_label, formatted, status_words
from views.idle.run import IdleRun
from views.idle.worklist import open_case, visits
from views.places import named

ROWS_SHOWN: Final = 2_000
"""Rows that a browser bears at ease; the files hold all."""
_FEW: Final = 9
_HEIGHT: Final = 330


@dataclass(frozen=True)
class Behind:
    """Rows behind one number, and where the number comes from.

    Attributes:
        name: What the number is about.
        rows: Result of :func:`analytics.idle.rows.rows_behind` or of its neighbours.
        version: Version of the parcels; None for that of the run.
        day: Day of the number in ISO form; empty for that of the run.
        notes: Definition and rules, for the file.
    """

    name: str
    rows: pd.DataFrame
    version: Version | None = None
    day: str = ""
    notes: dict[str, str] = field(default_factory=dict)


def table_key(base: str, ids: Sequence[object]) -> str:
    """Key of a table whose rows can be chosen: other rows, no choice left over from before.

    The same after a visit to a case (:func:`views.idle.worklist.visits`).
    """
    return f"{base}-{visits()}-{zlib.crc32(chr(0).join(map(str, ids)).encode()):08x}"


def chosen_row(event: Any, count: int) -> int | None:  # noqa: ANN401 - Streamlit's own type
    """Position of the row that is chosen in a table of so many rows; None where none is."""
    rows = event["selection"]["rows"]
    return int(rows[0]) if rows and rows[0] < count else None


def show_behind(ctx: Context, run: IdleRun, behind: Behind, *, key: str) -> None:
    """Draw the rows behind a number: count, area, table, files.

    Args:
        ctx: The run of the page.
        run: What the page is about.
        behind: The rows.
        key: Key of table and files.
    """
    t, rows = ctx.t, behind.rows
    section(t("figures.rows", figure=behind.name))
    if rows.empty:
        st.caption(t("figures.no_rows"))
        return
    st.caption(rows_line(ctx, rows))
    shown = rows.head(ROWS_SHOWN)
    ids = _openable(run, shown)
    table = table_key(f"{key}-table", shown["key"].tolist())
    st.dataframe(
        formatted(ctx, rows_table(ctx, shown), areas=[area_label(ctx, "figures.col.area")]),
        hide_index=True,
        height=_HEIGHT if len(shown) > _FEW else "auto",
        key=table,
        placeholder=formats.MISSING,
        on_select=partial(_row_chosen, table, ids),
        selection_mode="single-row",
        column_config={t("figures.col.name"): st.column_config.TextColumn(width=190)},
    )
    _files(ctx, run, behind, key)


def rows_line(ctx: Context, rows: pd.DataFrame) -> str:
    """How many rows of each kind, their area, and whether the table shows fewer."""
    t = ctx.t
    found = rows["subject"].value_counts()
    parts = [
        t(f"figures.rows_{kind}", count=formats.count(found[kind]))
        for kind in ("parcel", "batch", "case")
        if kind in found
    ]
    line = t(
        "figures.rows_count",
        parts=t.pick("、", ", ").join(parts),
        area=formats.area(rows["area_m2"].sum(), ctx.unit),
        unit=t(f"unit.{ctx.unit}"),
    )
    more = [line]
    if len(rows) > ROWS_SHOWN:
        more.append(t("figures.rows_cut", shown=formats.count(ROWS_SHOWN)))
    if "parcel" in found:
        more.append(t("figures.rows_open"))
    return t.pick("", " ").join(more)


def _openable(run: IdleRun, rows: pd.DataFrame) -> list[str]:
    """Numbers of the parcels whose case this page can open; empty for everything else."""
    here = set(run.everything["parcel_id"].dropna().astype(str))
    return [
        str(key) if subject == "parcel" and str(key) in here else ""
        for subject, key in zip(rows["subject"], rows["key"], strict=True)
    ]


def _row_chosen(key: str, ids: Sequence[str]) -> None:
    row = chosen_row(st.session_state[key], len(ids))
    if row is not None and ids[row]:
        open_case(ids[row])


def _files(ctx: Context, run: IdleRun, behind: Behind, key: str) -> None:
    t, version, rows = ctx.t, behind.version or run.version, behind.rows
    day = behind.day or run.day.isoformat()
    download_table(
        ctx,
        lambda: rows_table(ctx, rows),
        key=f"{key}-file",
        name=t("figures.file_name", figure=behind.name, date=day),
        kinds={
            area_label(ctx, "figures.col.area"): "area",
            t("figures.col.on"): "date",
        },
        notes={
            t("data.note_version"): cited(version),
            t("data.note_day"): day,
            t("data.note_place"): run.place.name(ctx),
            **behind.notes,
        },
        demonstration=version.demonstration,
    )


def rows_table(ctx: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`analytics.idle.rows.rows_behind` as they are shown and exported."""
    t = ctx.t
    subjects = {key: t(f"figures.subject.{key}") for key in ("parcel", "batch", "case")}
    return pd.DataFrame(
        {
            t("figures.col.subject"): rows["subject"].map(subjects),
            t("figures.col.key"): rows["key"],
            t("figures.col.name"): rows["name"],
            t("figures.col.county"): brief(
                ctx, named(ctx, rows["county_adcode"].fillna(""), "county_adcode")
            ),
            t("figures.col.zone"): brief(ctx, named(ctx, rows["zone_id"].fillna(""), "zone_id")),
            t("figures.col.status"): status_words(ctx, rows["status"]),
            t("figures.col.on"): pd.to_datetime(rows["on"]).dt.date,
            area_label(ctx, "figures.col.area"): [
                round(formats.in_unit(m2, ctx.unit), 4) for m2 in rows["area_m2"]
            ],
        }
    )
