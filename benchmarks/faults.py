"""Kills, crowds and what survives them: figures of the store under faults, on fresh folders."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd

import demo
from domain import schema
from store import Store, Viewer, backup
from tests.unit.test_store_writers import WRITER

ROOT = Path(__file__).resolve().parents[1]
ANN = Viewer("bench")
KILLS = 50
WRITERS, EDITS = 4, 50
COPIES = 5  # 100,000 parcels

# Publishes the file it is given, says so, and ends.
PUBLISH = """
import sys
from pathlib import Path
from store import Store, Viewer

target = Store(Path(sys.argv[1]))
print("ready", flush=True)
target.commit_file("land", Path(sys.argv[2]), kind="parcels", viewer=Viewer("bo"), reason="next",
                   original=("a.zip", Path(sys.argv[2])))
print("done", flush=True)
"""


def finished_file(folder: Path) -> Path:
    """100,000 demonstration parcels as a file in final form."""
    one = demo.world().parcels
    many = gpd.GeoDataFrame(pd.concat([one] * COPIES, ignore_index=True), crs=one.crs)
    path = folder / "ready.parquet"
    schema.conform("parcels", many).to_parquet(
        path,
        index=False,
        compression="zstd",
        write_covering_bbox=True,
        row_group_size=20_000,
        schema_version="1.1.0",
    )
    return path


def whole(store: Store) -> int:
    """Number of versions, each of which can be read and is the one committed.

    Raises:
        AssertionError: One of them is not, or the trail does not fit.
    """
    assert backup.problems(store) == []
    history = store.history("land", ANN)
    for version in history:
        store.verify(version, ANN)
    newest = history[0]
    assert len(store.read(newest, ANN, columns=["parcel_id"])) == newest.rows
    assert [v.number for v in history] == list(range(len(history), 0, -1))
    assert len(store.audit(ANN, limit=10_000)) == len(history)
    return len(history)


def kills(count: int, folder: Path, *, seed: int = 1) -> dict[str, int]:
    """Kill a commit of 100,000 rows at random moments.

    Args:
        count: How many.
        folder: Empty folder to work in.
        seed: Of the moments.

    Returns:
        How often the ``old`` version, the ``new`` one, and the new one already ``acknowledged``
        stood afterwards; anything else is an error.
    """
    ready = finished_file(folder)
    store = Store(folder / "store")
    store.commit_file("land", ready, kind="parcels", viewer=ANN, reason="first")
    usual = min(_publish(store.root, ready, None)[1] for _ in range(2))
    moments = random.Random(seed)  # noqa: S311 - no secret
    found = {"old": 0, "new": 0, "acknowledged": 0}
    for _ in range(count):
        before = whole(store)
        said, _ = _publish(store.root, ready, moments.uniform(0.0, usual))
        store.close()
        store = Store(store.root)
        after = whole(store)
        assert after - before in (0, 1)
        assert after - before == 1 or "done" not in said
        found["new" if after > before else "old"] += 1
        found["acknowledged"] += "done" in said
    # What the dead left behind is swept, and nothing that is named with it.
    store.sweep(older_than=0.0)
    whole(store)
    return found


def _publish(root: Path, ready: Path, delay: float | None) -> tuple[str, float]:
    """What a publisher said, and how long its commit took; it is killed after ``delay`` seconds."""
    writer = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(root), str(ready)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    start = time.perf_counter()
    if delay is not None:
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
    said, _ = writer.communicate(timeout=300)
    return said, time.perf_counter() - start


def crowd(writers: int, edits: int, folder: Path, url: str | None = None) -> dict[str, int]:
    """Let processes publish, edit one ledger row and one document at once.

    Returns:
        ``acknowledged`` and ``survived`` edits, and ``refused`` ones, which were tried again.
    """
    from tests.store_world import NANCHANG, batches, parcels  # noqa: PLC0415

    store = Store(folder / "crowd", url=url)
    store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="first")
    store.put_ledger("batch", batches(NANCHANG).assign(cropland_m2=0.0), viewer=ANN, reason="r")
    facts = {"kind": "notice", "number": "1", "dated": None, "content": b"x", "name": "n"}
    key = f"{NANCHANG}演示批次"
    store.put_document("batch", key, viewer=ANN, reason="r", **facts)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.root), f"w{k}", str(edits), url or ""],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for k in range(writers)
    ]
    answers = [json.loads(writer.communicate(timeout=900)[0]) for writer in running]
    (row,) = store.ledger("batch", ANN).itertuples()
    states = store.document_history("batch", key, ANN, kind="notice", number="1")
    survived = store.version("land", ANN).number - 1 + int(row.cropland_m2) + len(states) - 1
    store.close()
    return {
        "acknowledged": 3 * edits * writers,
        "survived": survived,
        "refused": sum(answer["refused"] for answer in answers),
    }


def report() -> str:
    """Markdown of the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        struck = kills(KILLS, root)
        edited = crowd(WRITERS, EDITS, root)
    killed = (
        f"{KILLS} kills (SIGKILL) at random moments of a commit of 100,000 parcels: "
        f"{struck['old']} times exactly the old version, {struck['new']} times exactly the new "
        f"one ({struck['acknowledged']} of them acknowledged before the kill); every store "
        "opened without help, every version of it verified."
    )
    crowded = (
        f"{WRITERS} processes x {EDITS} publications, ledger edits and document edits on one "
        f"dataset, row and document: {edited['acknowledged']} acknowledged, "
        f"{edited['survived']} survived, {edited['refused']} conflicts said and tried again."
    )
    return f"## The store under faults\n\n{killed}\n\n{crowded}"


if __name__ == "__main__":
    print(report())
