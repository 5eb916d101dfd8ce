"""Signed tickets: what the addresses of a map allow to see.

The routes of a map lie outside the session of a page. A ticket names a version and the viewer's
prefectures and is signed with the store's own key, so a route gives nobody more than the page that
wrote the ticket, and every process of an installation reads the tickets of the others.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from domain.paths import DATA
from geo.errors import GanyuanError
from store import Store, Version, Viewer
from views.judged import Marks

_STEP_SECONDS: Final = 6 * 3600
_STEPS: Final = 3


class TicketError(GanyuanError):
    """The address was not written by this installation, or is too old."""

    code = "LYR-003"


@dataclass(frozen=True, slots=True)
class MapTicket:
    """The right to see a version.

    Attributes:
        dataset: Name of the dataset.
        number: Version number.
        viewer: Name of the person whose page wrote it.
        prefectures: Scope of the viewer; None is the whole province.
        expires: Seconds since 1970 after which the ticket is void.
        edition: Digest of the rules that colours rest on: browsers keep what an address gave, so
            another edition needs other addresses.
        marks: State of the ledgers that colours rest on, for the same reason; empty judges by the
            version alone.
    """

    dataset: str
    number: int
    viewer: str
    prefectures: tuple[str, ...] | None
    expires: int
    edition: str = ""
    marks: Marks = ()

    @classmethod
    def of(cls, version: Version, viewer: Viewer, *, now: float, marks: Marks = ()) -> MapTicket:
        """A ticket of a version; the same one for hours, so that browsers keep what they have."""
        scope = viewer.prefectures
        return cls(
            dataset=version.dataset,
            number=version.number,
            viewer=viewer.name,
            prefectures=tuple(sorted(scope)) if scope is not None else None,
            expires=expiry(now),
            edition=edition(),
            marks=marks,
        )

    @property
    def holder(self) -> Viewer:
        """The viewer that it was written for."""
        scope = None if self.prefectures is None else frozenset(self.prefectures)
        return Viewer(self.viewer, scope)

    def sealed(self, key: bytes) -> str:
        """The ticket as text for an address."""
        return seal(asdict(self), key)

    @classmethod
    def opened(cls, sealed: str, key: bytes, *, now: float) -> MapTicket:
        """Read a ticket.

        Raises:
            TicketError: It was not written with this key, or has expired.
        """
        raw = unseal(sealed, key, now=now)
        scope = raw["prefectures"]
        raw["prefectures"] = None if scope is None else tuple(scope)
        return cls(**{**raw, "marks": tuple(raw["marks"])})


@cache
def edition() -> str:
    """Digest of the rules of idle land and the table of land classes."""
    found = hashlib.sha256()
    for path in (DATA / "rules" / "idle.toml", DATA / "reference" / "land_classes.csv"):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def expiry(now: float) -> int:
    """When a ticket written now ends: between 12 and 18 hours, the same for six hours."""
    return (int(now) // _STEP_SECONDS + _STEPS) * _STEP_SECONDS


def seal(content: dict[str, Any], key: bytes) -> str:
    """Signed JSON as text for an address."""
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return f"{_text(body)}.{_text(_mac(body, key))}"


def unseal(sealed: str, key: bytes, *, now: float) -> dict[str, Any]:
    """The content of :func:`seal`, which has a field ``expires``.

    Raises:
        TicketError: It was not written with this key, or has expired.
    """
    try:
        body, mac = (base64.urlsafe_b64decode(part) for part in sealed.split("."))
    except ValueError:
        raise TicketError("the address of the parcels is damaged; reload the page") from None
    if not hmac.compare_digest(mac, _mac(body, key)):
        raise TicketError("the address of the parcels is not valid; reload the page")
    raw: dict[str, Any] = json.loads(body)
    if now > raw["expires"]:
        raise TicketError("the address of the parcels is too old; reload the page")
    return raw


@lru_cache(maxsize=4)
def store_at(root: str) -> Store:
    """The store of an installation, one for all routes of the process."""
    return Store(Path(root))


@lru_cache(maxsize=4)
def key_of(root: str) -> bytes:
    """The key of that store."""
    return store_at(root).ticket_key()


def map_ticket(root: str, version: Version, viewer: Viewer, marks: Marks = ()) -> str:
    """The sealed ticket that a page gives to its map now.

    Args:
        root: Folder of the store.
        version: What is drawn.
        viewer: Who looks.
        marks: State of the ledgers that colours rest on; none for what no ledger colours.
    """
    return MapTicket.of(version, viewer, now=time.time(), marks=marks).sealed(key_of(root))


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
