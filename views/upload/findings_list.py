"""Findings of an upload as tables: every one with its words, by code, filtered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pandas as pd

from domain.i18n import Language
from domain.issues import catalogue
from ingest import Inspection
from views.upload import rows as upload_rows

RANK: Final = {"error": 0, "warning": 1, "info": 2}
COLUMNS: Final = ("severity", "row", "name", "code", "what", "mend", "actor")


def listing(inspection: Inspection, language: Language) -> pd.DataFrame:
    """Every finding that is listed, errors first, then by row.

    Returns:
        RangeIndex; ``severity``, ``row`` (0 means the file), ``name`` (the sender's own),
        ``code``, ``what``, ``mend`` and ``actor``.
    """
    issues, found = catalogue(), inspection.report.findings
    names = upload_rows.names(inspection, {f.row for f in found if f.row})
    rows = [
        (
            issues[f.code].severity,
            f.row,
            names.get(f.row, ""),
            f.code,
            issues[f.code].what(language, **dict(f.values)),
            issues[f.code].mend(language, **dict(f.values)),
            issues[f.code].actor,
        )
        for f in found
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = frame.assign(rank=frame["severity"].map(RANK)).sort_values(
        ["rank", "row", "code"], kind="stable"
    )
    return frame.loc[order.index].reset_index(drop=True)


def by_code(inspection: Inspection, language: Language) -> pd.DataFrame:
    """Findings by code, errors first, then the most frequent.

    Returns:
        RangeIndex; ``severity``, ``code``, ``count``, ``what`` and ``mend`` of the first one,
        ``actor``. Findings that are counted but not listed are in ``count``.
    """
    issues = catalogue()
    rows = []
    for summary in inspection.issues:
        issue, values = issues[summary.code], dict(summary.first.values)
        what, mend = issue.what(language, **values), issue.mend(language, **values)
        rows.append((summary.severity, summary.code, summary.count, what, mend, issue.actor))
    frame = pd.DataFrame(rows, columns=["severity", "code", "count", "what", "mend", "actor"])
    order = frame.assign(rank=frame["severity"].map(RANK)).sort_values(
        ["rank", "count", "code"], ascending=[True, False, True], kind="stable"
    )
    return frame.loc[order.index].reset_index(drop=True)


def filtered(
    listed: pd.DataFrame,
    *,
    severities: Collection[str] = (),
    code: str = "",
    text: str = "",
) -> pd.DataFrame:
    """Findings that pass every filter; an empty filter lets all pass.

    Args:
        listed: What :func:`listing` gives.
        severities: Severities that are let pass.
        code: The only code that is let pass.
        text: A row number, or a part of a name, a code or a text; case does not matter.
    """
    keep = pd.Series(data=True, index=listed.index)
    if severities:
        keep &= listed["severity"].isin(list(severities))
    if code:
        keep &= listed["code"] == code
    asked = text.strip().casefold()
    if asked:
        hit = pd.Series(data=False, index=listed.index)
        if asked.isdecimal():
            hit |= listed["row"] == int(asked)
        for column in ("name", "code", "what", "mend"):
            hit |= listed[column].str.casefold().str.contains(asked, regex=False)
        keep &= hit
    return listed[keep]


def counts(inspection: Inspection) -> dict[str, int]:
    """Number of findings by severity, those that are only counted included."""
    out = dict.fromkeys(RANK, 0)
    for summary in inspection.issues:
        out[summary.severity] += summary.count
    return out


def worst(inspection: Inspection) -> pd.Series:
    """Worst severity of every row with a finding, indexed by row number."""
    issues = catalogue()
    rank: dict[int, int] = {}
    for finding in inspection.report.findings:
        if finding.row:
            severity = RANK[issues[finding.code].severity]
            rank[finding.row] = min(rank.get(finding.row, severity), severity)
    words = {value: name for name, value in RANK.items()}
    return pd.Series({row: words[value] for row, value in rank.items()}, dtype="string")
