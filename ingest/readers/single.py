"""Layers of one file, whatever archive it came in."""

from __future__ import annotations

from pathlib import Path

from ingest.identify import Kind
from ingest.model import Choices, RefusedError
from ingest.readers import dxf, geojson, geopackage, kml, point_text
from ingest.readers.layer import Layer


def layers(path: Path, kind: Kind, scratch: Path, choices: Choices) -> list[Layer]:
    """Layers of a file.

    Args:
        path: The file, under a name of ours.
        kind: What it is.
        scratch: Private folder for copies.
        choices: What a person decided.

    Raises:
        RefusedError: The file is turned away as a whole.
    """
    if kind == "boundary_points":
        return [Layer("", lambda: point_text.load(path, choices), rank=1)]
    if kind == "sqlite":
        return geopackage.layers(path, scratch, choices)
    if kind == "geojson":
        return [Layer("", lambda: geojson.load(path, choices))]
    if kind == "kml":
        return kml.layers(path, choices)
    if kind == "dxf":
        return dxf.layers(path, choices)
    raise RefusedError("FIL-017")
