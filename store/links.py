"""What ledger rows say about each other: a supply stands on the batches that it comes from."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from domain.ledgers import Table
from domain.schema import is_yearly
from store.errors import LedgerError
from store.model import LEDGERS

Record = dict[str, Any]

_MANY: Final = 500  # well below the number of variables that any SQLite allows


def check(connection: Connection, table: Table, rows: list[Record]) -> None:
    """Refuse rows that contradict the other ledgers, as far as they are known.

    A contract is not signed before its batch is approved (QDRQ not before PZRQ), and a supply lies
    in the prefecture of its batch, whether it names the batch itself or a link does. Rows whose
    counterpart is not recorded pass.

    Args:
        connection: Transaction that holds the write lock.
        table: Ledger that the rows go to.
        rows: Rows as :func:`store.ledgers.records` gives them.

    Raises:
        LedgerError: At least one row contradicts its counterpart.
    """
    if table == "idle_case" or is_yearly(table):
        return
    pairs = _pairs(connection, table, rows)
    for name, fails in _CHECKS.items():
        wrong = [supply["supply_no"] for batch, supply in pairs if fails(batch, supply)]
        if wrong:
            raise LedgerError(
                f"ledger {table}: {len(wrong)} supplies contradict their batch, first {wrong[0]}: "
                f"{name}; correct the rows and send them again",
                rows=wrong,
                values={"table": table, "count": len(wrong), "check": name},
            )


def _pairs(connection: Connection, table: Table, rows: list[Record]) -> list[tuple[Record, Record]]:
    """Batches and the supplies or links that name them: the rows and what stands beside them."""
    if table == "supply_batch":
        links, named = rows, []
    else:
        key = "batch_id" if table == "batch" else "supply_no"
        links = _in_force(connection, "supply_batch", key, {row[key] for row in rows})
        named = rows if table == "supply" else _in_force(connection, "supply", key, _of(rows, key))
    supplies = {row["supply_no"]: row for row in named}
    if table != "supply":
        numbers = _of(links, "supply_no") - set(supplies)
        supplies |= {
            row["supply_no"]: row for row in _in_force(connection, "supply", "supply_no", numbers)
        }
    ids = _of(links, "batch_id") | _of(named, "batch_id")
    found = rows if table == "batch" else _in_force(connection, "batch", "batch_id", ids)
    batches = {row["batch_id"]: row for row in found}
    wanted = {(row["supply_no"], row["batch_id"]) for row in [*named, *links]}
    return [
        (batches[batch], supplies[supply])
        for supply, batch in sorted(wanted, key=str)
        if batch in batches and supply in supplies
    ] + [(batches[link["batch_id"]], link) for link in links if link["batch_id"] in batches]


def _of(rows: list[Record], name: str) -> set[str]:
    return {row[name] for row in rows if row[name] is not None}


def _before_approval(batch: Record, supply: Record) -> bool:
    signed = supply.get("signed_on")  # a link has no day of its own
    return signed is not None and bool(signed < batch["approved_on"])


def _elsewhere(batch: Record, supply: Record) -> bool:
    return bool(supply["prefecture_adcode"] != batch["prefecture_adcode"])


_CHECKS: Final = {"contract_before_approval": _before_approval, "batch_elsewhere": _elsewhere}


def _in_force(connection: Connection, table: Table, column: str, values: set[str]) -> list[Record]:
    """Rows of a ledger in force that have one of the values in a column."""
    if not values:
        return []
    sql = LEDGERS[table]
    query = select(sql).where(sql.c.ended_at.is_(None))
    if len(values) <= _MANY:
        query = query.where(sql.c[column].in_(sorted(values)))
    rows = (dict(row) for row in connection.execute(query).mappings())
    return [row for row in rows if row[column] in values]
