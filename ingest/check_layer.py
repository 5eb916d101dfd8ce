"""Between the rows of a whole layer: duplicates, overlaps, rows inside others, gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.rules import RuleSet
from domain.schema import SpatialKind
from geo.neighbours import GapRule, Neighbourhood, Spread, examine
from geo.tiles import TILE_ROWS, Layer
from ingest.found import Found, Numbers, about_file

_GAP_CODE: Final[dict[SpatialKind, str]] = {"land_use": "GEO-019", "parcels": "GEO-020"}

Floats = npt.NDArray[np.float64]


def gap_rule(kind: SpatialKind, rules: RuleSet) -> GapRule | None:
    """Which gaps are looked for among rows of a kind; None where gaps are normal."""
    if kind not in _GAP_CODE:
        return None
    most = "ING-GAP-SURVEY" if kind == "land_use" else "ING-GAP-PARCELS"
    return GapRule(most_m2=rules.value(most), reach_m=rules.value("ING-GAP-REACH"))


def layer_checks(
    kind: SpatialKind,
    layer: Layer,
    numbers: Numbers,
    rules: RuleSet,
    *,
    areas: Floats,
    tile_rows: int = TILE_ROWS,
    spread: Spread = map,
    tell: Callable[[int], None] | None = None,
) -> list[Found]:
    """Everything between rows.

    Args:
        kind: What a row is.
        layer: n valid shapes in metres, all in one system.
        numbers: n row numbers of the sender.
        rules: Rules ``ingest``.
        areas: n planar areas in m2.
        tile_rows: Rows that are in memory at a time and process.
        spread: Who works through the tiles; see :func:`geo.neighbours.examine`.
        tell: Called with the number of rows that have been worked through.
    """
    found = examine(
        layer,
        min_overlap_m2=rules.value("ING-OVERLAP"),
        gap=gap_rule(kind, rules),
        tile_rows=tile_rows,
        spread=spread,
        tell=tell,
    )
    out = [*_duplicates(found, numbers), *_overlaps(found, numbers, areas, rules)]
    if kind in _GAP_CODE:
        out += _gaps(found, numbers, _GAP_CODE[kind])
    if not found.complete:
        out.append(about_file("GEO-024", n=len(found.pairs)))
    return out


def _duplicates(found: Neighbourhood, numbers: Numbers) -> list[Found]:
    again = np.flatnonzero(found.duplicate_of >= 0)
    if not len(again):
        return []
    first = numbers[found.duplicate_of[again]]
    return [Found("GEO-005", numbers[again], {"other": first.tolist()})]


def _overlaps(found: Neighbourhood, numbers: Numbers, areas: Floats, rules: RuleSet) -> list[Found]:
    """Pairs, told as what they are: nearly the same, one inside the other, or an overlap."""
    left, right = (found.pairs[side].to_numpy(dtype=np.intp) for side in ("left", "right"))
    shared = found.pairs["area_m2"].to_numpy(dtype=np.float64)
    small, large = np.minimum(areas[left], areas[right]), np.maximum(areas[left], areas[right])
    alike = shared >= large * rules.value("ING-ALIKE")
    inside = ~alike & (shared >= small * rules.value("ING-INSIDE"))
    inner = np.where(areas[left] <= areas[right], left, right)
    outer = left + right - inner
    out: list[Found] = []
    for code, mask, row, other in (
        ("GEO-018", alike, left, right),
        ("GEO-017", inside, inner, outer),
        ("GEO-006", ~alike & ~inside, left, right),
    ):
        if mask.any():
            values = {
                "other": numbers[other[mask]].tolist(),
                "area": [f"{a:,.1f}" for a in shared[mask]],
            }
            out.append(Found(code, numbers[row[mask]], values))
    return out


def _gaps(found: Neighbourhood, numbers: Numbers, code: str) -> list[Found]:
    gaps = found.gaps[found.gaps["row"] >= 0]
    if gaps.empty:
        return []
    row, other = gaps["row"].to_numpy(dtype=np.intp), gaps["other"].to_numpy(dtype=np.intp)
    # A gap inside a single row, as a forgotten pond, has no other neighbour.
    beside = np.where(other >= 0, other, row)
    return [
        Found(
            code,
            numbers[row],
            {
                "other": numbers[beside].tolist(),
                "area": [f"{a:,.2f}" for a in gaps["area_m2"]],
                "place": [f"{x:.3f}, {y:.3f}" for x, y in zip(gaps["x"], gaps["y"], strict=True)],
            },
        )
    ]
