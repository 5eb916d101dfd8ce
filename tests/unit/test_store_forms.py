"""Catalogues of earlier releases are brought up when they are opened, wholly or not at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from store import Store, StoreTooNewError, Viewer, forms, model
from tests.store_forms import build_form_four, build_form_one, build_form_three, build_form_two
from tests.store_world import MOMENT, NANCHANG, batches, parcels, supplies

ROOT = Path(__file__).resolve().parents[2]
ANN = Viewer("ann")
KEY = "演示批次"

# Opens the store and ends itself with SIGKILL after a number of statements of the steps.
KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from store import Store

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(_connection, _cursor, statement, *_rest):
    global left
    if statement.split()[0].upper() in {"CREATE", "ALTER", "DROP", "INSERT", "UPDATE"}:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

Store(Path(sys.argv[1]), url=sys.argv[3] or None)
"""


@pytest.fixture(params=[build_form_one, build_form_two, build_form_three, build_form_four])
def old(tmp_path, database, request):
    """Folder of a store of an earlier form."""
    request.param(tmp_path / "store", database)
    return tmp_path / "store"


@pytest.fixture
def store(old, open_store):
    """A store of an earlier form, opened by this release."""
    assert (old / "files").exists()
    return open_store()


def triggers(url):
    """Names of the triggers, by table."""
    engine = create_engine(url)
    query = (
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT event_object_table, trigger_name FROM information_schema.triggers "
        "WHERE event_object_schema = current_schema()"
    )
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(query))}
    engine.dispose()
    return found


def structure(url):
    """What the tables are made of, without the names of constraints."""
    engine = create_engine(url)
    seen = inspect(engine)
    out = {}
    for table in sorted(seen.get_table_names()):
        out[table] = (
            {c["name"]: (str(c["type"]), c["nullable"]) for c in seen.get_columns(table)},
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(table)),
            sorted((i["name"], tuple(i["column_names"])) for i in seen.get_indexes(table)),
            sorted(
                (f["referred_table"], *f["constrained_columns"])
                for f in seen.get_foreign_keys(table)
            ),
        )
    engine.dispose()
    return out


def test_nothing_is_lost_on_the_way(store):
    first, second = store.version("land", ANN, 1), store.version("land", ANN)
    assert (first.sha256, second.sha256) == ("1" * 64, "2" * 64)
    assert second.committed_at == MOMENT
    assert len(store.read(first, ANN)) == 3
    assert store.original(first, ANN) == ("上传.zip", b"zip")
    assert store.by_passport("GY20260301-00000000", ANN) == second
    (raster,) = store.rasters(ANN)
    assert (raster.number, raster.legend) == (1, {1: "cropland"})
    assert raster.path.read_bytes() == b"cells"
    (row,) = store.ledger("batch", ANN).itertuples()
    assert (row.supplied_m2, row.revision, row.changed_by) == (70_000.0, 2, "ann")
    assert len(store.changes("batch", ANN, key=KEY)) == 2
    assert len(store.audit(ANN)) == 4
    then = store.ledger("batch", ANN, as_of=MOMENT)
    assert then["supplied_m2"].tolist() == [70_000.0]


def test_everything_new_works_on_an_old_store(store):
    # The files of this store are not those of the digests, so a true version comes first.
    for count in (1, 2):
        store.commit("land", parcels(count), kind="parcels", viewer=ANN, reason="r")
    assert store.undo("land", viewer=ANN, reason="r").rows == 1
    store.end("land", viewer=ANN, reason="r")
    store.remember("x", {"a": 1}, viewer=ANN)
    facts = {"kind": "notice", "number": "1", "viewer": ANN, "reason": "r"}
    store.put_document("batch", KEY, dated=None, content=b"x", name="x", **facts)
    store.put_ledger("batch", batches(NANCHANG), viewer=ANN, reason="r")
    store.end_ledger("batch", {KEY: 2}, viewer=ANN, reason="r")
    assert len(store.ledger("batch", ANN)) == 1
    permitted = supplies().assign(permit_no="演示施工许可1", price_paid_wan=1.5)
    store.put_ledger("supply", permitted, viewer=ANN, reason="r")
    link = pd.DataFrame(
        {
            "link_id": ["1"],
            "supply_no": permitted["supply_no"],
            "batch_id": [f"{NANCHANG}演示批次"],
            "county_adcode": permitted["county_adcode"],
            "area_m2": [60_000.0],
        }
    )
    assert store.put_ledger("supply_batch", link, viewer=ANN, reason="r") == 1
    figures = pd.DataFrame(
        {"record_id": ["jx-nanchang-etdz/2025"], "zone_id": ["jx-nanchang-etdz"], "year": [2025.0]}
    ).assign(built_m2=1.5e6, safety_open=False)
    assert store.put_ledger("indicators", figures, viewer=ANN, reason="r") == 1
    assert store.ledger("indicators", ANN)["prefecture_adcode"].tolist() == [NANCHANG]
    assert store.ledger("supply", ANN)["permit_no"].tolist() == ["演示施工许可1"]
    firm = figures.assign(
        record_id="91350100M000100Y43/2025",
        credit_code="91350100M000100Y43",
        started_on=pd.Timestamp("2019-02-26"),
        certified_m2=2e4,
        tax_open=True,
    )
    assert store.put_ledger("enterprises", firm, viewer=ANN, reason="r") == 1
    (row,) = store.ledger("enterprises", ANN).itertuples()
    assert (row.prefecture_adcode, row.certified_m2, row.tax_open) == (NANCHANG, 2e4, True)
    assert row.started_on == pd.Timestamp("2019-02-26")


