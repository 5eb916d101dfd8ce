"""The passport of an upload: what was sent, what was found out, who accepted what."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version as release_of
from typing import Final

from domain import row_runs
from domain.passport import FORMAT, MOST_VALUES, Rows
from ingest.model import Choices, Finding, Inspection, Report, summarise

_DIGITS: Final = 8


def passport_number(sha256: str, choices: Choices, day: dt.date) -> str:
    """Number of the passport: the same for the same bytes, decisions and day.

    Args:
        sha256: Checksum of the upload.
        choices: What a person decided about it.
        day: Day of the inspection.

    Returns:
        ``GY``, the day, and eight hexadecimal digits of the SHA-256 over upload and decisions:
        ``GY20261123-3F2A9C1D``.
    """
    content = f"{sha256}\n{choices.model_dump_json()}".encode()
    return f"GY{day:%Y%m%d}-{hashlib.sha256(content).hexdigest()[:_DIGITS].upper()}"


def accounting(report: Report) -> Rows:
    """What became of every row of the file.

    Raises:
        UnbalancedRowsError: The numbers of the report do not add up.
    """
    rest = report.rows_refused
    open_question = bool(report.decisions) and not report.refused_by
    rows = Rows(
        file=report.rows_in_file,
        committed=report.rows_ok,
        quarantined=report.rows_quarantined - report.rows_unfilled,
        refused=0 if open_question else rest,
        undecided=rest if open_question else 0,
        unfilled=report.rows_unfilled,
    )
    rows.require_balance()
    return rows


def issues_of(
    findings: Sequence[Finding], more: Mapping[str, int] | None = None
) -> list[dict[str, object]]:
    """Findings by code, errors first, with rows as runs and the values of the first ones.

    Args:
        findings: Those that are listed.
        more: Number of findings of codes with more than are listed.
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    return [
        {
            "code": issue.code,
            "severity": issue.severity,
            "count": issue.count,
            "rows": row_runs.pack(issue.rows),
            "values": [[f.row, dict(f.values)] for f in by_code[issue.code][:MOST_VALUES]],
        }
        for issue in summarise(findings, more)
    ]


def passport(
    inspection: Inspection, *, corrections: Sequence[Mapping[str, object]] = ()
) -> dict[str, object]:
    """The record that a version carries for ever; :func:`domain.passport.read` reads it.

    Args:
        inspection: The upload.
        corrections: What this upload and those before it corrected, oldest first.

    Returns:
        Plain data: files and checksum, evidence, mapping, row accounting, findings by code with
        their rows, decisions, and the wall time of the stages.

    Raises:
        UnbalancedRowsError: The rows of the report do not add up.
    """
    report = inspection.report
    rows = accounting(report)
    return {
        "format": FORMAT,
        "number": report.number,
        "program": f"ganyuan {release_of('ganyuan')}",
        "file": report.name,
        "sha256": report.sha256,
        "size": report.size,
        "kind": report.kind,
        "format_of_file": report.format,
        "layer": report.layer,
        "fingerprint": report.fingerprint,
        "datum": report.datum,
        "files": [entry.model_dump(mode="json") for entry in report.files],
        "rows": rows.model_dump(),
        "rows_in_file": rows.file,
        "rows_ok": rows.committed,
        "rows_quarantined": rows.quarantined,
        "frame": list(report.frame) if report.frame else None,
        "refused_by": report.refused_by,
        **_evidence(report),
        "issues": issues_of(report.findings, report.more_findings),
        "choices": inspection.choices.model_dump(mode="json"),
        "lineage": [report.number],
        "corrections": [dict(closing) for closing in corrections],
        "seconds": dict(report.seconds),
    }


def _evidence(report: Report) -> dict[str, object]:
    """How the file was read; shapes of repairs are left out, the version holds them."""
    shapes = {"before_wkb", "after_wkb"}
    return {
        "encoding": report.encoding.model_dump(mode="json") if report.encoding else None,
        "crs": report.crs.model_dump(mode="json") if report.crs else None,
        "mapping": {m.column: m.source for m in report.mapping if m.source},
        "unmapped": list(report.unmapped),
        "class_standard": report.class_standard,
        "area_unit": report.area_unit,
        "repairs": [r.model_dump(mode="json", exclude=shapes) for r in report.repairs],
    }
