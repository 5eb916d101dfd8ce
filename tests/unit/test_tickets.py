"""Tickets of the map: what they let through, for how long, and that nothing else passes."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import Store, Viewer
from tests.store_world import GANZHOU, NANCHANG
from views.browse.tickets import MapTicket, TicketError, expiry, key_of, seal, unseal

KEY = bytes(range(32))
SIX_HOURS = 6 * 3600
SCOPES = [None, (), (GANZHOU,), (NANCHANG, GANZHOU)]


def ticket(**changed):
    given_ = {"dataset": "地块", "number": 3, "viewer": "周", "prefectures": None, "expires": 100}
    return MapTicket(**{**given_, **changed})


@pytest.mark.parametrize("scope", SCOPES)
def test_a_ticket_comes_back_as_it_was_sealed(scope):
    one = ticket(prefectures=scope)
    assert MapTicket.opened(one.sealed(KEY), KEY, now=100.0) == one
    assert one.holder == Viewer("周", None if scope is None else frozenset(scope))


def test_a_ticket_ends_with_its_last_second():
    sealed = ticket(expires=100).sealed(KEY)
    assert MapTicket.opened(sealed, KEY, now=100.0).expires == 100
    with pytest.raises(TicketError, match="too old"):
        MapTicket.opened(sealed, KEY, now=100.5)


@pytest.mark.parametrize(
    ("now", "ends"),
    [(0, 3), (SIX_HOURS - 0.5, 3), (SIX_HOURS, 4), (SIX_HOURS + 1, 4), (10 * SIX_HOURS - 1, 12)],
)
def test_tickets_of_six_hours_are_the_same(now, ends):
    assert expiry(now) == ends * SIX_HOURS
    assert 12 * 3600 < expiry(now) - now <= 18 * 3600


def forged(sealed):
    """The body of another viewer with the old signature."""
    body, mac = sealed.split(".")
    raw = json.loads(base64.urlsafe_b64decode(body)) | {"prefectures": None, "viewer": "boss"}
    return base64.urlsafe_b64encode(json.dumps(raw).encode()).decode() + "." + mac


CHANGES = [
    forged,
    lambda _: "",
    lambda _: ".",
    lambda _: "a.b.c",
    lambda _: "票.据",
    lambda s: s[:-8],
    lambda s: s.split(".", maxsplit=1)[0],
    lambda s: s.split(".", maxsplit=1)[0] + ".",
    lambda s: s[4:],
    lambda s: "x" + s,
    lambda s: s + "." + s,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_ticket_opens_nothing(change):
    sealed = ticket(prefectures=(GANZHOU,)).sealed(KEY)
    with pytest.raises(TicketError) as caught:
        MapTicket.opened(change(sealed), KEY, now=0.0)
    assert caught.value.code == "LYR-003"


def test_a_ticket_of_another_key_opens_nothing():
    with pytest.raises(TicketError, match="not valid"):
        MapTicket.opened(ticket().sealed(KEY), KEY[::-1], now=0.0)


@given(st.text(max_size=200))
def test_no_text_opens_anything(text):
    with pytest.raises(TicketError):
        MapTicket.opened(text, KEY, now=0.0)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_signed_content_comes_back(content):
    whole = {**content, "expires": 10}
    assert unseal(seal(whole, KEY), KEY, now=10.0) == whole


# ---- the key


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    key = Store(tmp_path).ticket_key()
    assert len(key) == 32
    assert Store(tmp_path).ticket_key() == key
    assert key_of(str(tmp_path)) == key
    (path,) = tmp_path.glob("*.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.key")), "nothing stays beside"


def test_stores_have_keys_of_their_own(tmp_path):
    assert Store(tmp_path / "a").ticket_key() != Store(tmp_path / "b").ticket_key()


def test_processes_agree_on_the_key(tmp_path):
    code = (
        "import sys; from pathlib import Path; from store import Store; "
        "print(Store(Path(sys.argv[1])).ticket_key().hex())"
    )
    Store(tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    keys = {process.communicate(timeout=120)[0].strip() for process in running}
    assert keys == {Store(tmp_path).ticket_key().hex()}


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_key_that_was_cut_is_replaced_not_used(tmp_path, content):
    """With an empty key anybody could sign."""
    store = Store(tmp_path)
    store.ticket_key()
    (path,) = tmp_path.glob("*.key")
    path.write_bytes(content)
    key = store.ticket_key()
    assert len(key) == 32
    assert key != content
    assert store.ticket_key() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
