"""Short forms of the measurements that take long."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import demo
from benchmarks import exports, faults, ingest
from benchmarks.document import Findings, Table, spread
from export import datasets
from store import Store

KILLS = 10
EDITS = 15


def upload() -> Findings:
    """An upload of 100,000 parcels."""
    with tempfile.TemporaryDirectory() as folder:
        turns = ingest.compare(ingest.SIDES["100,000"], Path(folder))
    rows = [
        (
            name,
            spread(turn[i].wall_s for turn in turns),
            spread(turn[i].cpu_s for turn in turns),
            max(turn[i].peak_mb for turn in turns),
            spread(turn[0].wall_s / turn[i].wall_s for turn in turns),
        )
        for i, name in enumerate(("plain geopandas", "ours with all checks"))
    ]
    return Findings(
        "Upload of 100,000 parcels, from zip to published version",
        "Plain: geopandas read, `make_valid`, `to_crs`, GeoPackage; it checks nothing and keeps no "
        f"areas. {len(turns)} turns.",
        (Table(("way", "wall s", "CPU s", "MB", "ratio"), tuple(rows), (None, 1, 1, 0, 2)),),
    )


def store_faults() -> Findings:
    """Some kills of a commit, and a crowd of writers."""
    with tempfile.TemporaryDirectory() as folder:
        struck = faults.kills(KILLS, Path(folder))
        edited = faults.crowd(faults.WRITERS, EDITS, Path(folder))
    rows = [(f"{KILLS} kills: {name}", count) for name, count in struck.items()]
    rows += [(f"{faults.WRITERS} writers: edits {name}", count) for name, count in edited.items()]
    return Findings(
        "The store under a few faults",
        "SIGKILL at random moments of a commit of 100,000 parcels leaves the old version or the "
        "new one, whole; what is acknowledged of edits made at once has survived.",
        (Table(("what", "count"), tuple(rows), (None, 0)),),
    )


def exports_of_20_000() -> Findings:
    """The parcels of the demonstration in every format, once."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = Store(root / "store")
        parcels = demo.world().parcels
        version = store.commit(
            "land", parcels, kind="parcels", viewer=exports.ANN, reason="benchmark"
        )
        rows = []
        for form, suffix in datasets.SUFFIX.items():
            begun = time.perf_counter()
            taken = datasets.of_version(store, version, exports.ANN, exports.HOW)
            done = datasets.write(taken, form, root / f"parcels{suffix}", exports.HOW)
            rows.append((form, time.perf_counter() - begun, done.size / 2**20))
        store.close()
    return Findings(
        f"Exports of {len(parcels):,} parcels",
        "From the stored version to the file on disk for good, once each, with 40 fields.",
        (Table(("format", "s", "MB"), tuple(rows), (None, 1, 1)),),
    )
