"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from geo.formats import boundary_points
from ingest.encoding import decode_text
from ingest.model import RefusedError

Kind = Literal["zip", "boundary_points"]

_SHP: Final = b"\x00\x00\x27\x0a"
_HEAD: Final = 1 << 16
_MAX_TEXT: Final = 100 * 1024**2

_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (_SHP, "FIL-016"),
    (b"Rar!", "FIL-011"),
    (b"7z\xbc\xaf\x27\x1c", "FIL-011"),
    (b"\x1f\x8b", "FIL-011"),
    (b"BZh", "FIL-011"),
    (b"\xfd7zXZ", "FIL-011"),
    (b"\x00\x01\x00\x00Standard Jet DB", "FIL-012"),
    (b"\x00\x01\x00\x00Standard ACE DB", "FIL-012"),
    (b"\xd0\xcf\x11\xe0", "FIL-013"),
    (b"AC10", "FIL-014"),
    (b"%PDF", "FIL-015"),
    (b"SQLite format 3", "FIL-017"),
)
_MARKUP: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<")
_JSON: Final = (b"{", b"[{", b"\xef\xbb\xbf{")


def kind_of(path: Path) -> Kind:
    """Kind of an uploaded file.

    Raises:
        RefusedError: It is empty or of a kind that is not taken; the words say what to do instead.
    """
    with path.open("rb") as f:
        head = f.read(_HEAD)
    if not head:
        raise RefusedError("FIL-001")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    for magic, code in _REFUSED:
        if head.startswith(magic):
            raise RefusedError(code)
    stripped = head.lstrip(b" \t\r\n\x00")
    if stripped.startswith(_MARKUP):
        raise RefusedError("FIL-018")
    if stripped.startswith(_JSON):
        raise RefusedError("FIL-017")
    if path.stat().st_size <= _MAX_TEXT and is_boundary_text(head):
        return "boundary_points"
    raise RefusedError("FIL-002")


def is_boundary_text(head: bytes) -> bool:
    """Whether bytes begin like a boundary-point text in any encoding."""
    if b"\x00\x00\x00" in head:
        return False
    return boundary_points.looks_like(decode_text(head)[0])


def is_shapefile(head: bytes) -> bool:
    """Whether bytes begin like the main file of a shapefile."""
    return head.startswith(_SHP)
