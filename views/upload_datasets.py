"""The datasets that stand: who published what, when and why; doors to them; older versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from store import StaleVersionError, Store, Version, Viewer
from views import data
from views.context import Context
from views.frame import door, section, show_error
from views.markup import plain

_PAGES: Final = ("map", "land-use", "idle")
_ROWS_AT_ONCE: Final = 8


def doors(ctx: Context, version: Version, *, prefecture: str = "", key: str) -> None:
    """Links that open the map, the land-use table and the idle list on a dataset.

    Args:
        ctx: The run.
        version: Its newest version.
        prefecture: Code of the prefecture in which all of it lies; empty if there are several.
        key: Key of the row of links.
    """
    place = {"prefecture": prefecture} if prefecture else {}
    with st.container(horizontal=True, key=key):
        for path in _PAGES:
            on_map = path == "map"
            query = data.dataset_query(version.dataset, frame=on_map)
            label = ctx.t("upload.open_page", page=ctx.t(f"nav.{path.replace('-', '_')}"))
            door(ctx, path, label, query=query if on_map else query | place)


def show_datasets(ctx: Context) -> None:
    """The datasets as a table; a chosen one opens its history."""
    found = sorted(
        ctx.store.datasets(ctx.viewer, "parcels"), key=lambda v: v.committed_at, reverse=True
    )
    section(ctx.t("upload.datasets"))
    if not found:
        st.caption(ctx.t("upload.no_datasets"))
        return
    st.caption(ctx.t("upload.datasets_hint"))
    row = _choose_row(ctx, found, "upload_datasets", first=ctx.t("upload.dataset"))
    if row is not None:
        _history(ctx, found[row].dataset)


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
        column_config={
            first: st.column_config.TextColumn(width=210),
            t("upload.version_number"): st.column_config.NumberColumn(width=60),
            t("upload.rows"): st.column_config.NumberColumn(width=80, format="localized"),
            t("upload.rows_quarantined"): st.column_config.NumberColumn(
                width=80, format="localized"
            ),
            t("upload.who"): st.column_config.TextColumn(width=110),
            t("upload.when"): st.column_config.TextColumn(width=135),
        },
    )
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(versions) else None


_COLUMNS: Final = ("version_number", "rows", "rows_quarantined", "who", "when", "why")


def _row(ctx: Context, version: Version) -> tuple[str | int, ...]:
    when = version.committed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    mark = ctx.t("data.demonstration_mark") if version.demonstration else ""
    return (
        version.dataset + mark,
        version.number,
        version.rows,
        version.quarantined,
        version.committed_by,
        when,
        version.reason,
    )


def _history(ctx: Context, dataset: str) -> None:
    versions = ctx.store.history(dataset, ctx.viewer)
    newest = versions[0]
    section(ctx.t("upload.history", dataset=plain(dataset)))
    doors(ctx, newest, key="upload_dataset_doors")
    row = _choose_row(
        ctx, versions, f"upload_history_{dataset}", first=ctx.t("upload.history_dataset")
    )
    if row is None:
        st.caption(ctx.t("upload.history_hint"))
        return
    _one_version(ctx, versions[row], newest)


def _one_version(ctx: Context, version: Version, newest: Version) -> None:
    """The file as it was sent, and for an older version the way back to it."""
    sent = ctx.store.original(version, ctx.viewer)
    if sent is not None:
        st.download_button(
            ctx.t("upload.original", version=version.id, name=plain(sent[0])),
            sent[1],
            file_name=sent[0],
            key="upload_original",
            on_click="ignore",
        )
    if version.number == newest.number or version.demonstration:
        return
    with st.form(f"upload_restore_{version.id}", border=False):
        st.markdown(ctx.t("upload.restore_what", version=version.number, newest=newest.number + 1))
        one, two = st.columns([1, 3])
        who = one.text_input(ctx.t("upload.who"), value=ctx.viewer.name, key="upload_restore_who")
        why = two.text_input(ctx.t("upload.reason"), key="upload_restore_why")
        pressed = st.form_submit_button(ctx.t("upload.restore", version=version.number))
    if not pressed:
        return
    if not (who.strip() and why.strip()):
        st.error(ctx.t("upload.restore_fill_in"))
        return
    by = Viewer(who.strip(), ctx.viewer.prefectures)
    try:
        made = restore(ctx.store, version, viewer=by, reason=why.strip(), seen=newest.number)
    except StaleVersionError as error:
        show_error(ctx, error)
        return
    st.session_state["upload_restored"] = made.id
    st.rerun()


def restore(store: Store, version: Version, *, viewer: Viewer, reason: str, seen: int) -> Version:
    """Publish the rows of an older version as a new one; history only grows.

    Args:
        store: The store.
        version: The older version.
        viewer: Publisher.
        reason: Why.
        seen: Number of the version that the publisher took for the current one.

    Returns:
        The new version; its passport names the one that it repeats.

    Raises:
        StaleVersionError: Another version than ``seen`` is current.
        OutOfScopeError: Rows to replace are not the viewer's.
    """
    return store.commit(
        version.dataset,
        store.read(version, viewer),
        kind=version.kind,
        viewer=viewer,
        reason=reason,
        seen=seen,
        passport=version.passport | {"repeats": version.id},
        original=store.original(version, viewer),
        quarantined=store.quarantined(version, viewer),
    )


def tell_restored(ctx: Context) -> None:
    """Say once that an older version stands again."""
    made = st.session_state.pop("upload_restored", None)
    if made:
        st.success(ctx.t("upload.restored", version=plain(made)))
