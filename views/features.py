"""Parcels by view: the route that answers with the shapes inside a box of one dataset version.

The address carries a signed ticket with the version, the viewer's prefectures, the day and the
filter, so the route needs no session and gives nobody more than the page that wrote the ticket.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.idle.status import STATUSES
from analytics.idle.worklist import WorkFilter, matching, work
from analytics.parcel_filter import Bools, Codes, ParcelFilter
from domain.rules import load_rules
from geo.errors import GanyuanError
from geo.mercator import world_of
from layers.encode import FINE_SCALE, encode
from layers.web import INLINE_LIMIT, PARCEL_ZOOM
from settings import Settings
from store import Store, Version, Viewer
from views.address import base_path
from views.browse.parcels import DayParcels, day_parcels
from views.browse.recorded import Recorded, marks_of
from views.browse.tickets import TicketError, expiry, key_of, seal, store_at, unseal
from views.context import Context
from views.judged import day_key, judged_parcels
from views.kept_ledgers import kept_ledger
from views.places import Place

PATH: Final = "/gy/parcels"

Box = tuple[float, float, float, float]


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
        asked: Filter of the worklist (:class:`analytics.idle.worklist.WorkFilter`); with it
            ``places`` are prefecture, county and zone. Empty for other maps.
        marks: State of the ledgers, so that a change makes another ticket.
    """

    dataset: str
    number: int
    viewer: str
    prefectures: tuple[str, ...] | None
    day: str
    statuses: tuple[str, ...]
    places: tuple[str, ...]
    expires: int
    asked: str = ""
    marks: str = ""

    def sealed(self) -> str:
        """The ticket as text for an address."""
        return seal(asdict(self), _key())

    @classmethod
    def opened(cls, sealed: str, *, now: float) -> Ticket:
        """Read a ticket.

        Raises:
            TicketError: It was not written by this installation, or has expired.
        """
        raw = unseal(sealed, _key(), now=now)
        scope = raw["prefectures"]
        raw["prefectures"] = None if scope is None else tuple(scope)
        return cls(**{**raw, "statuses": tuple(raw["statuses"]), "places": tuple(raw["places"])})


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
        expires=expiry(time.time()),
        marks=repr(marks_of(ctx.store)),
    )
    return f"{base_path()}{PATH}?ticket={ticket.sealed()}"


def worklist_url(
    ctx: Context, version: Version, day: dt.date, *, place: Place, asked: WorkFilter
) -> str:
    """The same for the parcels of a worklist: judged with the facts of the ledgers."""
    scope = ctx.viewer.prefectures
    ticket = Ticket(
        dataset=version.dataset,
        number=version.number,
        viewer=ctx.viewer.name,
        prefectures=tuple(sorted(scope)) if scope is not None else None,
        day=day.isoformat(),
        statuses=(),
        places=(place.prefecture, place.county, place.zone),
        expires=expiry(time.time()),
        asked=asked.written(),
        marks=repr(day_key(ctx.store, ctx.viewer, version, day)[-2:]),
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
    """Parcels of one ticket: all n of the version, their status, and which are asked for."""

    parcels: DayParcels
    status: Codes
    keep: Bools

    def inside(self, box: Box, *, close: bool) -> dict[str, object]:
        """The parcels that touch a box, or only their number where they are too many."""
        west, south, east, north = box
        low, high = world_of(np.array([[west, north], [east, south]])).astype(np.int64)
        rows = self.parcels.shapes.rows_meeting(np.concatenate([low, high]))
        rows = rows[self.keep[rows]]
        status = self.status[rows]
        counts = np.bincount(status, minlength=len(STATUSES))
        answer: dict[str, object] = {
            "count": len(rows),
            "by_class": {k: int(n) for k, n in zip(STATUSES, counts, strict=True) if n},
        }
        if not close or len(rows) > INLINE_LIMIT:
            return {**answer, "aggregate": True}
        return {
            **answer,
            "keys": list(STATUSES),
            "class_of": status.tolist(),
            "ids": self.parcels.texts("parcel_id", rows),
            "shapes": encode(self.parcels.shapes.polygons(rows), scale=FINE_SCALE),
        }


@lru_cache(maxsize=12)
def _shapes(root: str, ticket: Ticket) -> _Shapes:
    scope = frozenset(ticket.prefectures) if ticket.prefectures is not None else None
    viewer, store = Viewer(ticket.viewer, scope), store_at(root)
    version = store.version(ticket.dataset, viewer, ticket.number)
    day = dt.date.fromisoformat(ticket.day)
    recorded = Recorded(store.root, marks_of(store))
    parcels = day_parcels(store.map_index(version, viewer), day, recorded)
    if ticket.asked:
        return _Shapes(parcels, *_worklist(store, viewer, version, day, ticket))
    keep = ParcelFilter(statuses=ticket.statuses).mask(parcels)
    mine = parcels.seen_by(viewer)
    if mine is not None:
        keep &= mine
    for place in ticket.places:
        here = [
            ParcelFilter(prefecture=place),
            ParcelFilter(county=place),
            ParcelFilter(zone=place),
        ]
        keep &= np.logical_or.reduce([one.mask(parcels) for one in here])
    return _Shapes(parcels, parcels.coded("status")[0], keep)


def _worklist(
    store: Store, viewer: Viewer, version: Version, day: dt.date, ticket: Ticket
) -> tuple[Codes, Bools]:
    """Status of all n parcels of the version, and which a worklist asks for."""
    rules = load_rules("idle", as_of=day)
    rows = Place(*ticket.places).within(judged_parcels(store, viewer, version, day))
    steps = work(rows, kept_ledger(store, "idle_case", viewer)[1], as_of=day, rules=rules)
    wanted = matching(rows, steps, WorkFilter.read(ticket.asked), as_of=day, rules=rules)
    n = store.map_index(version, viewer).rows
    status, keep = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=bool)
    at = rows.index.to_numpy()
    status[at] = pd.Index(STATUSES).get_indexer(pd.Index(rows["status"]))
    keep[at[wanted]] = True
    return status, keep


def _key() -> bytes:
    return key_of(str(Settings().store))
