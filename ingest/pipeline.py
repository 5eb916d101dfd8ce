"""One upload from bytes to rows that can be committed. Runs inside the sandbox only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain import schema
from domain.rules import load_rules
from ingest import (
    county,
    crs_candidates,
    display,
    indicator_headings,
    indicators,
    kinds,
    land_class,
    layer,
    mapping,
    readers,
    tables,
    values,
)
from ingest.correction_rows import package_of, sender_fields
from ingest.evidence import CrsEvidence, FieldMatch
from ingest.known import zones_left
from ingest.model import Finding, Job, RefusedError, Report, Stage
from ingest.placing import DatumError, place
from ingest.run import Opened, Run
from ingest.settled import Settled, metric_zone
from ingest.source import Chunk, LayerChoice, Source

SAMPLE_ROWS: Final = 20_000
_AREA_UNIT: Final[dict[schema.YearlyKind, str]] = {"indicators": "ha", "enterprises": "mu"}
"""Unit in which areas of yearly figures are read where neither heading nor person names one."""
"""Rows that the decisions about a whole layer rest on; all of a layer that is no larger."""


def inspect_file(job: Job, tell: Callable[[Stage, float], None]) -> Report:
    """Inspect one uploaded file; rows go into the folder of the job (:mod:`ingest.results`).

    Args:
        job: What to do.
        tell: Called when a stage begins and as it goes on, with the share that is done.

    Returns:
        The report; a refusal is one too.
    """
    run = Run(job, load_rules("ingest", as_of=job.as_of), tell)
    try:
        _inspect(run)
    except RefusedError as refused:
        plain = {k: v for k, v in refused.values.items() if k != "issue"}
        run.findings.add([Finding.model_validate({"code": refused.issue, "values": plain})])
        run.decisions.clear()
        run.facts |= {"refused_by": refused.issue, "rows_ok": 0, "rows_quarantined": 0}
    return run.report()


def _inspect(run: Run) -> None:
    run.stage("unpack")
    job = run.job
    loaded = readers.load(Path(job.source), job.name, Path(job.workdir), job.choices)
    run.facts["layers"], run.facts["files"] = loaded.layers, loaded.files
    if isinstance(loaded, LayerChoice):
        run.decisions.append("layer")
        run.findings.add([Finding(code="ZIP-011", values={"n": len(loaded.layers)})])
        return
    run.stage("read")
    opened = _open(run, loaded)
    if opened is None:
        return
    if opened.kind in schema.LEDGER:
        if not run.decisions:
            reader = indicators if schema.is_yearly(opened.kind) else tables
            reader.inspect(run, opened)
        return
    if not loaded.has_shapes:
        raise RefusedError("MAP-003")
    run.stage("place")
    settled = _settle(run, opened)
    if settled is not None and not run.decisions:
        layer.inspect(run, opened, settled)


def _open(run: Run, source: Source) -> Opened | None:
    """Read the sample and map the fields; None while nobody knows what a row is."""
    choices = run.job.choices
    run.findings.add(source.findings)
    run.facts |= {
        "format": source.format,
        "layer": source.layer,
        "rows_in_file": source.rows,
        "encoding": source.encoding,
    }
    if source.encoding.chosen is None:
        run.decisions.append("encoding")
        run.findings.add([Finding(code="ENC-002")])
    kind = choices.kind or kinds.detect(source.names, has_shapes=source.has_shapes)
    if kind is None:
        run.decisions.append("kind")
        run.findings.add([Finding(code="MAP-002")])
        return None
    plan, headings = _mapped(run, source, kind)
    chunks = list(source.sample(SAMPLE_ROWS))
    fields = pd.concat([chunk.fields for chunk in chunks])
    run.facts |= {
        "kind": kind,
        "mapping": _matches(plan, fields, headings),
        "unmapped": plan.unmapped,
        "fingerprint": mapping.fingerprint(kind, sender_fields(source.names)),
        "corrects": package_of(fields),
    }
    if schema.KEY[kind] not in plan.sources and not schema.is_yearly(kind):
        run.findings.add([Finding(code="MAP-001")])
    return Opened(
        source=source,
        kind=kind,
        mapping=plan,
        fields=fields,
        frame=mapping.apply(fields, plan).frame,
        geometries=_shapes(chunks),
        headings=headings,
    )


def _mapped(
    run: Run, source: Source, kind: schema.Kind
) -> tuple[mapping.Plan, tuple[indicator_headings.Heading, ...]]:
    """Which field is which column; of yearly figures also the unit of each heading."""
    choices = run.job.choices
    if not schema.is_yearly(kind):
        codec = source.encoding.chosen or "gb18030"
        return mapping.plan(source.names, kind, choices.fields, codec=codec), ()
    headings, told = indicator_headings.recognise(
        source.names, choices.fields, area_unit=choices.area_unit or "", kind=kind
    )
    run.findings.add(told)
    if any(f.code == "IND-006" for f in told) or choices.area_unit:
        run.facts["area_unit"] = choices.area_unit or _AREA_UNIT[kind]
    return indicator_headings.plan(source.names, headings, kind), tuple(headings)


def _matches(
    plan: mapping.Plan, fields: pd.DataFrame, headings: tuple[indicator_headings.Heading, ...]
) -> tuple[FieldMatch, ...]:
    found = mapping.matches(plan, fields)
    return indicator_headings.with_units(found, headings) if headings else found


def _shapes(chunks: list[Chunk]) -> npt.NDArray[np.object_]:
    return np.concatenate([chunk.geometries for chunk in chunks])


def _settle(run: Run, opened: Opened) -> Settled | None:
    """Decide what holds for the whole layer; None where a person has to."""
    choices = run.job.choices
    xy = crs_candidates.sample_of(opened.geometries)
    if not len(xy):
        raise RefusedError("FIL-020")
    evidence = _placed(run, opened, xy)
    if evidence is None or evidence.chosen is None:
        return None
    lonlat = crs_candidates.degrees(xy, evidence.chosen, swapped=evidence.swapped)
    unit = _unit(run, opened, evidence)
    standard = _standard(run, opened)
    run.facts |= {"area_unit": unit, "class_standard": standard}
    if not schema.is_spatial(opened.kind):
        raise RefusedError("MAP-003")
    return Settled(
        kind=opened.kind,
        mapping=opened.mapping,
        epsg=evidence.chosen,
        swapped=evidence.swapped,
        metres=metric_zone(lonlat, evidence.chosen),
        unit=unit,
        standard=standard,
        repair_rows=frozenset(choices.repair_rows),
        zones=zones_left(Path(run.job.workdir)),
        blank=frozenset(opened.frame.columns[opened.frame.isna().all()]),
        as_of=run.job.as_of,
        rules=run.rules,
    )


def _placed(run: Run, opened: Opened, xy: npt.NDArray[np.float64]) -> CrsEvidence | None:
    """Find the CRS; an open question becomes a decision, an old datum is for display only."""
    choices = run.job.choices
    about = choices.county_adcode
    if about is None and "county_adcode" in opened.frame:
        about = county.only_county(opened.frame["county_adcode"])
    try:
        placed = place(
            xy,
            opened.source.declared,
            dated=opened.source.dated,
            county=about,
            choices=choices,
            rules=run.rules,
        )
    except DatumError as old:
        display.inspect(run, opened.source, xy, old)
        return None
    run.findings.add(placed.findings)
    run.facts["crs"] = placed.evidence
    if placed.evidence.chosen is None:
        run.decisions.append("crs")
    return placed.evidence


def _unit(run: Run, opened: Opened, evidence: CrsEvidence) -> str:
    """Unit of the stated areas; empty where none fits or nothing is stated."""
    stated = opened.frame.get("area_stated_m2")
    if stated is None or stated.isna().all():
        return ""
    chosen = run.job.choices.area_unit
    unit = chosen or values.unit_by_ratio(
        stated.reset_index(drop=True),
        layer.sampled_areas(opened.geometries, evidence),
        tolerance=run.rules.value("ING-UNIT-RATIO"),
    )
    if not unit:
        run.findings.add([Finding(code="VAL-004")])
    elif unit != "m2":
        named = {"unit": unit, "unit_zh": values.UNIT_ZH[unit]}
        run.findings.add([Finding(code="VAL-003", values=named)])
    return unit


def _standard(run: Run, opened: Opened) -> str:
    """Standard of the land class codes; empty where they do not tell."""
    codes = opened.frame.get("land_class")
    if codes is None or not codes.notna().any():
        return ""
    standard = run.job.choices.class_standard or land_class.detect(
        codes,
        opened.frame.get("land_class_name"),
        least_vote=run.rules.value("ING-CLASS-VOTE"),
    )
    if not standard:
        run.findings.add([Finding(code="CLS-001")])
    return standard
