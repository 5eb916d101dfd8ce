"""What an inspection finds out, as plain data that crosses the border of the sandbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from domain.i18n import Language
from domain.issues import Severity, catalogue
from domain.schema import Kind
from geo.errors import GanyuanError
from ingest.evidence import CrsEvidence, EncodingEvidence, FieldMatch, FileEntry, Plain, Repair

Status = Literal["accepted", "needs_decision", "refused", "display_only"]
Decision = Literal["layer", "kind", "encoding", "crs"]
Stage = Literal["unpack", "read", "place", "check", "write"]
AreaUnitName = Literal["m2", "ha", "mu"]
Value = str | int | float | None


class RefusedError(GanyuanError):
    """A whole file is turned away; ``issue`` says why in the words of the catalogue.

    Args:
        issue: Code of the catalogue.
        values: Values for its placeholders.
    """

    code = "ING-001"

    def __init__(self, issue: str, **values: Value) -> None:
        super().__init__(f"refused with {issue}", values={"issue": issue, **values})
        self.issue = issue


class Choices(Plain):
    """What a person decided about one upload; everything may be left open.

    Attributes:
        layer: Name of the layer in an archive that holds several.
        encoding: Python codec name of the attribute table or text.
        crs_epsg: EPSG code of the coordinates.
        swap_axes: The first coordinate is the northing; None lets the numbers say.
        county_adcode: County that the file is about; tells zones apart.
        kind: What a row is; None lets the fields say.
        fields: Source field by column of the kind; empty text maps a column to nothing.
        area_unit: Unit of the stated area; None lets the ratio say.
        class_standard: Standard of the land class codes; None lets the codes say.
        anyway: Codes of findings about the whole file that are accepted as they are.
        repair_rows: Rows, from 1, whose proposed repair is accepted.
    """

    layer: str | None = None
    encoding: str | None = None
    crs_epsg: int | None = None
    swap_axes: bool | None = None
    county_adcode: str | None = None
    kind: Kind | None = None
    fields: Mapping[str, str] = {}
    area_unit: AreaUnitName | None = None
    class_standard: str | None = None
    anyway: tuple[str, ...] = ()
    repair_rows: tuple[int, ...] = ()


class Finding(Plain):
    """One thing about one row, or about the file (row 0).

    Attributes:
        code: Code of the catalogue.
        row: Row in the sender's file, from 1; 0 means the file.
        values: Values for the placeholders of the catalogue text.
    """

    code: str
    row: int = 0
    values: Mapping[str, Value] = {}

    @property
    def severity(self) -> Severity:
        """Severity that the catalogue gives the code."""
        return catalogue()[self.code].severity

    @property
    def is_plain(self) -> bool:
        """Nothing in its text differs from row to row."""
        return len(self.values) == 0

    def message(self, language: Language) -> str:
        """What happened and what to do next."""
        return catalogue()[self.code].text(language, **dict(self.values))


@dataclass(frozen=True, slots=True)
class FindingSummary:
    """All findings of one code.

    Attributes:
        code: Code of the catalogue.
        severity: ``error``, ``warning`` or ``info``.
        rows: Rows in the sender's file, from 1; empty when the file is meant.
        first: The first finding, whose values fill the message.
    """

    code: str
    severity: Severity
    rows: tuple[int, ...]
    first: Finding

    def message(self, language: Language) -> str:
        """What happened and what to do next; of several rows the first is told."""
        text = self.first.message(language)
        if len(self.rows) == 1 or not self.rows or self.first.is_plain:
            return text
        row, n = self.rows[0], len(self.rows)
        if language == "zh_CN":
            return f"第 {row} 行等 {n} 处：{text}"
        return f"Row {row} and {n - 1} more: {text}"


class Report(Plain):
    """Everything about one upload but its rows.

    Attributes:
        name: Name that the sender gave the file.
        sha256: Checksum of the bytes as uploaded.
        size: Bytes as uploaded.
        number: Number of the passport, the same for the same bytes and choices.
        format: File format; empty where nothing was recognised.
        kind: What a row is.
        fingerprint: Mark of the kind and the field names, under which an office's mapping is
            remembered.
        corrects: Number of the passport that a returned correction package names.
        datum: Name of a datum that may be shown but not analysed; empty for all others.
        files: Members that were used.
        layers: Layers to choose from.
        layer: The layer that was read.
        rows_in_file: Rows that the sender's file holds.
        rows_ok: Rows that can be committed.
        rows_quarantined: Rows kept out; with ``rows_ok`` they make ``rows_in_file``.
        refused_by: Code that turned the file away; empty where none did.
        decisions: What a person has to decide before rows can be committed.
        encoding: How the text was read.
        crs: Where the coordinates are.
        mapping: Source of every column.
        unmapped: Source fields kept under their own names.
        class_standard: Standard of the land class codes.
        area_unit: Unit of the stated area.
        repairs: What would become of invalid shapes.
        findings: Findings in file order.
        seconds: Wall time of each stage.
    """

    name: str
    sha256: str = ""
    size: int = 0
    number: str = ""
    format: str = ""
    kind: Kind = "parcels"
    fingerprint: str = ""
    corrects: str = ""
    datum: str = ""
    files: tuple[FileEntry, ...] = ()
    layers: tuple[str, ...] = ()
    layer: str = ""
    rows_in_file: int = 0
    rows_ok: int = 0
    rows_quarantined: int = 0
    refused_by: str = ""
    decisions: tuple[Decision, ...] = ()
    encoding: EncodingEvidence | None = None
    crs: CrsEvidence | None = None
    mapping: tuple[FieldMatch, ...] = ()
    unmapped: tuple[str, ...] = ()
    class_standard: str = ""
    area_unit: str = ""
    repairs: tuple[Repair, ...] = ()
    findings: tuple[Finding, ...] = ()
    seconds: Mapping[str, float] = {}


class Job(Plain):
    """What the child process is asked to do.

    Attributes:
        source: Path of the uploaded bytes.
        name: Name that the sender gave them.
        workdir: Private folder for unpacked files and results.
        choices: What a person decided.
        as_of: Day for which rules apply.
    """

    source: str
    name: str
    workdir: str
    choices: Choices
    as_of: dt.date


_RANK: Final[dict[Severity, int]] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Inspection:
    """The outcome of one inspection.

    Attributes:
        report: Everything but the rows.
        choices: What a person had decided.
        parcels: Rows that can be committed, conforming to ``domain.parcels``, EPSG:4490; None
            unless the status is ``accepted``.
        quarantined: Rows kept out: ``source_row``, ``parcel_id``, ``code``, ``geometry_wkb`` and
            the source fields as text; None unless the status is ``accepted``.
        original: Name and bytes as uploaded.
    """

    report: Report
    choices: Choices
    parcels: gpd.GeoDataFrame | None = field(default=None, repr=False)
    quarantined: pd.DataFrame | None = field(default=None, repr=False)
    original: tuple[str, bytes] = field(default=("", b""), repr=False)

    @property
    def status(self) -> Status:
        """``refused``, ``needs_decision`` or ``accepted``."""
        if self.report.refused_by:
            return "refused"
        return "needs_decision" if self.report.decisions else "accepted"

    @property
    def issues(self) -> tuple[FindingSummary, ...]:
        """Findings by code, errors first."""
        return summarise(self.report.findings)

    def as_json(self, language: Language) -> dict[str, object]:
        """The stable object of ``ganyuan check --json``."""
        report = self.report
        return {
            "file": report.name,
            "status": self.status,
            "rows_in_file": report.rows_in_file,
            "rows_ok": report.rows_ok,
            "rows_quarantined": report.rows_quarantined,
            "encoding": report.encoding.model_dump(mode="json") if report.encoding else None,
            "crs": report.crs.model_dump(mode="json") if report.crs else None,
            "issues": [
                {
                    "code": issue.code,
                    "severity": issue.severity,
                    "rows": list(issue.rows),
                    "message": issue.message(language),
                }
                for issue in self.issues
            ],
            "decisions": list(report.decisions),
            "layers": list(report.layers),
            "sha256": report.sha256,
        }


def summarise(findings: Sequence[Finding]) -> tuple[FindingSummary, ...]:
    """Findings by code, errors first, then warnings, then information."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    summaries = [
        FindingSummary(code, group[0].severity, tuple(f.row for f in group if f.row), group[0])
        for code, group in by_code.items()
    ]
    return tuple(sorted(summaries, key=lambda s: _RANK[s.severity]))
