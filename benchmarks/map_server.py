"""Tiles and amounts of the browse map over HTTP: cold, warm, from many clients; its index.

Every figure is taken at a real server on 127.0.0.1. A cold tile is one that this server has not
made before; pages of the index files lie in the memory of the system, as they do once somebody has
looked at the place.
"""

from __future__ import annotations

import gzip
import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

import demo
from benchmarks.document import Cell, Findings, Table, spread
from benchmarks.map_data import BENCH, store_of
from benchmarks.processes import measure
from geo.mercator import World
from scripts.served import Server, served
from views.browse.tickets import map_ticket

SIZES: Final = (10_000, 100_000, 1_000_000)
ZOOMS: Final = (6, 8, 10, 11, 12, 13, 14, 16)
TARGETS: Final = {6: 30, 8: 30, 10: 30, 11: 30, 12: 80, 14: 30}
"""Milliseconds that 95 of 100 cold tiles may take; overviews have one target."""
TILES: Final = 80
CLIENTS: Final = 8
EACH: Final = 60
WARM_MS: Final = 2
FILTERS: Final = (
    "status=overdue",
    "county=360703",
    "area_from=12000",
    "q=电子",
    "prefecture=360700",
)

BUILD: Final = """
import sys
from pathlib import Path
from store import Store, Viewer
from views.browse.ready import make_ready
store, viewer = Store(Path(sys.argv[1])), Viewer("bench")
make_ready(store, store.version("survey", viewer), viewer)
"""
READY: Final = """
import sys
from pathlib import Path
from store import Store, Viewer
import views.browse.ready
store, viewer = Store(Path(sys.argv[1])), Viewer("bench")
store.version("survey", viewer)
"""


@dataclass(frozen=True)
class Answer:
    """One answer of the server."""

    ms: float
    size: int


class Client:
    """One connection that asks for what the map of a page asks for.

    Args:
        server: The server.
        ticket: Ticket of the version.
    """

    def __init__(self, server: Server, ticket: str) -> None:
        host, port = server.url.removeprefix("http://").split(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self._home = f"/gy/map/{ticket}/{demo.AS_OF.isoformat()}"

    def get(self, path: str) -> Answer:
        """Ask and read to the end."""
        start = time.perf_counter()
        self._connection.request("GET", f"{self._home}/{path}")
        answer = self._connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - start) * 1000
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
        packed = answer.headers.get("content-encoding") == "gzip"
        return Answer(took, len(gzip.decompress(content)) if packed else len(content))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def places(centres: World, zoom: int, count: int, rng: np.random.Generator) -> list[str]:
    """Distinct tiles that hold parcels, at random, as paths."""
    tiles = np.unique(centres >> np.uint32(32 - zoom), axis=0)
    chosen = tiles[rng.permutation(len(tiles))[:count]]
    return [f"tile/{zoom}/{x}/{y}?colour=status" for x, y in chosen.tolist()]


