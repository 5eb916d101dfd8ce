"""The routes of the browse map: tiles, amounts, cards, finds, selections.

An address carries a ticket and a day; the rest of the query narrows what is shown. Answers depend
on nothing but the address and an immutable version, so a browser may keep them for ever; only cards
of parcels cite ledgers too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from analytics.parcel_filter import FilterError, ParcelFilter
from domain import reference
from domain.formats import AreaUnit
from domain.i18n import LANGUAGES, Language, translator
from domain.issues import explain
from geo.errors import GanyuanError
from geo.mercator import valid
from layers.web import INLINE_LIMIT, MAX_ZOOM
from settings import Settings
from store import Store, Version, Viewer
from store.map_index import MapIndex
from views.browse import answers, base, picture
from views.browse.chart import COLOURED, LAST_OVERVIEW, Chart, Coloured, chart
from views.browse.parcels import day_parcels
from views.browse.recorded import Recorded
from views.browse.selected import at_place, exported, selection
from views.browse.selection import SelectionError
from views.browse.tickets import MapTicket, TicketError, key_of, store_at
from views.browse.tile_cache import TileCache
from views.context import Context
from views.day import FIRST_DAY
from views.map_cards import zone_card
from views.parcel_cards import parcel_card

PREFIX: Final = "/gy/map"
FIRST_ZOOM: Final = 3
"""Smallest scale of tiles."""

_NEAR: Final = 0.05
"""Degrees about the seat of a zone that a map goes to."""

_log = logging.getLogger(__name__)
_OK, _BAD, _FORBIDDEN, _MISSING, _TROUBLE = 200, 400, 403, 404, 500
_VECTOR: Final = "application/vnd.mapbox-vector-tile"
_FOR_EVER: Final = "private, max-age=31536000, immutable"
_TILES: Final = TileCache()


class NoTileError(GanyuanError):
    """There is no such tile, row or day."""

    code = "LYR-004"


@dataclass(frozen=True)
class Asked:
    """One request, as far as it may be answered.

    Attributes:
        request: The request.
        store: The store.
        version: The version.
        viewer: Whom the ticket was written for.
        day: The day that is judged.
        recorded: The ledgers as the ticket names them.
    """

    request: Request
    store: Store
    version: Version
    viewer: Viewer
    day: dt.date
    recorded: Recorded

    @property
    def index(self) -> MapIndex:
        """What the map reads of the version; made anew where it is gone.

        Raises:
            NoTileError: The version does not hold parcels.
        """
        if self.version.kind != "parcels":
            raise NoTileError("this version holds no parcels; reload the page")
        return self.store.map_index(self.version, self.viewer)

    @property
    def query(self) -> dict[str, str]:
        """Parameters of the address."""
        return dict(self.request.query_params)

    @property
    def language(self) -> Language:
        """Language of the reader."""
        return _language(self.request)

    @property
    def unit(self) -> AreaUnit:
        """Unit of areas."""
        return "mu" if self.query.get("unit") == "mu" else "ha"

    @property
    def coloured(self) -> Coloured:
        """Which classes the map is coloured by."""
        asked = self.query.get("colour", "")
        return asked if asked in COLOURED else "status"

    def chart(self, *, filtered: bool = True) -> Chart:
        """The chart that the address asks for."""
        asked = ParcelFilter.asked(self.query) if filtered else ParcelFilter()
        return chart(self.index, self.day, self.viewer, asked, self.recorded)

    def context(self) -> Context:
        """What cards are written with."""
        t = translator(self.language)
        return Context(Settings(), self.store, self.viewer, t, self.unit)


def routes(prefix: str = "") -> list[BaseRoute]:
    """The routes of this module, for :func:`views.routes.routes`."""
    here = f"{prefix}{PREFIX}/{{ticket}}/{{day}}"
    return [
        Route(f"{prefix}{PREFIX}/base/{{name}}", base.answer, methods=["GET"]),
        *(
            Route(f"{here}/{path}", _boundary(answer), methods=["GET"])
            for path, answer in _ANSWERS.items()
        ),
        # Anything else below would be answered by the page itself.
        Route(f"{prefix}{PREFIX}/{{rest:path}}", _nothing, methods=["GET"]),
    ]


def _boundary(answer: Callable[[Asked], Response]) -> Callable[[Request], Response]:
    """The boundary of a route: refusals become words, the unexpected is logged."""

    def respond(request: Request) -> Response:
        try:
            return answer(_asked(request))
        except GanyuanError as error:
            return _refusal(request, error)
        except Exception:  # noqa: BLE001 - the boundary; logged with its traceback
            # Not the whole address: its ticket opens the version to whoever reads the log.
            ticket = request.path_params["ticket"]
            _log.exception("%s failed", request.url.path.replace(ticket, "<ticket>"))
            return _json({"error": "500"}, status=_TROUBLE)

    return respond


def _asked(request: Request) -> Asked:
    root = str(Settings().store)
    ticket = MapTicket.opened(request.path_params["ticket"], key_of(root), now=time.time())
    version = _version(root, ticket)
    try:
        day = max(dt.date.fromisoformat(request.path_params["day"]), FIRST_DAY)
    except ValueError:
        raise NoTileError("the day of the address is no date; reload the page") from None
    store = store_at(root)
    recorded = Recorded(store.root, ticket.marks)
    return Asked(request, store, version, ticket.holder, day, recorded)


@lru_cache(maxsize=256)
def _version(root: str, ticket: MapTicket) -> Version:
    """The version of a ticket; it never changes, so the catalogue is asked once."""
    return store_at(root).version(ticket.dataset, ticket.holder, ticket.number)


def _refusal(request: Request, error: GanyuanError) -> Response:
    status = _MISSING
    if isinstance(error, TicketError):
        status = _FORBIDDEN
    elif isinstance(error, (FilterError, SelectionError)):
        status = _BAD
    text = explain(error, _language(request))
    return _json({"error": error.code, "text": text}, status=status)


def _language(request: Request) -> Language:
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else "zh_CN"


def _nothing(request: Request) -> Response:
    return _refusal(request, NoTileError("there is nothing at this address; reload the page"))


def _json(content: dict[str, Any], *, status: int = _OK, kept: bool = True) -> Response:
    headers = {"Cache-Control": _FOR_EVER if kept and status == _OK else "no-store"}
    return JSONResponse(content, status_code=status, headers=headers)


def _tile(asked: Asked) -> Response:
    z, x, y = _place(asked.request)
    key = (*_tile_key(asked, z), z, x, y)
    content = _TILES.get(key, lambda: asked.chart().tile(z, x, y, asked.coloured))
    return _bytes(asked, key, content, _VECTOR, packed=True)


def _picture(asked: Asked) -> Response:
    z, x, y = _place(asked.request)
    key = ("picture", *_tile_key(asked, 0), z, x, y)
    content = _TILES.get(key, lambda: picture.drawn(asked.chart(), z, x, y, asked.coloured))
    return _bytes(asked, key, content, "image/png", packed=False)


def _tile_key(asked: Asked, z: int) -> tuple[object, ...]:
    """What the content of a tile depends on; beyond the overview most filters are the browser's."""
    wanted = ParcelFilter.asked(asked.query)
    if z > LAST_OVERVIEW:
        wanted = ParcelFilter(text=wanted.text)
    return (
        asked.version.sha256, asked.day, asked.recorded, asked.viewer.prefectures, wanted,
        asked.coloured,
    )  # fmt: skip


