"""Findings on the page: counted by code, filtered, listed with the sender's own numbers."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import pandas as pd
import streamlit as st

from ingest import Inspection
from views.context import Context
from views.downloads import download_table
from views.upload import findings_list as lists
from views.upload import rows as upload_rows
from views.upload.shelf import Held

_ROW_PX: Final = 35
_CODES_SHOWN: Final = 5
_LIST_PX: Final = 270
_FIELDS_SHOWN: Final = 60


def row_key(held: Held) -> str:
    """Where the row that is looked at is remembered."""
    return f"upload_row_{held.digest[:12]}"


def look_at(held: Held, row: int | None, *, source: str) -> bool:
    """Remember the row that a table or the map points at, if it points at another than before.

    Returns:
        Whether the row that is looked at changed.
    """
    before = f"{row_key(held)}_{source}"
    if st.session_state.get(before) == row:
        return False
    st.session_state[before] = row
    if row is None or st.session_state.get(row_key(held)) == row:
        return False
    st.session_state[row_key(held)] = row
    return True


def listing(ctx: Context, held: Held, inspection: Inspection) -> pd.DataFrame:
    """Every finding with its words; worked out once for an inspection and a language."""
    name = f"listing:{ctx.t.language}"
    if name not in held.memory:
        held.memory[name] = lists.listing(inspection, ctx.t.language)
    frame: pd.DataFrame = held.memory[name]
    return frame


def show_findings(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Findings by code, then one by one; a row that is picked is looked at."""
    t = ctx.t
    if not inspection.report.findings:
        st.success(t("upload.no_findings"))
        return
    listed = listing(ctx, held, inspection)
    severities = _severities(ctx, held, inspection)
    code = _codes(ctx, held, inspection, severities)
    asked = st.text_input(
        t("upload.find"),
        key=f"upload_find_{held.digest[:12]}",
        placeholder=t("upload.find_example"),
        label_visibility="collapsed",
        icon=":material/search:",
    )
    found = lists.filtered(listed, severities=severities, code=code, text=asked)
    _list(ctx, held, found, total=len(listed))
    unlisted = sum(lists.counts(inspection).values()) - len(listed)
    if unlisted:
        st.caption(t("upload.more_findings", n=unlisted))
    _download(ctx, held, found)


def _severities(ctx: Context, held: Held, inspection: Inspection) -> list[str]:
    counts = {name: n for name, n in lists.counts(inspection).items() if n}
    chosen = st.pills(
        ctx.t("upload.severity"),
        list(counts),
        selection_mode="multi",
        format_func=lambda s: f"{ctx.t(f'upload.severity_{s}')} {counts[s]:,}",
        key=f"upload_severities_{held.digest[:12]}",
        label_visibility="collapsed",
    )
    return list(chosen or [])


def _codes(ctx: Context, held: Held, inspection: Inspection, severities: list[str]) -> str:
    """The table by code; the code of the row that is picked, or nothing."""
    t = ctx.t
    frame = lists.by_code(inspection, t.language)
    if severities:
        frame = frame[frame["severity"].isin(severities)].reset_index(drop=True)
    shown = pd.DataFrame(
        {
            t("upload.severity"): [t(f"upload.severity_{s}") for s in frame["severity"]],
            t("upload.code"): frame["code"],
            t("upload.count"): frame["count"],
            t("upload.what_first"): frame["what"],
            t("upload.mend"): frame["mend"],
            t("upload.actor"): [t(f"upload.actor_{a}") for a in frame["actor"]],
        }
    )
    event = st.dataframe(
        shown,
        hide_index=True,
        key=f"upload_codes_{held.digest[:12]}_{'_'.join(severities)}",
        height=_ROW_PX * (min(len(shown), _CODES_SHOWN) + 1) + 3,
        on_select="rerun",
        selection_mode="single-row",
        alt=t("upload.codes_alt"),
        column_config={
            t("upload.severity"): st.column_config.TextColumn(width=60),
            t("upload.code"): st.column_config.TextColumn(width=78),
            t("upload.count"): st.column_config.NumberColumn(width=62, format="localized"),
            t("upload.what_first"): st.column_config.TextColumn(width=270),
            t("upload.mend"): st.column_config.TextColumn(width=200),
            t("upload.actor"): st.column_config.TextColumn(width=80),
        },
    )
    rows = _picked(event)
    return str(frame["code"].iloc[rows[0]]) if rows and rows[0] < len(frame) else ""


def _picked(event: Any) -> list[int]:  # noqa: ANN401 (Streamlit types it as a private protocol)
    return list(event.selection.rows)


