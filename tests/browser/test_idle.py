"""The idle-land page in a real browser: a click leads to a place, a row opens its card."""

from __future__ import annotations

import io
import re
import shutil

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import start_server, stop_server


@pytest.fixture(scope="module")
def demo_server(demo_root, tmp_path_factory):
    """An installation with its own copy of the demonstration store."""
    folder = tmp_path_factory.mktemp("idle")
    shutil.copytree(demo_root, folder / "store")
    running = start_server(folder / "store", folder / "server.log")
    yield running
    stop_server(running.process)


def opened(page, server, **query):
    page.goto(server.page("idle", **query))
    page.frame_locator("iframe[sandbox]").locator("html[data-ready]").wait_for(state="attached")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(500)


def click_at(page, lat, lon):
    """Click a place on the map."""
    frame = page.query_selector("iframe[sandbox]")
    point = frame.content_frame().evaluate(
        f"() => ganyuan.map.latLngToContainerPoint([{lat}, {lon}])"
    )
    box = frame.bounding_box()
    page.mouse.click(box["x"] + point["x"], box["y"] + point["y"])


def test_a_click_on_a_prefecture_leads_into_it(page, demo_server, traffic):
    opened(page, demo_server)
    click_at(page, 25.3, 115.0)  # in the south of the province
    expect(page.locator(".gy-title")).to_contain_text("赣州市")
    expect(page).to_have_url(re.compile(r"prefecture=360700"))
    expect(page.get_by_text("瑞金市").first).to_be_attached()
    assert traffic.clean
    assert not traffic.errors


def test_a_row_opens_its_card_and_the_list_goes_home_as_a_workbook(page, demo_server):
    opened(page, demo_server, prefecture="360700", **{"idle-status": "determined"})
    rows = page.get_by_test_id("stDataFrame").nth(1)
    rows.scroll_into_view_if_needed()
    box = rows.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)
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
