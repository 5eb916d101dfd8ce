"""Catalogues as earlier releases wrote them, statement by statement."""

from __future__ import annotations

import json
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from store import forms
from tests.store_world import MOMENT, NANCHANG, parcels

LEDGER_FIELDS = {
    "batch": """batch_id VARCHAR(400) NOT NULL PRIMARY KEY, batch_kind VARCHAR(400),
        approval_no VARCHAR(400), approved_by VARCHAR(400), approved_on DATE NOT NULL,
        county_adcode VARCHAR(400) NOT NULL, zone_id VARCHAR(400), approved_m2 {real} NOT NULL,
        new_construction_m2 {real}, farmland_m2 {real}, cropland_m2 {real},
        acquisition VARCHAR(400), acquired_on DATE, supplied_m2 {real} NOT NULL,
        written_off_m2 {real} NOT NULL, written_off_on DATE, unsupplied_m2 {real} NOT NULL,
        unsupplied_cause VARCHAR(400), disposal_path VARCHAR(400), disposal_due DATE,
        office VARCHAR(400)""",
    "supply": """supply_no VARCHAR(400) NOT NULL PRIMARY KEY, contract_no VARCHAR(400),
        batch_id VARCHAR(400), name VARCHAR(400), holder VARCHAR(400), location VARCHAR(400),
        county_adcode VARCHAR(400) NOT NULL, zone_id VARCHAR(400), supplied_m2 {real} NOT NULL,
        supply_mode VARCHAR(400), land_use VARCHAR(400), industry VARCHAR(400), price_wan {real},
        far_min {real}, far_max {real}, signed_on DATE NOT NULL, handover_due DATE,
        handover_on DATE, start_due DATE, start_due_amended DATE, started_on DATE,
        finish_due DATE, finished_on DATE, approved_by VARCHAR(400), intensity_wan_ha {real}""",
    "idle_case": """case_id VARCHAR(400) NOT NULL PRIMARY KEY, supply_no VARCHAR(400) NOT NULL,
        county_adcode VARCHAR(400) NOT NULL, idle_type VARCHAR(400), suspected_on DATE,
        notice_no VARCHAR(400), notice_on DATE, letter_no VARCHAR(400), letter_on DATE,
        cause VARCHAR(400), idle_m2 {real} NOT NULL, fee_due_wan {real}, fee_paid_wan {real},
        disposal_route VARCHAR(400), disposed_on DATE, mortgaged BOOLEAN, sealed BOOLEAN,
        published_at VARCHAR(400)""",
}
FORM_ONE = (
    "CREATE TABLE dataset (name VARCHAR(80) NOT NULL PRIMARY KEY, current INTEGER NOT NULL)",
    """CREATE TABLE raster (name VARCHAR(80) NOT NULL PRIMARY KEY, file VARCHAR(200) NOT NULL,
        sha256 VARCHAR(64) NOT NULL, title VARCHAR(200) NOT NULL, year INTEGER,
        prefecture_adcode VARCHAR(6), source VARCHAR(400) NOT NULL, demonstration BOOLEAN NOT NULL,
        legend JSON NOT NULL, committed_by VARCHAR(80) NOT NULL, committed_at {moment} NOT NULL,
        UNIQUE (file))""",
    """CREATE TABLE audit (id {serial} NOT NULL PRIMARY KEY, at {moment} NOT NULL,
        viewer VARCHAR(80) NOT NULL, action VARCHAR(20) NOT NULL, subject VARCHAR(120) NOT NULL,
        reason VARCHAR(400) NOT NULL, prefectures JSON NOT NULL, rows_before BIGINT NOT NULL,
        rows_after BIGINT NOT NULL, sha256 VARCHAR(64))""",
    """CREATE TABLE version (dataset VARCHAR(80) NOT NULL, number INTEGER NOT NULL,
        kind VARCHAR(20) NOT NULL, file VARCHAR(200) NOT NULL, sha256 VARCHAR(64) NOT NULL,
        parts JSON NOT NULL, committed_by VARCHAR(80) NOT NULL, committed_at {moment} NOT NULL,
        reason VARCHAR(400) NOT NULL, demonstration BOOLEAN NOT NULL, passport JSON NOT NULL,
        original VARCHAR(200), original_name VARCHAR(400), quarantine VARCHAR(200),
        quarantined JSON NOT NULL, PRIMARY KEY (dataset, number),
        FOREIGN KEY(dataset) REFERENCES dataset (name), UNIQUE (file))""",
    """CREATE TABLE ledger_change (id {serial} NOT NULL PRIMARY KEY, audit_id INTEGER NOT NULL,
        ledger VARCHAR(20) NOT NULL, "key" VARCHAR(200) NOT NULL,
        prefecture_adcode VARCHAR(6) NOT NULL, "before" JSON, "after" JSON NOT NULL,
        FOREIGN KEY(audit_id) REFERENCES audit (id))""",
    'CREATE INDEX ix_ledger_change_key ON ledger_change ("key")',
    "CREATE INDEX ix_ledger_change_audit_id ON ledger_change (audit_id)",
    *(
        f"CREATE TABLE ledger_{name} ({fields}, prefecture_adcode VARCHAR(6) NOT NULL, "
        "demonstration BOOLEAN NOT NULL, revision INTEGER NOT NULL, "
        "changed_by VARCHAR(80) NOT NULL, changed_at {moment} NOT NULL)"
        for name, fields in LEDGER_FIELDS.items()
    ),
    *(
        f"CREATE INDEX ix_ledger_{name}_prefecture_adcode ON ledger_{name} (prefecture_adcode)"
        for name in LEDGER_FIELDS
    ),
)
PROTECTED = ("version", "audit", "ledger_change")
WORDS = {
    "sqlite": {"moment": "DATETIME", "serial": "INTEGER", "real": "FLOAT"},
    "postgresql": {
        "moment": "TIMESTAMP WITHOUT TIME ZONE",
        "serial": "SERIAL",
        "real": "FLOAT(53)",
    },
}
BATCH = {
    "batch_id": "演示批次",
    "approved_on": "2020-05-06",
    "county_adcode": "360112",
    "approved_m2": 100000.0,
    "supplied_m2": 60000.0,
    "written_off_m2": 10000.0,
    "unsupplied_m2": 30000.0,
    "prefecture_adcode": NANCHANG,
    "demonstration": False,
}


