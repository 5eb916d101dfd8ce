"""Acts on a dataset: undo the last one, bring an older version back, end it; all with reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from geo.errors import GanyuanError
from store import Store, Version, Viewer
from views.context import Context
from views.frame import show_error
from views.markup import plain

Act = Literal["undo", "restore", "end"]


def possible(chosen: Version, newest: Version) -> list[Act]:
    """Acts that can be done on a dataset, seen from one of its versions.

    Invented data is nobody's to change, and a dataset that has ended can come back only.
    """
    if newest.demonstration:
        return []
    acts: list[Act] = []
    if chosen.number != newest.number:
        acts.append("restore")
    if newest.number > 1 or newest.ended_at is not None:
        acts.append("undo")
    if newest.ended_at is None:
        acts.append("end")
    return acts


def show_acts(ctx: Context, chosen: Version, newest: Version) -> None:
    """A choice of acts, what each of them does, and the form that does it."""
    acts = possible(chosen, newest)
    if not acts:
        st.caption(ctx.t("upload.acts_none"))
        return
    act: Act = st.radio(
        ctx.t("upload.acts"),
        acts,
        format_func=lambda a: ctx.t(f"upload.act_{a}", version=chosen.number),
        key=f"upload_act_{chosen.id}",
        horizontal=True,
        label_visibility="collapsed",
    )
    values = {"version": chosen.number, "newest": newest.number, "next": newest.number + 1}
    said = f"{act}_ended" if act == "undo" and newest.ended_at is not None else act
    st.caption(ctx.t(f"upload.act_{said}_what", dataset=plain(newest.dataset), **values))
    with st.form(f"upload_act_form_{act}_{chosen.id}", border=False):
        one, two = st.columns([1, 3])
        who = one.text_input(ctx.t("upload.who"), value=ctx.viewer.name, key="upload_act_who")
        why = two.text_input(ctx.t("upload.reason"), key=f"upload_act_why_{act}")
        pressed = st.form_submit_button(ctx.t(f"upload.act_{act}", version=chosen.number))
    if not pressed:
        return
    if not (who.strip() and why.strip()):
        st.error(ctx.t("upload.restore_fill_in"))
        return
    by = Viewer(who.strip(), ctx.viewer.prefectures)
    try:
        made = do(ctx.store, act, chosen, newest, viewer=by, reason=why.strip())
    except GanyuanError as error:
        show_error(ctx, error)
        return
    st.session_state["upload_told"] = ctx.t(f"upload.act_{act}_done", version=plain(made.id))
    st.rerun()


def do(
    store: Store, act: Act, chosen: Version, newest: Version, *, viewer: Viewer, reason: str
) -> Version:
    """Carry an act out; history only grows.

    Args:
        store: The store.
        act: What to do.
        chosen: The older version that comes back.
        newest: What the person took for the current version.
        viewer: Who does it.
        reason: Why.

    Returns:
        The version that stands, or with which the dataset ended.

    Raises:
        StoreError: The store refuses; nothing has changed then.
    """
    name, seen = newest.dataset, newest.number
    doing: dict[Act, Callable[[], Version]] = {
        "undo": lambda: store.undo(name, viewer=viewer, reason=reason, seen=seen),
        "restore": lambda: store.restore_version(
            name, chosen.number, viewer=viewer, reason=reason, seen=seen
        ),
        "end": lambda: store.end(name, viewer=viewer, reason=reason, seen=seen),
    }
    return doing[act]()
