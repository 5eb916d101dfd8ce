"""Somebody else was quicker: who, what they changed, and the choice to publish on top or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from analytics.differences import Differences
from domain.schema import is_spatial
from ingest import Inspection
from store import Version
from views import data
from views.context import Context
from views.markup import plain
from views.upload import publish as upload_publish
from views.upload.differences import MOST_COMPARED, between, compare_rows, show_differences
from views.upload.shelf import Conflict, Held

_MINE: Final = "mine"
_THEIRS: Final = "theirs"


def show_conflict(ctx: Context, held: Held, inspection: Inspection) -> None:
    """Who published meanwhile and what they changed; publish on top of it, or let go."""
    wanted = held.conflict
    if wanted is None:
        return
    current = ctx.store.version(wanted.dataset, ctx.viewer, wanted.current)
    when = current.committed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    st.warning(
        ctx.t(
            "upload.conflict",
            who=plain(current.committed_by),
            when=when,
            version=plain(current.id),
            reason=plain(current.reason),
            seen=ctx.t("upload.conflict_new") if wanted.seen == 0 else f"@{wanted.seen}",
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", key="upload_conflict_doors"):
        if st.button(
            ctx.t("upload.conflict_publish", version=f"{wanted.dataset}@{wanted.current + 1}"),
            key="upload_conflict_publish",
            type="primary",
        ):
            on_top = replace(wanted, seen=wanted.current)
            upload_publish.publish_held(ctx, held, on_top)
        if st.button(ctx.t("upload.conflict_back"), key="upload_conflict_back"):
            held.conflict = None
            st.rerun()
        st.caption(ctx.t("upload.conflict_hint"))
    _differences(ctx, held, inspection, wanted, current)


def _differences(
    ctx: Context, held: Held, inspection: Inspection, wanted: Conflict, current: Version
) -> None:
    """What they changed since the publisher looked, and what publishing on top would change."""
    sides = [_MINE, _THEIRS] if wanted.seen else [_MINE]
    side = st.segmented_control(
        ctx.t("upload.part"),
        sides,
        default=_MINE,
        required=True,
        format_func=lambda s: ctx.t(f"upload.conflict_{s}"),
        key=f"upload_conflict_side_{current.id}",
        label_visibility="collapsed",
    )
    if side == _THEIRS:
        seen = ctx.store.version(wanted.dataset, ctx.viewer, wanted.seen)
        found = between(ctx, seen, current)
        words = ctx.t("upload.compare_words", before=plain(seen.id), after=plain(current.id))
    else:
        found = _mine(ctx, held, inspection, current)
        words = ctx.t("upload.conflict_words", before=plain(current.id), file=plain(held.name))
    if found is None:
        st.caption(ctx.t("upload.compare_many", n=f"{MOST_COMPARED:,}"))
        return
    key = f"conflict_{side}_{current.id}"
    show_differences(ctx, found, key=key, words=words, kind=current.kind)


def _mine(ctx: Context, held: Held, inspection: Inspection, current: Version) -> Differences | None:
    """What publishing on top would change; worked out once for each version."""
    most = max(current.rows, inspection.report.rows_ok)
    if most > MOST_COMPARED or not is_spatial(inspection.report.kind):
        return None
    name = f"mine:{current.id}"
    if name not in held.memory:
        theirs = data.parcels(ctx, current)
        held.memory[name] = compare_rows(theirs, inspection.rows(), current.kind)
    found: Differences = held.memory[name]
    return found
