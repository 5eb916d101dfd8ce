"""The frame of every page: title line, key figures, empty and error states, ribbon."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

import streamlit as st

from domain.issues import explain
from geo.errors import GanyuanError
from views.context import LANGUAGE_NAMES, UNIT_NAMES, Context
from views.markup import plain

_log = logging.getLogger(__name__)

Page = Callable[[Context], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure.

    Attributes:
        label: What is counted.
        value: The figure as text, without unit.
        unit: Unit behind the figure.
        note: Date, source or reason of absence; shown small below.
        hint: Shown when hovering; the note where empty.
    """

    label: str
    value: str
    unit: str = ""
    note: str = ""
    hint: str = ""


def title_line(
    ctx: Context, title: str, *, place: str, as_of: str, version: str = "", help_text: str = ""
) -> None:
    """The opening line of a page: what, where, as of when, from which version."""
    parts = [place, ctx.t("frame.as_of", date=as_of)]
    if version:
        parts.append(ctx.t("frame.version", version=version))
    details = " · ".join(escape(part) for part in parts if part)
    hint = f'<abbr title="{escape(help_text)}">?</abbr>' if help_text else ""
    st.html(f'<div class="gy-title"><h1>{escape(title)}</h1><span>{details}</span>{hint}</div>')


def demonstration_ribbon(ctx: Context) -> None:
    """The mark over everything that rests on made-up data."""
    st.html(f'<div class="gy-ribbon" role="note">{escape(ctx.t("frame.demonstration"))}</div>')


def key_figures(figures: Sequence[Figure]) -> None:
    """At most five figures in a row."""
    cells = "".join(
        f'<div class="gy-figure"><div class="gy-label">{escape(f.label)}</div>'
        f'<div class="gy-value">{escape(f.value)}<small>{escape(f.unit)}</small></div>'
        f'<div class="gy-note" title="{escape(f.hint or f.note)}">{escape(f.note)}</div></div>'
        for f in figures
    )
    st.html(f'<div class="gy-figures">{cells}</div>')


def section(text: str, *, help_text: str = "") -> None:
    """A heading inside a page; readers aloud find it below the title of the page."""
    st.markdown(f"## {text}", help=help_text or None)


def source_line(text: str) -> None:
    """The line under a table, chart or map that names its source."""
    st.html(f'<div class="gy-source">{escape(text)}</div>')


def door(ctx: Context, path: str, label: str, *, query: Mapping[str, str] | None = None) -> None:
    """A link to another page of the product; it keeps language and unit."""
    page = ctx.pages.get(path)
    if page is None:
        st.markdown(label)
        return
    names = {"lang": LANGUAGE_NAMES[ctx.t.language], "unit": UNIT_NAMES[ctx.unit]}
    params = {**names, **(query or {})}
    st.page_link(page, label=label, query_params=params)


def empty_state(text: str, *, next_step: str = "") -> None:
    """Nothing to show, and what to do about it."""
    st.info(text + ("\n\n" + next_step if next_step else ""))


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[float], None]]:
    """A bar for as long as the block runs; gives what to tell the share that is done."""
    bar = st.progress(0.0, text)

    def told(share: float) -> None:
        bar.progress(min(share, 1.0), text)

    yield told
    bar.empty()


def show_error(ctx: Context, error: GanyuanError) -> None:
    """An error in words, with its code and the rows concerned."""
    st.error(f"**{error.code}** {plain(explain(error, ctx.t.language))}")
    if error.rows:
        shown = plain(", ".join(str(row) for row in error.rows[:20]))
        more = len(error.rows) - 20
        tail = ctx.t("frame.more_rows", n=more) if more > 0 else ""
        st.caption(ctx.t("frame.rows", rows=shown) + tail)


def guarded(page: Page) -> Page:
    """The page boundary: every error becomes words on the page, the unexpected ones are logged."""

    @functools.wraps(page)
    def wrapper(ctx: Context) -> None:
        try:
            page(ctx)
        except GanyuanError as error:
            _log.warning("%s", error)
            show_error(ctx, error)
        except Exception:  # noqa: BLE001 - the page boundary; logged with its traceback
            _log.exception("page %s failed", page.__module__)
            st.error(ctx.t("frame.unexpected"))

    return wrapper
