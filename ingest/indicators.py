"""Reads an indicator workbook: rows of zone and year, and everything that is wrong with them.

What is empty is missing and stays so; nothing is filled in. A row with an error is kept out, so
that what is kept is what the sender wrote. The bytes are foreign: whoever calls this for an upload
does it in the sandbox, as for every other file.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from domain import indicators
from domain.indicators import KEY
from domain.rules import RuleSet
from domain.schema import cast_values
from ingest import indicator_cells, indicator_checks
from ingest.indicator_headings import Heading, recognise
from ingest.model import Choices, Finding, RefusedError
from ingest.readers import xlsx
from ingest.source import Source

_NEEDED: Final = ("zone_id", "year")
_EXTERNAL: Final = "xl/externallinks/"
_NO_ZIP: Final = (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError)


@dataclass(frozen=True)
class IndicatorUpload:
    """What a workbook holds.

    Attributes:
        rows: Rows without an error, RangeIndex: every column of
            :func:`domain.indicators.columns`, typed and in stored units, and ``source_row``
            (record in the sheet, from 1).
        findings: What was found, errors first; ``row`` is the record, 0 means the file.
        sheet: Sheet that was read; empty where the workbook has one.
        records: Records in the sheet, totals and notes among them.
        blank: Records without any figure; they are left out and are no fault.
        kept_out: Records with an error.
    """

    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    sheet: str
    records: int
    blank: int
    kept_out: int

    @property
    def accepted(self) -> bool:
        """Something is there and nothing is wrong with it."""
        return len(self.rows) > 0 and all(f.severity != "error" for f in self.findings)


def read_indicators(
    data: bytes, *, zones: pd.DataFrame, latest_year: int, rules: RuleSet
) -> IndicatorUpload:
    """Rows and findings of a workbook.

    Args:
        data: An XLSX file, the product's template or a table of the same headings.
        zones: Known zones with ``zone_id`` and ``name_zh``; ``name_former`` where there is one.
        latest_year: Later years have not ended yet.
        rules: The rules ``intensity``, for the checks of rates.

    Raises:
        RefusedError: It is no workbook (``IND-001``), none of its sheets names zone and year
            (``IND-002``), or it is damaged, too large or dangerous (codes of the readers).
    """
    source, headings, told = _sheet(data)
    told += [f for f in source.findings if f.code != "TAB-005"]
    chunk = source.read(0, source.rows)
    told += list(chunk.findings)
    records = chunk.fields.set_axis(pd.RangeIndex(1, len(chunk.fields) + 1))
    left_out = pd.Series(chunk.faults, index=records.index) != ""
    typed, cell_findings = indicator_cells.typed(records[~left_out], headings)
    blank = indicator_checks.blank(typed)
    typed = typed[~blank]
    cell_findings = [f for f in cell_findings if f.row in typed.index]
    typed, place_findings = indicator_checks.places(typed, zones, latest_year=latest_year)
    found = [*cell_findings, *place_findings, *indicator_checks.figures(typed, rules=rules)]
    wrong = {f.row for f in found if f.severity == "error"}
    if blank.any():
        told.append(Finding(code="IND-014", values={"n": int(blank.sum())}))
    rows = typed[~typed.index.isin(wrong)]
    return IndicatorUpload(
        rows=_finished(rows),
        findings=tuple(sorted([*told, *found], key=_worst_first)),
        sheet=source.layer,
        records=len(records),
        blank=int(blank.sum()),
        kept_out=len(wrong),
    )


def _sheet(data: bytes) -> tuple[Source, list[Heading], list[Finding]]:
    """The sheet with most figures, its headings, and what was odd about the workbook."""
    linked = _links(data)
    with tempfile.TemporaryDirectory(prefix="ganyuan-") as folder:
        path = Path(folder) / "upload.xlsx"
        path.write_bytes(data)
        layers = xlsx.layers(path, Choices())
        read: list[tuple[int, Source, list[Heading], list[Finding]]] = []
        for layer in layers:
            try:
                source = layer.open()
            except RefusedError:
                # A sheet of explanations has no table; another sheet may.
                continue
            headings, told = recognise(source.names)
            names = {heading.column.column for heading in headings}
            if names.issuperset(_NEEDED):
                read.append((len(names), source, headings, told))
    if not read:
        raise RefusedError("IND-002")
    _, source, headings, told = max(read, key=lambda one: one[0])
    return source, headings, told + ([Finding(code="IND-018")] if linked else [])


def _links(data: bytes) -> bool:
    """Whether the workbook refers to others.

    Raises:
        RefusedError: The bytes are no XLSX file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.casefold() for name in archive.namelist()]
    except _NO_ZIP as err:
        raise RefusedError("IND-001") from err
    if not any(name.startswith("xl/") for name in names):
        raise RefusedError("IND-001")
    return any(name.startswith(_EXTERNAL) for name in names)


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    """Every column in order and typed, with the key and the record."""
    empty = pd.Series(pd.NA, index=rows.index, dtype="object")
    out = {
        c.column: cast_values(rows.get(c.column, empty), c.pandas_dtype, c.column)
        for c in indicators.columns()
        if c.column != KEY
    }
    key = indicators.record_ids(out["zone_id"], out["year"])
    frame = pd.DataFrame({KEY: key, **out})
    frame["source_row"] = np.asarray(rows.index, dtype=np.int64)
    return frame.reset_index(drop=True)


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    order: Sequence[str] = ("error", "warning", "info")
    return order.index(finding.severity), finding.row, finding.code
