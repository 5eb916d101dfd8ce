"""A restless person on the browse map: does anything break, slow down or grow?

What is done, and where, follows from a seed: the same run can be had again.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import CDPSession, ElementHandle, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.map_data import store_of
from domain import boundaries
from scripts.served import BROWSE_MAP, BROWSE_STILL, CHROMIUM, FLAGS, PROBE, Server, served

SEED: Final = 20260630
SAMPLES: Final = 12
"""Measurements of memory in a run."""
PATIENCE_MS: Final = 60_000
INDEX_MS: Final = 900_000
"""How long the index of the version may take at the first visit."""
_KB_PER_MB: Final = 1024
_ABORTED: Final = "net::ERR_ABORTED"
_SETTLE_S: Final = 20.0
"""Start of a run that is not compared: caches fill."""

Random = np.random.Generator
Place = tuple[float, float]


@dataclass(frozen=True)
class Sample:
    """Memory at one moment.

    Attributes:
        second: Seconds since the start.
        steps: Actions until then.
        heap_mb: JavaScript heap of the page after a collection.
        nodes: Nodes of the document that are alive.
        browser_mb: Memory of all processes of the browser that is their own and no file's.
        server_mb: The same of the server.
    """

    second: float
    steps: int
    heap_mb: float
    nodes: int
    browser_mb: float
    server_mb: float


@dataclass
class Watch:
    """What went wrong on the page."""

    errors: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Note what goes wrong from now on."""
        page.on("pageerror", lambda e: self.errors.append(f"script: {e}"))
        page.on(
            "console",
            lambda m: (
                self.errors.append(f"console: {m.text}")
                if m.type == "error" and not PROBE.search(m.location["url"])
                else None
            ),
        )
        page.on(
            "requestfailed",
            lambda r: (
                self.errors.append(f"request: {r.url} {r.failure}")
                if r.failure != _ABORTED
                else None
            ),
        )
        page.on(
            "response",
            lambda r: (
                self.errors.append(f"answer: {r.status} {r.url}")
                if r.status >= 400 and not PROBE.search(r.url)
                else None
            ),
        )


