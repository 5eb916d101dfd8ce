"""A correction package that comes back: recognised, compared with what stands, put into it.

Rows are told by the passport number and the row number that the package gave them. Rows that the
package does not hold, come twice, still have errors or were corrected since are named and left as
they are; all others of the version stay untouched.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from domain import row_runs, schema
from domain.passport import Closing, Passport, read
from domain.rules import load_rules
from ingest.correction_merge import Merged, beside, identity, merge, pair, without_marks
from ingest.correction_rows import (
    Marks,
    Returned,
    marks_of,
    open_findings,
    package_of,
    returned_rows,
    sender_fields,
    to_correct,
)
from ingest.evidence import CrsEvidence
from ingest.model import Choices, Finding, Inspection, Value
from ingest.passport import issues_of, passport
from ingest.settled import metric_zone

__all__ = [
    "Marks",
    "Merged",
    "Plan",
    "choices_for",
    "marks_of",
    "merge",
    "package_of",
    "plan",
    "sender_fields",
    "to_correct",
]

_KEPT: Final = ("class_standard", "area_unit", "county_adcode")
Effect = Literal["closed", "remaining", "new"]


@dataclass(frozen=True)
class Plan:
    """What a returned package would do to a version.

    Attributes:
        number: Passport number that the package carries.
        version: Version that it would change, ``dataset@n``.
        findings: What is to be said about the package and its rows; rows are those of the
            returned file, ``source`` in the values those of the upload.
        refused_by: Code that turns the whole package away; empty where it can be published.
        merged: The version after the correction; None where it is refused.
        quarantined: Rows that stay apart.
        effects: Rows by code whose findings are closed, remain, or are new.
        open: Findings that stand after the correction, in row numbers of the upload.
        passport: Record of the new version; empty where it is refused.
    """

    number: str
    version: str
    findings: tuple[Finding, ...]
    refused_by: str = ""
    merged: Merged | None = field(default=None, repr=False)
    quarantined: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    effects: Mapping[Effect, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    open: tuple[Finding, ...] = field(default=(), repr=False)
    passport: Mapping[str, object] = field(default_factory=dict, repr=False)

    def count(self, effect: Effect) -> int:
        """Findings that are closed, remain or are new."""
        return sum(len(rows) for rows in self.effects.get(effect, {}).values())


def choices_for(
    record: Mapping[str, object], names: Sequence[str], crs: CrsEvidence | None = None
) -> Choices:
    """What was decided or found for an upload, for its correction: it holds the same things.

    Args:
        record: Passport of the version.
        names: Field names of the returned file.
        crs: What the returned file says about its own system; a file that names one is believed,
            for software may have transformed it, any other has the system of the package.
    """
    first = read(record)[0]
    found = {"class_standard": first.class_standard, "area_unit": first.area_unit}
    kept = {name: found.get(name) or first.choices.get(name) or None for name in _KEPT}
    fields = {column: name for column, name in first.mapping.items() if name in names}
    own = crs is not None and crs.chosen is not None and crs.source == "declared"
    epsg = first.crs.chosen if first.crs and not own else None
    swap = None if epsg is None else False
    return Choices.model_validate(
        {**kept, "kind": first.kind, "fields": fields, "crs_epsg": epsg, "swap_axes": swap}
    )


def plan(
    inspection: Inspection,
    record: Mapping[str, object],
    current: gpd.GeoDataFrame,
    quarantined: pd.DataFrame,
    *,
    version: str = "",
    earlier: Collection[str] = (),
    day: dt.date | None = None,
) -> Plan:
    """Compare a returned package with the current version.

    Args:
        inspection: The returned file, accepted.
        record: Passport of the current version.
        current: All rows of the current version, with ``source_row``.
        quarantined: Rows kept apart at its commit.
        version: Its name, ``dataset@n``, for messages.
        earlier: Passport numbers of the versions before it, to tell an old package of this
            dataset from one of another.
        day: Day for which rules apply; today by default.

    Raises:
        NoPassportError: The current version was not made from an upload.
    """
    number = inspection.report.corrects
    parts = read(record)
    kind = inspection.report.kind
    if len(parts) > 1 or current["source_row"].duplicated().any():
        return _refused(number, version, "COR-013", dataset=version)
    base = parts[0]
    if kind != base.kind or not schema.is_spatial(kind):
        return _refused(number, version, "COR-020", found=kind, wanted=base.kind)
    accepted = inspection.rows()
    returned = returned_rows(accepted, inspection.quarantined())
    numbers = sorted({row.number for row in returned if row.number})
    wrong = _wrong_number(numbers, base, version, earlier)
    if wrong is not None:
        return Plan(number, version, (wrong,), refused_by=wrong.code)
    today = day or dt.datetime.now(tz=dt.UTC).date()
    comparison = _Comparison(inspection, base, current, quarantined, version, numbers[0], today)
    return comparison.plan(accepted, returned)


def _refused(number: str, version: str, code: str, **values: Value) -> Plan:
    finding = Finding(code=code, values=values)
    return Plan(number, version, (finding,), refused_by=code)


def _lineage(base: Passport) -> tuple[str, ...]:
    return base.lineage or (base.number,)


def _wrong_number(
    numbers: Sequence[str], base: Passport, version: str, earlier: Collection[str]
) -> Finding | None:
    """Why the passport numbers in a file do not fit the version; None where they do."""
    if len(numbers) > 1:
        return Finding(code="COR-012", values={"numbers": ", ".join(numbers)})
    if not numbers:
        return Finding(code="COR-011", values={"number": "—"})
    if numbers[0] in _lineage(base):
        return None
    if numbers[0] in earlier:
        values = {"number": numbers[0], "current": f"{version} {base.number}".strip()}
        return Finding(code="COR-014", values=values)
    return Finding(code="COR-011", values={"number": numbers[0]})


@dataclass(frozen=True)
class _Comparison:
    """A returned package beside the version that it changes."""

    inspection: Inspection
    base: Passport
    current: gpd.GeoDataFrame
    quarantined: pd.DataFrame
    version: str
    number: str
    day: dt.date

    def plan(self, accepted: gpd.GeoDataFrame, returned: Sequence[Returned]) -> Plan:
        """Judge every row, then put the good ones into the version."""
        expected = self._expected()
        findings, taken = self._judge(returned, expected)
        if not taken:
            findings.append(Finding(code="COR-021"))
            return Plan(self.number, self.version, tuple(findings), refused_by="COR-021")
        absent = self._absent_columns()
        if absent:
            shown = ", ".join(self.base.mapping[name] for name in absent)
            findings.append(Finding(code="COR-024", values={"fields": shown}))
        chosen = without_marks(accepted.iloc[[row.label for row in taken]])
        sources = [row.source for row in taken]
        key = schema.KEY[self.inspection.report.kind]
        merged = merge(self.current, chosen, sources, key, absent=absent)
        left = expected - {row.source for row in returned}
        if left:
            findings.append(Finding(code="COR-023", values={"n": len(left)}))
        told: dict[str, Value] = {"number": self.number, "taken": len(sources)}
        told["left"] = len(expected - set(sources))
        findings.insert(0, Finding(code="COR-010", values=told))
        return self._effects(merged, taken, [*findings, *merged.repeated])

    @property
    def _later(self) -> list[tuple[str, Closing]]:
        """Corrections that were published after the package was made, with their numbers."""
        lineage = _lineage(self.base)
        at = lineage.index(self.number)
        return list(zip(lineage[at + 1 :], self.base.corrections[at:], strict=True))

    def _expected(self) -> set[int]:
        """Rows that the package held: what is open now, and what was closed since."""
        rows = set(to_correct(self.base, self.quarantined))
        for _, closing in self._later:
            for runs in (*closing.closed.values(), *closing.remaining.values(), closing.added):
                rows |= set(row_runs.unpack(runs))
        return rows

    def _touched_since(self) -> dict[int, str]:
        """Rows that a later correction changed, and its number."""
        touched: dict[int, str] = {}
        for by, closing in self._later:
            for runs in (closing.replaced, closing.added):
                touched |= dict.fromkeys(row_runs.unpack(runs), by)
        return touched

    def _judge(
        self, returned: Sequence[Returned], expected: set[int]
    ) -> tuple[list[Finding], list[Returned]]:
        """What is said about the rows that are left as they are, and the rows to take."""
        times = Counter(row.source for row in returned)
        touched = self._touched_since()
        findings: list[Finding] = []
        taken: list[Returned] = []
        for row in returned:
            more: dict[str, Value] = {}
            if not (row.source and row.number):
                code = "COR-015"
            elif times[row.source] > 1:
                code, more = "COR-017", {"n": times[row.source]}
            elif row.source not in expected:
                code = "COR-016"
            elif row.source in touched:
                code, more = "COR-018", {"number": touched[row.source]}
            elif row.code:
                code, more = "COR-019", {"code": row.code}
            else:
                taken.append(row)
                continue
            values = {"source": row.source or None, **more}
            findings.append(Finding(code=code, row=row.file_row, values=values))
        return findings, taken

    def _absent_columns(self) -> list[str]:
        """Columns that the upload had and the returned file has not."""
        now = {m.column for m in self.inspection.report.mapping if m.source}
        known = {c.column for c in schema.columns(self.inspection.report.kind)}
        return [c for c in self.base.mapping if c not in now and c in known]

    def _effects(self, merged: Merged, taken: Sequence[Returned], said: list[Finding]) -> Plan:
        """Findings before and after, row by row."""
        mine = set(merged.replaced) | set(merged.added)
        before = open_findings(self.base) + self._kept_apart()
        stays = [f for f in before if f.row not in mine and not pair(f) & mine]
        now = stays + self._own_findings(taken) + self._neighbours(merged, mine)
        was, stands = ({identity(f) for f in group} for group in (before, now))
        effects: dict[Effect, Mapping[str, tuple[int, ...]]] = {
            "closed": _by_code(f for f in before if identity(f) not in stands),
            "remaining": _by_code(f for f in before if identity(f) in stands),
            "new": _by_code(f for f in now if identity(f) not in was),
        }
        staying = self.quarantined
        if len(staying):
            staying = staying[~staying["source_row"].isin(mine)].reset_index(drop=True)
        closing = Closing(
            number=self.number,
            version=self.version,
            replaced=row_runs.pack(merged.replaced),
            added=row_runs.pack(merged.added),
            **{
                name: {code: row_runs.pack(rows) for code, rows in by_code.items()}
                for name, by_code in effects.items()
            },
        )
        return Plan(
            number=self.number,
            version=self.version,
            findings=tuple(said),
            merged=merged,
            quarantined=staying,
            effects=effects,
            open=tuple(now),
            passport=self._record(closing, said, now, len(mine)),
        )

    def _kept_apart(self) -> list[Finding]:
        """A finding for every quarantined row that the passport does not list."""
        listed = {(f.code, f.row) for f in open_findings(self.base)}
        found = to_correct(self.base, self.quarantined)
        every = [f for group in found.values() for f in group]
        return [f for f in every if (f.code, f.row) not in listed]

    def _own_findings(self, taken: Sequence[Returned]) -> list[Finding]:
        """Findings of the returned file about the rows taken, in row numbers of the upload."""
        source = {row.file_row: row.source for row in taken}
        return [
            _renumbered(f, source)
            for f in self.inspection.report.findings
            if f.row in source and f.severity != "info" and not pair(f)
        ]

    def _neighbours(self, merged: Merged, mine: set[int]) -> list[Finding]:
        """Overlaps of the rows taken with any row of the version."""
        kind = self.inspection.report.kind
        if not schema.is_spatial(kind):
            return []
        centre = merged.frame.total_bounds.reshape(2, 2).mean(axis=0, keepdims=True)
        found = beside(
            self.current,
            merged.frame,
            sorted(mine),
            kind=kind,
            epsg=metric_zone(np.asarray(centre), self.base.epsg),
            rules=load_rules("ingest", as_of=self.day),
        )
        return [f for f in found if f.severity != "info"]

    def _record(
        self, closing: Closing, said: Sequence[Finding], now: Sequence[Finding], taken: int
    ) -> dict[str, object]:
        """The passport of the new version: the returned file, and what stands after it."""
        report = self.inspection.report
        refused = report.rows_in_file - taken - report.rows_quarantined
        rows = {
            "file": report.rows_in_file,
            "committed": taken,
            "quarantined": report.rows_quarantined,
            "refused": refused,
            "undecided": 0,
        }
        earlier = [c.model_dump(mode="json") for c in self.base.corrections]
        return passport(
            self.inspection, corrections=[*earlier, closing.model_dump(mode="json")]
        ) | {
            "rows": rows,
            "rows_ok": taken,
            "lineage": [*_lineage(self.base), report.number],
            "issues": issues_of([*said, *report.findings], report.more_findings),
            "open_issues": issues_of(now),
        }


def _renumbered(finding: Finding, source: Mapping[int, int]) -> Finding:
    values = dict(finding.values)
    other = values.get("other")
    if isinstance(other, int):
        values["other"] = source.get(other)
    return finding.model_copy(update={"row": source[finding.row], "values": values})


def _by_code(findings: Iterable[Finding]) -> dict[str, tuple[int, ...]]:
    rows: dict[str, set[int]] = {}
    for finding in findings:
        rows.setdefault(finding.code, set()).add(finding.row)
    return {code: tuple(sorted(rows[code])) for code in sorted(rows)}
