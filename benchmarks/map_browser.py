"""The browse map in a real browser: the first map, a filter click, what the socket carries.

Chromium draws by software here; a graphics processor is faster. Everything is timed inside the page
from the press of the mouse to the frame in which the map rests.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from benchmarks.document import Findings, Table, spread
from benchmarks.map_data import BENCH, store_of
from benchmarks.map_server import rss_mb
from scripts.served import CHROMIUM, FLAGS, Server, served
from views.browse.ready import make_ready

SIZES: Final = (10_000, 100_000, 1_000_000)
TURNS: Final = 5
TABS: Final = 6
RATIO: Final = 1.5
CLICK_MS: Final = 300
TAB_MB: Final = 5
PATIENCE_MS: Final = 60_000
VIEWS: Final = {
    "province, z 6.5": "115.9,27.6,6.5",
    "county, z 9": "114.93,25.85,9",
    "parcels, z 12.2": "114.93,25.85,12.2",
    "street, z 14": "114.93,25.85,14",
}
CLICKS: Final = ("class off", "class on", "prefecture", "area", "text", "cleared", "land use")

READY: Final = """() => {
  const host = document.querySelector('.gb-host') || [...document.querySelectorAll('*')]
    .map((e) => e.shadowRoot?.querySelector('.gb-host')).find(Boolean);
  if (!host?.dataset.ready || !Number(host.dataset.idle)) return false;
  window.app = host.ganyuan.app;
  return app.chart.map.areTilesLoaded();
}"""
ARM: Final = """() => {
  window.took = null;
  const map = app.chart.map;
  const arm = () => {
    const start = performance.now();
    map.once('idle', () => { window.took = performance.now() - start; });
  };
  window.addEventListener('pointerdown', arm, { capture: true, once: true });
  window.arm = arm;
}"""
PRESENT: Final = "() => window.took"


@dataclass
class Carried:
    """Bytes that the socket of a page has carried to the browser."""

    count: int = 0

    def watch(self, socket: WebSocket) -> None:
        """Count from now on."""
        socket.on("framereceived", self._add)

    def _add(self, content: str | bytes) -> None:
        self.count += len(content)


def report(sizes: Sequence[int] = SIZES, turns: int = TURNS) -> Findings:
    """First map beside that of one parcel, clicks, socket and memory, at each size.

    Args:
        sizes: Numbers of parcels.
        turns: Turns of each measurement.
    """
    first, clicks, tabs = [], [], []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stack.callback(browser.close)
        servers = {size: _server(stack, folder, size) for size in (0, *sizes)}
        for size in sizes:
            first.append(_first(browser, servers[0], servers[size], size, turns))
            clicks += [_clicks(browser, servers[size], size, name, turns) for name in VIEWS]
            tabs.append(_tabs(browser, servers[size], size))
    return Findings(
        "The browse map in a browser",
        "Headless Chromium at 1366 x 768, drawing by software. First map: from the call of the "
        "address to a map at rest with all its tiles, in turns beside the same page over a "
        "version of one parcel. Clicks: milliseconds from the press of the mouse (for fields: "
        "from the change) to the map at rest in the new colours. Targets at a million: the first "
        f"map at most {RATIO} times that of one parcel, a click below {CLICK_MS} ms, less than "
        f"{TAB_MB} MB of the server for each further tab, and a socket that carries nothing that "
        "grows with the parcels.",
        (
            Table(
                ("parcels", "one parcel s", "first map s", "ratio", "kB by socket"),
                tuple(first),
                (0, 2, 2, 2, 1),
            ),
            Table(
                ("parcels", "view", *CLICKS),
                tuple(clicks),
                (0, None, *[0] * len(CLICKS)),
            ),
            Table(("parcels", "tabs", "server MB a tab"), tuple(tabs), (0, 0, 2)),
        ),
    )


def _server(stack: ExitStack, folder: Path, size: int) -> Server:
    root = folder / f"store-{size}"
    store, version = store_of(root, size)
    make_ready(store, version, BENCH)
    return stack.enter_context(served(root, folder / f"log-{size}"))


def _opened(browser: Browser, server: Server, **query: str) -> tuple[Page, float, int]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page, carried = context.new_page(), Carried()
    page.on("websocket", carried.watch)
    start = time.perf_counter()
    page.goto(server.page("browse", **query))
    page.wait_for_function(READY, timeout=PATIENCE_MS)
    return page, time.perf_counter() - start, carried.count


def _first(browser: Browser, bare: Server, full: Server, size: int, turns: int) -> tuple[Any, ...]:
    pairs, carried = [], 0
    for turn in range(turns + 1):
        taken = []
        for server in (bare, full):
            page, seconds, carried = _opened(browser, server)
            page.context.close()
            taken.append(seconds)
        if turn:  # the first one of a server makes its caches
            pairs.append(taken)
    return (
        size,
        spread(pair[0] for pair in pairs),
        spread(pair[1] for pair in pairs),
        spread(pair[1] / pair[0] for pair in pairs),
        carried / 1000,
    )


def _clicks(browser: Browser, server: Server, size: int, view: str, turns: int) -> tuple[Any, ...]:
    page, _, _ = _opened(browser, server, at=VIEWS[view])
    page.wait_for_timeout(500)
    found: dict[str, list[float]] = {name: [] for name in CLICKS}
    for _ in range(turns):
        found["class off"].append(_pressed(page, '.gb-class[data-key="completed"] input'))
        found["class on"].append(_pressed(page, '.gb-class[data-key="completed"] input'))
        found["prefecture"].append(_changed(page, "prefecture: '360700'"))
        found["area"].append(_changed(page, "area_from: '14000'"))
        found["text"].append(_changed(page, "q: '电子'"))
        found["cleared"].append(_pressed(page, ".gb-head .gb-link"))
        found["land use"].append(_pressed(page, '.gb-segments button[data-value="group"]'))
        _pressed(page, '.gb-segments button[data-value="status"]')
    page.context.close()
    return (size, view, *(spread(found[name]) for name in CLICKS))


def _pressed(page: Page, selector: str) -> float:
    """Milliseconds from the press of the mouse to the map at rest."""
    page.evaluate(ARM)
    page.locator(selector).first.click()
    return _taken(page)


def _changed(page: Page, change: str) -> float:
    """The same from a change of a field, which a list or a calendar of the browser makes."""
    page.evaluate(ARM)
    name = change.split(":", maxsplit=1)[0]
    page.evaluate(
        f"() => {{ arm(); app.filter({{ ...app.state.filters, {change} }}, ['{name}']); }}"
    )
    return _taken(page)


def _taken(page: Page) -> float:
    page.wait_for_function(PRESENT, timeout=PATIENCE_MS, polling=20)
    took = float(page.evaluate(PRESENT))
    page.wait_for_function("() => app.asker.running.size === 0", timeout=PATIENCE_MS)
    page.wait_for_timeout(120)
    return took


def _tabs(browser: Browser, server: Server, size: int) -> tuple[Any, ...]:
    """Memory of the server for each further tab that shows the same map."""
    kept = [_opened(browser, server)[0] for _ in range(2)]
    before = rss_mb(server.process.pid)
    kept += [_opened(browser, server)[0] for _ in range(TABS)]
    after = rss_mb(server.process.pid)
    for page in kept:
        page.context.close()
    return size, TABS, (after - before) / TABS
