"""Publishing and finding versions of datasets."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Select, func, insert, select, update

from store.errors import EndedDatasetError, InvalidFileError, StaleVersionError, UnknownDatasetError
from store.model import DatasetRow, EndingRow, VersionRow
from store.types import Bounds, Kind, Version, Viewer


@dataclass(frozen=True)
class Draft:
    """A version whose files lie on disk and whose row is still to be written."""

    dataset: str
    kind: Kind
    file: str
    sha256: str
    parts: dict[str, list[float]]
    passport: dict[str, Any]
    demonstration: bool
    reason: str
    original: str | None = None
    original_name: str | None = None
    quarantine: str | None = None
    quarantined: dict[str, int] = field(default_factory=dict)
    passport_number: str | None = None
    restores: int | None = None


def drafted(source: VersionRow, reason: str) -> Draft:
    """A draft with the content of a version that was published once."""
    return Draft(
        dataset=source.dataset,
        kind=cast("Kind", source.kind),
        file=source.file,
        sha256=source.sha256,
        parts=source.parts,
        passport=source.passport,
        demonstration=source.demonstration,
        reason=reason,
        original=source.original,
        original_name=source.original_name,
        quarantine=source.quarantine,
        quarantined=source.quarantined,
        passport_number=source.passport_number,
        restores=source.number,
    )


def plain(values: Mapping[str, object]) -> dict[str, Any]:
    """A passport as JSON keeps it: dates and paths become text."""
    return cast("dict[str, Any]", json.loads(json.dumps(dict(values), default=str)))


def rows_by_prefecture(rows: pd.DataFrame | None) -> dict[str, int]:
    """Number of quarantined rows of each prefecture; the empty code where none is named."""
    if rows is None or rows.empty:
        return {}
    if "prefecture_adcode" not in rows:
        return {"": len(rows)}
    counts = rows["prefecture_adcode"].fillna("").value_counts()
    return {str(code): int(n) for code, n in counts.items()}


def rows_in_file_by_prefecture(path: Path) -> dict[str, int]:
    """:func:`rows_by_prefecture` of a Parquet file of quarantined rows.

    Raises:
        InvalidFileError: It is no Parquet file.
    """
    try:
        if "prefecture_adcode" not in pq.read_schema(path).names:
            count = pq.read_metadata(path).num_rows
            return {"": count} if count else {}
        return rows_by_prefecture(pd.read_parquet(path, columns=["prefecture_adcode"]))
    except pa.ArrowException as err:
        raise InvalidFileError(
            f"the quarantined rows are no Parquet file: {err}", values={"detail": str(err)}
        ) from err


def current_row(connection: Connection, dataset: str) -> VersionRow | None:
    """The current version's row, None for an unknown dataset."""
    query = (
        select(VersionRow.__table__)
        .join(DatasetRow.__table__, DatasetRow.name == VersionRow.dataset)
        .where(VersionRow.dataset == dataset, VersionRow.number == DatasetRow.current)
    )
    return cast("VersionRow | None", connection.execute(query).one_or_none())


def publish(
    connection: Connection, draft: Draft, *, viewer: Viewer, at: dt.datetime, seen: int | None
) -> tuple[int, int]:
    """Write a version's row and make it the current one.

    Args:
        connection: Transaction that holds the write lock.
        draft: Version whose files are on disk.
        viewer: Publisher.
        at: Moment, UTC.
        seen: Number that the publisher took for the current one, 0 for a new dataset; None
            publishes after whatever is current.

    Returns:
        Number of the new version, and rows of the one before.

    Raises:
        StaleVersionError: Another version than ``seen`` is current.
        OutOfScopeError: The current version holds rows that are not the viewer's to replace.
    """
    before = current_row(connection, draft.dataset)
    current = before.number if before is not None else 0
    if before is not None:
        viewer.require(before.parts)
    number = current + 1
    if seen is not None and seen != current:
        raise _stale(draft.dataset, seen, before)
    if before is None:
        connection.execute(insert(DatasetRow).values(name=draft.dataset, current=number))
    else:
        swapped = connection.execute(
            update(DatasetRow)
            .where(DatasetRow.name == draft.dataset, DatasetRow.current == current)
            .values(current=number)
        )
        if swapped.rowcount != 1:  # a database without one writer at a time
            raise _stale(draft.dataset, current, before)
    connection.execute(
        insert(VersionRow).values(
            **vars(draft), number=number, committed_by=viewer.name, committed_at=at
        )
    )
    return number, rows_in(before.parts) if before is not None else 0


def end(
    connection: Connection,
    dataset: str,
    *,
    viewer: Viewer,
    at: dt.datetime,
    reason: str,
    seen: int,
) -> VersionRow:
    """Write that a dataset ends with its current version.

    Args:
        connection: Transaction that holds the write lock.
        dataset: Name.
        viewer: Who ends it.
        at: Moment, UTC.
        reason: Why.
        seen: Number that the viewer took for the current one.

    Returns:
        The row of the last version.

    Raises:
        UnknownDatasetError: There is no such dataset.
        StaleVersionError: Another version than ``seen`` is current.
        OutOfScopeError: The current version holds rows that are not the viewer's.
        EndedDatasetError: The dataset has ended already.
    """
    row = find(connection, dataset, None)
    viewer.require(row.parts)
    if row.number != seen:
        raise _stale(dataset, seen, row)
    if is_ended(connection, row):
        last = seen_by(row, viewer)
        raise ended(last) if last is not None else unknown(dataset)
    connection.execute(
        insert(EndingRow).values(
            dataset=dataset, number=row.number, ended_at=at, ended_by=viewer.name, reason=reason
        )
    )
    return row


