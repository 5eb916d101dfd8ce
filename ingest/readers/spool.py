"""Layers that GDAL reads: streamed once into a file of ours, from which any stretch is read again.

GDAL can only walk through most formats; row numbers and memory must not depend on that.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio

from ingest.evidence import EncodingEvidence
from ingest.model import Finding, RefusedError
from ingest.placing import Declared, declared_by_prj
from ingest.readers import wkb
from ingest.readers.columns import STRING, from_arrow
from ingest.readers.names import unique
from ingest.source import Chunk, Format, Source

_BATCH: Final = 8192
_SAMPLES: Final = 5
_SNIFFED: Final = 500
_FALLBACK_NAME: Final = "wkb_geometry"


@dataclass(frozen=True)
class Spool:
    """A layer as GDAL read it.

    Attributes:
        path: Arrow file.
        starts: First row of every batch.
        rows: Rows in all.
        geometry: Name of the column of shapes; empty where there is none.
        crs: CRS as GDAL states it; empty where it states none.
    """

    path: Path
    starts: tuple[int, ...]
    rows: int
    geometry: str
    crs: str

    def table(self, start: int, stop: int) -> pa.Table:
        """Rows ``start`` to ``stop``."""
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as reader:
            first = max(bisect_right(self.starts, start) - 1, 0)
            last = bisect_right(self.starts, max(stop - 1, 0))
            batches = [reader.get_batch(i) for i in range(first, last)]
            whole = pa.Table.from_batches(batches, schema=reader.schema)
        begin = self.starts[first] if self.starts else 0
        return whole.slice(start - begin, max(stop - start, 0))


def stream(path: Path, layer: str, target: Path) -> Spool:
    """Read a layer once with GDAL.

    Args:
        path: File or folder under a name of ours.
        layer: Layer name.
        target: Arrow file to write.

    Raises:
        RefusedError: GDAL cannot read it.
    """
    try:
        # What GDAL would warn of is found again by the checks, with its row.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _written(path, layer, target)
    except (ValueError, OSError, RuntimeError) as err:
        # Errors of GDAL, of Arrow and of the stream between them are all among these.
        raise RefusedError("VEC-005", layer=layer) from err


def _written(path: Path, layer: str, target: Path) -> Spool:
    starts: list[int] = []
    rows = 0
    with pyogrio.open_arrow(path, layer=layer, batch_size=_BATCH, use_pyarrow=True) as opened:
        meta, reader = opened
        names = reader.schema.names
        with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as out:
            for batch in reader:
                if batch.num_rows:
                    starts.append(rows)
                    rows += batch.num_rows
                    out.write_batch(batch)
    geometry = meta["geometry_name"] or _FALLBACK_NAME
    crs = meta["crs"] or ""
    return Spool(target, tuple(starts), rows, geometry if geometry in names else "", crs)


def source(spool: Spool, *, format: Format) -> Source:  # noqa: A002 - the name in the source
    """A source over a spooled layer.

    Raises:
        RefusedError: It holds no row, or its CRS is a local one.
    """
    if not spool.rows:
        raise RefusedError("FIL-010")
    first = spool.table(0, min(spool.rows, _SNIFFED))
    kept = [n for n in first.schema.names if n != spool.geometry]
    names = unique(kept)

    def read(start: int, stop: int) -> Chunk:
        stop = min(stop, spool.rows)
        table = spool.table(start, stop)
        index = pd.RangeIndex(start, stop)
        columns = {
            name: from_arrow(table.column(source_name))
            for name, source_name in zip(names, kept, strict=True)
        }
        fields = pd.DataFrame(columns, index=index)
        m = stop - start
        if not spool.geometry:
            empty = np.full(m, None, dtype=object)
            return Chunk(start, fields, empty, np.full(m, "", dtype=object))
        shapes = wkb.read(table.column(spool.geometry).to_pylist())
        return Chunk(start, fields, shapes.geometries, shapes.faults, told(shapes, start))

    values = [v for v in first_texts(first, kept) if not v.isascii()]
    encoding = EncodingEvidence(
        chosen="utf-8",
        source="declared",
        certain=True,
        declared="utf-8",
        samples=tuple(values[:_SAMPLES]),
        field_names=names,
    )
    return Source(
        format=format,
        rows=spool.rows,
        names=names,
        has_shapes=bool(spool.geometry),
        encoding=encoding,
        declared=declared_by_prj(spool.crs) if spool.crs else Declared(),
        dated=None,
        findings=(),
        read=read,
    )


def first_texts(table: pa.Table, names: list[str]) -> list[str]:
    """Text values from the beginning of a layer."""
    columns = [pd.Series(from_arrow(table.column(name))) for name in names]
    texts = [c.dropna().head(_SAMPLES) for c in columns if c.dtype == STRING]
    return [str(value) for values in texts for value in values]


def told(shapes: wkb.Read, start: int) -> tuple[Finding, ...]:
    """Findings about the shapes of a stretch."""
    faulty = np.flatnonzero(shapes.faults != "")
    findings = [Finding(code=str(shapes.faults[i]), row=start + int(i) + 1) for i in faulty]
    findings += [
        Finding(code="VEC-006", row=start + int(i) + 1) for i in np.flatnonzero(shapes.curved)
    ]
    if shapes.has_z_or_m:
        findings.append(Finding(code="GEO-008"))
    return tuple(findings)
