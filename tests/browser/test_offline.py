"""Every page opens with no host in reach but the server, and misses nothing."""

from __future__ import annotations

import hashlib
import re
import shutil

import pytest
from playwright.sync_api import expect

from domain.paths import STATIC
from tests.browser.conftest import start_server, stop_server
from views.router import PAGES

# On a page below the root Streamlit's own script looks for its server beside the page first, and
# then where it is; nothing of the product is missing.
PROBE = re.compile(r"/[a-z-]+/_stcore/(health|host-config) 404$")


@pytest.fixture(scope="module")
def demo_server(demo_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    shutil.copytree(demo_root, folder / "store")
    running = start_server(folder / "store", folder / "server.log")
    yield running
    stop_server(running.process)


@pytest.mark.parametrize("path", [path for path, _ in PAGES])
def test_a_page_needs_nothing_from_outside(page, traffic, demo_server, path):
    page.goto(f"{demo_server.url}/{path}")
    expect(page.locator(".gy-title h1")).to_be_visible()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    if page.locator("iframe[sandbox]").count():
        ready = page.frame_locator("iframe[sandbox]").first.locator("html[data-ready]")
        ready.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    assert traffic.external == []
    assert [line for line in traffic.failed if not PROBE.search(line)] == []
    assert traffic.errors == []


def test_parcels_by_view_need_nothing_from_outside(page, traffic, demo_server):
    page.goto(f"{demo_server.url}/map")
    page.frame_locator("iframe[sandbox]").locator("html[data-ready]").wait_for(state="attached")
    frame = page.query_selector("iframe[sandbox]").content_frame()
    with page.expect_response(re.compile("/gy/parcels")):
        frame.evaluate("() => { ganyuan.map.setView([28.56, 115.93], 14, {animate: false}); }")
    page.wait_for_load_state("networkidle")
    assert traffic.external == []
    assert [line for line in traffic.failed if not PROBE.search(line)] == []


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
    page.goto(f"{demo_server.url}/map")
    page.frame_locator("iframe[sandbox]").locator("html[data-ready]").wait_for(state="attached")
    frame = page.query_selector("iframe[sandbox]").content_frame()
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
