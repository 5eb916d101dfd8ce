"""Publishing: from a frame or a finished file to a version, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from store import admission, files, versions
from store.base import REFUSALS, checked_reason, note_act, remove
from store.datasets import DatasetStore
from store.engine import writing
from store.errors import InvalidDatasetError, InvalidFileError
from store.types import Kind, Version, Viewer


class PublishingStore(DatasetStore):
    """The part of the store that publishes dataset versions."""

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
        original: tuple[str, bytes | Path] | None = None,
        quarantined: pd.DataFrame | Path | None = None,
    ) -> Version:
        """Publish a new version of a dataset.

        A crash at any moment leaves the old version or the new one. The same rows with the same
        ``passport["sha256"]`` as the current version are not published twice.

        Args:
            dataset: Name: lower-case letters, digits, hyphens, Chinese characters.
            frame: n rows, EPSG:4490, with ``prefecture_adcode`` and the columns that
                :mod:`domain.schema` requires of the kind.
            kind: What a row is.
            viewer: Publisher.
            reason: Why, in the publisher's words; required.
            seen: Number of the version that the publisher took for the current one, 0 for a new
                dataset; None publishes after whatever is current.
            demonstration: The rows are invented.
            passport: What is known about the origin.
            original: Name and content of the file as it was sent.
            quarantined: Rows that could not be taken over, kept beside the version; a path names
                a Parquet file of them.

        Returns:
            The new version; the current one when the same file was committed already.

        Raises:
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: Rows to write or to replace are not the viewer's.
            InvalidDatasetError: Name, CRS, columns or shapes do not fit, or no reason is given.
            SchemaError: The columns are not those of the kind.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        admission.check_name(dataset)
        checked_reason(reason)
        sorted_frame = files.sort_along_curve(admission.checked(frame, kind))
        parts = files.parts_of(sorted_frame)
        viewer.require(parts)
        made = [files.write_frame(self._folder, sorted_frame)]
        draft = versions.Draft(
            dataset=dataset,
            kind=kind,
            file=made[0].name,
            sha256=files.digest(made[0]),
            parts=parts,
            passport=versions.plain(passport or {}),
            demonstration=demonstration,
            reason=reason.strip(),
        )
        return self._finish(draft, made, viewer, seen, original, quarantined)

    def commit_file(  # noqa: PLR0913
        self,
        dataset: str,
        path: Path,
        *,
        kind: Kind,
        viewer: Viewer,
        reason: str,
        seen: int | None = None,
        demonstration: bool = False,
        passport: Mapping[str, object] | None = None,
        original: tuple[str, bytes | Path] | None = None,
        quarantined: pd.DataFrame | Path | None = None,
    ) -> Version:
        """Publish a file that is in the final form of a version already.

        The file is copied into the store (never linked: whoever still holds it open could change
        a version), digested on the way, and checked there; no geometry is loaded.

        Args:
            dataset: As for :meth:`commit`, like everything that is not named here.
            path: GeoParquet 1.1, EPSG:4490, zstd, sorted along a Hilbert curve, with a ``bbox``
                covering and every column of the kind; row groups of at most 100,000 rows.
            kind: What a row is.
            viewer: Publisher.
            reason: Why.
            seen: Number of the version that the publisher took for the current one.
            demonstration: The rows are invented.
            passport: What is known about the origin.
            original: Name and content of the file as it was sent.
            quarantined: Rows that could not be taken over.

        Returns:
            The new version; the current one when the same file was committed already.

        Raises:
            InvalidFileError: The file is not in that form.
            InvalidDatasetError: It has rows without a shape or a prefecture.
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: Rows to write or to replace are not the viewer's.
            StoreBusyError: Another writer kept the catalogue locked.
        """
        admission.check_name(dataset)
        checked_reason(reason)
        admission.check_kind(kind)
        copy, sha256 = files.copy_in(self._folder, ".parquet", path)
        made = [copy]
        try:
            parts = admission.inspected(copy, kind)
            viewer.require(parts)
        except (*REFUSALS, InvalidDatasetError):
            remove(made)
            raise
        draft = versions.Draft(
            dataset=dataset,
            kind=kind,
            file=copy.name,
            sha256=sha256,
            parts=parts,
            passport=versions.plain(passport or {}),
            demonstration=demonstration,
            reason=reason.strip(),
        )
        return self._finish(draft, made, viewer, seen, original, quarantined)

    def _finish(
        self,
        draft: versions.Draft,
        made: list[Path],
        viewer: Viewer,
        seen: int | None,
        original: tuple[str, bytes | Path] | None,
        quarantined: pd.DataFrame | Path | None,
    ) -> Version:
        """Put what belongs to a version beside its file, then write its row."""
        try:
            if original is not None:
                made.append(files.keep(self._folder, ".original", original[1]))
                draft = replace(draft, original=made[-1].name, original_name=original[0])
            draft = self._with_quarantine(draft, quarantined, made)
            number, standing = self._publish(draft, viewer, seen)
        except (*REFUSALS, InvalidFileError):
            remove(made)
            raise
        if standing:
            remove(made)
        self.sweep()
        return self.version(draft.dataset, viewer, number)

    def _with_quarantine(
        self, draft: versions.Draft, rows: pd.DataFrame | Path | None, made: list[Path]
    ) -> versions.Draft:
        if rows is None:
            return draft
        if isinstance(rows, Path):
            counts = versions.rows_in_file_by_prefecture(rows)
            if counts:
                made.append(files.keep(self._folder, ".quarantine.parquet", rows))
        else:
            counts = versions.rows_by_prefecture(rows)
            if counts:
                made.append(files.write_table(self._folder, rows))
        return replace(draft, quarantine=made[-1].name, quarantined=counts) if counts else draft

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
