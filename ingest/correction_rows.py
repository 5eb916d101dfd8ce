"""The rows of a returned correction package: which row of which upload each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from domain import correction_marks as marks
from domain.issues import catalogue
from domain.passport import Issue, Passport
from ingest.model import Finding

_KEPT_OUT_PREFIX = "field_"


@dataclass(frozen=True, slots=True)
class Marks:
    """Fields of a returned file that tell its rows apart.

    Attributes:
        number: Field with the passport number.
        row: Field with the row number.
    """

    number: str
    row: str


@dataclass(frozen=True, slots=True)
class Returned:
    """One row of a returned file.

    Attributes:
        file_row: Row in the returned file, from 1.
        number: Passport number; empty where the cell holds none.
        source: Row of the upload that it stands for; 0 where the cell holds none.
        code: What keeps it out; empty for a row that passed the checks.
        label: Index label among the accepted rows; -1 for a row that is kept out.
    """

    file_row: int
    number: str
    source: int
    code: str = ""
    label: int = -1


def marks_of(names: Sequence[str]) -> Marks | None:
    """The two fields of a correction package among field names; None where one is absent."""
    found = {name.strip().upper(): name for name in reversed(names)}
    if marks.NUMBER not in found or marks.ROW not in found:
        return None
    return Marks(found[marks.NUMBER], found[marks.ROW])


def sender_fields(names: Sequence[str]) -> tuple[str, ...]:
    """The sender's own fields among those of a returned file; all of them for another file."""
    return tuple(name for name in names if not marks.is_own(name))


def package_of(fields: pd.DataFrame) -> str:
    """Number of the passport that the rows of a file name; empty for a file that is no package.

    Args:
        fields: Rows under the sender's field names; a sample will do.

    Returns:
        The number that most rows carry.
    """
    found = marks_of([str(name) for name in fields.columns])
    if found is None:
        return ""
    numbers = _numbers(fields[found.number]).dropna()
    return str(numbers.mode().iloc[0]) if len(numbers) else ""


def _numbers(values: pd.Series) -> pd.Series:
    """Passport numbers in their one spelling; missing where a cell holds none."""
    text = values.astype("string").str.strip().str.upper()
    return text.where(text.str.fullmatch(marks.PASSPORT_NUMBER.pattern))


def _rows(values: pd.Series) -> pd.Series:
    """Row numbers as Int64; missing where a cell holds no whole number from 1."""
    number = pd.to_numeric(values.astype("string").str.strip(), errors="coerce").astype("Float64")
    whole = (number >= 1) & (number < 2**53) & (number == number.round())
    return number.where(whole.fillna(value=False).astype(bool)).astype("Int64")


def returned_rows(accepted: pd.DataFrame, kept_out: pd.DataFrame) -> list[Returned]:
    """Every row of a returned file with the row of the upload that it stands for.

    Args:
        accepted: Rows that passed the checks, with ``source_row`` (row in the returned file),
            RangeIndex.
        kept_out: Rows that did not, with ``source_row``, ``code`` and ``field_<name>``.

    Returns:
        One entry a row, in file order.
    """
    found = _read(accepted, "", [""] * len(accepted), range(len(accepted)))
    if len(kept_out):
        codes = kept_out["code"].astype(str).tolist()
        found += _read(kept_out, _KEPT_OUT_PREFIX, codes, [-1] * len(kept_out))
    return sorted(found, key=lambda row: row.file_row)


def _read(
    frame: pd.DataFrame, prefix: str, codes: Sequence[str], labels: Sequence[int]
) -> list[Returned]:
    names = [str(n).removeprefix(prefix) for n in frame.columns if str(n).startswith(prefix)]
    found = marks_of(names)
    empty = pd.Series("", index=frame.index)
    numbers = _numbers(frame[prefix + found.number] if found else empty).fillna("").tolist()
    rows = _rows(frame[prefix + found.row] if found else empty).fillna(0).tolist()
    places = frame["source_row"].tolist()
    return [
        Returned(int(place), str(number), int(row), code, label)
        for place, number, row, code, label in zip(
            places, numbers, rows, codes, labels, strict=True
        )
    ]


def open_findings(record: Passport) -> list[Finding]:
    """Errors and warnings about rows that still stand in a version, in its own row numbers."""
    issues = record.open_issues if record.open_issues is not None else record.issues
    return [finding for issue in issues for finding in _findings(issue)]


def _findings(issue: Issue) -> list[Finding]:
    if issue.severity == "info":
        return []
    pairs = issue.values  # noqa: PD011 - no frame
    told = [Finding(code=issue.code, row=row, values=dict(v)) for row, v in pairs if row]
    known = {finding.row for finding in told}
    rest = [row for row in issue.row_numbers() if row not in known]
    return told + [Finding(code=issue.code, row=row) for row in rest]


def to_correct(record: Passport, quarantined: pd.DataFrame) -> dict[int, list[Finding]]:
    """Rows that a correction package holds, with what is to be corrected in each, ascending.

    Args:
        record: Passport of the version or of the upload.
        quarantined: Rows kept apart, with ``source_row`` and ``code``; a code that is no fault,
            as of a row in which nothing was filled in, asks for no correction.
    """
    found: dict[int, list[Finding]] = {}
    known = catalogue()
    for finding in open_findings(record):
        found.setdefault(finding.row, []).append(finding)
    if len(quarantined):
        pairs = zip(quarantined["source_row"], quarantined["code"], strict=True)
        for row, code in pairs:
            if code in known and known[code].severity == "info":
                continue
            listed = found.setdefault(int(row), [])
            if code and all(finding.code != code for finding in listed):
                listed.append(Finding(code=str(code), row=int(row)))
    return dict(sorted(found.items()))