def _list(ctx: Context, held: Held, found: pd.DataFrame, *, total: int) -> None:
    """The findings that pass the filters, one line each."""
    t = ctx.t
    st.caption(t("upload.listed", n=f"{len(found):,}", of=f"{total:,}"))
    if not len(found):
        st.info(t("upload.none_pass"))
        return
    table = pd.DataFrame(
        {
            t("upload.row"): found["row"].where(found["row"] > 0).astype("Int64"),
            t("upload.row_name"): found["name"],
            t("upload.severity"): found["severity"].map(
                {s: t(f"upload.severity_{s}") for s in lists.RANK}
            ),
            t("upload.message"): found["what"],
            t("upload.mend"): found["mend"],
            t("upload.code"): found["code"],
        }
    )
    event = st.dataframe(
        table,
        hide_index=True,
        key=f"upload_findings_{held.digest[:12]}",
        height=min(_LIST_PX, _ROW_PX * (len(table) + 1) + 3),
        on_select="rerun",
        selection_mode="single-row",
        alt=t("upload.findings_alt"),
        placeholder="—",
        column_config={
            t("upload.row"): st.column_config.NumberColumn(width=58),
            t("upload.row_name"): st.column_config.TextColumn(width=125),
            t("upload.severity"): st.column_config.TextColumn(width=54),
            t("upload.message"): st.column_config.TextColumn(width=300),
            t("upload.mend"): st.column_config.TextColumn(width=220),
            t("upload.code"): st.column_config.TextColumn(width=80),
        },
    )
    rows = _picked(event)
    if rows and rows[0] < len(found):
        row = int(found["row"].iloc[rows[0]])
        look_at(held, row or None, source="list")
    else:
        look_at(held, None, source="list")


def _download(ctx: Context, held: Held, found: pd.DataFrame) -> None:
    t = ctx.t
    table = pd.DataFrame(
        {
            t("upload.row"): found["row"].where(found["row"] > 0).astype("Int64"),
            t("upload.row_name"): found["name"],
            t("upload.code"): found["code"],
            t("upload.severity"): found["severity"].map(
                {s: t(f"upload.severity_{s}") for s in lists.RANK}
            ),
            t("upload.message"): found["what"],
            t("upload.mend"): found["mend"],
            t("upload.actor"): [t(f"upload.actor_{a}") for a in found["actor"]],
        }
    )
    report = held.inspection.report if held.inspection else None
    notes = {t("upload.file"): held.name, t("upload.number"): report.number if report else ""}
    download_table(
        ctx,
        table,
        key=f"upload_findings_{held.digest[:12]}",
        name=t("upload.findings"),
        kinds={t("upload.row"): "count"},
        notes=notes,
        demonstration=False,
    )


def show_row(ctx: Context, held: Held, inspection: Inspection, number: int) -> None:
    """The card of one row: what was found about it, and its fields as sent."""
    found = upload_rows.row(inspection, number)
    listed = listing(ctx, held, inspection)
    about = listed[listed["row"] == number]
    with st.container(key="gy-row-card"):
        if st.button(ctx.t("upload.close_row"), key="upload_close_row", type="tertiary"):
            st.session_state.pop(row_key(held), None)
            st.rerun()
        st.html(row_html(ctx, number, found, about))


def row_html(ctx: Context, number: int, found: upload_rows.Row | None, about: pd.DataFrame) -> str:
    """The card as escaped markup."""
    t = ctx.t
    name = found.name if found else ""
    state = ""
    if found is not None:
        state = t("upload.row_kept") if found.kept else t("upload.row_apart")
    said = "".join(
        f'<li class="gy-{escape(severity)}"><b>{escape(code)}</b> {escape(what)}'
        f"<small>{escape(mend)}</small></li>"
        for severity, code, what, mend in about[["severity", "code", "what", "mend"]].to_numpy()
    )
    fields = found.fields[:_FIELDS_SHOWN] if found else ()
    cells = "".join(
        f"<tr><th>{escape(field)}</th><td>{escape(value) or '—'}</td></tr>"
        for field, value in fields
    )
    no_shape = f"<p>{escape(t('upload.row_no_shape'))}</p>" if found and found.shape is None else ""
    head = escape(t("upload.row_head", n=number))
    return (
        f'<div class="gy-row"><h3>{head} <span>{escape(name)}</span></h3>'
        f'<p class="gy-card-kind">{escape(state)}</p><ul>{said}</ul>{no_shape}'
        f"<table>{cells}</table></div>"
    )
