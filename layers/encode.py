"""Geometries as flat lists of small whole numbers, for a browser.

A GeoJSON feature collection repeats names and long decimals; this form is about a fifth of its size
and is read by ``static/ganyuan/geometry.js``. All coordinates are degrees times the scale, rounded,
each given as the difference from the one before.
"""

from __future__ import annotations

from typing import Final, TypedDict

import numpy as np
import numpy.typing as npt
import shapely

SCALE: Final = 100_000
"""Steps of a degree: 1e-5 degrees, about 1.1 m, enough for boundaries and zones."""

FINE_SCALE: Final = 10_000_000
"""Steps for parcels: 1e-7 degrees, about 1 cm."""


class Encoded(TypedDict):
    """n geometries, flattened.

    ``xy`` alternates the differences in longitude and latitude; ``rings`` is the number of
    positions of each ring or line; ``parts`` the number of rings of each polygon (1 for a line or
    point); ``owners`` the number of parts of each of the n features, 0 for a missing one.
    """

    scale: int
    xy: list[int]
    rings: list[int]
    parts: list[int]
    owners: list[int]


def encode(geometries: npt.NDArray[np.object_], *, scale: int = SCALE) -> Encoded:
    """Flatten points, lines or polygons given in degrees.

    Args:
        geometries: n geometries of one kind, single or multi; missing and empty ones are allowed.
        scale: Steps of a degree.

    Returns:
        The flattened geometries, in the order of the input.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    present = ~shapely.is_empty(parts)
    parts, owner = parts[present], owner[present]
    if np.isin(shapely.get_type_id(parts), [3]).any():
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        per_part = np.bincount(ring_part, minlength=len(parts))
    else:
        rings, per_part = parts, np.ones(len(parts), dtype=np.int64)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    steps = np.rint(xy * scale).astype(np.int64)
    steps[1:] -= steps[:-1].copy()
    return Encoded(
        scale=scale,
        xy=steps.ravel().tolist(),
        rings=np.bincount(ring_of, minlength=len(rings)).tolist(),
        parts=per_part.tolist(),
        owners=np.bincount(owner, minlength=len(geometries)).tolist(),
    )


def decode(encoded: Encoded) -> list[list[list[npt.NDArray[np.float64]]]]:
    """Positions of each ring of each part of each feature, in degrees: the inverse of encode."""
    steps = np.asarray(encoded["xy"], dtype=np.int64).reshape(-1, 2).cumsum(axis=0)
    degrees = steps / encoded["scale"]
    rings = iter(np.split(degrees, np.cumsum(encoded["rings"])[:-1]) if len(degrees) else [])
    parts = iter([[next(rings) for _ in range(n)] for n in encoded["parts"]])
    return [[next(parts) for _ in range(n)] for n in encoded["owners"]]
