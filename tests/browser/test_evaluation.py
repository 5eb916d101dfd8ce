"""The evaluation page in a real browser: from the list to a zone, its figures, and the rows."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.walk import opened, tick


def test_a_zone_of_the_list_opens_down_to_its_parcels_and_the_address_keeps_it(page, demo_server):
    opened(page, demo_server, "evaluation", as_of="2026-06-30")
    tick(page.get_by_test_id("stDataFrame").first, 0)
    expect(page.locator(".gy-sum")).to_contain_text("三率核对")
    assert "evaluation-zone=" in page.url
    figures = page.get_by_test_id("stDataFrame").nth(2)
    figures.scroll_into_view_if_needed()
    # The fifth figure is supplied land, which parcels give as well.
    tick(figures, 4)
    expect(page.get_by_text("填报记录")).to_be_visible()
    expect(page.get_by_text("到“批而未用”看这个园区的地块")).to_be_visible()
    page.reload()
    expect(page.locator(".gy-sum")).to_contain_text("三率核对")
