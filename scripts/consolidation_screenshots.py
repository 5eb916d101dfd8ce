"""Pictures of the consolidation page at work: a plan with merged outlines, a front, a card."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from scripts.served import Server

QUIET: Final = (
    "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
)
_PLACE: Final = {"zh_CN": "赣州", "en": "Ganzhou"}
_SETTLE_MS: Final = 2_500
_PATIENCE_MS: Final = 120_000


def take_consolidation(page: Page, server: Server, language: str, out: Path) -> None:
    """Save the pictures of the optimum of one prefecture.

    Args:
        page: A browser page.
        server: A demonstration.
        language: ``zh_CN`` or ``en``.
        out: Folder of pictures by language.
    """
    query = {"lang": language, "consolidation-view": "plan"}
    page.goto(server.page("consolidation", **query))
    _quiet(page)
    place = page.locator(".st-key-consolidation-prefecture input")
    place.click()
    place.fill(_PLACE[language])
    place.press("Enter")
    _quiet(page)
    table = page.locator(".st-key-consolidation-plan-table [data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(_SETTLE_MS)
    table.click(position={"x": 16, "y": 50})
    _quiet(page)
    _picture(page, ".st-key-consolidation-plan", "consolidation-outlines", language, out)
    button = page.locator(".st-key-consolidation-front-solve button")
    button.scroll_into_view_if_needed()
    page.wait_for_timeout(_SETTLE_MS)
    button.click()
    page.locator(".st-key-consolidation-front-chart").wait_for(timeout=_PATIENCE_MS)
    _quiet(page)
    _picture(page, ".st-key-consolidation-front-first", "consolidation-front", language, out)
    _picture(
        page, ".st-key-consolidation-card-xlsx", "consolidation-card", language, out, above=660
    )


def _quiet(page: Page) -> None:
    page.wait_for_timeout(_SETTLE_MS)
    page.wait_for_function(QUIET, timeout=_PATIENCE_MS)
    page.wait_for_timeout(_SETTLE_MS)


def _picture(
    page: Page, place: str, name: str, language: str, out: Path, *, above: int = 160
) -> None:
    """What stands on the screen with a place so many pixels below its upper edge."""
    page.locator(place).first.evaluate(
        "e => { e.scrollIntoView();"
        f" document.querySelector('[data-testid=stMain]').scrollBy(0, -{above}); }}"
    )
    page.wait_for_timeout(_SETTLE_MS)
    target = out / language / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    print(target)
