"""Form 5: yearly figures of enterprises.

The statements are those of the day the form was released and stay as they are.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NUMBERS: Final = (
    "certified_m2",
    "uncertified_m2",
    "rented_m2",
    "plant_land_m2",
    "floor_area_m2",
    "tax_wan",
    "tax_before_refund_wan",
    "revenue_wan",
    "industrial_value_added_wan",
    "employees",
    "rd_wan",
    "energy_tce",
    "emission_eq",
    "green_index",
)
_TEXTS: Final = ("name", "zone_name", "industry_code", "kind", "plant_id", "figures_source", "note")
_FLAGS: Final = (
    "above_scale",
    "in_contract_building",
    "environment_open",
    "safety_open",
    "tax_open",
    "credit_open",
)


def upgrade() -> None:
    """Change the tables of form 4."""
    op.create_table(
        "ledger_enterprises",
        sa.Column("record_id", sa.String(400), primary_key=True),
        sa.Column("credit_code", sa.String(400), nullable=False),
        sa.Column("zone_id", sa.String(400), nullable=False),
        sa.Column("year", sa.Float(53), nullable=False),
        *(sa.Column(name, sa.String(400)) for name in _TEXTS),
        *(sa.Column(name, sa.Float(53)) for name in _NUMBERS),
        *(sa.Column(name, sa.Boolean()) for name in _FLAGS),
        sa.Column("started_on", sa.Date()),
        sa.Column("prefecture_adcode", sa.String(6), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
    )
    op.create_index(
        "ix_ledger_enterprises_prefecture_adcode", "ledger_enterprises", ["prefecture_adcode"]
    )
