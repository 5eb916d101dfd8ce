"""Uploads read without the sandbox, and the accounts that every source must keep."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from ingest import readers
from ingest.model import Choices, RefusedError
from ingest.source import Chunk, LayerChoice, Source

ROOT = Path(tempfile.mkdtemp(prefix="readers-"))
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


def loaded(data: bytes, *, name: str = "upload", **choices: object) -> Source | LayerChoice:
    """Read an upload; the private folder lives as long as the process."""
    folder = Path(tempfile.mkdtemp(dir=ROOT))
    path = folder / "upload"
    path.write_bytes(data)
    return readers.load(path, name, folder, Choices.model_validate(choices))


def opened(data: bytes, **choices: object) -> tuple[Source, Chunk]:
    """The only or chosen layer, and all of its rows, accounted for."""
    source = loaded(data, **choices)
    assert isinstance(source, Source), source
    return source, accounted(source)


def accounted(source: Source) -> Chunk:
    """All rows at once, proven equal to the same rows read in small stretches, in any order."""
    whole = source.read(0, source.rows)
    check(source, whole, 0, source.rows)
    step = max(1, source.rows // 3)
    starts = list(range(0, source.rows, step))[::-1]
    findings = []
    for start in starts:
        stop = min(start + step, source.rows)
        part = source.read(start, stop)
        check(source, part, start, stop)
        pd.testing.assert_frame_equal(part.fields, whole.fields.iloc[start:stop])
        assert part.faults.tolist() == whole.faults[start:stop].tolist()
        for one, other in zip(part.geometries, whole.geometries[start:stop], strict=True):
            assert (one is None) == (other is None)
            assert one is None or shapely.equals_identical(one, other)
        findings.extend(part.findings)
    rows = sorted((f.row, f.code) for f in findings if f.row)
    assert rows == sorted((f.row, f.code) for f in whole.findings if f.row)
    return whole


def check(source: Source, part: Chunk, start: int, stop: int) -> None:
    """One stretch keeps the promises of :class:`ingest.source.Chunk`."""
    assert part.start == start
    assert len(part) == len(part.geometries) == len(part.faults) == stop - start
    assert part.fields.index.equals(pd.RangeIndex(start, stop))
    assert tuple(part.fields.columns) == source.names
    assert len(set(source.names)) == len(source.names)
    assert all(start < f.row <= stop for f in part.findings if f.row)
    there = part.geometries[~shapely.is_missing(part.geometries)]
    assert not shapely.has_z(there).any()
    assert np.isfinite(shapely.get_coordinates(there)).all()
    told = {f.row for f in part.findings}
    assert all(start + i + 1 in told for i in np.flatnonzero(part.faults != ""))


def refusal(data: bytes, **choices: object) -> str:
    """Code with which an upload is turned away."""
    try:
        source = loaded(data, **choices)
        if isinstance(source, Source):
            source.read(0, source.rows)
    except RefusedError as refused:
        return refused.issue
    raise AssertionError(source)


def codes(source: Source, chunk: Chunk) -> set[str]:
    """Codes of everything that was said."""
    return {f.code for f in (*source.findings, *chunk.findings)}


def rows_of(chunk: Chunk, code: str) -> list[int]:
    """Rows with a finding, from 1."""
    return [f.row for f in chunk.findings if f.code == code]


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()
