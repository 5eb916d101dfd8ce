"""Datasets: found by name, number and moment, read by columns and window."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import cast

import geopandas as gpd
import pandas as pd
from sqlalchemy import select

from store import admission, files, versions
from store.base import StoreBase
from store.engine import reading
from store.errors import DamagedVersionError, WholeFileError
from store.model import VersionRow
from store.types import Bounds, Kind, Version, Viewer


class DatasetStore(StoreBase):
    """The part of the store that finds and reads dataset versions."""

    def datasets(
        self,
        viewer: Viewer,
        kind: Kind | None = None,
        *,
        as_of: dt.datetime | None = None,
        include_ended: bool = False,
    ) -> list[Version]:
        """The version in force of each dataset that holds rows of the viewer, by name.

        Args:
            viewer: Who asks.
            kind: Datasets of this kind only.
            as_of: What was in force at this moment (with a time zone); None for now.
            include_ended: Also datasets that have ended by then.
        """
        query = versions.listed(as_of).order_by(VersionRow.dataset)
        if kind is not None:
            query = query.where(VersionRow.kind == kind)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = (versions.seen_by(cast("VersionRow", row), viewer) for row in rows)
        return [v for v in found if v is not None and (include_ended or v.ended_at is None)]

    def version(
        self,
        dataset: str,
        viewer: Viewer,
        number: int | None = None,
        *,
        as_of: dt.datetime | None = None,
    ) -> Version:
        """One version; the one in force by default.

        Args:
            dataset: Name.
            viewer: Who asks.
            number: Running number; any version can be had by it, for ever.
            as_of: What was in force at this moment (with a time zone), when no number is given.

        Raises:
            UnknownDatasetError: There is none, or none with rows of the viewer.
            EndedDatasetError: No number is given and the dataset has ended.
        """
        with reading(self._engine) as connection:
            row = versions.find(connection, dataset, number, as_of)
        version = versions.seen_by(row, viewer)
        if version is None:
            raise versions.unknown(dataset, number)
        if number is None and version.ended_at is not None:
            raise versions.ended(version)
        return version

    def history(self, dataset: str, viewer: Viewer) -> list[Version]:
        """Every version of a dataset with rows of the viewer, newest first.

        Raises:
            UnknownDatasetError: There is no version with rows of the viewer.
        """
        query = versions.numbered(dataset).order_by(VersionRow.number.desc())
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = [versions.seen_by(cast("VersionRow", row), viewer) for row in rows]
        visible = [version for version in found if version is not None]
        if not visible:
            raise versions.unknown(dataset)
        return visible

    def by_passport(self, number: str, viewer: Viewer) -> Version | None:
        """The version that an upload became, found by the number of its passport.

        Returns:
            The first version with that number and rows of the viewer; None where there is none.
        """
        query = (
            select(VersionRow.dataset, VersionRow.number)
            .where(VersionRow.passport_number == number, VersionRow.restores.is_(None))
            .order_by(VersionRow.committed_at, VersionRow.number)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
            rows = [versions.find(connection, dataset, count) for dataset, count in found]
        visible = (versions.seen_by(row, viewer) for row in rows)
        return next((version for version in visible if version is not None), None)

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
        return files.read_frame(
            self._file(version, viewer),
            columns=columns,
            bbox=bbox,
            prefectures=viewer.prefectures,
            dtypes=admission.dtypes_of(version.kind),
        )

    def _visible_row(self, version: Version, viewer: Viewer) -> VersionRow:
        with reading(self._engine) as connection:
            row = versions.find(connection, version.dataset, version.number)
        if versions.seen_by(row, viewer) is None:
            raise versions.unknown(version.dataset, version.number)
        return row

    def _file(self, version: Version, viewer: Viewer) -> Path:
        """The file of a version that holds rows of the viewer, among others perhaps."""
        path = self._folder / self._visible_row(version, viewer).file
        if not path.exists():
            raise damaged(version)
        return path

    def whole_file(self, version: Version, viewer: Viewer) -> Path:
        """The GeoParquet file of a version, for kernels that read row groups themselves.

        Args:
            version: What to read.
            viewer: Who reads.

        Returns:
            Absolute path, which nobody may write to. Workers on other machines need the folder of
            the store under the same path.

        Raises:
            WholeFileError: The viewer may see a part of the rows only.
            UnknownDatasetError: There is no such version with rows of the viewer.
            DamagedVersionError: The version's file is gone.
        """
        path = self._file(version, viewer)
        if viewer.prefectures is not None:
            raise WholeFileError(
                f"{viewer.name} may see a part of {version.id} only, but its file holds all rows",
                values={"viewer": viewer.name, "dataset": version.id},
            )
        return path.absolute()

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

    def original_name(self, version: Version, viewer: Viewer) -> str | None:
        """Name of the file as it was sent, without reading it.

        Returns:
            None where :meth:`original` gives None.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        row = self._visible_row(version, viewer)
        if row.original is None or not all(viewer.sees(code) for code in row.parts):
            return None
        return row.original_name or row.original

    def original(self, version: Version, viewer: Viewer) -> tuple[str, bytes] | None:
        """Name and bytes of the file as it was sent.

        Returns:
            None when none was kept, or when it holds rows that are not the viewer's.

        Raises:
            UnknownDatasetError: There is no such version with rows of the viewer.
        """
        name = self.original_name(version, viewer)
        stored = self._visible_row(version, viewer).original
        if name is None or stored is None:
            return None
        return name, (self._folder / stored).read_bytes()

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
