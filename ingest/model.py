"""What an inspection finds out, as plain data that crosses the border of the sandbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from domain.i18n import Language
from domain.issues import Severity, catalogue
from domain.schema import Kind, is_spatial
from geo.errors import GanyuanError
from ingest.evidence import (
    CrsEvidence,
    EncodingEvidence,
    FieldMatch,
    FileEntry,
    PlaceTotal,
    Plain,
    Repair,
)
from ingest.results import result_paths
from ingest.workdir import WorkFolder

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
        count: Number of findings; rows of the first few thousand are listed.
    """

    code: str
    severity: Severity
    rows: tuple[int, ...]
    first: Finding
    count: int = 1

    def message(self, language: Language) -> str:
        """What happened and what to do next; of several rows the first is told."""
        text = self.first.message(language)
        if self.count == 1 or not self.rows or self.first.is_plain:
            return text
        row, n = self.rows[0], self.count
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
        rows_unfilled: Of the rows kept out, those in which nothing was filled in: no fault.
        refused_by: Code that turned the file away; empty where none did.
        decisions: What a person has to decide before rows can be committed.
        encoding: How the text was read.
        crs: Where the coordinates are.
        mapping: Source of every column.
        unmapped: Source fields kept under their own names.
        class_standard: Standard of the land class codes.
        area_unit: Unit of the stated area.
        places: Good rows by county.
        repairs: What would become of invalid shapes.
        findings: Findings in file order.
        more_findings: Number of findings by code, of codes with more than are listed.
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
    rows_unfilled: int = 0
    refused_by: str = ""
    decisions: tuple[Decision, ...] = ()
    encoding: EncodingEvidence | None = None
    crs: CrsEvidence | None = None
    mapping: tuple[FieldMatch, ...] = ()
    unmapped: tuple[str, ...] = ()
    class_standard: str = ""
    area_unit: str = ""
    places: tuple[PlaceTotal, ...] = ()
    repairs: tuple[Repair, ...] = ()
    findings: tuple[Finding, ...] = ()
    more_findings: Mapping[str, int] = {}
    seconds: Mapping[str, float] = {}

    @property
    def area_m2(self) -> float:
        """Ellipsoidal area of the good rows."""
        return sum(place.area_m2 for place in self.places)

    @property
    def frame(self) -> tuple[float, float, float, float] | None:
        """Bounds of the good rows in degrees; None where there are none."""
        if not self.places:
            return None
        west, south, east, north = zip(*(place.frame for place in self.places), strict=True)
        return min(west), min(south), max(east), max(north)

    @property
    def rows_refused(self) -> int:
        """Rows that are neither committed nor kept apart: all of a file that is turned away."""
        return self.rows_in_file - self.rows_ok - self.rows_quarantined


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
        original: Name of the upload and the file that holds its bytes.
        folder: Keeps the files of the inspection for as long as it lives.
    """

    report: Report
    choices: Choices
    original: tuple[str, Path] = field(default=("", Path()), repr=False)
    folder: WorkFolder | None = field(default=None, repr=False, compare=False)

    @property
    def status(self) -> Status:
        """``refused``, ``display_only``, ``needs_decision`` or ``accepted``."""
        if self.report.refused_by:
            return "refused"
        if self.report.datum:
            return "display_only"
        return "needs_decision" if self.report.decisions else "accepted"

    @property
    def accepted_file(self) -> Path | None:
        """Rows that can be committed: a GeoParquet as the store keeps it, or a ledger's Parquet.

        None unless the status is ``accepted``. The file goes with the inspection.
        """
        path = result_paths(self.original[1].parent).accepted
        return path if self.status == "accepted" and path.exists() else None

    def rows(self) -> gpd.GeoDataFrame:
        """Rows with shapes that can be committed, schema of their kind, EPSG:4490, RangeIndex.

        Raises:
            RefusedError: The inspection is not accepted, or its rows have no shapes.
        """
        if self.accepted_file is None or not is_spatial(self.report.kind):
            raise RefusedError("ING-002")
        return gpd.read_parquet(self.accepted_file)

    def records(self) -> pd.DataFrame:
        """Rows of a ledger that can be committed, RangeIndex.

        Raises:
            RefusedError: The inspection is not accepted, or its rows are no ledger.
        """
        if self.accepted_file is None or is_spatial(self.report.kind):
            raise RefusedError("ING-002")
        return pd.read_parquet(self.accepted_file)

    def quarantined(self) -> pd.DataFrame:
        """Rows kept out, as :func:`ingest.rows.quarantine` gives them; none unless accepted."""
        path = result_paths(self.original[1].parent).quarantined
        return pd.read_parquet(path) if path.exists() else pd.DataFrame()

    def preview(self) -> gpd.GeoDataFrame | None:
        """Shapes that may be shown but not analysed, roughly in place; None where none are."""
        path = result_paths(self.original[1].parent).preview
        return gpd.read_parquet(path) if path.exists() else None

    @property
    def issues(self) -> tuple[FindingSummary, ...]:
        """Findings by code, errors first."""
        return summarise(self.report.findings, self.report.more_findings)

    def as_json(self, language: Language) -> dict[str, object]:
        """The stable object of ``ganyuan check --json``."""
        report = self.report
        return {
            "file": report.name,
            "status": self.status,
            "rows_in_file": report.rows_in_file,
            "rows_ok": report.rows_ok,
            "rows_quarantined": report.rows_quarantined,
            "rows_refused": report.rows_refused,
            "kind": report.kind,
            "format": report.format,
            "passport": report.number,
            "encoding": report.encoding.model_dump(mode="json") if report.encoding else None,
            "crs": report.crs.model_dump(mode="json") if report.crs else None,
            "issues": [
                {
                    "code": issue.code,
                    "severity": issue.severity,
                    "count": issue.count,
                    "rows": list(issue.rows),
                    "message": issue.message(language),
                }
                for issue in self.issues
            ],
            "decisions": list(report.decisions),
            "layers": list(report.layers),
            "sha256": report.sha256,
        }


def summarise(
    findings: Sequence[Finding], more: Mapping[str, int] | None = None
) -> tuple[FindingSummary, ...]:
    """Findings by code, errors first, then warnings, then information.

    Args:
        findings: Those that are listed.
        more: Number of findings of codes with more than are listed.
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    counts = {code: len(group) for code, group in by_code.items()} | dict(more or {})
    summaries = [
        FindingSummary(
            code, group[0].severity, tuple(f.row for f in group if f.row), group[0], counts[code]
        )
        for code, group in by_code.items()
    ]
    return tuple(sorted(summaries, key=lambda s: _RANK[s.severity]))
