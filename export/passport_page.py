"""What stands on the page of a passport, in words, before anything is drawn."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from domain import row_runs
from domain.formats import count
from domain.i18n import Translator
from domain.issues import catalogue
from domain.passport import Closing, Crs, Issue, Passport, Rows
from export.passport_choices import decisions
from export.passport_sketch import Box, Sketch, sketch
from export.passport_words import clean, shortened
from store import Version

BEIJING: Final = dt.timezone(dt.timedelta(hours=8))
_BRACKETS: Final = re.compile(r"（.*?）")
_SAMPLES: Final = 5
_CANDIDATES: Final = 5
_FILES: Final = 4
_ROWS_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of the row accounting, or the sum before them."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CRS with the share of the vertices that it puts into the province."""

    name: str
    share: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The findings of one code."""

    severity: str
    code: str
    count: int
    rows: str
    words: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        number: Passport number; a dash for records that had none.
        standing: Dataset and version, or that nothing is published yet.
        verdict: One sentence.
        demonstration: Mark for made-up rows; empty for real ones.
        facts: Label and value, in order.
        sketch: Outline map.
        rows: The sum, then its addends.
        encoding: Head and reason.
        samples: Values as they were read.
        crs: Code, name and reason.
        candidates: Possible systems, best first.
        findings: One for each code, errors first.
        decisions: What a person decided.
        signed: Label and value: who, when, why.
        footer: Releases and checksums.
    """

    t: Translator = field(repr=False)
    number: str
    standing: str
    verdict: str
    demonstration: str
    facts: tuple[tuple[str, str], ...]
    sketch: Sketch
    rows: tuple[Term, ...]
    encoding: tuple[str, str]
    samples: tuple[str, ...]
    crs: tuple[str, str, str]
    candidates: tuple[Candidate, ...]
    findings: tuple[Line, ...]
    decisions: tuple[str, ...]
    signed: tuple[tuple[str, str], ...]
    footer: str


def page(record: Passport, t: Translator, version: Version | None = None) -> Page:
    """Put a passport into words.

    Args:
        record: The passport.
        t: Texts in the language of the page.
        version: The version that carries it; None for an upload that is not published.
    """
    bounds = (version.bounds if version else None) or record.frame or _outline(record.crs)
    return Page(
        t=t,
        number=record.number or "—",
        standing=_standing(record, t, version),
        verdict=_verdict(record, t, version),
        demonstration=t("passport.demonstration") if version and version.demonstration else "",
        facts=_facts(record, t),
        sketch=sketch(bounds, t.language),
        rows=_rows(record.rows, t),
        encoding=_encoding(record, t),
        samples=tuple(clean(s) for s in _samples(record)),
        crs=_crs(record.crs, t),
        candidates=_candidates(record.crs, t),
        findings=_lines(record, t),
        decisions=decisions(record, t),
        signed=_signed(t, version),
        footer=_footer(record, t, version),
    )


def _outline(crs: Crs | None) -> Box | None:
    """Frame of all rows, bad ones included, where nothing better is known."""
    if crs is None:
        return None
    return next((c.outline for c in crs.candidates if c.epsg == crs.chosen), None)


def _standing(record: Passport, t: Translator, version: Version | None) -> str:
    if version is None:
        return t("passport.not_published")
    text = t("passport.version", version=version.id)
    return text + (t("passport.repeats", version=record.repeats) if record.repeats else "")


def _verdict(record: Passport, t: Translator, version: Version | None) -> str:
    if record.refused_by:
        issue = catalogue().get(record.refused_by)
        values = next((i.values for i in record.issues if i.code == record.refused_by), ())
        words = issue.text(t.language, **(values[0][1] if values else {})) if issue else ""
        return clean(t("passport.verdict_refused", code=record.refused_by, words=words))
    rows = record.rows
    if rows.undecided:
        return t("passport.verdict_open", n=count(rows.undecided))
    ok, out = count(rows.committed), count(rows.quarantined + rows.refused)
    if record.datum:
        return t("passport.verdict_datum", datum=record.datum)
    if record.closes:
        return t("passport.verdict_correction", ok=ok, out=out) + _closing(record.closes, t)
    key = "partly" if rows.quarantined or rows.refused else "whole"
    state = "published" if version else "ready"
    empty = t("passport.verdict_unfilled", n=count(rows.unfilled)) if rows.unfilled else ""
    return t(f"passport.verdict_{key}_{state}", ok=ok, out=out) + empty


def _closing(closing: Closing, t: Translator) -> str:
    def total(by_code: Sequence[str]) -> str:
        return count(sum(len(row_runs.unpack(rows)) for rows in by_code))

    return t(
        "passport.closing",
        number=closing.number,
        closed=total([*closing.closed.values()]),
        remaining=total([*closing.remaining.values()]),
        new=total([*closing.new.values()]),
        replaced=total([closing.replaced]),
        added=total([closing.added]),
    )


