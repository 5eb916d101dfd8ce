"""The file of one parcel: every recorded fact in the order of time, and who put it on record.

A date comes from the parcel file, from a ledger or from a document. A ledger goes before the file;
where both say the same the fact stands once and names both, where they differ the difference is
among the contradictions (:mod:`analytics.cases.checks`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

import pandas as pd

Table = Literal["parcels", "batch", "supply", "idle_case", "document"]
Certainty = Literal["sourced", "recalled", "default"]
Cells = Mapping[Any, Any]
"""One row by column name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact stands, and who put it there.

    Attributes:
        table: ``parcels`` for the parcel file, a ledger, or ``document``.
        key: Version (``parcels@3``), key of the ledger row, or number of the document.
        revision: State of the ledger row or document that brought the fact; None for a file.
        by: Who entered it; empty where that is not on record.
        at: When, UTC; None where that is not on record.
    """

    table: Table
    key: str
    revision: int | None = None
    by: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact of the file.

    Attributes:
        kind: One of :data:`KINDS`.
        on: Its day; None for a document or number without one.
        number: Number of the letter, contract or approval; code of the route; name of a file.
        source: Where it stands.
        also: Further places that say the same.
        planned: An agreed or due day, nothing that has happened.
        certainty: ``default`` where the day is not the fact's own but that of its entry.
    """

    kind: str
    on: dt.date | None
    number: str
    source: Source
    also: tuple[Source, ...] = ()
    planned: bool = False
    certainty: Certainty = "sourced"


class Paper(Protocol):
    """A document of a ledger row, as the store hands it out."""

    @property
    def key(self) -> str:
        """Key of the ledger row."""

    @property
    def kind(self) -> str:
        """What the document is."""

    @property
    def number(self) -> str:
        """Its number (文号)."""

    @property
    def dated(self) -> dt.date | None:
        """Date of issue."""

    @property
    def name(self) -> str:
        """File name as it was sent."""

    @property
    def revision(self) -> int:
        """State, from 1."""

    @property
    def withdrawn(self) -> bool:
        """No longer in force."""

    @property
    def changed_by(self) -> str:
        """Who brought it into this state."""

    @property
    def changed_at(self) -> dt.datetime:
        """When, UTC."""


@dataclass(frozen=True, slots=True)
class _Field:
    kind: str
    column: str
    number: str = ""
    planned: bool = False


_SUPPLY_DATES: Final = (
    _Field("handover_due", "handover_due", planned=True),
    _Field("handed_over", "handover_on"),
    _Field("start_due", "start_due", planned=True),
    _Field("start_due_amended", "start_due_amended", planned=True),
    _Field("started", "started_on"),
    _Field("finish_due", "finish_due", planned=True),
    _Field("finished", "finished_on"),
)
_FIELDS: Final[dict[Table, tuple[_Field, ...]]] = {
    "batch": (
        _Field("approved", "approved_on", "approval_no"),
        _Field("acquired", "acquired_on"),
        _Field("ready", "ready_on"),
    ),
    "supply": (
        _Field("signed", "signed_on", "contract_no"),
        _Field("permit", "permit_on", "permit_no"),
        *_SUPPLY_DATES,
    ),
    "idle_case": (
        _Field("suspected", "suspected_on"),
        _Field("notice", "notice_on", "notice_no"),
        _Field("material", "materials_on"),
        _Field("letter", "letter_on", "letter_no"),
        _Field("published", "published_on", "published_at"),
        _Field("hearing_notice", "hearing_notice_on"),
        _Field("hearing", "hearing_on"),
        _Field("plan", "plan_on"),
        _Field("decision", "decision_on", "decision_no"),
        _Field("served", "served_on"),
        _Field("disposed", "disposed_on", "disposal_route"),
    ),
    "parcels": (
        _Field("approved", "approved_on", "approval_no"),
        _Field("signed", "signed_on"),
        *_SUPPLY_DATES,
        _Field("stopped", "stopped_since"),
        _Field("letter", "letter_on", "letter_no"),
    ),
}

