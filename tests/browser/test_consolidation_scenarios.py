"""A planner keeps a plan as a scenario and takes its annex away."""

from __future__ import annotations

from playwright.sync_api import expect

from domain.i18n import translator
from tests.browser.walk import opened, settled, tick

T = translator("zh_CN")
CHOICES = {"as_of": "2026-06-01", "consolidation-view": "plan"}


def test_a_plan_becomes_a_scenario_and_its_annex_is_taken_away(page, server, tmp_path):
    opened(page, server, "consolidation", **CHOICES)
    page.get_by_role("button", name=T("scenario.save"), exact=False).click()
    page.get_by_label(T("scenario.name"), exact=True).fill("甲方案 <b>x</b>")
    page.get_by_label(T("scenario.reason")).fill("讨论稿")
    page.get_by_role("button", name=T("scenario.keep"), exact=True).click()
    kept = page.get_by_test_id("stAlertContentSuccess")
    expect(kept).to_have_text(T("scenario.kept", name="甲方案 <b>x</b>", n=1))
    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("radio", name=T("conplan.view_scenarios")).click()
    settled(page)
    tick(page.get_by_test_id("stDataFrame").first, 0)
    button = page.get_by_role("button", name=T("scenario.download.docx"))
    with page.expect_download() as started:
        button.click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert file.suffix == ".docx"
    assert file.read_bytes().startswith(b"PK")
