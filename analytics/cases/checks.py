"""What follows from the file of a parcel: thresholds ahead, days on which the clock stood, faults.

The thresholds rest on rules, some of them recalled; each mark carries its rule and certainty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.calendar_years import add_years
from analytics.cases.file import CaseFile, Cells, Certainty, Entry, as_date, as_text
from analytics.idle.routes import GOVERNMENT_CAUSES
from domain.rules import Rule, RuleSet

MarkKind = Literal["year1", "year2", "stop_year", "lapse", "temporary_end"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that a rule computes from the facts.

    Attributes:
        kind: What is reached on that day.
        on: The day.
        rule: Rule behind it.
        certainty: Of the rule.
        ahead: It lies after the day that is judged.
    """

    kind: MarkKind
    on: dt.date
    rule: Rule
    certainty: Certainty
    ahead: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which the clock of idle land stands still.

    Attributes:
        kind: Route that stopped it (``D1``, ``D2``, ``D3``) or ``sealed``.
        since: First day; None where that is not on record.
        until: Day on which it runs again; None while that is open.
        case_id: Case behind it; empty for a seal.
    """

    kind: str
    since: dt.date | None
    until: dt.date | None
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two facts that cannot both be right, or one that cannot stand alone.

    Attributes:
        code: ``order`` (the second lies before the first), ``differs`` (file or document against
            ledger), ``future`` (dated after the day that is judged), ``no_day``, ``no_number``,
            ``no_notice``, ``no_hearing``, ``route_cause``, ``route_type``.
        first: The fact that stands.
        second: The one that does not fit; None where it is a single one.
    """

    code: str
    first: Entry
    second: Entry | None = None


_ORDER: Final = (
    ("approved", "signed"),
    ("acquired", "ready"),
    ("signed", "start_due"),
    ("signed", "started"),
    ("permit", "started"),
    ("started", "stopped"),
    ("started", "finished"),
    ("suspected", "notice"),
    ("notice", "material"),
    ("notice", "letter"),
    ("letter", "published"),
    ("letter", "hearing_notice"),
    ("letter", "plan"),
    ("hearing_notice", "hearing"),
    ("hearing", "decision"),
    ("hearing_notice", "decision"),
    ("letter", "decision"),
    ("decision", "served"),
    ("letter", "disposed"),
    ("decision", "disposed"),
)
"""Pairs of facts; the second is never earlier than the first."""
_FEE_OR_RECLAIM: Final = ("D7", "D8")


def marks(
    file: CaseFile,
    status: Cells,
    *,
    as_of: dt.date,
    rules: RuleSet,
    approvals: RuleSet | None = None,
    untouched: bool = False,
    spans: Sequence[Span] = (),
) -> tuple[Mark, ...]:
    """Thresholds that time alone brings, in order.

    Args:
        file: The file.
        status: The parcel's row of :func:`analytics.idle.status.parcel_status`.
        as_of: The day that is judged.
        rules: The rules of ``idle``.
        approvals: The rules of ``approvals``; None leaves the lapse of the approval out.
        untouched: No acquisition has been made of the batch behind the parcel.
        spans: The clock's stops.

    Returns:
        One and two years after the start date for land on which nothing is started, a year after
        a stop, the lapse of an approval without acquisition, the end of temporary use.
    """
    found: list[Mark] = []

    def add(kind: MarkKind, since: dt.date | None, rule: Rule | None) -> None:
        if since is None or rule is None:
            return
        on = _later(since, rule.value)
        found.append(Mark(kind, on, rule, rule.status, on > as_of))

    begun = bool(status.get("started")) or bool(file.of("finished"))
    if not begun:
        start = as_date(status.get("start_on"))
        add("year1", start, rules.get("IDLE-A1"))
        add("year2", start, rules.get("IDLE-A2"))
    for stop in file.of("stopped"):
        if not file.of("finished"):
            add("stop_year", stop.on, rules.get("IDLE-B"))
    if untouched and approvals is not None and not file.of("acquired"):
        for approval in file.of("approved")[:1]:
            add("lapse", approval.on, approvals.get("APPR-LAPSE"))
    for span in spans:
        if span.kind == "D3":
            add("temporary_end", span.since, rules.get("IDLE-D3"))
    return tuple(sorted(found, key=lambda mark: mark.on))


