"""Findings per row: shapes, neighbours, identities, areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain.rules import RuleSet
from geo import topology
from geo.crs import CGCS2000
from ingest import crs_candidates
from ingest.model import Finding, Value

_AREAL: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_DUPLICATE_VERTEX_M: Final = 0.001
_MOST: Final = 5000
"""Findings of one kind that are listed; a layer that is wrong everywhere is wrong once."""

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


def geometry_faults(
    geometries: npt.NDArray[np.object_], faults: Faults, *, first: int = 0
) -> list[Finding]:
    """Mark rows whose shape cannot be used.

    Args:
        geometries: n geometries in the coordinates of the file.
        faults: n codes, empty where nothing is known against a row yet; changed in place.
        first: Number of the first row, from 0.

    Returns:
        One finding a newly marked row.
    """
    findings: list[Finding] = []
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    _mark(faults, missing, "GEO-001", findings, first)
    areal = np.isin(shapely.get_type_id(geometries), [int(kind) for kind in _AREAL])
    _mark(faults, ~missing & ~areal, "GEO-004", findings, first)
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(geometries)))
    checked = topology.validity(frame)
    broken = np.flatnonzero(~checked["valid"].to_numpy() & (faults == ""))
    where = checked[["x", "y"]].to_numpy(dtype=np.float64)[broken]
    reasons = checked["reason"].to_numpy(dtype=object)[broken]
    for i, (x, y), reason in zip(broken, where, reasons, strict=True):
        place = f"{x:.3f}, {y:.3f}" if np.isfinite(x) else "—"
        values: dict[str, Value] = {
            "reason": str(reason),
            "reason_zh": _REASONS_ZH.get(str(reason), str(reason)),
            "place": place,
        }
        findings.append(Finding(code="GEO-002", row=first + int(i) + 1, values=values))
        faults[i] = "GEO-002"
    return findings


def _mark(
    faults: Faults, where: npt.NDArray[np.bool_], code: str, findings: list[Finding], first: int
) -> None:
    new = where & (faults == "")
    findings.extend(Finding(code=code, row=first + int(i) + 1) for i in np.flatnonzero(new))
    faults[new] = code


def outside_province(
    geographic: npt.NDArray[np.object_], faults: Faults, *, first: int = 0
) -> list[Finding]:
    """Mark rows that lie outside Jiangxi."""
    points = shapely.get_coordinates(shapely.point_on_surface(geographic[faults == ""]))
    inside = np.ones(len(faults), dtype=bool)
    inside[faults == ""] = crs_candidates.inside(points)
    findings = []
    for i in np.flatnonzero(~inside):
        findings.append(Finding(code="PLC-003", row=first + int(i) + 1))
        faults[i] = "PLC-003"
    return findings


def neighbours(metres: gpd.GeoDataFrame, rows: pd.Series, rules: RuleSet) -> list[Finding]:
    """Duplicates, overlaps, slivers and repeated vertices among valid parcels.

    Args:
        metres: n valid parcels in a 3-degree zone.
        rows: Row numbers of the sender on the same index.
        rules: Rules ``ingest``.
    """
    findings: list[Finding] = []
    groups = topology.duplicate_groups(metres)
    for members in groups.dropna().groupby(groups.dropna()).groups.values():
        numbers = rows.loc[members].tolist()
        findings.extend(
            Finding(code="GEO-005", row=int(row), values={"other": int(numbers[0])})
            for row in numbers[1:]
        )
    findings += _overlaps(metres, rows, groups, rules)
    thin = topology.slivers(
        metres,
        max_area_m2=rules.value("ING-SLIVER-AREA"),
        min_thinness=rules.value("ING-SLIVER-THINNESS"),
    )
    findings += [Finding(code="GEO-007", row=int(row)) for row in rows[thin][:_MOST]]
    repeated = topology.repeated_vertices(metres, tolerance=_DUPLICATE_VERTEX_M)
    findings += [
        Finding(code="GEO-009", row=int(row), values={"n": int(n)})
        for row, n in zip(rows[repeated > 0][:_MOST], repeated[repeated > 0][:_MOST], strict=True)
    ]
    return findings


def _overlaps(
    metres: gpd.GeoDataFrame, rows: pd.Series, groups: pd.Series, rules: RuleSet
) -> Iterable[Finding]:
    """Overlapping pairs; duplicates overlap fully and are reported once, as duplicates."""
    pairs = topology.overlaps(metres, min_area_m2=rules.value("ING-OVERLAP"))
    # -1 and -2 stand for no group, so that two parcels without one are not the same.
    left = groups.reindex(pairs["left"]).fillna(-1).to_numpy(dtype=np.int64)
    right = groups.reindex(pairs["right"]).fillna(-2).to_numpy(dtype=np.int64)
    same = left == right
    for pair in pairs[~same].head(_MOST).itertuples(index=False):
        yield Finding(
            code="GEO-006",
            row=int(rows.loc[pair.left]),
            values={"other": int(rows.loc[pair.right]), "area": f"{pair.area_m2:,.1f}"},
        )


def identities(ids: pd.Series) -> list[Finding]:
    """Rows without a name, and rows whose name stands before them already.

    Args:
        ids: n names as given, text, indexed by row from 0.
    """
    empty = ids.isna()
    findings = [Finding(code="VAL-005", row=int(row) + 1) for row in ids.index[empty]]
    repeated = ids.duplicated(keep="first") & ~empty
    findings += [
        Finding(code="VAL-006", row=int(row) + 1, values={"value": str(value)})
        for row, value in zip(ids.index[repeated], ids[repeated], strict=True)
    ]
    return findings


def stated_areas(parcels: pd.DataFrame, rules: RuleSet) -> list[Finding]:
    """Stated areas against the planar and the ellipsoidal one; the nearer counts.

    Args:
        parcels: n rows with ``area_stated_m2``, ``area_planar_m2``, ``area_ellipsoidal_m2`` and
            ``source_row``.
        rules: Rules ``ingest``.
    """
    stated = parcels["area_stated_m2"]
    planar = (parcels["area_planar_m2"] - stated).abs()
    ellipsoidal = (parcels["area_ellipsoidal_m2"] - stated).abs()
    nearest = planar.where(planar <= ellipsoidal, ellipsoidal)
    slack = (stated * rules.value("ING-AREA-SLACK")).clip(lower=rules.value("ING-AREA-SLACK-M2"))
    far = nearest > (stated * rules.value("ING-AREA-WARN")).clip(lower=slack)
    findings: list[Finding] = []
    for code, where in (("ARE-001", far), ("ARE-002", (nearest > slack) & ~far)):
        chosen = parcels[where.fillna(value=False)].head(_MOST)
        for row, said, plane, curved in zip(
            chosen["source_row"],
            chosen["area_stated_m2"],
            chosen["area_planar_m2"],
            chosen["area_ellipsoidal_m2"],
            strict=True,
        ):
            areas: dict[str, Value] = {
                "stated": f"{said:,.2f}",
                "planar": f"{plane:,.2f}",
                "ellipsoidal": f"{curved:,.2f}",
            }
            findings.append(Finding(code=code, row=int(row), values=areas))
    return findings


def metric_frame(geometries: npt.NDArray[np.object_], epsg: int) -> gpd.GeoDataFrame:
    """Geometries in a 3-degree zone as a frame without columns."""
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(geometries), crs=epsg))


def geographic_frame(geometries: npt.NDArray[np.object_], rows: pd.Index) -> gpd.GeoDataFrame:
    """Geometries in EPSG:4490 as a frame without columns."""
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(geometries), index=rows, crs=CGCS2000))
