"""All rows of a table without shapes: the ledgers of batches, supplies and idle cases."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from domain import ledgers, schema
from domain.schema import LedgerKind
from ingest import county, mapping, values
from ingest.findings import FindingList
from ingest.model import Finding, RefusedError
from ingest.results import result_paths
from ingest.rows import quarantine
from ingest.run import Opened, Run

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
    _places(run.findings, frame)
    faults = chunk.faults.copy()
    _required(kind, frame, faults, run.findings)
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


def _places(findings: FindingList, frame: pd.DataFrame) -> None:
    """County codes in place of what the office wrote."""
    if "county_adcode" not in frame:
        return
    stated = frame["county_adcode"]
    codes = county.declared_codes(stated)
    unknown = stated.notna() & codes.isna()
    findings.add(
        Finding(code="PLC-006", row=int(row) + 1, values={"value": str(value)})
        for row, value in zip(stated.index[unknown], stated[unknown], strict=True)
    )
    frame["county_adcode"] = codes


def _required(
    kind: LedgerKind, frame: pd.DataFrame, faults: np.ndarray, findings: FindingList
) -> None:
    """Rows that lack what a ledger cannot do without."""
    for column in schema.columns(kind):
        if not column.required:
            continue
        if column.column not in frame:
            raise RefusedError("LED-052", field=column.zh, field_en=column.en)
        empty = frame[column.column].isna().to_numpy(dtype=bool) & (faults == "")
        named = {"field": column.zh, "field_en": column.en}
        findings.add(
            Finding(code="LED-053", row=int(i) + 1, values=named) for i in np.flatnonzero(empty)
        )
        faults[empty] = "LED-053"


def _contradictions(
    kind: LedgerKind, frame: pd.DataFrame, faults: np.ndarray, findings: FindingList
) -> None:
    """Rows whose figures or dates cannot all be true, and names that come twice."""
    good = np.flatnonzero(faults == "")
    if not len(good):
        return
    clean = ledgers.conform(kind, frame.iloc[good])
    for row, check in ledgers.contradictions(kind, clean).itertuples(index=False):
        findings.add([Finding(code=_CHECKS[check], row=int(row) + 1)])
        faults[frame.index.get_loc(row)] = _CHECKS[check]
    twice = clean[schema.KEY[kind]].duplicated(keep="first")
    for row in clean.index[twice]:
        value = {"value": str(clean.loc[row, schema.KEY[kind]])}
        findings.add([Finding(code="LED-054", row=int(row) + 1, values=value)])
        faults[frame.index.get_loc(row)] = "LED-054"


_CHECKS: Final = {
    "areas": "LED-055",
    "start_before_contract": "LED-056",
    "finish_before_start": "LED-057",
    "supply_no": "LED-058",
}
"""Code of each contradiction of :func:`domain.ledgers.contradictions`."""
