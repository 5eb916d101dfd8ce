"""KML: one pass of a plain parser that stops at the first sign of a document type.

No link is followed and no entity is known, so nothing but the file itself is ever read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from xml.parsers import expat

import numpy as np
import pandas as pd
import shapely

from ingest.evidence import EncodingEvidence
from ingest.model import Choices, Finding, RefusedError
from ingest.placing import declared_by_prj
from ingest.readers.json_columns import column
from ingest.readers.layer import Layer
from ingest.readers.names import unique
from ingest.readers.point_text import text_of
from ingest.readers.whole import Rows, whole
from ingest.source import Source

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_DEEPEST: Final = 200
_LONGEST: Final = 4000
_CONTAINERS: Final = frozenset({"Document", "Folder"})


@dataclass
class _Place:
    """A placemark while it is read."""

    fields: dict[str, str] = field(default_factory=dict)
    polygons: list[list[str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    has_shape: bool = False


@dataclass
class _Container:
    """A document or folder."""

    name: str = ""
    places: list[_Place] = field(default_factory=list)


class _Reader:
    """Collects the placemarks of a document."""

    def __init__(self) -> None:
        self.containers: list[_Container] = [_Container()]
        self.links = 0
        self._open = [self.containers[0]]
        self._path: list[str] = []
        self._text: list[str] = []
        self._place: _Place | None = None
        self._key = ""

    def parse(self, text: str) -> None:
        """Read a whole document.

        Raises:
            RefusedError: It has a document type, is not well-formed, or is nested without end.
        """
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003 - takes no name
        except expat.ExpatError as err:
            raise RefusedError("VEC-009", line=err.lineno) from err

    @staticmethod
    def _doctype(*_: object) -> None:
        raise RefusedError("VEC-010")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        name = full.rpartition(" ")[2]
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise RefusedError("VEC-009", line=0)
        self._text.clear()
        if name in _CONTAINERS:
            self.containers.append(_Container())
            self._open.append(self.containers[-1])
        elif name == "Placemark":
            self._place = _Place()
        elif name == "NetworkLink":
            self.links += 1
        elif self._place is not None:
            if name == "Polygon":
                self._place.polygons.append([])
                self._place.has_shape = True
            elif name in {"Data", "SimpleData"}:
                self._key = attributes.get("name", "")

    def _end(self, full: str) -> None:
        name = full.rpartition(" ")[2]
        self._path.pop()
        text = "".join(self._text).strip()
        self._text.clear()
        if name in _CONTAINERS:
            self._open.pop()
        elif name == "Placemark" and self._place is not None:
            self._open[-1].places.append(self._place)
            self._place = None
        elif name == "name" and self._path and self._path[-1] in _CONTAINERS:
            self._open[-1].name = text[:80]
        elif self._place is not None:
            self._in_place(self._place, name, text)

    def _in_place(self, place: _Place, name: str, text: str) -> None:
        """Take a piece of a placemark."""
        parent = self._path[-1] if self._path else ""
        if name == "coordinates":
            if "Polygon" in self._path and place.polygons:
                place.polygons[-1].append(text)
            else:
                place.others.append(text)
                place.has_shape = True
        elif parent == "Placemark" and name in {"name", "description"}:
            place.fields[name] = text[:_LONGEST]
        elif name == "SimpleData" or (name == "value" and parent == "Data"):
            place.fields[self._key] = text[:_LONGEST]


def layers(path: Path, choices: Choices) -> list[Layer]:
    """Layers of a KML: the documents and folders that hold placemarks.

    Raises:
        RefusedError: It is too large, damaged, or has a document type.
    """
    text, encoding, findings = text_of(path, choices)
    reader = _Reader()
    reader.parse(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1))
    if reader.links:
        findings.append(Finding(code="VEC-011", values={"n": reader.links}))
    filled = [c for c in reader.containers if c.places]
    if not filled:
        raise RefusedError("FIL-010")
    names = unique(c.name or f"KML {i}" for i, c in enumerate(filled, start=1))
    return [
        Layer(name, partial(_source, container, encoding, tuple(findings)))
        for name, container in zip(names, filled, strict=True)
    ]


def _source(
    container: _Container, encoding: EncodingEvidence, findings: tuple[Finding, ...]
) -> Source:
    places = container.places
    geometries = np.full(len(places), None, dtype=object)
    faults = np.full(len(places), "", dtype=object)
    high = False
    for i, place in enumerate(places):
        try:
            with np.errstate(invalid="ignore"):
                geometries[i], has_height = _shape(place)
            high = high or has_height
        except (ValueError, shapely.errors.GEOSException):
            faults[i] = "GEO-003"
            continue
        if not np.isfinite(shapely.get_coordinates(geometries[i])).all():
            geometries[i], faults[i] = None, "VEC-001"
    told = [Finding(code=str(faults[i]), row=int(i) + 1) for i in np.flatnonzero(faults != "")]
    keys = list(dict.fromkeys(key for place in places for key in place.fields))
    frame = pd.DataFrame(
        {
            name: column([place.fields.get(key) for place in places])
            for name, key in zip(unique(keys), keys, strict=True)
        },
        index=pd.RangeIndex(len(places)),
    )
    return whole(
        Rows(frame, geometries, faults, tuple(told)),
        format="kml",
        encoding=encoding,
        declared=declared_by_prj("EPSG:4326"),
        findings=findings + ((Finding(code="GEO-008"),) if high else ()),
    )


def _shape(place: _Place) -> tuple[shapely.Geometry | None, bool]:
    """Geometry of a placemark and whether it has heights other than zero."""
    if not place.has_shape:
        return None, False
    if not place.polygons:
        pieces = [_vertices(text) for text in place.others]
        drawn = [shapely.LineString(xy[:, :2]) for xy in pieces if len(xy) > 1]
        return (shapely.MultiLineString(drawn) if drawn else shapely.Point(pieces[0][0])), False
    polygons, high = [], False
    for rings in place.polygons:
        vertices = [_vertices(text) for text in rings]
        high = high or any(xy.shape[1] > 2 and bool(xy[:, 2].any()) for xy in vertices)  # noqa: PLR2004 - x, y
        flat = [xy[:, :2] for xy in vertices]
        polygons.append(shapely.Polygon(flat[0], flat[1:]) if flat else shapely.Polygon())
    whole_shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return whole_shape, high


def _vertices(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Vertices of ``lon,lat[,height]`` groups with blanks between them.

    Raises:
        ValueError: A group holds something else.
    """
    tidy = re.sub(r"\s*,\s*", ",", text)
    groups = [group.split(",") for group in tidy.split()]
    if not groups:
        raise ValueError("no coordinates")
    width = min(len(group) for group in groups)
    if width < 2:  # noqa: PLR2004 - longitude and latitude
        raise ValueError("a vertex needs two numbers")
    return np.array([[float(v) for v in group[: min(width, 3)]] for group in groups])
