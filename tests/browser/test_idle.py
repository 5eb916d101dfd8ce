"""The idle-land page in a real browser: open, filter, case, export; a click leads to a place."""

from __future__ import annotations

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests.browser.walk import click_place, opened, settled, tick

SCREEN = 768


def test_a_click_on_a_prefecture_leads_into_it(page, demo_server, traffic):
    opened(page, demo_server, "idle")
    click_place(page, 25.3, 115.0)  # in the south of the province
    expect(page.locator(".gy-title")).to_contain_text("赣州市")
    expect(page).to_have_url(re.compile(r"prefecture=360700"))
    assert traffic.clean
    assert not traffic.errors


def test_everything_that_matters_is_on_the_first_screen(page, demo_server):
    page.set_viewport_size({"width": 1366, "height": SCREEN})
    opened(page, demo_server, "idle")
    for what in (
        page.locator(".gy-figures"),
        page.locator(".st-key-idle-strip"),
        page.get_by_test_id("stDataFrame").first,
        page.locator(".gy-host"),
        page.get_by_role("button", name="官方台账 XLSX"),
    ):
        expect(what).to_be_visible()
        box = what.bounding_box()
        assert box["y"] + box["height"] <= SCREEN


def test_a_row_opens_its_case_and_the_way_back_leads_to_the_list(page, demo_server, traffic):
    query = {"prefecture": "360700", "idle-status": "determined"}
    opened(page, demo_server, "idle", **query)
    tick(page.get_by_test_id("stDataFrame").first, 0)
    head = page.locator(".gy-case-head")
    expect(head).to_contain_text("已认定闲置")
    expect(page).to_have_url(re.compile(r"idle-case=\w+"))
    first = head.locator("h2").inner_text()
    page.get_by_role("button", name="下一宗").click()
    expect(head.locator("h2")).not_to_have_text(first)
    page.get_by_role("button", name="返回清单").click()
    expect(head).to_have_count(0)
    expect(page).not_to_have_url(re.compile("idle-case"))
    # The same row opens again.
    tick(page.get_by_test_id("stDataFrame").first, 0)
    expect(head.locator("h2")).to_have_text(first)
    assert not traffic.errors


def test_a_link_to_a_case_opens_it(page, demo_server):
    opened(page, demo_server, "idle", **{"prefecture": "360700", "idle-status": "determined"})
    tick(page.get_by_test_id("stDataFrame").first, 0)
    number = page.locator(".gy-case-head h2").inner_text()
    page.goto(demo_server.page("idle", **{"idle-case": number}))
    settled(page)
    expect(page.locator(".gy-case-head h2")).to_have_text(number)


def test_the_filtered_list_goes_home_as_a_workbook(page, demo_server):
    opened(page, demo_server, "idle", prefecture="360700", **{"idle-status": "determined"})
    page.get_by_label("关键字").fill("稀土")
    page.get_by_label("关键字").press("Enter")
    expect(page.get_by_text("均按筛选")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载 XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    mark, head, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert "演示数据" in mark[0]
    assert {row[head.index("状态")] for row in rows} == {"已认定闲置"}
    assert all("稀土" in row[head.index("项目名称")] for row in rows)


def test_alerts_and_faults_open_their_lists(page, demo_server):
    opened(page, demo_server, "idle")
    page.get_by_role("button", name=re.compile("^数据问题 ")).click()
    expect(page.get_by_text("问题类型")).to_be_visible()
    expect(page).to_have_url(re.compile("idle-view=faults"))
    page.get_by_role("button", name=re.compile("^警示")).click()
    expect(page).to_have_url(re.compile("idle-figures-view=alerts"))
