"""Publishing: from a frame or a finished file to a version, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from store import admission, files, versions
from store.base import REFUSALS, checked_reason, note_act, remove
from store.datasets import DatasetStore
from store.engine import writing
from store.errors import InvalidDatasetError, NothingToUndoError, StoreError
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
        except StoreError:
            remove(made)
            raise
        try:
            number, standing = self._publish(draft, viewer, seen, action="commit")
        except REFUSALS:
            remove(made)
            raise
        if standing:
            remove(made)
        # The version stands: what the sweep meets must not look like a refusal of it.
        with suppress(StoreError):
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

    def _publish(
        self, draft: versions.Draft, viewer: Viewer, seen: int | None, *, action: str
    ) -> tuple[int, bool]:
        """Number of the version, and whether it stood already."""
        named = draft.passport.get("number")
        draft = replace(draft, passport_number=None if named is None else str(named)[:80])
        with writing(self._engine) as connection:
            current = versions.current_row(connection, draft.dataset)
            if (
                current is not None
                and versions.same(current, draft)
                and not versions.is_ended(connection, current)
            ):
                return current.number, True
            at = self._moment(connection)
            number, before = versions.publish(connection, draft, viewer=viewer, at=at, seen=seen)
            note_act(
                connection,
                at=at,
                viewer=viewer,
                action=action,
                subject=f"{draft.dataset}@{number}",
                reason=draft.reason,
                prefectures=sorted(draft.parts),
                rows_before=before,
                rows_after=versions.rows_in(draft.parts),
                sha256=draft.sha256,
            )
        return number, False

    def undo(
        self, dataset: str, *, viewer: Viewer, reason: str, seen: int | None = None
    ) -> Version:
        """Take back the last act on a dataset, by publishing what was in force before it.

        An ended dataset comes back as it ended. Undoing twice brings back what was undone.

        Args:
            dataset: Name.
            viewer: Who undoes.
            reason: Why; required.
            seen: Number of the version that the viewer took for the current one.

        Returns:
            The new version; nothing that was published goes away.

        Raises:
            NothingToUndoError: The dataset has one version only.
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: Rows to bring back or to replace are not the viewer's.
            DamagedVersionError: The file of the version to bring back is gone or changed.
            UnknownDatasetError: There is no such dataset for the viewer.
        """
        reason = checked_reason(reason)
        last = self.history(dataset, viewer)[0]
        if seen is None:
            seen = last.number
        number = last.number if last.ended_at is not None else last.number - 1
        if number == 0:
            raise NothingToUndoError(
                f"{last.id} is the first version; end the dataset instead",
                values={"dataset": dataset},
            )
        return self._bring_back(dataset, number, viewer, reason, seen, action="undo")

    def restore_version(
        self, dataset: str, number: int, *, viewer: Viewer, reason: str, seen: int | None = None
    ) -> Version:
        """Publish the content of an earlier version again.

        Args:
            dataset: Name.
            number: Version whose content comes back.
            viewer: Who restores.
            reason: Why; required.
            seen: Number of the version that the viewer took for the current one; None publishes
                after whatever is current.

        Returns:
            The new version; it shares the file of the one restored.

        Raises:
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: Rows to bring back or to replace are not the viewer's.
            DamagedVersionError: The file of the version to bring back is gone or changed.
            UnknownDatasetError: There is no such version for the viewer.
        """
        reason = checked_reason(reason)
        return self._bring_back(dataset, number, viewer, reason, seen, action="restore")

    def _bring_back(
        self,
        dataset: str,
        number: int,
        viewer: Viewer,
        reason: str,
        seen: int | None,
        *,
        action: str,
    ) -> Version:
        earlier = self.version(dataset, viewer, number)
        self.verify(earlier, viewer)
        draft = versions.drafted(self._visible_row(earlier, viewer), reason)
        viewer.require(draft.parts)
        made, _ = self._publish(draft, viewer, seen, action=action)
        return self.version(dataset, viewer, made)

    def end(self, dataset: str, *, viewer: Viewer, reason: str, seen: int | None = None) -> Version:
        """Take a dataset out of force. Its versions stay; a new version puts it back into force.

        Args:
            dataset: Name.
            viewer: Who ends it.
            reason: Why; required.
            seen: Number of the version that the viewer took for the current one.

        Returns:
            The last version, with ``ended_at``.

        Raises:
            EndedDatasetError: It has ended already.
            StaleVersionError: Another version than ``seen`` is current.
            OutOfScopeError: It holds rows that are not the viewer's.
            UnknownDatasetError: There is no such dataset for the viewer.
        """
        reason = checked_reason(reason)
        number = self.version(dataset, viewer).number
        with writing(self._engine) as connection:
            at = self._moment(connection)
            row = versions.end(
                connection, dataset, viewer=viewer, at=at, reason=reason, seen=seen or number
            )
            note_act(
                connection,
                at=at,
                viewer=viewer,
                action="end",
                subject=f"{dataset}@{row.number}",
                reason=reason,
                prefectures=sorted(row.parts),
                rows_before=versions.rows_in(row.parts),
                rows_after=0,
                sha256=row.sha256,
            )
        return self.version(dataset, viewer, row.number)
