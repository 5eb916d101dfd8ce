"""Files that must be turned away, with the code of the sentence that says why."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from pyproj import CRS

from scripts.build_samples import archive, parcels, shapefile_parts, shapefile_zip

_NORTH: Final = parcels(code="360121", east=39_391_000.0, north=3_158_500.0)


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("地块.shp", b"\0" * 40_000_000)
    return buffer.getvalue()


def _cut() -> bytes:
    parts = shapefile_parts(_NORTH)
    return archive({"a.shp": parts[".shp"][:700], "a.shx": parts[".shx"], "a.dbf": parts[".dbf"]})


def _elsewhere() -> bytes:
    beijing = parcels(code="110105", east=39_450_000.0, north=4_420_000.0)
    return shapefile_zip(beijing, stem="a")


def _xian() -> bytes:
    prj = CRS.from_epsg(2363).to_wkt("WKT1_ESRI").encode()
    return shapefile_zip(_NORTH, stem="a", extra={".prj": prj})


def _open_drawing() -> bytes:
    points = "".join(f"10\n{x}\n20\n{y}\n" for x, y in ((0, 0), (0, 9), (9, 9)))
    return f"0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n70\n0\n{points}0\nENDSEC\n0\nEOF\n".encode()


def _mdb() -> bytes:
    return b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(4096)


BAD_FILES: Final = {
    "text.zip": (archive({"a/地块.shp": "这不是图形文件".encode("gbk")}), "FIL-003"),
    "text.shp": ("这不是图形文件".encode("gbk"), "FIL-003"),
    "cut.zip": (_cut(), "FIL-004"),
    "bomb.zip": (_bomb(), "ZIP-004"),
    "empty.zip": (archive({}), "ZIP-010"),
    "nothing.zip": (b"", "FIL-001"),
    "beijing.zip": (_elsewhere(), "PLC-002"),
    "xian80.zip": (_xian(), "CRS-004"),
    "data.rar": (b"Rar!\x1a\x07\x01\x00" + bytes(64), "FIL-011"),
    "data.mdb": (_mdb(), "FIL-012"),
    "drawing.dwg": (b"AC1027" + bytes(64), "FIL-014"),
    "scan.tif": (b"II*\x00" + bytes(64), "FIL-031"),
    "ledger.xls": (b"\xd0\xcf\x11\xe0" + bytes(64) + "Workbook".encode("utf-16-le"), "FIL-026"),
    "entity.kml": (b'<!DOCTYPE kml [<!ENTITY a "b">]><kml>&a;</kml>', "VEC-010"),
    "open.dxf": (_open_drawing(), "VEC-015"),
}
"""Bytes by name, and the code with which each is refused."""
