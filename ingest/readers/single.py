"""Layers of one file, whatever archive it came in."""

from __future__ import annotations

from pathlib import Path

from ingest.identify import Kind
from ingest.model import Choices
from ingest.readers import delimited, dxf, geojson, geopackage, kml, point_text, xlsx
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
    match kind:
        case "boundary_points":
            found = [Layer("", lambda: point_text.load(path, choices), rank=1)]
        case "sqlite":
            found = geopackage.layers(path, scratch, choices)
        case "geojson":
            found = [Layer("", lambda: geojson.load(path, choices))]
        case "kml":
            found = kml.layers(path, choices)
        case "dxf":
            found = dxf.layers(path, choices)
        case "delimited":
            found = [Layer("", lambda: delimited.load(path, choices), rank=2)]
        case "zip":
            found = xlsx.layers(path, choices)
    return found
