"""The ledgers of approved land, and the trail of who changed what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd
from sqlalchemy import Connection, String, cast, false, func, or_, select

from domain.ledgers import KEY, Table
from store import ledger_frame, ledgers, links
from store.base import StoreBase, checked_reason, note_act
from store.engine import reading, writing
from store.model import AuditRow, ChangeRow
from store.types import Viewer

_MANY_CHANGES: Final = 20_000
"""More changes than this are not worth being looked for one by one."""


class LedgerStore(StoreBase):
    """The part of the store that keeps ledger rows."""

    def ledger(
        self,
        table: Table,
        viewer: Viewer,
        *,
        as_of: dt.datetime | None = None,
        where: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Rows of a ledger that are the viewer's and in force.

        Args:
            table: Ledger.
            viewer: Who reads.
            as_of: The rows as they were at this moment (with a time zone); None for now.
            where: Values that columns of the rows in force have to have; None for all rows. It
                does not go with ``as_of``.

        Returns:
            RangeIndex; the fields of :func:`domain.ledgers.columns`, then ``prefecture_adcode``,
            ``demonstration``, ``revision``, ``changed_by``, ``changed_at`` (UTC).
        """
        with reading(self._engine) as connection:
            if as_of is not None:
                return ledgers.read_as_of(connection, table, viewer, as_of)
            return ledgers.read(connection, table, viewer, where)

    def ledger_after(
        self, table: Table, viewer: Viewer, *, before: pd.DataFrame, mark: int
    ) -> pd.DataFrame:
        """Rows of a ledger as they now stand, from those that stood at a mark.

        Only what was changed since is read; it gives what :meth:`ledger` gives.

        Args:
            table: Ledger.
            viewer: Who reads; the same prefectures as for ``before``.
            before: What :meth:`ledger` gave; it is not changed.
            mark: What :meth:`ledger_mark` gave before ``before`` was read.

        Returns:
            See :meth:`ledger`.
        """
        with reading(self._engine) as connection:
            keys = ledgers.changed_since(connection, table, mark)
            if len(keys) > _MANY_CHANGES:
                return ledgers.read(connection, table, viewer)
            rows = ledgers.read_keys(connection, table, viewer, keys)
        return ledger_frame.replaced(before, KEY[table], keys, rows)

    def ledger_mark(self, table: Table, viewer: Viewer) -> int:
        """Number of the last act that changed rows of a ledger in the viewer's prefectures.

        Whoever keeps what :meth:`ledger` gave may keep it as long as the number stands.

        Args:
            table: Ledger.
            viewer: Who asks.

        Returns:
            Number on the trail; 0 where nothing was ever changed.
        """
        query = select(func.max(AuditRow.id)).where(
            AuditRow.action == "ledger", AuditRow.subject == table
        )
        if viewer.prefectures is not None:
            named = cast(AuditRow.prefectures, String)
            query = query.where(
                or_(false(), *(named.contains(f'"{code}"') for code in sorted(viewer.prefectures)))
            )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one() or 0

    def put_ledger(
        self,
        table: Table,
        rows: pd.DataFrame,
        *,
        viewer: Viewer,
        reason: str,
        demonstration: bool = False,
    ) -> int:
        """Insert or update ledger rows by their key, all or none.

        Args:
            table: Ledger.
            rows: n rows with the required fields. With a column ``revision`` (as read before)
                each row must still be the one that was read.
            viewer: Who changes them.
            reason: Why; required.
            demonstration: The rows are invented.

        Returns:
            Number of rows inserted or changed; rows that stand already are left alone.

        Raises:
            SchemaError: A required field is missing or of the wrong kind.
            LedgerError: Rows contradict themselves.
            OutOfScopeError: A row is not the viewer's.
            StaleVersionError: A row was changed after it was read.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        reason = checked_reason(reason)
        clean = ledgers.checked(table, rows).assign(demonstration=demonstration)
        revisions = None
        if "revision" in rows:
            revisions = dict(zip(clean[KEY[table]], rows["revision"].astype(int), strict=True))
        records = ledgers.records(clean)
        with writing(self._engine) as connection:
            at = self._moment(connection)
            changes = ledgers.put(
                connection, table, records, viewer=viewer, at=at, revisions=revisions
            )
            links.check(connection, table, records)
            self._note(connection, table, changes, viewer=viewer, at=at, reason=reason)
        return len(changes)

    def end_ledger(
        self,
        table: Table,
        revisions: Mapping[str, int | None],
        *,
        viewer: Viewer,
        reason: str,
    ) -> int:
        """Take ledger rows out of force, all or none; putting one again brings it back.

        Args:
            table: Ledger.
            revisions: Key of each row to the revision that was read; None ends whatever stands.
            viewer: Who ends them.
            reason: Why; required.

        Returns:
            Number of rows.

        Raises:
            UnknownDatasetError: There is no such row in force.
            OutOfScopeError: A row is not the viewer's.
            StaleVersionError: A row was changed after it was read.
        """
        reason = checked_reason(reason)
        with writing(self._engine) as connection:
            at = self._moment(connection)
            changes = ledgers.end(connection, table, revisions, viewer=viewer, at=at)
            self._note(connection, table, changes, viewer=viewer, at=at, reason=reason)
        return len(changes)

    def _note(
        self,
        connection: Connection,
        table: Table,
        changes: list[ledgers.Record],
        *,
        viewer: Viewer,
        at: dt.datetime,
        reason: str,
    ) -> None:
        """Write the act and its changes on the trail."""
        if not changes:
            return
        audit_id = note_act(
            connection,
            at=at,
            viewer=viewer,
            action="ledger",
            subject=table,
            reason=reason,
            prefectures=sorted(
                {c["prefecture_adcode"] for c in changes}
                | {c["before"]["prefecture_adcode"] for c in changes if c["before"] is not None}
            ),
            rows_before=sum(c["before"] is not None for c in changes),
            rows_after=sum(c["after"] is not None for c in changes),
            sha256=None,
        )
        ledgers.note_changes(connection, audit_id, changes)

    def changes(self, table: Table, viewer: Viewer, *, key: str | None = None) -> pd.DataFrame:
        """Every change of a ledger's rows that are the viewer's, newest first.

        Returns:
            RangeIndex; ``at`` (UTC), ``viewer``, ``reason``, ``key``, ``prefecture_adcode``,
            ``before`` (dictionary, None for a new row), ``after`` (None for an ended one).
        """
        query = (
            select(
                AuditRow.at,
                AuditRow.viewer,
                AuditRow.reason,
                ChangeRow.key,
                ChangeRow.prefecture_adcode,
                ChangeRow.before,
                ChangeRow.after,
            )
            .join(AuditRow, AuditRow.id == ChangeRow.audit_id)
            .where(ChangeRow.ledger == table)
            .order_by(ChangeRow.id.desc())
        )
        if key is not None:
            query = query.where(ChangeRow.key == key)
        if viewer.prefectures is not None:
            query = query.where(ChangeRow.prefecture_adcode.in_(sorted(viewer.prefectures)))
        with reading(self._engine) as connection:
            rows = connection.execute(query)
            return pd.DataFrame(rows.fetchall(), columns=list(rows.keys()))