def _number(request: Request, name: str) -> int:
    """A whole number in the path; -1, which nothing has, for anything else."""
    text = request.path_params[name]
    return int(text) if text.isascii() and text.isdigit() else -1


def _place(request: Request) -> tuple[int, int, int]:
    z, x, y = (_number(request, name) for name in "zxy")
    if not (FIRST_ZOOM <= z <= MAX_ZOOM and valid(z, x, y)):
        raise NoTileError("there is no such tile; reload the page")
    return z, x, y


def _bytes(
    asked: Asked, key: tuple[object, ...], content: bytes, kind: str, *, packed: bool
) -> Response:
    """A tile; what it depends on names its content, which never changes."""
    tag = f'"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}"'
    headers = {"Cache-Control": _FOR_EVER, "ETag": tag}
    if asked.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=kind, headers=headers)


def _summary(asked: Asked) -> Response:
    return _json(answers.summary(asked.chart(), translator(asked.language), asked.unit))


def _cells(asked: Asked) -> Response:
    zoom = _number(asked.request, "z")
    if not FIRST_ZOOM <= zoom <= LAST_OVERVIEW:
        raise NoTileError("there are no cells at this zoom; reload the page")
    t = translator(asked.language)
    return _json(answers.cell_legend(asked.chart(), zoom, asked.coloured, t, asked.unit))


def _row(asked: Asked) -> int:
    """The row that the address names, if it is the viewer's."""
    rows = day_parcels(asked.index, asked.day, asked.recorded)
    mine = rows.seen_by(asked.viewer)
    row = _number(asked.request, "row")
    if not 0 <= row < rows.rows or (mine is not None and not mine[row]):
        raise NoTileError("there is no such parcel in this version; reload the page")
    return row


