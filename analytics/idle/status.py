"""Status of each parcel on the way from approval to completion, and the clock of idle land.

Law: 闲置土地处置办法 (Measures for Disposal of Idle Land), those of 1999 until 2012-06-30 and those
of 2012 since. The result says "suspected" (疑似闲置); only a recorded determination letter, with
its number and its date, makes land ``determined``.

| status | meaning | warning |
|---|---|---|
| ``unsupplied`` | approved without contract or decision, or taken back (批而未供) | |
| ``unknown_start`` | supplied, but no start date is known: evidence is missing, not idle | |
| ``not_due`` | the start date is more than 90 days ahead | grey |
| ``due_soon`` | the start date is at most 90 days ahead | blue |
| ``overdue`` | the start date has passed, less than a full year ago (not in 1999) | yellow |
| ``suspected_a1`` | not started a full year after the start date (1999: once it is over) | orange |
| ``suspected_a2`` | not started two full years after the start date | red |
| ``suspected_b`` | started, area or investment below the limit, stopped for a full year | red |
| ``determined`` | a determination letter is in force | black |
| ``in_progress`` | started, and not idle | |
| ``completed`` | the completion is on record | |

The order of judgement is ``determined``, ``unsupplied``, ``completed``, ``unknown_start``,
progress, clock. As long as no fact and no rule changes, time only moves a parcel down the clock.
The colours are a product default; a map may draw them in its own shades.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.calendar_years import Days, add_years, day, days
from analytics.coded_texts import joined, texts
from analytics.idle.clock import (
    BASES,
    DATES,
    DISPOSED_ON,
    Columns,
    Facts,
    Flags,
    present,
    read_facts,
)
from analytics.idle.evidence import INPUTS, MISSING, inputs, missing
from domain.rules import RuleSet
from geo.errors import SchemaError

__all__ = [
    "DATES",
    "NOT_STARTED",
    "NUMBERS",
    "REQUIRED",
    "STATUSES",
    "SUSPECTED",
    "TEXTS",
    "WARNINGS",
    "milestones",
    "parcel_status",
    "present",
    "status_codes",
]

Codes = npt.NDArray[np.int8]

STATUSES: Final = (
    "unsupplied",
    "unknown_start",
    "not_due",
    "due_soon",
    "overdue",
    "suspected_a1",
    "suspected_a2",
    "suspected_b",
    "determined",
    "in_progress",
    "completed",
)
"""Every status, in the order of a parcel's life; the keys of the status palette."""

SUSPECTED: Final = ("suspected_a1", "suspected_a2", "suspected_b")
"""Statuses that mean suspected idle land (疑似闲置)."""

NOT_STARTED: Final = ("unknown_start", "not_due", "due_soon", "overdue", *SUSPECTED[:2])
"""Statuses of supplied land on which nothing has been started (供而未用), letters apart."""

WARNINGS: Final = {
    "not_due": "grey",
    "due_soon": "blue",
    "overdue": "yellow",
    "suspected_a1": "orange",
    "suspected_a2": "red",
    "suspected_b": "red",
    "determined": "black",
}
"""Early-warning colour of each status that has one (product default)."""

NUMBERS: Final = ("dev_area_m2", "dev_area_required_m2", "invested_wan", "invest_total_wan")
TEXTS: Final = ("batch_id", "approval_no", "supply_no", "letter_no", "disposal_route")
REQUIRED: Final = (*DATES, *NUMBERS, *TEXTS, "sealed")
"""Columns of ``domain.parcels`` that the status rests on; values may be missing."""

