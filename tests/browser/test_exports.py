"""Files of a version in a real browser: chosen, made in the background, taken away, opened."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import openpyxl
import pytest
from playwright.sync_api import expect

from geo.formats import boundary_points as bp
from tests.browser.walk import in_sight, opened, settled, tick, unfolded

GO, DOWNLOAD = "生成文件", "下载"


def panel(page, server, *, position=0):
    """The export panel of a dataset of the list."""
    opened(page, server, "upload")
    tick(page.get_by_test_id("stDataFrame").first, position)
    # A choice made while the first panel is still being drawn is lost.
    expect(page.get_by_role("heading", name="数据护照与更正包")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="导出", exact=True).click()
    expect(page.get_by_role("button", name=GO)).to_be_visible()
    settled(page)
    return page


def choose(page, label, option):
    field = page.locator("[data-testid=stSelectbox]:visible", has_text=label)
    wanted = page.get_by_role("option", name=option)
    field.locator("input").click()
    field.locator("input").fill(option)
    wanted.first.click()
    settled(page)


def taken(page, folder):
    """Let the file be made, and download it."""
    page.get_by_role("button", name=GO).click()
    button = page.get_by_role("button", name=DOWNLOAD, exact=True)
    expect(button).to_be_visible()
    with page.expect_download() as caught:
        button.click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


@pytest.fixture
def exports(page, demo_server):
    return panel(page, demo_server)


def test_a_geopackage_is_made_and_taken_away(exports, tmp_path, traffic):
    path = taken(exports, tmp_path)
    assert path.name == "ganyuan_parcels_v1_EPSG4490_演示数据.gpkg"
    assert len(gpd.read_file(path)) == 20_048
    assert traffic.clean
    assert not traffic.errors


def test_a_shapefile_shows_its_names_before_it_is_made(exports, tmp_path):
    choose(exports, "格式", "Shapefile")
    exports.get_by_text("字段名对照").click()
    expect(exports.get_by_test_id("stDataFrame").last).to_be_visible()
    path = taken(exports, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert "fields.csv" in archive.namelist()
    assert "EXP-023" in exports.get_by_test_id("stMain").inner_text()


def test_a_part_leaves_as_boundary_points_in_its_own_zone(exports, tmp_path):
    choose(exports, "格式", "界址点")
    part = unfolded(exports, "只导出一部分")
    box = part.locator("[data-testid=stMultiSelect]", has_text="设区市")
    in_sight(box)
    box.locator("input").press_sequentially("萍乡")
    expect(exports.get_by_role("option", name="萍乡市")).to_be_visible()
    exports.keyboard.press("Enter")
    exports.keyboard.press("Escape")  # an open list hides the rest of the page from readers
    expect(box.get_by_text("萍乡市")).to_be_visible()
    settled(exports)
    path = taken(exports, tmp_path)
    assert "EPSG4526" in path.name
    found = bp.parse(path.read_bytes().decode("gb18030"))
    assert found.header["带号"] == "38"
    assert 0 < len(found.parcels) < 20_048


def test_the_page_stays_free_while_a_file_is_made_and_it_can_be_stopped(exports):
    choose(exports, "格式", "XLSX")
    exports.get_by_role("button", name=GO).click()
    cancel = exports.get_by_role("button", name="取消", exact=True)
    expect(cancel).to_be_visible()
    expect(exports.get_by_role("progressbar").first).to_be_visible()
    cancel.click()
    expect(exports.get_by_text("EXP-014")).to_be_visible()
    expect(exports.get_by_role("button", name=DOWNLOAD, exact=True)).to_have_count(0)


def test_a_ledger_leaves_as_a_workbook(page, demo_server, tmp_path):
    opened(page, demo_server, "upload")
    page.get_by_text("导出台账").click()
    path = taken(page, tmp_path)
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["批次台账", "字段说明", "来源与说明"]
