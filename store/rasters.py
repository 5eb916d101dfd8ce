"""Rasters: GeoTIFF files with a row that says what their cells are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from domain.boundaries import PROVINCE_ADCODE
from store import files
from store.admission import check_name
from store.base import REFUSALS, StoreBase, checked_reason, note_act, remove
from store.engine import reading, writing
from store.model import RasterRow
from store.types import RasterInfo, Viewer


class RasterStore(StoreBase):
    """The part of the store that keeps rasters."""

    def put_raster(  # noqa: PLR0913 - each argument is a fact of its own
        self,
        name: str,
        source_file: Path,
        *,
        title: str,
        source: str,
        viewer: Viewer,
        reason: str,
        year: int | None = None,
        prefecture_adcode: str | None = None,
        legend: Mapping[int, str] | None = None,
        demonstration: bool = False,
    ) -> RasterInfo:
        """Copy a GeoTIFF into the store and register it.

        A raster of the same name is put in its place; the earlier one is kept under its number.

        Args:
            name: Unique name, in the form of a dataset name.
            source_file: GeoTIFF to copy.
            title: Chinese title.
            source: Origin and licence; shown wherever the raster is shown.
            viewer: Who registers it.
            reason: Why; required.
            year: Year that the cells show.
            prefecture_adcode: Prefecture covered; None for the whole province.
            legend: Cell value to class.
            demonstration: The cells are invented.

        Raises:
            InvalidDatasetError: The name or reason does not serve.
            OutOfScopeError: The raster covers more than the viewer's prefectures.
        """
        check_name(name)
        reason = checked_reason(reason)
        place = prefecture_adcode or PROVINCE_ADCODE
        viewer.require([place])
        path, sha256 = files.copy_in(self._folder, ".tif", source_file)
        try:
            with writing(self._engine) as connection:
                self._register(
                    connection,
                    viewer=viewer,
                    reason=reason,
                    row={
                        "name": name,
                        "file": path.name,
                        "sha256": sha256,
                        "title": title,
                        "year": year,
                        "prefecture_adcode": prefecture_adcode,
                        "source": source,
                        "demonstration": demonstration,
                        "legend": {str(k): v for k, v in (legend or {}).items()},
                    },
                )
        except REFUSALS:
            remove([path])
            raise
        return next(info for info in self.rasters(viewer) if info.name == name)

    def _register(
        self, connection: Connection, *, viewer: Viewer, reason: str, row: dict[str, object]
    ) -> None:
        at = self._moment(connection)
        query = (
            select(RasterRow.__table__)
            .where(RasterRow.name == row["name"])
            .order_by(RasterRow.number.desc())
        )
        before = connection.execute(query).first()
        if before is not None:
            viewer.require([before.prefecture_adcode or PROVINCE_ADCODE])
        number = 1 if before is None else before.number + 1
        connection.execute(
            insert(RasterRow).values(
                number=number, committed_by=viewer.name, committed_at=at, **row
            )
        )
        note_act(
            connection,
            at=at,
            viewer=viewer,
            action="raster",
            subject=row["name"],
            reason=reason,
            prefectures=[row["prefecture_adcode"] or PROVINCE_ADCODE],
            rows_before=int(before is not None),
            rows_after=1,
            sha256=row["sha256"],
        )

    def rasters(self, viewer: Viewer, *, as_of: dt.datetime | None = None) -> list[RasterInfo]:
        """Registered rasters that the viewer may see, by name.

        A raster of the whole province is shown to viewers of the whole province only.

        Args:
            viewer: Who asks.
            as_of: What was registered at this moment (with a time zone); None for now.
        """
        last = select(RasterRow.name, func.max(RasterRow.number).label("number"))
        if as_of is not None:
            last = last.where(RasterRow.committed_at <= as_of)
        newest = last.group_by(RasterRow.name).subquery()
        query = (
            select(RasterRow.__table__)
            .join(
                newest,
                (newest.c.name == RasterRow.name) & (newest.c.number == RasterRow.number),
            )
            .order_by(RasterRow.name)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            RasterInfo(
                name=row.name,
                path=self._folder / row.file,
                title=row.title,
                year=row.year,
                prefecture_adcode=row.prefecture_adcode,
                source=row.source,
                demonstration=row.demonstration,
                sha256=row.sha256,
                committed_by=row.committed_by,
                committed_at=row.committed_at,
                number=row.number,
                legend={int(k): v for k, v in row.legend.items()},
            )
            for row in rows
            if viewer.sees(row.prefecture_adcode or PROVINCE_ADCODE)
        ]
