"""What keeps a row out whatever else it says: no shape, a broken one, one in another province.

Also the names of rows, which have to be unique over the whole file.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import shape_defects, topology
from ingest import crs_candidates
from ingest.found import Found, Numbers

_AREAL: Final = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_DEGREES: Final = 360.0

_REASONS_ZH: Final = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "内环在外环之外",
    "Holes are nested": "内环嵌套",
    "Nested shells": "部分之间重叠",
    "Nested holes": "内环嵌套",
    "Duplicate Rings": "环重复",
    "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "界址点不足",
    "Invalid Coordinate": "坐标值无效",
    "Ring is not closed": "环未闭合",
}

Faults = npt.NDArray[np.object_]
Shapes = npt.NDArray[np.object_]


def geometry_faults(geometries: Shapes, faults: Faults, *, first: int = 0) -> list[Found]:
    """Mark rows whose shape cannot be used.

    Args:
        geometries: n geometries in the coordinates of the file.
        faults: n codes, empty where nothing is known against a row yet; changed in place.
        first: Number of the first row, from 0.

    Returns:
        What has to be said of newly marked rows.
    """
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    areal = np.isin(shapely.get_type_id(geometries), _AREAL)
    out = _mark(faults, missing, "GEO-001", first)
    out += _mark(faults, ~missing & ~areal, "GEO-004", first)
    open_ = np.flatnonzero(faults == "")
    broken = topology.invalid(geometries[open_])
    at = open_[broken["position"].to_numpy(dtype=np.intp)]
    if not len(at):
        return out
    faults[at] = "GEO-002"
    values = {
        "reason": broken["reason"].tolist(),
        "reason_zh": [_REASONS_ZH.get(reason, reason) for reason in broken["reason"]],
        "place": [_place(x, y) for x, y in zip(broken["x"], broken["y"], strict=True)],
    }
    out.append(Found("GEO-002", _numbers(at, first), values))
    return out + _overlapping_parts(geometries[at], _numbers(at, first))


def _numbers(at: npt.NDArray[np.intp], first: int) -> Numbers:
    return at.astype(np.int64) + first + 1


def _place(x: float, y: float) -> str:
    return f"{x:.3f}, {y:.3f}" if np.isfinite(x) else "—"


def _mark(faults: Faults, where: npt.NDArray[np.bool_], code: str, first: int) -> list[Found]:
    new = np.flatnonzero(where & (faults == ""))
    faults[new] = code
    return [Found(code, _numbers(new, first))] if len(new) else []


def _overlapping_parts(broken: Shapes, numbers: Numbers) -> list[Found]:
    """Invalid shapes of which parts overlap, with the area that counts twice.

    Only of coordinates in metres, which those of a file nearly always are.
    """
    metric = np.abs(shapely.bounds(broken)).max(axis=1) > _DEGREES
    twice = np.zeros(len(broken))
    twice[metric] = np.nan_to_num(shape_defects.own_overlap_m2(broken[metric]))
    real = twice > 0.0
    if not real.any():
        return []
    return [Found("GEO-011", numbers[real], {"area": [f"{a:,.2f}" for a in twice[real]]})]


def outside_province(
    lonlat: npt.NDArray[np.float64], faults: Faults, *, first: int = 0
) -> list[Found]:
    """Mark rows that lie outside Jiangxi.

    Args:
        lonlat: Longitude and latitude of a point in each shape of the rows without a fault.
        faults: n codes, changed in place.
        first: Number of the first row, from 0.
    """
    outside = np.zeros(len(faults), dtype=bool)
    outside[faults == ""] = ~crs_candidates.inside(lonlat)
    return _mark(faults, outside, "PLC-003", first)


def identities(ids: pd.Series) -> list[Found]:
    """Rows without a name, and rows whose name stands before them already.

    Args:
        ids: n names as given, text, indexed by row from 0.
    """
    numbers = ids.index.to_numpy(dtype=np.int64) + 1
    empty = ids.isna().to_numpy(dtype=bool)
    again = ids.duplicated(keep="first").to_numpy(dtype=bool) & ~empty
    out = [Found("VAL-005", numbers[empty])] if empty.any() else []
    if again.any():
        out.append(Found("VAL-006", numbers[again], {"value": ids[again].astype(str).tolist()}))
    return out
