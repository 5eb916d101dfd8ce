"""A clerk's walk: two zipped GBK shapefiles go through the page and are seen on other pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, Server, Traffic
from playwright.sync_api import Page, expect

SAMPLES = ROOT / "data" / "samples"
PATIENCE = 30_000


def upload(page: Page, server: Server, file: Path, **query: str) -> None:
    page.goto(server.page("upload", **query))
    page.locator("input[type=file]").set_input_files(file)


def publish(page: Page, reason: str) -> None:
    page.get_by_label("入库说明").fill(reason)
    page.get_by_role("button", name="入库 12 宗").click()
    expect(page.get_by_text("已入库：")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize(("sample", "county"), [("zone38_gbk", "章贡区"), ("zone39_gbk", "南昌县")])
def test_gbk_shapefile_becomes_a_version_and_is_seen(
    page: Page, server: Server, traffic: Traffic, sample: str, county: str
):
    upload(page, server, SAMPLES / f"{sample}.zip")
    expect(page.get_by_text("检查通过，12 宗地块可以入库。")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(f"{county} 12")).to_be_visible()
    publish(page, "浏览器测试")

    page.get_by_role("link", name="到“批而未用”查看").click()
    dataset = sample.replace("_", "-")
    expect(page.get_by_text(f"数据版本 {dataset}@1")).to_be_visible(timeout=PATIENCE)
    assert traffic.clean, (traffic.external, traffic.failed)
    assert not traffic.errors


def test_text_named_shp_is_refused_in_words_and_nothing_can_be_published(
    page: Page, server: Server
):
    upload(page, server, SAMPLES / "not_a_shapefile.zip")
    expect(page.get_by_text("扩展名是 .shp，但内容不是 shapefile。")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_text("没有保存任何内容。")).to_be_visible()
    expect(page.get_by_text("入库说明")).to_have_count(0)


def test_defects_are_listed_and_kept_apart(page: Page, server: Server):
    upload(page, server, SAMPLES / "with_defects.zip", lang="en")
    expect(page.get_by_text("9 parcels can be published; 3 have errors")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_role("button", name="Publish 9 parcels")).to_be_visible()
