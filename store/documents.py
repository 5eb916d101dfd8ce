"""Documents of ledger rows: notices, letters, disposals, evidence; every state of them is kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final, get_args

from sqlalchemy import Connection, func, insert, select

from domain.ledgers import KEY, Table
from store import files, ledgers
from store.base import REFUSALS, StoreBase, checked_reason, note_act, remove
from store.engine import reading, writing
from store.errors import DamagedVersionError, DocumentError, UnknownDatasetError
from store.model import LEDGERS, DocumentRow
from store.states import Last, check_follows
from store.types import Document, DocumentKind, Viewer

KINDS: Final[tuple[DocumentKind, ...]] = get_args(DocumentKind)

_SUBJECT: Final = 120  # what the trail has room for
_LONGEST: Final = {"number": 200, "name": 400}


class DocumentStore(StoreBase):
    """The part of the store that keeps documents of ledger rows."""

    def put_document(  # noqa: PLR0913 - each argument is a fact of its own
        self,
        table: Table,
        key: str,
        *,
        kind: DocumentKind,
        number: str,
        dated: dt.date | None,
        content: bytes | Path | None,
        name: str,
        viewer: Viewer,
        reason: str,
        revision: int | None = None,
    ) -> Document:
        """Keep a document of a ledger row, or a further state of one.

        Args:
            table: Ledger.
            key: Row that the document belongs to.
            kind: ``notice``, ``letter``, ``disposal`` or ``evidence``.
            number: Number of the document (文号), unique among its kind in that row.
            dated: Date of issue.
            content: The file; None keeps the file of the state before, if there was one.
            name: File name as it was sent.
            viewer: Who keeps it.
            reason: Why; required.
            revision: State that was read, to change it (a withdrawn one comes back so); None for
                a new document.

        Returns:
            The document as it now stands.

        Raises:
            DocumentError: Number, kind or name do not serve, or the new document stands already.
            StaleVersionError: The document was changed after it was read.
            UnknownDatasetError: There is no such ledger row in force for the viewer.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        reason = checked_reason(reason)
        number = _checked(kind, number.strip(), name.strip())
        fields: dict[str, Any] = {"dated": dated, "name": name.strip(), "withdrawn": False}
        made: list[Path] = []
        if content is not None:
            made.append(files.keep(self._folder, ".document", content))
            fields |= {
                "file": made[0].name,
                "sha256": files.digest(made[0]),
                "size": made[0].stat().st_size,
            }
        try:
            return self._add(table, key, kind, number, fields, viewer, reason, revision)
        except (*REFUSALS, UnknownDatasetError, DocumentError):
            remove(made)
            raise

    def withdraw_document(
        self,
        table: Table,
        key: str,
        *,
        kind: DocumentKind,
        number: str,
        viewer: Viewer,
        reason: str,
        revision: int,
    ) -> Document:
        """Take a document out of force; its file and all its states are kept.

        Args:
            table: Ledger.
            key: Row that the document belongs to.
            kind: Kind of the document.
            number: Its number.
            viewer: Who withdraws it.
            reason: Why; required.
            revision: State that was read.

        Returns:
            The document as it now stands.

        Raises:
            DocumentError: There is no such document, or it is withdrawn already.
            StaleVersionError: The document was changed after it was read.
            UnknownDatasetError: There is no such ledger row in force for the viewer.
        """
        reason = checked_reason(reason)
        fields = {"withdrawn": True}
        return self._add(table, key, kind, number, fields, viewer, reason, revision)

    def _add(
        self,
        table: Table,
        key: str,
        kind: DocumentKind,
        number: str,
        fields: dict[str, Any],
        viewer: Viewer,
        reason: str,
        revision: int | None,
    ) -> Document:
        """Write a further state of a document."""
        with writing(self._engine) as connection:
            prefecture = _prefecture(connection, table, key, viewer)
            before = _last(connection, table, key, kind, number)
            check_follows(
                _state(before),
                revision,
                what="document",
                name=number,
                refused=_refused,
                withdraws=bool(fields["withdrawn"]),
            )
            at = self._moment(connection)
            row = {
                "dated": None, "name": "", "file": None, "sha256": None, "size": 0,
                **(before or {}),
                **fields,
                "ledger": table, "key": key, "kind": kind, "number": number,
                "revision": 1 if before is None else before["revision"] + 1,
                "prefecture_adcode": prefecture,
                "changed_by": viewer.name, "changed_at": at, "reason": reason,
            }  # fmt: skip
            connection.execute(insert(DocumentRow).values(**row))
            note_act(
                connection,
                at=at,
                viewer=viewer,
                action="document",
                subject=f"{table}:{key}"[:_SUBJECT],
                reason=reason,
                prefectures=[prefecture],
                rows_before=int(before is not None and not before["withdrawn"]),
                rows_after=int(not row["withdrawn"]),
                sha256=row["sha256"],
            )
        return _document(row)

    def documents(
        self,
        table: Table,
        key: str | None,
        viewer: Viewer,
        *,
        as_of: dt.datetime | None = None,
        include_withdrawn: bool = False,
    ) -> list[Document]:
        """Documents of a ledger row as they stand, by kind and number.

        Args:
            table: Ledger.
            key: Row; None for those of every row of the viewer.
            viewer: Who asks.
            as_of: As they stood at this moment (with a time zone); None for now.
            include_withdrawn: Also those that have been withdrawn.
        """
        last = select(
            DocumentRow.key,
            DocumentRow.kind,
            DocumentRow.number,
            func.max(DocumentRow.revision).label("revision"),
        ).where(DocumentRow.ledger == table)
        if key is not None:
            last = last.where(DocumentRow.key == key)
        if as_of is not None:
            last = last.where(DocumentRow.changed_at <= as_of)
        newest = last.group_by(DocumentRow.key, DocumentRow.kind, DocumentRow.number).subquery()
        query = (
            select(DocumentRow.__table__)
            .join(
                newest,
                (newest.c.key == DocumentRow.key)
                & (newest.c.kind == DocumentRow.kind)
                & (newest.c.number == DocumentRow.number)
                & (newest.c.revision == DocumentRow.revision),
            )
            .where(DocumentRow.ledger == table)
            .order_by(DocumentRow.key, DocumentRow.kind, DocumentRow.number)
        )
        found = self._seen(query, viewer)
        return [d for d in found if include_withdrawn or not d.withdrawn]

    def document_history(
        self, table: Table, key: str, viewer: Viewer, *, kind: DocumentKind, number: str
    ) -> list[Document]:
        """Every state of a document, newest first; empty where there is none for the viewer."""
        query = (
            select(DocumentRow.__table__)
            .where(_is(table, key, kind, number))
            .order_by(DocumentRow.revision.desc())
        )
        return self._seen(query, viewer)

    def _seen(self, query: Any, viewer: Viewer) -> list[Document]:  # noqa: ANN401 - a select
        if viewer.prefectures is not None:
            query = query.where(DocumentRow.prefecture_adcode.in_(sorted(viewer.prefectures)))
        with reading(self._engine) as connection:
            return [_document(dict(row)) for row in connection.execute(query).mappings()]

    def document_content(self, document: Document, viewer: Viewer) -> bytes:
        """The file of a state of a document, compared with its digest.

        Raises:
            UnknownDatasetError: There is no such document with a file for the viewer.
            DamagedVersionError: The file is gone or is not the one that was kept.
        """
        query = select(DocumentRow.__table__).where(
            _is(document.ledger, document.key, document.kind, document.number),
            DocumentRow.revision == document.revision,
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        label = f"{document.key} {document.number}"
        if row is None or row.file is None or not viewer.sees(row.prefecture_adcode):
            raise UnknownDatasetError(f"there is no file of {label}", values={"dataset": label})
        path = self._folder / str(row.file)
        if not path.exists() or files.digest(path) != row.sha256:
            raise DamagedVersionError(
                f"the file of {label} is gone or changed; bring it back from the backup",
                values={"dataset": label},
            )
        return path.read_bytes()


def _checked(kind: str, number: str, name: str) -> str:
    """The number of a document that may be kept."""
    wrong = ""
    if kind not in KINDS:
        wrong = f"kind {kind!r}"
    elif not number:
        wrong = "the number is empty"
    elif len(number) > _LONGEST["number"] or len(name) > _LONGEST["name"]:
        wrong = "number or file name too long"
    if wrong:
        raise _refused(number, wrong)
    return number


def _refused(number: str, detail: str) -> DocumentError:
    return DocumentError(
        f"document {number!r}: {detail}", values={"number": number, "detail": detail}
    )


def _prefecture(connection: Connection, table: Table, key: str, viewer: Viewer) -> str:
    """Prefecture of the ledger row that a document belongs to."""
    sql = LEDGERS[table]
    query = select(sql.c.prefecture_adcode).where(
        sql.c[KEY[table]] == key, sql.c.ended_at.is_(None)
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is None or not viewer.sees(found):
        raise UnknownDatasetError(f"there is no {key}", values={"dataset": key})
    return str(found)


def _is(table: str, key: str, kind: str, number: str) -> Any:  # noqa: ANN401 - an SQL condition
    return (
        (DocumentRow.ledger == table)
        & (DocumentRow.key == key)
        & (DocumentRow.kind == kind)
        & (DocumentRow.number == number)
    )


def _last(
    connection: Connection, table: str, key: str, kind: str, number: str
) -> ledgers.Record | None:
    query = (
        select(DocumentRow.__table__)
        .where(_is(table, key, kind, number))
        .order_by(DocumentRow.revision.desc())
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _state(row: ledgers.Record | None) -> Last | None:
    return None if row is None else Last(row["revision"], row["withdrawn"], row)


def _document(row: ledgers.Record) -> Document:
    return Document(
        ledger=row["ledger"],
        key=row["key"],
        kind=row["kind"],
        number=row["number"],
        revision=row["revision"],
        dated=row["dated"],
        name=row["name"],
        sha256=row["sha256"],
        size=row["size"],
        withdrawn=row["withdrawn"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        reason=row["reason"],
    )
