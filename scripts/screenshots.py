"""Take the picture of every page in both languages; run ``make screenshots``.

Pictures of 1366 x 768 go to ``docs/screenshots/<language>``; ``--wide`` takes 1920 x 1080 into the
folder that ``--out`` names. ``--guide`` takes those of the clerk's guide instead, into
``docs/screenshots/guide/<language>``. The browse page is taken at several scales and at work.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo import ensure
from scripts.consolidation_screenshots import take_consolidation
from scripts.guide_screenshots import take_guide
from scripts.served import (
    BROWSE_MAP,
    BROWSE_STILL,
    CHROMIUM,
    FLAGS,
    PAGES,
    ROOT,
    WITHOUT_GRAPHICS,
    Server,
    served,
)
from store import Store, Viewer

QUIET = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
SETTLE_MS = 1_500
"""Time for maps and charts to draw after the script has ended."""
NEWS_MS = 6_500
"""Time until a notice over the browse map has gone."""


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
                    for name, asked in scenes(store, path).items():
                        take(page, server, path, language, options.out, name=name, **asked)
                if "consolidation" in options.pages:
                    take_consolidation(page, server, language, options.out)
                page.close()
            browser.close()
            if "browse" in options.pages and not options.guide:
                plain = playwright.chromium.launch(executable_path=CHROMIUM, args=WITHOUT_GRAPHICS)
                for language in options.languages:
                    page = plain.new_page(viewport=size)  # type: ignore[arg-type]
                    take(page, server, "browse", language, options.out, name="browse-pictures")
                plain.close()


def scenes(store: Path, path: str) -> dict[str, dict[str, str]]:
    """Further pictures of a page, by their names: parameters of addresses."""
    makers = {"browse": browse_scenes, "idle": idle_scenes, "evaluation": evaluation_scenes}
    return makers[path](store) if path in makers else {}


def browse_scenes(store: Path) -> dict[str, dict[str, str]]:
    """What the browse page is pictured with, by the name of the picture: parameters of addresses.

    All lie about the first parcel that has a letter of determination.
    """
    viewer = Viewer("screenshots")
    opened = Store(store)
    frame = opened.read(
        opened.version("parcels", viewer), viewer, columns=["parcel_id", "letter_no", "geometry"]
    )
    row = int(frame["letter_no"].notna().to_numpy().nonzero()[0][0])
    at = frame.geometry.iloc[row].representative_point()
    place = f"{at.x:.5f},{at.y:.5f}"
    return {
        "browse-county": {"at": f"{place},10.50"},
        "browse-district": {"at": f"{place},13.00", "colour": "group"},
        "browse-street": {"at": f"{place},15.60", "pick": str(row)},
        "browse-selection": {"at": f"{place},13.60", "shape": f"circle:{place},900.0"},
        "browse-swipe": {"at": f"{place},14.00", "with": "parcels~1~2021-06-30"},
        "browse-counties": {"over": "county"},
    }


def idle_scenes(store: Path) -> dict[str, dict[str, str]]:
    """What the idle-land page is pictured with: its parts, and a case with a letter."""
    viewer = Viewer("screenshots")
    opened = Store(store)
    frame = opened.read(
        opened.version("parcels", viewer), viewer, columns=["parcel_id", "letter_no"]
    )
    determined = str(frame.loc[frame["letter_no"].notna(), "parcel_id"].iloc[0])
    views = ("planner", "clock", "figures", "batches", "faults")
    return {
        "idle-case": {"idle-case": determined},
        "idle-county": {"prefecture": "360700", "county": "360781"},
        **{f"idle-{view}": {"idle-view": view} for view in views},
    }


def evaluation_scenes(store: Path) -> dict[str, dict[str, str]]:
    """What the evaluation page is pictured with: its parts."""
    del store
    parts = ("permu", "control", "compare")
    return {
        **{f"evaluation-{part}": {"evaluation-part": part} for part in parts},
        "evaluation-contracts": {"evaluation-part": "control", "evaluation-table": "2008"},
        "evaluation-enterprises": {
            "evaluation-part": "permu",
            "evaluation-per": "enterprises",
        },
    }


def take(
    page: Page,
    server: Server,
    path: str,
    language: str,
    out: Path,
    *,
    name: str = "",
    **asked: str,
) -> None:
    """Open one page, wait until it has drawn, and save its picture."""
    page.goto(server.page(path, lang=language, **asked))
    if path == "browse":
        host = page.wait_for_selector(BROWSE_MAP, state="attached", timeout=60_000)
        page.wait_for_function(BROWSE_STILL, arg=host, timeout=60_000)
        if page.locator(".gb-notice:visible").count():
            page.wait_for_timeout(NEWS_MS)
    else:
        page.wait_for_selector(".gy-title", timeout=30_000)
    page.wait_for_function(QUIET, timeout=60_000)
    page.wait_for_timeout(SETTLE_MS)
    target = out / language / f"{name or path or 'overview'}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    print(target)


if __name__ == "__main__":
    main()
