"""Form 2: ended datasets and ledger rows, restored versions, documents, remembered choices.

The statements are those of the day the form was released and stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LEDGERS = ("ledger_batch", "ledger_supply", "ledger_idle_case")
_NEW = ("ending", "raster", "document")


def upgrade() -> None:
    """Change the tables of form 1."""
    dialect = op.get_bind().dialect.name
    _change_version(dialect)
    _change_raster(dialect)
    for table in _LEDGERS:
        op.add_column(table, sa.Column("ended_at", sa.DateTime()))
    _add_tables()
    kept = ("version", "audit", "ledger_change")
    again = ("version", *_NEW) if dialect == "sqlite" else (*kept, *_NEW)
    for table in again:
        _protect(table, dialect)


def _change_version(dialect: str) -> None:
    if dialect == "postgresql":
        for table in ("version", "audit", "ledger_change"):
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb} ON {table}")
                op.execute(f"DROP FUNCTION {table}_no_{verb}()")
    with _rebuilt("version") as batch:
        batch.drop_constraint(_unique("version", dialect), type_="unique")
        batch.add_column(sa.Column("passport_number", sa.String(80)))
        batch.add_column(sa.Column("restores", sa.Integer()))
    number = "json_extract(passport, '$.number')" if dialect == "sqlite" else "passport->>'number'"
    op.execute(f"UPDATE version SET passport_number = {number}")  # noqa: S608 - no foreign text
    op.create_index("ix_version_passport_number", "version", ["passport_number"])


def _change_raster(dialect: str) -> None:
    if dialect == "postgresql":
        op.add_column(
            "raster", sa.Column("number", sa.Integer(), nullable=False, server_default="1")
        )
        op.alter_column("raster", "number", server_default=None)
        op.drop_constraint("raster_pkey", "raster", type_="primary")
        op.create_primary_key("raster_pkey", "raster", ["name", "number"])
        return
    op.rename_table("raster", "raster_of_form_1")
    op.create_table(
        "raster",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("file", sa.String(200), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("prefecture_adcode", sa.String(6)),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("legend", sa.JSON(), nullable=False),
        sa.Column("committed_by", sa.String(80), nullable=False),
        sa.Column("committed_at", sa.DateTime(), nullable=False),
    )
    kept = (
        "name, file, sha256, title, year, prefecture_adcode, source, demonstration, legend, "
        "committed_by, committed_at"
    )
    op.execute(
        f"INSERT INTO raster (number, {kept}) SELECT 1, {kept} FROM raster_of_form_1"  # noqa: S608
    )
    op.drop_table("raster_of_form_1")


def _rebuilt(table: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Alembic's own context
    return op.batch_alter_table(
        table, naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"}
    )


def _unique(table: str, dialect: str) -> str:
    return f"{table}_file_key" if dialect == "postgresql" else f"uq_{table}_file"


def _add_tables() -> None:
    op.create_table(
        "ending",
        sa.Column("dataset", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("ended_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["dataset", "number"], ["version.dataset", "version.number"]),
    )
    op.create_table(
        "document",
        sa.Column("ledger", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("number", sa.String(200), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("prefecture_adcode", sa.String(6), nullable=False),
        sa.Column("dated", sa.Date()),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("file", sa.String(200)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
    )
    op.create_index("ix_document_prefecture_adcode", "document", ["prefecture_adcode"])
    op.create_table(
        "remembered",
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("office", sa.String(80), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )


def _protect(table: str, dialect: str) -> None:
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} rows never change'); END"
            )
        return
    name = f"{table}_is_append_only"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} rows never change'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
