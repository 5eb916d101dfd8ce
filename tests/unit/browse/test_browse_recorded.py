"""What an office records colours the map, under addresses of its own."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from domain.i18n import translator
from settings import Settings
from store import Store, Viewer
from tests.browse_world import DAY, EVERYBODY, NOW, Browser, committed, province
from tests.store_world import COUNTIES, NANCHANG
from views.browse.recorded import Recorded, marks_of
from views.browse.scene import scene
from views.browse.tickets import MapTicket
from views.context import Context

NUMBER = "3601122022B00007"


@pytest.fixture
def root(tmp_path):
    return tmp_path


@pytest.fixture
def version(root):
    """One parcel that stands idle for more than two years, of a supply that ledgers may name."""
    frame = (
        province(36)
        .iloc[[5]]
        .assign(supply_no=NUMBER, county_adcode=COUNTIES[NANCHANG], prefecture_adcode=NANCHANG)
    )
    return committed(root, frame)


def lettered(root):
    case = {
        "case_id": "A1",
        "supply_no": NUMBER,
        "county_adcode": COUNTIES[NANCHANG],
        "letter_no": "认〔2026〕1号",
        "letter_on": pd.Timestamp(DAY),
        "idle_m2": 100.0,
    }
    store = Store(root)
    store.put_ledger("idle_case", pd.DataFrame([case]), viewer=EVERYBODY, reason="r")
    return store


def seen_with(root, version, marks):
    browser = Browser(root, version)
    ticket = MapTicket(version.dataset, version.number, "t", None, NOW, marks=marks)
    browser.ticket = ticket.sealed(Store(root).ticket_key())
    return [row[0] for row in browser.get("summary").json["by"]["status"]]


def test_a_letter_in_the_ledger_colours_the_parcel(root, version):
    store = Store(root)
    before = marks_of(store)
    assert seen_with(root, version, before) == ["suspected_a2"]
    after = marks_of(lettered(root))
    assert seen_with(root, version, after) == ["determined"]


def test_an_address_keeps_showing_what_it_showed(root, version):
    before = marks_of(lettered(root))
    store = Store(root)
    store.end_ledger("idle_case", {"A1": None}, viewer=EVERYBODY, reason="r")
    now = marks_of(store)
    assert now != before
    assert seen_with(root, version, before) == ["determined"]
    assert seen_with(root, version, now) == ["suspected_a2"]


def test_the_card_says_what_the_colour_says(root, version):
    lettered(root)
    browser = Browser(root, version)
    card = browser.get("card/0").json
    assert card["kind"] == "已认定闲置"
    assert "A1" in str(card)


def test_a_page_gives_a_ticket_of_the_ledgers_as_they_stand(root, version, monkeypatch):
    monkeypatch.setenv("GANYUAN_STORE", str(root))

    def marks():
        ctx = Context(Settings(), Store(root), EVERYBODY, translator("zh_CN"), "ha")
        (dataset,) = scene(ctx, [version], version)["datasets"]
        sealed = dataset["versions"][0]["ticket"]
        return MapTicket.opened(sealed, Store(root).ticket_key(), now=time.time()).marks

    assert marks() == (0, 0)
    lettered(root)
    assert marks() == marks_of(Store(root)) != (0, 0)


def test_records_of_one_state_are_read_once(root, version):
    del version
    store = lettered(root)
    one, two = (Recorded(store.root, marks_of(store)) for _ in range(2))
    assert one.rows() is two.rows()


def test_a_viewer_of_another_prefecture_gets_the_same_colours_of_what_is_theirs(root, version):
    """The ledgers are read whole; what a viewer sees is decided by parcel."""
    marks = marks_of(lettered(root))
    viewer = Viewer("n", frozenset({NANCHANG}))
    browser = Browser(root, version, viewer)
    ticket = MapTicket(version.dataset, version.number, "n", (NANCHANG,), NOW, marks=marks)
    browser.ticket = ticket.sealed(Store(root).ticket_key())
    assert [row[0] for row in browser.get("summary").json["by"]["status"]] == ["determined"]