def _later(since: dt.date, years: float) -> dt.date:
    day: dt.date = add_years(np.array([since], dtype="datetime64[D]"), years)[0].item()
    return day


def spans(
    file: CaseFile, cases: pd.DataFrame | None, *, sealed: bool, rules: RuleSet
) -> tuple[Span, ...]:
    """Days on which the clock stood still, in the order of their beginning.

    A longer term (D1) stands until the start date that was agreed anew, or at most the term of the
    rule; a new use (D2) until the new start date; temporary use (D3) for its term. A seal has no
    day on record.

    Args:
        file: The file.
        cases: The parcel's rows of the idle ledger.
        sealed: A court or an authority has sealed the parcel.
        rules: The rules of ``idle``.
    """
    amended = max((e.on for e in file.of("start_due_amended") if e.on), default=None)
    out = [] if cases is None else [_span(row, amended, rules) for row in cases.to_dict("records")]
    found = [span for span in out if span is not None]
    if sealed:
        found.append(Span("sealed", None, None))
    return tuple(sorted(found, key=lambda span: span.since or dt.date.max))


def _span(case: Mapping[Any, Any], amended: dt.date | None, rules: RuleSet) -> Span | None:
    route = as_text(case.get("disposal_route"))
    since = as_date(case.get("disposed_on"))
    if since is None or route not in ("D1", "D2", "D3"):
        return None
    until = amended if amended is not None and amended > since else None
    if route == "D3":
        until = _later(since, rules["IDLE-D3"].value) if "IDLE-D3" in rules else None
    elif route == "D1" and until is None and "IDLE-D1" in rules:
        until = _later(since, rules["IDLE-D1"].value)
    return Span(route, since, until, as_text(case.get("case_id")))


def contradictions(
    file: CaseFile, cases: pd.DataFrame | None, *, as_of: dt.date
) -> tuple[Contradiction, ...]:
    """Everything in a file that cannot be right as it stands.

    Args:
        file: The file.
        cases: The parcel's rows of the idle ledger.
        as_of: The day that is judged; a happening dated later is named.
    """
    out = [Contradiction("differs", standing, other) for standing, other in file.differing]
    for earlier, later in _ORDER:
        out += [
            Contradiction("order", first, second)
            for first in file.of(earlier)
            for second in file.of(later)
            if _same_case(first, second) and first.on and second.on and second.on < first.on
        ]
    out += [
        Contradiction("future", entry)
        for entry in file.entries
        if entry.on is not None and entry.on > as_of and not entry.planned
    ]
    for kind in ("notice", "letter", "decision"):
        out += [Contradiction("no_day", e) for e in file.of(kind) if e.on is None]
        out += [Contradiction("no_number", e) for e in file.of(kind) if e.on and not e.number]
    out += _unfounded(file, cases)
    return tuple(out)


def _same_case(first: Entry, second: Entry) -> bool:
    """Facts of different cases of one parcel have no order."""
    both = {first.source.table, second.source.table} == {"idle_case"}
    return not both or first.source.key == second.source.key


def _unfounded(file: CaseFile, cases: pd.DataFrame | None) -> list[Contradiction]:
    """Steps of a case without the one that the law puts before them."""
    out = []
    for row in [] if cases is None else cases.to_dict("records"):
        key = as_text(row.get("case_id"))
        mine = {e.kind: e for e in file.entries if e.source.key == key}
        if "letter" in mine and "notice" not in mine:
            out.append(Contradiction("no_notice", mine["letter"]))
        route, cause = as_text(row.get("disposal_route")), as_text(row.get("cause"))
        against = mine.get("disposed") or mine.get("decision")
        if against is None or route not in _FEE_OR_RECLAIM:
            continue
        if cause in GOVERNMENT_CAUSES:
            out.append(Contradiction("route_cause", against))
        if as_text(row.get("idle_type")) == "B":
            out.append(Contradiction("route_type", against))
        if "hearing_notice" not in mine:
            out.append(Contradiction("no_hearing", against))
    return out
