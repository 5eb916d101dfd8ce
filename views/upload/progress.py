"""A check under way: a bar that moves, the stage in words, and the way to end it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from views.context import Context
from views.upload.check import Check, overall
from views.upload.shelf import Held

_EVERY_S: Final = 0.7


def show_progress(ctx: Context, held: Held) -> None:
    """Draw the bar and keep it moving; the page is drawn anew when the check has ended."""
    check = held.check
    if check is None:
        return
    _bar(ctx, check)


@st.fragment(run_every=_EVERY_S)
def _bar(ctx: Context, check: Check) -> None:
    if check.done:
        st.rerun()
    stage, share = check.progress
    text = ctx.t(f"upload.stage_{stage}")
    done = overall(stage, share)
    st.progress(done, text=ctx.t("upload.progress", stage=text, share=f"{done:.0%}"))
    with st.container(horizontal=True, vertical_alignment="center", key="upload_progress_line"):
        st.button(ctx.t("upload.cancel"), key="upload_cancel", on_click=check.cancel)
        st.caption(ctx.t("upload.progress_hint", n=check.seconds))
