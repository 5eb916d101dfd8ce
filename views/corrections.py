"""Correction packages of versions and of uploads: the rows to mend, read again from what was sent.

No page is drawn here; the command line uses it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from domain import row_runs
from domain.passport import Passport, read
from export.correction import Fault, Package, Rows, correction_package
from export.correction_rows import NoOriginalError, SeveralFilesError, nothing_to_correct
from ingest import Choices, Finding, Inspection
from ingest.correction import marks_of, sender_fields, to_correct
from ingest.extraction import WKB, SenderRows, sender_rows
from ingest.passport import passport
from store import Store, Version, Viewer


def rows_of_version(store: Store, version: Version, viewer: Viewer) -> dict[int, list[Finding]]:
    """Rows of a version that its sender has to correct, and what is wrong with each.

    Raises:
        NoPassportError: The version was not made from an upload, or not all of it is the viewer's.
        SeveralFilesError: It was put together from several uploads.
    """
    return to_correct(_only(version), store.quarantined(version, viewer))


def package_of_version(store: Store, version: Version, viewer: Viewer) -> Package:
    """The correction package of a version.

    Raises:
        NoPassportError: See :func:`rows_of_version`.
        SeveralFilesError: See :func:`rows_of_version`.
        NoOriginalError: The file was not kept, or is not the viewer's to see.
        NothingToCorrectError: No row has an error or a warning.
    """
    record = _only(version)
    wanted = rows_of_version(store, version, viewer)
    if not wanted:
        raise nothing_to_correct(version.id)
    uploads = _Uploads(store, viewer, version, record)
    owners = uploads.owners(wanted)
    found = [
        uploads.rows(number, [row for row in wanted if owners[row] == number])
        for number in dict.fromkeys(owners.values())
    ]
    return correction_package(record, _with_faults(_together(found), wanted))


def package_of_inspection(inspection: Inspection) -> Package:
    """The correction package of an upload that is not published.

    Raises:
        NothingToCorrectError: No row has an error or a warning.
    """
    record = read(passport(inspection))[0]
    wanted = to_correct(record, inspection.quarantined())
    if not wanted:
        raise nothing_to_correct(inspection.report.name)
    name, path = inspection.original
    rows = sender_rows(path, name, inspection.choices, list(wanted))
    return correction_package(record, _with_faults(_as_sent(rows, record), wanted))


def _only(version: Version) -> Passport:
    parts = read(version.passport)
    if len(parts) > 1:
        raise SeveralFilesError(
            f"{version.id} was put together from several files", values={"dataset": version.id}
        )
    return parts[0]


@dataclass(frozen=True)
class _Uploads:
    """The uploads behind a version: the first one, then its corrections."""

    store: Store
    viewer: Viewer
    version: Version
    record: Passport

    def owners(self, wanted: Mapping[int, object]) -> dict[int, str]:
        """Passport number of the upload that a row came from last."""
        lineage = self.record.lineage or (self.record.number,)
        owner = dict.fromkeys(wanted, lineage[0])
        for number, closing in zip(lineage[1:], self.record.corrections, strict=True):
            touched = {*row_runs.unpack(closing.replaced), *row_runs.unpack(closing.added)}
            owner |= dict.fromkeys(touched & set(wanted), number)
        return owner

    def rows(self, number: str, wanted: Sequence[int]) -> Rows:
        """Rows as one upload has them."""
        version = self.version if number == self.record.number else self._by_number(number)
        record = _only(version)
        kept = self.store.original(version, self.viewer)
        if kept is None:
            raise self._missing(version.id)
        choices = Choices.model_validate(dict(record.choices))
        if not record.corrections:
            return _as_sent(sender_rows(kept[1], kept[0], choices, wanted), record)
        every = range(1, record.rows.file + 1)
        sent = sender_rows(kept[1], kept[0], choices, list(every))
        return _in_system(_of_package(sent, record, wanted), record, self.record)

    def _by_number(self, number: str) -> Version:
        found = self.store.by_passport(number, self.viewer)
        if found is None:
            raise self._missing(number)
        return found

    def _missing(self, version: str) -> NoOriginalError:
        return NoOriginalError(
            f"the file behind {version} is not to be had", values={"version": version}
        )


def _as_sent(rows: SenderRows, record: Passport, numbers: Sequence[int] | None = None) -> Rows:
    """Rows with shapes whose easting comes first."""
    shapes: npt.NDArray[np.object_] = np.empty(len(rows.frame), dtype=object)
    with np.errstate(invalid="ignore"):  # a vertex that is no number is the sender's to mend
        shapes[:] = shapely.from_wkb(rows.frame[WKB].to_numpy(dtype=object), on_invalid="ignore")
    if record.crs is not None and record.crs.swapped:
        there = ~shapely.is_missing(shapes)
        shapes[there] = shapely.transform(shapes[there], lambda xy: xy[:, ::-1])
    given = [int(row) for row in rows.frame["row"]]
    return Rows(rows.fields, numbers or given, shapes, [()] * len(given))


def _of_package(sent: SenderRows, record: Passport, wanted: Sequence[int]) -> Rows:
    """Rows of a returned package by the row numbers that they carry."""
    marks = marks_of(sent.names)
    if marks is None:
        raise NoOriginalError("a returned package lost its row numbers", values={"version": "-"})
    numbers = pd.to_numeric(sent.fields[marks.row], errors="coerce").fillna(0).astype("int64")
    at = np.flatnonzero(numbers.isin(list(wanted)))
    names = sender_fields(sent.names)
    rows = _as_sent(sent, record)
    return Rows(
        fields=rows.fields.iloc[at][list(names)].reset_index(drop=True),
        numbers=[int(n) for n in numbers.iloc[at]],
        shapes=rows.shapes[at],
        faults=[()] * len(at),
    )


def _in_system(rows: Rows, own: Passport, wanted: Passport) -> Rows:
    """Shapes in the coordinate system of the package."""
    have = own.crs.chosen if own.crs else None
    want = wanted.crs.chosen if wanted.crs else None
    if have is None or want is None or have == want:
        return rows
    moved = gpd.GeoSeries(list(rows.shapes), crs=have).to_crs(want).to_numpy()
    return replace(rows, shapes=np.asarray(moved, dtype=object))


def _together(parts: Sequence[Rows]) -> Rows:
    """Rows of several uploads in one, in the order of their numbers."""
    fields = pd.concat([part.fields for part in parts], ignore_index=True)
    numbers = [n for part in parts for n in part.numbers]
    order = np.argsort(numbers)
    shapes = np.concatenate([part.shapes for part in parts])
    return Rows(
        fields=fields.iloc[order].reset_index(drop=True),
        numbers=[numbers[i] for i in order],
        shapes=shapes[order],
        faults=[()] * len(numbers),
    )


def _with_faults(rows: Rows, wanted: Mapping[int, Sequence[Finding]]) -> Rows:
    faults = [[Fault(f.code, dict(f.values)) for f in wanted[n]] for n in rows.numbers]
    return replace(rows, faults=faults)
