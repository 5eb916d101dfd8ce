"""Documents of a case: listed with their state, downloaded, attached, withdrawn with a reason."""

from __future__ import annotations

import base64
import datetime as dt
import mimetypes
from html import escape
from typing import Any, Final

import streamlit as st

from analytics.cases.file import as_text
from domain import formats
from domain.ledgers import Table
from geo.errors import GanyuanError
from ingest.photos import MAX_BYTES, PhotoError, thumbnail
from store import Document, Viewer
from views.context import Context
from views.downloads import download
from views.file_words import file_words
from views.idle.case_acts import Told, tell
from views.idle.case_read import CaseRead
from views.idle.case_words import moment
from views.markup import plain

KINDS: Final = ("evidence", "notice", "letter", "disposal")
_PICTURES: Final = ("image/jpeg", "image/png")
_PREFIX: Final = "idle-case-doc"


def show_documents(ctx: Context, read: CaseRead, case_id: str) -> None:
    """The documents of a case and of its supply, and the forms that add and withdraw."""
    t = ctx.t
    if not read.documents:
        st.caption(t("case.documents_none"))
    for paper in read.documents:
        _document(ctx, paper)
    target = _target(read, case_id)
    if target is None:
        st.caption(t("case.attach_first"))
        return
    _attach_form(ctx, read, target, case_id)


def _target(read: CaseRead, case_id: str) -> tuple[Table, str] | None:
    """The ledger row that a new document belongs to: the case, else the supply."""
    if case_id:
        return "idle_case", case_id
    return ("supply", read.supply_no) if len(read.supplies) else None


def _document(ctx: Context, paper: Document) -> None:
    t = ctx.t
    key = f"{_PREFIX}-{paper.ledger}-{paper.key}-{paper.kind}-{paper.number}-{paper.revision}"
    picture, words, doors = st.columns([1, 5, 2], vertical_alignment="center")
    with picture:
        _thumbnail(ctx, paper)
    state = t("case.withdrawn") if paper.withdrawn else ""
    size = t("case.document_size", kb=formats.number(paper.size / 1000, 1)) if paper.size else ""
    words.markdown(
        f"**{plain(t(f'case.document.{paper.kind}'))} {plain(paper.number)}** {plain(state)}  \n"
        + plain(" · ".join(p for p in (formats.date(paper.dated), paper.name, size) if p))
        + "  \n"
        + plain(
            t(
                "case.document_by",
                who=paper.changed_by,
                when=moment(paper.changed_at),
                reason=paper.reason,
            )
        )
    )
    with doors, st.container(horizontal=True):
        if paper.sha256:
            download(
                t("case.download"),
                lambda: ctx.store.document_content(paper, ctx.viewer),
                name=paper.name or f"{paper.number}.bin",
                key=f"{key}-get",
            )
        if not paper.withdrawn:
            with st.popover(t("case.withdraw")):
                _withdraw_form(ctx, paper, key)


def _thumbnail(ctx: Context, paper: Document) -> None:
    """A small picture, drawn anew from the pixels; a word for every other file."""
    kind = mimetypes.guess_type(paper.name)[0]
    if paper.sha256 and kind in _PICTURES and paper.size <= MAX_BYTES:
        small = _small(ctx, paper)
        if small:
            code = base64.b64encode(small).decode()
            st.html(
                f'<img alt="{escape(paper.number)}" style="max-width:100%;max-height:84px" '
                f'src="data:image/jpeg;base64,{code}">'
            )
            return
    ending = paper.name.rpartition(".")[2].upper()[:5] if "." in paper.name else formats.MISSING
    st.html(f'<div class="gy-note">{escape(ending)}</div>')


def _small(ctx: Context, paper: Document) -> bytes:
    """The small picture; empty where the file is none or cannot be read."""
    known: dict[str, bytes] = st.session_state.setdefault(f"{_PREFIX}-small", {})
    name = str(paper.sha256)
    if name not in known:
        try:
            known[name] = thumbnail(ctx.store.document_content(paper, ctx.viewer))
        except (PhotoError, GanyuanError):
            known[name] = b""
    return known[name]


def _withdraw_form(ctx: Context, paper: Document, key: str) -> None:
    t = ctx.t
    with st.form(f"{key}-form", border=False):
        st.text_input(t("case.who"), value=ctx.viewer.name, key=f"{key}-who")
        st.text_input(t("case.why"), key=f"{key}-why", max_chars=400)
        st.form_submit_button(t("case.withdraw"), on_click=_withdraw, args=(ctx, paper, key))