def _card(asked: Asked) -> Response:
    row = _row(asked)
    whole = asked.chart(filtered=False)
    found = asked.store.read_row(asked.version, asked.viewer, row)
    shown = parcel_card(asked.context(), found, asked.version, asked.day)
    place = {"bounds": answers.bounds_of(whole, [row])[0], "shape": answers.outline(whole, row)}
    # The ledgers that it cites change under the same version.
    return _json({**answers.card(shown), "row": row, **place}, kept=False)


def _line(asked: Asked) -> Response:
    row = _row(asked)
    t = translator(asked.language)
    return _json(answers.lines(asked.chart(filtered=False), [row], t, asked.unit)[0])


def _codes(asked: Asked) -> Response:
    return _json(answers.codes(asked.chart(filtered=False)))


def _units(asked: Asked) -> Response:
    column = {"county": "county_adcode", "zone": "zone_id"}.get(asked.request.path_params["level"])
    if column is None:
        raise NoTileError("there are no such units; reload the page")
    t = translator(asked.language)
    return _json(answers.unit_legend(asked.chart(), column, t, asked.unit))


def _cell(asked: Asked) -> Response:
    zoom, number = (_number(asked.request, name) for name in ("z", "number"))
    found = None
    if FIRST_ZOOM <= zoom <= LAST_OVERVIEW and number >= 0:
        t = translator(asked.language)
        found = answers.cell(asked.chart(), zoom, number, asked.coloured, t, asked.unit)
    return _found(found)


def _unit(asked: Asked) -> Response:
    t, code = translator(asked.language), asked.request.path_params["code"]
    return _found(answers.unit_card(asked.chart(), code, asked.coloured, t, asked.unit))


def _zone(asked: Asked) -> Response:
    zone = asked.request.path_params["zone"]
    shown = zone_card(asked.context(), zone)
    if shown is None:
        return _found(None)
    at = reference.zones().set_index("zone_id").geometry[zone]
    placed = at is not None and not at.is_empty
    bounds = [at.x - _NEAR, at.y - _NEAR, at.x + _NEAR, at.y + _NEAR] if placed else None
    t = translator(asked.language)
    amounts = answers.zone_amounts(asked.chart(), zone, asked.coloured, t, asked.unit)
    return _json({**answers.card(shown), **amounts, "bounds": bounds})


def _found(answer: dict[str, Any] | None) -> Response:
    if answer is None:
        raise NoTileError("there is nothing of this kind; reload the page")
    return _json(answer)


def _outlines(asked: Asked) -> Response:
    frame = asked.store.read(asked.version, asked.viewer, columns=["zone_id", "name"])
    if len(frame) > INLINE_LIMIT:
        raise NoTileError("this version has too many shapes for a layer of outlines")
    return _json(base.collection(frame, ["zone_id", "name"], decimals=6))


def _at(asked: Asked) -> Response:
    try:
        lon, lat = (float(asked.query.get(name, "")) for name in ("lon", "lat"))
    except ValueError:
        raise NoTileError("the place of the address is none; reload the page") from None
    return _json({"row": at_place(asked.chart(), lon, lat)})


def _find(asked: Asked) -> Response:
    text = asked.query.get("text", "").strip()[:60]
    if not text:
        return _json({"parcels": [], "parcel_count": "0", "zones": [], "places": []})
    plain = asked.chart(filtered=False)
    mine = plain.parcels.seen_by(asked.viewer)
    t = translator(asked.language)
    return _json(answers.find(plain, text, mine, t, asked.unit))


def _select(asked: Asked) -> Response:
    t = translator(asked.language)
    return _json(selection(asked.chart(), asked.query.get("shape", ""), t, asked.unit))


def _export(asked: Asked) -> Response:
    content = exported(asked.context(), asked.chart(), asked.version, asked.query.get("shape", ""))
    name = f"{asked.version.dataset}-v{asked.version.number}-selection.csv"
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {
        "Content-Disposition": f'attachment; filename="{ascii_name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv", headers=headers)


_ANSWERS: Final[dict[str, Callable[[Asked], Response]]] = {
    "tile/{z}/{x}/{y}": _tile,
    "picture/{z}/{x}/{y}": _picture,
    "summary": _summary,
    "cells/{z}": _cells,
    "units/{level}": _units,
    "unit/{code}": _unit,
    "cell/{z}/{number}": _cell,
    "zone/{zone}": _zone,
    "outlines": _outlines,
    "at": _at,
    "codes": _codes,
    "card/{row}": _card,
    "line/{row}": _line,
    "find": _find,
    "select": _select,
    "select.csv": _export,
}
