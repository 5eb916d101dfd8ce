"""Choices in the page's address as codes, so that a link holds in either language.

Streamlit binds a choice to the address by the words that it shows; codes stay when words change.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def seed(key: str, options: Sequence[str], default: str) -> None:
    """Give a widget its value before it is drawn: what was chosen, the address, or the default.

    Args:
        key: Key of the widget, also the name in the address.
        options: Codes that it offers; anything else falls back to the default.
        default: Code of the opening choice.
    """
    value = st.session_state.get(key, st.query_params.get(key, default))
    wanted = value if value in options else default
    if key not in st.session_state or st.session_state[key] != wanted:
        st.session_state[key] = wanted


def seed_many(key: str, options: Sequence[str], default: Sequence[str]) -> None:
    """The same for a widget with several choices; none at all is ``-`` in the address."""
    if key in st.session_state:
        return
    asked = st.query_params.get_all(key)
    st.session_state[key] = [code for code in asked or default if code in options]


def keep(key: str, default: str) -> None:
    """Write the choice into the address after the widget is drawn; the default stays out."""
    value = st.session_state.get(key) or default
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def keep_many(key: str, default: Sequence[str]) -> None:
    """The same for a widget with several choices."""
    value = list(st.session_state.get(key, default))
    if value == list(default):
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != (value or ["-"]):
        st.query_params[key] = value or ["-"]
