"""Steps that several walks through the pages share; each waits for a condition, never for time."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, Page, expect

from scripts.served import BROWSE_MAP, Server
from tests.browser.talk import answered

MAP = "iframe[sandbox]"
READY = "html[data-ready]"
WITHOUT_MAP = frozenset({"evaluation", "field", "targets", "upload", "reports", "audit"})
"""Pages that open without a map."""
PATIENCE_MS = 45_000
"""How long a condition may take to come true on a busy machine; no test takes longer for it."""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_STILL = "(e) => Promise.all(e.getAnimations({subtree: true}).map((a) => a.finished))"
HEAD, ROW, TICK = 34, 31, 16
"""Of a table in pixels: height of the head, height of a row, middle of the column of ticks."""


def opened(page: Page, server: Server, path: str, **query: str) -> None:
    """Open a page by its address and wait until it has drawn."""
    page.goto(server.page(path, **query))
    settled(page)
    if path == "browse":
        page.locator(BROWSE_MAP).wait_for(state="attached")
    elif path not in WITHOUT_MAP:
        drawn(page)


def settled(page: Page) -> None:
    """Wait until nothing is under way between page and server, and what came has been drawn."""
    answered(page, PATIENCE_MS)
    page.evaluate(TWO_FRAMES)
    # The browse page is all map and has no line of title.
    expect(page.locator(".gy-title h1, .gb-host").first).to_be_visible()
    state = page.get_by_test_id("stApp")
    expect(state).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def unfolded(page: Page, text: str) -> Locator:
    """Open a folded section and wait until it lies still."""
    summary = page.locator("summary:visible", has_text=text)
    summary.click()
    box = page.locator("details").filter(has=summary)
    expect(box).to_have_attribute("open", "")
    box.evaluate(_STILL)
    settled(page)
    return box


def in_sight(place: Locator) -> None:
    """Scroll to a place and wait for the end of it: an open list closes when the page scrolls."""
    place.scroll_into_view_if_needed()
    place.page.evaluate(TWO_FRAMES)


def drawn(page: Page) -> None:
    """Wait until the map of the page has taken its layers."""
    page.frame_locator(MAP).first.locator(READY).wait_for(state="attached")


def map_frame(page: Page) -> Frame:
    """The document of the map."""
    handle = page.wait_for_selector(MAP)
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def painted(page: Page) -> None:
    """Wait until the map has been painted with what it holds now."""
    map_frame(page).evaluate(TWO_FRAMES)


def look_at(page: Page, lat: float, lon: float, zoom: float) -> None:
    """Move the map without animation."""
    frame = map_frame(page)
    # The end of a zoom animation under way would move the map once more.
    frame.wait_for_function("() => !ganyuan.map._animatingZoom")
    frame.evaluate(f"() => {{ ganyuan.map.setView([{lat}, {lon}], {zoom}, {{animate: false}}); }}")


def spot(page: Page, lat: float, lon: float) -> dict[str, float]:
    """Where a place lies in the frame of the map, in pixels."""
    found: dict[str, float] = map_frame(page).evaluate(
        f"() => {{ const p = ganyuan.map.latLngToContainerPoint([{lat}, {lon}]);"
        " return {x: p.x, y: p.y}; }"
    )
    return found


def click_place(page: Page, lat: float, lon: float) -> None:
    """Click a place on the map."""
    at = spot(page, lat, lon)
    # The frame has a border of one pixel.
    page.locator(MAP).first.click(position={"x": at["x"] + 1, "y": at["y"] + 1})


def tick(table: Locator, position: int) -> None:
    """Tick a row of a table; it is drawn on a canvas, so the place is all there is to aim at."""
    place = {"x": TICK, "y": HEAD + ROW * position + ROW / 2}
    # The canvas takes a click for the cell that it last saw the mouse over.
    in_sight(table)
    table.hover(position=place)
    table.page.evaluate(TWO_FRAMES)
    table.click(position=place)
