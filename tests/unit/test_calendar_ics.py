"""The calendar file read back by the library, and its bytes against the standard."""

from __future__ import annotations

import datetime as dt

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.calendar_ics import Entry, write_ics

STAMP = dt.datetime(2026, 6, 30, 8, 0, tzinfo=dt.UTC)
ENTRY = Entry(
    version="parcels@3",
    key="360112-0001",
    kind="suspected_a",
    on=dt.date(2027, 2, 28),
    title="疑似闲置：甲厂（南昌县）",
    text="依据：《闲置土地处置办法》第二条\n面积：1.00 公顷",
    place="南昌县",
    category="满一年未动工",
)


def written(*entries, **options):
    return write_ics(entries, name="批而未用到期日历", stamp=STAMP, **options)


def read(data):
    return icalendar.Calendar.from_ical(data)


def test_an_event_comes_back_as_it_was():
    calendar = read(written(ENTRY))
    assert str(calendar["X-WR-CALNAME"]) == "批而未用到期日历"
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == dt.date(2027, 2, 28)
    assert event.decoded("dtend") == dt.date(2027, 3, 1)  # the day after, as all-day events end
    assert event.decoded("dtstamp") == STAMP
    assert str(event["summary"]) == ENTRY.title
    assert str(event["description"]) == ENTRY.text
    assert str(event["location"]) == "南昌县"
    assert event["categories"].cats == ["满一年未动工"]
    assert event.errors == []


def test_the_bytes_are_those_of_the_standard():
    data = written(ENTRY, Entry("v", "k", "lapse", dt.date(2026, 7, 1), "长" * 200))
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    lines = data.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in b"".join(lines)
    assert b"DTSTART;VALUE=DATE:20270228" in lines
    assert b"DTSTAMP:20260630T080000Z" in lines
    assert b"VERSION:2.0" in lines
    assert written(ENTRY) == written(ENTRY)


def test_an_id_is_that_of_version_key_and_kind_alone():
    again = Entry("parcels@3", "360112-0001", "suspected_a", dt.date(2028, 1, 1), "moved")
    assert again.uid == ENTRY.uid
    others = [
        Entry("parcels@4", "360112-0001", "suspected_a", ENTRY.on, ""),
        Entry("parcels@3", "360112-0002", "suspected_a", ENTRY.on, ""),
        Entry("parcels@3", "360112-0001", "two_years", ENTRY.on, ""),
        Entry("parcels@3/360112-0001", "", "suspected_a", ENTRY.on, ""),
    ]
    assert len({ENTRY.uid, *(other.uid for other in others)}) == 5
    assert ENTRY.uid.isascii()
    events = read(written(ENTRY, again)).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == ["moved"]


def test_foreign_text_cannot_leave_its_field():
    bad = "x;y,z\\n\r\nEND:VEVENT\r\nBEGIN:VALARM\x00\x1b"
    data = written(Entry("v", bad, "k", dt.date(2026, 7, 1), bad, bad, bad, bad))
    calendar = read(data)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]) == "x;y,z\\n END:VEVENT BEGIN:VALARM"
    assert str(event["description"]) == "x;y,z\\n\nEND:VEVENT\nBEGIN:VALARM"


def test_the_demonstration_mark_stands_before_every_title():
    calendar = read(written(ENTRY, mark="演示数据"))
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]) == "演示数据 " + ENTRY.title
    assert str(calendar["X-WR-CALNAME"]).startswith("演示数据")


def test_no_events_are_a_calendar_and_a_stamp_needs_its_zone():
    assert read(written()).walk("VEVENT") == []
    with pytest.raises(ValueError, match="time zone"):
        write_ics([], name="n", stamp=dt.datetime(2026, 6, 30))  # noqa: DTZ001 - refused


@given(title=st.text(max_size=120), text=st.text(max_size=300), key=st.text(max_size=40))
def test_any_text_can_be_read_back(title, text, key):
    data = written(Entry("v", key, "k", dt.date(2026, 7, 1), title, text))
    (event,) = read(data).walk("VEVENT")
    assert event.decoded("dtstart") == dt.date(2026, 7, 1)
    assert (
        str(event["summary"]).split()
        == title.translate(dict.fromkeys([*range(9), *range(11, 32), 127])).split()
    )
