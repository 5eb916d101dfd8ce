"""Ledger rows: read by scope, changed one by one with who, when, why, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

import pandas as pd
from sqlalchemy import (
    Connection,
    CursorResult,
    Date,
    DateTime,
    Select,
    String,
    bindparam,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from domain import ledgers
from domain.ledgers import Table
from geo.errors import SchemaError
from store import ledger_frame
from store.errors import LedgerError, StaleVersionError, UnknownDatasetError
from store.model import LEDGERS, AuditRow, ChangeRow, UtcDateTime
from store.types import Viewer

_DTYPES: Final = {
    "prefecture_adcode": "string",
    "demonstration": "bool",
    "revision": "int64",
    "changed_by": "string",
    "changed_at": "datetime64[us, UTC]",
}
_HOUSEKEEPING: Final = ("revision", "changed_by", "changed_at")
_NO_FIELDS: Final = (*_HOUSEKEEPING, "ended_at")
_FEW: Final = 500  # well below the number of variables that any SQLite allows
_LONGEST_KEY: Final = 200  # what the trail has room for

Record = dict[str, Any]


def read(
    connection: Connection, table: Table, viewer: Viewer, where: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rows of a ledger that are the viewer's and in force, in the order of their keys.

    Args:
        connection: Connection to the catalogue.
        table: Ledger.
        viewer: Who reads.
        where: Values that columns have to have; None for all rows.
    """
    query = _selected(table, viewer)
    for name, value in (where or {}).items():
        query = query.where(LEDGERS[table].c[name] == value)
    found = connection.execution_options(yield_per=ledger_frame.ROWS).execute(query)
    return ledger_frame.frame(_dtypes(table), _as_they_come(found))


