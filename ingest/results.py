"""Where the child leaves its results: file names that parent and child share."""

from __future__ import annotations

from pathlib import Path


def result_paths(workdir: Path) -> tuple[Path, Path, Path]:
    """Paths of the report, the accepted rows and the quarantined rows in the private folder."""
    return (
        workdir / "report.json",
        workdir / "accepted.parquet",
        workdir / "quarantined.parquet",
    )
