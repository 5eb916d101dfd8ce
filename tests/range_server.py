"""A web server on this machine that hands out files in ranges of bytes, or misbehaves."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        content = (server.root / self.path.lstrip("/")).read_bytes() if server.root else b""
        behaviour = server.behaviour(len(server.asked))
        if behaviour == "drop":
            self.close_connection = True
            return
        if isinstance(behaviour, int):
            self._send(behaviour, b"", Location="http://example.invalid/")
            return
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
        part = content[first : last + 1]
        if behaviour == "whole":
            self._send(200, content)
            return
        if behaviour == "short":
            part = part[:-1]
        state = f"{first}-{min(last, len(content) - 1)}/{len(content)}"
        mark = f'"{len(server.asked)}"' if behaviour == "replaced" else '"one"'
        self._send(206, part, ETag=mark, **{"Content-Range": f"bytes {state}"})
        server.sent += len(part)

    def _send(self, status, content, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        pass


class RangeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root: Path, behaviour):
        super().__init__(("127.0.0.1", 0), Handler)
        self.root, self.behaviour = root, behaviour
        self.asked, self.sent = [], 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextmanager
def range_server(root: Path, behaviour=lambda _number: "ranges"):
    """A server of a folder; ``behaviour`` says for each request, from 1, what it does.

    ``ranges`` answers well; a number is sent as status; ``whole``, ``short``, ``replaced`` and
    ``drop`` are ways to misbehave.
    """
    server = RangeServer(root, behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
