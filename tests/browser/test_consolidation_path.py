"""A planner's path through consolidation in a real browser.

Each step is a function of its own, so that the path can be made longer at its end.
"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.walk import in_sight, opened, settled, unfolded


def look_at_evaluation(page: Page, server) -> None:
    """Where the zones stand."""
    opened(page, server, "evaluation")
    expect(page.locator(".gy-title h1")).to_contain_text("评价")


def list_candidates(page: Page) -> None:
    """To the candidates by the navigation, with the demonstration figures counted."""
    page.get_by_role("link", name="开发区整合", exact=True).click()
    expect(page.locator(".gy-title h1")).to_have_text("开发区整合")
    settled(page)
    page.get_by_text("计入演示评价数据").click()
    settled(page)


def move_a_weight(page: Page) -> None:
    """One weight to nothing; the list is ranked anew."""
    box = unfolded(page, "权重")
    total = box.get_by_text(re.compile("权重合计"))
    before = total.inner_text()
    slider = box.get_by_role("slider").nth(1)
    in_sight(slider)
    slider.focus()
    slider.press("Home")
    settled(page)
    expect(total).not_to_have_text(before)


def optimise(page: Page) -> None:
    """The best plan with its bound, then the front of two goals, and one of its points taken."""
    page.get_by_role("radio", name="优化组合").click()
    settled(page)
    expect(page.get_by_text("已证明最优", exact=True)).to_be_visible()
    button = page.get_by_role("button", name="计算取舍", exact=True)
    in_sight(button)
    button.click()
    settled(page)
    expect(page.get_by_text(re.compile(r"共 \d+ 个方案，没有遗漏"))).to_be_visible()
    marks = page.get_by_test_id("stVegaLiteChart").last.locator(".mark-symbol path")
    in_sight(marks.nth(2))
    marks.nth(2).click()
    expect(page.locator("h2", has_text="第 3 点的方案")).to_be_visible()
    settled(page)
    take = page.get_by_role("button", name="采用此方案", exact=True)
    in_sight(take)
    take.click()
    settled(page)
    expect(page.get_by_text(re.compile("上方方案即第 3 点"))).to_be_visible()


def test_a_planner_goes_from_evaluation_to_a_plan(page, demo_server):
    look_at_evaluation(page, demo_server)
    list_candidates(page)
    move_a_weight(page)
    optimise(page)
