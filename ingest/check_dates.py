"""Dates: before there was a law, after today, in an order that cannot be."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd

from domain import schema
from ingest.check_cells import titled
from ingest.found import Found, Rows, Text, where

_PLANNED: Final = frozenset(
    {"handover_due", "start_due", "start_due_amended", "finish_due", "disposal_due"}
)
"""Dates that may lie in the future."""

_ORDER: Final = (
    ("approved_on", "signed_on"),
    ("approved_on", "written_off_on"),
    ("signed_on", "handover_due"),
    ("signed_on", "start_due"),
    ("signed_on", "started_on"),
    ("handover_due", "start_due"),
    ("start_due", "start_due_amended"),
    ("start_due", "finish_due"),
    ("started_on", "finished_on"),
    ("started_on", "stopped_since"),
    ("suspected_on", "notice_on"),
    ("notice_on", "letter_on"),
    ("letter_on", "disposed_on"),
)
"""Pairs of which the first is not after the second."""

_APART: Final = frozenset({("start_due", "finish_due")})
"""Pairs of which the first is before the second, not on the same day."""


def date_checks(rows: Rows, as_of: dt.date) -> list[Found]:
    """Everything about dates.

    Args:
        rows: m rows of any kind.
        as_of: Today, for the file.
    """
    names = [c.column for c in schema.columns(rows.kind) if c.dtype == "date"]
    out: list[Found] = []
    first = pd.Timestamp(str(int(rows.rules.value("ING-FIRST-DAY"))))
    for name in names:
        values = rows.column(name)
        if values is None:
            continue
        out += _listed(rows, "VAL-011", name, values < first)
        if name not in _PLANNED:
            out += _listed(rows, "VAL-012", name, values > pd.Timestamp(as_of))
    for before, after in _ORDER:
        out += _order(rows, before, after)
    return out + _started_without_contract(rows)


def _day(values: pd.Series) -> Text:
    return Text(values, "{:%Y-%m-%d}")


def _listed(rows: Rows, code: str, name: str, mask: pd.Series) -> list[Found]:
    return where(rows, code, mask, value=_day(rows.frame[name]), **titled(rows, name))


def _order(rows: Rows, before: str, after: str) -> list[Found]:
    first, second = rows.column(before), rows.column(after)
    if first is None or second is None:
        return []
    wrong = first >= second if (before, after) in _APART else first > second
    earlier, later = titled(rows, before), titled(rows, after)
    return where(
        rows,
        "VAL-013",
        wrong,
        first=earlier["field"],
        first_en=earlier["field_en"],
        second=later["field"],
        second_en=later["field_en"],
        first_day=_day(first),
        second_day=_day(second),
    )


def _started_without_contract(rows: Rows) -> list[Found]:
    """Building has begun and no contract is recorded."""
    started, signed = rows.column("started_on"), rows.column("signed_on")
    if started is None or signed is None:
        return []
    return where(rows, "VAL-023", started.notna() & signed.isna(), day=_day(started))
