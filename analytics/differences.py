"""What is different between two states of the same rows: added, gone, moved, changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.schema import AREA
from geo.errors import SchemaError

Status = Literal["added", "gone", "moved", "changed", "moved_and_changed"]
STATUSES: Final[tuple[Status, ...]] = ("added", "gone", "moved", "changed", "moved_and_changed")

TOLERANCE_DEGREES: Final = 1e-9
"""Corners closer than this are the same: a tenth of a millimetre, the noise of transforms."""
TOLERANCE_METRES: Final = 1e-4

FOLLOWS: Final = ("source_row", "area_planar_m2", AREA)
"""Columns that follow from the file and the shape: a difference in them alone is no change."""

_RELATIVE: Final = 1e-9  # numbers closer than this are the same number, read twice
_NONE: Final = -1

Objects = npt.NDArray[np.object_]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Differences:
    """The comparison of n rows before with m rows after.

    Attributes:
        rows: One line per row that differs, RangeIndex: ``status`` (see :data:`STATUSES`), ``id``
            (value of the key), ``columns`` (names of changed attributes, tuple), ``area_before_m2``
            and ``area_after_m2`` (NaN where the row is not there), ``before`` and ``after``
            (positions in the two frames, -1 where the row is not there); geometry as after, of gone
            rows as before.
        cells: One line per changed attribute, RangeIndex: ``id``, ``column``, ``before``,
            ``after``.
        totals: Index ``before``, ``added``, ``gone``, ``moved``, ``changed``,
            ``moved_and_changed``, ``same``, ``after``; ``rows``, ``area_before_m2``,
            ``area_after_m2``. Rows before + added - gone = rows after, and likewise the areas.
        by_id: Pairs that were found by their identifier; the other ones by their shape.
        by_shape: Pairs that were found by their shape.
    """

    rows: gpd.GeoDataFrame
    cells: pd.DataFrame
    totals: pd.DataFrame
    by_id: int
    by_shape: int

    @property
    def none(self) -> bool:
        """Whether the two states are the same."""
        return len(self.rows) == 0


def compare(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    key: str,
    area: str = AREA,
    ignore: Iterable[str] = FOLLOWS,
) -> Differences:
    """Compare two states of a dataset.

    Rows are paired by an identifier that occurs once in each state; rows whose identifier is
    missing, given twice or gone are paired by their shape; what then still shares an identifier
    that no other row has, is paired by it. Rows of one shape are paired in their order.

    Args:
        before: n rows; columns ``key`` and ``area`` (m2).
        after: m rows with the same two columns, in the CRS of ``before``.
        key: Column with the identifier.
        area: Column with the area in m2 that the totals rest on.
        ignore: Columns that are not compared.

    Raises:
        SchemaError: A column is absent, or the two are in different CRS.
    """
    _check(before, after, (key, area))
    one, two = _Side.of(before, key), _Side.of(after, key)
    metric = before.crs is not None and before.crs.is_projected
    tolerance = TOLERANCE_METRES if metric else TOLERANCE_DEGREES
    old, new, by_id = _pairs(one, two, tolerance)
    moved = ~_same_shapes(one.shapes[old], two.shapes[new], tolerance)
    skipped = {before.geometry.name, after.geometry.name, *ignore}
    names = [str(c) for c in before.columns if c in after.columns and c not in skipped]
    masks = {name: _differ(before[name].iloc[old], after[name].iloc[new]) for name in names}
    pairs = _Pairs(old, new, moved, {name: mask for name, mask in masks.items() if mask.any()})
    rest = _Rest(
        gone=np.setdiff1d(np.arange(len(before)), old),
        added=np.setdiff1d(np.arange(len(after)), new),
    )
    return Differences(
        rows=_rows(before, after, pairs, rest, key=key, area=area),
        cells=_cells(before, after, pairs, key),
        totals=_totals(before, after, pairs, rest, area),
        by_id=by_id,
        by_shape=len(old) - by_id,
    )


@dataclass(frozen=True)
class _Side:
    """One state: n identifiers (None where missing) and n shapes."""

    ids: Objects
    shapes: Objects

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame, key: str) -> _Side:
        values = frame[key]
        ids = values.astype(object).where(values.notna(), None)
        return cls(ids.to_numpy(object), np.asarray(frame.geometry, dtype=object))


@dataclass(frozen=True)
class _Pairs:
    """k pairs: positions before and after, whether the shape moved, and which attributes differ."""

    old: Ints
    new: Ints
    moved: Bools
    changes: dict[str, Bools]

    @property
    def status(self) -> npt.NDArray[np.str_]:
        changed = np.zeros(len(self.old), bool)
        for mask in self.changes.values():
            changed |= mask
        return np.select(
            [self.moved & changed, self.moved, changed],
            ["moved_and_changed", "moved", "changed"],
            "same",
        )


@dataclass(frozen=True)
class _Rest:
    """Positions of the rows that have no counterpart."""

    gone: Ints
    added: Ints


def _check(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, needed: tuple[str, ...]) -> None:
    for frame in (before, after):
        missing = [name for name in needed if name not in frame.columns]
        if missing:
            raise SchemaError(
                f"missing columns: {', '.join(missing)}", values={"columns": ", ".join(missing)}
            )
    if before.crs != after.crs:
        raise SchemaError(
            f"the two states are in {before.crs} and {after.crs}; transform one of them first",
            values={"columns": "geometry"},
        )


def _pairs(one: _Side, two: _Side, tolerance: float) -> tuple[Ints, Ints, int]:
    """Positions of rows that belong together, by position before, and how many by identifier."""
    ids, _ = pd.factorize(np.concatenate([one.ids, two.ids]))
    first, second = ids[: len(one.ids)], ids[len(one.ids) :]
    open_one, open_two = np.ones(len(first), bool), np.ones(len(second), bool)
    found: list[tuple[Ints, Ints]] = []

    def take(labels_one: Ints, labels_two: Ints) -> int:
        pair = _matched(labels_one, labels_two, open_one, open_two)
        open_one[pair[0]] = False
        open_two[pair[1]] = False
        found.append(pair)
        return len(pair[0])

    by_id = take(_single(first, open_one), _single(second, open_two))
    if open_one.any() and open_two.any():
        shapes = _shape_codes(one.shapes, two.shapes, (open_one, open_two), tolerance)
        step = max(shapes[0].max(), shapes[1].max()) + 1
        take(_both(first, shapes[0], step), _both(second, shapes[1], step))
        take(*shapes)
        by_id += take(_single(first, open_one), _single(second, open_two))
    old, new = (np.concatenate([pair[k] for pair in found]) for k in (0, 1))
    order = np.argsort(old, kind="stable")
    return old[order], new[order], by_id


def _matched(one: Ints, two: Ints, open_one: Bools, open_two: Bools) -> tuple[Ints, Ints]:
    """Open rows of equal label, the k-th of one side with the k-th of the other."""
    sides = []
    for labels, unpaired in ((one, open_one), (two, open_two)):
        at = np.flatnonzero(unpaired & (labels != _NONE))
        side = pd.DataFrame({"label": labels[at], "at": at})
        sides.append(side.assign(turn=side.groupby("label").cumcount()))
    pairs = sides[0].merge(sides[1], on=["label", "turn"], suffixes=("_one", "_two"))
    return pairs["at_one"].to_numpy(np.intp), pairs["at_two"].to_numpy(np.intp)


def _single(labels: Ints, unpaired: Bools) -> Ints:
    """The labels that occur once among the open rows; nothing elsewhere."""
    counts = np.bincount(labels[unpaired & (labels != _NONE)], minlength=labels.max(initial=0) + 1)
    alone = unpaired & (labels != _NONE)
    alone[alone] = counts[labels[alone]] == 1
    return np.where(alone, labels, _NONE)


def _both(ids: Ints, shapes: Ints, step: int) -> Ints:
    """One label for an identifier and a shape together."""
    return np.where((ids != _NONE) & (shapes != _NONE), ids * step + shapes, _NONE)


def _shape_codes(
    one: Objects, two: Objects, unpaired: tuple[Bools, Bools], tolerance: float
) -> tuple[Ints, Ints]:
    """Equal numbers for equal shapes among the open rows."""
    digits = round(-np.log10(tolerance))
    keys = [
        _shape_keys(side[mask], digits) for side, mask in zip((one, two), unpaired, strict=True)
    ]
    codes, _ = pd.factorize(np.concatenate(keys))
    out = (np.full(len(one), _NONE), np.full(len(two), _NONE))
    out[0][unpaired[0]] = codes[: len(keys[0])]
    out[1][unpaired[1]] = codes[len(keys[0]) :]
    return out


def _shape_keys(shapes: Objects, digits: int) -> Objects:
    """WKB of the shapes in a normal form, rounded."""
    rounded = shapely.transform(shapes, lambda corners: np.round(corners, digits) + 0.0)
    return np.asarray(shapely.to_wkb(shapely.normalize(rounded)), dtype=object)


def _same_shapes(one: Objects, two: Objects, tolerance: float) -> Bools:
    """Whether shapes are equal pair by pair, whatever corner or ring they begin with."""
    same = np.asarray(shapely.to_wkb(one) == shapely.to_wkb(two), dtype=bool)
    rest = np.flatnonzero(~same)
    same[rest] = shapely.equals_exact(
        shapely.normalize(one[rest]), shapely.normalize(two[rest]), tolerance
    )
    return same


def _differ(before: pd.Series, after: pd.Series) -> Bools:
    """Whether values differ pair by pair; two missing values are equal."""
    one, two = before.reset_index(drop=True), after.reset_index(drop=True)
    gaps_one, gaps_two = one.isna().to_numpy(bool), two.isna().to_numpy(bool)
    if pd.api.types.is_float_dtype(one.dtype) and pd.api.types.is_float_dtype(two.dtype):
        numbers = one.to_numpy(float, na_value=np.nan), two.to_numpy(float, na_value=np.nan)
        equal = np.isclose(*numbers, rtol=_RELATIVE, atol=0.0)
    elif one.dtype == two.dtype:
        equal = (one == two).to_numpy(bool, na_value=False)
    else:
        equal = np.asarray(one.astype(object) == two.astype(object), dtype=bool)
    differ: Bools = (gaps_one != gaps_two) | ~(equal | gaps_one)
    return differ


def _rows(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    pairs: _Pairs,
    rest: _Rest,
    *,
    key: str,
    area: str,
) -> gpd.GeoDataFrame:
    """The line of each row that differs."""
    status, gone, added = pairs.status, rest.gone, rest.added
    here = np.flatnonzero(status != "same")
    old = np.concatenate([np.full(len(added), _NONE), gone, pairs.old[here]])
    new = np.concatenate([added, np.full(len(gone), _NONE), pairs.new[here]])
    names = np.full(len(here), None, dtype=object)
    names[:] = [()] * len(here)
    for name, mask in pairs.changes.items():
        for k in np.flatnonzero(mask[here]):
            names[k] = (*names[k], name)
    labels = [*["added"] * len(added), *["gone"] * len(gone), *status[here].tolist()]
    columns = [*[()] * (len(added) + len(gone)), *names]
    stands = new != _NONE
    return gpd.GeoDataFrame(
        {
            "status": pd.array(labels, dtype="string"),
            "id": np.where(stands, _taken(after[key], new, None), _taken(before[key], old, None)),
            "columns": pd.Series(columns, dtype=object),
            "area_before_m2": _taken(before[area], old, np.nan).astype(float),
            "area_after_m2": _taken(after[area], new, np.nan).astype(float),
            "before": old,
            "after": new,
        },
        geometry=np.where(
            stands, _taken(after.geometry, new, None), _taken(before.geometry, old, None)
        ),
        crs=after.crs,
    )


def _taken(values: pd.Series, at: Ints, absent: object) -> Objects:
    """Values at positions; ``absent`` where the position is -1 or the value is missing."""
    out = np.full(len(at), absent, dtype=object)
    stands = at != _NONE
    chosen = values.iloc[at[stands]]
    plain = chosen.astype(object).to_numpy(object, copy=True)
    plain[chosen.isna().to_numpy(bool)] = absent
    out[stands] = plain
    return out


def _cells(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, pairs: _Pairs, key: str
) -> pd.DataFrame:
    """The line of each attribute that differs."""
    parts = []
    for name, mask in pairs.changes.items():
        old, new = pairs.old[mask], pairs.new[mask]
        parts.append(
            pd.DataFrame(
                {
                    "id": _taken(after[key], new, None),
                    "column": name,
                    "before": _taken(before[name], old, None),
                    "after": _taken(after[name], new, None),
                },
                dtype=object,
            )
        )
    empty = pd.DataFrame(columns=["id", "column", "before", "after"], dtype=object)
    return pd.concat(parts, ignore_index=True) if parts else empty


def _totals(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, pairs: _Pairs, rest: _Rest, area: str
) -> pd.DataFrame:
    """Rows and areas of each group."""
    old, new = (frame[area].to_numpy(float, na_value=np.nan) for frame in (before, after))
    nothing = np.empty(0, np.intp)
    groups = {
        "before": (np.arange(len(before)), nothing),
        "added": (nothing, rest.added),
        "gone": (rest.gone, nothing),
    }
    status = pairs.status
    for name in ("moved", "changed", "moved_and_changed", "same"):
        here = status == name
        groups[name] = (pairs.old[here], pairs.new[here])
    groups["after"] = (nothing, np.arange(len(after)))
    lines = {
        name: (max(len(one), len(two)), np.nansum(old[one]), np.nansum(new[two]))
        for name, (one, two) in groups.items()
    }
    return pd.DataFrame.from_dict(
        lines, orient="index", columns=["rows", "area_before_m2", "area_after_m2"]
    )
