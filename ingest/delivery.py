"""What accepted inspections hand over to be published."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from domain.schema import Kind, is_spatial
from ingest.model import Inspection, RefusedError
from ingest.passport import passport
from ingest.workdir import WorkFolder

_FIXED_DATE: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Delivery:
    """Rows, record and bytes of one publication.

    Attributes:
        kind: What a row is.
        rows: A file in the form in which the store keeps versions, or rows put together from
            several files, or records of a ledger.
        quarantined: Rows kept out.
        passport: The record that stays with the version.
        original: Name and file of the upload; several uploads are put into one archive.
        folders: Keeps the files for as long as the delivery lives.
    """

    kind: Kind
    rows: Path | gpd.GeoDataFrame | pd.DataFrame
    quarantined: pd.DataFrame
    passport: dict[str, object]
    original: tuple[str, Path]
    folders: tuple[WorkFolder | None, ...] = field(default=(), repr=False, compare=False)


def deliver(inspections: Sequence[Inspection]) -> Delivery:
    """Put accepted inspections together.

    Raises:
        RefusedError: One of them is not accepted, there is none, or they are of several kinds.
    """
    files = [i.accepted_file for i in inspections]
    kinds = {i.report.kind for i in inspections}
    if not files or None in files:
        raise RefusedError("ING-002")
    if len(kinds) > 1:
        raise RefusedError("ING-003", kinds=", ".join(sorted(kinds)))
    kind = kinds.pop()
    first = inspections[0]
    if len(inspections) == 1:
        rows = files[0] if is_spatial(kind) else first.records()
        if rows is None:
            raise RefusedError("ING-002")
        return Delivery(
            kind, rows, first.quarantined(), passport(first), first.original, (first.folder,)
        )
    return _together(inspections, kind)


def _together(inspections: Sequence[Inspection], kind: Kind) -> Delivery:
    digest = hashlib.sha256("".join(i.report.sha256 for i in inspections).encode()).hexdigest()
    counts = {
        name: sum(getattr(i.report, name) for i in inspections)
        for name in ("rows_in_file", "rows_ok", "rows_quarantined")
    }
    parts = [passport(i) for i in inspections]
    record = {"format": 2, "number": inspections[0].report.number, "sha256": digest}
    frames = [i.rows() if is_spatial(kind) else i.records() for i in inspections]
    return Delivery(
        kind=kind,
        rows=pd.concat(frames, ignore_index=True),
        quarantined=pd.concat([i.quarantined() for i in inspections], ignore_index=True),
        passport=record | {"kind": kind, "parts": parts} | counts,
        original=("originals.zip", _archive(inspections)),
        folders=tuple(i.folder for i in inspections),
    )


def _archive(inspections: Sequence[Inspection]) -> Path:
    """The uploads in one archive, beside the first of them."""
    path = inspections[0].original[1].with_name("originals.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for n, inspection in enumerate(inspections, start=1):
            name, upload = inspection.original
            entry = zipfile.ZipInfo(f"{n:03d}_{name}", date_time=_FIXED_DATE)
            with upload.open("rb") as source, archive.open(entry, "w") as target:
                while block := source.read(_CHUNK):
                    target.write(block)
    return path
