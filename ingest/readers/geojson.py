"""GeoJSON: parsed here and nowhere else, so no link in it is ever followed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ingest.model import Choices, Finding, RefusedError
from ingest.placing import Declared, declared_by_prj
from ingest.readers.columns import whole_text
from ingest.readers.json_columns import column
from ingest.readers.names import unique
from ingest.readers.point_text import text_of
from ingest.readers.whole import Rows, whole
from ingest.source import Source

_EPSG: Final = re.compile(r"EPSG:(?:[\d.]*:)?(\d{4,6})$", re.IGNORECASE)
_CRS84: Final = re.compile(r"CRS:?84|OGC:1\.3:CRS84", re.IGNORECASE)
_BROKEN: Final = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)
_MOST_FIELDS: Final = 500
_LINES: Final = {
    "Point": shapely.Point,
    "MultiPoint": shapely.MultiPoint,
    "LineString": shapely.LineString,
    "MultiLineString": shapely.MultiLineString,
}

Objects = npt.NDArray[np.object_]


def load(path: Path, choices: Choices) -> Source:
    """Open a GeoJSON file.

    Raises:
        RefusedError: It is too large, damaged, or another kind of JSON.
    """
    text, encoding, findings = text_of(path, choices)
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as err:
        line = getattr(err, "lineno", 0)
        raise RefusedError("VEC-007", line=line) from err
    del text
    features = _features(document)
    if not features:
        raise RefusedError("FIL-010")
    geometries, faults, high = _shapes(features)
    told = [Finding(code=str(faults[i]), row=int(i) + 1) for i in np.flatnonzero(faults != "")]
    if high:
        findings.append(Finding(code="GEO-008"))
    rows = Rows(_fields(features), geometries, faults, tuple(told))
    return whole(
        rows,
        format="geojson",
        encoding=encoding,
        declared=_declared(document, geometries),
        findings=tuple(findings),
    )


def _features(document: object) -> list[object]:
    """Features of a document, one a row."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        kind = document.get("type")
        if kind == "FeatureCollection" and isinstance(document.get("features"), list):
            return list(document["features"])
        if kind == "Feature":
            return [document]
        if kind in {"Polygon", "MultiPolygon", "GeometryCollection", *_LINES}:
            return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise RefusedError("VEC-008")


def _shapes(features: Sequence[object]) -> tuple[Objects, Objects, bool]:
    """Geometries, faults, and whether any vertex has a height."""
    geometries = np.full(len(features), None, dtype=object)
    faults = np.full(len(features), "", dtype=object)
    high = False
    for i, feature in enumerate(features):
        given = feature.get("geometry") if isinstance(feature, dict) else None
        if given is None:
            if not isinstance(feature, dict):
                faults[i] = "GEO-003"
            continue
        try:
            with np.errstate(invalid="ignore"):
                shape = geometry_of(given)
        except (*_BROKEN, shapely.errors.GEOSException):
            faults[i] = "GEO-003"
            continue
        high = high or bool(
            np.nan_to_num(shapely.get_coordinates(shape, include_z=True)[:, 2]).any()
        )
        geometries[i] = shapely.force_2d(shape)
        if not np.isfinite(shapely.get_coordinates(geometries[i])).all():
            geometries[i], faults[i] = None, "VEC-001"
    return geometries, faults, high


def geometry_of(given: Mapping[str, Any]) -> shapely.Geometry:
    """A geometry object of GeoJSON as a shape, heights included.

    Raises:
        ValueError, TypeError, KeyError, IndexError, GEOSException: It is damaged.
    """
    kind = given["type"]
    if kind == "Polygon":
        return _polygon(given["coordinates"])
    if kind == "MultiPolygon":
        return shapely.MultiPolygon([_polygon(rings) for rings in given["coordinates"]])
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([geometry_of(part) for part in given["geometries"]])
    shape: shapely.Geometry = _LINES[kind](given["coordinates"])
    return shape


def _polygon(rings: Sequence[Any]) -> shapely.Polygon:
    sizes = {len(vertex) for ring in rings for vertex in ring}
    size = min(sizes, default=2)
    drawn = [np.array([v[: min(size, 3)] for v in ring], dtype=np.float64) for ring in rings]
    return shapely.Polygon(drawn[0], drawn[1:]) if drawn else shapely.Polygon()


def _fields(features: Sequence[object]) -> pd.DataFrame:
    """Properties as columns, in the order in which they first appear."""
    rows = [_properties(feature) for feature in features]
    keys = list(dict.fromkeys(key for row in rows for key in row))[:_MOST_FIELDS]
    names = unique(str(key) for key in keys)
    return pd.DataFrame(
        {
            name: column([row.get(key) for row in rows])
            for name, key in zip(names, keys, strict=True)
        },
        index=pd.RangeIndex(len(rows)),
    )


def _properties(feature: object) -> Mapping[str, object]:
    if not isinstance(feature, dict):
        return {}
    given = feature.get("properties")
    found = dict(given) if isinstance(given, dict) else {}
    number = feature.get("id")
    if isinstance(number, str | int | float) and "id" not in found:
        found["id"] = number
    return found


def _declared(document: object, geometries: Objects) -> Declared:
    """The CRS that a file states; degrees without a statement are WGS 84 by the standard.

    Source: RFC 7946 section 4; the member ``crs`` is that of the GeoJSON of 2008.
    """
    stated = document.get("crs") if isinstance(document, dict) else None
    if stated is not None:
        name = ""
        if isinstance(stated, dict) and isinstance(stated.get("properties"), dict):
            name = whole_text(str(stated["properties"].get("name", ""))[:100])
        epsg = _EPSG.search(name)
        if epsg:
            return declared_by_prj(f"EPSG:{epsg[1]}")
        if not _CRS84.search(name):
            return Declared(text=name[:60] or "crs", unreadable=True)
    bounds = shapely.total_bounds(geometries)
    if stated is None and not (math.isfinite(bounds[0]) and _are_degrees(bounds)):
        return Declared()
    return declared_by_prj("EPSG:4326")


def _are_degrees(bounds: npt.NDArray[np.float64]) -> bool:
    west, south, east, north = bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)  # noqa: PLR2004 - degrees
