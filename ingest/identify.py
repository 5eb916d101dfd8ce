"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import re
from typing import Final, Literal

from geo.formats import boundary_points
from ingest.encoding import decode_text
from ingest.model import RefusedError

Kind = Literal["zip", "sqlite", "geojson", "kml", "dxf", "boundary_points", "delimited"]

HEAD: Final = 1 << 16
"""Bytes that suffice to tell what a file is."""

_SHP: Final = b"\x00\x00\x27\x0a"
_CFB: Final = b"\xd0\xcf\x11\xe0"
_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (_SHP, "FIL-016"),
    (b"Rar!", "FIL-011"),
    (b"7z\xbc\xaf\x27\x1c", "FIL-011"),
    (b"\x1f\x8b", "FIL-011"),
    (b"BZh", "FIL-011"),
    (b"\xfd7zXZ", "FIL-011"),
    (b"\x00\x01\x00\x00Standard Jet DB", "FIL-012"),
    (b"\x00\x01\x00\x00Standard ACE DB", "FIL-012"),
    (b"AC10", "FIL-014"),
    (b"%PDF", "FIL-015"),
    (b"II*\x00", "FIL-031"),
    (b"MM\x00*", "FIL-031"),
    (b"\x89PNG", "FIL-031"),
    (b"\xff\xd8\xff", "FIL-031"),
    (b"AutoCAD Binary DXF", "FIL-032"),
)
_TAR: Final = (257, b"ustar")
_MARKUP: Final = re.compile(r"^\ufeff?\s*<")
_KML: Final = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?kml[\s>/]")
_JSON: Final = re.compile(r"^\ufeff?\s*[{\[]\s*[\"{\]}]")
_DXF: Final = re.compile(r"^\ufeff?\s*(?:999[ \t]*\r?\n[^\n]*\n\s*)*0[ \t]*\r?\n[ \t]*SECTION\b")
_DELIMITERS: Final = (",", "\t", ";", "|", "，")
_DBF_MARKS: Final = frozenset({0x03, 0x30, 0x31, 0x83, 0x8B, 0xF5})
_DBF_HEADER: Final = 32
_LINES: Final = 30


def kind_of(head: bytes) -> Kind:
    """Kind of a file.

    Args:
        head: Its first :data:`HEAD` bytes, or all of it.

    Raises:
        RefusedError: It is empty or of a kind that is not taken; the words say what to do instead.
    """
    if not head:
        raise RefusedError("FIL-001")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    for magic, code in _REFUSED:
        if head.startswith(magic):
            raise RefusedError(code)
    if head[_TAR[0] :].startswith(_TAR[1]):
        raise RefusedError("FIL-011")
    if head.startswith(_CFB):
        raise RefusedError(_office(head))
    if _is_table(head):
        raise RefusedError("FIL-030")
    return _kind_of_text(head)


def _office(head: bytes) -> str:
    """Code for a compound document, by the names in its directory."""
    if "EncryptedPackage".encode("utf-16-le") in head:
        return "FIL-027"
    if "Workbook".encode("utf-16-le") in head:
        return "FIL-026"
    return "FIL-013"


def _is_table(head: bytes) -> bool:
    """Whether bytes begin like a .dbf: its mark, a date and sizes that are possible."""
    if len(head) < _DBF_HEADER + 1 or head[0] not in _DBF_MARKS:
        return False
    header_size = int.from_bytes(head[8:10], "little")
    month, day = head[2], head[3]
    return header_size % 32 in {1, 8} and month <= 12 and day <= 31  # noqa: PLR2004 - a date


def _kind_of_text(head: bytes) -> Kind:
    """Kind of a text in any encoding."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in head and not wide:
        raise RefusedError("FIL-002")
    text = decode_text(head)[0]
    if _MARKUP.match(text):
        if _KML.search(text):
            return "kml"
        raise RefusedError("FIL-018")
    if boundary_points.looks_like(text):
        return "boundary_points"
    if _JSON.match(text):
        return "geojson"
    if _DXF.match(text):
        return "dxf"
    if _is_delimited(text):
        return "delimited"
    raise RefusedError("FIL-002")


def _is_delimited(text: str) -> bool:
    """Whether most of the first lines hold the same separator."""
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    least = max(2, len(lines) // 2)
    return any(sum(sep in line for line in lines) >= least for sep in _DELIMITERS)
