"""The passport of an upload: what was sent, what was found out, who accepted what."""

from __future__ import annotations

from ingest.model import Inspection


def passport(inspection: Inspection) -> dict[str, object]:
    """The record that a version carries for ever.

    Returns:
        Plain data: file and checksum, evidence, mapping, row accounting, findings by code with
        their rows, choices, and the wall time of the stages.
    """
    report = inspection.report
    return {
        "format": 1,
        "file": report.name,
        "sha256": report.sha256,
        "size": report.size,
        "number": report.number,
        "format_of_file": report.format,
        "kind": report.kind,
        "layer": report.layer,
        "files": [entry.model_dump() for entry in report.files],
        "rows_in_file": report.rows_in_file,
        "rows_ok": report.rows_ok,
        "rows_quarantined": report.rows_quarantined,
        "encoding": report.encoding.model_dump(mode="json") if report.encoding else None,
        "crs": report.crs.model_dump(mode="json") if report.crs else None,
        "mapping": {m.column: m.source for m in report.mapping if m.source},
        "unmapped": list(report.unmapped),
        "class_standard": report.class_standard,
        "area_unit": report.area_unit,
        "issues": [
            {"code": i.code, "severity": i.severity, "rows": list(i.rows)}
            for i in inspection.issues
        ],
        "choices": inspection.choices.model_dump(mode="json"),
        "seconds": dict(report.seconds),
    }
