"""A served installation and a browser that reaches nothing but it."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Response, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


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
    """What a page asked for beyond its own server, and what it did not get."""

    external: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.external or self.failed)


@dataclass(frozen=True)
class Server:
    """A running installation with a store of its own."""

    url: str
    store: Path
    process: subprocess.Popen[bytes]

    def page(self, path: str = "", **query: str) -> str:
        """Address of one page, in Chinese unless ``lang`` says otherwise."""
        pairs = "&".join(f"{k}={v}" for k, v in query.items())
        return f"{self.url}/{path}" + (f"?{pairs}" if pairs else "")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def start_server(store: Path, log: Path) -> Server:
    """Serve an installation on a free port and wait until it answers."""
    port = free_port()
    env = {
        **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
        "GANYUAN_STORE": str(store),
        "GANYUAN_USER": "测试员",
    }
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py")),
        f"--server.port={port}",
        "--server.address=127.0.0.1",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return Server(f"http://127.0.0.1:{port}", store, process)
        time.sleep(0.2)
    stop_server(process)
    pytest.fail("the server did not start:\n" + log.read_text(errors="replace")[-3000:])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop_server(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the session, with an empty store at the start."""
    folder = tmp_path_factory.mktemp("served")
    running = start_server(folder / "store", folder / "server.log")
    yield running
    stop_server(running.process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def page(browser: Browser, traffic: Traffic) -> Iterator[Page]:
    """A page that may talk to 127.0.0.1 alone; what it tried beyond is in ``traffic``."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")

    def gate(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            traffic.external.append(route.request.url)
            route.abort()

    def failed(request: Request) -> None:
        # A navigation away aborts what is still under way; that is no missing file.
        if request.failure != "net::ERR_ABORTED":
            traffic.failed.append(f"{request.url} {request.failure}")

    context.route(lambda url: url.startswith(("http:", "https:")), gate)
    opened = context.new_page()

    def answered(response: Response) -> None:
        # Opened below the root, Streamlit first looks for itself beside the page.
        if response.status >= 400 and "/_stcore/" not in response.url:
            traffic.failed.append(f"{response.url} {response.status}")

    opened.on("requestfailed", failed)
    opened.on("response", answered)
    opened.on("pageerror", lambda e: traffic.errors.append(str(e)))
    yield opened
    context.close()
