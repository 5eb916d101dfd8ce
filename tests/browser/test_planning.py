"""The planning pages in a real browser: choosing a pair, clicking the belt, no outside request."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

READY = "html[data-ready]"
HEAD, ROW = 34, 31
"""Heights of the head and of a row of a table in pixels."""


def opened(page, server, name):
    page.goto(server.page(name))
    page.locator(".gy-title").wait_for()
    settled(page)


def settled(page):
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(400)


def select_row(page, position):
    """Tick a row of the first table of the page; the table is drawn on a canvas."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + HEAD + ROW * position + ROW / 2)
    settled(page)


def zoom(page):
    frame = page.query_selector("iframe[sandbox]").content_frame()
    return frame.evaluate("() => ganyuan.map.getZoom()")


def headings(page):
    return page.locator("h4").all_inner_texts()


@pytest.mark.parametrize("name", ["consolidation", "belt", "targets"])
def test_each_page_opens_by_its_address_with_nothing_from_outside(page, server, traffic, name):
    opened(page, server, name)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert traffic.external == []
    assert traffic.failed == []
    assert traffic.errors == []


def test_a_selected_pair_opens_its_card_and_the_map_goes_there(page, server):
    opened(page, server, "consolidation")
    page.frame_locator("iframe[sandbox]").locator(READY).wait_for(state="attached")
    before, overview = headings(page)[-1], zoom(page)
    select_row(page, 3)
    expect(page.locator("h4").last).not_to_have_text(before)
    page.wait_for_timeout(1000)
    assert zoom(page) > overview


def test_a_selected_target_opens_its_figures(page, server):
    opened(page, server, "targets")
    expect(page.locator("h4").last).to_contain_text("T01")
    select_row(page, 1)
    expect(page.locator("h4").last).to_contain_text("T02")
