"""How a dataset version is cited on sheets, workbooks, pages and in exported files."""

from __future__ import annotations

from domain.passport import number_of
from store import Version


def passport_number(version: Version) -> str:
    """The number of the passport of the upload, or uploads, that a version was made from.

    Returns:
        The version's own id where it was not made from an upload with a number.
    """
    return number_of(version.passport) or version.id


def cited(version: Version) -> str:
    """Version and passport number on one line; the number alone where they are the same."""
    number = passport_number(version)
    return version.id if number == version.id else f"{version.id} · {number}"
