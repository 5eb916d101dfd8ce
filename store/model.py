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

SCHEMA_VERSION: Final = 1
"""Raised with every change of the tables."""


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
    file: Mapped[str] = mapped_column(String(200), unique=True)
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


class RasterRow(Base):
    """A registered raster file."""

    __tablename__ = "raster"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
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
    )


LEDGERS: Final[dict[ledgers.Table, Table]] = {name: _ledger_table(name) for name in ledgers.TABLES}
"""SQL table of each ledger."""

_NEVER_CHANGED: Final = ("version", "audit", "ledger_change")


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]


def _protect(table: Table) -> None:
    """Triggers that refuse to change or delete rows of a table."""
    for verb in ("UPDATE", "DELETE"):
        name = f"{table.name}_no_{verb.lower()}"
        sqlite = _ddl(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} rows never change'); END"
        )
        event.listen(table, "after_create", sqlite.execute_if(dialect="sqlite"))
        function = _ddl(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table.name} rows never change'; END $$"
        )
        trigger = _ddl(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        for statement in (function, trigger):
            event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


for _name in _NEVER_CHANGED:
    _protect(Base.metadata.tables[_name])
