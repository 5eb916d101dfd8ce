"""Duplicates, overlaps and gaps of a whole layer, tile by tile, with memory that stays flat.

The search is exact: it gives what testing every pair would give. It is fast because features whose
edges are all shared with exactly one neighbour on the other side need no test of their own. How
many features cover a point changes only across edges that are not shared so (loose ones). A
place that is covered twice therefore is bounded by loose edges, and beside each of them a feature
with a loose edge overlaps another one. Testing the features with loose edges finds every such
place; from there the overlap is followed from neighbour to neighbour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import GanyuanError
from geo.features import Features
from geo.gaps import GapRule, gaps_of
from geo.rings import ranges
from geo.shared_edges import SharedEdges, point_keys, shared_edges
from geo.tiles import TILE_ROWS, Layer, Tile, giants_of, tiles_of

__all__ = ["BrokenFeaturesError", "GapRule", "Neighbourhood", "duplicates", "examine"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

_INTERIORS_MEET: Final = "T********"
_QUERY_ROWS: Final = 500
_MOST_PAIRS: Final = 200_000


class BrokenFeaturesError(GanyuanError):
    """Shapes are invalid, so that overlaps cannot be worked out."""

    code = "NBR-001"


Looked = tuple[int, pd.DataFrame, pd.DataFrame]
"""Number of features of a tile, its pairs, its gaps."""

Spread = Callable[[Callable[[Tile], Looked], Iterable[Tile]], Iterable[Looked]]


@dataclass(frozen=True)
class Neighbourhood:
    """What is wrong between the features of a layer.

    Attributes:
        duplicate_of: n positions of the first feature of exactly the same shape; -1 for every
            feature that is the first or only one.
        pairs: One row a pair that overlaps, RangeIndex, sorted: ``left`` < ``right`` (int64
            positions), ``area_m2``. Of duplicates only the first one takes part.
        gaps: One row a gap, RangeIndex, sorted: ``row`` and ``other`` (int64, the first two
            features beside it, ``other`` -1 where there is one only), ``area_m2``, ``x``, ``y`` (a
            point inside, in the coordinates of the layer).
        complete: False where the search stopped at the greatest number of pairs.
    """

    duplicate_of: npt.NDArray[np.int64]
    pairs: pd.DataFrame
    gaps: pd.DataFrame
    complete: bool


def examine(
    layer: Layer,
    *,
    min_overlap_m2: float,
    gap: GapRule | None = None,
    tile_rows: int = TILE_ROWS,
    spread: Spread = map,
    most_pairs: int = _MOST_PAIRS,
    tell: Callable[[int], None] | None = None,
) -> Neighbourhood:
    """Find duplicates, overlaps and, where asked, gaps.

    Args:
        layer: n valid polygons in metres.
        min_overlap_m2: Pairs that share this much or less are left out.
        gap: Which holes are gaps; None looks for none.
        tile_rows: Features a tile; about 4 kB each are in memory at a time and process.
        spread: Calls the work with every tile and gives the results in the order of the tiles;
            what does it in other processes has to fork them, since the work cannot be sent.
        most_pairs: After so many pairs the search stops.
        tell: Called with the number of features that have been worked through.

    Returns:
        What was found; positions refer to ``layer``.

    Raises:
        BrokenFeaturesError: Shapes are invalid, so that they cannot be cut with one another.
    """
    duplicate_of = duplicates(layer)
    among = duplicate_of < 0
    giant = giants_of(layer.bounds)
    reach = gap.reach_m if gap else 0.0
    tiles = tiles_of(layer.bounds, among, rows=tile_rows, reach=reach)

    def work(tile: Tile) -> Looked:
        try:
            pairs, gaps = _in_tile(layer, tile, giant, min_overlap_m2, gap, most_pairs)
        except shapely.errors.GEOSException as err:
            raise _broken(layer, tile) or err from err
        return len(tile.own), pairs, gaps

    found: list[pd.DataFrame] = []
    holes: list[pd.DataFrame] = []
    count = done = 0
    for rows, pairs, gaps in spread(work, tiles):
        found.append(pairs)
        holes.append(gaps)
        count, done = count + len(pairs), done + rows
        if tell:
            tell(done)
        if count >= most_pairs:
            break
    return Neighbourhood(
        duplicate_of,
        _sorted(found, _PAIR)[:most_pairs],
        _sorted(holes, _GAP),
        complete=count < most_pairs,
    )


def _broken(layer: Layer, tile: Tile) -> BrokenFeaturesError | None:
    """What to say of a tile that cannot be cut; None where its shapes are not to blame."""
    where = np.sort(np.concatenate([tile.own, tile.halo]))
    shapes = layer.features(where).at(np.arange(len(where)))
    rows = where[~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)]
    if not len(rows):
        return None
    return BrokenFeaturesError(
        f"{len(rows)} shapes are invalid and cannot be compared with their neighbours; repair "
        "them at import",
        rows=rows.tolist(),
        values={"count": len(rows)},
    )


_PAIR: Final = {"left": "int64", "right": "int64", "area_m2": "float64"}
_GAP: Final = {
    "row": "int64",
    "other": "int64",
    "area_m2": "float64",
    "x": "float64",
    "y": "float64",
}


def _sorted(frames: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    whole = pd.concat(filled, ignore_index=True).astype(columns)
    return whole.sort_values(list(columns), ignore_index=True)


def duplicates(layer: Layer, *, rows: int = TILE_ROWS) -> npt.NDArray[np.int64]:
    """Position of the first feature with exactly the same shape.

    Ring orientation, start vertex and part order do not matter.

    Args:
        layer: n features.
        rows: Features that are loaded at a time.

    Returns:
        n positions; -1 for the first or only feature of a shape.
    """
    out = np.full(len(layer.bounds), -1, dtype=np.int64)
    present = np.flatnonzero(np.isfinite(layer.bounds).all(axis=1))
    boxes = layer.bounds[present]
    with np.errstate(over="ignore"):
        key = pd.Series(point_keys(boxes[:, :2]) * np.uint64(3) + point_keys(boxes[:, 2:]))
    suspect = present[key.duplicated(keep=False).to_numpy()]
    if not len(suspect):
        return out
    digests: list[bytes] = []
    for start in range(0, len(suspect), rows):
        some = suspect[start : start + rows]
        shapes = shapely.normalize(layer.features(some).at(np.arange(len(some))))
        digests += [hashlib.blake2b(w, digest_size=16).digest() for w in shapely.to_wkb(shapes)]
    group, _ = pd.factorize(np.array(digests, dtype=object))
    first = pd.Series(suspect).groupby(group).transform("first").to_numpy()
    again = first != suspect
    out[suspect[again]] = first[again]
    return out


def _in_tile(
    layer: Layer,
    tile: Tile,
    giant: Bools,
    min_overlap_m2: float,
    gap: GapRule | None,
    most: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs and gaps that are counted in one tile."""
    where = np.sort(np.concatenate([tile.own, tile.halo]))
    features = layer.features(where)
    edges = shared_edges(features.rings, len(features))
    contacts = _contacts(features, edges, most)
    left, right = contacts.left, contacts.right
    # The pair is counted in the tile of its first feature, or of the one that is no giant.
    a, b = where[left], where[right]
    key = np.where(giant[a] & ~giant[b], b, a)
    here = np.isin(key, tile.own)
    left, right = left[here], right[here]
    area = shapely.area(shapely.intersection(features.at(left), features.at(right)))
    large = area > min_overlap_m2
    pairs = pd.DataFrame(
        {"left": where[left[large]], "right": where[right[large]], "area_m2": area[large]}
    )
    if gap is None or tile.cell is None:
        return pairs, pd.DataFrame()
    return pairs, gaps_of(features, where, edges.loose, contacts.touching, tile.cell, gap)


