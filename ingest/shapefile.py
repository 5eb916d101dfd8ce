"""Reads a shapefile: first the arithmetic of its headers, then its rows.

GDAL reads cut files, tables that are too short and shifted indexes without a word, so the numbers
in the headers are compared with each other and with the bytes before it sees the file.
"""

from __future__ import annotations

import datetime as dt
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from ingest import encoding
from ingest.evidence import EncodingEvidence
from ingest.identify import is_shapefile
from ingest.model import Finding, RefusedError

_SHP_HEADER: Final = 100
_DBF_HEADER: Final = 32
_POLYGONS: Final = frozenset({5, 15, 25})
_WITH_Z_OR_M: Final = frozenset({15, 25})
_SHAPES: Final = {
    0: "空",
    1: "点",
    3: "线",
    8: "多点",
    11: "点 Z",
    13: "线 Z",
    18: "多点 Z",
    21: "点 M",
    23: "线 M",
    28: "多点 M",
    31: "MultiPatch",
}
_SNIFF_ROWS: Final = 2000
_MOST_CUT: Final = 1000
_LOSSLESS: Final = "ISO-8859-1"
"""Every byte is one character of it, so text passes through GDAL untouched."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the headers of a shapefile say.

    Attributes:
        rows: Number of records.
        updated: Date of the last change that the .dbf states; None where it states none.
        ldid: Language byte of the .dbf.
        has_z_or_m: Shapes carry heights or measures.
        shx_missing: There is no index; it can be rebuilt.
    """

    rows: int
    updated: dt.date | None
    ldid: int
    has_z_or_m: bool
    shx_missing: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """Rows of a layer as read.

    Attributes:
        fields: n rows of the sender's fields, RangeIndex; text columns decoded.
        geometries: n geometries, two-dimensional, None where missing or unreadable.
        faults: n codes of rows that cannot be used, empty text elsewhere.
        encoding: How text was read.
        findings: What was odd.
    """

    fields: pd.DataFrame
    geometries: npt.NDArray[np.object_]
    faults: npt.NDArray[np.object_]
    encoding: EncodingEvidence
    findings: tuple[Finding, ...]


def read_header(paths: Mapping[str, Path]) -> Header:
    """Check the parts of a shapefile against each other.

    Args:
        paths: Path by suffix.

    Raises:
        RefusedError: A part is missing, cut or of another layer.
    """
    shape_type = _check_shp(paths[".shp"])
    if ".dbf" not in paths:
        raise RefusedError("FIL-005")
    records, updated, ldid = _check_dbf(paths[".dbf"])
    shx_missing = ".shx" not in paths
    shapes = _count_shapes(paths[".shp"]) if shx_missing else _check_shx(paths[".shx"])
    if shapes != records:
        raise RefusedError("FIL-006", shapes=shapes, records=records)
    if records == 0:
        raise RefusedError("FIL-010")
    return Header(records, updated, ldid, shape_type in _WITH_Z_OR_M, shx_missing)


def _check_shp(path: Path) -> int:
    """Shape type of the main file."""
    with path.open("rb") as f:
        head = f.read(_SHP_HEADER)
    if not is_shapefile(head):
        raise RefusedError("FIL-003")
    actual = path.stat().st_size
    if len(head) < _SHP_HEADER:
        raise RefusedError("FIL-004", stated=_SHP_HEADER, actual=actual)
    stated = 2 * struct.unpack(">i", head[24:28])[0]
    if stated != actual:
        raise RefusedError("FIL-004", stated=stated, actual=actual)
    shape_type = int(struct.unpack("<i", head[32:36])[0])
    if shape_type not in _POLYGONS:
        raise RefusedError("FIL-009", kind=_SHAPES.get(shape_type, str(shape_type)))
    return shape_type


def _check_shx(path: Path) -> int:
    """Number of shapes that the index lists."""
    with path.open("rb") as f:
        head = f.read(_SHP_HEADER)
    actual = path.stat().st_size
    if not is_shapefile(head) or len(head) < _SHP_HEADER or (actual - _SHP_HEADER) % 8:
        raise RefusedError("FIL-008")
    if 2 * struct.unpack(">i", head[24:28])[0] != actual:
        raise RefusedError("FIL-008")
    return (actual - _SHP_HEADER) // 8


def _count_shapes(path: Path) -> int:
    """Number of shapes, by walking the main file."""
    size, position, count = path.stat().st_size, _SHP_HEADER, 0
    with path.open("rb") as f:
        while position + 8 <= size:
            f.seek(position)
            words = struct.unpack(">ii", f.read(8))[1]
            if words < 0:
                raise RefusedError("FIL-004", stated=position, actual=size)
            position += 8 + 2 * words
            count += 1
    if position != size:
        raise RefusedError("FIL-004", stated=position, actual=size)
    return count


