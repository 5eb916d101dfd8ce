"""Shapes from well-known binary, one bad one at a time: nothing here loses a whole file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from ingest.readers import curves

_TRIANGULATED = frozenset({15, 16, 17})
_LEAST = 5

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Read:
    """Shapes of a stretch of rows.

    Attributes:
        geometries: m two-dimensional geometries; None where missing or unreadable.
        faults: m codes; empty text where nothing is known against a shape.
        curved: m flags of shapes whose arcs were drawn as chords.
        has_z_or_m: A shape carried heights or measures.
    """

    geometries: Objects
    faults: Objects
    curved: npt.NDArray[np.bool_]
    has_z_or_m: bool


def _code(wkb: bytes | None) -> int:
    """Type code of a shape; 0 where there is none."""
    if wkb is None or len(wkb) < _LEAST:
        return 0
    return int(struct.unpack_from("<I" if wkb[0] == 1 else ">I", wkb, 1)[0])


def read(values: Sequence[bytes | None]) -> Read:
    """Read shapes; what cannot be used gets a fault instead."""
    m = len(values)
    wkb = np.full(m, None, dtype=object)
    wkb[:] = values
    codes, which = np.unique(
        np.array([_code(v) for v in values], dtype=np.int64), return_inverse=True
    )
    bases = np.array([curves.base_type(int(code))[0] for code in codes], dtype=np.int64)
    sizes = np.array([curves.base_type(int(code))[1] for code in codes], dtype=np.int64)
    base = bases[which] if m else np.empty(0, dtype=np.int64)
    there = np.array([v is not None for v in values], dtype=bool)
    curved = there & np.isin(base, list(curves.CURVED))
    solid = there & np.isin(base, list(_TRIANGULATED))
    plain = there & ~curved & ~solid
    geometries = np.full(m, None, dtype=object)
    geometries[plain] = _plain(wkb[plain])
    for i in np.flatnonzero(curved):
        try:
            geometries[i] = curves.linearised(wkb[i])
        except curves.CurveError:
            curved[i] = False
    faults = np.full(m, "", dtype=object)
    faults[there & shapely.is_missing(geometries)] = "GEO-003"
    faults[solid] = "VEC-002"
    geometries = np.asarray(shapely.force_2d(geometries), dtype=object)
    faults[endless(geometries)] = "VEC-001"
    geometries[faults == "VEC-001"] = None
    high = bool(m and (sizes[which][there] > 2).any())  # noqa: PLR2004 - x and y
    return Read(geometries, faults, curved, high)


def _plain(wkb: Objects) -> Objects:
    """Shapes without arcs; None where the bytes are damaged."""
    with np.errstate(invalid="ignore"):
        return _parsed(wkb)


def _parsed(wkb: Objects) -> Objects:
    try:
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    except (NotImplementedError, shapely.errors.GEOSException):
        found = np.full(len(wkb), None, dtype=object)
        for i, value in enumerate(wkb):
            try:
                found[i] = shapely.from_wkb(value, on_invalid="ignore")
            except (NotImplementedError, shapely.errors.GEOSException):
                continue
        return found


def endless(geometries: Objects) -> npt.NDArray[np.bool_]:
    """Which of n geometries hold a coordinate that is no finite number."""
    xy, rows = shapely.get_coordinates(geometries, return_index=True)
    strange = ~np.isfinite(xy).all(axis=1)
    return np.bincount(rows[strange], minlength=len(geometries)) > 0
