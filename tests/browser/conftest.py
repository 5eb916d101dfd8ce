"""Served installations and a browser that reaches nothing but them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect, sync_playwright

from scripts.served import CHROMIUM, FLAGS, PROBE, ROOT, Server, served
from tests.browser.hostile import hostile_store
from tests.browser.talk import Talk
from tests.browser.walk import PATIENCE_MS

__all__ = ["ROOT", "Server", "Traffic"]

expect.set_options(timeout=PATIENCE_MS)

COMPOSED = [*FLAGS, "--disable-gpu-compositing"]
"""Maps are drawn by WebGL; pages around them are put together without the graphics card that the
processor has to play, which took most of its time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, and skip it with a reason where there is no Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@dataclass
class Traffic:
    """What a page asked for beyond its own server, what it did not get, what went wrong in it."""

    external: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.external or self.failed)

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page from now on."""
        page.on("request", self._asked)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("websocket", lambda socket: self._left(socket.url))

    def _asked(self, request: Request) -> None:
        # Looked at, not held up: a page whose requests are held up loses its cache. That none
        # gets out is the browser's doing, which finds no other machine.
        if request.url.startswith(("http:", "https:")):
            self._left(request.url)

    def _left(self, url: str) -> bool:
        left = urlsplit(url).hostname != "127.0.0.1"
        if left:
            self.external.append(url)
        return left

    def _failed(self, request: Request) -> None:
        # A navigation away aborts what is still under way; that is no missing file.
        if request.failure != "net::ERR_ABORTED":
            self.failed.append(f"{request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not PROBE.search(response.url):
            self.failed.append(f"{response.url} {response.status}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the session, with an empty store at the start, that tests write into."""
    folder = tmp_path_factory.mktemp("served")
    with served(folder / "store", folder / "server.log") as running:
        yield running


@pytest.fixture(scope="session")
def demo_server(demo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the session with the demonstration store; never write into it."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(demo_root, folder / "store")
    with served(folder / "store", folder / "server.log") as running:
        yield running


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module with a store of texts that nothing may run."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile_store(folder / "store")
    with served(folder / "store", folder / "server.log") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=COMPOSED)
        yield chromium
        chromium.close()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def page(browser: Browser, traffic: Traffic) -> Iterator[Page]:
    """A page that may talk to 127.0.0.1 alone; what it tried beyond is in ``traffic``."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    traffic.watch(opened)
    Talk(opened)
    yield opened
    context.close()