_CODE: Final = {name: code for code, name in enumerate(STATUSES)}
_CLOCK: Final = _CODE["not_due"]
"""Place of the first of the five statuses that the clock alone gives, one after the other."""
_RULE_OF: Final = {
    "unsupplied": "IDLE-SUPPLY",
    "unknown_start": "IDLE-HANDOVER",
    "not_due": "IDLE-START",
    "due_soon": "IDLE-DUE-SOON",
    "overdue": "IDLE-START",
    "suspected_a1": "IDLE-A1",
    "suspected_a2": "IDLE-A2",
    "suspected_b": "IDLE-B",
    "determined": "IDLE-LETTER",
    "in_progress": "IDLE-STARTED",
    "completed": "IDLE-DONE",
}
_RETURNED: Final = len(STATUSES)
_BASIS_RULE: Final = {
    "handover": "IDLE-HANDOVER",
    "contract": "IDLE-COMMENCE-CONTRACT",
    "temporary_use": "IDLE-D3",
}
_CERTAINTY_ORDER: Final = ("sourced", "default", "recalled")
_EXCLUDED: Final = ("", "sealed", "temporary_use")
_STRETCH: Final = 1 << 16
"""Rows judged at a time, so that what is reckoned with does not grow with the parcels."""


@dataclass(frozen=True)
class _Judged:
    """Results of n parcels as small numbers; the texts are looked up at the end."""

    status: Codes
    rule: Codes
    certainty: Codes
    basis: Codes
    start_on: Days
    next_status: Codes
    next_on: Days
    started: Flags
    missing: npt.NDArray[np.uint32]
    excluded: Codes
    inputs: npt.NDArray[np.uint32]


def parcel_status(parcels: pd.DataFrame, *, as_of: dt.date, rules: RuleSet) -> pd.DataFrame:
    """Status of each parcel on a day, with the rule behind it and the next threshold.

    Facts dated after ``as_of`` have not happened yet. Approved land is ``unsupplied`` while no
    supervision number, contract date or agreed start date shows a contract or decision, even where
    it is already built on. A column ``disposed_on`` (see
    :func:`analytics.idle.facts.facts_in_effect`) lets a disposal act on the clock: after D1, D2, D3
    and D6 the start date counts anew, after D4, D4B, D5 and D8 the land is unsupplied again, D9
    closes the case.

    Args:
        parcels: n parcels with the columns of :data:`REQUIRED`, as ``domain.parcels`` types them,
            and ``disposed_on`` where it is known.
        as_of: The day that is judged.
        rules: The rules of ``idle`` in force on that day.

    Returns:
        n rows on the index of ``parcels``: ``status`` (one of :data:`STATUSES`), ``rule`` (id),
        ``article`` (Chinese), ``certainty`` (the weakest of the rules used), ``start_basis``
        (one of :data:`analytics.idle.clock.BASES`), ``start_on`` (datetime64), ``next_status``
        (text or missing), ``next_on`` (datetime64), ``days_to_next`` (Int64, at least 1),
        ``started`` (bool, whatever the status), ``missing`` (columns whose evidence is absent,
        joined by ``;``), ``excluded`` (``sealed``, ``temporary_use`` or empty: idle land listed
        apart), ``inputs`` (columns that the result rests on, joined by ``;``).

    Raises:
        SchemaError: A required column is absent.
        RuleError: A rule is not in force on ``as_of``.
    """
    judged = _judge(parcels, as_of, rules)
    status = list(STATUSES)
    rule_ids = [_rule_of(name, rules) for name in STATUSES] + ["IDLE-RETURNED"]
    return pd.DataFrame(
        {
            "status": texts(judged.status, status),
            "rule": texts(judged.rule, rule_ids),
            "article": texts(judged.rule, [rules.rule(key).article for key in rule_ids]),
            "certainty": texts(judged.certainty, list(_CERTAINTY_ORDER)),
            "start_basis": texts(judged.basis, list(BASES)),
            "start_on": judged.start_on.astype("datetime64[s]"),
            "next_status": texts(judged.next_status, status),
            "next_on": judged.next_on.astype("datetime64[s]"),
            "days_to_next": _days_left(judged.next_on, day(as_of)),
            "started": judged.started,
            "missing": joined(judged.missing, MISSING),
            "excluded": texts(judged.excluded, list(_EXCLUDED)),
            "inputs": joined(judged.inputs, INPUTS),
        },
        index=parcels.index,
    )


