"""Take the picture of every page in both languages; run ``make screenshots``.

Pictures of 1366 x 768 go to ``docs/screenshots/<language>``; ``--wide`` takes 1920 x 1080 into the
folder that ``--out`` names. ``--guide`` takes those of the clerk's guide instead, into
``docs/screenshots/guide/<language>``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo import ensure
from scripts.guide_screenshots import take_guide
from scripts.served import CHROMIUM, FLAGS, PAGES, ROOT, Server, served

QUIET = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
SETTLE_MS = 1_500
"""Time for maps and charts to draw after the script has ended."""


def main() -> None:
    """Parse the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--guide", action="store_true")
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    parser.add_argument("--languages", nargs="*", default=["zh_CN", "en"])
    options = parser.parse_args()
    size = {"width": 1920, "height": 1080} if options.wide else {"width": 1366, "height": 768}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        if not options.guide:
            ensure(store)
        with served(store, Path(folder) / "server.log") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for language in options.languages:
                page = browser.new_page(viewport=size)  # type: ignore[arg-type]
                if options.guide:
                    take_guide(page, server, language, options.out / "guide")
                    continue
                for path in options.pages:
                    take(page, server, path, language, options.out)
                page.close()
            browser.close()


def take(page: Page, server: Server, path: str, language: str, out: Path) -> None:
    """Open one page, wait until it has drawn, and save its picture."""
    page.goto(server.page(path, lang=language))
    page.wait_for_selector(".gy-title", timeout=30_000)
    page.wait_for_function(QUIET, timeout=60_000)
    page.wait_for_timeout(SETTLE_MS)
    target = out / language / f"{path or 'overview'}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    print(target)


if __name__ == "__main__":
    main()
