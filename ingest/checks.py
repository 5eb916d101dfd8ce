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
from geo.crs import CGCS2000, zone_of
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


def geometry_faults(geometries: npt.NDArray[np.object_], faults: Faults) -> list[Finding]:
    """Mark rows whose shape cannot be used.

    Args:
        geometries: n geometries in the coordinates of the file.
        faults: n codes, empty where nothing is known against a row yet; changed in place.

    Returns:
        One finding a newly marked row.
    """
    findings: list[Finding] = []
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    _mark(faults, missing, "GEO-001", findings)
    areal = np.isin(shapely.get_type_id(geometries), [int(kind) for kind in _AREAL])
    _mark(faults, ~missing & ~areal, "GEO-004", findings)
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
        findings.append(Finding(code="GEO-002", row=int(i) + 1, values=values))
        faults[i] = "GEO-002"
    return findings


def _mark(faults: Faults, where: npt.NDArray[np.bool_], code: str, findings: list[Finding]) -> None:
    new = where & (faults == "")
    findings.extend(Finding(code=code, row=int(i) + 1) for i in np.flatnonzero(new))
    faults[new] = code


def outside_province(geographic: npt.NDArray[np.object_], faults: Faults) -> list[Finding]:
    """Mark rows that lie outside Jiangxi."""
    points = shapely.get_coordinates(shapely.point_on_surface(geographic[faults == ""]))
    inside = np.ones(len(faults), dtype=bool)
    inside[faults == ""] = crs_candidates.inside(points)
    findings = []
    for i in np.flatnonzero(~inside):
        findings.append(Finding(code="PLC-003", row=int(i) + 1))
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


def identities(ids: pd.Series, rows: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """Parcel numbers without gaps; repeated ones are findings.

    Args:
        ids: n numbers as given, text.
        rows: Row numbers of the sender on the same index.

    Returns:
        Numbers with gaps filled by ``#row``, and findings.
    """
    empty = ids.isna()
    filled = ids.mask(empty, "#" + rows.astype("string"))
    findings = [Finding(code="VAL-005", row=int(row)) for row in rows[empty][:_MOST]]
    repeated = ids.duplicated(keep="first") & ~empty
    findings += [
        Finding(code="VAL-006", row=int(row), values={"value": str(value)})
        for row, value in zip(rows[repeated][:_MOST], ids[repeated][:_MOST], strict=True)
    ]
    return filled, findings


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


def in_metres(
    geometries: npt.NDArray[np.object_], geographic: gpd.GeoDataFrame, epsg: int, *, swapped: bool
) -> gpd.GeoDataFrame:
    """Parcels in the 3-degree zone of the file, its own numbers where it is in one.

    Args:
        geometries: n geometries in the coordinates of the file.
        geographic: The same in EPSG:4490.
        epsg: System of the file.
        swapped: Its axes are exchanged.

    Returns:
        n rows on the index of ``geographic``, no columns.
    """
    if crs_candidates.zone_of_epsg(epsg) is None:
        west, _, east, _ = geographic.total_bounds
        zone = zone_of((west + east) / 2.0)
        target = crs_candidates.epsg_of_zone(zone, prefixed=True)
        return gpd.GeoDataFrame(geometry=geographic.geometry.to_crs(target))
    own = geometries
    if swapped:
        own = shapely.transform(geometries, lambda xy: xy[:, ::-1])
    series = gpd.GeoSeries(list(own), index=geographic.index, crs=epsg)
    return gpd.GeoDataFrame(geometry=series)


def geographic_frame(geometries: npt.NDArray[np.object_], rows: pd.Index) -> gpd.GeoDataFrame:
    """Geometries in EPSG:4490 as a frame without columns."""
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(geometries), index=rows, crs=CGCS2000))
