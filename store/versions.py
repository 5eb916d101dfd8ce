"""Publishing and finding versions of datasets."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, insert, select, update

from domain import boundaries
from domain.parcels import conform
from geo.crs import CGCS2000
from store.errors import InvalidDatasetError, StaleVersionError, UnknownDatasetError
from store.model import DatasetRow, VersionRow
from store.types import Bounds, Kind, Version, Viewer

_NAME: Final = re.compile(r"[0-9a-z\u4e00-\u9fff][0-9a-z_\-\u4e00-\u9fff]{0,79}")
_NEEDED: Final[dict[Kind, tuple[str, ...]]] = {
    "parcels": (),
    "zones": ("zone_id",),
    "land_use": ("analysis_class", "area_ellipsoidal_m2"),
}


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
    original: str | None
    original_name: str | None
    quarantine: str | None
    quarantined: dict[str, int]


def check_name(dataset: str) -> None:
    """Refuse names that do not serve as part of a link.

    Raises:
        InvalidDatasetError: Not 1 to 80 lower-case letters, digits, hyphens, Chinese characters.
    """
    if not _NAME.fullmatch(dataset):
        raise InvalidDatasetError(
            f"{dataset!r} is no dataset name; use lower-case letters, digits, hyphens, Chinese",
            values={"detail": dataset},
        )


def checked(frame: gpd.GeoDataFrame, kind: Kind) -> gpd.GeoDataFrame:
    """The frame as it will be stored: typed, placed, with geometry named ``geometry``.

    Raises:
        InvalidDatasetError: Wrong CRS, no rows, missing columns, or rows without a shape.
        SchemaError: Parcels do not have the columns of ``data/schemas/parcels.csv``.
    """
    if kind not in _NEEDED:
        raise InvalidDatasetError(f"unknown kind {kind!r}", values={"detail": kind})
    if frame.crs is None or frame.crs.to_epsg() != CGCS2000:
        raise InvalidDatasetError(
            f"the frame is in {frame.crs}, not EPSG:{CGCS2000}; transform it first",
            values={"detail": str(frame.crs)},
        )
    if frame.empty:
        raise InvalidDatasetError("there is no row to store", values={"detail": "0"})
    missing = [c for c in ("prefecture_adcode", *_NEEDED[kind]) if c not in frame.columns]
    if missing:
        raise InvalidDatasetError(
            f"missing columns: {', '.join(missing)}", values={"detail": ", ".join(missing)}
        )
    shapeless = frame.geometry.isna() | frame.geometry.is_empty
    if shapeless.any():
        raise InvalidDatasetError(
            f"{int(shapeless.sum())} rows have no shape; quarantine them",
            rows=frame.index[shapeless].tolist(),
            values={"detail": int(shapeless.sum())},
        )
    _check_places(frame)
    out = conform(frame) if kind == "parcels" else frame
    if out.geometry.name != "geometry":
        out = out.rename_geometry("geometry")
    return out


def _check_places(frame: gpd.GeoDataFrame) -> None:
    """Every row belongs to a prefecture, the one of its county: who may see it hangs on this."""
    prefecture = frame["prefecture_adcode"]
    wrong = ~prefecture.isin(boundaries.layer("prefecture")["adcode"])
    if "county_adcode" in frame:
        county = frame["county_adcode"]
        wrong |= county.notna() & (county.astype("string").str[:4] + "00" != prefecture)
    wrong = wrong.fillna(value=True).astype(bool)
    if wrong.any():
        raise InvalidDatasetError(
            f"{int(wrong.sum())} rows name no prefecture, or not that of their county; "
            "quarantine them",
            rows=frame.index[wrong].tolist(),
            values={"detail": "prefecture_adcode"},
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


def find(connection: Connection, dataset: str, number: int | None) -> VersionRow:
    """A version's row.

    Raises:
        UnknownDatasetError: There is no such dataset or version.
    """
    if number is None:
        row = current_row(connection, dataset)
    else:
        query = select(VersionRow.__table__).where(
            VersionRow.dataset == dataset, VersionRow.number == number
        )
        row = cast("VersionRow | None", connection.execute(query).one_or_none())
    if row is None:
        raise unknown(dataset, number)
    return row


def unknown(dataset: str, number: int | None = None) -> UnknownDatasetError:
    """The refusal for what is absent, and equally for what is not the viewer's."""
    label = dataset if number is None else f"{dataset}@{number}"
    return UnknownDatasetError(f"there is no {label}", values={"dataset": label})
