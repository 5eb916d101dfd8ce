"""What is wrong between the rows of a layer: shapes that come twice, overlap, or leave gaps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.rules import RuleSet
from geo.neighbours import examine
from geo.tiles import Layer
from ingest.found import Found

_THREADS: Final = 2
_SMALL: Final = 50_000
"""Rows up to which a second thread costs more than it saves."""


def between_rows(
    layer: Layer,
    source_rows: npt.NDArray[np.int64],
    rules: RuleSet,
    *,
    tell: Callable[[int], None] | None = None,
) -> list[Found]:
    """Duplicates and overlaps among valid shapes.

    Args:
        layer: n valid shapes in metres; its loader gives new objects at every call.
        source_rows: n rows of the sender that they belong to, from 1.
        rules: Rules ``ingest``.
        tell: Called with the number of rows that have been looked at.
    """
    threads = min(_THREADS, os.cpu_count() or 1) if len(source_rows) > _SMALL else 1
    seen = examine(layer, min_overlap_m2=rules.value("ING-OVERLAP"), threads=threads, tell=tell)
    again = np.flatnonzero(seen.duplicate_of >= 0)
    first = source_rows[seen.duplicate_of[again]]
    left, right = (source_rows[seen.pairs[side].to_numpy()] for side in ("left", "right"))
    areas = [f"{area:,.1f}" for area in seen.pairs["area_m2"]]
    return [
        Found("GEO-005", source_rows[again], {"other": first.tolist()}),
        Found("GEO-006", left, {"other": right.tolist(), "area": areas}),
    ]