KINDS: Final = (
    "approved", "acquired", "ready", "signed", "handover_due", "handed_over", "permit",
    "start_due", "start_due_amended", "started", "stopped", "suspected", "notice", "material",
    "letter", "published", "hearing_notice", "hearing", "plan", "decision", "served", "paid",
    "disposed", "finish_due", "finished", "evidence",
)  # fmt: skip
"""Kinds of facts; of one day the earlier in this list comes first."""

_DOCUMENT_OF: Final = {"notice": "notice", "letter": "letter", "disposal": "decision"}
"""Kind of document and the fact that it proves when the numbers agree."""


@dataclass(frozen=True)
class CaseFile:
    """What is on record of one parcel.

    Attributes:
        entries: Facts in the order of time, those without a day at the end.
        differing: Facts of the file or of documents whose day is another one than the ledger's,
            each with the entry that stands.
    """

    entries: tuple[Entry, ...]
    differing: tuple[tuple[Entry, Entry], ...]

    def of(self, kind: str) -> tuple[Entry, ...]:
        """Facts of one kind, in the order of time."""
        return tuple(entry for entry in self.entries if entry.kind == kind)


def case_file(
    parcel: Cells,
    *,
    version: str,
    batches: pd.DataFrame | None = None,
    supplies: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
    documents: Iterable[Paper] = (),
    changes: Mapping[str, pd.DataFrame] | None = None,
) -> CaseFile:
    """Everything dated that is on record of a parcel.

    Args:
        parcel: The parcel as its file says, with columns of ``domain.parcels``.
        version: Version of the file.
        batches: Rows of the batch ledger that the parcel goes back to.
        supplies: Rows of the supply ledger under its supervision number.
        cases: Rows of the idle ledger under its supervision number.
        documents: Documents of these rows as they stand; withdrawn ones are left out.
        changes: For each ledger its changes as the store lists them (``at``, ``viewer``, ``key``,
            ``before``, ``after``; newest first); they tell who entered which date.

    Returns:
        The file; dates are kept as recorded, whether they fit together or not.
    """
    trail = changes or {}
    found: list[Entry] = []
    for table, rows in (("batch", batches), ("supply", supplies), ("idle_case", cases)):
        for row in _rows(rows):
            found += _ledger_entries(_table(table), row, trail.get(table))
            if table == "idle_case":
                found += _payments(row, trail.get(table))
    own = _entries("parcels", parcel, lambda _: Source("parcels", version))
    entries, differing = _merged(found, own)
    entries, contrary = _with_documents(entries, documents)
    entries.sort(key=_order)
    return CaseFile(tuple(entries), (*differing, *contrary))


def _table(name: str) -> Table:
    return next(table for table in _FIELDS if table == name)


def _rows(frame: pd.DataFrame | None) -> Sequence[Cells]:
    return [] if frame is None else frame.to_dict("records")