def _as_they_come(found: CursorResult[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows of the driver, piece by piece: wrapping a million costs as much as reading half."""
    # The strategy holds the row that it read ahead of a cursor of the server, and tells of errors
    # as the result would: the cursor alone does neither.
    while rows := found.cursor_strategy.fetchmany(found, found.cursor, ledger_frame.ROWS):
        yield rows


def _selected(table: Table, viewer: Viewer) -> Select[Any]:
    """The rows of a ledger that are the viewer's and in force, by key."""
    sql = LEDGERS[table]
    # Days and moments as they come: reading each by itself would take longer than the query.
    plain = [
        type_coerce(c, String()) if isinstance(c.type, Date | UtcDateTime) else c
        for c in sql.c
        if c.name != "ended_at"
    ]
    query = select(*plain).where(sql.c.ended_at.is_(None)).order_by(sql.c[ledgers.KEY[table]])
    if viewer.prefectures is not None:
        query = query.where(sql.c.prefecture_adcode.in_(sorted(viewer.prefectures)))
    return query


def changed_since(connection: Connection, table: Table, mark: int) -> list[str]:
    """Keys of a ledger that acts after a mark have changed."""
    query = (
        select(ChangeRow.key)
        .where(ChangeRow.audit_id > mark, ChangeRow.ledger == table)
        .distinct()
        .order_by(ChangeRow.key)
    )
    return list(connection.execute(query).scalars())


def read_keys(
    connection: Connection, table: Table, viewer: Viewer, keys: list[str]
) -> pd.DataFrame:
    """As :func:`read`, of some keys only."""
    query = _selected(table, viewer)
    column = LEDGERS[table].c[ledgers.KEY[table]]
    pieces = (
        [*map(tuple, connection.execute(query.where(column.in_(keys[k : k + _FEW]))))]
        for k in range(0, len(keys), _FEW)
    )
    return ledger_frame.frame(_dtypes(table), pieces)


def read_as_of(
    connection: Connection, table: Table, viewer: Viewer, as_of: dt.datetime
) -> pd.DataFrame:
    """The rows that :func:`read` gave at a moment, put together from the trail of changes."""
    last = (
        select(ChangeRow.key, func.max(ChangeRow.id).label("id"), func.count().label("revision"))
        .join(AuditRow, AuditRow.id == ChangeRow.audit_id)
        .where(ChangeRow.ledger == table, AuditRow.at <= as_of)
        .group_by(ChangeRow.key)
        .subquery()
    )
    query = (
        select(
            ChangeRow.after,
            last.c.revision,
            AuditRow.viewer.label("changed_by"),
            type_coerce(AuditRow.at, DateTime()).label("changed_at"),
        )
        .join(last, last.c.id == ChangeRow.id)
        .join(AuditRow, AuditRow.id == ChangeRow.audit_id)
        .order_by(ChangeRow.key)
    )
    if viewer.prefectures is not None:
        query = query.where(ChangeRow.prefecture_adcode.in_(sorted(viewer.prefectures)))
    dtypes = _dtypes(table)
    rows = []
    for found in connection.execute(query).mappings():
        if found["after"] is not None:
            row = found["after"] | {name: found[name] for name in _HOUSEKEEPING}
            rows.append(tuple(row.get(name) for name in dtypes))
    return ledger_frame.frame(dtypes, [rows])


def _dtypes(table: Table) -> dict[str, str]:
    """Columns of a frame of the ledger, in order."""
    known = {c.column: c.pandas_dtype for c in ledgers.columns(table)} | _DTYPES
    return {name: known[name] for name in LEDGERS[table].c.keys() if name != "ended_at"}  # noqa: SIM118


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
    for column in ledgers.columns(table):
        name = column.column
        if column.dtype == "string" and (out[name].str.len() > ledgers.LONGEST_TEXT).any():
            raise SchemaError(
                f"ledger {table}: {name} is longer than {ledgers.LONGEST_TEXT} characters",
                values={"columns": name},
            )
    key = ledgers.KEY[table]
    if (out[key].str.len() > _LONGEST_KEY).any():
        raise SchemaError(
            f"ledger {table}: {key} is longer than {_LONGEST_KEY} characters",
            values={"columns": key},
        )
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
    query = select(sql) if len(keys) > _FEW else select(sql).where(column.in_(sorted(keys)))
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
            raise stale(row[key], revisions.get(row[key], 0), old)
        if in_force(old) and all(old[name] == value for name, value in row.items()):
            continue
        full = row | {
            "revision": 1 if old is None else old["revision"] + 1,
            "changed_by": viewer.name,
            "changed_at": at,
            "ended_at": None,
        }
        (fresh if old is None else changed).append(full)
        changes.append(_change(table, row, old if in_force(old) else None, key))
    _write(connection, table, fresh, changed)
    return changes


def in_force(row: Record | None) -> TypeGuard[Record]:
    """Whether a stored row is there and has not ended."""
    return row is not None and row["ended_at"] is None


def _write(
    connection: Connection, table: Table, fresh: list[Record], changed: list[Record]
) -> None:
    """Insert and update full rows."""
    sql, key = LEDGERS[table], ledgers.KEY[table]
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


def end(
    connection: Connection,
    table: Table,
    revisions: Mapping[str, int | None],
    *,
    viewer: Viewer,
    at: dt.datetime,
) -> list[Record]:
    """Take rows out of force.

    Args:
        connection: Transaction that holds the write lock.
        table: Ledger.
        revisions: Key to the revision that the caller saw; None skips the comparison.
        viewer: Who ends them.
        at: Moment, UTC.

    Returns:
        The changes, as rows of ``ledger_change`` without ``audit_id``; ``after`` is None.

    Raises:
        UnknownDatasetError: There is no such row in force.
        OutOfScopeError: A row is not the viewer's.
        StaleVersionError: A row was changed after the caller looked.
    """
    key = ledgers.KEY[table]
    before = stored(connection, table, set(revisions))
    changes: list[Record] = []
    ended: list[Record] = []
    for name, revision in revisions.items():
        old = before.get(name)
        if not in_force(old):
            raise UnknownDatasetError(f"there is no {name}", values={"dataset": name})
        viewer.require([old["prefecture_adcode"]])
        if revision is not None and revision != old["revision"]:
            raise stale(name, revision, old)
        ended.append(
            old
            | {
                "revision": old["revision"] + 1,
                "changed_by": viewer.name,
                "changed_at": at,
                "ended_at": at,
            }
        )
        changes.append(_change(table, old, old, key) | {"after": None})
    _write(connection, table, [], ended)
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
        if name not in _NO_FIELDS and value is not None
    }


def stale(key: str, seen: int, row: Record) -> StaleVersionError:
    """The refusal to change a row that somebody else has changed."""
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
