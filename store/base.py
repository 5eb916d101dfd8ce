"""What all parts of the store share: its folder, catalogue and clock, and the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select

from store import files
from store.engine import engine_for, reading, release
from store.errors import InvalidDatasetError, OutOfScopeError, StaleVersionError
from store.model import AuditRow, DocumentRow, RasterRow, ScenarioRow, VersionRow
from store.types import ROADS, Viewer

REFUSALS: Final = (StaleVersionError, OutOfScopeError)
"""Errors after which a version is surely not published. After any other one its files stay where
they are: the sweep takes them when no row names them, and nothing published is ever lost."""

CATALOGUE: Final = "catalogue.sqlite"
"""Name of the catalogue's file in the store's folder."""

_URL: Final = "catalogue.url"
_FILES: Final = "files"
_REASON_LENGTH: Final = 400


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class StoreBase:
    """Folder, catalogue and clock of a store.

    Args:
        root: Folder of the store; made when absent.
        clock: Gives the moment that is written into records, with a time zone.
        url: SQLAlchemy URL of the catalogue; None is the one that the file ``catalogue.url`` in
            ``root`` names, or else an SQLite file in ``root``.

    Raises:
        StoreTooNewError: A later release wrote the store.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], dt.datetime] | None = None,
        url: str | None = None,
    ) -> None:
        self.root = Path(root).resolve()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise files.refusal(self.root, err) from err
        self._clock = clock or _utc_now
        self._url = url or _named_url(self.root) or f"sqlite:///{self.root / CATALOGUE}"
        self._folder = self.root / _FILES
        engine_for(self._url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    @property
    def _engine(self) -> Engine:
        # Looked up at each use: a forked worker must not share its parent's connections.
        return engine_for(self._url)

    def close(self) -> None:
        """Give the database connections of this process back; the store opens them anew at need."""
        release(self._url)

    def _moment(self, connection: Connection) -> dt.datetime:
        """Now, but never before the last act: a clock that is set back must not reorder the trail.

        Args:
            connection: Transaction that holds the write lock.
        """
        last = connection.execute(
            select(AuditRow.at).order_by(AuditRow.id.desc()).limit(1)
        ).scalar_one_or_none()
        now = self._clock()
        return now if last is None else max(now, last)

    def sweep(self, *, older_than: float = files.ORPHAN_SECONDS) -> list[str]:
        """Delete files that a killed writer left and no row names.

        Args:
            older_than: Age in seconds from which such a file belongs to nobody.

        Returns:
            Names of the deleted files.
        """
        with reading(self._engine) as connection:
            known = set(files_named(connection))
        return files.sweep(self._folder, known, older_than=older_than)


def _named_url(root: Path) -> str | None:
    """The database that a store's folder names."""
    path = root / _URL
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def files_named(connection: Connection) -> dict[str, str | None]:
    """Every file that the catalogue names, with its SHA-256 where that was written down."""
    version = VersionRow
    columns = (version.file, version.sha256, version.original, version.quarantine)
    found: list[tuple[str | None, str | None]] = []
    for file, sha256, original, quarantine in connection.execute(select(*columns)):
        found += [(file, sha256), (original, None), (quarantine, None)]
    for table in (RasterRow, DocumentRow):
        found += [(row[0], row[1]) for row in connection.execute(select(table.file, table.sha256))]
    networks = select(ScenarioRow.content).where(ScenarioRow.kind == ROADS)
    for content in connection.execute(networks).scalars():
        found.append((content["file"], content["file_sha256"]))
    return {file: sha256 for file, sha256 in found if file is not None}


def checked_reason(reason: str) -> str:
    """The reason without blanks at its ends.

    Raises:
        InvalidDatasetError: It is empty, or longer than 400 characters.
    """
    text = reason.strip()
    if not 0 < len(text) <= _REASON_LENGTH:
        raise InvalidDatasetError(
            f"say in 1 to {_REASON_LENGTH} characters why you publish", values={"detail": "reason"}
        )
    return text


def note_act(connection: Connection, *, viewer: Viewer, **facts: Any) -> int:  # noqa: ANN401
    """Write one line of the audit trail; its number.

    Args:
        connection: Transaction of the act itself.
        viewer: Who acts.
        facts: The other columns of the trail.
    """
    statement = insert(AuditRow).values(viewer=viewer.name, **facts).returning(AuditRow.id)
    return int(connection.execute(statement).scalar_one())


def remove(made: list[Path]) -> None:
    """Delete files of a version that was not published."""
    for path in made:
        path.unlink(missing_ok=True)
