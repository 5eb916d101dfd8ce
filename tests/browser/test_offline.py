"""Every page opens with no host in reach but the server, and misses nothing."""

from __future__ import annotations

import hashlib
import re

import pytest
from playwright.sync_api import expect

from domain.paths import STATIC
from scripts.served import ROOT
from store import Store, Viewer
from tests.browser.chart import Map
from tests.browser.walk import click_place, drawn, map_frame, opened, settled
from views.router import PAGES

LANGUAGES = ("zh_CN", "en")
VIEWER = Viewer("t")
LOADED = """() => Promise.all([
  document.fonts.ready,
  ...[...document.images].map((image) => image.decode().catch(() => null)),
]).then(() => null)"""
"""Fonts and pictures that a document has asked for have come, or have failed."""


def lacked_nothing(page, traffic):
    """Nothing was asked of another host, nothing was missing, nothing broke."""
    settled(page)
    for frame in page.frames:
        frame.evaluate(LOADED)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert traffic.external == []
    assert traffic.failed == []
    assert traffic.errors == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [path for path, _ in PAGES])
def test_a_page_needs_nothing_from_outside(page, traffic, demo_server, path, language):
    opened(page, demo_server, path, lang=language)
    if path == "reports":
        expect(page.get_by_test_id("stImage").locator("img")).to_be_visible()
    lacked_nothing(page, traffic)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_upload_needs_nothing_from_outside(page, traffic, demo_server, language):
    opened(page, demo_server, "upload", lang=language)
    page.locator("input[type=file]").set_input_files(ROOT / "data" / "samples" / "zone38_gbk.zip")
    expect(
        page.get_by_role("button", name=re.compile("入库 12 行|Publish 12 rows"))
    ).to_be_visible()
    settled(page)
    drawn(page)
    lacked_nothing(page, traffic)


@pytest.mark.parametrize("language", LANGUAGES)
def test_parcels_by_view_and_a_click_need_nothing_from_outside(
    page, traffic, demo_server, language
):
    store = Store(demo_server.store)
    parcel = store.read(store.version("parcels", VIEWER), VIEWER).iloc[100]
    at = parcel.geometry.representative_point()
    chart = Map(page).open(demo_server, lang=language)
    with page.expect_response(re.compile("/gy/parcels")):
        chart.look_at(at.y, at.x, 16)
    chart.frame.wait_for_function("() => document.querySelector('.gy-note').hidden")
    click_place(page, at.y, at.x)
    expect(page.locator(".gy-card")).to_contain_text(parcel["parcel_id"])
    lacked_nothing(page, traffic)


def test_a_request_to_another_host_would_be_seen(page, traffic, demo_server):
    opened(page, demo_server, "targets")
    page.evaluate("() => fetch('https://example.org/x.js').catch(() => null)")
    page.evaluate("() => fetch('/app/static/missing.js')")
    assert traffic.external == ["https://example.org/x.js"]
    assert any("missing.js 404" in line for line in traffic.failed)


def test_files_come_with_their_type_and_may_not_be_guessed(page, demo_server):
    for path, kind in (
        ("vendor/leaflet/leaflet.js", "javascript"),
        ("vendor/leaflet/leaflet.css", "css"),
        ("fonts/NotoSansSC-Regular.woff2", "font/woff2"),
        ("ganyuan/map.js", "javascript"),
    ):
        answer = page.request.get(f"{demo_server.url}/app/static/{path}")
        assert answer.status == 200
        assert kind in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == "*"


def test_the_static_folder_gives_nothing_beside_it(page, demo_server):
    for path in ("../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "nothing.js", ""):
        answer = page.request.get(f"{demo_server.url}/app/static/{path}")
        assert answer.status in {400, 404} or "GANYUAN" not in answer.text()
        assert "class Settings" not in answer.text()


def test_the_chinese_font_of_the_map_is_our_own(page, demo_server):
    opened(page, demo_server, "map")
    frame = map_frame(page)
    frame.evaluate("() => document.fonts.ready.then(() => undefined)")
    loaded = frame.evaluate(
        "() => [...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert any("Noto Sans SC" in family for family in loaded)


def test_vendored_files_are_the_ones_of_the_notice():
    notice = (STATIC / "THIRD_PARTY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \| `([0-9a-f]{64})` \|$", notice, re.MULTILINE)
    listed = {name: digest for name, _, digest in rows}
    present = {
        p.relative_to(STATIC).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in (STATIC / "vendor").rglob("*")
        if p.is_file()
    }
    assert listed == present


def test_nothing_in_the_static_folder_names_a_foreign_host():
    foreign = re.compile(rb"""(?:src|url|import|fetch)\s*[=(]\s*["'`]?(?:https?:)?//""")
    for path in STATIC.rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".svg"}:
            code = path.read_bytes()
            assert not foreign.findall(code), path
