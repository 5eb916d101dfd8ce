"""The passport as a real browser prints it: one A4 sheet, nothing cut, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from domain.i18n import LANGUAGES, translator
from export.passport import passport_html, passport_pages
from tests.passport_world import record
from tests.unit.test_passport_page import crowded, version

SHEETS = re.compile(rb"/Type\s*/Page\b(?!s)")
OVERFULL = """() => [...document.querySelectorAll('.sheet, .findings, .evidence, .sent, .standing')]
  .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
  .map(e => e.className)"""


@pytest.fixture
def sheet(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 860, "height": 1200})
    yield page
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [record, crowded])
def test_the_print_is_one_sheet(
    sheet: Page, tmp_path: Path, language: str, make: Callable[[], dict[str, object]]
) -> None:
    passport = make()
    long = version(passport, dataset="名" * 80, committed_by="欧阳" * 60, reason="理由" * 300)
    pages = passport_pages(
        passport, translator(language), long if make is crowded else version(passport)
    )
    path = tmp_path / "passport.html"
    path.write_bytes(passport_html(pages))
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.goto(path.as_uri())
    assert sheet.evaluate(OVERFULL) == []
    fonts = "() => document.fonts.ready.then(f => [...f].map(x => x.status))"
    assert set(sheet.evaluate(fonts)) == {"loaded"}
    printed = sheet.pdf(prefer_css_page_size=True, print_background=True)
    assert len(SHEETS.findall(printed)) == 1
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
