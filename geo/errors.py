"""Errors a user can act on. Each carries a stable code and the rows concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class GanyuanError(Exception):
    """Base of every error that this product raises on purpose.

    The English message is for logs and developers; what a user reads is the catalogue text of
    ``code`` (``data/issues``) filled with ``values``.

    Args:
        message: What happened and what to do next, in English.
        rows: Labels of the offending rows; empty when the whole input is meant.
        values: Named values for the placeholders of the catalogue text.

    Attributes:
        code: Stable identifier, printed on pages, in reports and by the command line.
    """

    code: ClassVar[str] = "GEN-000"

    def __init__(
        self,
        message: str,
        *,
        rows: Sequence[object] = (),
        values: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"[{self.code}] {message}")
        self.message = message
        self.rows = tuple(rows)
        self.values = dict(values or {})

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its text otherwise, and the copy would carry its code twice.
        return _copied, (type(self), self.message, self.rows, self.values)


def _copied(
    kind: type[GanyuanError], message: str, rows: tuple[object, ...], values: dict[str, object]
) -> GanyuanError:
    """An error that another process raised."""
    error = kind.__new__(kind)
    GanyuanError.__init__(error, message, rows=rows, values=values)
    return error


class MissingCRSError(GanyuanError):
    """The layer states no coordinate reference system."""

    code = "CRS-001"


class NotProjectedError(GanyuanError):
    """A metric operation was asked of degrees or of another unit than metres."""

    code = "CRS-002"


class NotGeographicError(GanyuanError):
    """An ellipsoidal operation was asked of projected coordinates."""

    code = "CRS-003"


class SchemaError(GanyuanError):
    """Required columns are absent or hold values of the wrong kind."""

    code = "SCH-001"