def _check_dbf(path: Path) -> tuple[int, dt.date | None, int]:
    """Number of records, date of change and language byte of the table."""
    with path.open("rb") as f:
        head = f.read(_DBF_HEADER)
    if len(head) < _DBF_HEADER:
        raise RefusedError("FIL-019")
    records, header_size, record_size = struct.unpack("<IHH", head[4:12])
    actual = path.stat().st_size - header_size
    # Writers disagree on whether an end mark follows the last record.
    if record_size < 1 or not 0 <= actual - records * record_size <= 1 + record_size // 2:
        raise RefusedError("FIL-006", shapes=max(actual, 0) // max(record_size, 1), records=records)
    year, month, day = head[1] + 1900, head[2], head[3]
    try:
        updated = dt.date(year, month, day)
    except ValueError:
        updated = None
    return records, updated, head[29]


def sniff_bytes(path: Path) -> list[bytes]:
    """Raw text values of the first rows of a .dbf, then its raw field names."""
    with path.open("rb") as f:
        head = f.read(_DBF_HEADER)
        records, header_size, record_size = struct.unpack("<IHH", head[4:12])
        descriptors = f.read(max(header_size - _DBF_HEADER, 0))
        body = f.read(record_size * min(records, _SNIFF_ROWS))
    names, spans, offset = [], [], 1
    for start in range(0, len(descriptors) - 31, 32):
        descriptor = descriptors[start : start + 32]
        if descriptor[0] == 0x0D:  # noqa: PLR2004 - end mark of the format
            break
        names.append(descriptor[:11].split(b"\0")[0])
        width = descriptor[16]
        if descriptor[11:12] == b"C":
            spans.append((offset, offset + width))
        offset += width
    rows = range(0, len(body), record_size)
    values = [body[row + a : row + b].rstrip(b" \0") for row in rows for a, b in spans]
    return [value for value in values if value] + names


def judge_encoding(
    paths: Mapping[str, Path], header: Header, *, choice: str | None
) -> tuple[EncodingEvidence, list[Finding]]:
    """Find the encoding of the attribute table."""
    findings = []
    stated = ""
    if ".cpg" in paths:
        stated = paths[".cpg"].read_bytes()[:64].decode("ascii", "replace").strip()
    declared = encoding.normalise(stated) or encoding.declared_by_ldid(header.ldid)
    evidence = encoding.judge(sniff_bytes(paths[".dbf"]), declared=declared, choice=choice)
    if choice is not None and evidence.chosen is None:
        findings.append(Finding(code="ENC-005", values={"encoding": choice}))
    elif evidence.source == "content" and evidence.chosen and (declared or stated):
        values = {"declared": stated or declared, "found": evidence.chosen}
        findings.append(Finding(code="ENC-001", values=values))
    elif evidence.source == "content" and evidence.chosen:
        findings.append(Finding(code="ENC-004", values={"found": evidence.chosen}))
    return evidence, findings


def read(paths: Mapping[str, Path], header: Header, evidence: EncodingEvidence) -> Layer:
    """Read the rows of a shapefile.

    Args:
        paths: Path by suffix, server-chosen names.
        header: Its checked header.
        evidence: How text is to be read; the best candidate is used while a decision is open.

    Raises:
        RefusedError: GDAL cannot read it.
    """
    options = {"SHAPE_RESTORE_SHX": "YES"} if header.shx_missing else {}
    pyogrio.set_gdal_config_options(options)
    try:
        # What GDAL would warn of is found again by the checks, with its row.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, fids, wkb, columns = pyogrio.raw.read(
                paths[".shp"], encoding=_LOSSLESS, return_fids=True
            )
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as err:
        raise RefusedError("FIL-004", stated="—", actual=paths[".shp"].stat().st_size) from err
    codec = evidence.chosen or (evidence.candidates[0].name if evidence.candidates else "gb18030")
    findings: list[Finding] = []
    names = [_text(name, codec) for name in meta["fields"]]
    rows = np.asarray(fids, dtype=np.int64)
    fields = pd.DataFrame(
        {
            name: _decoded(values, codec, rows, name, findings)
            for name, values in zip(_unique(names), columns, strict=True)
        },
        index=rows,
    )
    geometries = np.full(header.rows, None, dtype=object)
    geometries[rows] = shapely.force_2d(shapes)
    faults = np.full(header.rows, "", dtype=object)
    unread = np.array([shape is not None for shape in wkb]) & shapely.is_missing(geometries[rows])
    faults[rows[unread]] = "GEO-003"
    findings.extend(Finding(code="GEO-003", row=int(row) + 1) for row in rows[unread])
    if header.has_z_or_m:
        findings.append(Finding(code="GEO-008"))
    if header.shx_missing:
        findings.append(Finding(code="FIL-007"))
    evidence = evidence.model_copy(update={"field_names": tuple(names)})
    fields = fields.reindex(range(header.rows))
    return Layer(fields, geometries, faults, evidence, tuple(findings))


def _text(value: str, codec: str) -> str:
    raw = value.encode(_LOSSLESS)
    try:
        return encoding.decode(raw, codec)[0].strip("\0 ")
    except UnicodeDecodeError:
        return raw.decode(codec, errors="replace").strip("\0 ")


def _unique(names: list[str]) -> list[str]:
    """Field names without repetition; cut names may have become equal."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _decoded(
    values: npt.NDArray[np.object_],
    codec: str,
    rows: npt.NDArray[np.int64],
    name: str,
    findings: list[Finding],
) -> pd.Series:
    """A column with its text decoded; numbers and dates as they are."""
    if values.dtype != object:
        return pd.Series(values, index=rows)
    codes, distinct = pd.factorize(values)
    texts, cut = [], np.zeros(len(distinct) + 1, dtype=bool)
    for i, value in enumerate(distinct):
        raw = str(value).encode(_LOSSLESS)
        try:
            text, cut[i] = encoding.decode(raw, codec)
        except UnicodeDecodeError:
            text, cut[i] = raw.decode(codec, errors="replace"), True
        texts.append(text.strip("\0 \u3000\t"))
    findings.extend(
        Finding(code="ENC-003", row=int(row) + 1, values={"field": name})
        for row in rows[cut[codes]][:_MOST_CUT]
    )
    table = np.array([*texts, None], dtype=object)
    return pd.Series(table[codes], index=rows, dtype="object")
