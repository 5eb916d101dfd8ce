"""Files that a page offers: nothing of them travels before somebody asks, and a failure is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from domain.i18n import Language, translator
from scripts.served import Server
from store import Store, Viewer
from tests.browser.conftest import ROOT, Traffic
from tests.browser.walk import opened, settled, tick
from tests.store_world import parcels

CLERK = Viewer("测试员")


def test_a_file_travels_when_it_is_asked_for(page: Page, server: Server, traffic: Traffic):
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/media/" in r.url else None)
    opened(page, server, "upload")
    offered = page.get_by_test_id("stDownloadButton")
    assert offered.count() > 10
    assert not [url for url in asked if "/static/media/" not in url]
    name = "zone38_gbk.zip"
    with page.expect_download() as waiting:
        offered.get_by_role("button", name=name).click()
    sent = ROOT / "data" / "samples" / name
    assert waiting.value.suggested_filename == name
    assert Path(waiting.value.path()).read_bytes() == sent.read_bytes()
    assert traffic.clean, (traffic.external, traffic.failed)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_file_that_cannot_be_made_says_so(page: Page, server: Server, language: Language):
    t = translator(language)
    store = Store(server.store)
    version = store.commit(
        f"lost-{language.lower()}",
        parcels(2),
        kind="parcels",
        viewer=CLERK,
        reason="r",
        original=("a.zip", b"zip"),
    )
    (kept,) = [p for p in server.store.rglob("*") if p.is_file() and p.read_bytes() == b"zip"]
    kept.unlink()
    opened(page, server, "upload", lang="EN" if language == "en" else "中文")
    tick(page.get_by_test_id("stDataFrame").first, 0)
    settled(page)
    label = t("upload.original", version=version.id, name="a.zip")
    page.get_by_role("button", name=label).click()
    said = page.get_by_test_id("stDownloadButtonError")
    expect(said).to_be_visible()
    shown, size = said.evaluate(
        "(e) => [getComputedStyle(e, '::after').content, getComputedStyle(e).fontSize]"
    )
    assert (shown.strip('"'), size) == (t("data.download_failed"), "0px")
