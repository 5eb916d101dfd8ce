"""What an accepted inspection hands over to be published."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ingest.model import Inspection, RefusedError
from ingest.passport import passport

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Delivery:
    """Rows, record and bytes of one publication.

    Attributes:
        parcels: Rows to publish, conforming to ``domain.parcels``, RangeIndex.
        quarantined: Rows kept out.
        passport: The record that stays with the version.
        original: Name and bytes as uploaded; several files are put into one archive.
    """

    parcels: gpd.GeoDataFrame
    quarantined: pd.DataFrame
    passport: dict[str, object]
    original: tuple[str, bytes]


def deliver(inspections: Sequence[Inspection]) -> Delivery:
    """Put accepted inspections together.

    Raises:
        RefusedError: One of them is not accepted, or there is none.
    """
    frames = [i.parcels for i in inspections if i.parcels is not None]
    if not frames or len(frames) < len(inspections):
        raise RefusedError("ING-002")
    kept_out = [i.quarantined for i in inspections if i.quarantined is not None]
    if len(inspections) == 1:
        only = inspections[0]
        return Delivery(frames[0], kept_out[0], passport(only), only.original)
    parts = [passport(i) for i in inspections]
    digest = hashlib.sha256("".join(i.report.sha256 for i in inspections).encode()).hexdigest()
    rows = {
        name: sum(getattr(i.report, name) for i in inspections)
        for name in ("rows_in_file", "rows_ok", "rows_quarantined")
    }
    record = {"format": 1, "sha256": digest, "parts": parts, **rows}
    return Delivery(
        parcels=pd.concat(frames, ignore_index=True),
        quarantined=pd.concat(kept_out, ignore_index=True),
        passport=record,
        original=("originals.zip", _archive(inspections)),
    )


def _archive(inspections: Sequence[Inspection]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for n, inspection in enumerate(inspections, start=1):
            name, data = inspection.original
            archive.writestr(zipfile.ZipInfo(f"{n:03d}_{name}", date_time=_FIXED_DATE), data)
    return buffer.getvalue()
