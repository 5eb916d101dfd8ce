"""What Alembic runs: the steps that are missing, in the transaction of whoever opens the store."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
