"""Sources of formats that are parsed once as a whole: kept in memory, handed on in stretches."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ingest.evidence import EncodingEvidence
from ingest.model import Finding
from ingest.placing import Declared
from ingest.source import Chunk, Format, Source


@dataclass(frozen=True)
class Rows:
    """All rows of a layer.

    Attributes:
        fields: n rows, RangeIndex from 0, columns unique.
        geometries: n geometries, None where there is none.
        faults: n codes, empty text where nothing is known against a row.
        findings: About rows, each with its row from 1.
    """

    fields: pd.DataFrame
    geometries: npt.NDArray[np.object_]
    faults: npt.NDArray[np.object_]
    findings: tuple[Finding, ...] = ()


def whole(
    rows: Rows,
    *,
    format: Format,  # noqa: A002 - the name that the source gives it
    encoding: EncodingEvidence,
    declared: Declared,
    dated: dt.date | None = None,
    findings: tuple[Finding, ...] = (),
    has_shapes: bool = True,
) -> Source:
    """A source over rows in memory."""
    told = sorted(rows.findings, key=lambda finding: finding.row)
    places = [finding.row for finding in told]

    def read(start: int, stop: int) -> Chunk:
        stop = min(stop, len(rows.fields))
        here = told[bisect_left(places, start + 1) : bisect_left(places, stop + 1)]
        return Chunk(
            start,
            rows.fields.iloc[start:stop],
            rows.geometries[start:stop].copy(),
            rows.faults[start:stop].copy(),
            tuple(here),
        )

    names = tuple(str(name) for name in rows.fields.columns)
    return Source(
        format=format,
        rows=len(rows.fields),
        names=names,
        has_shapes=has_shapes,
        encoding=encoding.model_copy(update={"field_names": names}),
        declared=declared,
        dated=dated,
        findings=findings,
        read=read,
    )
