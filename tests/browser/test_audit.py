"""The audit page as its reader uses it: filtered, opened, taken away, followed by its address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import expect

from scripts.served import served
from store import Store, Viewer
from tests.browser.walk import opened, settled, tick
from tests.store_world import GANZHOU, NANCHANG, batches, parcels

CLERK, OTHER = Viewer("李"), Viewer("王<b>")


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A served installation in which two people have worked."""
    folder = tmp_path_factory.mktemp("audited")
    store = Store(folder / "store")
    store.commit("land", parcels(3), kind="parcels", viewer=CLERK, reason="年度更新")
    store.commit("land", parcels(5), kind="parcels", viewer=CLERK, reason="补报")
    store.undo("land", viewer=OTHER, reason="=1+1 报错了")
    store.put_ledger("batch", batches(NANCHANG, GANZHOU), viewer=OTHER, reason="台账")
    with served(folder / "store", folder / "server.log") as running:
        yield running


def acts(page):
    return page.get_by_test_id("stDataFrame").first.locator("tbody tr")


def test_a_filter_leaves_its_acts_and_stands_in_the_address(page, audited, traffic):
    opened(page, audited, "audit")
    expect(acts(page)).to_have_count(4)
    field = page.get_by_test_id("stSelectbox").filter(has_text="人员")
    field.locator("input").click()
    page.get_by_role("option", name="李").click()
    settled(page)
    expect(acts(page)).to_have_count(2)
    query = parse_qs(urlsplit(page.url).query)
    assert query["audit_person"] == ["李"]
    page.reload()
    settled(page)
    expect(acts(page)).to_have_count(2)
    assert not traffic.errors


def test_an_act_opens_beside_the_list_with_what_it_changed(page, audited, traffic):
    opened(page, audited, "audit")
    tick(page.get_by_test_id("stDataFrame").first, 1)
    settled(page)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("=1+1 报错了")
    expect(main).to_contain_text("王<b>")
    assert page.locator("b", has_text="报错了").count() == 0
    assert traffic.clean
    assert not traffic.errors


def test_the_list_leaves_as_a_workbook_without_formulas(page, audited, tmp_path):
    opened(page, audited, "audit", lang="en")
    button = page.get_by_role("button", name="XLSX").first
    with page.expect_download() as caught:
        button.click()
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any("=1+1" in str(cell.value) for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)
