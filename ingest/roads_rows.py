"""Road lines out of an upload. Runs inside the sandbox only."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyproj import CRS

from domain.rules import load_rules
from geo.crs import CGCS2000
from ingest import crs_candidates, identify, readers
from ingest.encoding import decode_text
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import Declared, declared_by_prj, place
from ingest.readers import archives
from ingest.roads import LINES, REPORT
from ingest.source import Source
from ingest.unpack import Archive, Caps, Member

_CHUNK_ROWS: Final = 50_000
_GEOD: Final = pyproj.Geod(a=6_378_137.0, rf=298.257222101)
_PARTS: Final = (".shp", ".shx", ".prj")
_PRJ_MOST: Final = 1 << 16
_LINES: Final = (int(shapely.GeometryType.LINESTRING), int(shapely.GeometryType.LINEARRING))

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Layer:
    """Shapes of a layer in the coordinates of the file."""

    name: str
    shapes: Shapes
    declared: Declared
    dated: dt.date | None = None


def write_roads(folder: Path, name: str, *, most: int) -> None:
    """Write what ``folder/upload`` holds, or why it is turned away.

    Args:
        folder: Private folder.
        name: Name that the sender gave the file.
        most: Vertices that a network may have.
    """
    refused: dict[str, Any] | None = None
    facts: dict[str, Any] = {}
    try:
        facts = _written(folder, name, most)
    except RefusedError as error:
        plain = {k: v for k, v in error.values.items() if k != "issue"}
        refused = Finding.model_validate({"code": error.issue, "values": plain}).model_dump()
    told = json.dumps({"refused": refused, "facts": facts}, ensure_ascii=False)
    (folder / REPORT).write_text(told, encoding="utf-8")


def _written(folder: Path, name: str, most: int) -> dict[str, Any]:
    found = _read(folder, name)
    lines = _lines(found.shapes)
    count = int(shapely.get_num_coordinates(lines).sum())
    if count > most:
        raise RefusedError("ROA-003", n=count, most=most)
    today = dt.datetime.now(tz=dt.UTC).date()
    placed = place(
        crs_candidates.sample_of(lines),
        found.declared,
        dated=found.dated,
        county=None,
        choices=Choices(),
        rules=load_rules("ingest", as_of=today),
    ).evidence
    if placed.chosen is None or not placed.certain:
        raise RefusedError("ROA-002")
    degrees = crs_candidates.to_geographic(lines, placed.chosen, swapped=placed.swapped)
    degrees = degrees[np.isfinite(shapely.bounds(degrees)).all(axis=1)]
    rows = gpd.GeoDataFrame(geometry=degrees, crs=CGCS2000)
    rows.to_parquet(folder / LINES, index=False, compression="zstd")
    return {
        "layer": found.name,
        "rows": len(found.shapes),
        "lines": len(rows),
        "vertices": count,
        "length_km": round(_length_km(degrees), 3),
        "epsg": placed.chosen,
        "crs": crs_candidates.name_zh(placed.chosen),
        "crs_en": CRS.from_epsg(placed.chosen).name,
        "left_out": int((shapely.is_missing(found.shapes) | shapely.is_empty(found.shapes)).sum()),
    }


def _length_km(lines: Shapes) -> float:
    xy, of = shapely.get_coordinates(lines, return_index=True)
    same = of[1:] == of[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    _, _, metres = _GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return float(np.sum(metres)) / 1000.0


def _lines(shapes: Shapes) -> Shapes:
    """The lines of a layer, each of one part.

    Raises:
        RefusedError: It holds no line, or a shape that is none.
    """
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    parts = shapely.get_parts(there)
    parts = parts[~shapely.is_empty(parts)]
    line = np.isin(shapely.get_type_id(parts), _LINES)
    if not line.all():
        raise RefusedError("ROA-001", n=int((~line).sum()))
    if not len(parts):
        raise RefusedError("ROA-004")
    return np.asarray(shapely.force_2d(parts), dtype=object)


def _read(folder: Path, name: str) -> _Layer:
    upload = folder / "upload"
    with upload.open("rb") as file:
        kind = identify.kind_of(file.read(identify.HEAD))
    if kind == "zip" and not archives.is_document(upload):
        with Archive(upload, Caps()) as archive:
            shapefiles = [member for member in archive.members if member.suffix == ".shp"]
            if len(shapefiles) > 1:
                raise RefusedError("ROA-005", n=len(shapefiles))
            if shapefiles:
                return _shapefile(archive, shapefiles[0], folder / "shapefile")
    source = readers.load(upload, name, folder, Choices())
    if not isinstance(source, Source):
        raise RefusedError("ROA-005", n=len(source.layers))
    if not source.has_shapes:
        raise RefusedError("ROA-004")
    chunks = [chunk.geometries for chunk in source.chunks(_CHUNK_ROWS)]
    shapes = np.concatenate([*chunks, np.empty(0, dtype=object)])
    return _Layer(source.layer or name, shapes, source.declared, source.dated)


def _shapefile(archive: Archive, main: Member, folder: Path) -> _Layer:
    """Shapes of a zipped shapefile, under a name of our own and without its table."""
    folder.mkdir()
    parts = {
        member.suffix: member
        for member in archive.members
        if member.stem.casefold() == main.stem.casefold() and member.suffix in _PARTS
    }
    paths = {suffix: folder / f"roads{suffix}" for suffix in parts}
    archive.extract_all({path: parts[suffix] for suffix, path in paths.items()})
    declared = Declared()
    if ".prj" in paths:
        with paths[".prj"].open("rb") as file:
            declared = declared_by_prj(decode_text(file.read(_PRJ_MOST))[0])
    try:
        _, _, wkb, _ = pyogrio.raw.read(paths[".shp"], columns=[], force_2d=True)
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise RefusedError("FIL-003") from error
    return _Layer(main.stem, shapes, declared)
