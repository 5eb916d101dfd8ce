"""Ledger rows: read by scope, changed one by one with who, when, why, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, DateTime, bindparam, insert, select, type_coerce, update

from domain import ledgers
from domain.ledgers import Table
from store.errors import LedgerError, StaleVersionError
from store.model import LEDGERS, ChangeRow
from store.types import Viewer

_DTYPES: Final = {
    "prefecture_adcode": "string",
    "demonstration": "bool",
    "revision": "int64",
    "changed_by": "string",
    "changed_at": "datetime64[us, UTC]",
}
_HOUSEKEEPING: Final = ("revision", "changed_by", "changed_at")

Record = dict[str, Any]


def read(connection: Connection, table: Table, viewer: Viewer) -> pd.DataFrame:
    """Rows of a ledger that are the viewer's, in the order of their keys."""
    sql = LEDGERS[table]
    # Plain moments: giving each its zone one by one would take longer than the query.
    plain = [type_coerce(c, DateTime()) if c.name == "changed_at" else c for c in sql.c]
    query = select(*plain).order_by(sql.c[ledgers.KEY[table]])
    if viewer.prefectures is not None:
        query = query.where(sql.c.prefecture_adcode.in_(sorted(viewer.prefectures)))
    rows = connection.execute(query)
    frame = pd.DataFrame([*map(tuple, rows)], columns=list(sql.c.keys()), dtype=object)
    dtypes = {c.column: c.pandas_dtype for c in ledgers.columns(table)} | _DTYPES
    for name in frame.columns:
        frame[name] = _typed(frame[name], dtypes[name])
    return frame


def _typed(values: pd.Series, dtype: str) -> pd.Series:
    if dtype.startswith("datetime64"):
        values = pd.Series(pd.to_datetime(values, utc="UTC" in dtype), index=values.index)
    return values.astype(pd.api.types.pandas_dtype(dtype))


def checked(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as they will be stored.

    Raises:
        SchemaError: See :func:`domain.ledgers.conform`.
        LedgerError: Rows contradict themselves, or a key is given twice.
    """
    out = ledgers.conform(table, rows)
    wrong = ledgers.contradictions(table, out)
    if len(wrong):
        first = wrong.iloc[0]
        raise LedgerError(
            f"ledger {table}: {len(wrong)} contradictions, first in row {first['row']}: "
            f"{first['check']}; correct the rows and send them again",
            rows=wrong["row"].tolist(),
            values={"table": table, "count": len(wrong), "check": first["check"]},
        )
    key = ledgers.KEY[table]
    twice = out[key].duplicated(keep=False)
    if twice.any():
        raise LedgerError(
            f"ledger {table}: {key} {out.loc[twice, key].iloc[0]!r} is given twice",
            rows=out.index[twice].tolist(),
            values={"table": table, "count": int(twice.sum()), "check": "key_given_twice"},
        )
    return out


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows as dictionaries of plain Python values; missing ones are None, dates are dates."""
    plain: dict[Hashable, list[Any]] = {}
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            values = values.dt.date
        objects = values.astype(object)
        plain[name] = objects.where(values.notna(), None).tolist()
    names = [str(name) for name in plain]
    return [dict(zip(names, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def stored(connection: Connection, table: Table, keys: set[str]) -> dict[str, Record]:
    """Rows of a ledger by key, for the keys given."""
    sql = LEDGERS[table]
    column = sql.c[ledgers.KEY[table]]
    few = 500  # well below the number of variables that any SQLite allows
    query = select(sql) if len(keys) > few else select(sql).where(column.in_(sorted(keys)))
    found = (dict(row) for row in connection.execute(query).mappings())
    return {row[column.name]: row for row in found if row[column.name] in keys}


def put(
    connection: Connection,
    table: Table,
    rows: list[Record],
    *,
    viewer: Viewer,
    at: dt.datetime,
    revisions: dict[str, int] | None,
) -> list[Record]:
    """Insert new rows and update changed ones.

    Args:
        connection: Transaction that holds the write lock.
        table: Ledger.
        rows: Rows as :func:`records` gives them, with ``demonstration``.
        viewer: Who changes them.
        at: Moment, UTC.
        revisions: Key to the revision that the caller saw; None skips the comparison.

    Returns:
        The changes, as rows of ``ledger_change`` without ``audit_id``.

    Raises:
        OutOfScopeError: A row is, or was, of a prefecture that is not the viewer's.
        StaleVersionError: A row was changed after the caller looked.
    """
    key = ledgers.KEY[table]
    before = stored(connection, table, {row[key] for row in rows})
    viewer.require({r["prefecture_adcode"] for r in [*rows, *before.values()]})
    fresh: list[Record] = []
    changed: list[Record] = []
    changes: list[Record] = []
    for row in rows:
        old = before.get(row[key])
        if old is not None and revisions is not None and revisions.get(row[key]) != old["revision"]:
            raise _stale(row[key], revisions.get(row[key], 0), old)
        if old is not None and all(old[name] == value for name, value in row.items()):
            continue
        full = row | {
            "revision": 1 if old is None else old["revision"] + 1,
            "changed_by": viewer.name,
            "changed_at": at,
        }
        (fresh if old is None else changed).append(full)
        changes.append(_change(table, row, old, key))
    sql = LEDGERS[table]
    if fresh:
        connection.execute(insert(sql), fresh)
    if changed:
        fields = [name for name in changed[0] if name != key]
        statement = update(sql).where(sql.c[key] == bindparam("the_key"))
        connection.execute(
            statement.values({name: bindparam(f"new_{name}") for name in fields}),
            [
                {"the_key": row[key]} | {f"new_{name}": row[name] for name in fields}
                for row in changed
            ],
        )
    return changes


def _change(table: Table, row: Record, old: Record | None, key: str) -> Record:
    return {
        "ledger": table,
        "key": row[key],
        "prefecture_adcode": row["prefecture_adcode"],
        "before": None if old is None else _as_json(old),
        "after": _as_json(row),
    }


def _as_json(row: Record) -> Record:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in row.items()
        if name not in _HOUSEKEEPING and value is not None
    }


def _stale(key: str, seen: int, row: Record) -> StaleVersionError:
    when = row["changed_at"].astimezone().strftime("%Y-%m-%d %H:%M")
    return StaleVersionError(
        f"{row['changed_by']} changed {key} at {when}; look at the row and change it again",
        values={
            "dataset": key,
            "seen": seen,
            "current": row["revision"],
            "who": row["changed_by"],
            "when": when,
        },
    )


def note_changes(connection: Connection, audit_id: int, changes: list[Record]) -> None:
    """Write what changed beside the audit row of the act."""
    connection.execute(insert(ChangeRow), [change | {"audit_id": audit_id} for change in changes])
