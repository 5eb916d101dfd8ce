"""Repairs of invalid shapes: proposed with the area before and after, done only with consent."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ingest import crs_candidates
from ingest.evidence import Repair
from ingest.found import Found
from ingest.model import Finding
from ingest.repairs import proposed_repairs, repair_findings
from ingest.settled import Settled, in_metres

_PREVIEWS: Final = 200
"""Proposals of a chunk that are drawn; the others are told in figures."""

_REPAIRABLE: Final = "GEO-002"

Shapes = npt.NDArray[np.object_]


def repaired(
    shapes: Shapes, faults: npt.NDArray[np.object_], settled: Settled, first: int
) -> tuple[list[Repair], list[Finding | Found]]:
    """Propose a repair for every invalid shape; carry out those that a person consented to.

    Args:
        shapes: n shapes in the coordinates of the file; changed in place where there is consent.
        faults: n codes; cleared where there is consent.
        settled: What holds for the layer.
        first: Number of the first row, from 0.

    Returns:
        The proposals, and what has to be said.
    """
    broken = np.flatnonzero(faults == _REPAIRABLE)
    if not len(broken):
        return [], []
    table = proposed_repairs(shapes, broken)
    table = table[table["parts"] > 0].reset_index(drop=True)
    at = table["position"].to_numpy(dtype=np.intp)
    after = table["geometry"].to_numpy(dtype=object)
    drawn = [
        crs_candidates.to_geographic(s, settled.epsg, swapped=settled.swapped)
        for s in (shapes[at], after)
    ]
    table["area_before_m2"] = shapely.area(in_metres(shapes[at], drawn[0], settled))
    table["area_after_m2"] = shapely.area(in_metres(after, drawn[1], settled))
    numbers = np.arange(first + 1, first + len(shapes) + 1, dtype=np.int64)
    agreed = np.isin(numbers[at], list(settled.repair_rows))
    proposals = [_proposal(i, line, numbers[at[i]], agreed[i], drawn) for i, line in _lines(table)]
    shapes[at[agreed]], faults[at[agreed]] = after[agreed], ""
    return proposals, [*repair_findings(table[~agreed], numbers), *_done(table[agreed], numbers)]


def _lines(table: pd.DataFrame) -> list[tuple[int, dict[Hashable, object]]]:
    return list(enumerate(table.to_dict("records")))


def _proposal(
    i: int, line: dict[Hashable, object], row: int, agreed: np.bool_, drawn: list[Shapes]
) -> Repair:
    before, after = (shapely.to_wkb(s[i], hex=True) if i < _PREVIEWS else "" for s in drawn)
    return Repair.model_validate(
        {
            "row": int(row),
            "reason": line["reason"],
            "area_before_m2": round(float(str(line["area_before_m2"])), 3),
            "area_after_m2": round(float(str(line["area_after_m2"])), 3),
            "parts": line["parts"],
            "accepted": bool(agreed),
            "before_wkb": before,
            "after_wkb": after,
        }
    )


def _done(table: pd.DataFrame, numbers: npt.NDArray[np.int64]) -> list[Found]:
    if table.empty:
        return []
    rows = numbers[table["position"].to_numpy(dtype=np.intp)]
    told = {
        "before": [f"{area:,.2f}" for area in table["area_before_m2"]],
        "after": [f"{area:,.2f}" for area in table["area_after_m2"]],
    }
    return [Found("GEO-050", rows, told)]
