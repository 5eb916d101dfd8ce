"""The clock in a real browser: keys move the slider and with it the day; the calendar goes home."""

from __future__ import annotations

import re

import icalendar
from playwright.sync_api import expect

from tests.browser.walk import click_place, opened, settled, tick


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


def test_a_click_on_the_map_of_what_comes_leads_into_the_unit(page, demo_server, traffic):
    opened(page, demo_server, "idle", **{"idle-view": "clock"})
    click_place(page, 25.3, 115.0)  # in the south of the province
    expect(page.locator(".gy-title")).to_contain_text("赣州市")
    expect(page).to_have_url(re.compile(r"prefecture=360700"))
    expect(page.get_by_role("slider")).to_be_visible()  # still the clock
    assert not traffic.errors


def test_a_unit_of_the_ranking_opens_its_rows_and_a_row_its_case(page, demo_server, traffic):
    query = {"idle-view": "figures", "idle-figures-view": "ranking", "idle-figure": "idle"}
    page.goto(demo_server.page("idle", **query))
    settled(page)
    tick(page.get_by_test_id("stDataFrame").first, 0)
    expect(page.get_by_text("点选一宗地，打开案卷")).to_be_visible()
    settled(page)
    tick(page.get_by_test_id("stDataFrame").nth(1), 0)
    expect(page.locator(".gy-case-head h2")).not_to_be_empty()
    page.get_by_role("button", name="返回清单").click()
    expect(page.get_by_text("点选一行，列出该单位的构成明细")).to_be_visible()
    assert not traffic.errors