def same(current: VersionRow, draft: Draft) -> bool:
    """Whether a draft is the current version again: same upload, same rows."""
    upload = draft.passport.get("sha256")
    return (
        upload is not None
        and upload == current.passport.get("sha256")
        and draft.sha256 == current.sha256
    )


def _stale(dataset: str, seen: int, current: VersionRow | None) -> StaleVersionError:
    if current is None:
        return StaleVersionError(
            f"{dataset} does not exist, so version {seen} cannot be its current one",
            values={"dataset": dataset, "seen": seen, "current": 0, "who": "-", "when": "-"},
        )
    when = current.committed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return StaleVersionError(
        f"{current.committed_by} published {dataset}@{current.number} at {when}; "
        f"you saw @{seen}: look at the difference, then publish again",
        values={
            "dataset": dataset,
            "seen": seen,
            "current": current.number,
            "who": current.committed_by,
            "when": when,
        },
    )


def rows_in(parts: Mapping[str, list[float]]) -> int:
    """Rows of all the prefectures given."""
    return int(sum(part[0] for part in parts.values()))


def listed(as_of: dt.datetime | None) -> Select[Any]:
    """Query of the version in force of each dataset, with ``ended_at`` where it has ended.

    Args:
        as_of: Moment to look back to; None for now.
    """
    ended = EndingRow.ended_at.label("ended_at")
    same = (EndingRow.dataset == VersionRow.dataset) & (EndingRow.number == VersionRow.number)
    if as_of is None:
        return (
            select(VersionRow.__table__, ended)
            .join(DatasetRow, DatasetRow.name == VersionRow.dataset)
            .outerjoin(EndingRow, same)
            .where(VersionRow.number == DatasetRow.current)
        )
    last = (
        select(VersionRow.dataset, func.max(VersionRow.number).label("number"))
        .where(VersionRow.committed_at <= as_of)
        .group_by(VersionRow.dataset)
        .subquery()
    )
    return (
        select(VersionRow.__table__, ended)
        .join(last, (last.c.dataset == VersionRow.dataset) & (last.c.number == VersionRow.number))
        .outerjoin(EndingRow, same & (EndingRow.ended_at <= as_of))
    )


def numbered(dataset: str) -> Select[Any]:
    """Query of every version of a dataset, with ``ended_at`` where the dataset ended with it."""
    same = (EndingRow.dataset == VersionRow.dataset) & (EndingRow.number == VersionRow.number)
    return (
        select(VersionRow.__table__, EndingRow.ended_at.label("ended_at"))
        .outerjoin(EndingRow, same)
        .where(VersionRow.dataset == dataset)
    )


def is_ended(connection: Connection, row: VersionRow) -> bool:
    """Whether a dataset ended with a version."""
    query = select(EndingRow.number).where(
        EndingRow.dataset == row.dataset, EndingRow.number == row.number
    )
    return connection.execute(query).first() is not None


def seen_by(row: VersionRow, viewer: Viewer) -> Version | None:
    """A version as the viewer may see it; None when no row is theirs."""
    parts = {code: part for code, part in row.parts.items() if viewer.sees(code)}
    if not parts:
        return None
    everything = len(parts) == len(row.parts)
    passport = (
        row.passport
        if everything
        else {k: v for k, v in row.passport.items() if not isinstance(v, list | dict)}
    )
    return Version(
        dataset=row.dataset,
        number=row.number,
        kind=cast("Kind", row.kind),
        rows=rows_in(parts),
        sha256=row.sha256,
        committed_by=row.committed_by,
        reason=row.reason,
        committed_at=row.committed_at,
        demonstration=row.demonstration,
        passport=dict(passport),
        bounds=_frame(parts),
        has_original=everything and row.original is not None,
        quarantined=sum(row.quarantined[code] for code in hidden_rows_seen(row, viewer)),
        restores=row.restores,
        ended_at=getattr(row, "ended_at", None),
    )


def hidden_rows_seen(row: VersionRow, viewer: Viewer) -> list[str]:
    """Codes of a version's quarantined rows that the viewer may see.

    The empty code, of rows that name no prefecture, only with every row of the version.
    """
    everything = all(viewer.sees(code) for code in row.parts)
    return [code for code in row.quarantined if (viewer.sees(code) if code else everything)]


def _frame(parts: Mapping[str, list[float]]) -> Bounds:
    west, south, east, north = zip(*(part[1:] for part in parts.values()), strict=True)
    return min(west), min(south), max(east), max(north)


def find(
    connection: Connection, dataset: str, number: int | None, as_of: dt.datetime | None = None
) -> VersionRow:
    """A version's row: by number, or the one in force at a moment.

    Raises:
        UnknownDatasetError: There is no such dataset or version.
    """
    if number is None:
        query = listed(as_of).where(VersionRow.dataset == dataset)
    else:
        query = numbered(dataset).where(VersionRow.number == number)
    row = cast("VersionRow | None", connection.execute(query).one_or_none())
    if row is None:
        raise unknown(dataset, number)
    return row


def unknown(dataset: str, number: int | None = None) -> UnknownDatasetError:
    """The refusal for what is absent, and equally for what is not the viewer's."""
    label = dataset if number is None else f"{dataset}@{number}"
    return UnknownDatasetError(f"there is no {label}", values={"dataset": label})


def ended(version: Version) -> EndedDatasetError:
    """The refusal for a dataset that is no longer in force."""
    when = version.ended_at.astimezone().strftime("%Y-%m-%d %H:%M") if version.ended_at else "-"
    return EndedDatasetError(
        f"{version.dataset} ended at {when}; its last version is {version.id}",
        values={"dataset": version.dataset, "when": when, "last": version.id},
    )
