"""Small case files: ledger rows by hand, documents, and the trail of who entered what."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pandas as pd

from domain import ledgers

SUPPLY_NO = "3601122022B00001"
MORNING = dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC)


def case_rows(*records):
    """Rows of the idle ledger; everything not named is missing."""
    full = [
        {
            "case_id": f"C{i}",
            "supply_no": SUPPLY_NO,
            "county_adcode": "360112",
            "idle_m2": 10_000.0,
            **record,
        }
        for i, record in enumerate(records)
    ]
    names = [c.column for c in ledgers.columns("idle_case")]
    frame = pd.DataFrame(full, columns=names) if full else pd.DataFrame(columns=names)
    return ledgers.conform("idle_case", frame)


def supply_row(**record):
    """One row of the supply ledger."""
    full = {
        "supply_no": SUPPLY_NO,
        "county_adcode": "360112",
        "supplied_m2": 10_000.0,
        "signed_on": "2022-01-10",
        **record,
    }
    return ledgers.conform("supply", pd.DataFrame([full]))


def paper(kind, number, *, key="C0", dated="2026-01-05", name="a.pdf", withdrawn=False):
    """A document as the store hands it out."""
    return SimpleNamespace(
        key=key,
        kind=kind,
        number=number,
        dated=None if dated is None else dt.date.fromisoformat(dated),
        name=name,
        revision=1,
        withdrawn=withdrawn,
        changed_by="李",
        changed_at=MORNING,
    )


def trail(*changes):
    """Changes as the store lists them; given oldest first."""
    rows = [
        {
            "at": MORNING + dt.timedelta(days=i),
            "viewer": who,
            "reason": "t",
            "key": key,
            "before": before,
            "after": after,
        }
        for i, (who, key, before, after) in enumerate(changes)
    ]
    return pd.DataFrame(rows[::-1])
