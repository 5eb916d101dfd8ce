"""The passport of an upload as data: written once at ingest, read by pages, sheets and exports.

Format 1 knew neither number nor kind; :func:`read` takes both formats. What a later release adds
is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from domain import row_runs
from geo.errors import GanyuanError

FORMAT: Final = 2
MOST_VALUES: Final = 2000
"""Findings of one code whose values are kept; the rows of all are."""


class NoPassportError(GanyuanError):
    """A version was not made from an upload, or its passport is not the viewer's to see."""

    code = "PAS-001"


class UnbalancedRowsError(GanyuanError):
    """The rows of a file are not the sum of the rows committed, quarantined and refused."""

    code = "PAS-002"


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class File(_Plain):
    """A file of the upload, with its size in bytes; the checksum where it was taken."""

    name: str
    size: int
    sha256: str = ""


class Rows(_Plain):
    """What became of the rows of a file.

    Attributes:
        file: Rows in the sender's file.
        committed: Published, or ready to be.
        quarantined: Kept apart.
        refused: Turned away.
        undecided: Waiting for a person's decision; none in the passport of a version.
        unfilled: Rows of a form in which nothing was filled in, which is no fault. Passports of
            earlier releases count them as kept apart.
    """

    file: int = 0
    committed: int = 0
    quarantined: int = 0
    refused: int = 0
    undecided: int = 0
    unfilled: int = 0

    def require_balance(self) -> None:
        """Refuse rows that do not add up.

        Raises:
            UnbalancedRowsError: They do not, or a number is negative.
        """
        parts = (
            self.committed, self.quarantined, self.refused, self.undecided, self.unfilled,
        )  # fmt: skip
        if min(parts) < 0 or self.file != sum(parts):
            raise UnbalancedRowsError(
                f"{self.file} rows in the file, but {' + '.join(map(str, parts))} accounted for",
                values={"file": self.file, "parts": " + ".join(map(str, parts))},
            )


class Encoding(_Plain):
    """How the text was read; fields as in ``ingest.evidence.EncodingEvidence``."""

    chosen: str | None = None
    source: str = ""
    certain: bool = False
    declared: str = ""
    samples: tuple[str, ...] = ()


class CrsCandidate(_Plain):
    """A possible CRS; fields as in ``ingest.evidence.CrsCandidate``."""

    epsg: int
    name: str = ""
    name_zh: str = ""
    swapped: bool = False
    inside: float = 0.0
    in_county: float | None = None
    outline: tuple[float, float, float, float] | None = None


class Crs(_Plain):
    """Where the coordinates are; fields as in ``ingest.evidence.CrsEvidence``."""

    chosen: int | None = None
    swapped: bool = False
    source: str = ""
    certain: bool = False
    declared: str = ""
    candidates: tuple[CrsCandidate, ...] = ()


class Repaired(_Plain):
    """A repair of an invalid shape, and whether a person consented."""

    row: int
    reason: str = ""
    area_before_m2: float = 0.0
    area_after_m2: float = 0.0
    accepted: bool = False


class Issue(_Plain):
    """All findings of one code.

    Attributes:
        code: Code of the catalogue.
        severity: ``error``, ``warning`` or ``info``.
        count: Findings.
        rows: Rows in the sender's file as runs; empty where the file is meant.
        values: Row and values of the first findings, for their words.
    """

    code: str
    severity: str
    count: int
    rows: str = ""
    values: tuple[tuple[int, Mapping[str, str | int | float | None]], ...] = ()

    def row_numbers(self) -> tuple[int, ...]:
        """Rows in the sender's file, ascending, each once."""
        return row_runs.unpack(self.rows)


class Closing(_Plain):
    """What a correction did to the findings of the upload that it corrects.

    Attributes:
        number: Passport number that the package carried.
        version: Version that was current, ``dataset@n``.
        closed: Rows by code whose findings are gone, as runs.
        remaining: Rows by code whose findings stay.
        new: Rows by code of findings that were not there before.
        replaced: Rows of the version that were exchanged, as runs.
        added: Rows that came out of quarantine.
    """

    number: str
    version: str = ""
    closed: Mapping[str, str] = {}
    remaining: Mapping[str, str] = {}
    new: Mapping[str, str] = {}
    replaced: str = ""
    added: str = ""


