"""The idle-land page in a real browser: a click leads to a place, a row opens its card."""

from __future__ import annotations

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests.browser.walk import click_place, opened, tick


def test_a_click_on_a_prefecture_leads_into_it(page, demo_server, traffic):
    opened(page, demo_server, "idle")
    click_place(page, 25.3, 115.0)  # in the south of the province
    expect(page.locator(".gy-title")).to_contain_text("赣州市")
    expect(page).to_have_url(re.compile(r"prefecture=360700"))
    expect(page.get_by_text("瑞金市").first).to_be_attached()
    assert traffic.clean
    assert not traffic.errors


def test_a_row_opens_its_card_and_the_list_goes_home_as_a_workbook(page, demo_server):
    opened(page, demo_server, "idle", prefecture="360700", **{"idle-status": "determined"})
    tick(page.get_by_test_id("stDataFrame").nth(1), 0)
    card = page.locator(".gy-card").first
    expect(card).to_contain_text("已认定闲置")
    expect(card).to_contain_text("《闲置土地处置办法》")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载 XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    sheet = book.worksheets[0]
    assert "演示数据" in sheet.cell(1, 1).value
    assert sheet.cell(2, 1).value == "地块编号"
    assert {row[1].value for row in sheet.iter_rows(min_row=3)} == {"已认定闲置"}
