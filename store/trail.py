"""The audit trail: who did what, when and why; read by person, act, subject and period."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from sqlalchemy import Row, or_, select

from store.base import StoreBase
from store.engine import reading
from store.model import AuditRow, ChangeRow
from store.types import Viewer


class TrailStore(StoreBase):
    """The part of the store that reads the trail; every other part writes it."""

    def audit(
        self,
        viewer: Viewer,
        limit: int = 200,
        *,
        person: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> pd.DataFrame:
        """Acts that touched no other rows than the viewer's, newest first.

        Args:
            viewer: Who reads.
            limit: How many acts at most.
            person: Acts of this person only.
            action: ``commit``, ``undo``, ``restore``, ``end``, ``ledger``, ``document``,
                ``scenario``, ``network`` or ``raster``.
            subject: Acts on this dataset, raster or ledger.
            since: Acts at or after this moment (with a time zone).
            until: Acts before this moment (with a time zone).

        Returns:
            RangeIndex; ``id``, ``at`` (UTC), ``viewer``, ``action``, ``subject`` (dataset@number,
            ledger, ledger:key, raster), ``reason``, ``prefectures``, ``rows_before``,
            ``rows_after``, ``sha256``.
        """
        query = select(AuditRow.__table__).order_by(AuditRow.id.desc())
        if person is not None:
            query = query.where(AuditRow.viewer == person)
        if action is not None:
            query = query.where(AuditRow.action == action)
        if subject is not None:
            starts = [AuditRow.subject.startswith(f"{subject}{m}", autoescape=True) for m in "@:"]
            query = query.where(or_(AuditRow.subject == subject, *starts))
        if since is not None:
            query = query.where(AuditRow.at >= since)
        if until is not None:
            query = query.where(AuditRow.at < until)
        with reading(self._engine) as connection:
            rows = connection.execute(query)
            names = list(rows.keys())
            column = names.index("prefectures")
            mine: list[Row[Any]] = []
            for row in rows:
                if len(mine) >= limit:
                    break
                if all(viewer.sees(code) for code in row[column]):
                    mine.append(row)
        return pd.DataFrame(mine, columns=names)

    def moment_of(self, act: int) -> dt.datetime | None:
        """When an act was; None where there is no act of this number.

        Args:
            act: Number on the trail, such as :meth:`store.Store.ledger_mark` gives.
        """
        with reading(self._engine) as connection:
            return connection.execute(
                select(AuditRow.at).where(AuditRow.id == act)
            ).scalar_one_or_none()

    def act_changes(self, act: int, viewer: Viewer) -> pd.DataFrame:
        """What one act did to ledger rows that are the viewer's, field by field.

        Returns:
            RangeIndex; ``key``, ``field``, ``before``, ``after`` (None where there was nothing); of
            a new row the fields that it brought, of an ended one those that it had.
        """
        query = (
            select(ChangeRow.key, ChangeRow.before, ChangeRow.after)
            .where(ChangeRow.audit_id == act)
            .order_by(ChangeRow.id)
        )
        if viewer.prefectures is not None:
            query = query.where(ChangeRow.prefecture_adcode.in_(sorted(viewer.prefectures)))
        lines: list[tuple[str, str, object, object]] = []
        with reading(self._engine) as connection:
            for key, before, after in connection.execute(query):
                old, new = before or {}, after or {}
                lines += [
                    (key, name, old.get(name), new.get(name))
                    for name in dict.fromkeys([*old, *new])
                    if old.get(name) != new.get(name)
                ]
        return pd.DataFrame(lines, columns=["key", "field", "before", "after"], dtype=object)
