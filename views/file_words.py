"""Words of a field for one file in the language of the page: Streamlit has them in English only."""

from __future__ import annotations

import json

import streamlit as st

from views.context import Context


def file_words(ctx: Context, limit: str) -> None:
    """Hand the words of fields for files to ``app.css``.

    The fields stand in containers whose key begins with ``gy-file-``.

    Args:
        ctx: Language.
        limit: What may be sent, in words.
    """
    words = {"button": ctx.t("case.file_button"), "limit": limit}
    # JSON escapes what CSS would end a string at.
    rules = "".join(
        f"--gy-file-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in words.items()
    )
    st.html(f'<style>[class*="st-key-gy-file-"] {{ {rules} }}</style>')
