"""Points that share one place stand on a small ring round it, so that none hides another."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

SAME_PLACE_DEG: Final = 1e-4
"""Points closer than this (about 10 m) are one place."""

GAP_PX: Final = 1.5
"""Space between neighbouring markers on the ring, in pixels."""


def fan_out(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], size_px: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Offsets that spread coinciding points.

    The order of the input decides the place on the ring: the first stands at the top, the others
    follow clockwise. The ring is just wide enough that its largest markers do not touch.

    Args:
        lon: n longitudes in degrees.
        lat: n latitudes in degrees.
        size_px: Diameters of the n markers in pixels.

    Returns:
        (n, 2) float64 offsets in pixels to the right and down; zero where a point stands alone.
    """
    out = np.zeros((len(lon), 2), dtype=np.float64)
    if len(lon) == 0:
        return out
    cells = np.rint(np.column_stack([lon, lat]) / SAME_PLACE_DEG).astype(np.int64)
    _, place, crowd = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    place = place.ravel()
    widest = np.zeros(len(crowd), dtype=np.float64)
    np.maximum.at(widest, place, size_px)
    order = np.argsort(place, kind="stable")
    first = np.r_[0, np.cumsum(crowd)[:-1]]
    rank = np.empty(len(lon), dtype=np.int64)
    rank[order] = np.arange(len(lon)) - first[place[order]]
    shared = crowd[place] > 1
    n = crowd[place][shared]
    angle = 2 * np.pi * rank[shared] / n
    radius = (widest[place][shared] + GAP_PX) / (2 * np.sin(np.pi / n))
    out[shared, 0] = radius * np.sin(angle)
    out[shared, 1] = -radius * np.cos(angle)
    return out.round(1)
