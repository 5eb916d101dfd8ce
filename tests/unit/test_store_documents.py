"""Documents of ledger rows: every state is kept, and none is changed unseen."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from store import (
    DamagedVersionError,
    Document,
    DocumentError,
    StaleVersionError,
    UnknownDatasetError,
    Viewer,
)
from tests.store_world import GANZHOU, MOMENT, NANCHANG, batches

ANN = Viewer("ann")
BO = Viewer("bo")
SOUTH = Viewer("south", frozenset({GANZHOU}))
KEY = f"{NANCHANG}演示批次"
NOTICE = {"kind": "notice", "number": "赣自然资闲〔2026〕1号"}


@pytest.fixture
def clock():
    return iter(MOMENT + k * dt.timedelta(hours=1) for k in range(99))


@pytest.fixture
def store(open_store, clock):
    store = open_store(clock=lambda: next(clock))
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    return store


def put(store, content=b"scan", *, viewer=ANN, key=KEY, **more):
    facts = {"dated": dt.date(2026, 2, 3), "name": "通知书.pdf", "reason": "served", **NOTICE}
    return store.put_document("batch", key, content=content, viewer=viewer, **{**facts, **more})


def withdraw(store, revision, **more):
    facts = {"viewer": BO, "reason": "wrong parcel", "revision": revision, **NOTICE}
    return store.withdraw_document("batch", KEY, **{**facts, **more})


def test_a_document_comes_back_as_it_was_kept(store):
    kept = put(store)
    assert store.documents("batch", KEY, ANN) == [kept]
    assert isinstance(kept, Document)
    assert (kept.revision, kept.size, kept.withdrawn) == (1, 4, False)
    assert kept.sha256 == hashlib.sha256(b"scan").hexdigest()
    assert (kept.dated, kept.name) == (dt.date(2026, 2, 3), "通知书.pdf")
    assert (kept.changed_by, kept.reason) == ("ann", "served")
    assert store.document_content(kept, ANN) == b"scan"
    act = store.audit(ANN).iloc[0]
    assert (act["action"], act["subject"]) == ("document", f"batch:{KEY}")
    assert act["sha256"] == kept.sha256
    assert (act["rows_before"], act["rows_after"]) == (0, 1)


def test_a_change_is_a_further_state(store, tmp_path):
    first = put(store)
    path = tmp_path / "new.pdf"
    path.write_bytes(b"better scan")
    second = put(store, path, revision=1, viewer=BO, reason="clearer")
    assert second.revision == 2
    assert store.documents("batch", KEY, ANN) == [second]
    assert store.document_history("batch", KEY, ANN, **NOTICE) == [second, first]
    assert store.document_content(first, ANN) == b"scan"
    assert store.document_content(second, ANN) == b"better scan"
    assert store.sweep(older_than=0.0) == []


def test_without_a_file_the_one_before_stays(store):
    put(store)
    second = put(store, None, revision=1, dated=dt.date(2026, 2, 4))
    assert second.dated == dt.date(2026, 2, 4)
    assert store.document_content(second, ANN) == b"scan"
    bare = put(store, None, number="2")
    assert (bare.sha256, bare.size) == (None, 0)
    with pytest.raises(UnknownDatasetError):
        store.document_content(bare, ANN)


def test_a_state_that_was_not_seen_is_not_replaced(store):
    put(store)
    put(store, b"two", revision=1, viewer=BO)
    with pytest.raises(StaleVersionError) as refusal:
        put(store, b"three", revision=1)
    assert vars(refusal.value)["values"]["who"] == "bo"
    with pytest.raises(StaleVersionError):
        withdraw(store, 1)
    with pytest.raises(DocumentError, match="kept already") as again:
        put(store, b"three")
    assert again.value.code == "STO-015"
    assert len(list(store._folder.iterdir())) == 2


def test_a_withdrawn_document_is_kept_and_comes_back(store):
    put(store)
    gone = withdraw(store, 1)
    assert (gone.withdrawn, gone.revision, gone.changed_by) == (True, 2, "bo")
    assert store.documents("batch", KEY, ANN) == []
    assert store.documents("batch", KEY, ANN, include_withdrawn=True) == [gone]
    assert store.document_content(gone, ANN) == b"scan"
    with pytest.raises(DocumentError, match="withdrawn already"):
        withdraw(store, 2)
    back = put(store, None, revision=2)
    assert store.documents("batch", KEY, ANN) == [back]
    assert store.document_content(back, ANN) == b"scan"


def test_documents_as_of_a_moment(store):
    first = put(store)  # an hour after the ledger row
    gone = withdraw(store, 1)
    for moment, found in ((0, []), (1, [first]), (2, [])):
        as_of = MOMENT + dt.timedelta(hours=moment)
        assert store.documents("batch", KEY, ANN, as_of=as_of) == found
    assert gone.changed_at == MOMENT + dt.timedelta(hours=2)


@pytest.mark.parametrize(
    "wrong", [{"number": " "}, {"kind": "poem"}, {"number": "x" * 201}, {"name": "x" * 401}]
)
def test_documents_that_do_not_serve_are_refused(store, wrong):
    with pytest.raises(DocumentError):
        put(store, **wrong)
    assert store.documents("batch", KEY, ANN) == []


def test_a_document_that_is_not_there_cannot_be_changed(store):
    for act in (lambda: put(store, revision=1), lambda: withdraw(store, 1)):
        with pytest.raises(DocumentError, match="no such document"):
            act()


def test_a_document_needs_its_ledger_row(store):
    with pytest.raises(UnknownDatasetError):
        put(store, key="other")
    store.end_ledger("batch", {KEY: 1}, viewer=ANN, reason="r")
    with pytest.raises(UnknownDatasetError):
        put(store)
    assert not store._folder.exists() or list(store._folder.iterdir()) == []


def test_foreign_documents_do_not_exist(store):
    kept = put(store)
    assert store.documents("batch", KEY, SOUTH) == []
    assert store.documents("batch", None, SOUTH) == []
    assert store.documents("batch", None, ANN) == [kept]
    assert store.document_history("batch", KEY, SOUTH, **NOTICE) == []
    with pytest.raises(UnknownDatasetError):
        store.document_content(kept, SOUTH)
    with pytest.raises(UnknownDatasetError):
        put(store, viewer=SOUTH, revision=1)
    with pytest.raises(UnknownDatasetError):
        withdraw(store, 1, viewer=SOUTH)


def test_a_changed_file_is_noticed(store):
    kept = put(store)
    (path,) = store._folder.glob("*.document")
    path.write_bytes(b"forged")
    with pytest.raises(DamagedVersionError):
        store.document_content(kept, ANN)
