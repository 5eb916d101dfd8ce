"""Form 1: datasets, versions, ledgers, rasters and the trail, as first released.

Such catalogues carry no mark of Alembic; they are given this one before the next steps run.
"""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: tables of this form are only ever found, never made."""
