"""Parcels all over a province in every state, and a browser that asks the routes of the map."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock
from urllib.parse import urlencode

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from analytics.idle.status import parcel_status
from domain.land_classes import groups
from domain.parcels import conform
from domain.rules import load_rules
from geo.area import ellipsoidal_area_m2
from geo.mercator import lonlat_bounds
from store import Store, Version, Viewer
from tests import mvt
from tests.store_world import COUNTIES, GANZHOU, NANCHANG
from views.browse.routes import PREFIX, routes
from views.browse.tickets import MapTicket

DAY: Final = dt.date(2026, 6, 30)
NOW: Final = 4_000_000_000
"""Seconds until which the tickets of these tests hold."""
EVERYBODY: Final = Viewer("t")
SOUTH: Final = Viewer("south", frozenset({GANZHOU}))

STAGES: Final[dict[str, dict[str, str]]] = {
    "unsupplied": {"approved_on": "2020-05-06"},
    "unknown_start": {},
    "not_due": {"approved_on": "2020-05-06", "signed_on": "2026-01-05", "start_due": "2028-01-01"},
    "overdue": {"signed_on": "2025-03-01", "start_due": "2026-06-01"},
    "suspected_a1": {"signed_on": "2024-03-01", "start_due": "2025-01-01"},
    "suspected_a2": {"signed_on": "2022-03-01", "start_due": "2023-01-01"},
    "determined": {"signed_on": "2021-03-01", "letter_no": "赣自然资认〔2025〕1号",
                   "letter_on": "2025-01-15"},
    "in_progress": {
        "signed_on": "2021-03-01", "start_due": "2022-01-01", "started_on": "2022-02-01",
    },
    "completed": {
        "signed_on": "2020-03-01", "start_due": "2021-01-01", "finished_on": "2023-05-01",
    },
}  # fmt: skip
"""What brings a parcel into each status on :data:`DAY`."""

_CLASSES: Final = ("industrial", "warehousing", "utility", None)
_ZONES: Final = ("jx-xiaolan-etdz", "jx-nanchang-etdz", None)
_EDGE_ZOOMS: Final = range(3, 17)


def province(rows: int = 240, seed: int = 7) -> gpd.GeoDataFrame:
    """Parcels spread over Jiangxi: alone, crowded in one place, and on the edges of tiles.

    Parcel ``k`` has the status ``k`` modulo their number, an area of ``1000 + k + 0.25`` m2 and a
    prefecture that has nothing to do with its place; a ninth names no county.
    """
    shapes = _shapes(rows, np.random.default_rng(seed))
    number = np.arange(rows)
    stages = [list(STAGES.values())[k % len(STAGES)] for k in number]
    dates = sorted({name for stage in STAGES.values() for name in stage})
    prefectures = [(NANCHANG, GANZHOU)[k % 5 % 2] for k in number]
    table = {
        "parcel_id": [f"JX{k:05d}" for k in number],
        "name": [f"项目 {k} (a.b*)" if k % 3 else None for k in number],
        "holder": [("江西Alpha公司", "乙公司", None)[k % 3] for k in number],
        "land_class": "0601",
        "county_adcode": [COUNTIES[p] if k % 9 else None for k, p in enumerate(prefectures)],
        "zone_id": [_ZONES[k % 4 % 3] for k in number],
        "source_row": number + 1,
        "prefecture_adcode": prefectures,
        "analysis_class": [_CLASSES[k % 7 % 4] for k in number],
        "area_planar_m2": 1.0,
        "area_ellipsoidal_m2": 1000.25 + number,
        **{name: [stage.get(name) for stage in stages] for name in dates},
    }
    return conform(gpd.GeoDataFrame(table, geometry=shapes, crs=4490))


def _shapes(rows: int, random: np.random.Generator) -> list[shapely.Geometry]:
    west, south = random.uniform((113.7, 24.6), (118.3, 29.9), (rows, 2)).T
    crowded = np.arange(rows) % 3 == 0
    west[crowded] = 115.8 + random.uniform(0, 0.02, rows)[crowded]
    south[crowded] = 28.6 + random.uniform(0, 0.02, rows)[crowded]
    side = random.uniform(0.0002, 0.004, rows)
    shapes: list[shapely.Geometry] = list(shapely.box(west, south, west + side, south + side))
    for k, zoom in enumerate(_EDGE_ZOOMS):
        # The corner of a tile near Nanchang: one parcel begins there, one lies across it.
        x, y = tile_of(zoom, 115.9, 28.7)
        lon, _, _, lat = lonlat_bounds(zoom, x, y)
        shapes[2 * k] = shapely.box(lon, lat - 0.001, lon + 0.001, lat)
        shapes[2 * k + 1] = shapely.box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    return shapes


def tile_of(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    """Column and row of the tile at a place, by the formula of the slippy map."""
    n = 1 << zoom
    phi = math.radians(lat)
    y = (1.0 - math.asinh(math.tan(phi)) / math.pi) / 2.0
    return int((lon + 180.0) / 360.0 * n), int(y * n)


def tiles_of(zoom: int, bounds: Iterable[float]) -> list[tuple[int, int]]:
    """Every tile that a box of degrees meets."""
    west, south, east, north = bounds
    (left, top), (right, bottom) = tile_of(zoom, west, north), tile_of(zoom, east, south)
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def committed(root: Path, frame: gpd.GeoDataFrame, *, dataset: str = "land") -> Version:
    """A frame as a version of a store."""
    store = Store(root)
    return store.commit(dataset, conform(frame), kind="parcels", viewer=EVERYBODY, reason="r")


def judged(store: Store, version: Version, viewer: Viewer = EVERYBODY) -> pd.DataFrame:
    """What the store says of every row: attributes, shape, ``status`` and ``group``."""
    frame = store.read(version, viewer)
    status = parcel_status(frame, as_of=DAY, rules=load_rules("idle", as_of=DAY))["status"]
    out: pd.DataFrame = frame.assign(status=status, group=groups(frame["analysis_class"]))
    return out


@dataclass(frozen=True)
class Answer:
    """What a route answered.

    Attributes:
        status: HTTP status.
        headers: Headers by lower-case name.
        body: Content as sent.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.body)

    @property
    def layers(self) -> dict[str, mvt.Layer]:
        """The content as a vector tile."""
        return mvt.read(gzip.decompress(self.body))