def as_date(value: Any) -> dt.date | None:  # noqa: ANN401 - a cell
    """The day in a cell; None where there is none."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def as_text(value: Any) -> str:  # noqa: ANN401 - a cell
    """The text in a cell; empty where there is none."""
    return "" if value is None or pd.isna(value) else str(value).strip()


def _entries(table: Table, row: Cells, source: Callable[[str], Source]) -> list[Entry]:
    out = []
    for field in _FIELDS[table]:
        on = as_date(row.get(field.column))
        number = as_text(row.get(field.number)) if field.number else ""
        # A number without a day is a fact of its own kind only where letters are meant.
        if on is None and not (number and field.kind in ("notice", "letter", "decision")):
            continue
        column = field.column if on is not None else field.number
        out.append(Entry(field.kind, on, number, source(column), planned=field.planned))
    return out


def _ledger_entries(table: Table, row: Cells, changes: pd.DataFrame | None) -> list[Entry]:
    key = as_text(row.get({"batch": "batch_id", "supply": "supply_no"}.get(table, "case_id")))
    return _entries(table, row, lambda column: _entered(table, key, column, row, changes))


def _entered(
    table: Table, key: str, column: str, row: Cells, changes: pd.DataFrame | None
) -> Source:
    """The change that brought the value of a column, else the last one of the row."""
    mine = _changes_of(changes, key)
    for position, change in enumerate(mine):
        before, after = change["before"] or {}, change["after"] or {}
        if after and before.get(column) != after.get(column):
            at = pd.Timestamp(change["at"]).to_pydatetime()
            return Source(table, key, len(mine) - position, str(change["viewer"]), at)
    revision = row.get("revision")
    changed = row.get("changed_at")
    return Source(
        table,
        key,
        None if revision is None or pd.isna(revision) else int(revision),
        as_text(row.get("changed_by")),
        None if changed is None or pd.isna(changed) else pd.Timestamp(changed).to_pydatetime(),
    )


def _changes_of(changes: pd.DataFrame | None, key: str) -> Sequence[Cells]:
    if changes is None or changes.empty:
        return []
    return changes[changes["key"] == key].to_dict("records")


def _payments(row: Cells, changes: pd.DataFrame | None) -> list[Entry]:
    """The idle fee that is recorded as paid; the ledger knows no day but that of the entry."""
    paid = row.get("fee_paid_wan")
    if paid is None or pd.isna(paid) or float(paid) <= 0:
        return []
    key = as_text(row.get("case_id"))
    source = _entered("idle_case", key, "fee_paid_wan", row, changes)
    on = None if source.at is None else source.at.astimezone().date()
    return [Entry("paid", on, f"{float(paid):g}", source, certainty="default")]


def _merged(
    ledger: Sequence[Entry], own: Sequence[Entry]
) -> tuple[list[Entry], list[tuple[Entry, Entry]]]:
    """Facts of the ledgers, then those that the file alone knows; and where the two differ."""
    out = list(ledger)
    differing = []
    for entry in own:
        same = [
            i for i, e in enumerate(out) if e.kind == entry.kind and e.source.table != "parcels"
        ]
        if not same:
            out.append(entry)
            continue
        agreeing = [i for i in same if out[i].on == entry.on or entry.on is None]
        if agreeing:
            first = agreeing[0]
            out[first] = replace(out[first], also=(*out[first].also, entry.source))
        else:
            differing.append((out[same[-1]], entry))
    return out, differing


def _with_documents(
    entries: Sequence[Entry], documents: Iterable[Paper]
) -> tuple[list[Entry], list[tuple[Entry, Entry]]]:
    """Documents beside the facts that they prove; all others are facts of their own."""
    out = list(entries)
    differing = []
    for paper in documents:
        if paper.withdrawn:
            continue
        kind = _DOCUMENT_OF.get(paper.kind, "evidence")
        source = Source(
            "document", paper.number, paper.revision, paper.changed_by, paper.changed_at
        )
        own_day = paper.dated or paper.changed_at.astimezone().date()
        certainty: Certainty = "sourced" if paper.dated else "default"
        entry = Entry(kind, own_day, paper.number, source, certainty=certainty)
        proven = [i for i, e in enumerate(out) if e.kind == kind and e.number == paper.number]
        if kind == "evidence" or not proven:
            named = paper.name or paper.number
            out.append(replace(entry, kind="evidence", number=named))
            continue
        first = proven[0]
        out[first] = replace(out[first], also=(*out[first].also, source))
        if paper.dated and out[first].on not in (None, paper.dated):
            differing.append((out[first], entry))
    return out, differing


def _order(entry: Entry) -> tuple[bool, dt.date, int, str]:
    return (
        entry.on is None,
        entry.on or dt.date.max,
        KINDS.index(entry.kind),
        entry.number,
    )
