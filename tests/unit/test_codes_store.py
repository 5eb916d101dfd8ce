"""Refusals of the store by code: on a real folder and catalogue, with the neighbour that passes."""

from __future__ import annotations

import sqlite3

import pytest

from domain.i18n import LANGUAGES
from domain.issues import explain
from store import Store, StoreError, Viewer, engine, files
from tests.store_world import GANZHOU, NANCHANG, batches, parcels, two_prefectures

ANN = Viewer("ann")
NAN = Viewer("nan", frozenset({NANCHANG}))


def put(store: Store, frame=None, *, name: str = "land", viewer: Viewer = ANN, **more: object):
    facts = {"kind": "parcels", "reason": "first", **more}
    return store.commit(name, parcels() if frame is None else frame, viewer=viewer, **facts)


def refused(code: str, act, *args: object, **more: object) -> tuple[tuple[object, ...], str]:
    """Rows and Chinese words of a refusal, after a look at its code and at both languages."""
    with pytest.raises(StoreError) as caught:
        act(*args, **more)
    error = caught.value
    assert error.code == code
    texts = [explain(error, language) for language in LANGUAGES]
    assert all(text and "{" not in text and "}" not in text for text in texts), texts
    assert texts[0] != texts[1]
    return error.rows, texts[0]


def test_sto_001_what_is_not_there_or_not_the_viewer_s(store):
    version = put(store)
    assert store.version("land", NAN).number == 1
    other = Viewer("ganzhou", frozenset({GANZHOU}))
    for act in (
        lambda: store.version("other", ANN),
        lambda: store.version("land", ANN, 2),
        lambda: store.version("land", ANN, 0),
        lambda: store.version("land", other),
        lambda: store.history("land", other),
        lambda: store.read(version, other),
        lambda: store.undo("other", viewer=ANN, reason="r"),
        lambda: store.end("other", viewer=ANN, reason="r"),
    ):
        refused("STO-001", act)


@pytest.mark.parametrize(
    ("wrong", "rows"),
    [
        ({"name": "Land"}, ()),
        ({"name": "a" * 81}, ()),
        ({"reason": " "}, ()),
        ({"reason": "x" * 401}, ()),
        ({"kind": "batch"}, ()),
        ({"frame": parcels(0)}, ()),
        ({"frame": parcels().set_crs(4326, allow_override=True)}, ()),
        ({"frame": parcels().drop(columns="prefecture_adcode")}, ()),
        ({"frame": parcels().assign(prefecture_adcode=[NANCHANG, GANZHOU, "430100"])}, (1, 2)),
    ],
)
def test_sto_003_what_cannot_be_stored(store, wrong, rows):
    assert refused("STO-003", put, store, **wrong)[0] == rows
    assert store.datasets(ANN) == []
    assert put(store, name="a" * 80, reason="x" * 400).number == 1


def test_sto_004_rows_of_another_prefecture(store):
    assert put(store, parcels(1), viewer=NAN).number == 1
    _, told = refused("STO-004", put, store, two_prefectures(), viewer=NAN, name="both")
    assert GANZHOU in told
    assert NANCHANG not in told
    assert put(store, two_prefectures(), name="both").number == 1
    refused("STO-004", put, store, parcels(1), viewer=NAN, name="both")
    refused("STO-004", store.put_ledger, "batch", batches(GANZHOU), viewer=NAN, reason="r")
    assert store.put_ledger("batch", batches(NANCHANG), viewer=NAN, reason="r") == 1


def test_sto_000_a_folder_that_is_no_folder(tmp_path):
    store = Store(tmp_path / "store")
    (store.root / "files").write_bytes(b"in the way")
    refused("STO-000", put, store)
    assert store.datasets(ANN) == []
    (store.root / "files").unlink()
    assert put(store).number == 1


def test_sto_006_a_catalogue_that_another_writer_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    store = Store(tmp_path / "store")
    other = sqlite3.connect(store.root / "catalogue.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused("STO-006", put, store)
    assert store.datasets(ANN) == []  # reading waits for nobody
    other.execute("ROLLBACK")
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM dataset").fetchone() == (0,)
    assert put(store).number == 1  # nor does writing wait for readers
    other.close()


@pytest.mark.parametrize("harm", ["gone", "byte", "cut", "longer", "other"])
def test_sto_007_a_version_file_that_is_no_longer_the_one(store, harm: str):
    first, second = put(store), put(store, parcels(2), name="two")
    path = next(p for p in store._folder.glob("*.parquet") if files.digest(p) == first.sha256)
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        changed = {
            "byte": content[:100] + bytes([content[100] ^ 1]) + content[101:],
            "cut": content[:-1],
            "longer": content + b"\0",
            "other": next(p for p in store._folder.glob("*.parquet") if p != path).read_bytes(),
        }
        path.write_bytes(changed[harm])
    refused("STO-007", store.verify, first, ANN)
    store.verify(second, ANN)
    path.write_bytes(content)
    store.verify(first, ANN)
    assert len(store.read(first, ANN)) == 3


@pytest.mark.parametrize("later", [0, 1, 90])
def test_sto_008_a_store_of_a_later_release(tmp_path, later: int):
    root = tmp_path / "store"
    Store(root).close()
    raw = sqlite3.connect(root / "catalogue.sqlite")
    (known,) = raw.execute("PRAGMA user_version").fetchone()
    raw.execute(f"PRAGMA user_version={known + later}")
    raw.commit()
    raw.close()
    if later:
        assert str(known + later) in refused("STO-008", Store, root)[1]
    else:
        assert Store(root).datasets(ANN) == []
