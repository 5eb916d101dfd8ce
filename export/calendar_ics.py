"""Coming days as a calendar file (RFC 5545) that the calendar of an office reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from icalendar import Calendar, Event

MIME: Final = "text/calendar"
_PRODUCT: Final = "-//Ganyuan//idle land//ZH"
# Characters that a text of RFC 5545 cannot hold; line ends stay and are escaped.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BREAKS: Final = re.compile(r"\s+")
_UID: Final = re.compile(r"[^0-9A-Za-z._-]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One day of the calendar.

    Attributes:
        version: Dataset version that the parcel is of; part of the stable id.
        key: Number of the parcel, case or batch; part of the stable id.
        kind: What comes; part of the stable id.
        on: The day.
        title: What a calendar shows in a cell.
        text: What it shows when opened; lines are kept.
        place: Where, as text; empty for none.
        category: Word to filter by; empty for none.
    """

    version: str
    key: str
    kind: str
    on: dt.date
    title: str
    text: str = ""
    place: str = ""
    category: str = ""

    @property
    def uid(self) -> str:
        """The same for one event in every export, so that an import renews it."""
        parts = (_UID.sub(_hex, part) for part in (self.version, self.key, self.kind))
        return "/".join(parts) + "@ganyuan"


def write_ics(entries: Sequence[Entry], *, name: str, stamp: dt.datetime, mark: str = "") -> bytes:
    """Write all-day events.

    Texts are escaped and folded as the standard asks; control characters are left out. The same
    arguments give the same bytes.

    Args:
        entries: Any number; of several with one id the last counts, as a calendar would have it.
        name: Name of the calendar.
        stamp: When the figures were made; a calendar takes the later of two versions of an event.
        mark: Words of the demonstration mark, before every title; empty for none.

    Returns:
        UTF-8 with lines of at most 75 octets, ended by CR LF.

    Raises:
        ValueError: ``stamp`` has no time zone.
    """
    if stamp.tzinfo is None:
        raise ValueError("the stamp of a calendar needs a time zone")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _line(f"{mark} {name}"))
    for entry in {entry.uid: entry for entry in entries}.values():
        calendar.add_component(_event(entry, stamp.astimezone(dt.UTC), mark))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, stamp: dt.datetime, mark: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + dt.timedelta(days=1))
    event.add("summary", _line(f"{mark} {entry.title}"))
    # A deadline keeps nobody busy for the day.
    event.add("transp", "TRANSPARENT")
    texts = {"description": _text(entry.text), "location": _line(entry.place)}
    for field, text in texts.items():
        if text:
            event.add(field, text)
    if entry.category:
        event.add("categories", [_line(entry.category)])
    return event


def _hex(found: re.Match[str]) -> str:
    return "".join(f"={byte:02X}" for byte in found.group().encode())


def _text(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _line(text: str) -> str:
    return _BREAKS.sub(" ", _CONTROL.sub("", text)).strip()