def _withdraw(ctx: Context, paper: Document, key: str) -> None:
    who = as_text(st.session_state.get(f"{key}-who"))
    why = as_text(st.session_state.get(f"{key}-why"))
    if not (who and why):
        tell(Told("fill_in", "withdraw", paper.key))
        return
    try:
        ctx.store.withdraw_document(
            paper.ledger,
            paper.key,
            kind=paper.kind,
            number=paper.number,
            viewer=Viewer(who, ctx.viewer.prefectures),
            reason=why,
            revision=paper.revision,
        )
    except GanyuanError as error:
        tell(Told("error", "withdraw", paper.key, error=error))
    else:
        tell(Told("done", "withdraw", paper.key))


def _attach_form(ctx: Context, read: CaseRead, target: tuple[Table, str], case_id: str) -> None:
    t = ctx.t
    table, row = target
    # A new form after each document: its fields start empty again.
    key = f"{_PREFIX}-new-{table}-{row}-{len(read.documents)}"
    case = read.case(case_id)
    with st.form(f"{key}-form"):
        st.markdown(f"**{t('case.attach')}**")
        one, two, three = st.columns(3)
        one.selectbox(
            t("case.document_kind"),
            KINDS,
            format_func=lambda kind: t(f"case.document.{kind}"),
            key=f"{key}-kind",
        )
        count = sum(paper.kind == "evidence" for paper in read.documents) + 1
        two.text_input(
            t("case.document_number"),
            placeholder=_likely_numbers(case),
            value=t("case.evidence_number", day=read.day.isoformat(), n=count),
            key=f"{key}-number",
            max_chars=200,
        )
        three.date_input(t("case.document_dated"), value=None, format="YYYY-MM-DD",
                         key=f"{key}-dated")  # fmt: skip
        limit = MAX_BYTES // 1_000_000
        file_words(ctx, t("case.document_limit", mb=limit))
        with st.container(key="gy-file-attach"):
            st.file_uploader(t("case.document_file"), key=f"{key}-file", max_upload_size=limit)
        one, two = st.columns([1, 2])
        one.text_input(t("case.who"), value=ctx.viewer.name, key=f"{key}-who")
        two.text_input(t("case.why"), value=t("case.reason.attach"), key=f"{key}-why",
                       max_chars=400)  # fmt: skip
        st.form_submit_button(t("case.attach"), on_click=_attach, args=(ctx, table, row, key))


def _likely_numbers(case: Any) -> str:  # noqa: ANN401 - a row
    return " / ".join(n for n in (as_text(case.get(c)) for c in ("notice_no", "letter_no")) if n)


def _attach(ctx: Context, table: Table, row: str, key: str) -> None:
    """Keep a file as it is; it is never opened as anything but bytes."""
    held = {name: st.session_state.get(f"{key}-{name}") for name in ("kind", "number", "dated")}
    file = st.session_state.get(f"{key}-file")
    who = as_text(st.session_state.get(f"{key}-who"))
    why = as_text(st.session_state.get(f"{key}-why"))
    if not (who and why and as_text(held["number"]) and file is not None):
        tell(Told("fill_in", "attach", row))
        return
    try:
        keep_document(
            ctx,
            table,
            row,
            kind=str(held["kind"]),
            number=as_text(held["number"]),
            dated=held["dated"],
            name=str(file.name),
            content=file.getvalue(),
            who=who,
            why=why,
        )
    except GanyuanError as error:
        tell(Told("error", "attach", row, error=error))
    else:
        tell(Told("done", "attach", row))


def keep_document(  # noqa: PLR0913 - each argument is a fact of its own
    ctx: Context,
    table: Table,
    row: str,
    *,
    kind: str,
    number: str,
    dated: dt.date | None,
    name: str,
    content: bytes,
    who: str,
    why: str,
) -> Document:
    """Keep a file as a document of a ledger row, of at most 20 MB.

    Raises:
        PhotoError: It is empty or too large.
        StoreError: The store refuses it.
    """
    if not 0 < len(content) <= MAX_BYTES:
        detail = f"{len(content):,} bytes"
        raise AttachmentError(f"the file has {detail}", values={"detail": detail})
    wanted = next(one for one in KINDS if one == kind)
    return ctx.store.put_document(
        table,
        row,
        kind=wanted,
        number=number,
        dated=dated,
        content=content,
        name=name[-200:],
        viewer=Viewer(who, ctx.viewer.prefectures),
        reason=why,
    )


class AttachmentError(GanyuanError):
    """The file is empty or too large to be kept with a case."""

    code = "CSE-002"
