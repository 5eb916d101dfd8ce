"""Form 3: permits, payment and the legal steps of a case; which supply comes from which batch.

The statements are those of the day the form was released and stay as they are.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TEXTS: Final = (("ledger_supply", "permit_no"), ("ledger_idle_case", "decision_no"))
_DATES: Final = (
    ("ledger_batch", "ready_on"),
    ("ledger_supply", "permit_on"),
    ("ledger_idle_case", "materials_on"),
    ("ledger_idle_case", "hearing_notice_on"),
    ("ledger_idle_case", "hearing_on"),
    ("ledger_idle_case", "plan_on"),
    ("ledger_idle_case", "decision_on"),
    ("ledger_idle_case", "served_on"),
    ("ledger_idle_case", "published_on"),
)


def upgrade() -> None:
    """Change the tables of form 2."""
    for table, name in _TEXTS:
        op.add_column(table, sa.Column(name, sa.String(400)))
    for table, name in _DATES:
        op.add_column(table, sa.Column(name, sa.Date()))
    op.add_column("ledger_supply", sa.Column("price_paid_wan", sa.Float(53)))
    op.create_table(
        "ledger_supply_batch",
        sa.Column("link_id", sa.String(400), primary_key=True),
        sa.Column("supply_no", sa.String(400), nullable=False),
        sa.Column("batch_id", sa.String(400), nullable=False),
        sa.Column("county_adcode", sa.String(400), nullable=False),
        sa.Column("area_m2", sa.Float(53), nullable=False),
        sa.Column("prefecture_adcode", sa.String(6), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
    )
    op.create_index(
        "ix_ledger_supply_batch_prefecture_adcode", "ledger_supply_batch", ["prefecture_adcode"]
    )
