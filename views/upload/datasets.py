"""The datasets that stand, as of any day: who published what and why; doors; older versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from domain.schema import LEDGER
from export.correction_rows import NoOriginalError
from store import Version
from views import data
from views.context import Context
from views.dataset_downloads import show_exports, show_ledger_exports
from views.downloads import download
from views.frame import door, section
from views.markup import plain
from views.passport_panel import show_passport
from views.upload.acts import show_acts
from views.upload.differences import show_comparison

_PAGES: Final[dict[str, tuple[str, ...]]] = {
    "parcels": ("map", "land-use", "idle"),
    "zones": ("map",),
}
_ROWS_AT_ONCE: Final = 8
_FIRST_DAY: Final = dt.date(2020, 1, 1)


def doors(ctx: Context, version: Version, *, prefecture: str = "", key: str) -> None:
    """Links that open the pages on which a dataset is seen.

    Args:
        ctx: The run.
        version: Its newest version.
        prefecture: Code of the prefecture in which all of it lies; empty if there are several.
        key: Key of the row of links.
    """
    place = {"prefecture": prefecture} if prefecture else {}
    with st.container(horizontal=True, key=key):
        for path in _PAGES.get(version.kind, ()):
            on_map = path == "map"
            query = data.dataset_query(version.dataset, frame=on_map)
            label = ctx.t("upload.open_page", page=ctx.t(f"nav.{path.replace('-', '_')}"))
            door(ctx, path, label, query=query if on_map else query | place)


def end_of(day: dt.date) -> dt.datetime:
    """The last moment of a day in the time zone of the machine."""
    return dt.datetime.combine(day, dt.time.max).astimezone()


def show_datasets(ctx: Context) -> None:
    """The datasets as a table; a chosen one opens its history."""
    one, two = st.columns([5, 1], vertical_alignment="bottom")
    with one:
        section(ctx.t("upload.datasets"))
    with two:
        day = _day(ctx)
    moment = None if day is None else end_of(day)
    found = ctx.store.datasets(ctx.viewer, as_of=moment, include_ended=True)
    found = sorted(found, key=lambda v: v.committed_at, reverse=True)
    _ledgers(ctx)
    show_ledger_exports(ctx)
    if not found:
        st.caption(ctx.t("upload.no_datasets"))
        return
    hint = "upload.datasets_hint" if day is None else "upload.datasets_then"
    st.caption(ctx.t(hint, day=day.isoformat() if day else ""))
    row = _choose_row(ctx, found, "upload_datasets", first=ctx.t("upload.dataset"))
    if row is not None:
        _history(ctx, found[row].dataset, moment)


def _day(ctx: Context) -> dt.date | None:
    """The day that is looked back to; None for now."""
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    chosen = st.date_input(
        ctx.t("upload.as_of"),
        value=None,
        min_value=_FIRST_DAY,
        max_value=today,
        key="upload_as_of",
        format="YYYY-MM-DD",
        help=ctx.t("upload.as_of_help"),
    )
    return chosen if isinstance(chosen, dt.date) else None


def _ledgers(ctx: Context) -> None:
    """How many records the ledgers hold."""
    counts = {kind: len(data.ledger(ctx, kind)) for kind in LEDGER}
    parts = [f"{ctx.t(f'upload.rows_{kind}')} {n:,}" for kind, n in counts.items() if n]
    if parts:
        st.caption(ctx.t("upload.ledgers_hold", parts=" · ".join(parts)))


def _choose_row(ctx: Context, versions: Sequence[Version], key: str, *, first: str) -> int | None:
    t = ctx.t
    labels = [first, *(t(f"upload.{name}") for name in _COLUMNS)]
    table = pd.DataFrame([_row(ctx, v) for v in versions], columns=labels)
    event = st.dataframe(
        table,
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=280 if len(table) > _ROWS_AT_ONCE else "content",
        alt=first,
        column_config={
            first: st.column_config.TextColumn(width=200),
            t("upload.kind"): st.column_config.TextColumn(width=90),
            t("upload.version_number"): st.column_config.NumberColumn(width=56),
            t("upload.rows"): st.column_config.NumberColumn(width=80, format="localized"),
            t("upload.rows_quarantined"): st.column_config.NumberColumn(
                width=70, format="localized"
            ),
            t("upload.who"): st.column_config.TextColumn(width=100),
            t("upload.when"): st.column_config.TextColumn(width=130),
            t("upload.number"): st.column_config.TextColumn(width=165),
        },
    )
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(versions) else None


_COLUMNS: Final = (
    "kind",
    "version_number",
    "rows",
    "rows_quarantined",
    "who",
    "when",
    "number",
    "why",
)


def _row(ctx: Context, version: Version) -> tuple[str | int, ...]:
    when = version.committed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    mark = ctx.t("data.demonstration_mark") if version.demonstration else ""
    if version.ended_at is not None:
        mark += ctx.t("upload.ended_mark", day=version.ended_at.astimezone().date().isoformat())
    reason = version.reason
    if version.restores is not None:
        reason = ctx.t("upload.restores_mark", version=version.restores) + reason
    return (
        version.dataset + mark,
        ctx.t(f"upload.rows_{version.kind}"),
        version.number,
        version.rows,
        version.quarantined,
        version.committed_by,
        when,
        str(version.passport.get("number") or ""),
        reason,
    )


def _history(ctx: Context, dataset: str, moment: dt.datetime | None) -> None:
    versions = ctx.store.history(dataset, ctx.viewer)
    if moment is not None:
        versions = [v for v in versions if v.committed_at <= moment]
    newest = versions[0]
    section(ctx.t("upload.history", dataset=plain(dataset)))
    if moment is None and newest.ended_at is None:
        doors(ctx, newest, key="upload_dataset_doors")
    row = _choose_row(
        ctx, versions, f"upload_history_{dataset}", first=ctx.t("upload.history_dataset")
    )
    chosen = versions[row] if row is not None else newest
    if row is None:
        st.caption(ctx.t("upload.history_hint", version=plain(newest.id)))
    part = st.segmented_control(
        ctx.t("upload.part"),
        ["files", "export", "compare", "acts"],
        default="files",
        required=True,
        format_func=lambda p: ctx.t(f"upload.history_{p}"),
        key=f"upload_history_part_{dataset}",
        label_visibility="collapsed",
    )
    if part == "compare":
        show_comparison(ctx, versions, chosen)
    elif part == "export":
        show_exports(ctx, chosen)
    elif part == "acts":
        show_acts(ctx, chosen, newest)
    else:
        _one_version(ctx, chosen)


def _one_version(ctx: Context, version: Version) -> None:
    """The file as it was sent, and the passport."""
    name = ctx.store.original_name(version, ctx.viewer)
    if name is not None:
        download(
            ctx.t("upload.original", version=version.id, name=plain(name)),
            partial(_as_sent, ctx, version),
            name=name,
            key="upload_original",
        )
    show_passport(ctx, version, key=f"passport_{version.id}")


def _as_sent(ctx: Context, version: Version) -> bytes:
    sent = ctx.store.original(version, ctx.viewer)
    if sent is None:
        values = {"version": version.id}
        raise NoOriginalError(f"the file behind {version.id} is not to be had", values=values)
    return sent[1]


def tell_done() -> None:
    """Say once what an act on a dataset has brought about."""
    told = st.session_state.pop("upload_told", None)
    if told:
        st.success(told)
