"""What ledger rows say about each other: a supply stands on the batch that it names."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from domain.ledgers import Table
from store.errors import LedgerError
from store.model import LEDGERS

Record = dict[str, Any]

_MANY: Final = 500  # well below the number of variables that any SQLite allows


def check(connection: Connection, table: Table, rows: list[Record]) -> None:
    """Refuse rows that contradict the other ledger, as far as it is known.

    A contract is not signed before its batch is approved (QDRQ not before PZRQ), and a supply lies
    in the prefecture of its batch. Rows whose batch is not recorded pass.

    Args:
        connection: Transaction that holds the write lock.
        table: Ledger that the rows go to.
        rows: Rows as :func:`store.ledgers.records` gives them.

    Raises:
        LedgerError: At least one row contradicts its counterpart.
    """
    if table == "idle_case":
        return
    numbers = {row["batch_id"] for row in rows if row["batch_id"] is not None}
    other = _in_force(connection, "supply" if table == "batch" else "batch", numbers)
    if table == "batch":
        batches = {row["batch_id"]: row for row in rows}
        pairs = [(batches[supply["batch_id"]], supply) for supply in other]
    else:
        known = {row["batch_id"]: row for row in other}
        pairs = [(known[row["batch_id"]], row) for row in rows if row["batch_id"] in known]
    for name, fails in _CHECKS.items():
        wrong = [supply["supply_no"] for batch, supply in pairs if fails(batch, supply)]
        if wrong:
            raise LedgerError(
                f"ledger {table}: {len(wrong)} supplies contradict their batch, first {wrong[0]}: "
                f"{name}; correct the rows and send them again",
                rows=wrong,
                values={"table": table, "count": len(wrong), "check": name},
            )


def _before_approval(batch: Record, supply: Record) -> bool:
    return bool(supply["signed_on"] < batch["approved_on"])


def _elsewhere(batch: Record, supply: Record) -> bool:
    return bool(supply["prefecture_adcode"] != batch["prefecture_adcode"])


_CHECKS: Final = {"contract_before_approval": _before_approval, "batch_elsewhere": _elsewhere}


def _in_force(connection: Connection, table: Table, batches: set[str]) -> list[Record]:
    """Rows of a ledger that name one of the batches."""
    sql = LEDGERS[table]
    query = select(sql).where(sql.c.ended_at.is_(None))
    if len(batches) <= _MANY:
        query = query.where(sql.c.batch_id.in_(sorted(batches)))
    rows = (dict(row) for row in connection.execute(query).mappings())
    return [row for row in rows if row["batch_id"] in batches]
