"""An officer's day with one parcel: open a case, enter notice and letter, attach a photograph."""

from __future__ import annotations

import io

import docx
import pytest
from playwright.sync_api import expect

from scripts.served import served
from store import Store, Viewer
from tests.browser.walk import settled
from tests.case_world import SUPPLY_NO, supply_row
from tests.land_world import parcels
from tests.unit.test_photos import located, picture

DAY = "2024-06-15"
LETTER = "赣认〔2024〕1号"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A served installation with one parcel that is suspected idle."""
    folder = tmp_path_factory.mktemp("office")
    store = Store(folder / "store")
    record = {"supply_no": SUPPLY_NO, "start_due": "2023-06-01", "name": "甲厂"}
    store.commit("land", parcels([record]), kind="parcels", viewer=Viewer("李"), reason="t")
    store.put_ledger("supply", supply_row(), viewer=Viewer("李"), reason="t")
    with served(folder / "store", folder / "server.log") as running:
        yield running


def head(page):
    return page.locator(".gy-case-head")


def part(page, name):
    page.get_by_role("radio", name=name).or_(
        page.get_by_test_id("stButtonGroup").get_by_role("button", name=name)
    ).first.click()
    settled(page)


def stored(page):
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="登记").click()
    settled(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已登记")


def choose(page, label, option):
    field = page.get_by_test_id("stSelectbox").filter(has_text=label).first
    field.locator("input").click()
    page.get_by_role("option", name=option).first.click()
    settled(page)


def fill(page, label, text):
    field = page.get_by_label(label).first
    field.fill(text)
    field.press("Tab")


def test_an_officer_takes_a_parcel_to_the_letter_and_back(page, office, traffic):
    page.goto(office.page("idle", **{"as_of": DAY, "idle-case": "P0"}))
    settled(page)
    expect(head(page)).to_contain_text("疑似闲置")
    expect(page.locator(".gy-next")).to_contain_text("发出《闲置土地调查通知书》")
    part(page, "登记")
    stored(page)
    fill(page, "调查通知书号", "赣调〔2024〕1号")
    stored(page)
    choose(page, "登记事项", "认定书")
    fill(page, "认定书号", LETTER)
    choose(page, "闲置原因", "H")
    stored(page)
    expect(head(page)).to_contain_text("已认定闲置")

    part(page, "附件")
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": picture(exif=located())}
    )
    settled(page)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="保存附件").click()
    settled(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已保存附件")
    expect(page.locator('img[src^="data:image/jpeg"]')).to_be_visible()

    part(page, "文书草稿")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="认定书 DOCX").click()
    letter = docx.Document(io.BytesIO(waiting.value.path().read_bytes()))
    assert LETTER in "\n".join(p.text for p in letter.paragraphs)

    part(page, "登记")
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="撤销").click()
    settled(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已撤销")
    expect(head(page)).to_contain_text("疑似闲置")
    assert traffic.clean
    assert not traffic.errors


def test_a_telephone_says_where_it_stands_and_keeps_a_visit(browser, office):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        geolocation={"longitude": 115.0005, "latitude": 28.002, "accuracy": 6},
        permissions=["geolocation"],
    )
    page = context.new_page()
    page.goto(office.page("field", parcel="P0", as_of=DAY))
    page.locator(".gf-locate").click()
    expect(page.locator(".gy-field-stand")).to_contain_text("在地块外 110.8 米，地块在南")
    # Nothing is wider than the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("停工", exact=True).click()
    page.get_by_role("button", name="保存现场记录").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已保存 1 份附件")
    context.close()
