"""From rows as the sender wrote them to rows as the store keeps them, a chunk at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import schema
from domain.rules import RuleSet
from domain.schema import SpatialKind
from geo.area import ellipsoidal_areas
from geo.crs import zone_of
from ingest import checks, county, crs_candidates, land_class, mapping, values
from ingest.evidence import Repair
from ingest.model import Finding
from ingest.source import Chunk

Geometries = npt.NDArray[np.object_]
Faults = npt.NDArray[np.object_]

_PREVIEWS = 200
_REPAIRABLE = "GEO-002"


@dataclass(frozen=True)
class Settled:
    """What holds for every row of a layer.

    Attributes:
        kind: What a row is.
        mapping: Which source field becomes which column.
        epsg: System of the file.
        swapped: Its first coordinate is the northing.
        metres: EPSG code of the 3-degree zone in which shapes are judged.
        unit: Unit of the stated area; empty where unknown.
        standard: Standard of the land class codes; empty where unknown.
        repair_rows: Rows, from 1, whose proposed repair a person accepted.
        as_of: Day for which rules apply.
        rules: Rules ``ingest``.
    """

    kind: SpatialKind
    mapping: mapping.Plan
    epsg: int
    swapped: bool
    metres: int
    unit: str
    standard: str
    repair_rows: frozenset[int]
    as_of: dt.date
    rules: RuleSet

    @property
    def key(self) -> str:
        """Column that names a row."""
        return schema.KEY[self.kind]


@dataclass
class Prepared:
    """A chunk that has been worked through.

    Attributes:
        accepted: Rows that can be committed, EPSG:4490, indexed by row from 0: the columns of
            their kind that the file has, those that the product works out, and the sender's own.
        metres: Their shapes in metres, in the same order.
        quarantined: Rows kept out, as :func:`quarantine` gives them.
        ids: Names of all rows of the chunk as given, indexed by row from 0; missing where empty.
        findings: What was found in these rows.
        repairs: Proposed repairs.
    """

    accepted: gpd.GeoDataFrame
    metres: Geometries
    quarantined: pd.DataFrame
    ids: pd.Series
    findings: list[Finding] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)


def metric_zone(lonlat: npt.NDArray[np.float64], epsg: int) -> int:
    """EPSG code of the 3-degree zone for a file: its own where it is in one, else by longitude.

    Args:
        lonlat: Sample of its vertices in degrees.
        epsg: System of the file.
    """
    if crs_candidates.zone_of_epsg(epsg) is not None:
        return epsg
    zone = zone_of(float(np.nanmedian(lonlat[:, 0])))
    return crs_candidates.epsg_of_zone(zone, prefixed=True)


def prepare(chunk: Chunk, settled: Settled) -> Prepared:
    """Check the shapes of a chunk, place, measure and type its rows."""
    mapped = mapping.apply(chunk.fields, settled.mapping)
    findings = [*chunk.findings, *mapped.findings]
    faults = chunk.faults.copy()
    geometries = chunk.geometries.copy()
    findings += checks.geometry_faults(geometries, faults, first=chunk.start)
    repairs, done = _repairs(geometries, faults, settled, chunk.start)
    findings += done
    geographic = np.full(len(faults), None, dtype=object)
    sound = np.flatnonzero(faults == "")
    geographic[sound] = crs_candidates.to_geographic(
        geometries[sound], settled.epsg, swapped=settled.swapped
    )
    findings += checks.outside_province(geographic, faults, first=chunk.start)
    ids = _ids(mapped.frame, settled.key)
    good, bad = np.flatnonzero(faults == ""), np.flatnonzero(faults != "")
    metres = _in_metres(geometries[good], geographic[good], settled)
    frame = mapped.frame.iloc[good].copy()
    frame[settled.key] = _filled(ids.iloc[good])
    accepted = _complete(frame, geographic[good], metres, settled, findings)
    return Prepared(
        accepted=accepted,
        metres=metres,
        quarantined=quarantine(chunk, _filled(ids), bad, faults),
        ids=ids,
        findings=findings,
        repairs=repairs,
    )


def _ids(frame: pd.DataFrame, key: str) -> pd.Series:
    if key in frame:
        return frame[key]
    return pd.Series(pd.NA, index=frame.index, dtype="string", name=key)


def _filled(ids: pd.Series) -> pd.Series:
    """Names without gaps: a row without one is called by its number."""
    numbers = pd.Series(ids.index + 1, index=ids.index).astype("string")
    return ids.mask(ids.isna(), "#" + numbers)


def _in_metres(own: Geometries, geographic: Geometries, settled: Settled) -> Geometries:
    """Shapes in metres: the file's own numbers where it is in a 3-degree zone."""
    if settled.metres != settled.epsg:
        series = gpd.GeoSeries(list(geographic), crs=4490)
        return np.asarray(series.to_crs(settled.metres).to_numpy(), dtype=object)
    if settled.swapped:
        return np.asarray(shapely.transform(own, lambda xy: xy[:, ::-1]), dtype=object)
    return own


