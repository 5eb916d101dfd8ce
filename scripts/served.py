"""A served installation and a Chromium that reaches nothing else: tests, pictures, benchmarks."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    # WebGL drawn by the processor: the same pictures on every machine, with or without a card.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name resolves, whatever asks: pages, workers, sockets, the browser itself.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
START_SECONDS = 180
STOP_SECONDS = 10
PAGES = (
    "", "map", "browse", "land-use", "idle", "field", "evaluation", "consolidation", "belt",
    "targets", "upload", "reports", "audit",
)  # fmt: skip
"""URL path of every page, in the order of the navigation."""
PROBE = re.compile(r"/[a-z-]+/_stcore/(health|host-config)$")
"""What Streamlit's own script asks for beside a page before it looks at the root; it is not there,
and nothing of the product is missing."""
BROWSE_MAP = ".gb-host[data-ready]"
"""The map of the browse page once it answers; it is no document of its own."""
BROWSE_STILL = """(host) => {
  const app = host.ganyuan?.app;
  if (!app?.keys || app.asker.running.size) return false;
  return [app.chart, app.split.chart].filter(Boolean).every(({ map, tiles }) => map.loaded
    ? map.loaded() && map.areTilesLoaded() && !map.isMoving()
    : !map._animatingZoom && !tiles?.isLoading());
}"""
"""Whether the browse map has drawn all that it asked for; of the element of :data:`BROWSE_MAP`."""
WITHOUT_GRAPHICS = [
    *(flag for flag in FLAGS if "angle" not in flag and "swiftshader" not in flag),
    "--disable-3d-apis",
]
"""A browser that cannot draw vector tiles."""


class ServerDidNotStartError(RuntimeError):
    """The server ended or did not answer in time; the message holds the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running installation.

    Attributes:
        url: Address without trailing slash.
        store: Folder of its store.
        process: The server.
    """

    url: str
    store: Path
    process: subprocess.Popen[bytes]

    def page(self, path: str = "", **query: str) -> str:
        """Address of one page, in Chinese unless ``lang`` says otherwise."""
        pairs = "&".join(f"{k}={v}" for k, v in query.items())
        return f"{self.url}/{path}" + (f"?{pairs}" if pairs else "")


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def served(store: Path, log: Path) -> Iterator[Server]:
    """Serve an installation on a free port of 127.0.0.1; ended by its process id.

    Raises:
        ServerDidNotStartError: It ended or did not answer in time.
    """
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
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)  # noqa: S603
    try:
        _wait(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", store, process)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return
        time.sleep(0.1)
    raise ServerDidNotStartError(log.read_text(encoding="utf-8", errors="replace")[-3000:])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
