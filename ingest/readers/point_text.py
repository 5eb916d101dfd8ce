"""Boundary-point texts: parsed once, handed on in stretches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.formats import boundary_points
from ingest import unpack
from ingest.encoding import decode_text
from ingest.evidence import EncodingEvidence
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import declared_by_header
from ingest.readers.columns import texts
from ingest.readers.whole import Rows, whole
from ingest.source import Source

LARGEST_TEXT: Final = 200 * unpack.MB
"""Bytes of a text that are read into memory at once."""

_AREA: Final = "地块面积"
_FIELDS: Final = ("地块编号", "地块名称", "土地用途", "地类编码", _AREA, "图幅号")


def text_of(path: Path, choices: Choices) -> tuple[str, EncodingEvidence, list[Finding]]:
    """Text of a file with what is to be said about its encoding.

    Raises:
        RefusedError: It is too large.
    """
    if path.stat().st_size > LARGEST_TEXT:
        raise RefusedError("ZIP-003", limit_mb=LARGEST_TEXT // unpack.MB)
    text, evidence = decode_text(path.read_bytes(), choice=choices.encoding)
    findings = []
    if choices.encoding is not None and evidence.chosen is None:
        findings.append(Finding(code="ENC-005", values={"encoding": choices.encoding}))
    elif evidence.chosen and evidence.source == "content" and evidence.chosen != "utf-8":
        findings.append(Finding(code="ENC-004", values={"found": evidence.chosen}))
    return text, evidence, findings


def load(path: Path, choices: Choices) -> Source:
    """Open a boundary-point text.

    Raises:
        RefusedError: It is too large or holds no parcel.
    """
    text, evidence, findings = text_of(path, choices)
    try:
        parsed = boundary_points.parse(text)
    except boundary_points.NoParcelError as err:
        raise RefusedError("BPT-001") from err
    found = parsed.parcels
    faults = np.full(len(found), "", dtype=object)
    for note in parsed.notes:
        if note.row and note.code in boundary_points.FATAL:
            faults[note.row - 1] = note.code
    geometries = np.full(len(found), None, dtype=object)
    geometries[:] = [parcel.geometry for parcel in found]
    notes = [
        Finding.model_validate({"code": n.code, "row": n.row, "values": dict(n.values)})
        for n in parsed.notes
    ]
    rows = Rows(_attributes(found), geometries, faults, tuple(n for n in notes if n.row))
    return whole(
        rows,
        format="boundary_points",
        encoding=evidence,
        declared=declared_by_header(parsed.header),
        dated=_date_of(parsed.header),
        findings=(*findings, *(n for n in notes if not n.row)),
    )


def _attributes(found: tuple[boundary_points.PointParcel, ...]) -> pd.DataFrame:
    """The attribute fields of the parcels under their names in the format."""
    rows = [(p.parcel_id, p.name, p.use, p.land_class, p.area_stated, p.sheet) for p in found]
    frame = pd.DataFrame(rows, columns=list(_FIELDS))
    for name in _FIELDS:
        if name != _AREA:
            frame[name] = texts(frame[name])
    most = max(len(p.extra) for p in found)
    for j in range(most):
        frame[f"附加属性{j + 1}"] = texts(p.extra[j] if j < len(p.extra) else "" for p in found)
    return frame


def _date_of(header: Mapping[str, str]) -> dt.date | None:
    """Date of a text file, from its header."""
    parts = re.findall(r"\d+", header.get("数据产生日期", ""))
    try:
        return dt.date(*(int(part) for part in parts[:3]))
    except (TypeError, ValueError, OverflowError):
        return None
