"""How long a person waits for each page, in a real browser, with the demonstration store."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo import ensure
from scripts.served import BROWSE_MAP, CHROMIUM, FLAGS, PAGES, Server, served

FIRST_S = 3.0
LATER_S = 1.5
REPETITIONS = 3
MAP = "iframe[sandbox]"
BROWSE = "browse"
ENDED = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  return Boolean(app && app.dataset.testScriptState === 'notRunning');
}"""
DRAWN = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const done = app && app.dataset.testScriptState === 'notRunning';
  const title = document.querySelector('.gy-title');
  const skeleton = document.querySelector('[data-testid=stSkeleton]');
  return Boolean(done && title && !skeleton && window.__title !== title.textContent);
}"""


@dataclass(frozen=True)
class Wait:
    """Seconds until one page was drawn.

    Attributes:
        page: URL path.
        first: The first drawing of this page since the server started.
        later: Median of the following ones, reached by clicking the navigation.
    """

    page: str
    first: float
    later: float


def measure() -> tuple[float, list[Wait]]:
    """Seconds to the first page of a fresh server, then the waits of every page."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        ensure(store)
        with served(store, Path(folder) / "log") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            opened, page = _open(browser, server)
            waits = [_page(page, path) for path in PAGES]
            browser.close()
    return opened, waits


def _open(browser: Browser, server: Server) -> tuple[float, Page]:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    start = time.perf_counter()
    page.goto(server.page())
    _drawn(page, "")
    return time.perf_counter() - start, page


def _page(page: Page, path: str) -> Wait:
    seconds = []
    for _ in range(REPETITIONS):
        here = page.url.split("?")[0].rsplit("/", maxsplit=1)[-1]
        _visit(page, next(p for p in ("targets", "belt", "upload") if p not in {here, path}))
        seconds.append(_visit(page, path))
    return Wait(path or "overview", seconds[0], statistics.median(seconds[1:]))


def _visit(page: Page, path: str) -> float:
    page.evaluate("window.__title = document.querySelector('.gy-title')?.textContent")
    link = page.locator(f'a[data-testid=stTopNavLink][href$="/{path}"]').first
    start = time.perf_counter()
    link.click()
    _drawn(page, path)
    return time.perf_counter() - start


def _drawn(page: Page, path: str) -> None:
    """Wait for the end of the script, and for the shapes of the map where the page has one."""
    if path == BROWSE:
        page.locator(BROWSE_MAP).wait_for(state="attached")
        page.wait_for_function(ENDED, timeout=60_000)
        return
    page.wait_for_function(DRAWN, timeout=60_000)
    if page.locator(MAP).count():
        page.frame_locator(MAP).first.locator("html[data-ready]").wait_for(state="attached")


def report() -> str:
    """The measurement as Markdown."""
    opened, waits = measure()
    lines = [
        "## Pages with the demonstration store",
        "",
        f"First page after a fresh server start: {opened:.2f} s (target {FIRST_S:.1f} s).",
        "",
        f"| page | first visit s | later visits s (target {LATER_S:.1f}) |",
        "|---|---|---|",
        *(f"| {w.page} | {w.first:.2f} | {w.later:.2f} |" for w in waits),
    ]
    return "\n".join(lines)
