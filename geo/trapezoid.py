"""Ellipsoidal area by the official trapezoid formula of the land surveys.

国土调查办发〔2008〕32号 (second survey; the third keeps it, TD/T 1055): every edge makes a
trapezoid with a reference meridian, and the polygon is their signed sum. Edges are straight in
longitude and area ordinate, so the result differs from geodesic edges once these are long: 0.6 m2
on 10 km2, 43 m2 on 100 km2, nothing when edges are at most 50 m.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_A: Final = 6_378_137.0
_F: Final = 1.0 / 298.257222101
_E2: Final = _F * (2.0 - _F)
_B2: Final = (_A * (1.0 - _F)) ** 2

# Rows A to E of the formula: coefficients of e^0, e^2, e^4, e^6, e^8.
_COEFFICIENTS: Final = (
    (1.0, 3 / 6, 30 / 80, 35 / 112, 630 / 2304),
    (0.0, 1 / 6, 15 / 80, 21 / 112, 420 / 2304),
    (0.0, 0.0, 3 / 80, 7 / 112, 180 / 2304),
    (0.0, 0.0, 0.0, 1 / 112, 45 / 2304),
    (0.0, 0.0, 0.0, 0.0, 5 / 2304),
)
_SERIES: Final = tuple(sum(c * _E2**i for i, c in enumerate(row)) for row in _COEFFICIENTS)


def trapezoid_area_m2(ring: npt.NDArray[np.float64]) -> float:
    """Area of one closed ring on the CGCS2000 ellipsoid.

    Args:
        ring: n by 2 longitudes and latitudes in degrees, the last vertex equal to the first.

    Returns:
        Area in m2, positive whatever the orientation.
    """
    lon, lat = np.radians(ring[:, 0] - ring[0, 0]), np.radians(ring[:, 1])
    mean_lon = (lon[1:] + lon[:-1]) / 2.0
    middle, half = (lat[1:] + lat[:-1]) / 2.0, (lat[1:] - lat[:-1]) / 2.0
    terms = [
        (-1) ** i * series * np.sin((2 * i + 1) * half) * np.cos((2 * i + 1) * middle)
        for i, series in enumerate(_SERIES)
    ]
    return float(abs(2.0 * _B2 * np.sum(mean_lon * np.sum(terms, axis=0))))