def status_codes(parcels: pd.DataFrame, *, as_of: dt.date, rules: RuleSet) -> Codes:
    """The statuses alone, as places in :data:`STATUSES`; for those who count and draw many.

    Args:
        parcels: See :func:`parcel_status`.
        as_of: The day that is judged.
        rules: The rules of ``idle`` in force on that day.

    Returns:
        n numbers (int8) in the order of ``parcels``.

    Raises:
        SchemaError: A required column is absent.
        RuleError: A rule is not in force on ``as_of``.
    """
    parts = [part.status for part in _stretches(parcels, as_of, rules)]
    return np.concatenate(parts)


def milestones(status: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """The days on which one and two full years after the start date are over.

    Args:
        status: n rows of :func:`parcel_status`.
        rules: The rules of ``idle``.

    Returns:
        On the index of ``status``: ``year1_on``, ``year2_on`` (datetime64, missing without a start
        date).
    """
    start = days(status["start_on"])
    return pd.DataFrame(
        {
            "year1_on": add_years(start, rules.value("IDLE-FEE-AFTER")).astype("datetime64[s]"),
            "year2_on": add_years(start, rules.value("IDLE-A2")).astype("datetime64[s]"),
        },
        index=status.index,
    )


def _judge(parcels: pd.DataFrame, as_of: dt.date, rules: RuleSet) -> _Judged:
    parts = list(_stretches(parcels, as_of, rules))
    return _Judged(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(_Judged))
    )


def _stretches(parcels: pd.DataFrame, as_of: dt.date, rules: RuleSet) -> Iterator[_Judged]:
    """The parcels judged, some at a time; one stretch without rows where there are none."""
    absent = [name for name in REQUIRED if name not in parcels.columns]
    if absent:
        listed = ", ".join(absent)
        raise SchemaError(
            f"missing columns: {listed}; import the parcels through the upload page",
            values={"columns": listed},
        )
    names = [*REQUIRED, *([DISPOSED_ON] if DISPOSED_ON in parcels.columns else [])]
    columns = {name: parcels[name] for name in names}
    for at in range(0, max(len(parcels), 1), _STRETCH):
        stretch = {name: values.iloc[at : at + _STRETCH] for name, values in columns.items()}
        yield _judge_stretch(stretch, day(as_of), rules)


def _judge_stretch(columns: Columns, today: np.datetime64, rules: RuleSet) -> _Judged:
    facts = read_facts(columns, today, rules)
    thresholds = _thresholds(facts.start, rules)
    reached = np.zeros(len(facts.start), dtype=np.int8)
    for dates in thresholds:
        reached += dates <= today
    stop_over = add_years(facts.stopped, rules.value("IDLE-B"))
    status = _classify(facts, reached, stop_over <= today)
    next_status, next_on = _next(facts, status, thresholds, stop_over, today)
    idle = np.isin(status, [_CODE[name] for name in (*SUSPECTED, "determined")])
    return _Judged(
        status=status,
        rule=np.where(facts.returned & (status == 0), np.int8(_RETURNED), status),
        certainty=_certainty(facts, status, rules),
        basis=facts.basis,
        start_on=facts.start,
        next_status=next_status,
        next_on=next_on,
        started=facts.started,
        missing=missing(facts, _named(status), by_handover="IDLE-HANDOVER" in rules),
        excluded=_excluded(columns, facts.letter_on, idle, today, rules),
        inputs=inputs(facts, _named(status)),
    )


def _named(status: Codes) -> dict[str, Flags]:
    return {name: status == code for name, code in _CODE.items()}


def _thresholds(start: Days, rules: RuleSet) -> tuple[Days, Days, Days, Days]:
    """First days of ``due_soon``, ``overdue``, ``suspected_a1`` and ``suspected_a2``."""
    soon = start - np.timedelta64(int(rules.value("IDLE-DUE-SOON")), "D")
    one, two = (add_years(start, rules.value(key)) for key in ("IDLE-A1", "IDLE-A2"))
    return soon, start, one, two


