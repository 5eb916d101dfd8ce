"""The clock in a real browser: keys move the slider and with it the day; the calendar goes home."""

from __future__ import annotations

import re

import icalendar
from playwright.sync_api import expect

from tests.browser.walk import opened, settled, tick


def test_keys_move_the_slider_and_the_date_field_follows(page, demo_server, traffic):
    opened(page, demo_server, "idle", **{"idle-view": "clock"})
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gy-title")).to_contain_text("2026-07-31")
    expect(page).to_have_url(re.compile(r"as_of=2026-07-31"))
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".gy-title")).to_contain_text("2026-06-30")
    assert not traffic.errors


def test_a_day_in_the_address_stands_on_the_slider(page, demo_server):
    opened(page, demo_server, "idle", as_of="2025-02-10", **{"idle-view": "clock"})
    expect(page.locator(".gy-title")).to_contain_text("2025-02-10")
    expect(page.get_by_test_id("stSliderThumbValue")).to_have_text("2025-02")


def test_the_calendar_goes_home_and_reads_back(page, demo_server):
    opened(page, demo_server, "idle", prefecture="360700", **{"idle-view": "clock"})
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载日历 ICS").click()
    calendar = icalendar.Calendar.from_ical(waiting.value.path().read_bytes())
    events = calendar.walk("VEVENT")
    assert events
    assert all("演示数据" in str(event["summary"]) for event in events)
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_a_row_of_the_figures_opens_its_definition(page, demo_server):
    page.goto(demo_server.page("idle", **{"idle-view": "figures"}))  # no map to wait for
    settled(page)
    card = page.locator(".gy-card").first
    expect(card).to_contain_text("批准面积 − 已供面积 − 核销面积")
    tick(page.get_by_test_id("stDataFrame").first, 4)
    expect(card).to_contain_text("批而未供（台账）+ 供而未用（地块）")
    expect(card).to_contain_text("分母")
