"""Corrected rows put into the version that they belong to; all others stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from domain import correction_marks as marks
from domain.rules import RuleSet
from domain.schema import SpatialKind
from geo.tiles import layer_of
from ingest.check_layer import layer_checks
from ingest.findings import FindingList
from ingest.model import Finding, Value

_BETWEEN: Final = frozenset({"GEO-005", "GEO-006", "GEO-017", "GEO-018", "GEO-019", "GEO-020"})
"""Codes of findings between two rows, which are looked for anew over the whole version."""
_AROUND_DEG: Final = 0.003
"""About 300 m: rows as near to a corrected one take part in that search."""


@dataclass(frozen=True)
class Merged:
    """A version after a correction.

    Attributes:
        frame: All rows, columns of the version before, RangeIndex; rows that were not corrected
            first and untouched.
        replaced: Rows of the upload that were exchanged, ascending.
        added: Rows of the upload that the version did not hold before, ascending.
        repeated: Finding about each corrected row whose name another row has too.
    """

    frame: gpd.GeoDataFrame = field(repr=False)
    replaced: tuple[int, ...]
    added: tuple[int, ...]
    repeated: tuple[Finding, ...] = ()


def merge(
    current: gpd.GeoDataFrame,
    corrected: gpd.GeoDataFrame,
    rows: Sequence[int],
    key: str,
    *,
    absent: Sequence[str] = (),
) -> Merged:
    """Exchange or add rows by their number in the sender's file.

    Args:
        current: n rows of the version, with ``source_row``, each value once, EPSG:4490.
        corrected: m rows of the returned file, checked and conforming to the kind, EPSG:4490.
        rows: For each of them the row of the upload that it stands for, each once.
        key: Column that names a row.
        absent: Columns that the returned file lacks; rows that stand keep their values.

    Returns:
        The rows after the correction: n plus the added ones.

    Raises:
        ValueError: A row number comes twice.
    """
    numbers = pd.Index(np.asarray(rows, dtype=np.int64))
    if numbers.has_duplicates or current["source_row"].duplicated().any():
        raise ValueError("a row number comes twice")
    fresh = corrected.assign(source_row=numbers.to_numpy())
    before = current.set_index("source_row", drop=False)
    keeps = [c for c in current.columns if c not in corrected.columns or c in set(absent)]
    keeps = [c for c in keeps if c != "source_row"]
    for name in keeps:
        old = before[name].reindex(numbers)
        fresh[name] = old.to_numpy() if name not in fresh else old.array
    known = numbers.isin(before.index)
    untouched = current[~current["source_row"].isin(numbers)]
    parts = [untouched, fresh[list(current.columns)].astype(_dtypes(current))]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    merged = gpd.GeoDataFrame(frame, geometry=current.geometry.name, crs=current.crs)
    return Merged(
        frame=merged,
        replaced=tuple(sorted(int(n) for n in numbers[known])),
        added=tuple(sorted(int(n) for n in numbers[~known])),
        repeated=tuple(_repeated(merged, set(numbers), key)),
    )


def _dtypes(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    geometry = frame.geometry.name
    return {str(n): dtype for n, dtype in frame.dtypes.items() if n != geometry}


def _repeated(frame: gpd.GeoDataFrame, corrected: set[int], key: str) -> list[Finding]:
    """Corrected rows whose name another row of the version has too."""
    if key not in frame:
        return []
    shared = frame[frame[key].notna() & frame[key].duplicated(keep=False)]
    found: list[Finding] = []
    for value, group in shared.groupby(key)["source_row"]:
        members = sorted(int(n) for n in group)
        for row in members:
            if row in corrected:
                other = next(n for n in members if n != row)
                values: dict[str, Value] = {"source": row, "value": str(value), "other": other}
                found.append(Finding(code="COR-022", row=row, values=values))
    return found


def without_marks(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows without the fields that the package added."""
    return frame[[name for name in frame.columns if not marks.is_own(str(name))]]


def beside(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    corrected: Sequence[int],
    *,
    kind: SpatialKind,
    epsg: int,
    rules: RuleSet,
) -> list[Finding]:
    """Duplicates, overlaps and gaps in which a corrected row takes part, over the whole version.

    Args:
        before: Rows before the correction, with ``source_row``, EPSG:4490.
        after: Rows after it.
        corrected: Rows of the upload that were corrected.
        kind: What a row is.
        epsg: 3-degree zone in which shapes are judged.
        rules: Rules ``ingest``.

    Returns:
        Findings in row numbers of the upload; ``other`` in their values is the second row.
    """
    mine = set(corrected)
    places = np.concatenate(
        [
            frame.geometry[frame["source_row"].isin(mine).to_numpy()].to_numpy()
            for frame in (before, after)
        ]
    )
    tree = shapely.STRtree(after.geometry.to_numpy())
    reach = shapely.bounds(places) + np.array([-1, -1, 1, 1]) * _AROUND_DEG
    near = np.unique(tree.query(shapely.box(*reach.T))[1])
    around = after.iloc[near]
    metres = around.geometry.to_crs(epsg).to_numpy()
    numbers = around["source_row"].to_numpy(dtype=np.int64)
    found = FindingList()
    found.add(layer_checks(kind, layer_of(metres), numbers, rules, areas=shapely.area(metres)))
    return [f for f in found.kept if pair(f) & mine]


def pair(finding: Finding) -> frozenset[int]:
    """The two rows of a finding that :func:`beside` makes; empty for any other."""
    other = dict(finding.values).get("other")
    if finding.code not in _BETWEEN or not isinstance(other, int):
        return frozenset()
    return frozenset({finding.row, other})


def identity(finding: Finding) -> tuple[str, frozenset[int]]:
    """What makes two findings the same one: the code and the row, or both rows of a pair."""
    return finding.code, pair(finding) or frozenset({finding.row})