@dataclass
class Run:
    """A run so far.

    Attributes:
        waits: Seconds from each action until the map lay still, by its name.
        samples: Memory over time.
        watch: What went wrong.
    """

    waits: dict[str, list[float]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    @property
    def steps(self) -> int:
        """Number of actions."""
        return sum(map(len, self.waits.values()))


class Hand:
    """A hand on the page, led by a generator of random numbers."""

    def __init__(self, page: Page, random: Random) -> None:
        self.page = page
        self.random = random

    def act(self) -> str:
        """Do one thing and say which."""
        names = list(_ACTIONS)
        name = names[int(self.random.integers(len(names)))]
        _ACTIONS[name](self)
        return name

    def place(self) -> Place:
        """A place on the map, left of where the drawer opens."""
        box = self.page.locator(".gb-stage").bounding_box() or _nowhere()
        x, y = self.random.uniform((0.1, 0.05), (0.62, 0.9)).tolist()
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    def pan(self) -> None:
        """Drag the map."""
        self._drag(self.place(), self.place())

    def wheel(self) -> None:
        """Zoom at a place, in more often than out."""
        self.page.mouse.move(*self.place())
        self.page.mouse.wheel(0, float(self.random.choice([-600, -300, -300, 300, 900])))

    def click(self) -> None:
        """Click whatever lies there."""
        self.page.mouse.click(*self.place())

    def hover(self) -> None:
        """Move the pointer over the map."""
        self.page.mouse.move(*self.place())
        self.page.mouse.move(*self.place(), steps=6)

    def switch_class(self) -> None:
        """Switch a class of the legend."""
        self._some(".gb-class input")

    def every_class(self) -> None:
        """Show all classes again."""
        self.page.locator(".gb-heads .gb-link").first.click()

    def colour(self) -> None:
        """Colour by status, land class; overview by cell, county, zone."""
        self._some(".gb-segments button")

    def narrow(self) -> None:
        """Filter by a place or a date column."""
        lists = self.page.locator(".gb-filters select")
        chosen = lists.nth(int(self.random.integers(lists.count())))
        options = chosen.locator("option").count()
        chosen.select_option(index=int(self.random.integers(options)))

    def areas(self) -> None:
        """Filter by area."""
        field_ = self.page.locator('.gb-filters input[type="number"]').first
        field_.fill(f"{self.random.uniform(0.5, 3):.2f}")
        field_.press("Tab")

    def clear(self) -> None:
        """Take all filters back."""
        reset = self.page.locator(".gb-head .gb-link")
        if reset.is_visible():
            reset.click()

    def search(self) -> None:
        """Look for parcels of a county and go to one."""
        code = str(self.random.choice(sorted(boundaries.known_adcodes())))
        self.page.locator(".gb-finder input").fill(f"{code[:6]}-{self.random.integers(1000):04d}")
        finds = self.page.locator(".gb-finds")
        finds.wait_for()
        options = finds.locator("[role=option]")
        if options.count():
            options.nth(int(self.random.integers(options.count()))).click()
        else:
            self.page.locator(".gb-finder input").press("Escape")

    def select(self) -> None:
        """Select by a box or a circle."""
        self._key(str(self.random.choice(["b", "c"])))
        start = self.place()
        across, down = self.random.uniform(20, 160, 2).tolist()
        self._drag(start, (start[0] + across, start[1] + down))

    def measure(self) -> None:
        """Measure a line or an area of some points."""
        self._key(str(self.random.choice(["d", "a"])))
        for _ in range(int(self.random.integers(3, 7))):
            self.page.mouse.click(*self.place())
        self.page.keyboard.press("Enter")

    def compare(self) -> None:
        """Open or close the second map, and move its line."""
        self._key("s")
        handle = self.page.locator(".gb-handle")
        if handle.count():
            handle.focus()
            for _ in range(int(self.random.integers(1, 6))):
                self.page.keyboard.press(str(self.random.choice(["ArrowLeft", "ArrowRight"])))

    def back(self) -> None:
        """One step back."""
        self._key("Escape")

    def home(self) -> None:
        """The whole province."""
        self._key("h")

    def fold(self) -> None:
        """Fold the panel away and back."""
        self._key("l")
        self._key("l")

    def layer(self) -> None:
        """Switch a layer."""
        box = self.page.locator(".gb-layers")
        if box.get_attribute("open") is None:
            box.locator("summary").click()
        self._some('.gb-layer input[type="checkbox"]')

    def _drag(self, start: Place, end: Place) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()

    def _some(self, selector: str) -> None:
        found = self.page.locator(selector)
        found.nth(int(self.random.integers(found.count()))).click()

    def _key(self, key: str) -> None:
        # A field keeps its letters; the map takes them from anywhere else.
        self.page.evaluate(_BLUR)
        self.page.keyboard.press(key)


_BLUR: Final = """() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  active?.blur();
}"""
_ACTIONS: Final[dict[str, Callable[[Hand], None]]] = {
    "pan": Hand.pan, "zoom": Hand.wheel, "click": Hand.click, "hover": Hand.hover,
    "switch a class": Hand.switch_class, "all classes": Hand.every_class,
    "colour or overview": Hand.colour, "filter by place": Hand.narrow,
    "filter by area": Hand.areas, "clear filters": Hand.clear, "search": Hand.search,
    "select": Hand.select, "measure": Hand.measure, "compare": Hand.compare, "escape": Hand.back,
    "whole province": Hand.home, "fold the panel": Hand.fold, "switch a layer": Hand.layer,
}  # fmt: skip


def _nowhere() -> dict[str, float]:
    raise PlaywrightError("the map is not on the page")


def endure(server: Server, seconds: float, *, seed: int = SEED) -> Run:
    """Work on the browse page of a server for a while.

    Args:
        server: A running installation with parcels.
        seconds: How long.
        seed: Decides what is done and where.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(PATIENCE_MS)
        run, hand = Run(), Hand(page, np.random.default_rng(seed))
        run.watch.over(page)
        page.goto(server.page("browse", lang="en"))
        host = page.wait_for_selector(BROWSE_MAP, state="attached", timeout=INDEX_MS)
        inside, outside = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
        start = time.perf_counter()
        due = 0.0
        while (passed := time.perf_counter() - start) < seconds:
            if passed >= due:
                run.samples.append(_sample(inside, outside, server, passed, run.steps))
                due += seconds / SAMPLES
            _step(run, hand, host)
        run.samples.append(_sample(inside, outside, server, passed, run.steps))
        browser.close()
    return run


def _step(run: Run, hand: Hand, host: ElementHandle | None) -> None:
    began = time.perf_counter()
    name = "?"
    try:
        name = hand.act()
        hand.page.wait_for_function(BROWSE_STILL, arg=host, timeout=PATIENCE_MS)
    except PlaywrightError as error:
        run.watch.errors.append(f"step {run.steps} ({name}): {str(error).splitlines()[0]}")
    run.waits.setdefault(name, []).append(time.perf_counter() - began)


def _sample(page: CDPSession, all_: CDPSession, server: Server, second: float, steps: int
            ) -> Sample:  # fmt: skip
    page.send("HeapProfiler.collectGarbage")
    page.send("Performance.enable")
    found = page.send("Performance.getMetrics")["metrics"]
    metrics = {one["name"]: one["value"] for one in found}
    processes = all_.send("SystemInfo.getProcessInfo")["processInfo"]
    return Sample(
        second,
        steps,
        metrics["JSHeapUsedSize"] / _KB_PER_MB**2,
        int(metrics["Nodes"]),
        sum(_own_mb(one["id"]) for one in processes),
        _own_mb(server.process.pid),
    )


def _own_mb(pid: int) -> float:
    """Memory of a process that no file stands for; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    own = next((line for line in lines if line.startswith("RssAnon:")), "RssAnon: 0 kB")
    return int(own.split()[1]) / _KB_PER_MB


def report(minutes: float = 10, parcels: int = 1_000_000) -> str:
    """A run over a store of so many parcels as Markdown.

    Args:
        minutes: How long the hand works.
        parcels: Number of parcels.
    """
    with tempfile.TemporaryDirectory() as folder:
        _, version = store_of(Path(folder) / "store", parcels)
        with served(Path(folder) / "store", Path(folder) / "log") as server:
            run = endure(server, minutes * 60)
    errors = run.watch.errors
    return "\n".join(
        [
            f"## {minutes:g} minutes of a restless hand on {version.rows:,} parcels",
            "",
            f"{run.steps} actions from seed {SEED}; errors: {len(errors)}.",
            *(f"* {text[:200]}" for text in errors[:10]),
            "",
            "| action | times | median s | 95 % s | longest s |",
            "|---|---|---|---|---|",
            *(_waits(name, waits) for name, waits in sorted(run.waits.items())),
            "",
            "| after s | actions | page heap MB | nodes | browser MB | server MB |",
            "|---|---|---|---|---|---|",
            *map(_memory, run.samples),
            "",
            _growth(run),
        ]
    )


def _waits(name: str, waits: list[float]) -> str:
    middle, most = np.percentile(waits, [50, 95])
    return f"| {name} | {len(waits)} | {middle:.2f} | {most:.2f} | {max(waits):.2f} |"


def _memory(s: Sample) -> str:
    return (
        f"| {s.second:.0f} | {s.steps} | {s.heap_mb:.1f} | {s.nodes:,} | {s.browser_mb:.0f} "
        f"| {s.server_mb:.0f} |"
    )


def _growth(run: Run) -> str:
    """Slope of memory over actions, by least squares, without the start of the run."""
    later = [s for s in run.samples if s.second >= _SETTLE_S]
    steps = np.array([s.steps for s in later], dtype=np.float64)
    if len(set(steps)) < 2:
        return "Too short to tell whether memory grows."
    memory = np.array([(s.heap_mb, s.browser_mb, s.server_mb) for s in later])
    heap, browser, server = (1000 * np.polyfit(steps, memory, 1)[0]).tolist()
    return (
        f"Memory over actions after the first {_SETTLE_S:.0f} s: heap of the page {heap:+.1f} MB, "
        f"browser {browser:+.1f} MB, server {server:+.1f} MB in 1,000 actions."
    )
