"""Everything that the case file of one parcel draws from, read once for a run of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd

from analytics.approvals import NO_ACQUISITION
from analytics.cases.checks import Contradiction, Mark, Span, contradictions, marks, spans
from analytics.cases.file import CaseFile, Cells, as_text, case_file
from analytics.cases.steps import next_steps
from analytics.idle.routes import permitted_routes, routes_of
from domain.ledgers import Table
from domain.rules import RuleSet, load_rules
from store import Document, Version
from views.context import Context

TABLES: tuple[Table, ...] = ("batch", "supply", "idle_case")


@dataclass(frozen=True)
class CaseRead:
    """One parcel with all that is on record of it.

    Attributes:
        version: Version of the parcel file.
        day: The day that is judged.
        rules: The rules of ``idle`` on that day.
        parcel: The parcel with facts in effect and its status, one row.
        shape: The parcel as its file says, with ``geometry``.
        batches: Rows of the batch ledger behind it.
        supplies: Its rows of the supply ledger.
        cases: Its rows of the idle ledger.
        documents: Documents of the supply and of the cases, withdrawn ones too.
        changes: Changes of these rows by ledger, newest first.
        file: The facts in order.
        step: The next step (:func:`analytics.cases.steps.next_steps`).
        fee_wan: Idle fee where that route is open and a price is on record; else None.
        routes: Routes with what bars them (:func:`analytics.idle.routes.routes_of`).
        spans: Days on which the clock stands.
        marks: Computed thresholds.
        faults: What cannot be right.
    """

    version: Version
    day: dt.date
    rules: RuleSet
    parcel: pd.DataFrame
    shape: pd.Series
    batches: pd.DataFrame
    supplies: pd.DataFrame
    cases: pd.DataFrame
    documents: list[Document]
    changes: dict[str, pd.DataFrame]
    file: CaseFile
    step: Cells
    fee_wan: float | None
    routes: pd.DataFrame
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    faults: tuple[Contradiction, ...]

    @property
    def row(self) -> Cells:
        """The parcel as a dictionary."""
        row: Cells = self.parcel.iloc[0].to_dict()
        return row

    @property
    def supply_no(self) -> str:
        """Its supervision number; empty where it has none."""
        return as_text(self.row.get("supply_no"))

    @property
    def supply(self) -> Cells:
        """Its row of the supply ledger; empty where there is none."""
        return {} if self.supplies.empty else self.supplies.iloc[0].to_dict()

    def case(self, case_id: str) -> Cells:
        """A row of the idle ledger; empty where there is none of this number."""
        found = self.cases[self.cases["case_id"] == case_id]
        return {} if found.empty else found.iloc[0].to_dict()


def read_case(
    ctx: Context,
    version: Version,
    label: Hashable,
    parcel: pd.DataFrame,
    *,
    day: dt.date,
    rules: RuleSet,
) -> CaseRead:
    """Read the case file of a parcel.

    Args:
        ctx: Store and viewer.
        version: Version of the parcels.
        label: Position of the parcel in the version.
        parcel: Its row with facts in effect and status.
        day: The day that is judged.
        rules: The rules of ``idle`` on that day.

    Raises:
        StoreError: The version or a ledger cannot be read.
    """
    shape = ctx.store.read_row(version, ctx.viewer, int(str(label)))
    supply_no = as_text(shape.get("supply_no"))
    supplies = _rows(ctx, "supply", "supply_no", supply_no)
    cases = _rows(ctx, "idle_case", "supply_no", supply_no)
    batch_id = as_text(shape.get("batch_id"))
    if not batch_id and len(supplies):
        batch_id = as_text(supplies["batch_id"].iloc[0])
    batches = _rows(ctx, "batch", "batch_id", batch_id)
    changes, papers = _trail(ctx, batches, supplies, cases)
    file = case_file(
        shape.to_dict(),
        version=version.id,
        batches=batches,
        supplies=supplies,
        cases=cases,
        documents=papers,
        changes=changes,
    )
    status = parcel.iloc[0].to_dict()
    stops = spans(file, cases, sealed=status.get("sealed") is True, rules=rules)
    acquisition = as_text(batches["acquisition"].iloc[0]) if len(batches) else ""
    computed = marks(
        file,
        status,
        as_of=day,
        rules=rules,
        approvals=load_rules("approvals", as_of=day),
        untouched=acquisition == NO_ACQUISITION,
        spans=stops,
    )
    fee = permitted_routes(parcel, parcel, as_of=day, rules=rules)["fee_wan"].iloc[0]
    return CaseRead(
        version=version,
        day=day,
        rules=rules,
        parcel=parcel,
        shape=shape,
        batches=batches,
        supplies=supplies,
        cases=cases,
        documents=papers,
        changes=changes,
        file=file,
        step=next_steps(parcel, cases, as_of=day, rules=rules).iloc[0].to_dict(),
        fee_wan=None if pd.isna(fee) else float(fee),
        routes=routes_of(parcel, parcel, as_of=day, rules=rules),
        spans=stops,
        marks=computed,
        faults=contradictions(file, cases, as_of=day),
    )


def _trail(
    ctx: Context, batches: pd.DataFrame, supplies: pd.DataFrame, cases: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], list[Document]]:
    """Changes of rows by ledger, and the documents of supplies and cases."""
    keys: dict[Table, list[str]] = {
        "batch": batches["batch_id"].tolist(),
        "supply": supplies["supply_no"].tolist(),
        "idle_case": cases["case_id"].tolist(),
    }
    changes: dict[str, pd.DataFrame] = {
        table: pd.concat([ctx.store.changes(table, ctx.viewer, key=key) for key in keys[table]])
        for table in TABLES
        if keys[table]
    }
    papers = [
        paper
        for table in ("supply", "idle_case")
        for key in keys[table_of(table)]
        for paper in ctx.store.documents(table_of(table), key, ctx.viewer, include_withdrawn=True)
    ]
    return changes, papers


def table_of(name: str) -> Table:
    """A ledger by its name."""
    return next(table for table in TABLES if table == name)


def _rows(ctx: Context, table: Table, column: str, value: str) -> pd.DataFrame:
    """Rows of a ledger under a number; none for an empty one."""
    rows = ctx.store.ledger(table, ctx.viewer, where={column: value})
    return rows if value else rows.iloc[:0]