@dataclass(frozen=True)
class _Contacts:
    """What a tile knows of its features' contacts.

    Attributes:
        left: Positions of features whose interiors meet ...
        right: ... with these, which stand behind them; every pair once.
        touching: The feature has a loose edge and meets another one, if in a point only.
    """

    left: Ints
    right: Ints
    touching: Bools


def _contacts(features: Features, edges: SharedEdges, most: int) -> _Contacts:
    """Every pair, lower position first, whose interiors meet."""
    loose = np.flatnonzero(edges.loose)
    shapely.prepare(features.at(loose))
    lefts, rights = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    touching = np.zeros(len(features), dtype=bool)
    total = 0
    # A few hundred at a time: where everything lies on everything the pairs are a square.
    for start in range(0, len(loose), _QUERY_ROWS):
        some = loose[start : start + _QUERY_ROWS]
        index, other = features.meeting(features.boxes[some])
        one = some[index]
        fresh = (one < other) | (~edges.loose[other] & (one != other))
        one, other = one[fresh], other[fresh]
        touch = shapely.intersects(features.at(one), features.at(other))
        one, other = one[touch], other[touch]
        touching[one] = touching[other] = True
        meet = shapely.relate_pattern(features.at(one), features.at(other), _INTERIORS_MEET)
        lefts.append(one[meet])
        rights.append(other[meet])
        total += int(meet.sum())
        if total >= most:
            break
    left, right = np.concatenate(lefts), np.concatenate(rights)
    left, right = np.minimum(left, right), np.maximum(left, right)
    more_left, more_right = _followed(features, edges, left, right)
    return _Contacts(
        np.concatenate([left, more_left]),
        np.concatenate([right, more_right]),
        touching & edges.loose,
    )


