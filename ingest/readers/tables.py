"""Sources over tables without a format for shapes: spreadsheets and separated text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ingest.evidence import EncodingEvidence
from ingest.model import Finding, RefusedError
from ingest.placing import Declared, declared_by_prj
from ingest.readers.grid import Cell, Grid
from ingest.readers.json_columns import column
from ingest.readers.table_shapes import Shaped, shaped
from ingest.readers.whole import Rows, whole
from ingest.source import Format, Source

_TOO_LONG = 1e15


def source(
    grid: Grid,
    *,
    format: Format,  # noqa: A002 - the name in the source
    encoding: EncodingEvidence,
    findings: Sequence[Finding],
) -> Source:
    """A source over a table; its records, or the parcels that its points make, are the rows."""
    told = list(findings)
    if grid.header_line > 1:
        told.append(Finding(code="TAB-005", values={"line": grid.header_line}))
    if grid.filled:
        told.append(Finding(code="TAB-006", values={"n": grid.filled}))
    table = shaped(grid)
    has_shapes = table is not None
    if table is None:
        none = np.full(len(grid.records), None, dtype=object)
        table = Shaped(grid.names, grid.records, grid.codes, none, grid.lines, {})
    if table.points:
        values = {"points": table.points, "n": len(table.records)}
        told.append(Finding(code="TAB-010", values=values))
    columns = {name: [record[c] for record in table.records] for c, name in enumerate(table.names)}
    for name, values_of in columns.items():
        long = sum(isinstance(v, float) and abs(v) >= _TOO_LONG for v in values_of)
        if long:
            told.append(Finding(code="TAB-009", values={"field": name, "n": long}))
    frame = pd.DataFrame(
        {name: column(values_of) for name, values_of in columns.items()},
        index=pd.RangeIndex(len(table.records)),
    )
    rows = Rows(frame, table.geometries, np.array(table.codes, dtype=object), _about_rows(table))
    return whole(
        rows,
        format=format,
        encoding=encoding,
        declared=_declared(table.epsg),
        findings=tuple(told),
        has_shapes=has_shapes,
    )


def _about_rows(table: Shaped) -> tuple[Finding, ...]:
    found = []
    for i, code in enumerate(table.codes):
        if not code:
            continue
        values: dict[str, str | int | float | None] = {}
        if code in {"TAB-003", "TAB-004"}:
            values = {"line": table.lines[i], "text": _begin(table.records[i])}
        elif code == "TAB-011":
            values = {"lines": table.bad_lines[i]}
        found.append(Finding(code=code, row=i + 1, values=values))
    return tuple(found)


def _begin(record: Sequence[Cell]) -> str:
    return next((str(cell)[:40] for cell in record if cell is not None), "")


def _declared(epsg: str) -> Declared:
    if not epsg or epsg == "0":
        return Declared()
    try:
        return declared_by_prj(f"EPSG:{int(epsg)}")
    except RefusedError:
        return Declared(text=f"SRID={epsg}", unreadable=True)
