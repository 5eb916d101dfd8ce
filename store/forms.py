"""Form of the catalogue: made when there is none, brought up to date when a release changed it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, insert, inspect, select

from store.errors import StoreTooNewError
from store.model import SCHEMA_VERSION, Base, FormRow

MIGRATIONS: Final = Path(__file__).parent / "migrations"

_FIRST: Final = 1
_OPENING: Final = 3_600_000_001  # number of the advisory lock, ours by the code of Jiangxi


def is_current(engine: Engine) -> bool:
    """Whether the tables stand in the form that this release writes; waits for nobody.

    Raises:
        StoreTooNewError: A later release wrote them.
    """
    with engine.connect() as connection, connection.begin():
        return _found(connection) == SCHEMA_VERSION


def bring_up(connection: Connection) -> None:
    """Make the tables, or take the steps that are missing.

    Args:
        connection: Transaction that writes; everything happens in it, so a crash leaves the
            former form.

    Raises:
        StoreTooNewError: A later release wrote the catalogue.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING})")
    found = _found(connection)
    if found == SCHEMA_VERSION:
        return
    if found == 0:
        Base.metadata.create_all(connection)
        connection.execute(insert(FormRow).values(version_num=f"{SCHEMA_VERSION:04d}"))
    else:
        _migrate(connection, found)
    if connection.dialect.name == "sqlite":
        # Earlier releases look here to see that the store is too new for them.
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")


def _found(connection: Connection) -> int:
    """Form of the tables; 0 where there are none.

    Raises:
        StoreTooNewError: A later release wrote them.
    """
    marked = 0
    if connection.dialect.name == "sqlite":
        marked = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    tables = inspect(connection)
    if tables.has_table(FormRow.__tablename__):
        mark = connection.execute(select(FormRow.version_num)).scalar_one_or_none()
        marked = max(marked, int(mark or 0))
    elif tables.has_table("version"):
        marked = max(marked, _FIRST)
    if marked > SCHEMA_VERSION:
        raise StoreTooNewError(
            f"the store has form {marked}, this release knows {SCHEMA_VERSION}; update Ganyuan",
            values={"found": marked, "known": SCHEMA_VERSION},
        )
    return marked


def _migrate(connection: Connection, found: int) -> None:
    # Loaded here: of all the processes that open a store, one in a release's life needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if found == _FIRST:
        command.stamp(config, f"{_FIRST:04d}")
    command.upgrade(config, "head")
