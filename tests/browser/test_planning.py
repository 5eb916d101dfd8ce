"""The planning pages in a real browser: choosing a pair, choosing a target."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.walk import map_frame, opened, tick

ZOOM = "() => ganyuan.map.getZoom()"


def test_a_selected_pair_opens_its_card_and_the_map_goes_there(page, demo_server):
    opened(page, demo_server, "consolidation")
    before = page.locator("h2").last.inner_text()
    frame = map_frame(page)
    overview = frame.evaluate(ZOOM)
    tick(page.get_by_test_id("stDataFrame").first, 3)
    expect(page.locator("h2").last).not_to_have_text(before)
    frame.wait_for_function(f"() => ganyuan.map.getZoom() > {overview}")


def test_a_selected_target_opens_its_figures(page, demo_server):
    opened(page, demo_server, "targets")
    expect(page.locator("h2").last).to_contain_text("T01")
    tick(page.get_by_test_id("stDataFrame").first, 1)
    expect(page.locator("h2").last).to_contain_text("T02")