def _followed(features: Features, edges: SharedEdges, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Pairs without loose edges that meet, followed from pairs that do."""
    n = len(features)
    bounds = features.boxes
    tested: set[int] = set()
    found: list[Ints] = []
    while len(left):
        a, b = _around(_adjacency(edges, left, right, n), left, right, n)
        open_ = a != b
        code = np.unique(np.minimum(a, b)[open_] * n + np.maximum(a, b)[open_])
        code = np.array([c for c in code.tolist() if c not in tested], dtype=np.intp)
        tested.update(code.tolist())
        a, b = code // n, code % n
        near = _boxes_meet(bounds[a], bounds[b])
        a, b = a[near], b[near]
        meet = shapely.relate_pattern(features.at(a), features.at(b), _INTERIORS_MEET)
        left, right = a[meet], b[meet]
        found.append(left * n + right)
    codes = np.concatenate([*found, np.zeros(0, dtype=np.intp)])
    return codes // n, codes % n


def _adjacency(edges: SharedEdges, left: Ints, right: Ints, n: int) -> tuple[Ints, Ints]:
    """Features without loose edges beside those of some pairs, and these themselves.

    Returns:
        n + 1 offsets into positions; features that are in no pair have none.
    """
    asked = np.zeros(n, dtype=bool)
    asked[left] = asked[right] = True
    itself = np.flatnonzero(asked & ~edges.loose)
    codes = [itself * (n + 1)]
    for one, other in ((edges.left, edges.right), (edges.right, edges.left)):
        at = asked[one] & ~edges.loose[other]
        codes.append(one[at] * n + other[at])
    code = np.unique(np.concatenate(codes))
    return np.searchsorted(code // n, np.arange(n + 1)), code % n


def _around(beside: tuple[Ints, Ints], left: Ints, right: Ints, n: int) -> tuple[Ints, Ints]:
    """All pairs of a neighbour of ``left`` and a neighbour of ``right``, or these themselves."""
    offsets, others = beside
    count = np.diff(offsets)
    each = np.repeat(np.arange(len(left)), count[left])
    a = others[ranges(offsets[left], count[left])]
    b = right[each]
    wide = np.repeat(np.arange(len(a)), count[b])
    pairs = np.unique(a[wide] * n + others[ranges(offsets[b], count[b])])
    return pairs // n, pairs % n


def _boxes_meet(a: Floats, b: Floats) -> Bools:
    meets = (a[:, 0] <= b[:, 2]) & (a[:, 2] >= b[:, 0])
    return np.asarray(meets & (a[:, 1] <= b[:, 3]) & (a[:, 3] >= b[:, 1]), dtype=bool)
