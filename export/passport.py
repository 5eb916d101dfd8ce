"""The passport of an upload on paper: one A4 page as PDF or HTML, in Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping

from domain.i18n import Translator
from domain.passport import read
from export.fonts import Fonts
from export.passport_html import passport_html
from export.passport_page import Page, page
from export.passport_pdf import passport_pdf
from store import Version

__all__ = ["Page", "passport_html", "passport_pages", "passport_pdf", "print_pdf"]


def passport_pages(
    record: Mapping[str, object], t: Translator, version: Version | None = None
) -> list[Page]:
    """The pages of a record: one for each upload that the version was put together from.

    Args:
        record: ``Version.passport``, or what ``ingest.passport`` makes of an inspection.
        t: Texts in the language of the page.
        version: The version that carries it; None for an upload that is not published.

    Raises:
        NoPassportError: The record is not that of an upload.
    """
    return [page(passport, t, version) for passport in read(record)]


def print_pdf(record: Mapping[str, object], t: Translator, version: Version | None = None) -> bytes:
    """The pages as one PDF; see :func:`passport_pages`."""
    return passport_pdf(passport_pages(record, t, version), fonts=Fonts())
