"""Area by class and unit of one batch of parcels: the kernel behind every tabulation.

Most parcels lie in one unit and are counted from their box, class and area alone. Shapes are asked
for where an outline may run through a box, and are cut only where it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.area import ellipsoidal_areas
from geo.unit_grid import OPEN, OUTSIDE, UnitGrid, grid_over
from geo.unit_pieces import Pieces, cut_into_pieces

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]

ROUNDING: Final = 1e-9
"""A smaller share of a parcel comes from rounding."""
_OVERLAPPING: Final = "T********"
_CELLS: Final = (1 << 14, 1 << 22)
_CELLS_PER_PARCEL: Final = 8
_LARGE: Final = 0.98


@dataclass(frozen=True)
class Plan:
    """What is known about the parcels before the first is read.

    Attributes:
        parcels: Number of parcels.
        side: Side of the box of a large parcel, in degrees.
        frame: West, south, east, north of the parcels.
    """

    parcels: int
    side: float
    frame: tuple[float, float, float, float]


def plan_of(bounds: Floats, parcels: int | None = None) -> Plan:
    """A plan from the boxes of some parcels.

    Args:
        bounds: n by 4 boxes of all parcels or of some.
        parcels: Number of all parcels; None for n.
    """
    drawn = bounds[np.isfinite(bounds).all(axis=1)]
    count = len(bounds) if parcels is None else parcels
    if not len(drawn):
        return Plan(count, 0.0, (0.0, 0.0, 0.0, 0.0))
    sides = (drawn[:, 2:] - drawn[:, :2]).max(axis=1)
    west, south = drawn[:, :2].min(axis=0).tolist()
    east, north = drawn[:, 2:].max(axis=0).tolist()
    return Plan(count, float(np.quantile(sides, _LARGE)), (west, south, east, north))


class PreparedUnits:
    """Units made ready for many parcels; for one thread.

    Args:
        outlines: k valid polygons in degrees.
        plan: The parcels to come.
    """

    def __init__(self, outlines: Shapes, plan: Plan) -> None:
        self.count = len(outlines)
        self.grid: UnitGrid | None = None
        self.pieces: Pieces | None = None
        bounds = shapely.bounds(outlines)
        drawn = np.isfinite(bounds).all(axis=1)
        if not drawn.any():
            return
        west, south = bounds[drawn, :2].min(axis=0).tolist()
        east, north = bounds[drawn, 2:].max(axis=0).tolist()
        frame = (
            max(west, plan.frame[0]), max(south, plan.frame[1]),
            min(east, plan.frame[2]), min(north, plan.frame[3]),
        )  # fmt: skip
        if frame[0] > frame[2] or frame[1] > frame[3]:
            frame = (west, south, east, north)
        cells = int(np.clip(_CELLS_PER_PARCEL * plan.parcels, *_CELLS))
        near = (bounds[:, 2] >= plan.frame[0]) & (bounds[:, 0] <= plan.frame[2])
        near &= (bounds[:, 3] >= plan.frame[1]) & (bounds[:, 1] <= plan.frame[3])
        self.grid = grid_over(outlines, (west, south, east, north), frame, cells)
        self.pieces = cut_into_pieces(outlines, np.flatnonzero(near), plan.side)


@dataclass
class Sums:
    """Sums over parcels, m2 and counts.

    Attributes:
        cells: k units by m classes, float64.
        counts: Parcels that lie in the unit at least in part, int64.
        outside: Area of each class in no unit.
        outside_counts: Parcels of each class that lie outside at least in part.
        repeated: Area of each class counted more than once, less the one time it should be.
        shared: Pairs of overlapping units to parcels in both and their area in both.
    """

    cells: Floats
    counts: npt.NDArray[np.int64]
    outside: Floats
    outside_counts: npt.NDArray[np.int64]
    repeated: Floats
    shared: dict[tuple[int, int], tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def nothing(cls, units: int, classes: int) -> Sums:
        """Sums of no parcels."""
        return cls(
            cells=np.zeros((units, classes)),
            counts=np.zeros((units, classes), dtype=np.int64),
            outside=np.zeros(classes),
            outside_counts=np.zeros(classes, dtype=np.int64),
            repeated=np.zeros(classes),
        )

    def add(self, other: Sums, classes: Ints) -> None:
        """Add sums whose classes are these ones by position."""
        self.cells[:, classes] += other.cells
        self.counts[:, classes] += other.counts
        self.outside[classes] += other.outside
        self.outside_counts[classes] += other.outside_counts
        self.repeated[classes] += other.repeated
        for pair, (parcels, area) in other.shared.items():
            before = self.shared.get(pair, (0, 0.0))
            self.shared[pair] = before[0] + parcels, before[1] + area


@dataclass(frozen=True)
class _Meetings:
    """Parcels that meet units, by parcel: positions, what lies in the unit, and its share.

    Attributes:
        parcel, unit: Positions.
        share: Share of the parcel inside, above zero.
        part: What lies inside.
        shape: The parcel.
    """

    parcel: Ints
    unit: Ints
    share: Floats
    part: Shapes
    shape: Shapes


def tally(
    units: PreparedUnits,
    bounds: Floats,
    codes: Ints,
    classes: int,
    area: Floats | None,
    load: Callable[[Ints], Shapes],
) -> Sums:
    """Sums of one batch of parcels.

    Args:
        units: The units.
        bounds: n by 4 boxes in degrees; NaN where there is no shape, which counts as outside.
        codes: n classes, 0 to ``classes - 1``.
        classes: Number of classes.
        area: n areas in m2 that a cut shares out; None takes the ellipsoidal areas, and every shape
            is then loaded.
        load: Valid shapes at sorted positions, in degrees.
    """
    n = len(codes)
    if area is None:
        shapes = load(np.arange(n))
        area = ellipsoidal_areas(shapes)
        load = shapes.__getitem__
    out = Sums.nothing(units.count, classes)
    place = np.full(n, OUTSIDE)
    if units.grid is not None:
        place = units.grid.units_of(bounds)
    inside, undecided = np.flatnonzero(place >= 0), np.flatnonzero(place == OPEN)
    _add(out, place[inside], codes[inside], area[inside])
    away = place == OUTSIDE
    out.outside += np.bincount(codes[away], weights=area[away], minlength=classes)
    out.outside_counts += np.bincount(codes[away], minlength=classes)
    if units.pieces is None or not len(undecided):
        return out
    found = _meetings(units.pieces, bounds[undecided], lambda at: load(undecided[at]))
    parcel = undecided[found.parcel]
    _add(out, found.unit, codes[parcel], found.share * area[parcel])
    covered = np.bincount(found.parcel, weights=found.share, minlength=len(undecided))
    twice = _covered_twice(found, area[undecided], out)
    once = np.minimum(covered - twice, 1.0)
    mine, its = codes[undecided], area[undecided]
    # Edges of a cut are straight in degrees and great circles in area: shares add up to one only
    # nearly, and what is too little or too much is booked so that totals are kept.
    out.outside += np.bincount(mine, weights=np.maximum(1.0 - once, 0.0) * its, minlength=classes)
    out.outside_counts += np.bincount(mine[1.0 - once > ROUNDING], minlength=classes)
    out.repeated += np.bincount(mine, weights=(covered - once) * its, minlength=classes)
    return out


def _add(out: Sums, unit: Ints, code: Ints, area: Floats) -> None:
    k, m = out.cells.shape
    key = unit * m + code
    out.cells += np.bincount(key, weights=area, minlength=k * m).reshape(k, m)
    out.counts += np.bincount(key, minlength=k * m).reshape(k, m)


def _meetings(pieces: Pieces, bounds: Floats, load: Callable[[Ints], Shapes]) -> _Meetings:
    box, unit, cutter = pieces.meetings(bounds)
    used, at = np.unique(box, return_inverse=True)
    loaded = load(used)
    shape, outline = loaded[at], pieces.shapes[cutter]
    inside = shapely.contains_properly(outline, shape)
    crossing = np.flatnonzero(~inside)
    crossing = crossing[shapely.intersects(outline[crossing], shape[crossing])]
    part = shape.copy()
    part[crossing] = shapely.intersection(shape[crossing], outline[crossing])
    share = inside.astype(np.float64)
    cut, of = np.unique(at[crossing], return_inverse=True)
    base = ellipsoidal_areas(loaded[cut])[of]
    size = polygon_areas(part[crossing])
    share[crossing] = np.divide(size, base, out=np.zeros_like(size), where=base > 0)
    real = np.flatnonzero(share > ROUNDING)
    return _Meetings(box[real], unit[real], share[real], part[real], shape[real])


def _covered_twice(found: _Meetings, area: Floats, out: Sums) -> Floats:
    """Share of each parcel that lies in several units, counted once less than it lies in them."""
    twice = np.zeros(len(area))
    first, second = _pairs(found.parcel)
    if not len(first):
        return twice
    overlap = shapely.relate_pattern(found.part[first], found.part[second], _OVERLAPPING)
    first, second = first[overlap], second[overlap]
    whole, at = np.unique(found.parcel[first], return_index=True)
    size = ellipsoidal_areas(found.shape[first[at]])
    common = polygon_areas(shapely.intersection(found.part[first], found.part[second]))
    common /= size[np.searchsorted(whole, found.parcel[first])]
    # Two cuts along one edge may overlap by what rounding leaves.
    real = common > ROUNDING
    first, second, common = first[real], second[real], common[real]
    pairs = zip(found.unit[first], found.unit[second], strict=True)
    for pair, m2 in zip(pairs, common * area[found.parcel[first]], strict=True):
        key = int(pair[0]), int(pair[1])
        parcels, before = out.shared.get(key, (0, 0.0))
        out.shared[key] = parcels + 1, before + float(m2)
    for parcel in np.unique(found.parcel[first]):
        rows = np.flatnonzero(found.parcel == parcel)
        union = polygon_areas(np.array([shapely.union_all(found.part[rows])], dtype=object))[0]
        once = union / size[np.searchsorted(whole, parcel)]
        twice[parcel] = max(float(found.share[rows].sum()) - once, 0.0)
    return twice


def _pairs(group: Ints) -> tuple[Ints, Ints]:
    """All pairs of positions within the groups of a sorted array."""
    _, start, count = np.unique(group, return_index=True, return_counts=True)
    first, second = [], []
    for size in range(2, int(count.max(initial=0)) + 1):
        begin = start[count == size]
        low, high = np.triu_indices(size, 1)
        first.append((begin[:, None] + low).ravel())
        second.append((begin[:, None] + high).ravel())
    if not first:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    return np.concatenate(first), np.concatenate(second)


def polygon_areas(pieces: Shapes) -> Floats:
    """Ellipsoidal areas; a piece may be a collection of polygons, lines and points."""
    parts, owner = shapely.get_parts(pieces, return_index=True)
    # Cutting along a shared edge leaves collections one level deep, whose parts are multipolygons.
    sums = np.bincount(owner, weights=ellipsoidal_areas(parts), minlength=len(pieces))
    return np.asarray(sums, dtype=np.float64)
