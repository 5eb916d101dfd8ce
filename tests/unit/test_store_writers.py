"""Several writers at once: what was acknowledged survives, what was refused is said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from store import StaleVersionError, Viewer
from tests.store_world import NANCHANG, batches, parcels

ROOT = Path(__file__).resolve().parents[2]
ANN = Viewer("ann")
WRITERS, EDITS = 4, 6

# Each edit reads the current number, publishes after it, and starts again when told it is stale.
WRITER = """
import json, sys
from pathlib import Path
from store import StaleVersionError, Store, Viewer
from tests.store_world import NANCHANG, batches, parcels

root, name, edits, url = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
target, me = Store(root, url=url or None), Viewer(sys.argv[2])
acknowledged, refused = [], 0
for edit in range(edits):
    while True:
        seen = target.version("land", me).number
        try:
            version = target.commit(
                "land", parcels(2, tag=f"{name}-{edit}-"), kind="parcels", viewer=me,
                reason=f"{name} {edit}", seen=seen,
            )
        except StaleVersionError:
            refused += 1
        else:
            acknowledged.append((version.number, version.reason))
            break
for edit in range(edits):
    while True:
        row = target.ledger("batch", me)
        row["cropland_m2"] = row["cropland_m2"] + 1.0
        try:
            target.put_ledger("batch", row, viewer=me, reason=f"{name} {edit}")
        except StaleVersionError:
            refused += 1
        else:
            break
document = dict(kind="notice", number="1", dated=None, content=None, name="n", viewer=me)
key = NANCHANG + "演示批次"
for edit in range(edits):
    while True:
        (seen,) = target.documents("batch", key, me)
        try:
            target.put_document(
                "batch", key, reason=f"{name} {edit}", revision=seen.revision, **document
            )
        except StaleVersionError:
            refused += 1
        else:
            break
print(json.dumps({"acknowledged": acknowledged, "refused": refused}))
target.close()
"""


@pytest.mark.slow
def test_four_processes(store, database):
    store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="first")
    store.put_ledger("batch", batches(NANCHANG).assign(cropland_m2=0.0), viewer=ANN, reason="first")
    key = f"{NANCHANG}演示批次"
    document = {"kind": "notice", "number": "1"}
    store.put_document(
        "batch", key, dated=None, content=b"x", name="n", viewer=ANN, reason="first", **document
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.root), f"w{k}", str(EDITS), database or ""],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for k in range(WRITERS)
    ]
    done = [writer.communicate(timeout=200) for writer in running]
    assert [writer.returncode for writer in running] == [0] * WRITERS, done
    answers = [json.loads(out) for out, _ in done]
    acknowledged = sorted(tuple(a) for answer in answers for a in answer["acknowledged"])
    assert [number for number, _ in acknowledged] == list(range(2, WRITERS * EDITS + 2))
    survived = {v.number: v.reason for v in store.history("land", ANN)}
    assert all(survived[number] == reason for number, reason in acknowledged)
    assert store.version("land", ANN).number == WRITERS * EDITS + 1
    (row,) = store.ledger("batch", ANN).itertuples()
    assert row.cropland_m2 == WRITERS * EDITS
    assert row.revision == WRITERS * EDITS + 1
    assert len(store.changes("batch", ANN)) == WRITERS * EDITS + 1
    states = store.document_history("batch", key, ANN, **document)
    assert [state.revision for state in states] == list(range(WRITERS * EDITS + 1, 0, -1))
    assert {state.reason for state in states} == {"first"} | {
        f"w{k} {edit}" for k in range(WRITERS) for edit in range(EDITS)
    }


@pytest.mark.slow
def test_processes_that_open_a_new_store_together(open_store, database, tmp_path):
    code = (
        "import sys; from pathlib import Path; from store import Store, Viewer\n"
        "from tests.store_world import parcels\n"
        "store = Store(Path(sys.argv[1]), url=sys.argv[3] or None)\n"
        "store.commit(sys.argv[2], parcels(1), kind='parcels', viewer=Viewer('w'), reason='r')\n"
        "store.close()"
    )
    root = str(tmp_path / "fresh")
    running = [
        subprocess.Popen([sys.executable, "-c", code, root, f"land-{k}", database or ""], cwd=ROOT)
        for k in range(WRITERS)
    ]
    assert [writer.wait(timeout=120) for writer in running] == [0] * WRITERS
    assert len(open_store("fresh").datasets(ANN)) == WRITERS


def test_threads_share_one_store(store):
    store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="first")
    done: list[int] = []
    stale: list[StaleVersionError] = []

    def work(name: str) -> None:
        for edit in range(EDITS):
            seen = store.version("land", ANN).number
            try:
                version = store.commit(
                    "land",
                    parcels(2, tag=f"{name}{edit}"),
                    kind="parcels",
                    viewer=Viewer(name),
                    reason=name,
                    seen=seen,
                )
            except StaleVersionError as error:
                stale.append(error)
            else:
                done.append(version.number)
            assert len(store.read(store.version("land", ANN), ANN)) in (1, 2)

    threads = [threading.Thread(target=work, args=(f"t{k}",)) for k in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) + len(stale) == WRITERS * EDITS
    assert sorted(done) == list(range(2, len(done) + 2))
    assert store.version("land", ANN).number == len(done) + 1
