"""All rows of a table without shapes: the ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import ledgers, schema
from domain.schema import LedgerKind
from ingest import county, mapping, values
from ingest.checking import chunk_checks, ledger_checks
from ingest.findings import FindingList
from ingest.found import Rows
from ingest.known import ledgers_left
from ingest.model import Finding, RefusedError
from ingest.results import result_paths
from ingest.rows import quarantine
from ingest.run import Opened, Run

Faults = npt.NDArray[np.object_]

_BRACKET_UNITS: Final = (("公顷", "ha"), ("平方米", "m2"), ("亩", "mu"), ("㎡", "m2"), ("m2", "m2"))


def inspect(run: Run, opened: Opened) -> None:
    """Type and check every row of a ledger and part the good from the quarantined.

    Raises:
        RefusedError: No row is good.
    """
    run.stage("check")
    kind = opened.kind
    if not schema.is_ledger(kind):
        raise RefusedError("MAP-003")
    chunk = opened.source.read(0, opened.source.rows)
    mapped = mapping.apply(chunk.fields, opened.mapping)
    run.findings.add([*chunk.findings, *mapped.findings])
    frame = _in_square_metres(run, opened, mapped.frame)
    if kind == "supply_batch" and {"supply_no", "batch_id"} <= set(frame):
        frame = ledgers.with_link_ids(frame)
    _needed(kind, frame)
    faults = chunk.faults.copy()
    _checked(run, kind, frame, faults)
    _places(run.findings, frame, faults)
    _contradictions(kind, frame, faults, run.findings)
    good, bad = np.flatnonzero(faults == ""), np.flatnonzero(faults != "")
    if not len(good):
        raise RefusedError("LED-050")
    run.stage("write")
    paths = result_paths(Path(run.job.workdir))
    accepted = ledgers.conform(kind, frame.iloc[good]).reset_index(drop=True)
    accepted.to_parquet(paths.accepted)
    ids = frame.get(schema.KEY[kind], pd.Series(pd.NA, index=frame.index, dtype="string"))
    quarantine(chunk, ids, bad, faults).to_parquet(paths.quarantined)
    run.facts |= {"rows_ok": len(good), "rows_quarantined": len(bad)}


def _in_square_metres(run: Run, opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """Areas in m2: the chosen unit, else the one that a heading names, else hectares."""
    out = frame.copy()
    units: set[str] = set()
    for column in schema.columns(opened.kind):
        if column.unit != "m2" or column.column not in out:
            continue
        unit = run.job.choices.area_unit or _unit_of(opened.mapping.source_of(column.column))
        if not unit:
            unit = "ha"
            run.findings.add([Finding(code="LED-051", values={"field": column.zh})])
        out[column.column] = (out[column.column] * values.M2_PER[unit]).round(4)
        units.add(unit)
    if len(units) == 1:
        run.facts["area_unit"] = units.pop()
    return out


def _unit_of(heading: str) -> str:
    """Unit that the heading of a column names in brackets; empty where it names none."""
    bracket = heading.replace("(", "（").partition("（")[2]
    return next((unit for word, unit in _BRACKET_UNITS if word in bracket), "")


def _places(findings: FindingList, frame: pd.DataFrame, faults: Faults) -> None:
    """County codes in place of what the office wrote; a row of no known county is kept out."""
    stated = frame["county_adcode"]
    codes = county.declared_codes(stated)
    unknown = np.flatnonzero((stated.notna() & codes.isna()).to_numpy(dtype=bool))
    findings.add(
        Finding(code="LED-053", row=int(i) + 1, values={"value": str(stated.iloc[i])})
        for i in unknown
    )
    faults[unknown[faults[unknown] == ""]] = "LED-053"
    frame["county_adcode"] = codes


def _needed(kind: LedgerKind, frame: pd.DataFrame) -> None:
    """Refuse a table that has no column for what a ledger cannot do without."""
    for column in schema.columns(kind):
        if column.required and column.column not in frame:
            raise RefusedError("LED-052", field=column.zh, field_en=column.en)


def _checked(run: Run, kind: LedgerKind, frame: pd.DataFrame, faults: Faults) -> None:
    """Every check of cells, rows and the whole table; rows with an error are kept out."""
    sound = np.flatnonzero(faults == "")
    rows = Rows(
        kind=kind,
        frame=frame.iloc[sound].reset_index(drop=True),
        numbers=(sound + 1).astype(np.int64),
        rules=run.rules,
    )
    known = ledgers_left(Path(run.job.workdir))
    said = chunk_checks(rows, as_of=run.job.as_of)
    said += ledger_checks(rows, as_of=run.job.as_of, known=known)
    run.findings.add(said)
    for found in said:
        if found.severity == "error":
            at = found.rows - 1
            faults[at[faults[at] == ""]] = found.code


def _contradictions(
    kind: LedgerKind, frame: pd.DataFrame, faults: Faults, findings: FindingList
) -> None:
    """Rows that the ledger would refuse though no single check calls them an error."""
    good = np.flatnonzero(faults == "")
    if not len(good):
        return
    clean = ledgers.conform(kind, frame.iloc[good])
    wrong = ledgers.contradictions(kind, clean)
    for row, check in zip(wrong["row"], wrong["check"], strict=True):
        findings.add([Finding(code=_CHECKS[check], row=int(row) + 1)])
        faults[int(row)] = _CHECKS[check]


_CHECKS: Final = {
    "areas": "LED-059",
    "start_before_contract": "LED-056",
    "finish_before_start": "LED-057",
    "supply_no": "LED-058",
}
"""Code of each contradiction of :func:`domain.ledgers.contradictions`."""