class Browser:
    """Asks the routes of the map as a browser does that was given a ticket.

    Args:
        root: Folder of the store.
        version: Version that the ticket names.
        viewer: Whom it was written for.
        day: Day of the addresses.
    """

    def __init__(
        self,
        root: Path,
        version: Version,
        viewer: Viewer = EVERYBODY,
        *,
        day: str = DAY.isoformat(),
    ) -> None:
        self.root, self.day = root, day
        scope = None if viewer.prefectures is None else tuple(sorted(viewer.prefectures))
        ticket = MapTicket(version.dataset, version.number, viewer.name, scope, NOW)
        self.ticket = ticket.sealed(Store(root).ticket_key())

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: object) -> Answer:
        """Ask for what lies below the ticket and the day."""
        return self.fetch(f"{PREFIX}/{self.ticket}/{self.day}/{path}", headers=headers, **query)

    def fetch(self, path: str, *, headers: dict[str, str] | None = None, **query: object) -> Answer:
        """Ask for any address."""
        with mock.patch.dict(os.environ, {"GANYUAN_STORE": str(self.root)}):
            found = _answered(path, urlencode(query), headers or {})
        return Answer(found.status_code, dict(found.headers), bytes(found.body))

    def tile(self, z: int, x: int, y: int, **query: Any) -> dict[str, mvt.Layer]:
        """Layers of a tile, by name."""
        answer = self.get(f"tile/{z}/{x}/{y}", **query)
        assert answer.status == 200, answer.body
        return answer.layers


_ROUTES: Final = routes()


def _answered(path: str, query: str, headers: dict[str, str]) -> Response:
    """What the first route that matches says, without a server in between."""
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "root_path": "",
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    for route in _ROUTES:
        match, found = route.matches(scope)
        if match is Match.FULL:
            answer: Response = found["endpoint"](Request({**scope, **found}))
            return answer
    raise LookupError(path)


def square(lon: float, lat: float, side: float = 0.001) -> shapely.Polygon:
    """A square with its south-western corner at a place."""
    return shapely.box(lon, lat, lon + side, lat + side)


def parcels_of(
    shapes: Iterable[shapely.Geometry], areas: npt.ArrayLike | None = None, **columns: object
) -> gpd.GeoDataFrame:
    """Parcels with given shapes in Nanchang; areas are the ones of the shapes where left out."""
    geometry = list(shapes)
    number = range(len(geometry))
    table: dict[str, object] = {
        "parcel_id": [f"P{k}" for k in number],
        "county_adcode": COUNTIES[NANCHANG],
        "land_class": "0601",
        "source_row": [k + 1 for k in number],
        "prefecture_adcode": NANCHANG,
        "analysis_class": "industrial",
        "area_planar_m2": 1.0,
        **columns,
    }
    frame = gpd.GeoDataFrame(table, geometry=geometry, crs=4490)
    return frame.assign(area_ellipsoidal_m2=ellipsoidal_area_m2(frame) if areas is None else areas)
