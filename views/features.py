"""Parcels by view: the route that answers with the shapes inside a box of one dataset version.

The address carries a signed ticket with the version, the viewer's prefectures, the day and the
filter, so the route needs no session and gives nobody more than the page that wrote the ticket.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.idle import STATUSES, parcel_status
from domain.rules import load_rules
from geo.errors import GanyuanError
from layers.encode import FINE_SCALE, encode
from layers.web import INLINE_LIMIT, PARCEL_ZOOM
from settings import Settings
from store import Store, Version, Viewer
from views.address import base_path
from views.context import Context

PATH: Final = "/gy/parcels"

# One process serves pages and routes; a restart makes old tickets worthless, and pages draw anew.
_SECRET: Final = secrets.token_bytes(32)
_STEP_SECONDS: Final = 6 * 3600

Box = tuple[float, float, float, float]


class TicketError(GanyuanError):
    """The address was not written by this process, or is too old."""

    code = "LYR-003"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address allows to see.

    Attributes:
        dataset: Name of the dataset.
        number: Version number.
        viewer: Name of the person whose page wrote it.
        prefectures: Scope of the viewer; None is the whole province.
        day: ISO date for which the status holds.
        statuses: Statuses that are asked for; empty asks for all.
        places: Codes of the prefecture or county, or the id of the zone, that is asked for.
        expires: Seconds since 1970 after which the ticket is void.
    """

    dataset: str
    number: int
    viewer: str
    prefectures: tuple[str, ...] | None
    day: str
    statuses: tuple[str, ...]
    places: tuple[str, ...]
    expires: int

    def sealed(self) -> str:
        """The ticket as text for an address."""
        body = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()
        return f"{_text(body)}.{_text(_mac(body))}"

    @classmethod
    def opened(cls, sealed: str, *, now: float) -> Ticket:
        """Read a ticket.

        Raises:
            TicketError: It was not written by this process, or has expired.
        """
        try:
            body, mac = (base64.urlsafe_b64decode(part) for part in sealed.split("."))
        except ValueError:
            raise TicketError("the address of the parcels is damaged; reload the page") from None
        if not hmac.compare_digest(mac, _mac(body)):
            raise TicketError("the address of the parcels is not valid; reload the page")
        raw: dict[str, Any] = json.loads(body)
        scope = raw["prefectures"]
        raw["prefectures"] = None if scope is None else tuple(scope)
        ticket = cls(**{**raw, "statuses": tuple(raw["statuses"]), "places": tuple(raw["places"])})
        if now > ticket.expires:
            raise TicketError("the address of the parcels is too old; reload the page")
        return ticket


def parcels_url(
    ctx: Context,
    version: Version,
    day: dt.date,
    *,
    statuses: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
) -> str:
    """Address at which the browser finds the parcels of a version by view.

    It stays the same for hours, so that an unchanged page sends an unchanged map.
    """
    scope = ctx.viewer.prefectures
    ticket = Ticket(
        dataset=version.dataset,
        number=version.number,
        viewer=ctx.viewer.name,
        prefectures=tuple(sorted(scope)) if scope is not None else None,
        day=day.isoformat(),
        statuses=statuses,
        places=places,
        expires=(int(time.time()) // _STEP_SECONDS + 3) * _STEP_SECONDS,
    )
    return f"{base_path()}{PATH}?ticket={ticket.sealed()}"


def routes(prefix: str = "") -> list[BaseRoute]:
    """The routes of this module, for :func:`views.routes.routes`."""
    return [Route(prefix + PATH, _answer, methods=["GET"])]


def _answer(request: Request) -> Response:
    try:
        ticket = Ticket.opened(request.query_params.get("ticket", ""), now=time.time())
        box = _box(request.query_params.get("bbox", ""))
        zoom = float(request.query_params.get("zoom", PARCEL_ZOOM))
    except TicketError as error:
        return _json({"error": error.code}, status=403)
    except ValueError:
        return _json({"error": "bbox"}, status=400)
    try:
        found = _shapes(str(Settings().store), ticket)
    except GanyuanError as error:
        return _json({"error": error.code}, status=404)
    return _json(found.inside(box, close=zoom >= PARCEL_ZOOM))


def _json(content: Mapping[str, object], *, status: int = 200) -> Response:
    headers = {
        # Map documents are sandboxed and have no origin of their own; the ticket is the authority.
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "private, max-age=3600" if status == 200 else "no-store",  # noqa: PLR2004
    }
    return JSONResponse(content, status_code=status, headers=headers)


def _box(text: str) -> Box:
    west, south, east, north = (float(part) for part in text.split(","))
    if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
        raise ValueError(text)
    return west, south, east, north


@dataclass(frozen=True)
class _Shapes:
    """Parcels of one ticket, ready to be cut by box; n rows in all arrays."""

    ids: npt.NDArray[np.object_]
    geometries: npt.NDArray[np.object_]
    bounds: npt.NDArray[np.float64]
    status: npt.NDArray[np.int64]

    def inside(self, box: Box, *, close: bool) -> dict[str, object]:
        """The parcels that touch a box, or only their number where they are too many."""
        west, south, east, north = box
        low, high = self.bounds[:, :2], self.bounds[:, 2:]
        touching = (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
        rows = np.flatnonzero(touching)
        counts = np.bincount(self.status[rows], minlength=len(STATUSES))
        answer: dict[str, object] = {
            "count": len(rows),
            "by_class": {k: int(n) for k, n in zip(STATUSES, counts, strict=True) if n},
        }
        if not close or len(rows) > INLINE_LIMIT:
            return {**answer, "aggregate": True}
        return {
            **answer,
            "keys": list(STATUSES),
            "class_of": self.status[rows].tolist(),
            "ids": self.ids[rows].tolist(),
            "shapes": encode(self.geometries[rows], scale=FINE_SCALE),
        }


@lru_cache(maxsize=6)
def _shapes(root: str, ticket: Ticket) -> _Shapes:
    scope = frozenset(ticket.prefectures) if ticket.prefectures is not None else None
    viewer = Viewer(ticket.viewer, scope)
    store = _store(root)
    frame = store.read(store.version(ticket.dataset, viewer, ticket.number), viewer)
    day = dt.date.fromisoformat(ticket.day)
    status = parcel_status(frame, as_of=day, rules=load_rules("idle", as_of=day))["status"]
    wanted = np.ones(len(frame), dtype=bool)
    if ticket.statuses:
        wanted &= status.isin(ticket.statuses).to_numpy()
    for place in ticket.places:
        columns = ("prefecture_adcode", "county_adcode", "zone_id")
        wanted &= np.logical_or.reduce([(frame[c] == place).fillna(value=False) for c in columns])
    frame, status = frame[wanted], status[wanted]
    position = {key: i for i, key in enumerate(STATUSES)}
    return _Shapes(
        ids=frame["parcel_id"].to_numpy(object),
        geometries=frame.geometry.to_numpy(),
        bounds=frame.bounds.to_numpy(float),
        status=status.map(position).to_numpy().astype(np.int64),
    )


@lru_cache(maxsize=2)
def _store(root: str) -> Store:
    return Store(Path(root))


def _mac(body: bytes) -> bytes:
    return hmac.new(_SECRET, body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
