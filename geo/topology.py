"""Whether polygons are valid, and where and why not. Nothing here repairs anything."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

_REASON: Final = re.compile(r"^(?P<kind>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")


def invalid(shapes: npt.NDArray[np.object_]) -> pd.DataFrame:
    """The invalid ones among shapes.

    Args:
        shapes: n shapes; a missing one is another matter.

    Returns:
        One row an invalid shape, RangeIndex: ``position``, ``reason`` (text of GEOS), ``x``, ``y``
        (float64 place of the first fault, NaN where unknown).
    """
    broken = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    reason = np.full(len(broken), "", dtype=object)
    place = np.full((len(broken), 2), np.nan)
    for i, text in enumerate(shapely.is_valid_reason(shapes[broken])):
        match = _REASON.match(text)
        if match is None:
            continue
        reason[i] = match["kind"].strip()
        if match["x"] is not None:
            place[i] = float(match["x"]), float(match["y"])
    return pd.DataFrame({"position": broken, "reason": reason, "x": place[:, 0], "y": place[:, 1]})
