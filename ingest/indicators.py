"""Rows of a table of yearly figures: subject, year, figures, and everything that is wrong.

What is empty is missing and stays so; nothing is filled in. A row with an error is kept out, so
that what is kept is what the sender wrote. Runs inside the sandbox, as every reader does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import indicators, ledgers, reference
from domain.indicators import KEY, SUBJECT
from domain.rules import RuleSet, load_rules
from domain.schema import YearlyKind, cast_values, is_yearly
from ingest import check_cells, enterprise_checks, indicator_cells, indicator_checks
from ingest.found import Rows
from ingest.indicator_headings import Heading
from ingest.model import Finding, RefusedError
from ingest.results import result_paths
from ingest.rows import quarantine
from ingest.run import Opened, Run
from ingest.source import Chunk, Source

BLANK: Final = "IND-014"
"""Why a record without any figure is kept apart."""

_YEAR: Final = "year"
_UNNAMED: Final[dict[YearlyKind, str]] = {"indicators": "IND-002", "enterprises": "ENT-001"}
"""Why a table is refused that does not say whose figures it holds."""


@dataclass(frozen=True)
class IndicatorUpload:
    """What a workbook holds.

    Attributes:
        rows: Rows without an error, RangeIndex: every column of
            :func:`domain.indicators.columns`, typed and in stored units, and ``source_row``
            (record in the sheet, from 1).
        findings: What was found, errors first; ``row`` is the record, 0 means the file.
        chunk: The records as the sender wrote them, totals and notes among them.
        ids: Subject and year of every record of ``chunk`` as text, on its index; missing where one
            of the two is not known.
        faults: Code that keeps each of them out, :data:`BLANK` where it has no figure; empty text
            for a row that is good.
    """

    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    chunk: Chunk
    ids: pd.Series
    faults: npt.NDArray[np.object_]

    @property
    def records(self) -> int:
        """Records in the sheet."""
        return len(self.faults)

    @property
    def blank(self) -> int:
        """Records without any figure; that is no fault."""
        return int((self.faults == BLANK).sum())

    @property
    def kept_out(self) -> int:
        """Records that an error keeps out, totals and notes among them."""
        return self.records - self.blank - len(self.rows)


def read_indicators(
    source: Source,
    headings: Sequence[Heading],
    *,
    zones: pd.DataFrame,
    latest_year: int,
    rules: RuleSet,
    kind: YearlyKind = "indicators",
) -> IndicatorUpload:
    """Rows and findings of a sheet.

    Args:
        source: The sheet.
        headings: What its columns are (:func:`ingest.indicator_headings.recognise`).
        zones: Known zones with ``zone_id`` and ``name_zh``; ``name_former`` where there is one.
        latest_year: Later years have not ended yet.
        rules: The rules ``intensity``, for the checks of rates.
        kind: Whose figures they are: zones' or enterprises'.

    Raises:
        RefusedError: No column names the zone, the year or, of enterprises, the credit code
            (``IND-002``, ``ENT-001``), or the sheet cannot be read after all (codes of the
            readers).
    """
    names = {heading.column.column for heading in headings}
    if not {_YEAR, SUBJECT[kind]} - {"zone_id"} <= names or not names & {"zone_id", "zone_name"}:
        raise RefusedError(_UNNAMED[kind])
    chunk = source.read(0, source.rows)
    records = chunk.fields.set_axis(pd.RangeIndex(1, len(chunk.fields) + 1))
    faults = pd.Series(chunk.faults, index=records.index, dtype="object")
    typed, told = indicator_cells.typed(records[faults == ""], headings, kind)
    typed = _with_zones(typed)
    # A cell that cannot be read was filled in all the same.
    blank = indicator_checks.blank(typed, kind) & ~typed.index.isin([f.row for f in told])
    faults[typed.index[blank]] = BLANK
    typed = typed[~blank]
    typed, places = indicator_checks.places(typed, zones, latest_year=latest_year, kind=kind)
    if kind == "enterprises":
        typed, own = enterprise_checks.checked(typed)
        own += indicator_checks.limits(typed, kind)
    else:
        own = indicator_checks.figures(typed, rules=rules)
    found = [*told, *places, *indicator_checks.texts(typed, kind), *own]
    for finding in found:
        if finding.severity == "error" and faults[finding.row] == "":
            faults[finding.row] = finding.code
    about_file = list(chunk.findings)
    if blank.any():
        about_file.append(Finding(code=BLANK, values={"n": int(blank.sum())}))
    ids = indicators.record_ids(typed[SUBJECT[kind]], typed[_YEAR]).reindex(records.index)
    return IndicatorUpload(
        rows=_finished(typed[faults[typed.index] == ""], kind),
        findings=tuple(sorted([*about_file, *found], key=_worst_first)),
        chunk=chunk,
        ids=ids.set_axis(chunk.fields.index),
        faults=faults.to_numpy(dtype=object),
    )


def inspect(run: Run, opened: Opened) -> None:
    """Check every row of an opened sheet and part the good from those that are kept apart.

    Raises:
        RefusedError: Columns are missing, nothing is filled in (``IND-020``), or no row is good.
    """
    run.stage("check")
    as_of, kind = run.job.as_of, opened.kind
    if not is_yearly(kind):
        raise RefusedError("MAP-002")
    upload = read_indicators(
        opened.source,
        opened.headings,
        zones=reference.zones(),
        latest_year=indicators.last_year(as_of),
        rules=load_rules("intensity", as_of=as_of),
        kind=kind,
    )
    run.findings.add(upload.findings)
    if not len(upload.rows):
        raise RefusedError("IND-020" if upload.blank == upload.records else "LED-050")
    rows = Rows(
        kind=opened.kind,
        frame=upload.rows,
        numbers=upload.rows["source_row"].to_numpy(dtype=np.int64),
        rules=run.rules,
    )
    run.findings.add(check_cells.damaged(rows))
    run.stage("write")
    paths = result_paths(Path(run.job.workdir))
    accepted = ledgers.conform(kind, upload.rows)
    accepted.to_parquet(paths.accepted)
    bad = np.flatnonzero(upload.faults != "")
    quarantine(upload.chunk, upload.ids, bad, upload.faults).to_parquet(paths.quarantined)
    run.facts |= {
        "rows_ok": len(accepted),
        "rows_quarantined": len(bad),
        "rows_unfilled": upload.blank,
    }


def _with_zones(rows: pd.DataFrame) -> pd.DataFrame:
    """Code and full name are equally good for telling a zone; the code goes first."""
    if "zone_name" not in rows:
        return rows
    code = rows["zone_id"] if "zone_id" in rows else rows["zone_name"]
    return rows.assign(zone_id=code.fillna(rows["zone_name"]))


def _finished(rows: pd.DataFrame, kind: YearlyKind) -> pd.DataFrame:
    """Every column in order and typed, with the key and the record."""
    empty = pd.Series(pd.NA, index=rows.index, dtype="object")
    out = {
        c.column: cast_values(rows.get(c.column, empty), c.pandas_dtype, c.column)
        for c in indicators.columns(kind)
        if c.column != KEY
    }
    key = indicators.record_ids(out[SUBJECT[kind]], out[_YEAR])
    frame = pd.DataFrame({KEY: key, **out})
    frame["source_row"] = np.asarray(rows.index, dtype=np.int64)
    return frame.reset_index(drop=True)


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    order: Sequence[str] = ("error", "warning", "info")
    return order.index(finding.severity), finding.row, finding.code