def _protect(connection: Connection, dialect: str) -> None:
    for table in PROTECTED:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if dialect == "sqlite":
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} rows never change'); END"
                )
                continue
            connection.exec_driver_sql(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table} rows never change'; END $$"
            )
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()"
            )


def _rows() -> dict[str, list[dict[str, object]]]:
    """Two versions of a dataset, a raster, a batch changed once, and the trail of it all."""
    moment = MOMENT.strftime("%Y-%m-%d %H:%M:%S.%f")
    who = {"committed_by": "ann", "committed_at": moment}
    version = {
        "dataset": "land",
        "kind": "parcels",
        "parts": json.dumps({NANCHANG: [3.0, 115.8, 28.6, 115.803, 28.601]}),
        "reason": "first",
        "demonstration": False,
        "quarantined": "{}",
        **who,
    }
    act = {"at": moment, "viewer": "ann", "reason": "first", "prefectures": f'["{NANCHANG}"]'}
    other = BATCH | {"supplied_m2": 70000.0, "unsupplied_m2": 20000.0}
    change = {"ledger": "batch", "key": "演示批次", "prefecture_adcode": NANCHANG}
    return {
        "dataset": [{"name": "land", "current": 2}],
        "version": [
            version
            | {"number": 1, "file": "a.parquet", "sha256": "1" * 64, "passport": "{}"}
            | {"original": "a.original", "original_name": "上传.zip"},
            version
            | {"number": 2, "file": "b.parquet", "sha256": "2" * 64}
            | {"passport": json.dumps({"number": "GY20260301-00000000", "as_of": "2026-01-01"})}
            | {"original": None, "original_name": None},
        ],
        "raster": [
            {"name": "cover", "file": "c.tif", "sha256": "3" * 64, "title": "t", "source": "s"}
            | {"demonstration": True, "legend": '{"1": "cropland"}', **who}
        ],
        "audit": [
            act | {"id": k, "action": action, "subject": subject, "rows_before": 0, "rows_after": 1}
            for k, action, subject in (
                (1, "commit", "land@1"),
                (2, "commit", "land@2"),
                (3, "ledger", "batch"),
                (4, "ledger", "batch"),
            )
        ],
        "ledger_batch": [other | {"revision": 2, "changed_by": "ann", "changed_at": moment}],
        "ledger_change": [
            change | {"id": 1, "audit_id": 3, "before": "null", "after": json.dumps(BATCH)},
            change
            | {"id": 2, "audit_id": 4, "before": json.dumps(BATCH), "after": json.dumps(other)},
        ],
    }


def build_form_one(root: Path, url: str | None = None) -> None:
    """Write a store of form 1 with rows in every table that had any.

    Args:
        root: Folder of the store.
        url: Catalogue; None is the SQLite file in ``root``.
    """
    (root / "files").mkdir(parents=True)
    engine = create_engine(url or f"sqlite:///{root / 'catalogue.sqlite'}")
    dialect = engine.dialect.name
    with engine.begin() as connection:
        for statement in FORM_ONE:
            connection.exec_driver_sql(statement.format(**WORDS[dialect]))
        mark = "?" if dialect == "sqlite" else "%s"
        for table, rows in _rows().items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join([mark] * len(row))
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - own names
                    tuple(row.values()),
                )
        if dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA user_version=1")
        else:
            for table in ("audit", "ledger_change"):
                connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', 100)")
        _protect(connection, dialect)
    engine.dispose()
    for name, content in {"c.tif": b"cells", "a.original": b"zip"}.items():
        (root / "files" / name).write_bytes(content)
    for name, count in {"a.parquet": 3, "b.parquet": 3}.items():
        parcels(count).to_parquet(root / "files" / name, write_covering_bbox=True, index=False)


def build_form_two(root: Path, url: str | None = None) -> None:
    """Write a store of form 1 and bring it to form 2, as the release of form 2 did."""
    _build(root, url, form=2)


def build_form_three(root: Path, url: str | None = None) -> None:
    """Write a store of form 1 and bring it to form 3, as the release of form 3 did."""
    _build(root, url, form=3)


def build_form_four(root: Path, url: str | None = None) -> None:
    """Write a store of form 1 and bring it to form 4, as the release of form 4 did."""
    _build(root, url, form=4)


def _build(root: Path, url: str | None, *, form: int) -> None:
    build_form_one(root, url)
    engine = create_engine(url or f"sqlite:///{root / 'catalogue.sqlite'}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(forms.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.stamp(config, "0001")
        command.upgrade(config, f"{form:04d}")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA user_version={form}")
    engine.dispose()
