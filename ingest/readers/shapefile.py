"""Shapefiles: shapes and records joined row by row, nothing dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from ingest import encoding
from ingest.evidence import EncodingEvidence
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import declared_by_prj
from ingest.readers import dbf, shp
from ingest.readers.names import unique
from ingest.readers.shp_shapes import ShapeReader
from ingest.source import Chunk, Source

_PRJ_MOST: Final = 1 << 16
_CPG_MOST: Final = 64
_MEMO: Final = frozenset("MBGP")


def load(paths: Mapping[str, Path], choices: Choices) -> Source:
    """Open a shapefile.

    Args:
        paths: Path by suffix, server-chosen names in a private folder.
        choices: What a person decided; ``FIL-004``, ``FIL-006`` and ``FIL-008`` in ``anyway``
            read a cut .shp, parts of different length, or without the index.

    Raises:
        RefusedError: A part is missing, cut or of another layer.
    """
    index = shp.open_index(
        paths[".shp"],
        paths.get(".shx"),
        cut_is_fine="FIL-004" in choices.anyway,
        shx_is_fine="FIL-008" in choices.anyway,
    )
    if ".dbf" not in paths:
        raise RefusedError("FIL-005")
    table = dbf.open_table(paths[".dbf"])
    findings = _counts(index, table, choices)
    evidence, told = _judged(paths, table, choice=choices.encoding)
    codec = evidence.chosen or (evidence.candidates[0].name if evidence.candidates else "gb18030")
    names = unique([_text(field.name, codec) for field in table.fields])
    parts = _Parts(index, table, names, codec, ShapeReader(index, paths[".shp"].parent / "gdal"))
    wkt = ""
    if ".prj" in paths:
        with paths[".prj"].open("rb") as f:
            wkt = encoding.decode_text(f.read(_PRJ_MOST))[0]
    return Source(
        format="shapefile",
        rows=parts.rows,
        names=names,
        has_shapes=True,
        encoding=evidence.model_copy(update={"field_names": names}),
        declared=declared_by_prj(wkt),
        dated=table.updated,
        findings=(*told, *findings),
        read=parts.read,
    )


def _counts(index: shp.Index, table: dbf.Table, choices: Choices) -> list[Finding]:
    """Compare the numbers of shapes and records."""
    findings = []
    shapes = len(index)
    if table.whole:
        records = table.stated
    else:
        records = table.stored if shapes == table.stated else table.stated
    if shapes != records or not table.whole:
        if "FIL-006" not in choices.anyway:
            raise RefusedError("FIL-006", shapes=shapes, records=records)
        findings.append(Finding(code="FIL-006", values={"shapes": shapes, "records": records}))
    if max(shapes, min(table.stated, table.stored)) == 0:
        raise RefusedError("FIL-010")
    if index.rebuilt:
        findings.append(Finding(code="FIL-007"))
    if index.has_z_or_m:
        findings.append(Finding(code="GEO-008"))
    memos = [field for field in table.fields if field.kind in _MEMO]
    if memos:
        named = "、".join(field.name.decode("gb18030", "replace") for field in memos)
        findings.append(Finding(code="FIL-025", values={"fields": named}))
    return findings


def _judged(
    paths: Mapping[str, Path], table: dbf.Table, *, choice: str | None
) -> tuple[EncodingEvidence, list[Finding]]:
    """Find the encoding of the attribute table."""
    findings = []
    stated = ""
    if ".cpg" in paths:
        with paths[".cpg"].open("rb") as f:
            stated = f.read(_CPG_MOST).decode("ascii", "replace").strip()
    declared = encoding.normalise(stated) or encoding.declared_by_ldid(table.ldid)
    evidence = encoding.judge(dbf.sniff(table), declared=declared, choice=choice)
    if choice is not None and evidence.chosen is None:
        findings.append(Finding(code="ENC-005", values={"encoding": choice}))
    elif evidence.source == "content" and evidence.chosen and (declared or stated):
        values = {"declared": stated or declared, "found": evidence.chosen}
        findings.append(Finding(code="ENC-001", values=values))
    elif evidence.source == "content" and evidence.chosen:
        findings.append(Finding(code="ENC-004", values={"found": evidence.chosen}))
    return evidence, findings


def _text(raw: bytes, codec: str) -> str:
    try:
        return encoding.decode(raw, codec)[0].strip("\0 ")
    except UnicodeDecodeError:
        return raw.decode(codec, errors="replace").strip("\0 ")


@dataclass(frozen=True)
class _Parts:
    """The parts of a shapefile, joined by row number."""

    index: shp.Index
    table: dbf.Table
    names: tuple[str, ...]
    codec: str
    shapes: ShapeReader

    @property
    def rows(self) -> int:
        """Rows of the longer part; a table that claims more than it holds counts what it holds."""
        return max(
            len(self.index), self.table.stored if not self.table.whole else self.table.stated
        )

    def read(self, start: int, stop: int) -> Chunk:
        """Rows ``start`` to ``stop``."""
        stop = min(stop, self.rows)
        m = max(stop - start, 0)
        records = dbf.read(self.table, self.names, self.codec, start, stop)
        shapes = self.shapes.read(start, stop)
        geometries = np.full(m, None, dtype=object)
        faults = np.full(m, "", dtype=object)
        geometries[: len(shapes.geometries)] = shapes.geometries
        faults[: len(shapes.faults)] = shapes.faults
        findings = [*records.findings, *shapes.findings]
        faults[: len(records.deleted)][records.deleted] = "FIL-021"
        common = min(len(self.index), self.table.stated, self.table.stored)
        surplus = np.arange(start, start + m) >= common
        findings = [f for f in findings if f.row - 1 < common]
        faults[surplus] = "FIL-006"
        counts = {"shapes": len(self.index), "records": min(self.table.stated, self.table.stored)}
        findings.extend(
            Finding(code="FIL-006", row=start + int(i) + 1, values=counts)
            for i in np.flatnonzero(surplus)
        )
        frame = records.fields
        if len(frame) < m:
            frame = frame.reindex(pd.RangeIndex(start, start + m))
        return Chunk(start, frame, geometries, faults, tuple(findings))
