"""A file of road lines: read in the sandbox, placed, and handed on as lines in EPSG:4490."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd

from domain.i18n import Language
from ingest import sandbox
from ingest.model import Finding
from ingest.workdir import WorkFolder

_MODULE: Final = "ingest.roads_child"
REPORT: Final = "roads.json"
LINES: Final = "roads.parquet"
_LIMITS: Final = sandbox.Limits(wall_s=120.0, cpu_s=100)


@dataclass(frozen=True)
class RoadFile:
    """What a file of roads holds.

    Attributes:
        name: File name as it was sent.
        lines: One line a row, RangeIndex, EPSG:4490; empty where the file is turned away.
        facts: ``layer``, ``rows`` in the file, ``lines``, ``vertices``, ``length_km`` of the
            ellipsoid, ``epsg`` and ``crs`` of the file, ``left_out`` (rows without a line).
        refused: Why it is turned away; None where it is not.
    """

    name: str
    lines: gpd.GeoDataFrame = field(repr=False)
    facts: dict[str, Any]
    refused: Finding | None = None

    def why(self, language: Language) -> str:
        """Why it is turned away and what to do, in words; empty where it is not."""
        return self.refused.message(language) if self.refused else ""


def read_roads(
    content: bytes | Path, name: str, *, most: int, limits: sandbox.Limits | None = None
) -> RoadFile:
    """Read a file of road lines. Nothing is saved anywhere.

    Args:
        content: The file: a zipped shapefile, a GeoPackage or GeoJSON.
        name: Name that the sender gave it.
        most: Vertices that a network may have.
        limits: What the child process may use.
    """
    folder = WorkFolder()
    upload = folder.path / "upload"
    if isinstance(content, Path):
        shutil.copyfile(content, upload)
    else:
        upload.write_bytes(content)
    try:
        sandbox.run(
            _MODULE,
            {"name": name, "most": str(most)},
            workdir=folder.path,
            limits=limits or _LIMITS,
        )
    except (sandbox.TimeLimitError, sandbox.ResourceLimitError) as error:
        finding = Finding.model_validate({"code": error.code, "values": error.values})
        return RoadFile(name, _nothing(), {}, finding)
    told = json.loads((folder.path / REPORT).read_text(encoding="utf-8"))
    if told["refused"]:
        return RoadFile(name, _nothing(), {}, Finding.model_validate(told["refused"]))
    return RoadFile(name, gpd.read_parquet(folder.path / LINES), told["facts"])


def _nothing() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[], crs=4490)