def report(sizes: Sequence[int] = SIZES) -> Findings:
    """Index, tiles by zoom, many clients, filters, at each size."""
    index, tiles, crowd, amounts = [], [], [], []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            root = Path(name) / "store"
            store, version = store_of(root, size)
            index.append(_index(root, version.rows))
            ticket = map_ticket(str(root), version, BENCH)
            centres = np.array(store.map_index(version, BENCH).tiles.centres)
            server = stack.enter_context(served(root, Path(name) / "log"))
            client = Client(server, ticket)
            rng = np.random.default_rng(3)
            client.get("summary")
            tiles += [_zoom(client, version.rows, centres, zoom, rng) for zoom in ZOOMS]
            amounts += [_filtered(client, version.rows, text) for text in FILTERS]
            crowd.append(_crowd(server, ticket, version.rows, centres, rng))
            client.close()
    return Findings(
        "The browse map: tiles over HTTP",
        "Parcels of 16 vertices in a block about the seat of each county, 1.4 ha each, drawn at a "
        "real server. Cold: this server has not made the tile before. Milliseconds from the "
        "request to the last byte, compressed tiles; kB before compression. "
        "Targets at a million: 95 of 100 cold tiles below 30 ms (overviews up to zoom 11, z14) "
        f"and 80 ms (z12), warm below {WARM_MS} ms, no tile of {CLIENTS} clients above 1 s, index "
        "below 60 s.",
        (
            Table(
                ("parcels", "index s", "CPU s", "MB above the start"),
                tuple(index),
                (0, 1, 1, 0),
            ),
            Table(
                ("parcels", "zoom", "kB", "cold ms", "cold p95", "target", "warm ms", "warm p95"),
                tuple(tiles),
                (0, 0, 1, 1, 1, 0, 1, 1),
            ),
            Table(
                ("parcels", "filter", "overview tile ms, first", "amounts ms, first", "again"),
                tuple(amounts),
                (0, None, 1, 1, 1),
            ),
            Table(
                ("parcels", "clients", "tiles", "tiles a second", "ms", "p95", "most"),
                tuple(crowd),
                (0, 0, 0, 0, 1, 1, 1),
            ),
        ),
    )


def _index(root: Path, rows: int) -> tuple[float, ...]:
    bare, built = measure(READY, str(root)), measure(BUILD, str(root))
    return (
        rows,
        built.wall_s - bare.wall_s,
        built.cpu_s - bare.cpu_s,
        built.peak_mb - bare.peak_mb,
    )


def _zoom(
    client: Client, rows: int, centres: World, zoom: int, rng: np.random.Generator
) -> tuple[Cell, ...]:
    paths = places(centres, zoom, TILES, rng)
    cold = [client.get(path) for path in paths]
    warm = [client.get(path).ms for path in paths]
    times = [answer.ms for answer in cold]
    return (
        rows,
        zoom,
        statistics.median(answer.size for answer in cold) / 1000,
        spread(times),
        float(np.percentile(times, 95)),
        TARGETS.get(zoom),
        statistics.median(warm),
        float(np.percentile(warm, 95)),
    )


def _filtered(client: Client, rows: int, text: str) -> tuple[Cell, ...]:
    """A filter that nobody has asked for: the whole layer is added up anew."""
    tile = client.get(f"tile/7/105/53?colour=status&{_encoded(text)}").ms
    first = client.get(f"summary?{_encoded(text)}").ms
    return rows, text, tile, first, client.get(f"summary?{_encoded(text)}").ms


def _encoded(text: str) -> str:
    name, _, value = text.partition("=")
    return f"{name}=" + "".join(f"%{byte:02X}" for byte in value.encode())


def _crowd(
    server: Server, ticket: str, rows: int, centres: World, rng: np.random.Generator
) -> tuple[Cell, ...]:
    """Clients that each ask for tiles of their own, all at once."""
    paths = [
        path
        for zoom in (12, 13, 14, 15)
        for path in places(centres, zoom, CLIENTS * EACH // 4, rng)
    ]
    order = rng.permutation(len(paths))
    shares = [[paths[i] for i in order[k::CLIENTS]] for k in range(CLIENTS)]
    found: list[float] = []

    def ask(share: list[str]) -> None:
        client = Client(server, ticket)
        # Tiles of the measurement before are at hand; another colour has tiles of its own.
        found.extend(client.get(path.replace("status", "group")).ms for path in share)
        client.close()

    threads = [threading.Thread(target=ask, args=(share,)) for share in shares]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    most = max(found)
    return (
        rows,
        CLIENTS,
        len(found),
        len(found) / took,
        spread(found),
        float(np.percentile(found, 95)),
        most,
    )


def rss_mb(pid: int) -> float:
    """Memory that a process holds by itself, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kept = {line.split(":")[0]: line for line in lines if ":" in line}
    private = ("Private_Clean", "Private_Dirty")
    return sum(int(kept[name].split()[1]) for name in private) / 1024
