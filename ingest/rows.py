"""From rows as the sender wrote them to rows as the store keeps them, a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import schema
from geo.area import areas_of_rings
from geo.crs import CGCS2000
from ingest import checks, county, land_class, mapping, values
from ingest.checking import FileTotals, chunk_checks, chunk_totals
from ingest.consent import repaired
from ingest.drawn import Drawn, draw
from ingest.evidence import Repair
from ingest.found import Found, Rows
from ingest.model import Finding
from ingest.settled import Settled
from ingest.source import Chunk

Geometries = npt.NDArray[np.object_]
Faults = npt.NDArray[np.object_]


@dataclass
class Prepared:
    """A chunk that has been worked through.

    Attributes:
        accepted: Rows that can be committed, EPSG:4490, indexed by row from 0: the columns of
            their kind that the file has, those that the product works out, and the sender's own.
        drawn: Their shapes, in the same order.
        quarantined: Rows kept out, as :func:`quarantine` gives them.
        ids: Names of all rows of the chunk as given, indexed by row from 0; missing where empty.
        findings: What was found in these rows.
        totals: What is judged over the whole file.
        repairs: Proposed repairs.
    """

    accepted: gpd.GeoDataFrame
    drawn: Drawn
    quarantined: pd.DataFrame
    ids: pd.Series
    totals: FileTotals
    findings: list[Finding | Found] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)


def prepare(chunk: Chunk, settled: Settled) -> Prepared:
    """Check the shapes of a chunk, place, measure and type its rows."""
    mapped = mapping.apply(chunk.fields, settled.mapping)
    found: list[Finding | Found] = [*chunk.findings, *mapped.findings]
    faults = chunk.faults.copy()
    geometries = chunk.geometries.copy()
    found += checks.geometry_faults(geometries, faults, first=chunk.start)
    repairs, done = repaired(geometries, faults, settled, chunk.start)
    found += done
    sound = np.flatnonzero(faults == "")
    drawn = draw(geometries[sound], settled)
    found += checks.outside_province(drawn.lonlat, faults, first=chunk.start)
    ids = _ids(mapped.frame, settled.key)
    good = np.flatnonzero(faults == "")
    frame = mapped.frame.iloc[good].copy()
    frame[settled.key] = _filled(ids.iloc[good])
    drawn = drawn.only(faults[sound] == "")
    rows = _measured(frame, drawn, settled)
    said = chunk_checks(rows, as_of=settled.as_of, standard=settled.standard, zones=settled.zones)
    kept = _keep_out(said, rows, faults, good)
    found += said
    accepted = _placed(rows, drawn, found)
    if "analysis_class" in schema.computed(settled.kind):
        found += _classes(accepted, settled)
    return Prepared(
        accepted=accepted[kept],
        drawn=drawn.only(kept),
        quarantined=quarantine(chunk, _filled(ids), np.flatnonzero(faults != ""), faults),
        ids=ids,
        findings=found,
        totals=chunk_totals(rows),
        repairs=repairs,
    )


def _keep_out(
    said: Sequence[Found], rows: Rows, faults: Faults, good: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Mark rows that an error keeps out; which of the good rows stay."""
    kept = np.ones(len(good), dtype=bool)
    for found in said:
        if found.severity == "error":
            wrong = np.isin(rows.numbers, found.rows) & kept
            faults[good[wrong]] = found.code
            kept &= ~wrong
    return kept


def _ids(frame: pd.DataFrame, key: str) -> pd.Series:
    if key in frame:
        return frame[key]
    return pd.Series(pd.NA, index=frame.index, dtype="string", name=key)


def _filled(ids: pd.Series) -> pd.Series:
    """Names without gaps: a row without one is called by its number."""
    numbers = pd.Series(ids.index + 1, index=ids.index).astype("string")
    return ids.mask(ids.isna(), "#" + numbers)


def _measured(frame: pd.DataFrame, drawn: Drawn, settled: Settled) -> Rows:
    """Good rows with their areas, stated ones in m2."""
    frame["source_row"] = (frame.index + 1).astype("int64")
    frame["area_planar_m2"] = shapely.area(drawn.metres)
    frame[schema.AREA] = areas_of_rings(drawn.degrees, len(frame))
    for column in schema.columns(settled.kind):
        if column.unit == "m2" and column.column in frame:
            # A figure in an unknown unit is no area: it is left out, and VAL-004 asks for the unit.
            factor = values.M2_PER[settled.unit] if settled.unit else np.nan
            frame[column.column] = frame[column.column] * factor
    return Rows(
        kind=settled.kind,
        frame=frame,
        numbers=frame["source_row"].to_numpy(dtype=np.int64),
        rules=settled.rules,
        drawn=drawn,
        blank=settled.blank,
    )


def _placed(rows: Rows, drawn: Drawn, found: list[Finding | Found]) -> gpd.GeoDataFrame:
    """The rows with county and prefecture."""
    frame = rows.frame
    place, said = county.settle(drawn.lonlat, frame.get("county_adcode"), frame["source_row"])
    found += said
    frame["county_adcode"] = place
    frame["prefecture_adcode"] = place.str[:4] + "00"
    return gpd.GeoDataFrame(frame, geometry=drawn.geographic, crs=CGCS2000)


def _classes(frame: pd.DataFrame, settled: Settled) -> list[Found]:
    """Analysis class of the land class code, where its standard is known."""
    if "land_class" not in frame or not settled.standard:
        frame["analysis_class"] = pd.Series(pd.NA, index=frame.index, dtype="string")
        return []
    codes = frame["land_class"]
    frame["analysis_class"] = land_class.analysis_classes(codes, settled.standard)
    unknown = (codes.notna() & frame["analysis_class"].isna()).to_numpy(dtype=bool)
    numbers = frame["source_row"].to_numpy(dtype=np.int64)[unknown]
    named = {
        "value": codes[unknown].astype(object).tolist(),
        "standard": [settled.standard] * len(numbers),
    }
    return [Found("CLS-002", numbers, named)] if len(numbers) else []


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
