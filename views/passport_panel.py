"""The passport of a version or of an upload, and its correction package: files to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from domain.passport import NoPassportError, Passport, number_of, read
from export.correction import Package
from export.fonts import Fonts
from export.passport import Page, passport_html, passport_pages, passport_pdf
from export.passport_words import shortened
from geo.errors import GanyuanError
from ingest import Inspection
from ingest.correction import to_correct
from ingest.passport import passport
from store import Version
from views.context import Context
from views.corrections import package_of_inspection, package_of_version, rows_of_version
from views.downloads import download
from views.frame import section, show_error
from views.markup import plain

_MADE: Final = "passport_packages"
_KEPT: Final = 3


def show_passport(ctx: Context, subject: Version | Inspection, *, key: str = "passport") -> None:
    """Draw the panel.

    Args:
        ctx: The run.
        subject: A version, or an upload that is not published.
        key: Key of the panel; two on one page need two.
    """
    version = subject if isinstance(subject, Version) else None
    record = version.passport if version else passport(subject)  # type: ignore[arg-type]
    section(ctx.t("passport.panel_head"))
    try:
        parts = read(record)
    except NoPassportError:
        st.caption(ctx.t("passport.panel_none"))
        return
    _sum(ctx, parts)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_files"):
        _files(ctx, record, version, key)
        if len(parts) == 1 and _has_package(subject):
            _package(ctx, subject, parts[0], key)
    if len(parts) > 1:
        st.caption(ctx.t("passport.panel_parts", n=len(parts)))


def _has_package(subject: Version | Inspection) -> bool:
    """Whether rows may be sent out.

    Not before open questions are answered, and not of a package that came back: what is still wrong
    in that is sent out once it is published.
    """
    if isinstance(subject, Version):
        return True
    return subject.status in {"accepted", "refused"} and not subject.report.corrects


def _sum(ctx: Context, parts: tuple[Passport, ...]) -> None:
    """Number and row accounting of every upload, one line each."""
    for part in parts:
        rows = part.rows
        st.markdown(
            ctx.t(
                "passport.panel_line",
                number=part.number or "—",
                file=plain(shortened(part.file, 40)),
                rows=f"{rows.file:,}",
                ok=f"{rows.committed:,}",
                out=f"{rows.quarantined:,}",
                refused=f"{rows.refused + rows.undecided:,}",
            )
            + (ctx.t("passport.panel_unfilled", n=f"{rows.unfilled:,}") if rows.unfilled else "")
        )


def _files(ctx: Context, record: Mapping[str, object], version: Version | None, key: str) -> None:
    fonts = Fonts(ctx.settings.fallback_font)

    def pages() -> list[Page]:
        return passport_pages(record, ctx.t, version)

    name = number_of(record).partition(",")[0] or (version.dataset if version else "passport")
    makers = {
        "pdf": (lambda: passport_pdf(pages(), fonts=fonts), "application/pdf"),
        "html": (lambda: passport_html(pages(), fonts=fonts), "text/html"),
    }
    for ending, (make, mime) in makers.items():
        label = ctx.t(f"passport.panel_{ending}")
        download(label, make, name=f"{name}.{ending}", key=f"{key}_{ending}", mime=mime)


def _package(ctx: Context, subject: Version | Inspection, record: Passport, key: str) -> None:
    """The package is made when it is asked for: the file that was sent is read again for it."""
    rows = _rows(ctx, subject, record)
    if not rows:
        st.caption(ctx.t("passport.panel_nothing"))
        return
    made: dict[str, Package] = st.session_state.setdefault(_MADE, {})
    name = f"{record.number} {record.sha256}"
    if name not in made:
        label = ctx.t("passport.panel_make", n=rows)
        hint = ctx.t("passport.panel_package_hint")
        if not st.button(label, key=f"{key}_make", help=hint):
            return
        try:
            with st.spinner(ctx.t("passport.panel_working")):
                made[name] = _make(ctx, subject)
        except GanyuanError as error:
            show_error(ctx, error)
            return
        while len(made) > _KEPT:
            del made[next(iter(made))]
    package = made[name]
    download(
        ctx.t("passport.panel_package", n=package.rows),
        lambda: package.content,
        name=package.name,
        key=f"{key}_package",
        mime="application/zip",
    )
    st.caption(ctx.t("passport.panel_package_hint"))


def _rows(ctx: Context, subject: Version | Inspection, record: Passport) -> int:
    if isinstance(subject, Version):
        return len(rows_of_version(ctx.store, subject, ctx.viewer))
    return len(to_correct(record, subject.quarantined()))


def _make(ctx: Context, subject: Version | Inspection) -> Package:
    if isinstance(subject, Version):
        return package_of_version(ctx.store, subject, ctx.viewer)
    return package_of_inspection(subject)
