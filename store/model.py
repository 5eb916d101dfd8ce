"""Tables of the catalogue: what is published, by whom, and the ledgers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from domain import ledgers

SCHEMA_VERSION: Final = 5
"""Form of the tables: raised with every change, together with a step in ``store/migrations``."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Moment in UTC; SQLite keeps no zone, so it is taken off and put back here."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Strip the zone after converting to UTC."""
        del dialect
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give the zone back."""
        del dialect
        return None if value is None else value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """Declarative base of the catalogue."""

    metadata = MetaData()


class DatasetRow(Base):
    """A dataset and the number of its current version, swapped by compare-and-set."""

    __tablename__ = "dataset"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    current: Mapped[int] = mapped_column(Integer)


class VersionRow(Base):
    """One published version; a trigger keeps it from ever changing."""

    __tablename__ = "version"

    dataset: Mapped[str] = mapped_column(ForeignKey("dataset.name"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(200))
    """Shared with the version that this one restores."""
    sha256: Mapped[str] = mapped_column(String(64))
    parts: Mapped[dict[str, list[float]]] = mapped_column(JSON)
    """Prefecture code to [rows, west, south, east, north]."""
    committed_by: Mapped[str] = mapped_column(String(80))
    committed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(400))
    demonstration: Mapped[bool] = mapped_column(Boolean)
    passport: Mapped[dict[str, Any]] = mapped_column(JSON)
    original: Mapped[str | None] = mapped_column(String(200))
    original_name: Mapped[str | None] = mapped_column(String(400))
    quarantine: Mapped[str | None] = mapped_column(String(200))
    quarantined: Mapped[dict[str, int]] = mapped_column(JSON)
    """Prefecture code to rows kept apart; the empty code where the row names no place."""
    passport_number: Mapped[str | None] = mapped_column(String(80), index=True)
    restores: Mapped[int | None] = mapped_column(Integer)
    """Number of the version whose content this one brings back."""


class EndingRow(Base):
    """A dataset that is no longer in force, until a version after ``number`` is published."""

    __tablename__ = "ending"
    __table_args__ = (
        ForeignKeyConstraint(["dataset", "number"], ["version.dataset", "version.number"]),
    )

    dataset: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    ended_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(400))


class RasterRow(Base):
    """A registered raster file; the highest number of a name is the one in use."""

    __tablename__ = "raster"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    file: Mapped[str] = mapped_column(String(200), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    year: Mapped[int | None] = mapped_column(Integer)
    prefecture_adcode: Mapped[str | None] = mapped_column(String(6))
    source: Mapped[str] = mapped_column(String(400))
    demonstration: Mapped[bool] = mapped_column(Boolean)
    legend: Mapped[dict[str, str]] = mapped_column(JSON)
    committed_by: Mapped[str] = mapped_column(String(80))
    committed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """One act of one person; written in the transaction of the act."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    viewer: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(400))
    prefectures: Mapped[list[str]] = mapped_column(JSON)
    rows_before: Mapped[int] = mapped_column(BigInteger)
    rows_after: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))


class ChangeRow(Base):
    """One ledger row before and after an act."""

    __tablename__ = "ledger_change"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    ledger: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200), index=True)
    prefecture_adcode: Mapped[str] = mapped_column(String(6))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


class DocumentRow(Base):
    """One state of a document that belongs to a ledger row; a change is a further row."""

    __tablename__ = "document"

    ledger: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[str] = mapped_column(String(200), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    prefecture_adcode: Mapped[str] = mapped_column(String(6), index=True)
    dated: Mapped[dt.date | None] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(400))
    file: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(400))


class ScenarioRow(Base):
    """One state of a saved scenario; a change is a further row."""

    __tablename__ = "scenario"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    prefectures: Mapped[list[str]] = mapped_column(JSON)
    demonstration: Mapped[bool] = mapped_column(Boolean)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    saved_by: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(400))


class RememberedRow(Base):
    """What an office chose last time, so that it need not choose again."""

    __tablename__ = "remembered"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    office: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class FormRow(Base):
    """Form of the tables, in the table that Alembic reads."""

    __tablename__ = "alembic_version"

    version_num: Mapped[str] = mapped_column(String(32), primary_key=True)


_SQL_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "string": String(400),
    "float64": Float(53),
    "date": Date(),
    "bool": Boolean(),
}


def _ledger_table(name: ledgers.Table) -> Table:
    """The SQL table of a ledger, from its schema file."""
    key = ledgers.KEY[name]
    fields: list[Column[Any]] = [
        Column(
            c.column,
            _SQL_TYPES[c.dtype],
            primary_key=c.column == key,
            nullable=not c.required,
        )
        for c in ledgers.columns(name)
    ]
    return Table(
        f"ledger_{name}",
        Base.metadata,
        *fields,
        Column("prefecture_adcode", String(6), nullable=False, index=True),
        Column("demonstration", Boolean, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("changed_by", String(80), nullable=False),
        Column("changed_at", UtcDateTime, nullable=False),
        Column("ended_at", UtcDateTime),
    )


LEDGERS: Final[dict[ledgers.Table, Table]] = {name: _ledger_table(name) for name in ledgers.TABLES}
"""SQL table of each ledger."""

NEVER_CHANGED: Final = (
    "version",
    "ending",
    "raster",
    "audit",
    "ledger_change",
    "document",
    "scenario",
)
"""Tables whose rows a trigger keeps from ever being changed or deleted."""


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]


def triggers(table: str, dialect: str) -> list[str]:
    """Statements that make a table append-only."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} rows never change'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    name = f"{table}_is_append_only"
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} rows never change'; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
    return [function, trigger]


def _protect(table: Table) -> None:
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, dialect):
            event.listen(table, "after_create", _ddl(statement).execute_if(dialect=dialect))


for _name in NEVER_CHANGED:
    _protect(Base.metadata.tables[_name])
