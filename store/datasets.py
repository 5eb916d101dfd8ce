"""Datasets: published as a whole, read by columns and window, kept for ever."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import geopandas as gpd
import pandas as pd
from sqlalchemy import select

from store import files, versions
from store.base import REFUSALS, StoreBase, checked_reason, note_act, remove
from store.engine import reading, writing
from store.errors import DamagedVersionError
from store.model import DatasetRow, VersionRow
from store.types import Bounds, Kind, Version, Viewer


class DatasetStore(StoreBase):
    """The part of the store that keeps dataset versions."""

    def commit(  # noqa: PLR0913
        self,
        dataset: str,
        frame: gpd.GeoDataFrame,
        *,
        kind: Kind,
        viewer: Viewer,
        reason: str,
        seen: int | None = None,
        demonstration: bool = False,
        passport: Mapping[str, object] | None = None,
        original: tuple[str, bytes] | None = None,
        quarantined: pd.DataFrame | None = None,
    ) -> Version:
        """Publish a new version of a dataset.

        A crash at any moment leaves the old version or the new one. The same rows with the same
        ``passport["sha256"]`` as the current version are not published twice.

        Args:
            dataset: Name: lower-case letters, digits, hyphens, Chinese characters.
            frame: n rows, EPSG:4490, with ``prefecture_adcode``; parcels conform to
                :mod:`domain.parcels`, zones have ``zone_id``.
            kind: What a row is.
            viewer: Publisher.
            reason: Why, in the publisher's words; required.
            seen: Number of the version that the publisher took for the current one, 0 for a new
                dataset; None publishes after whatever is current.
            demonstration: The rows are invented.
            passport: What is known about the origin.
            original: Name and bytes of the file as it was sent.
            quarantined: Rows that could not be taken over, kept beside the version.

        Returns:
            The new version; the current one when the same file was committed already.

        Raises:
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: Rows to write or to replace are not the viewer's.
            InvalidDatasetError: Name, CRS, columns or shapes do not fit, or no reason is given.
            SchemaError: Parcels do not have the columns of the schema.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        versions.check_name(dataset)
        reason = checked_reason(reason)
        sorted_frame = files.sort_along_curve(versions.checked(frame, kind))
        parts = files.parts_of(sorted_frame)
        viewer.require(parts)
        made: list[Path] = []
        try:
            made.append(files.write_frame(self._folder, sorted_frame))
            original_file = self._keep_original(original, made)
            quarantine_file = self._keep_quarantine(quarantined, made)
            draft = versions.Draft(
                dataset=dataset,
                kind=kind,
                file=made[0].name,
                sha256=files.digest(made[0]),
                parts=parts,
                passport=versions.plain(passport or {}),
                demonstration=demonstration,
                reason=reason,
                original=original_file,
                original_name=original[0] if original else None,
                quarantine=quarantine_file,
                quarantined=versions.rows_by_prefecture(quarantined),
            )
            number, standing = self._publish(draft, viewer, seen)
        except REFUSALS:
            remove(made)
            raise
        if standing:
            remove(made)
        self.sweep()
        return self.version(dataset, viewer, number)

    def _publish(self, draft: versions.Draft, viewer: Viewer, seen: int | None) -> tuple[int, bool]:
        """Number of the version, and whether it stood already."""
        with writing(self._engine) as connection:
            current = versions.current_row(connection, draft.dataset)
            if current is not None and versions.same(current, draft):
                return current.number, True
            at = self._clock()
            number, before = versions.publish(connection, draft, viewer=viewer, at=at, seen=seen)
            note_act(
                connection,
                at=at,
                viewer=viewer,
                action="commit",
                subject=f"{draft.dataset}@{number}",
                reason=draft.reason,
                prefectures=sorted(draft.parts),
                rows_before=before,
                rows_after=versions.rows_in(draft.parts),
                sha256=draft.sha256,
            )
        return number, False

    def _keep_original(self, original: tuple[str, bytes] | None, made: list[Path]) -> str | None:
        if original is None:
            return None
        content = original[1]
        made.append(
            files.write_file(self._folder, ".original", lambda path: path.write_bytes(content))
        )
        return made[-1].name

    def _keep_quarantine(self, rows: pd.DataFrame | None, made: list[Path]) -> str | None:
        if rows is None or rows.empty:
            return None
        made.append(files.write_table(self._folder, rows))
        return made[-1].name

    def datasets(self, viewer: Viewer, kind: Kind | None = None) -> list[Version]:
        """Current version of each dataset that holds rows of the viewer, by name."""
        query = (
            select(VersionRow.__table__)
            .join(DatasetRow.__table__, DatasetRow.name == VersionRow.dataset)
            .where(VersionRow.number == DatasetRow.current)
            .order_by(VersionRow.dataset)
        )
        if kind is not None:
            query = query.where(VersionRow.kind == kind)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = (versions.seen_by(cast("VersionRow", row), viewer) for row in rows)
        return [version for version in found if version is not None]

    def version(self, dataset: str, viewer: Viewer, number: int | None = None) -> Version:
        """One version; the current one by default.

        Raises:
            UnknownDatasetError: There is none, or none with rows of the viewer.
        """
        with reading(self._engine) as connection:
            row = versions.find(connection, dataset, number)
        version = versions.seen_by(row, viewer)
        if version is None:
            raise versions.unknown(dataset, number)
        return version

    def history(self, dataset: str, viewer: Viewer) -> list[Version]:
        """Every version of a dataset with rows of the viewer, newest first.

        Raises:
            UnknownDatasetError: There is no version with rows of the viewer.
        """
        query = (
            select(VersionRow.__table__)
            .where(VersionRow.dataset == dataset)
            .order_by(VersionRow.number.desc())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = [versions.seen_by(cast("VersionRow", row), viewer) for row in rows]
        visible = [version for version in found if version is not None]
        if not visible:
            raise versions.unknown(dataset)
        return visible

    def read(
        self,
        version: Version,
        viewer: Viewer,
        *,
        columns: list[str] | None = None,
        bbox: Bounds | None = None,
    ) -> gpd.GeoDataFrame:
        """Rows of a version that are the viewer's.

        Args:
            version: What to read.
            viewer: Who reads.
            columns: Columns besides the geometry; None for all.
            bbox: West, south, east, north in degrees; rows whose frame meets it.

        Returns:
            RangeIndex, EPSG:4490, geometry column ``geometry``, along a Hilbert curve.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
            DamagedVersionError: The version's file is gone.
            InvalidDatasetError: The version has no such column.
        """
        row = self._visible_row(version, viewer)
        path = self._folder / row.file
        if not path.exists():
            raise damaged(version)
        return files.read_frame(path, columns=columns, bbox=bbox, prefectures=viewer.prefectures)

    def _visible_row(self, version: Version, viewer: Viewer) -> VersionRow:
        with reading(self._engine) as connection:
            row = versions.find(connection, version.dataset, version.number)
        if versions.seen_by(row, viewer) is None:
            raise versions.unknown(version.dataset, version.number)
        return row

    def verify(self, version: Version, viewer: Viewer) -> None:
        """Compare a version's file with the digest written at its commit.

        Raises:
            DamagedVersionError: The file is gone or has other content.
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        row = self._visible_row(version, viewer)
        path = self._folder / row.file
        if not path.exists() or files.digest(path) != row.sha256:
            raise damaged(version)

    def original(self, version: Version, viewer: Viewer) -> tuple[str, bytes] | None:
        """Name and bytes of the file as it was sent.

        Returns:
            None when none was kept, or when it holds rows that are not the viewer's.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        row = self._visible_row(version, viewer)
        if row.original is None or not all(viewer.sees(code) for code in row.parts):
            return None
        return row.original_name or row.original, (self._folder / row.original).read_bytes()

    def quarantined(self, version: Version, viewer: Viewer) -> pd.DataFrame:
        """Rows kept apart at the commit that are the viewer's.

        Rows that name no prefecture are shown to those who may see every row of the version.

        Returns:
            RangeIndex; the columns as committed, geometry as bytes in ``geometry_wkb``.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        row = self._visible_row(version, viewer)
        if row.quarantine is None:
            return pd.DataFrame()
        rows = pd.read_parquet(self._folder / row.quarantine)
        mine = versions.hidden_rows_seen(row, viewer)
        if "prefecture_adcode" in rows:
            place = rows["prefecture_adcode"].astype("string").fillna("")
        else:
            place = pd.Series("", index=rows.index)
        return rows[place.isin(mine)].reset_index(drop=True)


def damaged(version: Version) -> DamagedVersionError:
    """The refusal for a file that is gone or not the committed one."""
    return DamagedVersionError(
        f"the file of {version.id} is gone or changed; bring it back from the backup",
        values={"dataset": version.id},
    )
