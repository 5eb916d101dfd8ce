"""A clerk's walk with yearly figures: template down, filled in, up, published, on the trail."""

from __future__ import annotations

import io

import openpyxl
from playwright.sync_api import expect

from store import Store, Viewer
from tests.browser.test_upload import CHECK_MS, alert, give

CLERK = Viewer("测试员")
ZONE = "jx-nanchang-htdz"


def filled(data, **figures):
    """The template with figures of one zone, by heading."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book.worksheets[0]
    heads = {cell.value: cell.column for cell in page[3]}
    row = next(r[0].row for r in page.iter_rows(min_row=4) if r[0].value == ZONE)
    for head, value in figures.items():
        page.cell(row, heads[head], value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_template_is_taken_filled_in_and_published(page, server, traffic):
    page.goto(server.page("upload"))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载填报模板").click()
    assert "全省" in waiting.value.suggested_filename
    figures = {"税收总额(万元)": 128000, "已建成城镇建设用地面积(公顷)": 93.5}
    data = filled(waiting.value.path().read_bytes(), **figures)
    give(page, ("指标.xlsx", data))
    expect(alert(page, "检查通过，1 行可以入库。")).to_be_visible(timeout=CHECK_MS)
    expect(page.get_by_text("与现有记录相比：新增 1 行")).to_be_visible()
    page.get_by_label("入库说明").fill("年报")
    page.get_by_role("button", name="入库 1 行").click()
    expect(alert(page, "已写入开发区年度指标，新增或更新 1 条")).to_be_visible(timeout=CHECK_MS)
    rows = Store(server.store).ledger("indicators", CLERK).set_index("zone_id")
    assert rows.loc[ZONE, "tax_wan"] == 128_000
    assert rows.loc[ZONE, "built_m2"] == 935_000
    assert not rows.loc[ZONE, "demonstration"]

    # The next template has the figures that are on record now.
    page.get_by_role("button", name="再上传一个文件").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载填报模板").click()
    again = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes())).worksheets[0]
    values = {cell.value for line in again.iter_rows(min_row=4) for cell in line}
    assert {128_000, 93.5} <= values
    assert traffic.clean
    assert not traffic.errors
