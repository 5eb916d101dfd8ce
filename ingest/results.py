"""Where the child leaves its results: file names that parent and child share."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Results(NamedTuple):
    """Paths of the results in the private folder.

    Attributes:
        report: Everything but the rows, as JSON.
        accepted: Rows for the store: GeoParquet in its final form, or Parquet of a ledger.
        quarantined: Rows kept out, Parquet.
        preview: Shapes that may be shown but not analysed, GeoParquet.
    """

    report: Path
    accepted: Path
    quarantined: Path
    preview: Path


def result_paths(workdir: Path) -> Results:
    """Paths of the results in a private folder."""
    return Results(
        workdir / "report.json",
        workdir / "accepted.parquet",
        workdir / "quarantined.parquet",
        workdir / "preview.parquet",
    )
