"""Small layers of squares, written as offices write them, and what an inspection says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import geopandas as gpd
import shapely

from domain.i18n import LANGUAGES
from domain.schema import is_spatial
from ingest import Inspection
from ingest.model import Choices, Job
from ingest.pipeline import inspect_file
from ingest.workdir import WorkFolder
from scripts.build_samples import archive, shapefile_parts

EAST, NORTH = 39_391_000.0, 3_158_500.0
ZONE_39 = 4527
DAY = dt.date(2024, 7, 1)


def square(i: int = 0, *, size: float = 100.0) -> shapely.Polygon:
    """A square in zone 39 (EPSG:4527), well away from the others and from every county line."""
    west = EAST + 300.0 * i
    return shapely.box(west, NORTH, west + size, NORTH + size)


def squares(n: int) -> list[shapely.Polygon]:
    """The first n squares; each has 10,000 m2 in the plane."""
    return [square(i) for i in range(n)]


def layer(
    shapes: Sequence[shapely.Geometry | None],
    columns: Mapping[str, Sequence[object]] | None = None,
    *,
    epsg: int = ZONE_39,
    encoding: str = "UTF-8",
    cpg: bool = True,
    **replaced: bytes,
) -> bytes:
    """A zipped shapefile with its system and, unless told otherwise, its encoding declared.

    Args:
        shapes: Shapes in zone 39; they are transformed into ``epsg``.
        columns: Fields; numbers of the parcels by default.
        epsg: System of the file.
        encoding: Encoding of its table.
        cpg: Whether it says so.
        **replaced: Parts to put in as they are, by suffix without the dot.
    """
    fields = columns or {"DKBH": [f"P{i}" for i in range(1, len(shapes) + 1)]}
    frame = gpd.GeoDataFrame(dict(fields), geometry=list(shapes), crs=ZONE_39).to_crs(epsg)
    parts = shapefile_parts(frame, encoding=encoding)
    if not cpg:
        del parts[".cpg"]
    parts |= {f".{suffix}": data for suffix, data in replaced.items()}
    return archive({f"a{suffix}": data for suffix, data in parts.items()})


def look(data: bytes, *, name: str = "a.zip", **choices: object) -> Inspection:
    """Inspect in this process and see that rows and words are in order."""
    folder = WorkFolder()
    path = folder.path / "upload"
    path.write_bytes(data)
    asked = Choices.model_validate(choices)
    job = Job(source=str(path), name=name, workdir=str(folder.path), choices=asked, as_of=DAY)
    shares: list[float] = []
    report = inspect_file(job, lambda _, share: shares.append(share))
    assert all(0.0 <= share <= 1.0 for share in shares)
    found = Inspection(report, asked, original=(name, path), folder=folder)
    if found.status == "accepted":
        assert report.rows_in_file == report.rows_ok + report.rows_quarantined
        assert len(found.quarantined()) == report.rows_quarantined
        rows = found.rows() if is_spatial(report.kind) else found.records()
        assert len(rows) == report.rows_ok
    else:
        assert found.accepted_file is None
    for issue in found.issues:
        texts = [issue.message(language) for language in LANGUAGES]
        assert all(text and "{" not in text and "}" not in text for text in texts), texts
        assert texts[0] != texts[1]
    return found


def told(found: Inspection) -> dict[str, tuple[str, list[int]]]:
    """Severity and rows by code; no row where the file is meant."""
    return {issue.code: (issue.severity, list(issue.rows)) for issue in found.issues}
