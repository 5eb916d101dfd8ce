"""Pieces of rows handed to the library one after the other, errors kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from geo.errors import GanyuanError


def write_stream(
    batches: Iterator[pa.RecordBatch],
    layout: pa.Schema,
    path: Path,
    **how: Any,  # noqa: ANN401
) -> None:
    """Write record batches as one layer without holding them all.

    The library asks for the next piece from within C, where an error would lose its kind: it is
    kept aside and raised again.

    Args:
        batches: Pieces; shapes as WKB.
        layout: Their schema.
        path: File.
        how: What :func:`pyogrio.write_arrow` takes.

    Raises:
        GanyuanError: What the pieces raise.
        OSError: What the pieces raise.
    """
    kept: list[Exception] = []

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except (GanyuanError, OSError, ValueError, RuntimeError) as err:
            kept.append(err)
            raise

    try:
        pyogrio.write_arrow(pa.RecordBatchReader.from_batches(layout, guarded()), path, **how)
    except RuntimeError as err:
        raise (kept[0] if kept else err) from err
    if kept:
        raise kept[0]
