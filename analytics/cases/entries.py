"""What an officer may put on record of a case, field by field, and what speaks against it.

An entry is refused in words before anything is stored: a day that lies before the step it follows,
a letter without number or date, a route that the cause or the type of the land bars.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.cases.file import Cells, as_date, as_text

Values = Mapping[str, Any]
"""Fields of the idle ledger that an entry sets."""


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of entry.

    Attributes:
        name: ``open`` or the fact that it records.
        fields: Columns of the idle ledger that it sets, in the order of the form.
        required: Those that must be filled in.
    """

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]


ACTS: Final = (
    Act("open", ("suspected_on", "idle_type", "idle_m2", "mortgaged", "sealed"),
        ("suspected_on", "idle_type", "idle_m2")),
    Act("notice", ("notice_no", "notice_on"), ("notice_no", "notice_on")),
    Act("material", ("materials_on",), ("materials_on",)),
    Act("letter", ("letter_no", "letter_on", "cause"), ("letter_no", "letter_on", "cause")),
    Act("publish", ("published_on", "published_at"), ("published_on",)),
    Act("hearing", ("hearing_notice_on", "hearing_on"), ("hearing_notice_on",)),
    Act("plan", ("plan_on", "disposal_route"), ("plan_on", "disposal_route")),
    Act("decision", ("decision_no", "decision_on", "disposal_route", "fee_due_wan"),
        ("decision_no", "decision_on", "disposal_route")),
    Act("served", ("served_on",), ("served_on",)),
    Act("payment", ("fee_due_wan", "fee_paid_wan"), ("fee_paid_wan",)),
    Act("dispose", ("disposal_route", "disposed_on"), ("disposal_route", "disposed_on")),
)  # fmt: skip
"""Entries in the order of the procedure."""
ACT: Final = {act.name: act for act in ACTS}

ACT_OF_STEP: Final = {
    "notice": "notice",
    "material": "material",
    "letter": "letter",
    "letter_complete": "letter",
    "cause": "letter",
    "publish": "publish",
    "route": "plan",
    "hearing_notice": "hearing",
    "decision": "decision",
    "served": "served",
    "payment": "payment",
    "deregistration": "dispose",
    "plan": "plan",
    "agreement": "dispose",
}
"""The entry that records each next step of :mod:`analytics.cases.steps`."""

ROUTES_OF: Final = {
    "plan": ("D1", "D2", "D3", "D4", "D4B", "D5", "D6"),
    "decision": ("D7", "D8"),
    "dispose": ("D1", "D2", "D3", "D4", "D4B", "D5", "D6", "D7", "D8", "D9"),
}
"""Routes that an entry can name."""

_AFTER: Final = (
    ("suspected_on", "notice_on"),
    ("notice_on", "materials_on"),
    ("notice_on", "letter_on"),
    ("letter_on", "published_on"),
    ("letter_on", "hearing_notice_on"),
    ("hearing_notice_on", "hearing_on"),
    ("letter_on", "plan_on"),
    ("hearing_notice_on", "decision_on"),
    ("hearing_on", "decision_on"),
    ("decision_on", "served_on"),
    ("letter_on", "disposed_on"),
    ("plan_on", "disposed_on"),
    ("decision_on", "disposed_on"),
)
"""Days of a case; the second is never before the first."""
_NEEDS: Final = {
    "letter": ("notice_on",),
    "publish": ("letter_on", "letter_no"),
    "hearing": ("letter_on", "letter_no"),
    "plan": ("letter_on", "letter_no"),
    "decision": ("letter_on", "hearing_notice_on"),
    "served": ("decision_on",),
    "payment": ("decision_on",),
}
"""What has to be on record before an entry."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that speaks against an entry.

    Attributes:
        code: ``required``, ``before``, ``after``, ``needs``, ``future``, ``barred``, ``negative``.
        field: Field that is concerned.
        other: The field that it contradicts or needs; guard ids of a route joined by ``;``.
        on: Day of the other field.
    """

    code: str
    field: str
    other: str = ""
    on: dt.date | None = None


def refusals(
    act: Act,
    values: Values,
    case: Cells,
    *,
    today: dt.date,
    barred: Mapping[str, str] | None = None,
) -> tuple[Refusal, ...]:
    """Everything that speaks against an entry; empty where it can be stored.

    Args:
        act: The entry.
        values: What was typed, by field; None or an empty text is nothing.
        case: The row as it stands; empty for a new case.
        today: No happening lies after this day.
        barred: Guards by route that is not permitted, joined by ``;``; a route that is absent is
            permitted.
    """
    merged = {**case, **values}
    out = [Refusal("required", name) for name in act.required if _empty(values.get(name))]
    out += [
        Refusal("needs", act.name, n) for n in _NEEDS.get(act.name, ()) if _empty(merged.get(n))
    ]
    for first, second in _AFTER:
        if not {first, second} & set(act.fields):
            continue
        early, late = as_date(merged.get(first)), as_date(merged.get(second))
        if early is None or late is None or late >= early:
            continue
        if second in act.fields:
            out.append(Refusal("before", second, first, early))
        else:
            out.append(Refusal("after", first, second, late))
    for name in act.fields:
        on = as_date(values.get(name)) if name.endswith("_on") else None
        if on is not None and on > today:
            out.append(Refusal("future", name, on=today))
    for name in ("fee_due_wan", "fee_paid_wan", "idle_m2"):
        given = values.get(name)
        if name in act.fields and given is not None and not given >= 0:
            out.append(Refusal("negative", name))
    route = as_text(values.get("disposal_route"))
    if route and barred and route in barred:
        out.append(Refusal("barred", "disposal_route", barred[route]))
    return tuple(out)


def _empty(value: Any) -> bool:  # noqa: ANN401 - a cell
    return as_text(value) == ""


def next_case_id(supply_no: str, taken: set[str]) -> str:
    """A number for a new case: that of the supply and a running one."""
    n = 1
    while f"{supply_no}-{n}" in taken:
        n += 1
    return f"{supply_no}-{n}"


def changed_fields(before: Cells | None, after: Cells | None) -> tuple[tuple[str, Any, Any], ...]:
    """What one change of a row did: field, value before, value after, in the order of the rows."""
    old, new = before or {}, after or {}
    return tuple(
        (name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )
