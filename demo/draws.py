"""Array types and draws that the parts of the demonstration share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.datetime64]
Texts: TypeAlias = npt.NDArray[np.object_]
Geometries: TypeAlias = npt.NDArray[np.object_]


def chance(share: float | Floats, n: int, rng: np.random.Generator) -> Flags:
    """N flags, each set with the given chance (one for all, or one for each)."""
    return np.asarray(rng.random(n) < share, dtype=bool)