def _classify(facts: Facts, reached: Codes, stopped_long: Flags) -> Codes:
    status = (_CLOCK + reached).astype(np.int8)
    # From the weakest sentence to the strongest; each overrules those before it.
    status[facts.started] = _CODE["in_progress"]
    status[facts.started & stopped_long & facts.low] = _CODE["suspected_b"]
    status[np.isnat(facts.start)] = _CODE["unknown_start"]
    status[facts.finished] = _CODE["completed"]
    status[facts.unsupplied] = _CODE["unsupplied"]
    status[facts.letter] = _CODE["determined"]
    return status


def _next(
    facts: Facts,
    status: Codes,
    thresholds: tuple[Days, Days, Days, Days],
    stop_over: Days,
    today: np.datetime64,
) -> tuple[Codes, Days]:
    """The next status that time alone brings, and its first day; -1 and NaT where none comes."""
    code = np.full(len(status), -1, dtype=np.int8)
    on = np.full(len(status), np.datetime64("NaT", "D"))
    for i, dates in enumerate(thresholds):
        at = status == _CLOCK + i
        on[at] = dates[at]
        code[at] = _CLOCK + 1 + i
    # By the rules of 1999 land is idle on the very day on which its term is over.
    _, start, one, _ = thresholds
    code[(code == _CODE["overdue"]) & (one == start)] = _CODE["suspected_a1"]
    waiting = (status == _CODE["in_progress"]) & facts.low & (stop_over > today)
    on[waiting], code[waiting] = stop_over[waiting], _CODE["suspected_b"]
    return code, on


def _certainty(facts: Facts, status: Codes, rules: RuleSet) -> Codes:
    """The weakest status of the rules that a result rests on."""

    def rank(key: str) -> int:
        return _CERTAINTY_ORDER.index(rules.rule(key).status)

    own = np.array([rank(_rule_of(name, rules)) for name in STATUSES], dtype=np.int8)[status]
    by_basis = [rank(_BASIS_RULE[n]) if _BASIS_RULE.get(n) in rules else 0 for n in BASES]
    basis = np.array(by_basis, dtype=np.int8)[facts.basis]
    clock = (status >= _CLOCK) & (status <= _CODE["suspected_a2"])
    out = np.where(clock, np.maximum(own, basis), own)
    out = np.where(clock & facts.restarted, np.maximum(out, rank("IDLE-RESTART")), out)
    returned = facts.returned & (status == _CODE["unsupplied"])
    return np.where(returned, rank("IDLE-RETURNED"), out).astype(np.int8)


def _rule_of(status: str, rules: RuleSet) -> str:
    key = _RULE_OF[status]
    if status == "unknown_start" and key not in rules:
        return "IDLE-COMMENCE-CONTRACT"
    return key


def _excluded(
    columns: Columns, letter_on: Days, idle: Flags, today: np.datetime64, rules: RuleSet
) -> Codes:
    """Idle land that the statistics list apart: sealed by court, or in agreed temporary use.

    A temporary use without a day of its own counts from the letter; with one, the land is not idle
    from that day on.
    """
    out = np.zeros(len(idle), dtype=np.int8)
    rows = np.flatnonzero(idle)
    sealed = columns["sealed"].iloc[rows].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
    route = columns["disposal_route"].iloc[rows].astype("object").fillna("").to_numpy()
    term = add_years(letter_on[rows], rules.value("IDLE-D3"))
    lent = (route == "D3") & (term > today)
    if DISPOSED_ON in columns:
        lent &= columns[DISPOSED_ON].iloc[rows].isna().to_numpy(dtype=bool)
    out[rows] = np.select([sealed, lent], [1, 2], 0)
    return out


def _days_left(next_on: Days, today: np.datetime64) -> pd.api.extensions.ExtensionArray:
    never = np.isnat(next_on)
    left = np.where(never, 0, (next_on - today).astype("int64"))
    return pd.arrays.IntegerArray(left, never)