def _facts(record: Passport, t: Translator) -> tuple[tuple[str, str], ...]:
    names = [f"{shortened(f.name, 40)} ({_size(f.size)})" for f in record.files]
    members = t("passport.joiner").join(names[:_FILES])
    if len(names) > _FILES:
        members = t("passport.more_files", n=count(len(names))) + members + "…"
    named = clean(record.layer)
    kind = t.get(f"passport.kind_{record.kind}", record.kind)
    form = t.get(f"passport.format_{record.format_of_file}", record.format_of_file)
    unit = t.get(f"passport.unit_{record.area_unit}", record.area_unit)
    facts = (
        (t("passport.file"), f"{shortened(record.file)} ({_size(record.size)})"),
        ("SHA-256", record.sha256),
        (t("passport.members"), members),
        (t("passport.kind"), t("passport.joiner").join(p for p in (kind, form) if p)),
        (t("passport.layer"), shortened(named, 40) if named and named != record.file else ""),
        (t("passport.mapping"), _mapping(record, t)),
        (t("passport.area_unit"), unit),
        (t("passport.class_standard"), record.class_standard),
        (t("passport.datum"), record.datum),
    )
    return tuple((label, value) for label, value in facts if value)


def _mapping(record: Passport, t: Translator) -> str:
    if not record.mapping and not record.unmapped:
        return ""
    mapped, kept = len(record.mapping), len(record.unmapped)
    return t("passport.mapped", mapped=count(mapped), kept=count(kept))


def _size(size: int) -> str:
    if size < 1024:  # noqa: PLR2004
        return f"{size:,} B"
    if size < 1024**2:
        return f"{size / 1024:,.1f} KB"
    return f"{size / 1024**2:,.1f} MB"


def _rows(rows: Rows, t: Translator) -> tuple[Term, ...]:
    terms = [
        Term(t("passport.rows_file"), rows.file),
        Term(t("passport.rows_committed"), rows.committed),
        Term(t("passport.rows_quarantined"), rows.quarantined),
        Term(t("passport.rows_refused"), rows.refused),
    ]
    if rows.unfilled:
        terms.append(Term(t("passport.rows_unfilled"), rows.unfilled))
    if rows.undecided:
        terms.append(Term(t("passport.rows_undecided"), rows.undecided))
    return tuple(terms)


def _encoding(record: Passport, t: Translator) -> tuple[str, str]:
    found = record.encoding
    if found is None:
        return t("passport.unknown"), ""
    why = t.get(f"passport.encoding_{found.source}", found.source)
    stated = clean(found.declared)
    if stated:
        why += t("passport.encoding_stated", declared=stated)
    return (found.chosen or t("passport.open")).upper().replace("_", "-"), why


def _samples(record: Passport) -> tuple[str, ...]:
    return record.encoding.samples[:_SAMPLES] if record.encoding else ()


def _crs(crs: Crs | None, t: Translator) -> tuple[str, str, str]:
    if crs is None:
        return t("passport.unknown"), "", ""
    why = t.get(f"passport.crs_{crs.source}", crs.source)
    stated = shortened(crs.declared, 48)
    why += t("passport.crs_stated", declared=stated) if stated else t("passport.crs_nothing")
    if crs.chosen is None:
        return t("passport.open"), "", why
    best = next((c for c in crs.candidates if c.epsg == crs.chosen), None)
    name = t.pick(best.name_zh or best.name, best.name) if best else ""
    swapped = t("passport.swapped") if crs.swapped else ""
    return f"EPSG:{crs.chosen}", name + swapped, why


def _candidates(crs: Crs | None, t: Translator) -> tuple[Candidate, ...]:
    if crs is None:
        return ()
    return tuple(
        Candidate(
            name=f"EPSG:{c.epsg} {_BRACKETS.sub('', t.pick(c.name_zh or c.name, c.name))}"
            + (t("passport.swapped") if c.swapped else ""),
            share=c.inside,
            chosen=c.epsg == crs.chosen and c.swapped == crs.swapped,
        )
        for c in crs.candidates[:_CANDIDATES]
    )


def _lines(record: Passport, t: Translator) -> tuple[Line, ...]:
    """Findings by code; of a correction what became of it, then what still stands."""
    if record.open_issues is None:
        return tuple(_line(issue, t) for issue in record.issues)
    about_it = [i for i in record.issues if i.code.startswith("COR-") or not i.rows]
    stands = (_line(issue, t) for issue in record.open_issues)
    before = (replace(n, rows=t("passport.original_row", rows=n.rows)) for n in stands)
    return (*(_line(issue, t) for issue in about_it), *before)


def _line(issue: Issue, t: Translator) -> Line:
    known = catalogue().get(issue.code)
    values = issue.values[0][1] if issue.values else {}
    words = known.text(t.language, **values) if known else ""
    rows = issue.row_numbers()
    return Line(
        severity=issue.severity,
        code=issue.code,
        count=issue.count,
        rows=row_runs.shown(rows, _ROWS_SHOWN) if rows else t("passport.whole_file"),
        words=clean(words),
    )


def _signed(t: Translator, version: Version | None) -> tuple[tuple[str, str], ...]:
    if version is None:
        return ()
    when = version.committed_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    return (
        (t("passport.who"), clean(version.committed_by)),
        (t("passport.when"), t("passport.beijing_time", when=when)),
        (t("passport.why"), clean(version.reason)),
    )


def _footer(record: Passport, t: Translator, version: Version | None) -> str:
    parts = [record.program, t("passport.format", n=record.format)]
    if version is not None:
        parts.append(t("passport.version_file", version=version.id, sha256=version.sha256[:16]))
    return " · ".join(part for part in parts if part)
