"""What an office chose last time, such as the mapping of a sender's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import delete, insert, select

from store.base import StoreBase
from store.engine import reading, writing
from store.model import RememberedRow
from store.types import Viewer
from store.versions import plain


class MemoryStore(StoreBase):
    """The part of the store that remembers choices; the newest one of an office counts."""

    def remember(self, subject: str, value: Mapping[str, object], *, viewer: Viewer) -> None:
        """Keep a choice of the viewer's office in place of the one before it.

        Args:
            subject: What was chosen (``mapping:<fingerprint>``), at most 200 characters.
            value: The choice, as JSON keeps it.
            viewer: Whose choice it is.

        Raises:
            StoreBusyError: Another writer kept the catalogue locked.
        """
        mine = (RememberedRow.subject == subject) & (RememberedRow.office == viewer.name)
        with writing(self._engine) as connection:
            connection.execute(delete(RememberedRow).where(mine))
            connection.execute(
                insert(RememberedRow).values(
                    subject=subject,
                    office=viewer.name,
                    value=plain(value),
                    changed_at=self._clock(),
                )
            )

    def remembered(self, subject: str, viewer: Viewer) -> dict[str, Any] | None:
        """The choice that the viewer's office made last; None where it made none."""
        query = select(RememberedRow.value).where(
            RememberedRow.subject == subject, RememberedRow.office == viewer.name
        )
        with reading(self._engine) as connection:
            return cast("dict[str, Any] | None", connection.execute(query).scalar_one_or_none())