class Passport(_Plain):
    """One upload.

    Attributes:
        format: Format of the record.
        number: Number of the passport; empty in format 1.
        program: Release that wrote it.
        file: Name that the sender gave the upload.
        sha256: Checksum of the upload.
        size: Bytes of the upload.
        kind: What a row is.
        format_of_file: File format.
        layer: Layer that was read.
        fingerprint: Mark of kind and field names.
        datum: Datum that may be shown but not analysed.
        files: Files of the upload.
        rows: Row accounting.
        frame: Bounds of the good rows, west, south, east, north in degrees.
        encoding: How the text was read.
        crs: Where the coordinates are.
        mapping: Source field by column.
        unmapped: Fields kept under their own names.
        class_standard: Standard of the land class codes.
        area_unit: Unit of the stated areas.
        repairs: Repairs that were proposed.
        issues: Findings by code, errors first.
        open_issues: Findings about rows that stand after a correction, in the row numbers of the
            version; None for an upload that is no correction, whose issues all stand.
        choices: What a person decided; fields as in ``ingest.model.Choices``.
        lineage: Passport numbers whose row numbers the version's ``source_row`` follows, oldest
            first; the own number is the last.
        corrections: Corrections up to this one, oldest first.
        refused_by: Code that turned the file away.
        repeats: Version that was published again.
        seconds: Wall time of the stages.
    """

    format: int = FORMAT
    number: str = ""
    program: str = ""
    file: str = ""
    sha256: str = ""
    size: int = 0
    kind: str = "parcels"
    format_of_file: str = ""
    layer: str = ""
    fingerprint: str = ""
    datum: str = ""
    files: tuple[File, ...] = ()
    rows: Rows = Rows()
    frame: tuple[float, float, float, float] | None = None
    encoding: Encoding | None = None
    crs: Crs | None = None
    mapping: Mapping[str, str] = {}
    unmapped: tuple[str, ...] = ()
    class_standard: str = ""
    area_unit: str = ""
    repairs: tuple[Repaired, ...] = ()
    issues: tuple[Issue, ...] = ()
    open_issues: tuple[Issue, ...] | None = None
    choices: Mapping[str, Any] = {}
    lineage: tuple[str, ...] = ()
    corrections: tuple[Closing, ...] = ()
    refused_by: str = ""
    repeats: str = ""
    seconds: Mapping[str, float] = {}

    @property
    def epsg(self) -> int:
        """EPSG code of the sender's coordinates; 0 where there is none."""
        return (self.crs.chosen or 0) if self.crs else 0

    @property
    def closes(self) -> Closing | None:
        """What this upload corrected; None for one that is no correction."""
        return self.corrections[-1] if self.corrections else None


def number_of(record: Mapping[str, object]) -> str:
    """Numbers of the uploads behind a version, for maps and reports; empty where there is none."""
    parts = record.get("parts")
    if isinstance(parts, list):
        return ", ".join(filter(None, (number_of(part) for part in parts)))
    number = record.get("number")
    return number if isinstance(number, str) else ""


def read(record: Mapping[str, object]) -> tuple[Passport, ...]:
    """The passports of a version: one for each upload that it was put together from.

    Args:
        record: What ``Version.passport`` or ``ingest.passport`` holds.

    Raises:
        NoPassportError: It is no record of an upload.
    """
    parts = record.get("parts")
    repeats = record.get("repeats", "")
    if isinstance(parts, list):
        return tuple(p for part in parts for p in read({"repeats": repeats, **part}))
    if record.get("format") not in {1, FORMAT} or "file" not in record:
        raise _none("not made from an upload")
    try:
        return (Passport.model_validate(_upgraded(record)),)
    except ValidationError as error:
        raise _none(str(error)) from error


def _none(why: str) -> NoPassportError:
    return NoPassportError(f"there is no passport to print: {why}", values={"detail": why})


def _upgraded(record: Mapping[str, object]) -> dict[str, object]:
    """A record with the fields of format 2."""
    out = dict(record)
    for name in ("issues", "open_issues"):
        issues = out.get(name)
        if isinstance(issues, list):
            out[name] = [_issue(dict(issue)) for issue in issues]
    if not isinstance(out.get("rows"), Mapping):
        out["rows"] = {
            "file": out.get("rows_in_file", 0),
            "committed": out.get("rows_ok", 0),
            "quarantined": out.get("rows_quarantined", 0),
        }
    return out


def _issue(issue: dict[str, Any]) -> dict[str, Any]:
    rows = issue.get("rows", "")
    if isinstance(rows, list):
        issue["rows"] = row_runs.pack(int(row) for row in rows)
    return {"count": max(1, len(rows)) if isinstance(rows, list) else 1, **issue}