def test_a_store_brought_up_is_like_a_fresh_one(store, tmp_path, database, request):
    fresh = request.getfixturevalue("postgresql").schema() if database else None
    other = Store(tmp_path / "fresh", url=fresh)
    assert structure(store._url) == structure(other._url)
    assert triggers(store._url) == triggers(other._url)
    for one in (store, other):
        with one._engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, model.Base.metadata) == []
            assert context.get_current_revision() == f"{model.SCHEMA_VERSION:04d}"
    other.close()


def test_the_last_step_is_the_form_of_this_release():
    script = ScriptDirectory(str(forms.MIGRATIONS))
    assert script.get_heads() == [f"{model.SCHEMA_VERSION:04d}"]


@pytest.mark.parametrize("table", model.NEVER_CHANGED)
def test_triggers_stand_after_the_steps(store, table):
    store.end("land", viewer=ANN, reason="r")
    facts = {"kind": "notice", "number": "1", "viewer": ANN, "reason": "r"}
    store.put_document("batch", KEY, dated=None, content=b"x", name="x", **facts)
    store.put_scenario("consolidation", "s", {}, prefectures=[], viewer=ANN, reason="r")
    for verb in ("DELETE FROM", "UPDATE"):
        rest = (
            ""
            if verb.startswith("DELETE")
            else f" SET {[*structure(store._url)[table][0]][-1]} = NULL"
        )
        with pytest.raises(DBAPIError, match="never change"), store._engine.begin() as raw:
            raw.exec_driver_sql(f"{verb} {table}{rest}")


def test_tables_of_the_trail_cannot_be_emptied(postgresql, tmp_path):
    store = Store(tmp_path, url=postgresql.schema())
    with pytest.raises(DBAPIError, match="never change"), store._engine.begin() as raw:
        raw.exec_driver_sql("TRUNCATE audit CASCADE")
    store.close()


def test_opening_twice_changes_nothing(store, open_store):
    before = structure(store._url)
    store.close()
    assert structure(open_store()._url) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "steps"),
    [
        *((build_form_one, steps) for steps in (0, 1, 4, 9, 16, 25, 33)),
        *((build_form_two, steps) for steps in (0, 1, 5, 10, 12)),
    ],
    indirect=["old"],
)
def test_a_kill_leaves_the_old_form_or_the_new_one(old, database, open_store, steps):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(old), str(steps), database or ""],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    engine = create_engine(database or f"sqlite:///{old / 'catalogue.sqlite'}")
    assert not inspect(engine).has_table("ledger_supply_batch")
    assert "permit_no" not in {c["name"] for c in inspect(engine).get_columns("ledger_supply")}
    engine.dispose()
    assert open_store().version("land", ANN).number == 2


@pytest.mark.slow
def test_processes_that_open_an_old_store_together(old, database, open_store):
    code = (
        "import sys; from pathlib import Path; from store import Store, Viewer\n"
        "store = Store(Path(sys.argv[1]), url=sys.argv[2] or None)\n"
        "assert store.version('land', Viewer('w')).number == 2; store.close()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(old), database or ""], cwd=ROOT)
        for _ in range(4)
    ]
    assert [one.wait(timeout=120) for one in running] == [0] * 4
    assert len(open_store().audit(ANN)) == 4


@pytest.mark.parametrize("mark", ["user_version", "alembic_version"])
def test_a_store_of_a_later_release_is_refused(tmp_path, mark):
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as raw:
        if mark == "user_version":
            raw.execute("PRAGMA user_version=99")
        else:
            raw.execute("UPDATE alembic_version SET version_num = '0099'")
    raw.close()
    with pytest.raises(StoreTooNewError) as refusal:
        Store(tmp_path)
    assert refusal.value.code == "STO-008"
    assert vars(refusal.value)["values"] == {"found": 99, "known": model.SCHEMA_VERSION}


def test_an_earlier_release_sees_that_the_store_is_too_new(tmp_path):
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (model.SCHEMA_VERSION,)
    raw.close()


def _count(store, answers):
    answers.put((os.getpid(), len(store.datasets(ANN))))
    store.close()


def test_a_forked_worker_gets_connections_of_its_own(open_store):
    store = open_store("fresh")
    store.commit("land", parcels(1), kind="parcels", viewer=ANN, reason="r")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    workers = [context.Process(target=_count, args=(store, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    seen = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert [count for _, count in seen] == [1, 1, 1]
    assert os.getpid() not in {pid for pid, _ in seen}
    assert store.version("land", ANN).number == 1
