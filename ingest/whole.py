"""Files whose polygons count together: all that a file holds, or nothing of it."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd

from ingest.model import Choices, FindingSummary, Inspection

POLYGONS: Final = Choices(kind="overlay")
"""What such a file is inspected as."""
_DIGITS: Final = 12


def whole_polygons(found: Inspection) -> gpd.GeoSeries | None:
    """All polygons of a file.

    Args:
        found: Inspection with the choices :data:`POLYGONS`.

    Returns:
        Index ``source_row``, EPSG:4490; None where a question is open, a row was kept out, or there
        is no row.
    """
    report = found.report
    if found.status != "accepted" or report.rows_quarantined or not report.rows_ok:
        return None
    rows = found.rows()
    numbers = pd.Index(rows["source_row"].to_numpy(), name="source_row")
    return gpd.GeoSeries(rows.geometry.to_numpy(), index=numbers, crs=rows.crs)


def objections(found: Inspection) -> list[FindingSummary]:
    """What stands in the way of a file that is not used: its errors, else all that was found."""
    issues = list(found.issues)
    return [one for one in issues if one.severity == "error"] or issues


def citation(found: Inspection) -> str:
    """Name of the file and the start of its checksum."""
    return f"{found.report.name} · SHA-256 {found.report.sha256[:_DIGITS]}"
