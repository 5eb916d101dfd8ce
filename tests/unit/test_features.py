"""Parcels by view: what the route answers, to whom, and what it refuses."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from urllib.parse import urlencode, urlsplit

import pandas as pd
import pytest
from starlette.requests import Request

from analytics.idle.worklist import WorkFilter
from domain.i18n import translator
from domain.parcels import conform
from layers.encode import decode
from layers.web import INLINE_LIMIT, PARCEL_ZOOM
from settings import Settings
from store import Store, Viewer
from tests.land_world import parcels as land_parcels
from tests.store_world import GANZHOU, NANCHANG, parcels, two_prefectures
from views import features
from views.browse.tickets import TicketError
from views.context import Context
from views.features import Ticket, parcels_url, worklist_url
from views.places import Place

DAY = dt.date(2026, 6, 30)
EVERYWHERE = "113,24,119,31"
# Nanchang's three squares lie side by side from 115.8 east, 0.001 degrees wide; see store_world.
FIRST_TWO = "115.8001,28.6001,115.8015,28.6005"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("GANYUAN_STORE", str(tmp_path))
    return Store(tmp_path)


@pytest.fixture
def version(store):
    return store.commit(
        "land", conform(two_prefectures()), kind="parcels", viewer=Viewer("t"), reason="r"
    )


def context(store, viewer):
    return Context(Settings(), store, viewer, translator("zh_CN"), "ha")


def ask(url, *, bbox=EVERYWHERE, zoom=PARCEL_ZOOM):
    query = urlsplit(url).query + "&" + urlencode({"bbox": bbox, "zoom": zoom})
    scope = {"type": "http", "query_string": query.encode(), "headers": [], "method": "GET"}
    response = features._answer(Request(scope))
    return response.status_code, json.loads(response.body), response.headers


def url(store, version, viewer=None, **narrow):
    return parcels_url(context(store, viewer or Viewer("t")), version, DAY, **narrow)


def test_a_view_holds_the_parcels_that_touch_it(store, version):
    status, answer, _ = ask(url(store, version), bbox=FIRST_TWO)
    assert status == 200
    assert sorted(answer["ids"]) == [f"P{NANCHANG}0000", f"P{NANCHANG}0001"]
    assert answer["count"] == 2
    (ring,) = decode(answer["shapes"])[0][0]
    assert ring[:, 0].min() == pytest.approx(115.8)
    assert {answer["keys"][i] for i in answer["class_of"]} == {"unknown_start"}
    assert answer["by_class"] == {"unknown_start": 2}


def test_a_letter_in_the_ledger_colours_the_parcel(store):
    world = land_parcels([{"supply_no": "3601122022B00007", "start_due": "2023-01-01"}])
    version = store.commit("land", world, kind="parcels", viewer=Viewer("t"), reason="r")
    before = url(store, version)
    assert ask(before)[1]["by_class"] == {"suspected_a2": 1}
    case = {
        "case_id": "A1", "supply_no": "3601122022B00007", "county_adcode": "360112",
        "letter_no": "1号", "letter_on": pd.Timestamp("2026-01-05"), "idle_m2": 1.0,
    }  # fmt: skip
    store.put_ledger("idle_case", pd.DataFrame([case]), viewer=Viewer("t"), reason="r")
    assert url(store, version) != before
    assert ask(url(store, version))[1]["by_class"] == {"determined": 1}


def test_answers_carry_ids_and_classes_but_no_attributes(store, version):
    _, answer, _ = ask(url(store, version))
    assert set(answer) == {"count", "by_class", "keys", "class_of", "ids", "shapes"}


@pytest.mark.parametrize(
    ("zoom", "single"), [(PARCEL_ZOOM, True), (PARCEL_ZOOM - 1, False), (PARCEL_ZOOM - 0.01, False)]
)
def test_small_scales_get_totals_only(store, version, zoom, single):
    _, answer, _ = ask(url(store, version), zoom=zoom)
    assert ("ids" in answer) is single
    assert answer.get("aggregate", False) is not single
    assert answer["count"] == 5


@pytest.mark.parametrize(("n", "single"), [(INLINE_LIMIT, True), (INLINE_LIMIT + 1, False)])
def test_too_many_parcels_are_counted_never_thinned(store, n, single):
    many = parcels(1).loc[[0] * n].reset_index(drop=True)
    many["parcel_id"] = [f"P{i}" for i in range(n)]
    version = store.commit("many", conform(many), kind="parcels", viewer=Viewer("t"), reason="r")
    _, answer, _ = ask(url(store, version))
    assert answer["count"] == n
    assert ("ids" in answer) is single


@pytest.mark.usefixtures("version")
def test_a_viewer_of_one_prefecture_sees_no_other(store):
    south = Viewer("south", frozenset({GANZHOU}))
    own = store.version("land", south)
    _, answer, _ = ask(url(store, own, south))
    assert sorted(answer["ids"]) == [f"P{GANZHOU}0000", f"P{GANZHOU}0001"]


def test_the_filter_of_the_page_holds_in_the_view(store, version):
    assert ask(url(store, version, places=(GANZHOU,)))[1]["count"] == 2
    assert ask(url(store, version, places=("360112",)))[1]["count"] == 3
    assert ask(url(store, version, statuses=("unknown_start",)))[1]["count"] == 5
    assert ask(url(store, version, statuses=("completed",)))[1]["count"] == 0


def test_an_empty_view_is_an_answer(store, version):
    status, answer, _ = ask(url(store, version), bbox="117,30,117.1,30.1")
    assert (status, answer["count"], answer["ids"]) == (200, 0, [])


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "a,b,c,d", "nan,24,119,31", "119,24,113,31", "113,31,119,24", "1,2,3,inf"]
)
def test_a_broken_box_is_refused(store, version, bbox):
    assert ask(url(store, version), bbox=bbox)[0] == 400


def forged(sealed):
    body, mac = sealed.split(".")
    raw = json.loads(base64.urlsafe_b64decode(body)) | {"prefectures": None, "viewer": "boss"}
    return base64.urlsafe_b64encode(json.dumps(raw).encode()).decode() + "." + mac


@pytest.mark.parametrize(
    "change", [forged, lambda _: "", lambda _: "a.b.c", lambda s: s[:-8], lambda s: "x" + s]
)
def test_a_ticket_that_was_changed_opens_nothing(store, version, change):
    ticket = urlsplit(url(store, version)).query.removeprefix("ticket=")
    status, answer, _ = ask(f"/gy/parcels?ticket={change(ticket)}")
    assert (status, answer) == (403, {"error": "LYR-003"})


def ticket(expires):
    return Ticket("land", 1, "t", None, "2026-06-30", (), (), expires)


def test_a_ticket_ends_with_its_last_second():
    assert Ticket.opened(ticket(100).sealed(), now=100.0) == ticket(100)
    with pytest.raises(TicketError, match="too old"):
        Ticket.opened(ticket(100).sealed(), now=100.5)


def test_a_page_drawn_again_sends_the_same_address(store, version, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    first = url(store, version)
    monkeypatch.setattr(time, "time", lambda: 1_000_060.0)
    assert url(store, version) == first


@pytest.mark.usefixtures("version")
def test_a_version_that_is_not_there_is_not_found():
    sealed = Ticket("land", 9, "t", None, "2026-06-30", (), (), 2_000_000_000_000).sealed()
    assert ask(f"/gy/parcels?ticket={sealed}")[0] == 404


def test_answers_may_be_kept_by_the_browser_refusals_not(store, version):
    headers = ask(url(store, version))[2]
    assert headers["cache-control"].startswith("private, max-age")
    assert headers["access-control-allow-origin"] == "*"
    assert ask(url(store, version), bbox="x")[2]["cache-control"] == "no-store"


def work_url(store, version, viewer=None, *, place=Place(), **asked):  # noqa: B008 - frozen
    ctx = context(store, viewer or Viewer("t"))
    return worklist_url(ctx, version, DAY, place=place, asked=WorkFilter(**asked))


def test_a_worklist_is_judged_with_the_ledgers(tmp_path, monkeypatch):
    monkeypatch.setenv("GANYUAN_STORE", str(tmp_path))
    store, viewer = Store(tmp_path), Viewer("t")
    number = "3601122020B00001"
    land = land_parcels([{"supply_no": number, "start_due": "2024-01-01"}, {"batch_id": "B"}])
    version = store.commit("land", land, kind="parcels", viewer=viewer, reason="r")
    before = work_url(store, version)
    assert ask(before)[1]["by_class"] == {"unsupplied": 1, "suspected_a2": 1}
    case = {
        "case_id": "C",
        "supply_no": number,
        "county_adcode": "360112",
        "idle_m2": 1.0,
        "letter_no": "L",
        "letter_on": pd.Timestamp("2026-01-01"),
    }
    store.put_ledger("idle_case", pd.DataFrame([case]), viewer=viewer, reason="r")
    after = work_url(store, version)
    assert after != before
    assert ask(after)[1]["by_class"] == {"unsupplied": 1, "determined": 1}


def test_a_worklist_is_filtered_like_the_list(store, version):
    assert ask(work_url(store, version, text=f"{NANCHANG}0001"))[1]["ids"] == [f"P{NANCHANG}0001"]
    assert ask(work_url(store, version, statuses=("determined",)))[1]["count"] == 0
    here = ask(work_url(store, version, place=Place(GANZHOU)))[1]
    assert here["count"]
    assert all(GANZHOU[:4] in name for name in here["ids"])


def test_a_worklist_shows_the_scope_of_its_viewer(store, version):
    part = Viewer("g", frozenset({GANZHOU}))
    every = ask(work_url(store, version))[1]["ids"]
    mine = ask(work_url(store, version, part))[1]["ids"]
    assert set(mine) < set(every)
    assert mine == ask(url(store, version, part))[1]["ids"]
