"""Tiles of parcels and of the cells that stand for them at small scales.

Tiles carry numbers, not texts: what a number means is told once to the map, so a tile is small and
holds nothing that came from a file.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from geo.cells import CellSums
from geo.tile_index import TileIndex
from geo.vector_tile import Attribute, polygons_layer, squares, tile

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

BUFFER: Final = 64
"""Units round a tile within which parcels are drawn too, so that edges do not show."""

CODED: Final[dict[str, str]] = {
    "s": "status",
    "g": "group",
    "p": "prefecture_adcode",
    "k": "county_adcode",
    "z": "zone_id",
}
"""Attribute of a parcel in a tile to the column whose texts it numbers."""

DATED: Final[dict[str, str]] = {"da": "approved_on", "ds": "signed_on"}
"""Attribute to the column of a date, in days since 1970."""

_EXTENT: Final = 4096
_PER_M2: Final = 100
_LONG_AGO: Final = -100_000


class TileParcels(Protocol):
    """n parcels as :mod:`analytics.parcel_filter` reads them, with their shapes."""

    @property
    def shapes(self) -> TileIndex:
        """Shapes of the n parcels."""

    @property
    def area_m2(self) -> Floats:
        """N areas."""

    def coded(self, name: str) -> tuple[Codes, tuple[str, ...]]:
        """N numbers (-1 where missing) and the texts that they stand for."""

    def days(self, name: str) -> Codes:
        """N days since 1970; far below any date where missing."""


def parcel_tile(
    parcels: TileParcels, z: int, x: int, y: int, *, coloured: str, shown: Bools | None
) -> bytes:
    """Every parcel that meets the tile, none left out, one layer for each class of the colours.

    The layer ``c3`` holds the parcels of the fourth class, so that a map can switch a class without
    looking at single parcels. The id of a feature is its row. Attributes are those of :data:`CODED`
    and :data:`DATED`, absent where the parcel has none, and ``a``, the area in hundredths of m2.

    Args:
        parcels: n parcels.
        z: Zoom.
        x: Column.
        y: Row.
        coloured: Column of the classes, ``status`` or ``group``.
        shown: n booleans, or None for all.
    """
    rows = parcels.shapes.rows_in(z, x, y, buffer=BUFFER)
    if shown is not None:
        rows = rows[shown[rows]]
    classes = parcels.coded(coloured)[0][rows]
    # Rows of a class stand together; those that are neighbours on disk stay so.
    order = np.argsort(classes, kind="stable")
    ends = np.flatnonzero(np.diff(classes[order])) + 1
    layers = []
    for which in np.split(order, ends):
        some = rows[np.sort(which)]
        if len(some):
            rings = parcels.shapes.rings(some).in_tile(z, x, y)
            name = f"c{classes[which[0]]}"
            ids = some.astype(np.uint64)
            layers.append(polygons_layer(name, rings, ids, _attributes(parcels, some)))
    return tile(layers)


def _attributes(parcels: TileParcels, rows: npt.NDArray[np.intp]) -> list[Attribute]:
    out = [_coded(key, *parcels.coded(name), rows) for key, name in CODED.items()]
    out += [_numbered(key, parcels.days(name)[rows]) for key, name in DATED.items()]
    out.append(_numbered("a", np.rint(parcels.area_m2[rows] * _PER_M2).astype(np.int64)))
    return out


def cell_tile(sums: CellSums, z: int, x: int, y: int, *, limits: Floats) -> bytes:
    """The layer ``cells``: the squares of a tile that hold parcels.

    Attributes: ``n`` parcels, ``a`` area in m2, ``b`` class of the amount from 0, ``m`` number of
    the class with the largest area, ``by`` counts and areas of all classes (``class:n:m2`` joined
    by ``;``).

    Args:
        sums: Amounts of all cells.
        z: Zoom of the tile.
        x: Column.
        y: Row.
        limits: Limits of the classes of amounts, ascending.
    """
    found = sums.in_tile(z, x, y)
    there = found.sums.counts.sum(axis=1) > 0
    counts, areas = found.sums.counts[there], found.sums.areas[there]
    # Cells of a level may be larger or smaller than a 32nd of a tile at the ends of the pyramid.
    side = _EXTENT >> (found.level - z)
    place = found.place[there].astype(np.int64)
    corner = (place - (np.array([x, y]) << (found.level - z))) * side
    area = areas.sum(axis=1)
    attributes = [
        _numbered("n", counts.sum(axis=1)),
        _numbered("a", np.rint(area).astype(np.int64)),
        _numbered("b", grades(area, limits)),
        _numbered("m", _largest(counts, areas)),
        _texts("by", [_breakdown(*pair) for pair in zip(counts, areas, strict=True)]),
    ]
    rings = squares(corner, side)
    ids = (place[:, 0].astype(np.uint64) << np.uint64(16)) | place[:, 1].astype(np.uint64)
    return tile([polygons_layer("cells", rings, ids, attributes)])


def grades(amounts: Floats, limits: Floats) -> npt.NDArray[np.intp]:
    """Class of each amount, from 0; the last class holds its upper limit too.

    Args:
        amounts: m amounts.
        limits: Limits of the classes, ascending.
    """
    place = np.searchsorted(limits, amounts, side="right") - 1
    return np.clip(place, 0, max(len(limits) - 2, 0))


def _largest(counts: npt.NDArray[np.int64], areas: Floats) -> npt.NDArray[np.int64]:
    """Class with the largest area; the most frequent one where no area is known."""
    by_area = areas.max(axis=1, initial=0.0) > 0
    found = np.where(by_area, areas.argmax(axis=1), counts.argmax(axis=1))
    return np.asarray(found, dtype=np.int64)


def _breakdown(counts: npt.NDArray[np.int64], areas: Floats) -> str:
    there = np.flatnonzero(counts)
    return ";".join(f"{i}:{counts[i]}:{areas[i]:.0f}" for i in there.tolist())


def _coded(key: str, codes: Codes, texts: tuple[str, ...], rows: npt.NDArray[np.intp]) -> Attribute:
    # The last value answers for -1: the parcel goes without the attribute.
    return Attribute(key, [*range(len(texts)), None], codes[rows] % (len(texts) + 1))


def _numbered(key: str, numbers: npt.NDArray[np.integer]) -> Attribute:
    used, codes = np.unique(numbers, return_inverse=True)
    values = [None if value < _LONG_AGO else value for value in used.tolist()]
    return Attribute(key, values, codes)


def _texts(key: str, texts: list[str]) -> Attribute:
    used, codes = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return Attribute(key, [str(text) for text in used], codes)
