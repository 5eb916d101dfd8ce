"""Datasets: found by name, number and moment, read by columns and window."""

from __future__ import annotations

from typing import cast

import geopandas as gpd
import pandas as pd
from sqlalchemy import select

from store import admission, files, versions
from store.base import StoreBase
from store.engine import reading
from store.errors import DamagedVersionError
from store.model import DatasetRow, VersionRow
from store.types import Bounds, Kind, Version, Viewer


class DatasetStore(StoreBase):
    """The part of the store that finds and reads dataset versions."""

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
        return files.read_frame(
            path,
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
