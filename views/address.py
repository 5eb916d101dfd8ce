"""Choices in the page's address as codes, so that a link holds in either language.

Streamlit binds a choice to the address by the words that it shows; codes stay when words change.

A choice is remembered by the session, so it survives a visit to a page that does not show it. An
address that says something else than what the session wrote there last was opened by a link or by
the browser's back button, and wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

_WRITTEN: Final = "address:{}"


def base_path() -> str:
    """Path under which the product is served, without a closing slash; empty at the root."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def chosen(key: str) -> str:
    """What is chosen under a key: by a link just opened, else by this session; else empty."""
    asked = st.query_params.get(key, "")
    kept = str(st.session_state.get(key) or "")
    followed = asked and asked != st.session_state.get(_WRITTEN.format(key))
    return asked if followed or not kept else kept


def choose(key: str, code: str) -> None:
    """Choose for the person, where no widget of this run has the key."""
    st.session_state[key] = code


def seed(key: str, options: Sequence[str], default: str) -> None:
    """Give a widget its value before it is drawn: :func:`chosen` or the default.

    Args:
        key: Key of the widget, also the name in the address.
        options: Codes that it offers; anything else falls back to the default.
        default: Code of the opening choice.
    """
    value = chosen(key)
    wanted = value if value in options else default
    if key not in st.session_state or st.session_state[key] != wanted:
        st.session_state[key] = wanted


def switch(
    key: str, codes: Sequence[str], default: str, *, label: str, names: Callable[[str], str]
) -> str:
    """One of a few parts of a page side by side, the choice kept in the address.

    Args:
        key: Key of the widget, also the name in the address.
        codes: What there is to choose from.
        default: Code of the opening choice; it stays out of the address.
        label: What is chosen, for those who hear the page.
        names: Word of each code.
    """
    seed(key, codes, default)
    chosen_code = st.segmented_control(
        label,
        codes,
        required=True,
        format_func=names,
        key=key,
        label_visibility="collapsed",
    )
    keep(key, default)
    return chosen_code or default


def seed_many(key: str, options: Sequence[str], default: Sequence[str]) -> None:
    """The same for a widget with several choices; none at all is ``-`` in the address."""
    if key in st.session_state:
        return
    asked = st.query_params.get_all(key)
    st.session_state[key] = [code for code in asked or default if code in options]


def keep(key: str, default: str = "") -> None:
    """Write the choice into the address after the widget is drawn; the default stays out."""
    write(key, st.session_state.get(key) or default, default)


def write(key: str, code: str, default: str = "") -> None:
    """Write a code into the address; the default stays out."""
    st.session_state[_WRITTEN.format(key)] = code
    if code == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != code:
        st.query_params[key] = code


def keep_many(key: str, default: Sequence[str]) -> None:
    """The same for a widget with several choices."""
    value = list(st.session_state.get(key, default))
    if value == list(default):
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != (value or ["-"]):
        st.query_params[key] = value or ["-"]
