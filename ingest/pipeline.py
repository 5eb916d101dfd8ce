"""One upload from bytes to rows that can be committed. Runs inside the sandbox only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import parcels
from domain.rules import RuleSet, load_rules
from geo.area import ellipsoidal_area_m2, planar_area_m2
from ingest import _old_source as source
from ingest import checks, county, crs_candidates, land_class, mapping, values
from ingest.evidence import CrsEvidence
from ingest.model import Decision, Finding, Job, RefusedError, Report, Stage
from ingest.placing import place

_CLASS_MOST = 2000


@dataclass
class Outcome:
    """What the child hands back.

    Attributes:
        report: Everything but the rows.
        accepted: Rows for the store; None while a decision is open.
        quarantined: Rows kept out; None while a decision is open.
    """

    report: Report
    accepted: gpd.GeoDataFrame | None = None
    quarantined: pd.DataFrame | None = None


@dataclass
class _Run:
    """What is known so far."""

    job: Job
    rules: RuleSet
    tell: Callable[[Stage], None]
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    running: str = ""

    def stage(self, name: Stage) -> None:
        self.lap()
        self.tell(name)
        self.running = name

    def lap(self) -> None:
        """Add the time since the last stage began to it."""
        now = time.perf_counter()
        if self.running:
            self.seconds[self.running] = round(now - self.started, 3)
        self.started = now

    def report(self) -> Report:
        self.lap()
        return Report(
            name=self.job.name,
            findings=tuple(self.findings),
            decisions=tuple(self.decisions),
            seconds=self.seconds,
            **self.facts,
        )


def inspect_file(job: Job, tell: Callable[[Stage], None]) -> Outcome:
    """Inspect one uploaded file.

    Args:
        job: What to do.
        tell: Called when a stage begins.

    Returns:
        The outcome; a refusal is one too.
    """
    run = _Run(job, load_rules("ingest", as_of=job.as_of), tell)
    try:
        return _inspect(run)
    except RefusedError as refused:
        plain = {k: v for k, v in refused.values.items() if k != "issue"}
        run.findings.append(
            Finding.model_validate({"code": refused.issue, "row": 0, "values": plain})
        )
        run.decisions.clear()
        run.facts |= {"refused_by": refused.issue, "rows_ok": 0, "rows_quarantined": 0}
        return Outcome(run.report())


def _inspect(run: _Run) -> Outcome:
    run.stage("unpack")
    loaded = source.load(Path(run.job.source), Path(run.job.workdir), run.job.choices)
    run.facts["layers"], run.facts["files"] = loaded.layers, loaded.files
    if isinstance(loaded, source.LayerChoice):
        run.decisions.append("layer")
        run.findings.append(Finding(code="ZIP-011", values={"n": len(loaded.layers)}))
        return Outcome(run.report())
    run.stage("read")
    run.findings.extend(loaded.findings)
    run.facts |= {
        "format": loaded.kind,
        "layer": loaded.layer,
        "rows_in_file": len(loaded.fields),
        "encoding": loaded.encoding,
    }
    if loaded.encoding.chosen is None:
        run.decisions.append("encoding")
        run.findings.append(Finding(code="ENC-002"))
    mapped = mapping.apply(
        loaded.fields, run.job.choices.fields, codec=loaded.encoding.chosen or "gb18030"
    )
    run.findings.extend(mapped.findings)
    run.facts |= {"mapping": mapped.matches, "unmapped": mapped.unmapped}
    run.stage("place")
    evidence = _place(run, loaded, mapped.frame)
    if run.decisions or evidence.chosen is None:
        return Outcome(run.report())
    return _rows(run, loaded, mapped.frame, evidence)


def _place(run: _Run, loaded: source.Source, frame: pd.DataFrame) -> CrsEvidence:
    """Find the CRS; an open question becomes a decision."""
    choices = run.job.choices
    about = choices.county_adcode
    if about is None and "county_adcode" in frame:
        about = county.only_county(frame["county_adcode"])
    xy = crs_candidates.sample_of(loaded.geometries)
    if not len(xy):
        raise RefusedError("FIL-020")
    placed = place(
        xy,
        loaded.declared,
        dated=loaded.dated,
        county=about,
        choices=choices,
        rules=run.rules,
    )
    run.findings.extend(placed.findings)
    run.facts["crs"] = placed.evidence
    if placed.evidence.chosen is None:
        run.decisions.append("crs")
    return placed.evidence


def _rows(run: _Run, loaded: source.Source, frame: pd.DataFrame, crs: CrsEvidence) -> Outcome:
    """Check every row and part the good from the quarantined."""
    run.stage("check")
    epsg = crs.chosen or crs_candidates.WEB_MERCATOR
    faults = loaded.faults.copy()
    run.findings.extend(checks.geometry_faults(loaded.geometries, faults))
    sound = np.flatnonzero(faults == "")
    geographic = np.full(len(faults), None, dtype=object)
    geographic[sound] = crs_candidates.to_geographic(
        loaded.geometries[sound], epsg, swapped=crs.swapped
    )
    run.findings.extend(checks.outside_province(geographic, faults))
    good = np.flatnonzero(faults == "")
    if not len(good):
        raise RefusedError("FIL-020")
    ids = _identities(run, frame)
    accepted = _accepted(
        run, frame.iloc[good], ids.iloc[good], geographic[good], loaded.geometries[good], crs
    )
    bad = np.flatnonzero(faults != "")
    quarantined = _quarantined(loaded, ids, bad, faults)
    run.facts |= {"rows_ok": len(good), "rows_quarantined": len(bad)}
    return Outcome(run.report(), accepted, quarantined)


def _identities(run: _Run, frame: pd.DataFrame) -> pd.Series:
    rows = pd.Series(np.arange(1, len(frame) + 1), index=frame.index)
    if "parcel_id" not in frame:
        run.findings.append(Finding(code="MAP-001"))
        return ("#" + rows.astype("string")).rename("parcel_id")
    filled, findings = checks.identities(frame["parcel_id"], rows)
    run.findings.extend(findings)
    return filled


def _accepted(
    run: _Run,
    frame: pd.DataFrame,
    ids: pd.Series,
    geographic: npt.NDArray[np.object_],
    own: npt.NDArray[np.object_],
    crs: CrsEvidence,
) -> gpd.GeoDataFrame:
    """Good rows with everything that the product works out itself."""
    rows = pd.Series(frame.index + 1, index=frame.index)
    degrees = checks.geographic_frame(geographic, frame.index)
    metres = checks.in_metres(own, degrees, crs.chosen or 0, swapped=crs.swapped)
    run.findings.extend(checks.neighbours(metres, rows, run.rules))
    out = frame.copy()
    out["parcel_id"] = ids
    out["source_row"] = rows.astype("int64")
    out["area_planar_m2"] = planar_area_m2(metres)
    out["area_ellipsoidal_m2"] = ellipsoidal_area_m2(degrees)
    _stated_area(run, out)
    _county(run, out, degrees, metres, rows)
    _classes(run, out, rows)
    full = gpd.GeoDataFrame(out, geometry=degrees.geometry, crs=degrees.crs)
    return parcels.conform(full.reset_index(drop=True))


def _stated_area(run: _Run, out: pd.DataFrame) -> None:
    """Stated areas in m2, whatever unit the file uses."""
    if "area_stated_m2" not in out or out["area_stated_m2"].isna().all():
        return
    stated = out["area_stated_m2"]
    unit = run.job.choices.area_unit or values.unit_by_ratio(
        stated, out["area_ellipsoidal_m2"], tolerance=run.rules.value("ING-UNIT-RATIO")
    )
    run.facts["area_unit"] = unit
    if not unit:
        run.findings.append(Finding(code="VAL-004"))
        return
    if unit != "m2":
        run.findings.append(
            Finding(code="VAL-003", values={"unit": unit, "unit_zh": values.UNIT_ZH[unit]})
        )
        out["area_stated_m2"] = stated * values.M2_PER[unit]
    run.findings.extend(checks.stated_areas(out, run.rules))


def _county(
    run: _Run,
    out: pd.DataFrame,
    degrees: gpd.GeoDataFrame,
    metres: gpd.GeoDataFrame,
    rows: pd.Series,
) -> None:
    """County and prefecture of every parcel, and which lie close to a county line."""
    stated = out.get("county_adcode")
    settled, findings = county.settle(degrees, stated, rows)
    run.findings.extend(findings)
    out["county_adcode"] = settled
    out["prefecture_adcode"] = settled.str[:4] + "00"
    points = gpd.GeoSeries(
        shapely.point_on_surface(metres.geometry.to_numpy()), index=metres.index, crs=metres.crs
    )
    distance = run.rules.value("ING-COUNTY-LINE")
    near = county.near_line(points, distance)
    run.findings.extend(
        Finding(code="PLC-004", row=int(row), values={"distance": int(distance)})
        for row in rows[near]
    )


def _classes(run: _Run, out: pd.DataFrame, rows: pd.Series) -> None:
    """Analysis class of the land class code, once its standard is known."""
    if "analysis_class" not in out:
        out["analysis_class"] = pd.Series(pd.NA, index=out.index, dtype="string")
    if "land_class" not in out:
        return
    names = out.get("land_class_name")
    standard = run.job.choices.class_standard or land_class.detect(
        out["land_class"], names, least_vote=run.rules.value("ING-CLASS-VOTE")
    )
    run.facts["class_standard"] = standard
    codes = out["land_class"]
    if not standard:
        if codes.notna().any():
            run.findings.append(Finding(code="CLS-001"))
        return
    out["analysis_class"] = land_class.analysis_classes(codes, standard)
    unknown = codes.notna() & out["analysis_class"].isna()
    run.findings.extend(
        Finding(code="CLS-002", row=int(row), values={"value": str(code), "standard": standard})
        for row, code in list(zip(rows[unknown], codes[unknown], strict=True))[:_CLASS_MOST]
    )


def _quarantined(
    loaded: source.Source,
    ids: pd.Series,
    bad: npt.NDArray[np.int64],
    faults: npt.NDArray[np.object_],
) -> pd.DataFrame:
    """Rows kept out, with their fields as the sender wrote them and their shape as it is."""
    original = loaded.fields.iloc[bad].astype("string").add_prefix("field_")
    return pd.DataFrame(
        {
            "source_row": bad + 1,
            "parcel_id": ids.iloc[bad].to_numpy(),
            "code": faults[bad].astype(str),
            "geometry_wkb": shapely.to_wkb(loaded.geometries[bad]),
            **{name: original[name].to_numpy() for name in original},
        }
    )
