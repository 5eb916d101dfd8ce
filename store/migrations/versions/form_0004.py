"""Form 4: yearly figures of zones, saved scenarios.

The statements are those of the day the form was released and stay as they are.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBERS: Final = (
    "evaluation_m2",
    "unbuildable_m2",
    "developable_m2",
    "ready_m2",
    "supplied_m2",
    "built_m2",
    "built_industrial_m2",
    "high_tech_m2",
    "residential_m2",
    "unsupplied_m2",
    "not_started_m2",
    "idle_m2",
    "floor_area_m2",
    "building_area_m2",
    "industrial_floor_area_m2",
    "industrial_footprint_m2",
    "fixed_assets_wan",
    "industrial_revenue_wan",
    "revenue_wan",
    "industrial_tax_wan",
    "tax_wan",
    "tax_before_refund_wan",
    "industrial_value_added_wan",
    "energy_tce",
    "emission_eq",
    "enterprises",
    "employees",
    "population",
    "due_m2",
    "due_disposed_m2",
    "idle_due_m2",
    "idle_disposed_m2",
    "paid_due_m2",
    "paid_m2",
    "listed_due_m2",
    "listed_m2",
    "digestion_years",
    "development_rate",
    "supply_rate",
    "built_rate",
    "use_rate",
)
_TEXTS: Final = ("zone_name", "zone_type", "leading_industries", "figures_source", "note")
_FLAGS: Final = ("environment_open", "safety_open")


def upgrade() -> None:
    """Change the tables of form 3."""
    op.create_table(
        "ledger_indicators",
        sa.Column("record_id", sa.String(400), primary_key=True),
        sa.Column("zone_id", sa.String(400), nullable=False),
        sa.Column("year", sa.Float(53), nullable=False),
        *(sa.Column(name, sa.String(400)) for name in _TEXTS),
        *(sa.Column(name, sa.Float(53)) for name in _NUMBERS),
        *(sa.Column(name, sa.Boolean()) for name in _FLAGS),
        sa.Column("prefecture_adcode", sa.String(6), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
    )
    op.create_index(
        "ix_ledger_indicators_prefecture_adcode", "ledger_indicators", ["prefecture_adcode"]
    )
    op.create_table(
        "scenario",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("prefectures", sa.JSON(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("saved_by", sa.String(80), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
    )
    _protect("scenario", op.get_bind().dialect.name)


def _protect(table: str, dialect: str) -> None:
    """No row of a table is ever changed or deleted."""
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
