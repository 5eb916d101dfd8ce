"""Mapbox Vector Tiles, version 2.1, written by whole arrays.

All that a feature consists of - its id, its tags, its geometry and the lengths of these - is a row
of varints, so a layer is one array of numbers, turned into bytes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.mercator import EXTENT, WholeRings
from geo.protobuf import field, varint_bytes, varint_sizes, zigzag
from geo.rings import ranges
from geo.tile_shapes import drawn

Ints = npt.NDArray[np.intp]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
Value = str | bool | int | float

_POINT: Final = 1
_POLYGON: Final = 3
_MOVE_TO: Final = 9
_LINE_TO: Final = 2
_CLOSE: Final = 15
_VERSION: Final = 2


@dataclass(frozen=True)
class Attribute:
    """One attribute of n features.

    Attributes:
        key: Its name.
        values: What it can be; where it is None the feature goes without the attribute.
        codes: n positions in ``values``, of any integer type.
    """

    key: str
    values: Sequence[Value | None]
    codes: npt.NDArray[np.integer]


def tile(layers: Iterable[bytes]) -> bytes:
    """A tile of layers; those without a feature are left out, as the format wants it."""
    return b"".join(field(3, layer) for layer in layers if layer)


def polygons_layer(
    name: str,
    rings: WholeRings,
    ids: npt.NDArray[np.uint64],
    attributes: Sequence[Attribute] = (),
    *,
    extent: int = EXTENT,
) -> bytes:
    """A layer of polygons, each a feature of its own however many parts it has.

    A feature of which no ring is left after rounding is drawn as a square of one unit, so none
    vanishes. Those that reach further than a tile's side beyond the tile are cut to what lies near
    it, and are left out if nothing does.

    Args:
        name: Name of the layer.
        rings: Rings in units of the tile with owners 0 to n - 1; a feature without rings is left
            out.
        ids: n ids; browsers keep them exactly up to 2^53.
        attributes: Attributes of the n features.
        extent: Units along a side of the tile.

    Returns:
        The layer for :func:`tile`; empty without features.
    """
    shown = drawn(rings, extent)
    owner = shown.owner
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    words, sizes = _polygon_words(shown, first)
    return _layer(name, (_POLYGON, words, sizes), owner[first], ids, attributes, extent)


def points_layer(
    name: str,
    xy: Longs,
    ids: npt.NDArray[np.uint64],
    attributes: Sequence[Attribute] = (),
    *,
    extent: int = EXTENT,
) -> bytes:
    """A layer of points.

    Args:
        name: Name of the layer.
        xy: n by 2 units of the tile.
        ids: n ids.
        attributes: Attributes of the n features.
        extent: Units along a side of the tile.

    Returns:
        The layer for :func:`tile`; empty without features.
    """
    n = len(xy)
    words = np.column_stack([np.full(n, _MOVE_TO, dtype=np.uint64), zigzag(xy)]).ravel()
    sizes = np.full(n, 3, dtype=np.intp)
    return _layer(name, (_POINT, words, sizes), np.arange(n), ids, attributes, extent)


def squares(corner: Longs, side: int) -> WholeRings:
    """Rings of squares, one a feature.

    Args:
        corner: n by 2 north-western corners in units of the tile.
        side: Units along a side.
    """
    n = len(corner)
    around = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.int64) * side
    xy = (corner[:, None, :] + around).reshape(-1, 2)
    return WholeRings(xy, np.arange(n + 1) * 5, np.arange(n), np.zeros(n, dtype=bool))


def _polygon_words(rings: WholeRings, first: Ints) -> tuple[Words, Ints]:
    """Commands of open rings, and how many of them each feature has.

    Args:
        rings: Rings that do not repeat their first vertex.
        first: First ring of each feature.
    """
    if not len(first):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.intp)
    start, count = rings.start[:-1], np.diff(rings.start)
    delta = rings.xy.astype(np.int64)
    # Closing a ring does not move the pen: the next one begins from the last vertex before it.
    delta[1:] -= rings.xy[:-1]
    delta[start[first]] = rings.xy[start[first]]
    sizes = 2 * count + 3
    ends = np.cumsum(sizes)
    begins = ends - sizes
    words = np.empty(int(ends[-1]), dtype=np.uint64)
    words[begins] = _MOVE_TO
    words[begins + 3] = ((count - 1) << 3) | _LINE_TO
    words[ends - 1] = _CLOSE
    moves = zigzag(delta)
    place = 2 * np.arange(len(moves)) + np.repeat(begins - 2 * start + 2, count)
    # The first vertex stands one word nearer to the start of its ring than the others do.
    place[start] -= 1
    words[place], words[place + 1] = moves[:, 0], moves[:, 1]
    return words, np.add.reduceat(sizes, first)


def _layer(
    name: str,
    drawing: tuple[int, Words, Ints],
    which: Ints,
    ids: npt.NDArray[np.uint64],
    attributes: Sequence[Attribute],
    extent: int,
) -> bytes:
    """A layer of m features from their type, commands and numbers of commands, by feature."""
    kind, words, sizes = drawing
    if not len(which):
        return b""
    tags, tagged, values = _tags(attributes, which)
    return b"".join(
        [
            field(15, _VERSION),
            field(1, name.encode()),
            varint_bytes(_features(kind, words, sizes, ids[which], tags, tagged)),
            *(field(3, attribute.key.encode()) for attribute in attributes),
            values,
            field(5, extent),
        ]
    )


def _features(
    kind: int, words: Words, sizes: Ints, ids: npt.NDArray[np.uint64], tags: Words, tagged: Bools
) -> Words:
    """Every number of the features of a layer, behind one another.

    Args:
        kind: Type of geometry.
        words: Commands of all features.
        sizes: m numbers of commands.
        ids: m ids.
        tags: m by 2k tags.
        tagged: m by 2k: the tag is there.
    """
    m, wide = tags.shape
    drawn_bytes = _sums(varint_sizes(words), sizes)
    tags_bytes = (varint_sizes(tags) * tagged).sum(axis=1, dtype=np.intp)
    head = np.empty((m, 10 + wide), dtype=np.uint64)
    there = np.ones(head.shape, dtype=bool)
    head[:, 0], head[:, 2], head[:, 3] = 2 << 3 | 2, 1 << 3, ids
    head[:, 4], head[:, 5], head[:, 6:-4] = 2 << 3 | 2, tags_bytes, tags
    head[:, -4], head[:, -3], head[:, -2], head[:, -1] = 3 << 3, kind, 4 << 3 | 2, drawn_bytes
    there[:, 6:-4] = tagged
    there[:, 4:6] = (tags_bytes > 0)[:, None]
    within = (varint_sizes(head[:, 2:]) * there[:, 2:]).sum(axis=1, dtype=np.intp)
    head[:, 1] = within + drawn_bytes
    of_head = there.sum(axis=1)
    begins = np.concatenate([[0], np.cumsum(of_head + sizes)])
    out = np.empty(int(begins[-1]), dtype=np.uint64)
    out[ranges(begins[:-1], of_head)] = head[there]
    out[ranges(begins[:-1] + of_head, sizes)] = words
    return out


def _sums(values: npt.NDArray[np.uint8], sizes: Ints) -> Ints:
    """Sum of each stretch of values; no stretch is empty."""
    return np.add.reduceat(values, np.cumsum(sizes) - sizes, dtype=np.intp)


def _tags(attributes: Sequence[Attribute], which: Ints) -> tuple[Words, Bools, bytes]:
    """Key and value numbers of the features, where they have them, and the values that they use."""
    shape = len(which), 2 * len(attributes)
    tags, tagged = np.zeros(shape, dtype=np.uint64), np.ones(shape, dtype=bool)
    written, before = [], 0
    for k, attribute in enumerate(attributes):
        used, code = np.unique(attribute.codes[which], return_inverse=True)
        values = [attribute.values[i] for i in used.tolist()]
        present = np.array([value is not None for value in values], dtype=bool)
        # A value that is absent shares a number with its neighbour; its tag is left out.
        number = before + np.cumsum(present) - present
        tags[:, 2 * k] = k
        tags[:, 2 * k + 1] = number[code]
        tagged[:, 2 * k : 2 * k + 2] = present[code][:, None]
        written.append(_values([value for value in values if value is not None]))
        before += int(present.sum())
    return tags, tagged, b"".join(written)


def _values(values: list[Value]) -> bytes:
    """Values behind one another as fields of a layer."""
    if set(map(type, values)) == {int}:
        numbers = np.array(values)
        if numbers.dtype == np.int64:
            return _whole_numbers(numbers)
    return b"".join([field(4, _value(value)) for value in values])


def _whole_numbers(numbers: Longs) -> bytes:
    """What :func:`_values` makes of whole numbers, all at once."""
    below = numbers < 0
    words = np.empty((len(numbers), 4), dtype=np.uint64)
    words[:, 0], words[:, 2] = 4 << 3 | 2, np.where(below, 6 << 3, 5 << 3)
    words[:, 3] = np.where(below, zigzag(numbers), numbers.view(np.uint64))
    words[:, 1] = 1 + varint_sizes(words[:, 3])
    return varint_bytes(words.ravel())


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return field(1, value.encode("utf-8", "replace"))
    if isinstance(value, bool):
        return field(7, int(value))
    if isinstance(value, int):
        return field(5, value) if value >= 0 else field(6, -2 * value - 1)
    return field(3, float(value))
