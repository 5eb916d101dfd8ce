"""Drafts of letters of a case, and the way to its page for a telephone."""

from __future__ import annotations

import base64
import io
import re
from functools import partial
from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from analytics.cases.file import as_text
from export import docx_parts
from export.case_facts import case_facts, missing_of, proposal
from export.case_letters import LETTERS, Known, Letter, names_in, write_letter
from views import address
from views.context import LANGUAGE_NAMES, Context
from views.downloads import download
from views.idle.case_forms import marked
from views.idle.case_read import CaseRead
from views.markup import plain

_UNSAFE: Final = re.compile(r"[^\w.-]+")


def show_letters(ctx: Context, read: CaseRead, case_id: str) -> None:
    """One button for each letter, and what would stay blank in it."""
    t = ctx.t
    st.caption(t("case.letters_what"))
    for letter in LETTERS:
        facts = letter_facts(read, case_id, letter)
        blanks = missing_of(names_in(letter), facts)
        names = t.pick("、", ", ").join(t.get(f"case.blank.{name}", name) for name in blanks)
        button, words = st.columns([2, 5], vertical_alignment="center")
        with button:
            download(
                t(f"case.letter.{letter}"),
                partial(_made, ctx, read, case_id, letter),
                name=_file_name(t(f"case.letter_name.{letter}"), as_text(read.row["parcel_id"])),
                key=f"idle-case-letter-{letter}",
                mime=docx_parts.MIME,
                width="stretch",
            )
        words.caption(t("case.blanks", n=len(blanks), names=plain(names)))


def _file_name(title: str, parcel_id: str) -> str:
    return _UNSAFE.sub("-", f"{title}_{parcel_id}")[:80].strip("-.") + ".docx"


def letter_facts(read: CaseRead, case_id: str, letter: Letter) -> dict[str, Known]:
    """What is known for a letter."""
    facts = case_facts(
        read.row,
        read.supply,
        read.case(case_id),
        file=read.file,
        version=read.version.id,
        as_of=read.day,
        rules=read.rules,
    )
    if letter == "hearing":
        route = as_text(read.case(case_id).get("disposal_route"))
        open_ = set(read.routes.loc[read.routes["permitted"], "route"]) & {"D7", "D8"}
        likely = route if route in ("D7", "D8") else next(iter(sorted(open_)), "")
        facts |= proposal(likely, read.row, read.supply, read.rules)
    return facts


def _made(ctx: Context, read: CaseRead, case_id: str, letter: Letter) -> bytes:
    del ctx
    return write_letter(
        letter,
        letter_facts(read, case_id, letter),
        rules=read.rules,
        made_on=read.day,
        demonstration=marked(read.version, dict(read.case(case_id))),
    )


def field_link(ctx: Context, dataset: str, parcel_id: str) -> str:
    """Address of the page of a parcel for a telephone; without a host where none is known."""
    query = {"parcel": parcel_id, "ds": dataset, "lang": LANGUAGE_NAMES[ctx.t.language]}
    here = urlsplit(str(st.context.url or ""))
    root = f"{here.scheme}://{here.netloc}" if here.scheme in ("http", "https") else ""
    return f"{root}{address.base_path()}/field?{urlencode(query)}"


def field_link_html(ctx: Context, dataset: str, parcel_id: str) -> str:
    """The address as a code that a telephone reads, and as a link."""
    link = field_link(ctx, dataset, parcel_id)
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", scale=3, border=2)
    code = base64.b64encode(out.getvalue()).decode()
    said = ctx.t("case.field_link")
    return (
        f'<div class="gy-case-link"><img alt="QR" src="data:image/svg+xml;base64,{code}">'
        f"<div>{escape(said)}<br>"
        f'<a href="{escape(link, quote=True)}">{escape(link)}</a></div></div>'
    )