def _repairs(
    geometries: Geometries, faults: Faults, settled: Settled, first: int
) -> tuple[list[Repair], list[Finding]]:
    """Proposed repairs of invalid shapes; those that a person accepted are carried out."""
    broken = np.flatnonzero(faults == _REPAIRABLE)
    repaired = _polygons(geometries[broken])
    usable = ~shapely.is_missing(repaired)
    broken, repaired = broken[usable], repaired[usable]
    before, after = geometries[broken], repaired
    reasons = shapely.is_valid_reason(before)
    shown = [_degrees(shapes[:_PREVIEWS], settled) for shapes in (before, after)]
    areas = [shapely.area(_in_metres(s, _degrees(s, settled), settled)) for s in (before, after)]
    proposals: list[Repair] = []
    findings: list[Finding] = []
    for i, at in enumerate(broken):
        row = int(at) + first + 1
        proposal = Repair(
            row=row,
            reason=reasons[i].split("[")[0],
            area_before_m2=round(float(areas[0][i]), 3),
            area_after_m2=round(float(areas[1][i]), 3),
            parts=int(shapely.get_num_geometries(repaired[i])),
            accepted=row in settled.repair_rows,
            before_wkb=shapely.to_wkb(shown[0][i], hex=True) if i < _PREVIEWS else "",
            after_wkb=shapely.to_wkb(shown[1][i], hex=True) if i < _PREVIEWS else "",
        )
        proposals.append(proposal)
        if proposal.accepted:
            geometries[at], faults[at] = repaired[i], ""
            told = {"before": f"{proposal.area_before_m2:,.2f}"}
            told["after"] = f"{proposal.area_after_m2:,.2f}"
            findings.append(Finding(code="GEO-050", row=row, values=told))
    return proposals, findings


def _polygons(broken: Geometries) -> Geometries:
    """Invalid shapes made valid; None where nothing with an area would be left."""
    valid = shapely.make_valid(broken, method="structure", keep_collapsed=False)
    parts, owner = shapely.get_parts(valid, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    out = np.full(len(broken), None, dtype=object)
    for i in np.unique(owner[areal]):
        own = parts[areal & (owner == i)]
        out[i] = own[0] if len(own) == 1 else shapely.multipolygons(own)
    return out


def _degrees(shapes: Geometries, settled: Settled) -> Geometries:
    return crs_candidates.to_geographic(shapes, settled.epsg, swapped=settled.swapped)


def _complete(
    frame: pd.DataFrame,
    geographic: Geometries,
    metres: Geometries,
    settled: Settled,
    findings: list[Finding],
) -> gpd.GeoDataFrame:
    """Good rows with everything that the product works out itself."""
    rows = pd.Series(frame.index + 1, index=frame.index)
    degrees = checks.geographic_frame(geographic, frame.index)
    frame["source_row"] = rows.astype("int64")
    frame["area_planar_m2"] = shapely.area(metres)
    frame[schema.AREA] = ellipsoidal_areas(geographic)
    _stated_area(frame, settled, findings)
    _county(frame, degrees, metres, rows, settled, findings)
    if "analysis_class" in schema.computed(settled.kind):
        _classes(frame, rows, settled, findings)
    return gpd.GeoDataFrame(frame, geometry=degrees.geometry, crs=degrees.crs)


def _stated_area(frame: pd.DataFrame, settled: Settled, findings: list[Finding]) -> None:
    """Areas as stated, in m2, against the shapes; nothing is compared in an unknown unit."""
    if not settled.unit or "area_stated_m2" not in frame:
        return
    factor = values.M2_PER[settled.unit]
    for column in schema.columns(settled.kind):
        if column.unit == "m2" and column.group == "area" and column.column in frame:
            frame[column.column] = frame[column.column] * factor
    findings += checks.stated_areas(frame, settled.rules)


def _county(
    frame: pd.DataFrame,
    degrees: gpd.GeoDataFrame,
    metres: Geometries,
    rows: pd.Series,
    settled: Settled,
    findings: list[Finding],
) -> None:
    """County and prefecture of every row, and which rows lie close to a county line."""
    place, found = county.settle(degrees, frame.get("county_adcode"), rows)
    findings += found
    frame["county_adcode"] = place
    frame["prefecture_adcode"] = place.str[:4] + "00"
    if not len(frame):
        return
    points = gpd.GeoSeries(shapely.point_on_surface(metres), index=frame.index, crs=settled.metres)
    distance = settled.rules.value("ING-COUNTY-LINE")
    near = county.near_line(points, distance)
    findings += [
        Finding(code="PLC-004", row=int(row), values={"distance": int(distance)})
        for row in rows[near]
    ]


def _classes(
    frame: pd.DataFrame, rows: pd.Series, settled: Settled, findings: list[Finding]
) -> None:
    """Analysis class of the land class code, where its standard is known."""
    if "land_class" not in frame or not settled.standard:
        frame["analysis_class"] = pd.Series(pd.NA, index=frame.index, dtype="string")
        return
    codes = frame["land_class"]
    frame["analysis_class"] = land_class.analysis_classes(codes, settled.standard)
    unknown = codes.notna() & frame["analysis_class"].isna()
    findings += [
        Finding(
            code="CLS-002", row=int(row), values={"value": str(code), "standard": settled.standard}
        )
        for row, code in zip(rows[unknown], codes[unknown], strict=True)
    ]


def quarantine(
    chunk: Chunk, ids: pd.Series, bad: npt.NDArray[np.int64], faults: Faults
) -> pd.DataFrame:
    """Rows kept out, with their fields as the sender wrote them and their shape as it is.

    Returns:
        RangeIndex: ``source_row``, ``row_id``, ``code``, ``geometry_wkb`` (coordinates of the
        file) and ``field_<name>`` (text) for every field of the sender.
    """
    original = chunk.fields.iloc[bad].astype("string").add_prefix("field_")
    return pd.DataFrame(
        {
            "source_row": bad + chunk.start + 1,
            "row_id": ids.iloc[bad].to_numpy(),
            "code": faults[bad].astype(str),
            "geometry_wkb": shapely.to_wkb(chunk.geometries[bad]),
            **{name: original[name].to_numpy() for name in original},
        }
    )
