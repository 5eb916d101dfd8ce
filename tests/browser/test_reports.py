"""The maps-and-reports page in a real browser: a preview, and files made when they are clicked."""

from __future__ import annotations

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.walk import opened

PREVIEW = '[data-testid="stImage"] img'


@pytest.fixture
def reports(page, demo_server):
    opened(page, demo_server, "reports")
    expect(page.locator(PREVIEW)).to_be_visible()
    return page


def download(page, name, folder):
    with page.expect_download() as caught:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def test_the_whole_sheet_is_in_sight_without_scrolling(reports, traffic):
    box = reports.locator(PREVIEW).bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 768
    assert box["height"] / box["width"] == pytest.approx(297 / 210, abs=0.02)
    assert traffic.clean
    assert not traffic.errors


def test_a_picture_of_300_dpi_is_taken_away(reports, tmp_path):
    path = download(reports, "PNG", tmp_path)
    assert path.name.startswith("江西省")
    with Image.open(path) as picture:
        assert picture.size == (2480, 3508)


def test_the_table_behind_the_map_is_taken_away(reports, tmp_path):
    path = download(reports, "XLSX", tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[-1] == "来源与说明"
    assert book.worksheets[0].max_row > 1
